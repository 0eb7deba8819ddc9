"""Loudness of a whole programme by ITU-R BS.1770-4, and its true peak.

Integrated: the mean of blocks of 400 ms, one every 100 ms, gated at -70 LUFS and at 10 LU below the mean of the rest;
the peak: that of the signal at four times the rate (annex 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.signal

from lib.audio.effects import Audio
from lib.audio.loudness import OFFSET_LUFS, SILENT_LUFS, k_weighting

# dBTP: encoders and converters overshoot their input.
HIGHEST_PEAK_DB: Final = -1.0

OVERSAMPLING: Final = 4
RELATIVE_GATE: Final = 10.0
STEP_SECONDS, STEPS_A_BLOCK = 0.1, 4
# Frames of a block that are processed again with the next one: twice the reach of the oversampling filter.
_OVERLAP: Final = 64


def measure(blocks: Iterable[Audio], rate: int) -> tuple[float, float]:
    """Return the integrated loudness (LUFS; SILENT_LUFS for silence) and the true peak (1.0: full scale) of a sound.

    blocks: float32, shape (n, 2), of any lengths, at `rate` Hz. A sound of less than 400 ms has no loudness.
    """
    sections, step = k_weighting(rate), round(STEP_SECONDS * rate)
    state = np.zeros((len(sections), 2, 2))
    steps: list[npt.NDArray[np.float64]] = []
    waiting = np.zeros((0, 2))
    peak = TruePeak()
    for block in filter(len, blocks):
        weighted, state = scipy.signal.sosfilt(sections, block.astype(np.float64), axis=0, zi=state)
        waiting = np.concatenate([waiting, weighted])
        whole = len(waiting) // step * step
        steps.append(np.square(waiting[:whole]).reshape(-1, step, 2).mean(axis=1).sum(axis=1))
        waiting = waiting[whole:]
        peak.add(block)
    power = np.concatenate(steps) if steps else np.zeros(0)
    return _gated(power), peak.value


class TruePeak:
    """The true peak of a sound that comes in blocks: `value`, 1.0 for full scale."""

    def __init__(self) -> None:
        self.value = 0.0
        self._before = np.zeros((_OVERLAP, 2), np.float32)

    def add(self, block: Audio) -> None:
        """Add the next block: float32, shape (n, 2)."""
        near = np.concatenate([self._before, block])
        self.value = max(self.value, _peak(near))
        self._before = near[-_OVERLAP:]


def _peak(sound: Audio) -> float:
    """Return the highest value of a part of a sound, between its samples too, except for half of `_OVERLAP` at both
    ends, where the filter would see a cut."""
    edge = OVERSAMPLING * _OVERLAP // 2
    made = scipy.signal.resample_poly(sound, OVERSAMPLING, 1, axis=0)[edge : OVERSAMPLING * len(sound) - edge]
    return float(max(np.abs(made).max(initial=0.0), np.abs(sound).max(initial=0.0)))


def _gated(power: npt.NDArray[np.float64]) -> float:
    """Return the loudness of the mean power of the blocks that pass the gate. power: of each step."""
    if len(power) < STEPS_A_BLOCK:
        return SILENT_LUFS
    blocks = np.convolve(power, np.full(STEPS_A_BLOCK, 1 / STEPS_A_BLOCK), "valid")
    blocks = blocks[_lufs(blocks) > SILENT_LUFS]
    if not len(blocks):
        return SILENT_LUFS
    gate = _lufs(blocks.mean()) - RELATIVE_GATE
    return float(_lufs(blocks[_lufs(blocks) > gate].mean()))


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return OFFSET_LUFS + 10.0 * np.log10(np.maximum(np.asarray(power, np.float64), 10.0**-12))
