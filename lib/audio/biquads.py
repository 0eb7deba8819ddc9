"""Recursive filters in second-order sections, whose state carries over from block to block."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def filter_sections(sections: np.ndarray, sound: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return a sound filtered by each section in turn, float64, shape (samples,).

    sections: b0, b1, b2, 1, a1, a2 of each, float64, shape (n, 6), as `scipy.signal.sosfilt` has them; sound: float64;
    state: of the sections, float64 of shape (n, 2), zeros at the beginning; it is updated.
    """
    out = sound.copy()
    for k in range(len(sections)):
        b0, b1, b2 = sections[k, 0], sections[k, 1], sections[k, 2]
        a1, a2 = sections[k, 4], sections[k, 5]
        first, second = state[k, 0], state[k, 1]
        for n in range(len(out)):
            value = out[n]
            made = b0 * value + first
            first = b1 * value - a1 * made + second
            second = b2 * value - a2 * made
            out[n] = made
        state[k, 0], state[k, 1] = first, second
    return out
