"""Onsets of soft and quick sounds: spectral flux at a hop of 10 ms, without the maximum filter of SuperFlux.

It finds ghost notes, fast words and notes under others that `superflux` misses; a vibrato may count as notes. Flux:
P. Masri, "Computer modelling of sound for transformation and synthesis of musical signals", PhD thesis, Bristol 1996;
the peak picking is that of S. Böck, F. Krebs and M. Schedl, ISMIR 2012.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from lib.audio.band_levels import BandLevels, Bands, BandSource
from lib.audio.mel_scale import mel_bank
from lib.audio.spectra import ANALYSIS_RATE

# A short window: two drums 40 ms apart do not run into each other.
FFT, HOP = 1024, 220
BANDS, LOWEST = 80, 27.5
# Frames
LAG = 3
# Levels fade into a floor this far below the file's loudest band, softly: hiss does not rise by decibels.
RANGE_DB = 60.0
# Peak picking, in frames: a peak is the highest of AROUND on each side, and above the mean of those before and after.
AROUND, BEFORE_MEAN, AFTER_MEAN = 3, 10, 7
# A peak stands out by this many dB, the mean over the bands. Chosen, like the lag and the range, on notes, drums and
# words other than those that docs/accuracy.md reports on.
OVER_MEAN_DB = 1.3
# Bands held in memory, of an hour and a quarter; more go to a temporary file.
SPOOL_BYTES = 64 << 20
# The attack lies at most this long before and after the frame.
EARLIER_MS, LATER_MS = 50.0, 30.0


@cache
def bands() -> Bands:
    """Return the bands whose levels are compared."""
    # Two bytes for a level are enough: the error is 0.03 dB at most.
    return Bands(mel_bank(ANALYSIS_RATE, FFT, BANDS, LOWEST, ANALYSIS_RATE / 2), FFT, HOP, np.float16)


def strength(blocks: Iterable[np.ndarray], source: BandSource | None = None) -> np.ndarray:
    """Return the mean rise (dB) of the bands over LAG frames, float64, one value per frame of HOP samples."""
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        levels = BandLevels(spool, bands(), source or BandSource())
        levels.take(blocks)
        spool.seek(0)
        parts = list(_rises(spool, 10 * np.log10(levels.loudest)))
    return np.concatenate([np.zeros(LAG), *parts])[: levels.frames]


def _rises(spool: tempfile.SpooledTemporaryFile, loudest_db: float) -> Iterator[np.ndarray]:
    before = np.zeros((0, BANDS))
    while data := spool.read(BANDS * 2 * 16384):
        levels = np.frombuffer(data, np.float16).reshape(-1, BANDS).astype(np.float64) - loudest_db
        levels = 10 * np.log10(10 ** (levels / 10) + 10 ** (-RANGE_DB / 10))
        levels = np.concatenate([before, levels])
        before = levels[-LAG:]
        if len(levels) > LAG:
            yield np.maximum(0.0, levels[LAG:] - levels[:-LAG]).mean(axis=1)


def pick(values: np.ndarray, over_mean: float) -> np.ndarray:
    """Return the frames of the peaks that stand out from their surroundings by `over_mean`, int64, ascending."""
    if not len(values):
        return np.zeros(0, np.int64)
    import scipy.ndimage  # only here: other onsets do without

    frames = np.arange(len(values))
    highest = scipy.ndimage.maximum_filter1d(values, 2 * AROUND + 1, mode="nearest")
    first, end = np.maximum(frames - BEFORE_MEAN, 0), np.minimum(frames + AFTER_MEAN + 1, len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    kept: list[int] = []
    for frame in np.flatnonzero(
        (values >= highest) & (values >= (sums[end] - sums[first]) / (end - first) + over_mean)
    ).tolist():
        if not kept or frame - kept[-1] > AROUND:
            kept.append(frame)
    return np.array(kept, np.int64)


def spans(blocks: Iterable[np.ndarray], sensitivity: float = 1.0, source: BandSource | None = None) -> np.ndarray:
    """Return the range in time (ms) of each attack, and its time by frames: shape (onsets, 3), ascending."""
    frames = pick(strength(blocks, source), OVER_MEAN_DB / sensitivity)
    raw = (frames - LAG / 2) * (HOP * 1000 / ANALYSIS_RATE)
    return np.stack([raw - EARLIER_MS, raw + LATER_MS, raw], axis=1)
