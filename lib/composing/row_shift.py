"""Row shift: the rows of a finished picture, each shifted sideways and darkened."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from lib.composing.layout import Picture


def slide_rows(picture: Picture, right: npt.NDArray[np.float64], brightness: npt.NDArray[np.float64]) -> Picture:
    """Return a copy of a picture, (height, width, 3), with rows shifted and darkened.

    right: the shift of each row to the right, in pixels, fractions too (negative: to the left); pixels that leave at
    one side come in at the other. brightness: 0 (black) to 1 of each row. Both of shape (height,). Values between
    pixels are interpolated, so that slow rows do not jerk.
    """
    slid = np.empty_like(picture)
    _slide(np.ascontiguousarray(picture), right.astype(np.float64), brightness.astype(np.float64), slid)
    return slid


@njit(cache=True, nogil=True, error_model="numpy")
def _slide(picture, right, brightness, slid):  # type: ignore[no-untyped-def]
    """Set `slid` to the shifted rows."""
    height, width, _ = picture.shape
    for row in range(height):
        source = (-right[row]) % width
        first = int(source)
        part = source - first
        first %= width  # rounding may have made it the width
        second = (first + 1) % width
        a, b = brightness[row] * (1.0 - part), brightness[row] * part
        for column in range(width):
            for channel in range(3):
                value = a * picture[row, first, channel] + b * picture[row, second, channel]
                slid[row, column, channel] = np.uint8(min(max(value, 0.0), 255.0) + 0.5)
            first = second
            second = second + 1 if second + 1 < width else 0
