"""Levels of more than 8 bits to 8: rounded up or down by a fixed pattern, so that slow slopes show no steps."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

SIDE = 8


@cache
def thresholds() -> npt.NDArray[np.float32]:
    """Return Bayer's pattern (1973) of SIDE x SIDE values, evenly spread from 1/128 to 127/128."""
    pattern = np.zeros((1, 1))
    while len(pattern) < SIDE:
        pattern = np.block([[4 * pattern, 4 * pattern + 2], [4 * pattern + 3, 4 * pattern + 1]])
    return ((pattern + 0.5) / SIDE**2).astype(np.float32)


def dithered(levels: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return levels, float from 0 to 255, shape (height, width, channels), as uint8.

    The mean over SIDE x SIDE pixels of one level is that level to 1/128; an integer level stays the same (to 1/128).
    """
    height, width = levels.shape[:2]
    pattern = np.tile(thresholds(), (-(-height // SIDE), -(-width // SIDE)))[:height, :width, None]
    return np.clip(levels + pattern, 0.0, 255.0).astype(np.uint8)
