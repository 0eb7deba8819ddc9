"""The pitch of low sounds of few periods: a bass note of a tenth of a second.

A window leaves too little of them: `lib.audio.pitch` takes many for a note an octave above, or more. Here the sound
itself is compared with itself a period later, over all of its length: the normalised square difference of McLeod and
Wyvill 2005, "A smarter way to find pitch", Proc. ICMC, 138-141. A string that is bent, or a bow that takes hold, slides
to its note: where the end of the sound is more periodic than the whole, the end counts.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import fft

# Largest number of periods, and largest pitch in Hz; lowest pitch in Hz that is searched for.
FEW_PERIODS, LOW_HZ, LOWEST_HZ = 5.5, 80.0, 26.0
# Hz: first order, from here up. Of a harpsichord's strings most is high partials, which are not multiples.
EVEN_BELOW = 1000.0
# Shorter lags, in s, are not periods. Share of a sound: beyond it, too little of it is left to compare.
SHORTEST_PERIOD, LONGEST_LAG = 1 / 5000, 0.6
# The first maximum that reaches this share of the highest is the period: the others are its multiples.
FIRST = 0.95
# The end of a sound, in s: its period is within that factor (2.5 semitones) of that of the whole, and it counts where
# it is that much more like itself.
END_SECONDS, SLIDE, STEADIER = 0.02, 2 ** (2.5 / 12), 0.05
# A sound is heard as low if it resembles itself that much a period later (1: the same), and that much more than at the
# period which was found before; but not if it rings and that one is so much shorter, as in bells, whose partials nearly
# meet at a time that is not a period. Chosen on FluidR3 (also with slides put into its notes), an OPL3 sound font,
# bells, chirps and drums: what lost next to none of these.
ALIKE, MORE_ALIKE, FARTHEST = 0.5, 0.12, 4.0
TINY = 1e-20


@njit(cache=True, nogil=True)
def _similarity(y: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Return how alike a sound is to itself (-1 to 1) at each lag: float64, as long as `products`, its correlation."""
    out = np.empty(len(products))
    whole = 0.0
    for value in y:
        whole += value * value
    first, last = whole, whole
    for lag in range(len(products)):
        out[lag] = 2 * products[lag] / max(first + last, TINY)
        first -= y[len(y) - 1 - lag] ** 2
        last -= y[lag] ** 2
    return out


@njit(cache=True, nogil=True)
def _similarity_of_end(y: np.ndarray, first: int, end: int, length: int) -> np.ndarray:
    """Return how alike the last `length` samples are to those `first` to `end` - 1 before: float64, (end - first,)."""
    out = np.empty(end - first)
    for lag in range(first, end):
        match, power = 0.0, 0.0
        for k in range(max(len(y) - length, lag), len(y)):
            match += y[k] * y[k - lag]
            power += y[k] ** 2 + y[k - lag] ** 2
        out[lag - first] = 2 * match / max(power, TINY)
    return out


@njit(cache=True, nogil=True)
def _period(alike: np.ndarray, shortest: int, longest: int, first: float) -> float:
    """Return the lag of the first of the highest maxima of a similarity, between lags, or 0."""
    highest = 0.0
    for k in range(shortest, longest):
        if alike[k] > alike[k - 1] and alike[k] >= alike[k + 1]:
            highest = max(highest, alike[k])
    for k in range(shortest, longest):
        left, centre, right = alike[k - 1], alike[k], alike[k + 1]
        if highest > 0 and centre > left and centre >= right and centre >= first * highest:
            return k + 0.5 * (left - right) / (left - 2 * centre + right)
    return 0.0


def low_pitch(y: np.ndarray, sr: int, known: float, rings: bool, steady: int) -> tuple[float, float]:
    """Return the pitch (Hz) of a low sound of few periods and how alike these are (0-1), or (0, 0) if it is none.

    y: mono, shape (samples,), from where it begins; sr: Hz; known: the pitch that was found otherwise, or 0; rings:
    whether most of its power is in a few partials; steady: the number of samples after it has swelled.
    """
    lags = min(int(sr / LOWEST_HZ) + 2, int(LONGEST_LAG * len(y)))
    shortest = max(int(SHORTEST_PERIOD * sr), 1)
    if lags <= max(sr / LOW_HZ, shortest + 1):
        return 0.0, 0.0
    size = fft.next_fast_len(len(y) + lags, real=True)
    spectrum = fft.rfft(y.astype(np.float64) - y.mean(dtype=np.float64), size)
    spectrum /= np.sqrt(1 + (np.arange(len(spectrum)) * (sr / size / EVEN_BELOW)) ** 2)
    y, products = fft.irfft(spectrum, size)[: len(y)], fft.irfft(np.abs(spectrum) ** 2, size)[:lags]
    alike = _similarity(y, products)
    period = _period(alike, shortest, lags - 1, FIRST)
    if period <= sr / (LOW_HZ * SLIDE):
        return 0.0, 0.0
    height = alike[round(period)]
    before = sr / known if known > 0 else 0.0
    more = height - (np.interp(before, np.arange(lags), alike) if before else -1.0)
    first, length = int(period / SLIDE), round(END_SECONDS * sr)
    end = _similarity_of_end(y, first, min(int(period * SLIDE) + 2, lags), length)
    settled = _period(end, 1, len(end) - 1, 1.0)
    if settled > 0 and end[round(settled)] >= height + STEADIER:
        period, height = first + settled, end[round(settled)]
        if before:
            lag = min(round(before), lags)
            more = max(more, height - _similarity_of_end(y, lag, lag + 1, length)[0])
    hz = sr / period
    low = hz < LOW_HZ and steady < FEW_PERIODS * period and not (rings and known >= FARTHEST * hz)
    return (hz, min(height, 1.0)) if low and height >= ALIKE and more >= MORE_ALIKE else (0.0, 0.0)


def longest(sr: int) -> int:
    """Return the number of samples from which on every sound has enough periods."""
    return int(FEW_PERIODS * sr / LOWEST_HZ)
