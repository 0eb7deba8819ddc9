"""How clear of noise a sound is that is not quite periodic.

No kernel or number is shared with `lib.audio.partials`: numba's cache would not see it change.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# The share of the amplitude in its strongest partials (not of
# the power, in which faint broadband noise would not show), counted up to CLEAR.
PERIODIC, CLEAR, CLEAR_PARTIALS, CLEAR_REACH, HIGHEST = 0.95, 0.7, 10, 1.5, 12500.0


@njit(cache=True, nogil=True)
def clearness(power: np.ndarray, step: float, resolution: float, hz: np.ndarray, levels: np.ndarray) -> float:
    """Return how clear of noise (0-1) a sound of a power spectrum with these partials is: a snare is not."""
    # (Loops compile sooner than sorts and slices.)
    bins = min(int(HIGHEST / step) + 1, len(power))
    inside = np.zeros(bins, np.bool_)
    taken = np.zeros(len(levels), np.bool_)
    for _ in range(min(CLEAR_PARTIALS, len(levels))):
        strongest = -1
        for n in range(len(levels)):
            if not taken[n] and (strongest < 0 or levels[n] > levels[strongest]):
                strongest = n
        taken[strongest] = True
        first = max(int((hz[strongest] - CLEAR_REACH * resolution) / step), 0)
        for k in range(first, min(int((hz[strongest] + CLEAR_REACH * resolution) / step) + 2, bins)):
            inside[k] = True
    within, total = 0.0, 0.0
    for k in range(bins):
        amplitude = np.sqrt(np.float64(power[k]))
        total += amplitude
        if inside[k]:
            within += amplitude
    return min(np.sqrt(within / total / CLEAR), 1.0)


@njit(cache=True, nogil=True)
def clearnesses(
    found: np.ndarray, partials: np.ndarray, bounds: np.ndarray, powers: np.ndarray, step: float, resolution: float
) -> np.ndarray:
    """Return how clear of noise each sound is: 1 for a periodic sound, else see `clearness`; shape (sounds,).

    found, partials, bounds: what `lib.audio.partials.fundamentals` returns for powers, step, resolution.
    """
    out = np.ones(len(found))
    for n in range(len(found)):
        hz, levels = partials[0, bounds[n] : bounds[n + 1]], partials[1, bounds[n] : bounds[n + 1]]
        if found[n, 1] < PERIODIC and len(hz):
            out[n] = clearness(powers[n], step, resolution, hz, levels)
    return out
