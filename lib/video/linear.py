"""Shrinking in linear light: directly from the planes of a decoded frame to sRGB, each pixel the mean of its area.

Means of encoded values are too dark, the more so the more the picture varies within an output pixel. The transfer curve
is a cubic that is within two levels of sRGB's and that vector instructions evaluate quickly; its inverse is a table, so
that flat areas keep their colour.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Picture = npt.NDArray[np.uint8]
# The cubic through 0 and 1 nearest to the curve of sRGB (IEC 61966-2-1): least squares over the 255 levels.
CUBIC, SQUARE, LINE = 0.37819462, 0.58087207, 0.04093331
# Steps of linear light at which the inverse is tabulated: in the darkest colours a level is 1/2500.
STEPS = 1 << 15
# From PAIRED source pixels per output pixel on, pixels are summed in pairs, the resolution of chroma. From SPARSE on,
# only one of each pair is read, in a checkerboard pattern: on real films the mean changes by less than a level.
PAIRED, SPARSE = 4, 6
ROOTS = 1 << 16
# The inverse of the curve as a formula: a polynomial, the highest power first, in the root that would invert it without
# its cube. It is within 1/100 of a level (a fit of the least greatest error).
INVERSE = (1.40559942, -9.46606370, 28.70371339, -61.19830744, 225.76445376, -9.14762956)
# Kr and Kb of the matrices (ITU-R BT.601, BT.709, BT.2020): shares of red and blue in luma.
SHARES = {"601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593), "240": (0.212, 0.087),
          "fcc": (0.30, 0.11)}  # fmt: skip


def to_linear(level: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return linear light, 0 to 1, of levels from 0 to 255."""
    v = np.asarray(level, np.float64) / 255
    return ((CUBIC * v + SQUARE) * v + LINE) * v


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def level_of(light):  # type: ignore[no-untyped-def]
    """Return the level, 0 to 255 and fractions, of linear light from 0 to 1, both float32 (`from_linear`)."""
    a, b, c, d, e, f = INVERSE
    q = np.sqrt(np.float32(LINE * LINE) + np.float32(4 * SQUARE) * light)
    value = np.float32(a) * q + np.float32(b)
    value = value * q + np.float32(c)
    value = value * q + np.float32(d)
    value = value * q + np.float32(e)
    return value * q + np.float32(f)


@cache
def levels_of_light() -> Picture:
    """Return the level, 0 to 255, for each of STEPS + 1 steps of linear light from 0 to 1."""
    light = to_linear(np.arange(255) + 0.5)
    return np.searchsorted(light, np.arange(STEPS + 1) / STEPS, side="right").astype(np.uint8)


@cache
def _levels_of_roots() -> npt.NDArray[np.float32]:
    """Return the fractional level for each of ROOTS + 1 steps of the square root of light: finer in the dark."""
    levels = np.arange(256.0)
    return np.interp((np.arange(ROOTS + 1) / ROOTS) ** 2, to_linear(levels), levels).astype(np.float32)


