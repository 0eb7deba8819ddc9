"""What a frame is made of, by its looks beside the frame before it: one moment, two fields, or halves of two frames.

With T and B the even and the odd rows, T1 B1 a frame and T0 B0 the one before it,

- in progressive film T1 B1 fit each other best, and T1 B0 as badly as T0 B1;
- in interlaced film one of T1 B0 and T0 B1 is three fields apart, and fits far worse than the other;
- in telecined film (pulldown) a frame in which T1 B1 do not fit has its other half in the frame before.

How badly two fields fit is how far a row lies outside of what is between the rows above and below it, beyond what noise
makes, in tiles all over the frame: a row between them is an edge, or a gradient, and no comb, wherever they move.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numba import njit

Rows: TypeAlias = npt.NDArray[Any]

# What a tile may be. EITHER: its rows fit each other as well as they fit those of the frame before, or both of its
# fields fit those.
KINDS = 7
PROGRESSIVE, UNSURE, TOP_FIRST, BOTTOM_FIRST, TOP_MATCHES, BOTTOM_MATCHES, EITHER = range(KINDS)
# Tiles that are examined: their width and height in pixels, and how many there are across and down at most.
TILE, ACROSS, DOWN = 16, 14, 14
# A glance examines one tile in GLANCES, in frames of LEAST_GLANCED pixels or more; glances in turn examine all. If this
# share of what moves in them is not interlaced or telecined, they are enough.
GLANCES, LEAST_GLANCED, HARMLESS = 4, 128, 0.95
# Differences up to this many levels are noise or fine detail.
NOISE = 10
# In levels, the mean of a tile: from here on something moves in it; and of the frame.
TILE_MOVES, MOVES = 1.0, 0.05
# Fits, as shares of each other: where the better side is below the worse one by this, they are one and three fields
# away; a half in the frame before fits if it is below that of the frame itself, and the other side, by FOUND; a frame
# is whole where its own fit is below that of both sides by WHOLE, or below the worse one by CLEAN (the better side may
# be as good: a field that telecine repeats).
ONE_SIDED, FOUND, WHOLE, CLEAN = 0.5, 0.35, 0.5, 0.12
# Shares of all that moves and is not EITHER: in a frame of two moments of telecined film more than PARTED has its other
# half in the frame before, and more than is whole; it is plainly such a frame from PLAINLY on, if less than MIXED is
# whole.
PARTED, PLAINLY, MIXED = 0.4, 0.5, 0.25
# A field that differs from the one before by less than this share of the worst fit is that field again.
REPEATED = 0.1
# 8-bit and deeper planar formats, whose first plane is luma, or green.
_RATIOS = ("410", "411", "420", "422", "440", "444")
_YUV = [f"yuv{alpha}{ratio}p" for alpha in ("", "a") for ratio in _RATIOS]
DEPTHS = {
    **{kind: 8 for kind in (*_YUV, *(f"yuvj{ratio}p" for ratio in _RATIOS))},
    **{f"{kind}{bits}le": bits for kind in (*_YUV, "gray", "gbrp", "gbrap") for bits in (9, 10, 12, 14, 16)},
    **{"gray": 8, "nv12": 8, "nv16": 8, "nv24": 8, "gbrp": 8, "gbrap": 8},
}
# Packed 8-bit formats: bytes from pixel to pixel, and which of them is luma, or green in its place.
PACKED = {"rgb24": (3, 1), "bgr24": (3, 1), "bgr0": (4, 1), "rgb0": (4, 1), "0rgb": (4, 2), "0bgr": (4, 2),
          "bgra": (4, 1), "rgba": (4, 1), "argb": (4, 2), "abgr": (4, 2),
          "yuyv422": (2, 0), "uyvy422": (2, 1)}  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _tile(before, now, top, left, noise):  # type: ignore[no-untyped-def]
    """Return of a tile how badly T1 B1, T1 B0, T0 B1 fit, and how much T1 and B1 differ from T0 and B0."""
    inside, upper, lower, top_change, bottom_change = 0, 0, 0, 0, 0
    for row in range(top + 1, top + TILE, 2):
        above, odd, below = now[row - 1][left:], now[row][left:], now[row + 1][left:]
        old_above, old_odd, old_below = before[row - 1][left:], before[row][left:], before[row + 1][left:]
        for n in range(TILE):
            one, two = np.int32(above[n]), np.int32(below[n])
            old_one, old_two = np.int32(old_above[n]), np.int32(old_below[n])
            new, old = np.int32(odd[n]), np.int32(old_odd[n])
            even, old_even = one + two, old_one + old_two
            between = abs(one - two) + noise
            inside += max(abs(2 * new - even) - between, 0)
            upper += max(abs(2 * old - even) - between, 0)
            lower += max(abs(2 * new - old_even) - abs(old_one - old_two) - noise, 0)
            top_change += max(abs(even - old_even) - noise, 0)
            bottom_change += max(2 * abs(new - old) - noise, 0)
    return inside, upper, lower, top_change, bottom_change


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(before, now, columns, noise, threshold, first, step):  # type: ignore[no-untyped-def]
    """Return how much of what moves is of each kind, and how much T1 and B1 differ from T0 and B0, in levels.

    first, step: which tiles are examined: in each row every step-th, from another place on.
    """
    rows = now.shape[0] - 1
    across, down = min(columns // TILE, ACROSS), min(rows // TILE, DOWN)
    weights, changes, examined = np.zeros(KINDS), np.zeros(2), 0
    for i in range(down):
        top = (rows - TILE) * i // max(down - 1, 1) // 2 * 2
        for k in range((first + i) % step, across, step):
            left = (columns - TILE) * k // max(across - 1, 1)
            examined += 1
            inside, upper, lower, top_change, bottom_change = _tile(before, now, top, left, noise)
            worst, best = max(upper, lower), min(upper, lower)
            if max(worst, inside) - min(best, inside) < threshold:
                continue
            changes[0] += top_change
            changes[1] += bottom_change
            if max(inside, best) < CLEAN * worst or worst < CLEAN * inside:  # (the latter where one field flashes)
                kind = EITHER
            elif inside < WHOLE * best or inside < CLEAN * worst:
                kind = PROGRESSIVE
            elif best < FOUND * min(inside, worst):
                kind = TOP_MATCHES if upper < lower else BOTTOM_MATCHES
            elif best < ONE_SIDED * worst:
                kind = TOP_FIRST if upper < lower else BOTTOM_FIRST
            else:
                kind = UNSURE
            weights[kind] += max(worst, inside)
    pixels = max(examined, 1) * TILE * TILE
    return weights / pixels, changes / pixels


class FieldComparison(NamedTuple):
    """What a frame looks like beside the one before it.

    shares: of what moves, how much is of each kind, shape (KINDS,); None where nothing does, or there is nothing to
    compare. match: TOP_MATCHES or BOTTOM_MATCHES if most of it has its other half in the frame before; plain: nearly
    all; repeats: the field that matches was shown before, so that what is put together is.
    """

    shares: tuple[float, ...] | None = None
    match: int | None = None
    plain: bool = False
    repeats: bool = False


NOTHING = FieldComparison()


def luma(frame: VideoFrame) -> tuple[Rows, int] | None:
    """Return the luma of a frame, or the green of RGB, shape (rows, at least its columns), and how many bits it has.

    None: the frame is too small, or of another format.
    """
    name = frame.format.name
    bits = 8 if name in PACKED else DEPTHS.get(name)
    if bits is None or frame.height <= TILE or frame.width < TILE:
        return None
    plane: Any = VideoPlane(frame, 0)  # (`planes` would make all)
    if plane.line_size <= 0:
        return None
    if name in PACKED:
        step, place = PACKED[name]
        packed = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : step * frame.width]
        return np.ascontiguousarray(packed[:, place::step]), bits
    kind = np.uint8 if bits == 8 else np.uint16
    return np.frombuffer(plane, kind).reshape(-1, plane.line_size // np.dtype(kind).itemsize)[: frame.height], bits


def alike(one: VideoFrame, two: VideoFrame) -> bool:
    """Return whether two frames are of one size and one kind of pixels."""
    return (one.width, one.height, one.format.name) == (two.width, two.height, two.format.name)


def look(before: VideoFrame, now: VideoFrame, turn: int | None = None) -> FieldComparison:
    """Return what `now` looks like beside the frame before it.

    turn: only glance at it, at other tiles in each turn; all tiles are examined if it does not seem progressive.
    """
    one, two = luma(before), luma(now)
    if one is None or two is None or not alike(before, now):
        return NOTHING
    scale = 1 << (two[1] - 8)
    words = now.width, NOISE * scale, TILE_MOVES * TILE * TILE * scale
    if turn is not None and now.width >= LEAST_GLANCED:
        weights, _ = _weigh(one[0], two[0], *words, turn % GLANCES, GLANCES)
        found = weights.tolist()
        total = sum(found)
        if total < MOVES * scale:
            return NOTHING
        if found[PROGRESSIVE] + found[EITHER] + found[UNSURE] >= HARMLESS * total:
            return FieldComparison(tuple(weight / total for weight in found))
    weights, changes = _weigh(one[0], two[0], *words, 0, 1)
    found = weights.tolist()
    total = sum(found)
    if total < MOVES * scale:
        return NOTHING
    shares = tuple(weight / total for weight in found)
    match = TOP_MATCHES if shares[TOP_MATCHES] > shares[BOTTOM_MATCHES] else BOTTOM_MATCHES
    tells = 1 - shares[EITHER]
    if tells * total < MOVES * scale or shares[match] <= max(PARTED * tells, shares[PROGRESSIVE]):
        return FieldComparison(shares)
    plain = shares[match] > PLAINLY * tells and shares[PROGRESSIVE] < MIXED * tells
    return FieldComparison(shares, match, plain, bool(changes[match - TOP_MATCHES] < REPEATED * total))
