"""Levels along a sound: how loud it is every 50 ms, and gains that change as often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from lib.audio.loudness import k_weighting
from lib.math.arrays import FloatArray

# Interval between two values of a curve. Each value is that of the middle of its interval.
CURVE_MS: Final = 50
# Levels end this far (dB) below the loudest.
RANGE_DB: Final = 40.0
# Silence, in dB.
SILENT_DB: Final = -120.0


def level_curve(sound: npt.NDArray[np.float32], rate: int) -> FloatArray:
    """Return the K-weighted level of each CURVE_MS of a mono sound in dB, RANGE_DB below the loudest at least.

    sound: shape (samples,), at `rate` Hz. A remainder counts if it is at least half as long.
    """
    from scipy.signal import sosfilt  # it takes a second to load, and mixes need the gains alone

    size = max(round(CURVE_MS * rate / 1000), 1)
    count = max(round(len(sound) / size), 1)
    # (The filter refuses an empty sound, such as a sample that begins after the end of its file.)
    filtered = sosfilt(k_weighting(rate), sound.astype(np.float64)) if len(sound) else sound
    heard = np.square(filtered)[: count * size]
    sums = np.pad(heard, (0, count * size - len(heard))).reshape(count, size).sum(axis=1)
    lengths = np.full(count, float(size))
    lengths[-1] = max(len(heard) - (count - 1) * size, 1)
    power = sums / lengths
    lowest = max(power.max(initial=0.0) * 10 ** (-RANGE_DB / 10), 10 ** (SILENT_DB / 10))
    return np.asarray(10 * np.log10(np.maximum(power, lowest)), np.float64)


def gains_along(curve: Sequence[float], frames: int, rate: float) -> npt.NDArray[np.float32]:
    """Return the factor of each frame for gains in dB, one each CURVE_MS, linear between their middles."""
    middles = (np.arange(len(curve)) + 0.5) * (CURVE_MS * rate / 1000)
    return (10 ** (np.interp(np.arange(frames), middles, np.asarray(curve)) / 20)).astype(np.float32)
