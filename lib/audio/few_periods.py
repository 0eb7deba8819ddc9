"""The pitch of low sounds of few periods: a bass note of a tenth of a second.

A window leaves too little of them: `lib.audio.pitch` takes many for a note an octave above, or more. Here the sound
itself is compared with itself a period later, over all of its length: the normalised square difference of McLeod and
Wyvill 2005, "A smarter way to find pitch", Proc. ICMC, 138-141.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import fft

# Below so many periods of at most so many Hz; the lowest pitch (Hz) that is looked for.
FEW_PERIODS, LOW_HZ, LOWEST_HZ = 4.5, 80.0, 26.0
# Shorter lags, in s, are no period. Share of a sound: beyond it, too little of it is left to compare.
SHORTEST_PERIOD, LONGEST_LAG = 1 / 5000, 0.6
# The first maximum that reaches this share of the highest is the period: the others are its multiples.
FIRST = 0.95
# A sound is heard as low if it resembles itself that much a period later (1: the same), and that much more than at the
# period which was found before; but not if that one is so much shorter, as in bells, whose partials nearly meet at a
# time that is no period. Chosen on FluidR3, an OPL3 sound font, bells, chirps and speech: what lost no note of these.
ALIKE, MORE_ALIKE, FARTHEST = 0.5, 0.15, 4.5
TINY = 1e-20


@njit(cache=True, nogil=True)
def _likeness(y: np.ndarray, products: np.ndarray) -> np.ndarray:
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
def _period(alike: np.ndarray, shortest: int) -> float:
    """Return the lag of the first of the highest maxima, between lags, or 0."""
    highest = 0.0
    for k in range(shortest, len(alike) - 1):
        if alike[k] > alike[k - 1] and alike[k] >= alike[k + 1]:
            highest = max(highest, alike[k])
    for k in range(shortest, len(alike) - 1):
        left, centre, right = alike[k - 1], alike[k], alike[k + 1]
        if highest > 0 and centre > left and centre >= right and centre >= FIRST * highest:
            return k + 0.5 * (left - right) / (left - 2 * centre + right)
    return 0.0


def low_pitch(y: np.ndarray, sr: int, known: float) -> tuple[float, float]:
    """Return the pitch (Hz) of a low sound of few periods and how alike these are (0-1), or (0, 0) if it is none.

    y: mono, shape (samples,), from where it begins; sr: Hz; known: the pitch that was found otherwise, or 0.
    """
    lags = min(int(sr / LOWEST_HZ) + 2, int(LONGEST_LAG * len(y)))
    shortest = max(int(SHORTEST_PERIOD * sr), 1)
    if lags <= max(sr / LOW_HZ, shortest + 1):
        return 0.0, 0.0
    y = y.astype(np.float64) - y.mean(dtype=np.float64)
    size = fft.next_fast_len(len(y) + lags, real=True)
    products = fft.irfft(np.abs(fft.rfft(y, size)) ** 2, size)[:lags]
    alike = _likeness(y, products)
    period = _period(alike, shortest)
    if period <= 0:
        return 0.0, 0.0
    hz, height = sr / period, alike[round(period)]
    before = float(np.interp(sr / known, np.arange(lags), alike)) if known > 0 else -1.0
    few = hz < LOW_HZ and len(y) < FEW_PERIODS * period and known < FARTHEST * hz
    return (hz, min(height, 1.0)) if few and height >= ALIKE and height - before >= MORE_ALIKE else (0.0, 0.0)


def longest(sr: int) -> int:
    """Return the number of samples from which on every sound has enough periods."""
    return int(FEW_PERIODS * sr / LOWEST_HZ)
