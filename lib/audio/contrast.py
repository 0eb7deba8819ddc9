"""The spectral contrast of a spectrum: how far its peaks stand above its valleys, octave by octave."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
from numba import njit

from lib.audio.spectra import ANALYSIS_RATE, BINS, FFT

# Spectral contrast: octave bands from 200 Hz up, and the share of a band's bins that make its peak and its valley.
CONTRAST_LOWEST, CONTRAST_BANDS, CONTRAST_SHARE = 200.0, 6, 0.02
# Magnitudes end 110 dB below the peak of the frame: anything lower is the rounding of an FFT (and of 16-bit files), and
# varies by decibels. A band whose own peak is less than 60 dB above that floor counts by its share of those 60 dB: a
# band without content says nothing about the sound. (In dB of magnitude, as the contrast is, 60 dB are 30.)
VALLEY_FLOOR = 3e-6
CERTAIN_CONTRAST = 30.0


@cache
def contrast_bands() -> np.ndarray:
    """Return (first bin, end, bins in the quantile) of each band, as librosa divides them: int64, shape (7, 3)."""
    frequencies = np.arange(BINS) * ANALYSIS_RATE / FFT
    edges = [0.0, *(CONTRAST_LOWEST * 2.0**k for k in range(CONTRAST_BANDS + 1))]
    bands = []
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = np.flatnonzero((frequencies >= low) & (frequencies <= high))
        first = int(inside[0]) - (k > 0)
        last = BINS - 1 if k == CONTRAST_BANDS else int(inside[-1])
        quantile = max(1, round(CONTRAST_SHARE * (last - first + 1)))
        bands.append((first, last + (k == CONTRAST_BANDS), quantile))
    return np.array(bands, np.int64)


@njit(cache=True, nogil=True)
def _means_of_extremes(values: np.ndarray, floor: float, count: int) -> tuple[float, float]:
    """Return the means of the `count` lowest and of as many highest values, each at least `floor`."""
    lowest, highest = np.full(count, np.inf), np.full(count, -np.inf)  # each ascending
    for given in values:
        value = max(np.float64(given), floor)
        k = count
        while k > 0 and lowest[k - 1] > value:
            if k < count:
                lowest[k] = lowest[k - 1]
            k -= 1
        if k < count:
            lowest[k] = value
        k = 0
        while k < count and highest[k] < value:
            if k > 0:
                highest[k - 1] = highest[k]
            k += 1
        if k > 0:
            highest[k - 1] = value
    return lowest.mean(), highest.mean()


@njit(cache=True, nogil=True)
def _contrast(frame: np.ndarray, bands: np.ndarray) -> float:
    floor = VALLEY_FLOOR * frame.max()
    if floor <= 0:
        return 0.0
    total, weights = 0.0, 0.0
    for k in range(len(bands)):
        valley, peak = _means_of_extremes(frame[bands[k, 0] : bands[k, 1]], floor, bands[k, 2])
        weight = min(10.0 * np.log10(peak / floor) / CERTAIN_CONTRAST, 1.0)
        total += weight * 10.0 * np.log10(peak / valley)
        weights += weight
    return total / weights if weights > 0 else 0.0


def contrast_of(frame: np.ndarray) -> float:
    """Return the mean spectral contrast (dB) of one magnitude spectrum (BINS,): peak against valley per octave band.

    Source: D.-N. Jiang et al., "Music type classification by spectral contrast feature", ICME 2002; the lower weight of
    faint bands is an addition. On sounds that fill all bands it is librosa's mean over the bands.
    """
    # One type only: compiling a kernel for several types in two processes at once corrupts numba's cache.
    return _contrast(np.ascontiguousarray(frame, np.float32), contrast_bands())
