"""Where a rotated clip lies on the screen: for the kernels of the rasterizer."""

from __future__ import annotations

import math

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def box_of_turned(real, across, row0, row1):  # type: ignore[no-untyped-def]
    """Return the pixels around a rotated clip, of `across` columns and the rows `row0` to before `row1`.

    That is (left, right, top, bottom); nothing of it is there if one of the ends is not beyond its beginning.
    """
    x, y, width, height, _, _, angle, _ = real
    cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
    middle_x, middle_y = x + 0.5 * width, y + 0.5 * height
    reach_x = 0.5 * (cosine * width + sine * height) + 1.0
    reach_y = 0.5 * (sine * width + cosine * height) + 1.0
    left, right = max(math.floor(middle_x - reach_x), 0), min(math.ceil(middle_x + reach_x), across)
    return left, right, max(math.floor(middle_y - reach_y), row0), min(math.ceil(middle_y + reach_y), row1)
