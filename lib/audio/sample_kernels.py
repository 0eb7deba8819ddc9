"""Kernels of the reader, apart from it: numba takes a second to load, and who asks only for a duration needs none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit


@njit("float64[:, :](float32[:, :], float64[:, :])", cache=True, nogil=True)
def judged_sums(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return sums and sums of squares over a part of values (samples, channels), and their number, shape (2, n + 1).

    Of each channel, and then of each mix by `weights`. One sample in six is enough to know levels; steps are uneven, so
    that no tone stays in phase with them.
    """
    channels, mixes = values.shape[1], weights.shape[0]
    out = np.zeros((2, channels + mixes + 1))
    i: Any = 0
    count, noise = 0, np.uint32(1)
    while i < values.shape[0]:
        for c in range(channels):
            value = np.float64(values[i, c])
            out[0, c] += value
            out[1, c] += value * value
        for o in range(mixes):
            total = 0.0
            for c in range(channels):
                total += weights[o, c] * values[i, c]
            out[0, channels + o] += total
            out[1, channels + o] += total * total
        noise = np.uint32(noise * np.uint32(1664525) + np.uint32(1013904223))
        i += 3 + (noise >> np.uint32(29))
        count += 1
    out[0, channels + mixes] = count
    return out


@njit("void(float32[:, :], float64, float64, float64[:, :], float32[:, :])", cache=True, nogil=True)
def interpolate(values: np.ndarray, first: float, step: float, table: np.ndarray, out: np.ndarray) -> None:
    """Read values (samples, channels) at the places first, first + step, ...: out has a row for each."""
    taps, places = table.shape[1], table.shape[0] - 1
    for i in range(out.shape[0]):
        place = first + i * step
        whole = math.floor(place)
        within = (place - whole) * places
        row = min(int(within), places - 1)
        share = within - row
        for c in range(out.shape[1]):
            total = 0.0
            for k in range(taps):
                n = whole + k - taps // 2 + 1
                if 0 <= n < values.shape[0]:
                    total += (table[row, k] + share * (table[row + 1, k] - table[row, k])) * values[n, c]
            out[i, c] = np.float32(total)
