"""The perceived pitch of bells and bars, whose partials are not multiples of it.

`partials` finds a fundamental first; here it is corrected if it leaves partials unexplained. Frequencies are in Hz,
levels of partials as in that module. It shares no kernel or constant with it: numba's cache would not notice a change.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Tolerance of a multiple's place, in fundamentals, and what the stiffness of strings adds per partial. A frame of few
# periods is allowed half of its resolution, but never half the way to the next multiple.
MISTUNED, STRETCH = 0.02, 0.012
RESOLUTION_SHARE, FARTHEST = 0.5, 0.25
# Partials must be resolved: frames whose resolution is coarser than BELL_RESOLUTION (Hz) are not examined.
BELL_RESOLUTION = 16.0
# Share of the partials, by level, that are not multiples of the fundamental found.
UNEXPLAINED = 0.1
# Ranges of the partials as ratios to the perceived note: of a bell its hum, prime, tierce, quint, nominal, two more,
# the twelfth and the upper octave; of a tube its second to eighth mode, for thin and thick walls; of a free bar the
# first four modes, plain and undercut.
# Source: N. H. Fletcher and T. D. Rossing, "The Physics of Musical Instruments", chapters 19 and 21.
BELL = np.array(
    [[0.48, 0.53], [0.94, 1.03], [1.155, 1.235], [1.46, 1.56], [1.97, 2.03], [2.45, 2.72], [2.90, 3.10], [3.95, 4.25],
     [5.1, 5.5]]
)  # fmt: skip
TUBE = np.array(
    [[0.60, 0.64], [1.165, 1.25], [1.975, 2.025], [2.88, 3.05], [3.97, 4.23], [5.12, 5.62], [6.3, 7.2]]
)  # fmt: skip
BAR = np.array([[0.98, 1.02], [2.65, 2.80], [5.05, 5.45], [8.2, 9.0]])
# Ranges of a small bell: its lowest mode, and the pairs of modes that are the louder ones.
SMALL = np.array([[0.98, 1.02], [2.70, 3.30], [5.30, 6.50], [7.8, 10.2]])
# Lowest level of a mode; lowest level of a partial that has to be explained.
AUDIBLE, COUNTED = 0.15, 0.12
# Number of modes that must be present.
BELL_MODES, TUBE_MODES = 5, 4
# Least share, by level, of the partials up to the highest mode; WHOLE_TUBE: for a tube with all modes.
BELL_EXPLAINED, TUBE_EXPLAINED, WHOLE_TUBE = 0.85, 0.9, 0.6
# A bell has no partials here; a harmonic sound with all of a bell's partials but the tierce does (7 and 9 times the
# hum).
NO_BELL, NO_BELL_REACH = (3.5, 4.5), 0.06
# Lowest level of a bell's nominal.
NOMINAL = 0.3
# Least share explained; levels of the second and third mode, and of the first.
BAR_EXPLAINED, BAR_LEVEL, FAINT_BAR = 0.9, 0.5, 0.07
# Modes an octave apart may be multiples 3 and 6 of another sound.
OCTAVE_REACH = 0.03
# Lowest level of the lower modes of a softly struck tube; least share explained.
SOFT_TUBE, SOFT_EXPLAINED = 0.3, 0.95
# Partials up to the octave: harmonic sounds of a low note have more.
MOST_BELOW = 7
# In resolutions.
RESOLVED_STRIKE = 7.0
TONAL_BELL = 0.75
# Tonal share from which a sound is steady whose note is a mode of this level that stands out.
TONAL_MODE, RINGING_LEVEL = 0.7, 0.6
# Distance of the period from the partial that it stands for, as a share.
PULL = 0.05
# Lowest level of that partial; highest level of a partial that counts as missing; tolerance of its place, as a share.
PULLED_LEVEL, MISSING, OWN = 0.6, 0.1, 0.07
# A free bar's third mode is 1.96 times the second.
MODE_MISTUNED = 0.03
# The higher of two partials is the second mode of a free bar, or, if it is louder, of a small bell.
FREE_BAR, FREE_BAR_REACH = 2.66, 0.16
SMALL_BELL, SMALL_BELL_REACH, SMALL_BELL_LEVEL = 3.05, 0.35, 0.27
# Lowest level of the lowest mode.
MODE_LEVEL = 0.2
# As a multiple of the power around it.
OUTSTANDING = 12.0
FEW_HARMONICS, SOME_HARMONICS = 0.3, 0.5
# Multiples of the strong mode: what counts as below it, and where a bar's lowest mode lies.
BELOW, LOWEST_MODE_BELOW = 0.8, 0.42
# In Hz; in resolutions.
MIN_MODE, RESOLVED_MODE = 100.0, 12.0
# The strong mode is at most the third of a bar. Many partials below it are the knock of a piano's soundboard.
HIGHEST_MODE, MOST_MODES_BELOW = 8.0, 3


@njit(cache=True, nogil=True)
def _level_of(hz: np.ndarray, levels: np.ndarray, low: float, high: float) -> float:
    """Return the level of the strongest partial from `low` to `high` Hz, or 0."""
    first, end = np.searchsorted(hz, low), np.searchsorted(hz, high, "right")
    return levels[first:end].max() if end > first else 0.0


@njit(cache=True, nogil=True)
def unexplained(f: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the share (0-1, by level) of the partials that are not multiples of `f`, its own place included."""
    total, other = 0.0, 0.0
    for k in range(len(hz)):
        ratio = hz[k] / f
        nearest = max(np.round(ratio), 1.0)
        tolerance = max(MISTUNED + STRETCH * nearest, RESOLUTION_SHARE * resolution / f)
        total += levels[k]
        other += levels[k] * (abs(ratio - nearest) > min(tolerance, FARTHEST))
    return other / total if total > 0 else 0.0


