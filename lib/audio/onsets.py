"""Where sounds begin: SuperFlux onset strength and peak picking, block by block, as librosa finds them on a whole file.

Source: S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013; peak picking:
S. Böck, F. Krebs and M. Schedl, "Evaluating the online capabilities of onset detection methods", ISMIR 2012, in the
form that librosa gives it.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import scipy.ndimage

from lib.audio.spectra import ANALYSIS_RATE, FFT, HOP, stft_blocks

MEL_BANDS = 138  # 24 per octave, the paper's number; those above half the rate are empty, and count
MEL_LOWEST, MEL_HIGHEST = 27.5, 16000.0
LAG = 2  # frames between a band and the one it is compared with
MAXIMUM_BANDS = 3  # how far a vibrato may move a partial without counting as new energy
SMALLEST_POWER = 1e-10
RANGE_DB = 80.0
# Frames by which the strength is late: the lag, and the half window that centring adds.
DELAY = LAG + FFT // (2 * HOP)
# Peak picking, in frames of 23 ms (librosa's defaults at this rate and hop).
BEFORE_MAXIMUM = int(0.03 * ANALYSIS_RATE / HOP)  # a peak is the highest of so many frames before it, and itself
BEFORE_MEAN = int(0.10 * ANALYSIS_RATE / HOP)  # and stands out from the mean of so many before
AFTER_MEAN = int(0.10 * ANALYSIS_RATE / HOP) + 1  # and so many from it on
OVER_MEAN = 0.07  # by this share of the strength's range
WAIT = int(0.03 * ANALYSIS_RATE / HOP)  # frames after a peak in which there is no other
# Half an hour of mel bands stays in memory; what is longer goes to a temporary file.
SPOOL_BYTES = 64 << 20


@cache
def mel_filters() -> np.ndarray:
    """Return the mel filter bank of the onset strength, float32, shape (MEL_BANDS, BINS)."""
    import librosa.filters

    with warnings.catch_warnings():  # the bands above half the rate are empty: that is meant
        warnings.simplefilter("ignore", UserWarning)
        return librosa.filters.mel(sr=ANALYSIS_RATE, n_fft=FFT, n_mels=MEL_BANDS, fmin=MEL_LOWEST, fmax=MEL_HIGHEST)


def _decibels(power: np.ndarray | np.floating) -> np.ndarray:
    return 10.0 * np.log10(np.maximum(SMALLEST_POWER, power))


def onset_strength(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """Return the onset strength of a mono signal at RATE that comes in blocks: float32, one value per frame (HOP).

    Levels are relative to the loudest mel band of the whole signal and end 80 dB below it, so they are known only at
    the end: until then they wait in memory, or in a temporary file when there are many.
    """
    filters = mel_filters()
    filled = np.flatnonzero(filters.any(axis=1))
    bands = filters[filled]
    loudest, frames = SMALLEST_POWER, 0
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        for spectra in stft_blocks(blocks):
            mel = (np.abs(spectra) ** 2) @ bands.T
            loudest = max(loudest, float(mel.max()))
            frames += len(mel)
            spool.write(np.ascontiguousarray(_decibels(mel), np.float32).tobytes())
        spool.seek(0)
        parts = list(_strength_parts(spool, len(filled), float(_decibels(np.float32(loudest)))))
    strength = np.concatenate([np.zeros(DELAY, np.float32), *parts])
    return strength[:frames]


def _strength_parts(spool: tempfile.SpooledTemporaryFile, bands: int, loudest_db: float) -> Iterator[np.ndarray]:
    """Yield the mean rise over LAG frames, read back in pieces that overlap by LAG frames."""
    row = bands * 4
    before = np.zeros((0, bands), np.float32)
    while data := spool.read(row * 16384):
        levels = np.frombuffer(data, np.float32).reshape(-1, bands)
        levels = np.concatenate([before, np.maximum(levels - np.float32(loudest_db), np.float32(-RANGE_DB))])
        before = levels[-LAG:]
        if len(levels) > LAG:
            # The empty bands above lie at the floor: the last filled band has one such neighbour.
            floored = np.pad(levels[:-LAG], ((0, 0), (0, 1)), constant_values=-RANGE_DB)
            reference = scipy.ndimage.maximum_filter1d(floored, MAXIMUM_BANDS, axis=1)[:, :-1]
            rise = np.maximum(0.0, levels[LAG:] - reference)
            yield rise.sum(axis=1, dtype=np.float32) / np.float32(MEL_BANDS)


def _peaks(level: np.ndarray) -> np.ndarray:
    """Return the frames of the peaks of a strength that was brought to 0-1."""
    frames = np.arange(len(level))
    earlier = [np.concatenate([level[:1].repeat(n), level[:-n]]) for n in range(1, BEFORE_MAXIMUM + 1)]
    highest = np.max([level, *earlier], axis=0)
    first = np.maximum(frames - BEFORE_MEAN, 0)
    end = np.minimum(frames + AFTER_MEAN, len(level))
    sums = np.concatenate([[0.0], np.cumsum(level, dtype=np.float64)])
    mean = (sums[end] - sums[first]) / (end - first)
    kept: list[int] = []
    for frame in np.flatnonzero((level == highest) & (level >= mean + OVER_MEAN)).tolist():
        if not kept or frame > kept[-1] + WAIT:
            kept.append(frame)
    return np.array(kept, np.int64)


def pick_onsets(strength: np.ndarray) -> np.ndarray:
    """Return the frames at which sounds begin (int64, ascending): peaks of the strength, moved back to a dip."""
    if not len(strength) or strength.max() == strength.min():
        return np.zeros(0, np.int64)
    level = strength - strength.min()
    level /= level.max() + np.finfo(level.dtype).tiny
    dips = 1 + np.flatnonzero((level[1:-1] <= level[:-2]) & (level[1:-1] < level[2:]))
    dips = np.unique(np.concatenate([[0], dips]))
    return dips[np.searchsorted(dips, _peaks(level), side="right") - 1]


def onset_times(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """Return the onsets of a mono signal at RATE that comes in blocks, in whole ms (int64, ascending, each once)."""
    frames = pick_onsets(onset_strength(blocks))
    return np.unique(np.round(frames * (HOP * 1000 / ANALYSIS_RATE)).astype(np.int64))
