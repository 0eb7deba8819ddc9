"""The note that is heard of bells and bars, whose partials are no multiples of it.

`partials` finds a fundamental first; here it is corrected where it leaves partials unexplained. Frequencies are in Hz,
levels of partials as there. No kernel or number is shared with that file: numba's cache would not see it change.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# How far from its place, in fundamentals, a multiple may be, and what stiff strings add per partial. A frame of few
# periods is allowed half of its resolution, but never half the way to the next.
MISTUNED, STRETCH = 0.02, 0.012
RESOLUTION_SHARE, FARTHEST = 0.5, 0.25
# Bells and bars. Their partials have to be apart, so that frames shorter than BELL_RESOLUTION (Hz) are not asked.
BELL_RESOLUTION = 16.0
UNEXPLAINED, STRIKE_UNEXPLAINED = 0.1, 0.16  # share of the partials, by level, that are no multiples of what was found
# The tierce of a bell lies at 1.2 times its strike note, the third mode of a tube at 1.21 to 1.24.
TIERCE, TIERCE_REACH = 1.205, 0.03
BELL_LEVEL = 0.35
STRONG = 0.4  # half of such a partial may be a strike note
MOST_BELOW = 7  # partials up to the octave: harmonic sounds of a low note have more
BELL_PERIODICITY = 0.97
TONAL_BELL = 0.75
TUBE_RATIO, TUBE_PERIODICITY, TUBE_UNEXPLAINED = 1.62, 0.78, 0.27  # strike note over second mode
PULL = 0.05  # of the period from the partial that it stands for
MODE_MISTUNED = 0.03  # a free bar's third mode is 1.96 times the second
FREE_BAR, FREE_BAR_REACH = 2.72, 0.1
MODE_LEVEL = 0.2  # of the lowest mode, at least
OUTSTANDING = 12.0  # times the power around it
FEW_HARMONICS = 0.3
BELOW, LOWEST_MODE_BELOW = 0.8, 0.42  # times the strong mode: what is below it, and where a bar's lowest lies
MIN_MODE, RESOLVED_MODE = 100.0, 12.0  # Hz, resolutions
# The strong mode is no more than the third of a bar. Many partials below it are the knock of a piano's soundboard.
HIGHEST_MODE, MOST_MODES_BELOW = 8.0, 3


@njit(cache=True, nogil=True)
def _level_of(hz: np.ndarray, levels: np.ndarray, low: float, high: float) -> float:
    """Return the level of the strongest partial from `low` to `high` Hz, or 0."""
    first, end = np.searchsorted(hz, low), np.searchsorted(hz, high, "right")
    return levels[first:end].max() if end > first else 0.0


@njit(cache=True, nogil=True)
def unexplained(f: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the share (0-1, by level) of the partials that are no multiples of `f`, its own place included."""
    total, other = 0.0, 0.0
    for k in range(len(hz)):
        ratio = hz[k] / f
        nearest = max(np.round(ratio), 1.0)
        tolerance = max(MISTUNED + STRETCH * nearest, RESOLUTION_SHARE * resolution / f)
        total += levels[k]
        other += levels[k] * (abs(ratio - nearest) > min(tolerance, FARTHEST))
    return other / total if total > 0 else 0.0


