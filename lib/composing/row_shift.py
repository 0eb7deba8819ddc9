"""Row shift: the rows of a finished picture, each shifted sideways and darkened."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from lib.composing.layout import Picture

# (An index that is a sum of unsigned numbers cannot be negative: the loop becomes vector instructions.)
THREE = np.uint64(3)


def slide_rows(picture: Picture, right: npt.NDArray[np.float64], brightness: npt.NDArray[np.float64]) -> Picture:
    """Return a copy of a picture, (height, width, 3), with rows shifted and darkened.

    right: the shift of each row to the right, in pixels, fractions too (negative: to the left); pixels that leave at
    one side come in at the other. brightness: 0 (black) to 1 of each row. Both of shape (height,). Values between
    pixels are interpolated, so that slow rows do not jerk.
    """
    lines = np.ascontiguousarray(picture).reshape(len(picture), -1)
    slid = np.empty_like(lines)
    _slide(lines, right.astype(np.float64), brightness.astype(np.float64), slid)
    return slid.reshape(picture.shape)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _between(source, at, target, a, b):  # type: ignore[no-untyped-def]
    """Set `target` to the numbers of `source` from `at` on, mixed with those a pixel further."""
    most, half = np.float32(255.0), np.float32(0.5)
    for n in range(np.uint64(target.size)):
        value = a * np.float32(source[at + n]) + b * np.float32(source[at + n + THREE])
        target[n] = np.uint8(min(value, most) + half)


@njit(cache=True, nogil=True, error_model="numpy")
def _slide(picture, right, brightness, slid):  # type: ignore[no-untyped-def]
    """Set `slid` to the shifted rows; both of shape (height, 3 x width)."""
    size = picture.shape[1]
    width, twice = size // 3, np.empty(2 * size, np.uint8)
    for row in range(picture.shape[0]):
        source = (-right[row]) % width
        first = int(source)
        part = source - first
        first %= width  # rounding may have made it the width
        twice[:size] = twice[size:] = picture[row]
        a, b = np.float32(brightness[row] * (1.0 - part)), np.float32(brightness[row] * part)
        _between(twice, np.uint64(3 * first), slid[row], a, b)