def from_linear(light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the fractional level, 0 to 255 (to 1/70), of linear light from 0 to 1."""
    roots = np.sqrt(np.clip(light, np.float32(0), np.float32(1))) * np.float32(ROOTS) + np.float32(0.5)
    return _levels_of_roots()[roots.astype(np.int32)]


@cache
def light_of_levels() -> npt.NDArray[np.float32]:
    """Return the linear light, 0 to 1, of the levels from 0 to 255."""
    return to_linear(np.arange(256)).astype(np.float32)


@cache
def yuv_numbers(matrix: str, full_range: bool) -> npt.NDArray[np.float32]:
    """Return coefficients from 8-bit YUV to RGB, 0 to 1: gain and offset of Y, V to red, U, V to green, U to blue."""
    red, blue = SHARES[matrix]
    green = 1 - red - blue
    luma, chroma, black = (1 / 255, 1 / 255, 0) if full_range else (1 / 219, 1 / 224, 16)
    to_red, to_blue = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    numbers = luma, -black * luma, to_red, -to_blue * blue / green, -to_red * red / green, to_blue
    return np.array(numbers, np.float32)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _add_pairs(planes, row, left, weight, sums, sparse):  # type: ignore[no-untyped-def]
    """Add pairs of a row's pixels in linear light, times `weight`, to `sums`, shape (3, pairs).

    sparse: one pixel of each pair; in the next row the other one.
    """
    luma, blue, red, lowered, numbers = planes
    gain, offset, to_red, blue_green, red_green, to_blue = numbers
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(128.0)
    scale = np.float32(weight if sparse else weight / 2)
    a, b, c = np.float32(CUBIC) * scale, np.float32(SQUARE) * scale, np.float32(LINE) * scale
    # (Slices of whole rows, which the compiler vectorises.)
    line, k = luma[row][left:], row // 2 if lowered else row
    us, vs = blue[k][left // 2 :], red[k][left // 2 :]
    reds, greens, blues = sums[0], sums[1], sums[2]
    if sparse:
        line = line[row & 1 :]
        for n in range(sums.shape[1]):
            u, v = np.float32(us[n]) - half, np.float32(vs[n]) - half
            y = gain * np.float32(line[2 * n]) + offset
            r = min(max(y + to_red * v, zero), one)
            g = min(max(y + blue_green * u + red_green * v, zero), one)
            e = min(max(y + to_blue * u, zero), one)
            reds[n] += r * (c + r * (b + r * a))
            greens[n] += g * (c + g * (b + g * a))
            blues[n] += e * (c + e * (b + e * a))
        return
    for n in range(sums.shape[1]):
        u, v = np.float32(us[n]) - half, np.float32(vs[n]) - half
        more_red, more_green, more_blue = to_red * v, blue_green * u + red_green * v, to_blue * u
        y = gain * np.float32(line[2 * n]) + offset
        z = gain * np.float32(line[2 * n + 1]) + offset
        p, q = min(max(y + more_red, zero), one), min(max(z + more_red, zero), one)
        reds[n] += p * (c + p * (b + p * a)) + q * (c + q * (b + q * a))
        p, q = min(max(y + more_green, zero), one), min(max(z + more_green, zero), one)
        greens[n] += p * (c + p * (b + p * a)) + q * (c + q * (b + q * a))
        p, q = min(max(y + more_blue, zero), one), min(max(z + more_blue, zero), one)
        blues[n] += p * (c + p * (b + p * a)) + q * (c + q * (b + q * a))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _add_row(planes, row, left, weight, halved, chroma, sums):  # type: ignore[no-untyped-def]
    """Add a row's pixels in linear light, times `weight`, to `sums`, shape (3, columns)."""
    luma, blue, red, lowered, numbers = planes
    gain, offset, to_red, blue_green, red_green, to_blue = numbers
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(128.0)
    a, b, c = np.float32(CUBIC) * weight, np.float32(SQUARE) * weight, np.float32(LINE) * weight
    k = row // 2 if lowered else row
    line, reds, greens, blues = luma[row][left:], sums[0], sums[1], sums[2]
    if halved:
        for n in range(chroma.shape[1] // 2):
            chroma[0, 2 * n] = chroma[0, 2 * n + 1] = blue[k][n]
            chroma[1, 2 * n] = chroma[1, 2 * n + 1] = red[k][n]
        us, vs = chroma[0][left:], chroma[1][left:]
    else:
        us, vs = blue[k][left:], red[k][left:]
    for n in range(sums.shape[1]):
        u, v = np.float32(us[n]) - half, np.float32(vs[n]) - half
        y = gain * np.float32(line[n]) + offset
        r = min(max(y + to_red * v, zero), one)
        g = min(max(y + blue_green * u + red_green * v, zero), one)
        e = min(max(y + to_blue * u, zero), one)
        reds[n] += r * (c + r * (b + r * a))
        greens[n] += g * (c + g * (b + g * a))
        blues[n] += e * (c + e * (b + e * a))


@njit(cache=True, nogil=True, error_model="numpy")
def _spans(columns, width):  # type: ignore[no-untyped-def]
    """Return the first and last of the columns that make one of `width`, and the shares of both in the mean."""
    box = columns / width
    ends, shares = np.empty((width, 2), np.int32), np.empty((width, 3), np.float32)
    for n in range(width):
        low, high = n * box, (n + 1) * box
        first, last = int(low), min(int(np.ceil(high)), columns) - 1
        ends[n, 0], ends[n, 1] = first, last
        shares[n, 0] = (first + 1 - low) / box
        shares[n, 1] = (high - last) / box if last > first else 0.0
        shares[n, 2] = 1.0 / box
    return ends, shares


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _write_row(sums, ends, shares, levels, row):  # type: ignore[no-untyped-def]
    """Set a row of the picture to the means of `sums` over columns."""
    steps, half = np.float32(STEPS), np.float32(0.5)
    reds, greens, blues = sums[0], sums[1], sums[2]
    for n in range(row.shape[0]):
        first, last = ends[n, 0], ends[n, 1]
        head, tail, middle = shares[n, 0], shares[n, 1], shares[n, 2]
        red = head * reds[first] + tail * reds[last]
        green = head * greens[first] + tail * greens[last]
        blue = head * blues[first] + tail * blues[last]
        for m in range(first + 1, last):
            red += middle * reds[m]
            green += middle * greens[m]
            blue += middle * blues[m]
        row[n, 0] = levels[min(int(red * steps + half), STEPS)]
        row[n, 1] = levels[min(int(green * steps + half), STEPS)]
        row[n, 2] = levels[min(int(blue * steps + half), STEPS)]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _shrink(planes, part, halved, levels, out):  # type: ignore[no-untyped-def]
    left, top, columns, rows = part
    height, width = out.shape[0], out.shape[1]
    box = rows / height
    pairs = halved and left % 2 == 0 and columns >= PAIRED * width
    sparse = pairs and columns >= SPARSE * width and rows >= SPARSE * height
    sums = np.zeros((3, columns // 2 if pairs else columns), np.float32)
    chroma = np.empty((2, (left + columns + 1) // 2 * 2), np.uint8)
    ends, shares = _spans(sums.shape[1], width)
    for n in range(height):
        sums[:] = 0
        low, high = n * box, (n + 1) * box
        for row in range(int(low), min(int(np.ceil(high)), rows)):
            weight = np.float32((min(high, row + 1.0) - max(low, float(row))) / box)
            if pairs:
                _add_pairs(planes, top + row, left, weight, sums, sparse)
            else:
                _add_row(planes, top + row, left, weight, halved, chroma, sums)
        _write_row(sums, ends, shares, levels, out[n])


def shrink_yuv(
    planes: tuple[Picture, Picture, Picture], halved: bool, lowered: bool, numbers: npt.NDArray[np.float32],
    part: tuple[int, int, int, int], width: int, height: int,
) -> Picture:  # fmt: skip
    """Return a part of 8-bit Y, U, V planes as sRGB, shape (height, width, 3); no larger than the part.

    halved, lowered: U and V have half the columns, half the rows; numbers: see `yuv_numbers`; part: left, top, columns
    and rows, in pixels.
    """
    out = np.empty((height, width, 3), np.uint8)
    _shrink((*planes, lowered, tuple(numbers)), part, halved, levels_of_light(), out)
    return out


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _mean_light(picture, part, light, out):  # type: ignore[no-untyped-def]
    left, top, columns, rows = part
    height, width, _ = out.shape
    box = rows / height
    sums = np.zeros((columns, 3), np.float32)
    ends, shares = _spans(columns, width)
    for n in range(height):
        sums[:] = 0
        low, high = n * box, (n + 1) * box
        for row in range(int(low), min(int(np.ceil(high)), rows)):
            weight = np.float32((min(high, row + 1.0) - max(low, float(row))) / box)
            for column in range(columns):
                for channel in range(3):
                    sums[column, channel] += weight * light[picture[top + row, left + column, channel]]
        for column in range(width):
            first, last = ends[column, 0], ends[column, 1]
            for channel in range(3):
                total = shares[column, 0] * sums[first, channel] + shares[column, 1] * sums[last, channel]
                for m in range(first + 1, last):
                    total += shares[column, 2] * sums[m, channel]
                out[n, column, channel] = total


def mean_light(
    picture: npt.NDArray[Any], part: tuple[int, int, int, int], light: npt.NDArray[np.float32], width: int, height: int
) -> npt.NDArray[np.float32]:
    """Return the mean linear light of a part of a picture, float32, shape (height, width, 3); no larger than the part.

    picture: shape (rows, columns, 3), integers; light: the linear light of each value; part: left, top, columns,
    rows.
    """
    out = np.empty((height, width, 3), np.float32)
    _mean_light(np.ascontiguousarray(picture), part, light, out)
    return out


def to_levels(light: npt.NDArray[np.float32]) -> Picture:
    """Return linear light, 0 to 1, as sRGB levels, uint8."""
    return levels_of_light()[np.clip(light * STEPS + 0.5, 0, STEPS).astype(np.int32)]


def shrink_rgb(picture: Picture, part: tuple[int, int, int, int], width: int, height: int) -> Picture:
    """Return a part (left, top, columns, rows) of an sRGB picture, shrunk, shape (height, width, 3)."""
    return to_levels(mean_light(picture, part, light_of_levels(), width, height))
