"""Mipmaps: a picture followed by smaller and smaller ones, each half as wide and high (rounded up) as the previous one.

If one side is more than twice the other, only that is halved: pictures stretched in that direction are also drawn
unstretched.

A clip drawn small is drawn from a level of about that size, so that each of its pixels counts and nothing shimmers. A
level is the area mean of the level above, in linear light, to the fraction of a pixel where sizes are odd.
"""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import numpy.typing as npt
from numba import njit

from lib.video.linear import STEPS, levels_of_light, light_of_levels

Bytes = npt.NDArray[np.uint8]


@cache
def level_sizes(width: int, height: int) -> tuple[tuple[int, int], ...]:
    """Return the (width, height) of all levels, the whole picture first, until one side is a single pixel."""
    sizes = [(width, height)]
    while min(width, height) > 1:
        wide, high = width > 2 * height, height > 2 * width
        width, height = width if high else (width + 1) // 2, height if wide else (height + 1) // 2
        sizes.append((width, height))
    return tuple(sizes)


@cache
def pyramid_bytes(width: int, height: int) -> int:
    """Return the bytes of a pyramid."""
    return sum(3 * w * h for w, h in level_sizes(width, height))


def pyramid(picture: Bytes) -> Bytes:
    """Return the pyramid of a picture, uint8 RGB of shape (height, width, 3): all levels, one after the other."""
    height, width, _ = picture.shape
    whole = np.empty(pyramid_bytes(width, height), np.uint8)
    whole[: picture.size] = picture.reshape(-1)
    begin = 0
    tables = light_of_levels(), levels_of_light()
    sizes = level_sizes(width, height)
    for (columns, rows), (less_columns, less_rows) in itertools.pairwise(sizes):
        above, below = whole[begin:], whole[begin + columns * rows * 3 :]
        begin += columns * rows * 3
        _reduce(above, columns, below, *_taps(columns, less_columns), *_taps(rows, less_rows), *tables)
    return whole


@cache
def _taps(count: int, less: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the three of `count` pixels that each of `less` averages, and their weights: two arrays (less, 3)."""
    box = count / less
    index = np.zeros((less, 3), np.int64)
    weight = np.zeros((less, 3), np.float32)
    for n in range(less):
        first = math.floor(n * box)
        for m in range(3):
            index[n, m] = min(first + m, count - 1)
            weight[n, m] = max(min((n + 1) * box, first + m + 1) - max(n * box, first + m), 0.0) / box
    return index, weight


@njit(cache=True, nogil=True)
def _reduce(above, columns, below, index_x, weight_x, index_y, weight_y, light, levels):  # type: ignore[no-untyped-def]
    """Set the first pixels of `below` to means, in linear light, of the first of `above`, `columns` wide."""
    width = len(index_x)
    line = np.empty(columns * 3, np.float32)
    for row in range(len(index_y)):
        first, second, third = index_y[row] * (columns * 3)
        a, b, c = weight_y[row]
        for n in range(columns * 3):
            line[n] = a * light[above[first + n]] + b * light[above[second + n]] + c * light[above[third + n]]
        for n in range(width):
            for channel in range(3):
                value = np.float32(0.0)
                for m in range(3):
                    value += weight_x[n, m] * line[index_x[n, m] * 3 + channel]
                below[(row * width + n) * 3 + channel] = levels[int(value * np.float32(STEPS) + np.float32(0.5))]
