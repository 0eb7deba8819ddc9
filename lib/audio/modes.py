"""The lowest mode of bars and small bells, whose stronger modes are not multiples of it, and what only looks like one.

Frequencies are in Hz, levels of partials as in `lib.audio.partials`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# A free bar's third mode is 1.96 times the second.
MODE_MISTUNED = 0.03
# Tolerance of a multiple's place, in fundamentals, and what stiffness adds per multiple; or half a resolution.
MISTUNED, STRETCH, RESOLUTION_SHARE = 0.02, 0.012, 0.5
# Distance of the period from the partial that it stands for, as a share.
PULL = 0.05
# The higher of two partials is the second mode of a free bar, or, if it is louder, of a small bell.
FREE_BAR, FREE_BAR_REACH = 2.66, 0.16
SMALL_BELL, SMALL_BELL_REACH, SMALL_BELL_LEVEL = 3.05, 0.35, 0.27
# The third mode of a free bar, thick or thin, and the lowest level of its first one.
THIRD, THIRD_REACH, THIRD_LEVEL = 5.25, 0.22, 0.4
# Lowest level of the lowest mode.
MODE_LEVEL = 0.2
# As a multiple of the power around it.
OUTSTANDING = 12.0
FEW_HARMONICS, SOME_HARMONICS = 0.3, 0.5
# Multiples of the strong mode: what counts as below it, and where a bar's lowest mode lies.
BELOW, LOWEST_MODE_BELOW = 0.8, 0.42
# In Hz; in resolutions.
MIN_MODE, RESOLVED_MODE = 100.0, 12.0
# The strong mode is at most the third of a bar, whose second is there too. Many partials below it are the knock of a
# piano's soundboard, and so are those with another below them, in Hz.
HIGHEST_MODE, MOST_MODES_BELOW, MIN_KNOCK = 8.0, 3, 60.0
# Highest multiple of the lowest mode at which the second one lies; the range of those of bars and small bells.
SECOND_MODE, SECOND = 4.2, (2.4, 3.4)
# Difference of fading, in dB from the first half of the sound to the second and in dB/s, from which on the lower of two
# partials is the knock of a hammer or of a plucked string's body: the lowest mode of a bar or a bell rings longest.
KNOCK_FADES, KNOCK_RATE = 7.0, 60.0
# The smallest amplitude.
TINY = 1e-12


@njit(cache=True, nogil=True)
def level_of(hz: np.ndarray, levels: np.ndarray, low: float, high: float) -> float:
    """Return the level of the strongest partial from `low` to `high` Hz, or 0."""
    first, end = np.searchsorted(hz, low), np.searchsorted(hz, high, "right")
    return levels[first:end].max() if end > first else 0.0


@njit(cache=True, nogil=True)
def stands_out(power: np.ndarray, step: float, resolution: float, hz: float) -> bool:
    """Return whether the power at a partial is well above that to both sides of it, as a peak of noise never is."""
    k, near, far = int(hz / step + 0.5), int(3 * resolution / step), int(9 * resolution / step)
    below, above = power[max(k - far, 0) : max(k - near, 1)], power[k + near : k + far]
    return power[k] > OUTSTANDING * max(below.mean(), above.mean() if len(above) else 0.0)


@njit(cache=True, nogil=True)
def harmonics(f: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the mean level of the second to the fifth multiple of `f`."""
    total = 0.0
    for k in range(2, 6):
        tolerance = max((MISTUNED + STRETCH * k) * f, RESOLUTION_SHARE * resolution)
        total += level_of(hz, levels, k * f - tolerance, k * f + tolerance) / 4
    return total


@njit(cache=True, nogil=True)
def _are_modes(ratio: float, level: float, second: float, others: int) -> bool:
    """Return whether a strong partial at `ratio` times another one may be a mode of the bar whose lowest that one is.

    level: of the lower one; second: of the strongest where the second mode would be; others: number of other partials.
    With two partials the periods decide, unless these are the first two of a free bar or of a small bell, or the first
    and the third of a bar.
    """
    is_third = abs(ratio - THIRD) < THIRD_REACH
    if abs(ratio - FREE_BAR) < FREE_BAR_REACH or (is_third and level > THIRD_LEVEL):
        return True
    if abs(ratio - SMALL_BELL) < SMALL_BELL_REACH and level > SMALL_BELL_LEVEL:
        return True
    return others >= 2 and (is_third or ratio <= SECOND_MODE or second >= MODE_LEVEL)


@njit(cache=True, nogil=True)
def lowest_mode(
    f: float, power: np.ndarray, step: float, resolution: float, hz: np.ndarray, levels: np.ndarray
) -> float:
    """Return the lowest partial (Hz) of a bar or a small bell of which the stronger partial `f` was found, else `f`.

    They are heard at their lowest mode, which may be the fainter one; the others are not multiples of it, nor of f.
    """
    before = harmonics(f, hz, levels, resolution)
    if before > SOME_HARMONICS:
        return f
    # The period found may lie between partials that are not multiples of it: at a third of one, for example.
    near, found = 0.0, f
    for k in range(len(hz)):
        if abs(hz[k] / found - 1) < PULL and levels[k] > max(near, MODE_LEVEL):
            near, f = levels[k], hz[k]
    if harmonics(f, hz, levels, resolution) > FEW_HARMONICS:
        return found
    if before <= FEW_HARMONICS:
        found = f
    others, below = 0, 0
    lowest = max(MIN_MODE, RESOLVED_MODE * resolution, f / HIGHEST_MODE)
    for k in range(len(hz)):
        ratio = hz[k] / f
        below += levels[k] > MODE_LEVEL and lowest <= hz[k] <= BELOW * f
        others += levels[k] > MODE_LEVEL and (ratio < BELOW or abs(ratio - np.round(ratio)) > MODE_MISTUNED)
    if below > MOST_MODES_BELOW:
        return found
    for k in range(len(hz)):
        if hz[k] > LOWEST_MODE_BELOW * f:
            break
        if levels[k] <= MODE_LEVEL or hz[k] <= MIN_KNOCK:
            continue
        if hz[k] < lowest:
            return found
        second = level_of(hz, levels, SECOND[0] * hz[k], SECOND[1] * hz[k])
        if _are_modes(f / hz[k], levels[k], second, others) and stands_out(power, step, resolution, hz[k]):
            return hz[k]
    return found


def knocks(y: np.ndarray, low: float, strong: float, sr: int) -> bool:
    """Return whether the partial `low` of a sound fades so much sooner than the partial `strong` that it is not a mode.

    y: mono, shape (samples,); low, strong: Hz; sr: Hz.
    """
    half = len(y) // 2
    turns = -2j * np.pi * np.arange(half) / sr
    window = np.hanning(half + 2)[1:-1]
    fades = []
    for hz in (strong, low):
        tone = window * np.exp(turns * hz)
        first, second = (abs(np.dot(part, tone)) for part in (y[:half], y[len(y) - half :]))
        fades.append(20 * np.log10(max(first, TINY) / max(second, TINY)))
    sooner = fades[1] - fades[0]
    return bool(sooner >= KNOCK_FADES and sooner >= KNOCK_RATE * (len(y) - half) / sr)
