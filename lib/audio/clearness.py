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
    amplitudes = np.sqrt(power[: int(HIGHEST / step) + 1])
    inside = np.zeros(len(amplitudes))
    for n in np.argsort(-levels, kind="mergesort")[:CLEAR_PARTIALS]:
        first = max(int((hz[n] - CLEAR_REACH * resolution) / step), 0)
        inside[first : int((hz[n] + CLEAR_REACH * resolution) / step) + 2] = 1.0
    share = (amplitudes * inside).sum() / amplitudes.sum()
    return min(np.sqrt(share / CLEAR), 1.0)


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
