"""The rasterizer: any number of clips, each at its place, size, brightness, ... drawn into one picture.

A pixel of the picture is an area mean: the clip's picture is averaged over a box as wide as a pixel of the screen, or
as a pixel of the clip if that is wider (then bilinear interpolation). So a clip drawn in its own size at an integer
position is copied, half a pixel further neighbours are averaged, and a clip that grows or moves slowly does not
shimmer. Means are in linear light, as in mipmaps, so that a clip is equally bright at every size. Where clips abut
within a pixel, each has its share and nothing shines through.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from lib.composing.layout import Picture
from lib.video.linear import CUBIC, LINE, SQUARE, STEPS, levels_between, light_of_levels

# From this share of a pixel, or alpha, on, it is 1 except for rounding.
WHOLE = 1.0 - 1e-6
# Rows are dealt out in this many bands per thread, since some hold more clips than others.
BANDS_PER_THREAD = 4


@dataclass(frozen=True)
class DrawList:
    """The clips to draw, from the lowest to the uppermost: arrays of shape (n,).

    offset: where the clip's picture begins in the array of pixels, uint8 RGB, `columns` x `rows` of them, row by row.
    x, y: the left and upper edge in pixels of the screen (0, 0: the left upper corner), width, height: its size there,
    before it is rotated about its middle by `rotation` degrees clockwise. alpha: 0 (invisible) to 1; brightness: 0
    (black) to 1 (as it is), or more. blur: the picture is averaged over a square of 1 + 2 x blur pixels of the screen.
    """

    offset: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    width: npt.NDArray[np.float64]
    height: npt.NDArray[np.float64]
    alpha: npt.NDArray[np.float64]
    brightness: npt.NDArray[np.float64]
    rotation: npt.NDArray[np.float64]
    blur: npt.NDArray[np.float64]


class Rasterizer:
    """Draws pictures of one size, in `threads` threads; use it in a `with`, or drop it.

    The result does not depend on the number of threads.
    """

    def __init__(self, width: int, height: int, threads: int = 1) -> None:
        self.width, self.height = width, height
        self._cover = np.empty((height, width), np.uint8)
        self._black = np.zeros((height, width, 3), np.uint8)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        count = min(threads * BANDS_PER_THREAD, height) if threads > 1 else 1
        edges = [height * n // count for n in range(count + 1)]
        self._bands: Sequence[tuple[int, int]] = list(itertools.pairwise(edges))

    def __enter__(self) -> Rasterizer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def draw(self, pixels: npt.NDArray[np.uint8], draws: DrawList, under: Picture | None = None) -> Picture:
        """Return a new picture: the draw list over `under` (black if None).

        pixels: the array, shape (any,), that `draws.offset` points into.
        """
        behind = self._black if under is None else np.ascontiguousarray(under)
        picture = behind.copy()
        self._cover[:] = 0
        whole = np.stack([draws.offset, draws.columns, draws.rows], axis=1).astype(np.int64)
        radians = np.radians(draws.rotation)
        numbers = (draws.x, draws.y, draws.width, draws.height, draws.alpha, draws.brightness, radians, draws.blur)
        real = np.stack(numbers, axis=1).astype(np.float64)
        tables = light_of_levels(), levels_between()
        if self._pool is None:
            _draw(picture, behind, self._cover, 0, self.height, pixels, whole, real, *tables)
        else:
            jobs = [
                self._pool.submit(_draw, picture, behind, self._cover, first, end, pixels, whole, real, *tables)
                for first, end in self._bands
            ]
            for job in jobs:
                job.result()
        return picture


@njit(cache=True, nogil=True, error_model="numpy")
def _taps(position, box, count, index, weight):  # type: ignore[no-untyped-def]
    """Set the three source pixels (clamped to 0..count - 1) and their weights, for a box of 1 to 2 around position."""
    low = position - 0.5 * box
    high = position + 0.5 * box
    first = math.floor(low)
    weight[0] = min(first + 1.0, high) - low
    weight[1] = min(max(high - first - 1.0, 0.0), 1.0)
    weight[2] = max(high - first - 2.0, 0.0)
    for n in range(3):
        weight[n] /= box
        index[n] = min(max(int(first) + n, 0), count - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _blend(picture, behind, cover, row, column, red, green, blue, share, alpha):  # type: ignore[no-untyped-def]
    """Lay a colour over `share` of one pixel: first over the part that is still free, then over what is drawn there."""
    taken = cover[row, column] / 255.0
    free = 1.0 - taken
    fills = min(share, free)
    over = share - fills if taken > 0.0 else 0.0
    for channel in range(3):
        colour = red if channel == 0 else green if channel == 1 else blue
        ground = float(behind[row, column, channel])
        value = float(picture[row, column, channel])
        lower = (value - free * ground) / taken if over > 0.0 else 0.0
        value += alpha * (fills * (colour - ground) + over * (colour - lower))
        picture[row, column, channel] = np.uint8(min(max(value, 0.0), 255.0) + 0.5)
    cover[row, column] = np.uint8(min(taken + fills, 1.0) * 255.0 + 0.5)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _level(light, levels):  # type: ignore[no-untyped-def]
    """Return the level, 0 to 255 and fractions, of linear light from 0 to 1."""
    return levels[min(int(light * np.float32(STEPS) + np.float32(0.5)), STEPS)]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _light(level):  # type: ignore[no-untyped-def]
    """Return linear light, 0 to 1, of a level from 0 to 255 (`light_of_levels` as a formula)."""
    v = np.float32(level) * np.float32(1 / 255)
    return v * (v * (v * np.float32(CUBIC) + np.float32(SQUARE)) + np.float32(LINE))


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_turned(picture, behind, cover, row0, row1, pixels, whole, real, light, levels):  # type: ignore[no-untyped-def]
    """Draw one rotated clip."""
    offset, columns, rows = whole[0], whole[1], whole[2]
    x, y, width, height, alpha, brightness, angle, blur = real
    cosine, sine = math.cos(angle), math.sin(angle)
    middle_x, middle_y = x + 0.5 * width, y + 0.5 * height
    reach_x = 0.5 * (abs(cosine) * width + abs(sine) * height) + 1.0
    reach_y = 0.5 * (abs(sine) * width + abs(cosine) * height) + 1.0
    left = max(math.floor(middle_x - reach_x), 0)
    right = min(math.ceil(middle_x + reach_x), picture.shape[1])
    top = max(math.floor(middle_y - reach_y), row0)
    bottom = min(math.ceil(middle_y + reach_y), row1)
    step_x, step_y = columns / width, rows / height
    box_x = min(max(step_x * (1.0 + 2.0 * blur), 1.0), 2.0)
    box_y = min(max(step_y * (1.0 + 2.0 * blur), 1.0), 2.0)
    taps_x = 3 if box_x > 1.0 else 2
    taps_y = 3 if box_y > 1.0 else 2
    index_x, index_y = np.empty(3, np.int64), np.empty(3, np.int64)
    weight_x, weight_y = np.empty(3, np.float32), np.empty(3, np.float32)
    for row in range(top, bottom):
        for column in range(left, right):
            dx, dy = column + 0.5 - middle_x, row + 0.5 - middle_y
            inner_x = cosine * dx + sine * dy + 0.5 * width
            inner_y = cosine * dy - sine * dx + 0.5 * height
            share_x = min(width, inner_x + 0.5) - max(0.0, inner_x - 0.5)
            share_y = min(height, inner_y + 0.5) - max(0.0, inner_y - 0.5)
            if share_x <= 0.0 or share_y <= 0.0:
                continue
            _taps(inner_x * step_x, box_x, columns, index_x, weight_x)
            _taps(inner_y * step_y, box_y, rows, index_y, weight_y)
            red, green, blue = 0.0, 0.0, 0.0
            for n in range(taps_y):
                for m in range(taps_x):
                    place = offset + (index_y[n] * columns + index_x[m]) * 3
                    weight = weight_y[n] * weight_x[m]
                    red += weight * light[pixels[place]]
                    green += weight * light[pixels[place + 1]]
                    blue += weight * light[pixels[place + 2]]
            red = min(brightness * _level(red, levels), 255.0)
            green = min(brightness * _level(green, levels), 255.0)
            blue = min(brightness * _level(blue, levels), 255.0)
            share = share_x * share_y
            if share < WHOLE:
                _blend(picture, behind, cover, row, column, red, green, blue, share, alpha)
                continue
            cover[row, column] = 255
            picture[row, column, 0] = np.uint8(alpha * red + (1.0 - alpha) * picture[row, column, 0] + 0.5)
            picture[row, column, 1] = np.uint8(alpha * green + (1.0 - alpha) * picture[row, column, 1] + 0.5)
            picture[row, column, 2] = np.uint8(alpha * blue + (1.0 - alpha) * picture[row, column, 2] + 0.5)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _mean_of_rows(line, pixels, first, second, third, a, b, c, begin, end):  # type: ignore[no-untyped-def]
    """Set `line` from `begin` to before `end` to the light of up to three rows of pixels that begin there."""
    if c > 0.0:
        for n in range(begin, end):
            line[n] = a * _light(pixels[first + n]) + b * _light(pixels[second + n]) + c * _light(pixels[third + n])
    elif b > 0.0:
        for n in range(begin, end):
            line[n] = a * _light(pixels[first + n]) + b * _light(pixels[second + n])
    else:
        for n in range(begin, end):
            line[n] = _light(pixels[first + n])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _draw_upright(  # type: ignore[no-untyped-def]  # noqa: PLR0915
    picture, behind, cover, row0, row1, pixels, whole, real, line, index, weight, shares, levels
):
    """Draw one unrotated clip: each row of it as a mean of source rows first (contiguous), then of columns."""
    offset, columns, rows = whole[0], whole[1], whole[2]
    x, y, width, height, alpha, brightness, _, blur = real
    left = max(math.floor(x), 0)
    right = min(math.ceil(x + width), picture.shape[1])
    top = max(math.floor(y), row0)
    bottom = min(math.ceil(y + height), row1)
    if left >= right or top >= bottom:
        return
    opaque, clear, half = np.float32(alpha), np.float32(1.0 - alpha), np.float32(0.5)
    bright, most = np.float32(brightness), np.float32(255.0)
    step_x, step_y = columns / width, rows / height
    box_x = min(max(step_x * (1.0 + 2.0 * blur), 1.0), 2.0)
    box_y = min(max(step_y * (1.0 + 2.0 * blur), 1.0), 2.0)
    alone = True  # whether every column of the screen is one of the clip: nothing is averaged
    for n in range(right - left):
        column = left + n
        _taps((column + 0.5 - x) * step_x, box_x, columns, index[n], weight[n])
        shares[n] = min(x + width, column + 1.0) - max(x, float(column))
        alone = alone and weight[n, 0] >= WHOLE
    # (A little more than its columns need: three taps around each.)
    begin = min(index[0, 0], index[right - left - 1, 0])
    end = index[right - left - 1, 2] + 1
    rows_of, parts_of = np.empty(3, np.int64), np.empty(3, np.float32)
    for row in range(top, bottom):
        share_y = min(y + height, row + 1.0) - max(y, float(row))
        _taps((row + 0.5 - y) * step_y, box_y, rows, rows_of, parts_of)
        first, second, third = offset + rows_of * columns * 3
        a, b, c = parts_of
        copied = alone and b == 0.0 and c == 0.0
        if not copied:
            _mean_of_rows(line, pixels, first, second, third, a, b, c, begin * 3, end * 3)
        for n in range(right - left):
            i, j, k = index[n, 0] * 3, index[n, 1] * 3, index[n, 2] * 3
            if copied:
                red, green = np.float32(pixels[first + i]), np.float32(pixels[first + i + 1])
                blue = np.float32(pixels[first + i + 2])
            else:
                p, q, r = weight[n, 0], weight[n, 1], weight[n, 2]
                red = _level(p * line[i] + q * line[j] + r * line[k], levels)
                green = _level(p * line[i + 1] + q * line[j + 1] + r * line[k + 1], levels)
                blue = _level(p * line[i + 2] + q * line[j + 2] + r * line[k + 2], levels)
            red, green = min(bright * red, most), min(bright * green, most)
            blue = min(bright * blue, most)
            share = share_y * shares[n]
            if share < WHOLE:
                colour = np.float64(red), np.float64(green), np.float64(blue)
                _blend(picture, behind, cover, row, left + n, *colour, share, alpha)
                continue
            cover[row, left + n] = 255
            if alpha < WHOLE:  # over what is drawn there (as _blend with a share of 1)
                red = opaque * red + clear * picture[row, left + n, 0]
                green = opaque * green + clear * picture[row, left + n, 1]
                blue = opaque * blue + clear * picture[row, left + n, 2]
            picture[row, left + n, 0] = np.uint8(red + half)
            picture[row, left + n, 1] = np.uint8(green + half)
            picture[row, left + n, 2] = np.uint8(blue + half)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(picture, behind, cover, row0, row1, pixels, whole, real, light, levels):  # type: ignore[no-untyped-def]
    """Draw all clips into the rows from `row0` to before `row1`."""
    widest = 1
    for n in range(len(whole)):
        widest = max(widest, whole[n, 1])
    line = np.empty(widest * 3, np.float32)
    index = np.empty((picture.shape[1], 3), np.int64)
    weight = np.empty((picture.shape[1], 3), np.float32)
    shares = np.empty(picture.shape[1], np.float64)
    for n in range(len(whole)):
        x, y, width, height, alpha, _, angle, _ = real[n]
        if not (width > 0.0 and height > 0.0 and alpha > 0.0):
            continue
        if angle != 0.0:
            _draw_turned(picture, behind, cover, row0, row1, pixels, whole[n], real[n], light, levels)
        elif y < row1 and y + height > row0 and x < picture.shape[1] and x + width > 0.0:
            _draw_upright(
                picture, behind, cover, row0, row1, pixels, whole[n], real[n], line, index, weight, shares, levels
            )