@njit(cache=True, nogil=True)
def _fit(f: float, hz: np.ndarray, levels: np.ndarray, modes: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the share (0-1) of the partials up to the highest mode of `f` are modes, and the level at each mode."""
    at = np.zeros(len(modes))
    total, explained = 1e-9, 0.0
    for k in range(np.searchsorted(hz, modes[-1, 1] * f, "right")):
        if levels[k] < COUNTED:
            continue
        total += levels[k]
        for m in range(len(modes)):
            if modes[m, 0] * f <= hz[k] <= modes[m, 1] * f:
                explained += levels[k]
                at[m] = max(at[m], levels[k])
                break
    return explained / total, at


@njit(cache=True, nogil=True)
def _octave(f: float, hz: np.ndarray, levels: np.ndarray) -> bool:
    """Return whether the strongest of the second modes of a small bell, and of the third ones, are an octave apart."""
    second, third, loud, louder = 0.0, 1.0, 0.0, 0.0
    for k in range(len(hz)):
        ratio = hz[k] / f
        if SMALL[1, 0] <= ratio <= SMALL[1, 1] and levels[k] > loud:
            second, loud = hz[k], levels[k]
        if SMALL[2, 0] <= ratio <= SMALL[2, 1] and levels[k] > louder:
            third, louder = hz[k], levels[k]
    return abs(0.5 * third / second - 1) < OCTAVE_REACH if second > 0 else True


@njit(cache=True, nogil=True)
def bar_note(hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the lowest mode (Hz) of a free bar or a small bell, however faint, whose next two are loud; or 0."""
    for k in range(len(hz)):
        f = hz[k]
        if levels[k] < FAINT_BAR or f < RESOLVED_MODE * resolution:
            continue
        explained, at = _fit(f, hz, levels, BAR)
        if min(at[1], at[2]) > BAR_LEVEL and explained >= BAR_EXPLAINED:
            return f
        explained, at = _fit(f, hz, levels, SMALL)
        if min(at[1], at[2]) > BAR_LEVEL and explained >= BAR_EXPLAINED and not _octave(f, hz, levels):
            return f
    return 0.0


@njit(cache=True, nogil=True)
def strike_note(hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the strike note (Hz) of a church bell or a tubular bell, or 0 if the partials are not those of one.

    Both are heard at half the frequency of a partial (a bell's nominal, a tube's fourth mode), whatever lies there. The
    partials are those of a bell if almost all lie at modes of one, the tierce among them; of a tube if its fifth and
    sixth mode are there, and its second, third or seventh, none of which is a multiple.
    """
    best, found = 0.0, 0.0
    for k in range(len(hz)):
        f = hz[k] / 2
        if levels[k] <= AUDIBLE or f < RESOLVED_STRIKE * resolution:
            continue
        if np.searchsorted(hz, 2.05 * f) - np.searchsorted(hz, 0.3 * f) > MOST_BELOW:
            continue
        explained, at = _fit(f, hz, levels, BELL)
        count = (at > AUDIBLE).sum()
        other = 0.0
        for ratio in NO_BELL:
            other = max(other, _level_of(hz, levels, (ratio - NO_BELL_REACH) * f, (ratio + NO_BELL_REACH) * f))
        tierce = at[2] > max(AUDIBLE, other)
        if tierce and at[4] >= NOMINAL and count >= BELL_MODES and explained >= BELL_EXPLAINED:
            score = explained * count / len(BELL) + at[4]
            if score > best:
                best, found = score, f
        explained, at = _fit(f, hz, levels, TUBE)
        count = (at > AUDIBLE).sum()
        odd = max(at[0], at[1], at[5])
        enough = TUBE_EXPLAINED if count < len(TUBE) else WHOLE_TUBE
        soft = min(at[0], at[1], at[2], at[3]) > SOFT_TUBE and explained >= SOFT_EXPLAINED
        if soft or (min(at[3], at[4], odd) > AUDIBLE and count >= TUBE_MODES and explained >= enough):
            score = explained * count / len(TUBE) + max(at[2], at[3], at[4])
            if score > best:
                best, found = score, f
    return found


@njit(cache=True, nogil=True)
def _stands_out(power: np.ndarray, step: float, resolution: float, hz: float) -> bool:
    """Return whether the power at a partial is well above that to both sides of it, as a peak of noise never is."""
    k, near, far = int(hz / step + 0.5), int(3 * resolution / step), int(9 * resolution / step)
    below, above = power[max(k - far, 0) : max(k - near, 1)], power[k + near : k + far]
    return power[k] > OUTSTANDING * max(below.mean(), above.mean() if len(above) else 0.0)


@njit(cache=True, nogil=True)
def _harmonics(f: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the mean level of the second to the fifth multiple of `f`."""
    total = 0.0
    for k in range(2, 6):
        tolerance = max((MISTUNED + STRETCH * k) * f, RESOLUTION_SHARE * resolution)
        total += _level_of(hz, levels, k * f - tolerance, k * f + tolerance) / 4
    return total


@njit(cache=True, nogil=True)
def unpulled(f: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the strong partial that the period `f` stands for: at it, or at twice that, or `f` itself.

    Partials that are no multiples pull the period off the lowest one: three quarters of a semitone a marimba's second
    mode, to its half a bar's, if the two are nearly the second and the fifth multiple of that.
    """
    if f < RESOLVED_STRIKE * resolution or _harmonics(f, hz, levels, resolution) > SOME_HARMONICS:
        return f
    own = _level_of(hz, levels, (1 - OWN) * f, (1 + OWN) * f)
    between = max(_level_of(hz, levels, 2.9 * f, 3.1 * f), _level_of(hz, levels, 3.88 * f, 4.12 * f))
    place, reach = (2 * f, OWN) if max(own, between) < MISSING else (f, PULL)
    if place == f and _harmonics(f, hz, levels, resolution) > FEW_HARMONICS:
        return f
    best, near = f, PULLED_LEVEL
    for k in range(np.searchsorted(hz, place * (1 - reach)), len(hz)):
        if hz[k] > place * (1 + reach):
            break
        if levels[k] > near:
            best, near = hz[k], levels[k]
    return best


@njit(cache=True, nogil=True)
def lowest_mode(
    f: float, power: np.ndarray, step: float, resolution: float, hz: np.ndarray, levels: np.ndarray
) -> float:
    """Return the lowest partial (Hz) of a bar or a small bell of which the stronger partial `f` was found, else `f`.

    They are heard at their lowest mode, which may be the fainter one; the others are not multiples of it, nor of f.
    """
    before = _harmonics(f, hz, levels, resolution)
    if before > SOME_HARMONICS:
        return f
    # The period found may lie between partials that are not multiples of it: at a third of one, for example.
    near, found = 0.0, f
    for k in range(len(hz)):
        if abs(hz[k] / found - 1) < PULL and levels[k] > max(near, MODE_LEVEL):
            near, f = levels[k], hz[k]
    if _harmonics(f, hz, levels, resolution) > FEW_HARMONICS:
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
        audible = hz[k] >= lowest and levels[k] > MODE_LEVEL
        # With two partials the periods decide, unless these are the first two of a free bar or of a small bell.
        bar = abs(f / hz[k] - FREE_BAR) < FREE_BAR_REACH
        bell = abs(f / hz[k] - SMALL_BELL) < SMALL_BELL_REACH and levels[k] > SMALL_BELL_LEVEL
        if others < 2 and not bar and not bell:
            continue
        if audible and _stands_out(power, step, resolution, hz[k]):
            return hz[k]
    return found


@njit(cache=True, nogil=True)
def heard(
    found: np.ndarray, partials: np.ndarray, bounds: np.ndarray, powers: np.ndarray, step: float, resolution: float
) -> np.ndarray:
    """Return the perceived frequency of each sound, how pitched and how steady it is: shape (sounds, 3).

    The frequency is in Hz, or 0; how pitched, 0 to 1, is the greater of the normalised autocorrelation at its period
    and the square of the share of power in the strongest partials (bells have partials and no period). How steady is
    that share, or 1 for a bell whose strike note is known.

    found, partials, bounds: what `lib.audio.partials.fundamentals` returns for powers, step, resolution.
    """
    out = np.empty((len(found), 3))
    for n in range(len(found)):
        f, whole, tonal = found[n]
        out[n, 1], out[n, 2] = max(min(whole, 1.0), tonal**2), tonal
        hz, levels = partials[0, bounds[n] : bounds[n + 1]], partials[1, bounds[n] : bounds[n + 1]]
        if f > 0.0 and resolution < BELL_RESOLUTION:
            f = unpulled(f, hz, levels, resolution)
            share = unexplained(f, hz, levels, resolution)
            if share > UNEXPLAINED:
                note = strike_note(hz, levels, resolution)
                if note == 0.0:
                    note = bar_note(hz, levels, resolution)
                if note == 0.0:
                    note = lowest_mode(f, powers[n], step, resolution, hz, levels)
                # A frequency that is not a period says nothing about gliding.
                rings = _level_of(hz, levels, 0.99 * note, 1.01 * note) > RINGING_LEVEL
                rings = rings and _stands_out(powers[n], step, resolution, note)
                if (tonal >= TONAL_BELL and abs(note / f - 1) > PULL) or (tonal >= TONAL_MODE and rings):
                    out[n, 2] = 1.0
                f = note
        out[n, 0] = f
    return out
