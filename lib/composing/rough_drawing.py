"""The kernel of the rasterizer for a quick look: a pixel of the screen shows one pixel of the clip, the nearest.

Edges between pixels of the screen are blended, so that gaps are as wide as they should be and moving clips do not jerk.
Unlike in `lib.composing.drawing`, nothing is averaged or blurred, and where clips abut within a pixel, what is below
them shines through.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from lib.composing.drawing import WHOLE, _inside
from lib.composing.turned import box_of_turned

LEVELS, STEPS = 256, 256


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _put(target, line, index, shown):  # type: ignore[no-untyped-def]
    """Set pixels, shape (n, 3), to those of `line`, shape (m, 3), at these places, as they are shown."""
    for n in range(np.uint64(len(index))):
        place = np.uint64(index[n])
        target[n, 0] = shown[line[place, 0]]
        target[n, 1] = shown[line[place, 1]]
        target[n, 2] = shown[line[place, 2]]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _mix(picture, row, column, clip, place, shown, share):  # type: ignore[no-untyped-def]
    """Lay a pixel of the clip over one of the screen, `share` of it."""
    weight = np.int64(share * STEPS)
    for n in range(3):
        before = np.int64(picture[row, column, n])
        picture[row, column, n] = before + (np.int64(shown[clip[place[0], place[1], n]]) - before) * weight // STEPS


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_turned(picture, row0, row1, clip, real, shown):  # type: ignore[no-untyped-def]
    """Draw one rotated clip, shape (rows, columns, 3)."""
    x, y, width, height, alpha, _, angle, _ = real
    rows, columns = clip.shape[0], clip.shape[1]
    cosine, sine = math.cos(angle), math.sin(angle)
    middle_x, middle_y = x + 0.5 * width, y + 0.5 * height
    left, right, top, bottom = box_of_turned(real, picture.shape[1], row0, row1)
    step_x, step_y = columns / width, rows / height
    for row in range(top, bottom):
        dy = row + 0.5 - middle_y
        begin_x = sine * dy + 0.5 * width - cosine * middle_x
        begin_y = cosine * dy + 0.5 * height + sine * middle_x
        for column in range(left, right):
            inner_x, inner_y = begin_x + cosine * (column + 0.5), begin_y - sine * (column + 0.5)
            share = alpha
            if not (0.5 <= inner_x <= width - 0.5 and 0.5 <= inner_y <= height - 0.5):
                share_x = min(width, inner_x + 0.5) - max(0.0, inner_x - 0.5)
                share_y = min(height, inner_y + 0.5) - max(0.0, inner_y - 0.5)
                if share_x <= 0.0 or share_y <= 0.0:
                    continue
                share *= share_x * share_y
            place = _inside(int(inner_y * step_y), rows), _inside(int(inner_x * step_x), columns)
            if share >= WHOLE:
                for n in range(3):
                    picture[row, column, n] = shown[clip[place[0], place[1], n]]
            else:
                _mix(picture, row, column, clip, place, shown, share)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_upright(picture, row0, row1, clip, real, shown, index, shares):  # type: ignore[no-untyped-def]
    """Draw one unrotated clip, shape (rows, columns, 3)."""
    x, y, width, height, alpha, _, _, _ = real
    rows, columns = clip.shape[0], clip.shape[1]
    left, right = max(math.floor(x), 0), min(math.ceil(x + width), picture.shape[1])
    count = right - left
    for n in range(count):
        index[n] = _inside(int((left + n + 0.5 - x) * columns / width), columns)
        shares[n] = min(x + width, left + n + 1.0) - max(x, float(left + n))
    inner, outer = int(shares[0] < WHOLE), count - int(shares[count - 1] < WHOLE)
    for row in range(max(math.floor(y), row0), min(math.ceil(y + height), row1)):
        share = alpha * (min(y + height, row + 1.0) - max(y, float(row)))
        line = _inside(int((row + 0.5 - y) * rows / height), rows)
        first, end = (inner, outer) if share >= WHOLE and inner < outer else (0, 0)
        if first < end:
            _put(picture[row, left + first : left + end], clip[line], index[first:end], shown)
        if first:
            _mix(picture, row, left, clip, (line, index[0]), shown, shares[0])
        for n in range(end, count):
            _mix(picture, row, left + n, clip, (line, index[n]), shown, shares[n] * share)


@njit(cache=True, nogil=True, error_model="numpy")
def draw(picture, behind, cover, row0, row1, pixels, whole, real):  # type: ignore[no-untyped-def]
    """Draw all clips into the rows from `row0` to before `row1`. `behind` and `cover` are not needed."""
    across = picture.shape[1]
    index, shares = np.empty(across, np.int64), np.empty(across, np.float64)
    shown = np.empty(LEVELS, np.uint8)
    for n in range(len(whole)):
        x, y, width, height, alpha, bright, angle, _ = real[n]
        if not (x + width > x and y + height > y and alpha > 0.0):
            continue
        upright = angle == 0.0
        if upright and not (y < row1 and y + height > row0 and x < across and x + width > 0.0):
            continue
        for level in range(LEVELS):
            shown[level] = np.uint8(min(bright * level, 255.0) + 0.5)
        offset, columns, rows = whole[n]
        clip = pixels[offset : offset + rows * columns * 3].reshape(rows, columns, 3)
        if upright:
            _draw_upright(picture, row0, row1, clip, real[n], shown, index, shares)
        else:
            _draw_turned(picture, row0, row1, clip, real[n], shown)
