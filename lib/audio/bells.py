"""The perceived pitch of bells and bars, whose partials are not multiples of it.

`partials` finds a fundamental first; here it is corrected if it leaves partials unexplained. Frequencies are in Hz,
levels of partials as in that module.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lib.audio.modes import (
    FEW_HARMONICS,
    LOWEST_MODE_BELOW,
    MISTUNED,
    PULL,
    RESOLUTION_SHARE,
    RESOLVED_MODE,
    SOME_HARMONICS,
    STRETCH,
    harmonics,
    level_of,
    lowest_mode,
    stands_out,
)

# Largest tolerance of a multiple's place, in fundamentals: less than half the way to the next one.
FARTHEST = 0.25
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
# Lowest level of the partial that a period stands for; highest level of a partial that counts as missing; tolerance of
# its place, as a share.
PULLED_LEVEL, MISSING, OWN = 0.6, 0.1, 0.07


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
    second, third, loud, louder = 0.0, 0.0, 0.0, 0.0
    for k in range(len(hz)):  # (Limits as in `_fit`, which has found a second mode.)
        if SMALL[1, 0] * f <= hz[k] <= SMALL[1, 1] * f and levels[k] > loud:
            second, loud = hz[k], levels[k]
        if SMALL[2, 0] * f <= hz[k] <= SMALL[2, 1] * f and levels[k] > louder:
            third, louder = hz[k], levels[k]
    return abs(0.5 * third / second - 1) < OCTAVE_REACH


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
            other = max(other, level_of(hz, levels, (ratio - NO_BELL_REACH) * f, (ratio + NO_BELL_REACH) * f))
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
def unpulled(f: float, hz: np.ndarray, levels: np.ndarray, resolution: float) -> float:
    """Return the strong partial that the period `f` stands for: at it, or at twice that, or `f` itself.

    Partials that are not multiples pull the period off the lowest one: three quarters of a semitone a marimba's second
    mode, to its half a bar's, if the two are nearly the second and the fifth multiple of that.
    """
    if f < RESOLVED_STRIKE * resolution or harmonics(f, hz, levels, resolution) > SOME_HARMONICS:
        return f
    own = level_of(hz, levels, (1 - OWN) * f, (1 + OWN) * f)
    between = max(level_of(hz, levels, 2.9 * f, 3.1 * f), level_of(hz, levels, 3.88 * f, 4.12 * f))
    place, reach = (2 * f, OWN) if max(own, between) < MISSING else (f, PULL)
    if place == f and harmonics(f, hz, levels, resolution) > FEW_HARMONICS:
        return f
    best, near = f, PULLED_LEVEL
    for k in range(np.searchsorted(hz, place * (1 - reach)), len(hz)):
        if hz[k] > place * (1 + reach):
            break
        if levels[k] > near:
            best, near = hz[k], levels[k]
    return best


@njit(cache=True, nogil=True)
def heard(
    found: np.ndarray, partials: np.ndarray, bounds: np.ndarray, powers: np.ndarray, step: float, resolution: float
) -> np.ndarray:
    """Return of each sound its perceived frequency, how pitched and how steady it is, what it replaces: (sounds, 4).

    The frequency is in Hz, or 0; how pitched, 0 to 1, is the greater of the normalised autocorrelation at its period
    and the square of the share of power in the strongest partials (bells have partials and no period). How steady is
    that share, or 1 for a bell whose strike note is known. What it replaces: the frequency (Hz) of a stronger partial,
    if it is that of a lowest mode; else 0.

    found, partials, bounds: what `lib.audio.partials.fundamentals` returns for powers, step, resolution.
    """
    out = np.zeros((len(found), 4))
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
                    out[n, 3] = f if note < LOWEST_MODE_BELOW * (1 + PULL) * f else 0.0
                # A frequency that is not a period says nothing about gliding.
                rings = level_of(hz, levels, 0.99 * note, 1.01 * note) > RINGING_LEVEL
                rings = rings and stands_out(powers[n], step, resolution, note)
                if (tonal >= TONAL_BELL and abs(note / f - 1) > PULL) or (tonal >= TONAL_MODE and rings):
                    out[n, 2] = 1.0
                f = note
        out[n, 0] = f
    return out
