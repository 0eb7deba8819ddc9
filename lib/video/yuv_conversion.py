"""Frames as encoders take them: planes of luma and chroma of BT.709 in the limited range, without conversion to RGB.

A frame at its decoded size or larger needs no linear light: its planes are scaled as they are. If the film has another
matrix or range, its colours are converted by one matrix.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from lib.video.linear import SHARES, yuv_numbers

Bytes: TypeAlias = npt.NDArray[np.uint8]
HD, BLACK, GREY = "709", 16, 128
# Levels between black and white, and between the extremes of a colour difference, in the limited range.
LUMA, CHROMA = 219, 224
# (Indices that are sums of unsigned numbers cannot be negative: loops over them become vector instructions.)
ONE, TWO, THREE = np.uint64(1), np.uint64(2), np.uint64(3)


@cache
def to_hd(matrix: str, full_range: bool) -> npt.NDArray[np.float32] | None:
    """Return the coefficients from YUV of another matrix or range to BT.709 in the limited range; None: none needed.

    Shape (8,): gains of Y, U, V and an offset for luma, gains of U and V for U, and for V; U and V without their grey.
    """
    if matrix == HD and not full_range:
        return None
    gain, offset, to_red, blue_green, red_green, to_blue = (float(n) for n in yuv_numbers(matrix, full_range))
    red, blue = SHARES[HD]
    green = 1 - red - blue
    # The effect of one step of U, of V, on red, green, blue; and on luma, of BT.709.
    steps = np.array([[0.0, blue_green, to_blue], [to_red, red_green, 0.0]])
    luma = steps @ [red, green, blue]
    for_u = CHROMA * (steps[:, 2] - luma) / (2 * (1 - blue))
    for_v = CHROMA * (steps[:, 0] - luma) / (2 * (1 - red))
    numbers = [LUMA * gain, *(LUMA * luma), LUMA * offset + BLACK, *for_u, *for_v]
    return np.array(numbers, np.float32)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _recolour_chroma(us, vs, numbers, u_out, v_out, more):  # type: ignore[no-untyped-def]
    """Set a row of chroma, and what it adds to luma."""
    _, from_u, from_v, offset, uu, vu, uv, vv = numbers
    half, low, high, grey = np.float32(0.5), np.float32(0.0), np.float32(255.0), np.float32(GREY)
    for n in range(us.size):
        u, v = np.float32(us[n]) - grey, np.float32(vs[n]) - grey
        u_out[n] = np.uint8(min(max(uu * u + vu * v + grey, low), high) + half)
        v_out[n] = np.uint8(min(max(uv * u + vv * v + grey, low), high) + half)
        more[n] = from_u * u + from_v * v + offset


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _recolour_luma(line, gain, more, out):  # type: ignore[no-untyped-def]
    half, low, high = np.float32(0.5), np.float32(0.0), np.float32(255.0)
    for n in range(line.size):
        out[n] = np.uint8(min(max(gain * np.float32(line[n]) + more[n], low), high) + half)


@njit(cache=True, nogil=True, error_model="numpy")
def _recolour(luma, blue, red, across, down, numbers, y_out, u_out, v_out):  # type: ignore[no-untyped-def]
    more, wide = np.empty(blue.shape[1], np.float32), np.empty(blue.shape[1] * across, np.float32)
    for k in range(blue.shape[0]):
        _recolour_chroma(blue[k], red[k], numbers, u_out[k], v_out[k], more)
        for n in range(more.size):
            for m in range(across):
                wide[across * n + m] = more[n]
        for row in range(down * k, min(down * k + down, luma.shape[0])):
            _recolour_luma(luma[row], numbers[0], wide, y_out[row])


def recoloured(
    planes: tuple[Bytes, Bytes, Bytes], across: int, down: int, numbers: npt.NDArray[np.float32]
) -> tuple[Bytes, Bytes, Bytes]:
    """Return planes in BT.709 and the limited range. across, down: pixels per chroma sample; numbers: of `to_hd`."""
    made = np.empty(planes[0].shape, np.uint8), np.empty(planes[1].shape, np.uint8), np.empty(planes[2].shape, np.uint8)
    numbers_of: Any = tuple(numbers)
    _recolour(*planes, across, down, numbers_of, *made)
    return made


@cache
def _hd_numbers() -> tuple[np.float32, ...]:
    """Return the shares of red, green, blue in luma, and the gains of (blue, red - luma), for levels from 0 to 255."""
    red, blue = SHARES[HD]
    luma, chroma = LUMA / 255, CHROMA / 255
    shares = luma * red, luma * (1 - red - blue), luma * blue
    return tuple(map(np.float32, (*shares, chroma / (2 * (1 - blue)), chroma / (2 * (1 - red)), red, blue)))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _luma(line, numbers, out):  # type: ignore[no-untyped-def]
    red_y, green_y, blue_y = numbers[0], numbers[1], numbers[2]
    black = np.float32(BLACK + 0.5)
    for n in range(np.uint64(out.size)):
        i = n * THREE
        red, green, blue = np.float32(line[i]), np.float32(line[i + ONE]), np.float32(line[i + TWO])
        out[n] = np.uint8(red_y * red + green_y * green + blue_y * blue + black)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _add_colours(line, across, reds, greens, blues):  # type: ignore[no-untyped-def]
    """Add the pixels of a row, or the sums of pairs, to sums."""
    if across == 1:
        for n in range(np.uint64(reds.size)):
            i = n * THREE
            reds[n] += np.float32(line[i])
            greens[n] += np.float32(line[i + ONE])
            blues[n] += np.float32(line[i + TWO])
        return
    for n in range(np.uint64(reds.size)):
        i = n * (THREE + THREE)
        j = i + THREE
        reds[n] += np.float32(np.uint16(line[i]) + np.uint16(line[j]))
        greens[n] += np.float32(np.uint16(line[i + ONE]) + np.uint16(line[j + ONE]))
        blues[n] += np.float32(np.uint16(line[i + TWO]) + np.uint16(line[j + TWO]))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _chroma(reds, greens, blues, part, numbers, u, v):  # type: ignore[no-untyped-def]
    """Set a row of chroma to the differences of colours, sums times `part`."""
    _, _, _, to_u, to_v, red_share, blue_share = numbers
    green_share, grey = np.float32(1.0) - red_share - blue_share, np.float32(GREY + 0.5)
    for n in range(u.size):
        r, g, b = reds[n] * part, greens[n] * part, blues[n] * part
        y = red_share * r + green_share * g + blue_share * b
        u[n] = np.uint8(to_u * (b - y) + grey)
        v[n] = np.uint8(to_v * (r - y) + grey)


@njit(cache=True, nogil=True, error_model="numpy")
def _from_rgb(rgb, across, down, numbers, luma, blue, red):  # type: ignore[no-untyped-def]
    """Set the planes; rgb: shape (rows, 3 x columns)."""
    part, sums = np.float32(1.0 / (across * down)), np.empty((3, blue.shape[1]), np.float32)
    for k in range(blue.shape[0]):
        sums[:] = 0
        for row in range(down * k, down * k + down):
            _luma(rgb[row], numbers, luma[row])
            _add_colours(rgb[row], across, sums[0], sums[1], sums[2])
        _chroma(sums[0], sums[1], sums[2], part, numbers, blue[k], red[k])


def from_rgb(rgb: Bytes, across: int, down: int, planes: tuple[Bytes, Bytes, Bytes]) -> None:
    """Set planes of BT.709 in the limited range to an sRGB picture, uint8, shape (height, width, 3).

    across, down: pixels per chroma sample, of which width and height are multiples.
    """
    numbers: Any = _hd_numbers()
    lines = np.ascontiguousarray(rgb).reshape(rgb.shape[0], -1)
    _from_rgb(lines, across, down, numbers, *planes)
