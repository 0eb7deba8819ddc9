"""The course of a sound's spectrum, by which mosaics choose samples.

A mosaic gives its samples the levels of the target, so that levels say nothing here: what counts is the shape of the
spectrum, at the beginning, then, and later.
"""

from __future__ import annotations

import itertools

import numpy as np

from lib.audio.mel import MEL_BANDS, mel_power
from lib.audio.spectra import ANALYSIS_RATE, HOP
from lib.audio.timbre import sounding

# Where the parts of a sound begin and end, in frames of 23 ms: 93 and 280 ms after its beginning, and at its end.
EDGES = (0, 4, 12, 1 << 20)
PARTS = len(EDGES) - 1
# Mel bands of which one mean is taken.
GROUPED = 4
COURSE_SIZE = PARTS * MEL_BANDS // GROUPED
# Floor of levels in dB below all of a frame, and below the strongest band of the sound.
FRAME_DB, SOUND_DB = 45.0, 80.0


def course(sound: np.ndarray) -> np.ndarray:
    """Return the course of the spectrum of a sound that is not silent: float64, shape (COURSE_SIZE,).

    sound: mono float32 at ANALYSIS_RATE, 1 sample or more; silence after it does not count. The numbers are means over
    three parts of the sound of the levels of its frames, in dB below all bands together, GROUPED bands at a time, so
    that they do not depend on how loud it is. A part after the end of a short sound has the numbers of the one before.
    """
    power = mel_power(sounding(sound))
    power = np.maximum(power, power.max() * np.float32(10 ** (-SOUND_DB / 10)))
    levels = np.maximum(10 * np.log10(power / power.sum(axis=1, keepdims=True)), -FRAME_DB)
    grouped = levels.reshape(len(levels), -1, GROUPED).mean(axis=2)
    parts: list[np.ndarray] = []
    for begin, end in itertools.pairwise(EDGES):
        parts.append(grouped[begin:end].mean(axis=0) if begin < len(grouped) else parts[-1])
    return np.concatenate(parts)


def part_shares(durs: np.ndarray) -> np.ndarray:
    """Return the share of each part in sounds of these lengths in ms: float64, shape (n, PARTS), with sums of 1."""
    frames = np.maximum(durs * (ANALYSIS_RATE / 1000 / HOP), 1.0)[:, None]
    edges = np.minimum(np.array(EDGES, np.float64), frames)
    return np.diff(edges, axis=1) / frames
