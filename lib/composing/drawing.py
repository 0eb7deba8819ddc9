"""The kernels of the rasterizer: clips drawn into rows of a picture.

Clips that are not rotated are drawn a few rows at a time: their levels become light, which is averaged over rows and
then over columns, and becomes levels again. Loops are over arrays that lie in memory as they are read, so that the
compiler makes vector instructions of them.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from lib.composing.turned import box_of_turned
from lib.video.linear import CUBIC, LINE, SQUARE, level_of

# From this share of a pixel, or alpha, on, it is 1 except for rounding.
WHOLE = 1.0 - 1e-6
# Number of light values held at a time: they fit the first-level cache of a core.
LIGHT = 4096
# (Sums of unsigned numbers, which cannot be negative, become vector instructions as indices.)
ONE, TWO, THREE, SIX = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(6)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _taps(position, box):  # type: ignore[no-untyped-def]
    """Return the first of the three source pixels in a box of 1 to 2 around position, and their shares in its mean."""
    low = position - 0.5 * box
    high = position + 0.5 * box
    first = math.floor(low)
    a = min(first + 1.0, high) - low
    b = min(max(high - first - 1.0, 0.0), 1.0)
    c = max(high - first - 2.0, 0.0)
    share = 1.0 / box
    return int(first), np.float32(a * share), np.float32(b * share), np.float32(c * share)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _inside(pixel, count):  # type: ignore[no-untyped-def]
    """Return the pixel of 0 to count - 1 that is nearest."""
    return min(max(pixel, 0), count - 1)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _blend(picture, behind, cover, row, column, red, green, blue, share, alpha):  # type: ignore[no-untyped-def]
    """Lay a colour over `share` of one pixel: first over the part that is still free, then over what is drawn there."""
    half, one, most = np.float32(0.5), np.float32(1.0), np.float32(255.0)
    taken = np.float32(cover[row, column]) * np.float32(1 / 255)
    free = one - taken
    fills = min(share, free)
    a, d = np.float32(picture[row, column, 0]), np.float32(behind[row, column, 0])
    b, e = np.float32(picture[row, column, 1]), np.float32(behind[row, column, 1])
    c, f = np.float32(picture[row, column, 2]), np.float32(behind[row, column, 2])
    if share > fills:  # something is drawn there
        over, whole = alpha * (share - fills), one / taken
        a += over * (red - (a - free * d) * whole)
        b += over * (green - (b - free * e) * whole)
        c += over * (blue - (c - free * f) * whole)
    fill = alpha * fills
    a += fill * (red - d)
    b += fill * (green - e)
    c += fill * (blue - f)
    picture[row, column, 0] = np.uint8(min(max(a, np.float32(0.0)), most) + half)
    picture[row, column, 1] = np.uint8(min(max(b, np.float32(0.0)), most) + half)
    picture[row, column, 2] = np.uint8(min(max(c, np.float32(0.0)), most) + half)
    cover[row, column] = np.uint8(min(taken + fills, one) * most + half)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _light(level):  # type: ignore[no-untyped-def]
    """Return linear light, 0 to 1, of a level from 0 to 255 (`to_linear`)."""
    v = np.float32(level) * np.float32(1 / 255)
    return v * (v * (v * np.float32(CUBIC) + np.float32(SQUARE)) + np.float32(LINE))


@njit(cache=True, nogil=True, error_model="numpy")
def _spans(first, end, begin, size, count, blur, index, weight, shares):  # type: ignore[no-untyped-def]
    """Set, for the pixels `first` to before `end` of the screen, the source pixels that each averages.

    begin, size: where the clip lies on the screen; count: its source pixels. index: the first of three source pixels,
    -1 to count - 1, shape (n,); weight: the shares of the three, (n, 3); shares: the part of the pixel that is covered.
    """
    step = count / size
    box = min(max(step * (1.0 + 2.0 * blur), 1.0), 2.0)
    for n in range(end - first):
        at = first + n
        pixel, a, b, c = _taps((at + 0.5 - begin) * step, box)
        if pixel < -1 or pixel >= count:  # beyond the edge all three are its pixel
            pixel, a, b, c = _inside(pixel, count), np.float32(1.0), np.float32(0.0), np.float32(0.0)
        index[n], weight[n, 0], weight[n, 1], weight[n, 2] = pixel, a, b, c
        shares[n] = min(begin + size, at + 1.0) - max(begin, float(at))


# (Loops over slices, whose indices cannot be negative, become vector instructions.)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _lights(light, levels):  # type: ignore[no-untyped-def]
    """Set all of `light` to that of as many levels, of which there may be more."""
    for n in range(light.size):
        light[n] = _light(levels[n])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _mean_of_rows(line, begin, light, first, second, third, size, a, b, c):  # type: ignore[no-untyped-def]
    """Set `size` numbers of a line, from `begin` on, to means of those of `light` from three places on."""
    for n in range(size):
        line[begin + n] = a * light[first + n] + b * light[second + n] + c * light[third + n]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _mean_of_columns(colours, begin, line, index, weight, count):  # type: ignore[no-untyped-def]
    """Set `count` colours, from `begin` on, to means of three pixels of a line each.

    line: the pixels, with one more before them and two more after them; index: the first of the three, from -1 on.
    """
    for n in range(count):
        i, to = np.uint64(3 * (index[n] + 1)), begin + np.uint64(3) * n
        a, b, c = weight[n, 0], weight[n, 1], weight[n, 2]
        colours[to] = a * line[i] + b * line[i + THREE] + c * line[i + SIX]
        to, i = to + ONE, i + ONE
        colours[to] = a * line[i] + b * line[i + THREE] + c * line[i + SIX]
        to, i = to + ONE, i + ONE
        colours[to] = a * line[i] + b * line[i + THREE] + c * line[i + SIX]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _levels(colours, bright):  # type: ignore[no-untyped-def]
    """Turn light into levels, times `bright`."""
    for n in range(colours.size):
        colours[n] = min(bright * level_of(colours[n]), np.float32(255.0))


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _put(picture, row, begin, colours, place, size, opaque):  # type: ignore[no-untyped-def]
    """Lay `size` numbers of `colours`, from `place` on, over whole pixels: a row of `picture`, from `begin` on."""
    half = np.float32(0.5)
    if opaque < WHOLE:
        clear = np.float32(1.0) - opaque
        for n in range(size):
            mixed = opaque * colours[place + n] + clear * np.float32(picture[row, begin + n])
            picture[row, begin + n] = np.uint8(mixed + half)
    else:
        for n in range(size):
            picture[row, begin + n] = np.uint8(colours[place + n] + half)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_turned(  # type: ignore[no-untyped-def]
    picture, behind, cover, row0, row1, pixels, whole, real, room
):
    """Draw one rotated clip, row by row: means of its light, then levels."""
    light, _, colours, index, _, shares, _, _, _ = room
    offset, columns, rows = whole[0], whole[1], whole[2]
    x, y, width, height, alpha, brightness, angle, blur = real
    cosine, sine = math.cos(angle), math.sin(angle)
    middle_x, middle_y = x + 0.5 * width, y + 0.5 * height
    left, right, top, bottom = box_of_turned(real, picture.shape[1], row0, row1)
    if left >= right or top >= bottom:
        return
    _lights(light[: rows * columns * 3], pixels[offset:])
    step_x, step_y = columns / width, rows / height
    box_x = min(max(step_x * (1.0 + 2.0 * blur), 1.0), 2.0)
    box_y = min(max(step_y * (1.0 + 2.0 * blur), 1.0), 2.0)
    taps_y = 3 if box_y > 1.0 else 2
    bright, opaque, clear = np.float32(brightness), np.float32(alpha), np.float32(1.0 - alpha)
    half = np.float32(0.5)
    for row in range(top, bottom):
        count = 0
        for column in range(left, right):
            dx, dy = column + 0.5 - middle_x, row + 0.5 - middle_y
            inner_x = cosine * dx + sine * dy + 0.5 * width
            inner_y = cosine * dy - sine * dx + 0.5 * height
            share_x = min(width, inner_x + 0.5) - max(0.0, inner_x - 0.5)
            share_y = min(height, inner_y + 0.5) - max(0.0, inner_y - 0.5)
            if share_x <= 0.0 or share_y <= 0.0:
                continue
            first_x, a, b, c = _taps(inner_x * step_x, box_x)
            first_y, d, e, f = _taps(inner_y * step_y, box_y)
            red, green, blue = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            one, two = _inside(first_x, columns) * 3, _inside(first_x + 1, columns) * 3
            three = _inside(first_x + 2, columns) * 3
            for n in range(taps_y):
                line = _inside(first_y + n, rows) * columns * 3
                part = d if n == 0 else e if n == 1 else f
                i, j, k = np.uint64(line + one), np.uint64(line + two), np.uint64(line + three)
                red += part * (a * light[i] + b * light[j] + c * light[k])
                green += part * (a * light[i + ONE] + b * light[j + ONE] + c * light[k + ONE])
                blue += part * (a * light[i + TWO] + b * light[j + TWO] + c * light[k + TWO])
            colours[3 * count], colours[3 * count + 1], colours[3 * count + 2] = red, green, blue
            index[count], shares[count] = column, share_x * share_y
            count += 1
        _levels(colours[: 3 * count], bright)
        for n in range(count):
            column = index[n]
            red, green, blue = colours[3 * n], colours[3 * n + 1], colours[3 * n + 2]
            if shares[n] < WHOLE:
                _blend(picture, behind, cover, row, column, red, green, blue, np.float32(shares[n]), opaque)
                continue
            cover[row, column] = 255
            picture[row, column, 0] = np.uint8(opaque * red + clear * picture[row, column, 0] + half)
            picture[row, column, 1] = np.uint8(opaque * green + clear * picture[row, column, 1] + half)
            picture[row, column, 2] = np.uint8(opaque * blue + clear * picture[row, column, 2] + half)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_upright(  # type: ignore[no-untyped-def]
    picture, flat, behind, cover, row0, row1, pixels, whole, real, room
):
    """Draw one unrotated clip that is seen, a few rows at a time: light, means of rows, then of columns, levels."""
    light, line, colours, index, weight, shares, index_y, weight_y, shares_y = room
    offset, columns, rows = whole[0], whole[1], whole[2]
    x, y, width, height, alpha, brightness, _, blur = real
    left = max(math.floor(x), 0)
    right = min(math.ceil(x + width), picture.shape[1])
    top = max(math.floor(y), row0)
    bottom = min(math.ceil(y + height), row1)
    opaque, bright = np.float32(alpha), np.float32(brightness)
    count = right - left
    _spans(left, right, x, width, columns, blur, index, weight, shares)
    _spans(top, bottom, y, height, rows, blur, index_y, weight_y, shares_y)
    # Only the first and the last column are not covered as a whole.
    inner, outer = int(shares[0] < WHOLE), count - int(shares[count - 1] < WHOLE)
    begin, end = max(index[0], 0), min(index[count - 1] + 3, columns)
    size = (end - begin) * 3
    most, most_rows = max(LIGHT // size, 3), max(LIGHT // (count * 3), 1)
    row, last = 0, 0
    while row < bottom - top:
        low = max(index_y[row], 0)
        while last < bottom - top and last < row + most_rows and min(index_y[last] + 3, rows) - low <= most:
            last += 1
        high = min(index_y[last - 1] + 3, rows)
        if size == columns * 3:
            _lights(light[: (high - low) * size], pixels[offset + low * size :])
        else:
            for n in range(high - low):
                place = offset + ((low + n) * columns + begin) * 3
                _lights(light[n * size : (n + 1) * size], pixels[place:])
        for n in range(row, last):
            one = (_inside(index_y[n], rows) - low) * size
            two = (_inside(index_y[n] + 1, rows) - low) * size
            three = (_inside(index_y[n] + 2, rows) - low) * size
            a, b, c = weight_y[n, 0], weight_y[n, 1], weight_y[n, 2]
            place = np.uint64((begin + 1) * 3)
            places = np.uint64(one), np.uint64(two), np.uint64(three)
            _mean_of_rows(line, place, light, places[0], places[1], places[2], np.uint64(size), a, b, c)
            for m in range(3):
                line[m] = line[3 + m]  # before the first pixel of all, which is read if that is
                line[end * 3 + 3 + m] = line[end * 3 + 6 + m] = line[end * 3 + m]
            _mean_of_columns(colours, np.uint64((n - row) * count * 3), line, index, weight, np.uint64(count))
        _levels(colours[: (last - row) * count * 3], bright)
        for n in range(row, last):
            place = (n - row) * count * 3
            whole_row = shares_y[n] >= WHOLE
            if whole_row and inner < outer:
                to, wide = np.uint64((left + inner) * 3), np.uint64((outer - inner) * 3)
                _put(flat, np.uint64(top + n), to, colours, np.uint64(place + inner * 3), wide, opaque)
                for m in range(left + inner, left + outer):
                    cover[top + n, m] = 255
            for m in range(count):
                if whole_row and inner <= m < outer:
                    continue
                red, green, blue = colours[place + 3 * m], colours[place + 3 * m + 1], colours[place + 3 * m + 2]
                share = np.float32(shares_y[n] * shares[m])
                _blend(picture, behind, cover, top + n, left + m, red, green, blue, share, opaque)
        row = last


@njit(cache=True, nogil=True, error_model="numpy")
def draw(picture, behind, cover, row0, row1, pixels, whole, real):  # type: ignore[no-untyped-def]
    """Draw all clips into the rows from `row0` to before `row1`."""
    widest, most = 1, LIGHT
    for n in range(len(whole)):
        widest = max(widest, whole[n, 1])
        if real[n, 6] != 0.0:
            most = max(most, whole[n, 1] * whole[n, 2] * 3)
    across, down = picture.shape[1], row1 - row0
    flat = picture.reshape(picture.shape[0], across * 3)
    room = (
        np.empty(max(most, widest * 9), np.float32), np.empty((widest + 3) * 3, np.float32),
        np.empty(max(LIGHT, across * 3), np.float32),
        np.empty(across, np.int64), np.empty((across, 3), np.float32), np.empty(across, np.float64),
        np.empty(down, np.int64), np.empty((down, 3), np.float32), np.empty(down, np.float64),
    )  # fmt: skip
    for n in range(len(whole)):
        x, y, width, height, alpha, _, angle, _ = real[n]
        if not (x + width > x and y + height > y and alpha > 0.0):
            continue
        if angle != 0.0:
            _draw_turned(picture, behind, cover, row0, row1, pixels, whole[n], real[n], room)
        elif y < row1 and y + height > row0 and x < picture.shape[1] and x + width > 0.0:
            _draw_upright(picture, flat, behind, cover, row0, row1, pixels, whole[n], real[n], room)