@njit(cache=True, nogil=True)
def strike_note(hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the strike note (Hz) of a church bell or a tubular bell, or 0 where the partials are not those of one.

    Both are heard at half of a strong partial (a bell's nominal, a tube's fourth mode), whatever lies there: a bell has
    its tierce at 1.2 times the note, a tube its third mode at 1.21 to 1.24, and both have partials near 3 and 4 times
    it. No harmonic sound has one at 1.2 times the note and none at 0.8 or 1.4 or 1.6 times it.

    Source: N. H. Fletcher and T. D. Rossing, "The Physics of Musical Instruments", chapters 19 and 21.
    """
    best, found = 0.0, 0.0
    for k in range(len(hz)):
        f = hz[k] / 2
        if levels[k] < STRONG or f < MOST_BELOW * resolution:
            continue
        below = np.searchsorted(hz, 2.05 * f) - np.searchsorted(hz, 0.3 * f)
        if below > MOST_BELOW:
            continue
        tierce = _level_of(hz, levels, (TIERCE - TIERCE_REACH) * f, (TIERCE + TIERCE_REACH) * f)
        third = _level_of(hz, levels, 2.87 * f, 3.05 * f)
        fourth = _level_of(hz, levels, 3.9 * f, 4.3 * f)
        others = max(
            _level_of(hz, levels, 0.75 * f, 0.85 * f),
            _level_of(hz, levels, 1.35 * f, 1.45 * f),
            _level_of(hz, levels, 1.55 * f, 1.65 * f),
        )
        if min(tierce, max(third, fourth)) < BELL_LEVEL or others > min(tierce, 0.5):
            continue
        score = levels[k] + tierce + third + fourth
        if score > best:
            best, found = score, f
    return found


@njit(cache=True, nogil=True)
def _stands_out(power: np.ndarray, step: float, resolution: float, hz: float) -> bool:
    """Return whether the power at a partial is well above that to both sides of it, as no peak of noise is."""
    k, near, far = int(hz / step + 0.5), int(3 * resolution / step), int(9 * resolution / step)
    below, above = power[max(k - far, 0) : max(k - near, 1)], power[k + near : k + far]
    return power[k] > OUTSTANDING * max(below.mean(), above.mean() if len(above) else 0.0)


@njit(cache=True, nogil=True)
def lowest_mode(
    f: float, power: np.ndarray, step: float, resolution: float, hz: np.ndarray, levels: np.ndarray
) -> float:
    """Return the lowest partial (Hz) of a bar or a small bell whose stronger partial `f` was found, else `f`.

    They are heard at their lowest mode, which may be the fainter one; the others are no multiples of it, nor of f.
    """
    harmonics = 0.0
    for k in range(2, 6):
        tolerance = max((MISTUNED + STRETCH * k) * f, RESOLUTION_SHARE * resolution)
        harmonics += _level_of(hz, levels, k * f - tolerance, k * f + tolerance) / 4
    if harmonics > FEW_HARMONICS:
        return f
    # What the period found may lie between partials that are no multiples of it: at a third of one, say.
    near = 0.0
    for k in range(len(hz)):
        if abs(hz[k] / f - 1) < PULL and levels[k] > max(near, MODE_LEVEL):
            near, f = levels[k], hz[k]
    others, below = 0, 0
    lowest = max(MIN_MODE, RESOLVED_MODE * resolution, f / HIGHEST_MODE)
    for k in range(len(hz)):
        ratio = hz[k] / f
        below += levels[k] > MODE_LEVEL and lowest <= hz[k] <= BELOW * f
        others += levels[k] > MODE_LEVEL and (ratio < BELOW or abs(ratio - np.round(ratio)) > MODE_MISTUNED)
    if below > MOST_MODES_BELOW:
        return f
    for k in range(len(hz)):
        if hz[k] > LOWEST_MODE_BELOW * f:
            break
        audible = hz[k] >= lowest and levels[k] > MODE_LEVEL
        # Of two partials the periods have decided, but where they are the first two of a free bar.
        if others < 2 and abs(f / hz[k] - FREE_BAR) > FREE_BAR_REACH:
            continue
        if audible and _stands_out(power, step, resolution, hz[k]):
            return hz[k]
    return f


@njit(cache=True, nogil=True)
def heard(
    found: np.ndarray, partials: np.ndarray, bounds: np.ndarray, powers: np.ndarray, step: float, resolution: float
) -> np.ndarray:
    """Return of each sound the frequency that is heard, how pitched and how steady it is: shape (sounds, 3).

    The frequency is in Hz, or 0; how pitched, 0 to 1, is the greater of the normalised autocorrelation at its period
    and the square of the share of power in the strongest partials (which bells have and no period). How steady is that
    share, or 1 of a bell whose strike note is known.

    found, partials, bounds: what `lib.audio.partials.fundamentals` returns for powers, step, resolution.
    """
    out = np.empty(found.shape)
    for n in range(len(found)):
        f, whole, tonal = found[n]
        out[n, 1], out[n, 2] = max(min(whole, 1.0), tonal**2), tonal
        hz, levels = partials[0, bounds[n] : bounds[n + 1]], partials[1, bounds[n] : bounds[n + 1]]
        if f > 0.0 and resolution < BELL_RESOLUTION:
            share = unexplained(f, hz, levels, resolution)
            if share > UNEXPLAINED:
                strike = strike_note(hz, levels, resolution) if whole < BELL_PERIODICITY else 0.0
                if share <= STRIKE_UNEXPLAINED:
                    strike = 0.0
                # What was found is the hum, an octave below; a tube's second mode, at 0.62; or a partial that is no
                # lower than the note. Else what seems to be a bell's are high partials of a string.
                ratio = strike / f
                tube = abs(ratio - TUBE_RATIO) < 0.09 and (whole < TUBE_PERIODICITY or share > TUBE_UNEXPLAINED)
                if ratio > 1.15 and abs(ratio - 2) > 0.15 and not tube:
                    strike = 0.0
                if strike > 0.0:
                    f = strike
                    out[n, 2] = 1.0 if tonal >= TONAL_BELL else tonal
                else:
                    f = lowest_mode(f, powers[n], step, resolution, hz, levels)
        out[n, 0] = f
    return out
