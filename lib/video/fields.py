"""Fields: interlaced frames are deinterlaced, and the frames of telecined film put together again.

An interlaced frame is woven of two pictures of different moments, one in the even rows and one in the odd ones; scaled
as it is, moving things are combed. Flags tell some of such frames, and are wrong or missing on others, so that frames
are looked at: with T and B the even and the odd rows, T1 B1 a frame and T0 B0 the one before it,

- in progressive film T1 B1 fit each other best, and T1 B0 as badly as T0 B1;
- in interlaced film one of T1 B0 and T0 B1 is three fields apart, and fits far worse than the other;
- in telecined film (3:2 pulldown) a frame in which T1 B1 do not fit has its other half in the frame before.

How badly two fields fit is the mean of |2 B - T above - T below|, beyond what noise makes, in tiles all over the frame;
what most of the moving tiles are decides. Progressive frames pass through as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import av
import av.filter
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from numba import njit

Timed: TypeAlias = tuple[VideoFrame, float]
Rows: TypeAlias = npt.NDArray[Any]

PROGRESSIVE, UNSURE, TOP_FIRST, BOTTOM_FIRST, TOP_MATCHES, BOTTOM_MATCHES = range(6)
# Tiles that are examined: their width and height in pixels, and how many there are across and down at most.
TILE, ACROSS, DOWN = 16, 14, 14
# Differences up to this many levels are noise or fine detail.
NOISE = 10
# In levels, the mean of a tile: from here on something moves in it; and of the frame.
TILE_MOVES, MOVES = 1.0, 0.05
# Fits, as shares of each other: where the better side is below the worse one by this, they are one and three fields
# away; a half in the frame before fits if it is below that of the frame itself by this; a frame is whole where its own
# fit is below that of both sides by WHOLE, or below the worse one by CLEAN (the better side may be as good: a field
# that telecine repeats).
ONE_SIDED, FOUND, WHOLE, CLEAN = 0.5, 0.35, 0.5, 0.12
# Shares of all that moves: in a frame of two moments of telecined film more than TELECINED has its other half in the
# frame before, and less than MIXED is whole. Of an interlaced frame INTERLACED is enough (there may be titles in it),
# if it is CLEAR times what says the other order of fields; without PROVEN such frames before, and CLEAR times as many
# as of the other order, it takes PLAIN.
TELECINED, MIXED, INTERLACED, PLAIN, CLEAR = 0.5, 0.25, 0.05, 0.3, 4.0
# A field that differs from the one before by less than this share of the worst fit is that field again.
REPEATED = 0.1
# After so many frames that were found to be interlaced less is enough; after twice as many, so many that follow are
# taken to be interlaced, whatever they look like.
# A frame that is whole counts against them: what was found before is multiplied by FORGOTTEN.
PROVEN, FOLLOWING, FORGOTTEN = 2, 12, 0.7
# 8-bit and deeper planar formats, whose first plane is luma.
DEPTHS = {"yuv420p": 8, "yuvj420p": 8, "yuv422p": 8, "yuvj422p": 8, "yuv444p": 8, "yuvj444p": 8, "yuv411p": 8,
          "yuv410p": 8, "gray": 8, "nv12": 8, "yuv420p10le": 10, "yuv422p10le": 10, "yuv444p10le": 10,
          "yuv422p12le": 12, "yuv420p12le": 12}  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _tile(before, now, top, left, noise):  # type: ignore[no-untyped-def]
    """Return of a tile how badly T1 B1, T1 B0, T0 B1 fit, and how much T1 and B1 differ from T0 and B0."""
    inside, upper, lower, top_change, bottom_change = 0, 0, 0, 0, 0
    for row in range(top + 1, top + TILE, 2):
        above, odd, below = now[row - 1][left:], now[row][left:], now[row + 1][left:]
        old_above, old_odd, old_below = before[row - 1][left:], before[row][left:], before[row + 1][left:]
        for n in range(TILE):
            even = np.int32(above[n]) + np.int32(below[n])
            old_even = np.int32(old_above[n]) + np.int32(old_below[n])
            new, old = np.int32(odd[n]), np.int32(old_odd[n])
            inside += max(abs(2 * new - even) - noise, 0)
            upper += max(abs(2 * old - even) - noise, 0)
            lower += max(abs(2 * new - old_even) - noise, 0)
            top_change += max(abs(even - old_even) - noise, 0)
            bottom_change += max(2 * abs(new - old) - noise, 0)
    return inside, upper, lower, top_change, bottom_change


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(before, now, columns, noise, threshold):  # type: ignore[no-untyped-def]
    """Return how much of what moves is of each kind, and how much T1 and B1 differ from T0 and B0, in levels."""
    rows = now.shape[0] - 1
    across, down = min(columns // TILE, ACROSS), min(rows // TILE, DOWN)
    weights, changes = np.zeros(6), np.zeros(2)
    for i in range(down):
        top = (rows - TILE) * i // max(down - 1, 1) // 2 * 2
        for k in range(across):
            left = (columns - TILE) * k // max(across - 1, 1)
            inside, upper, lower, top_change, bottom_change = _tile(before, now, top, left, noise)
            worst, best = max(upper, lower), min(upper, lower)
            if max(worst, inside) - min(best, inside) < threshold:
                continue
            changes[0] += top_change
            changes[1] += bottom_change
            if inside < WHOLE * best or inside < CLEAN * worst:
                kind = PROGRESSIVE
            elif best < FOUND * inside:
                kind = TOP_MATCHES if upper < lower else BOTTOM_MATCHES
            elif best < ONE_SIDED * worst:
                kind = TOP_FIRST if upper < lower else BOTTOM_FIRST
            else:
                kind = UNSURE
            weights[kind] += max(worst, inside)
    return weights / (across * down * TILE * TILE), changes / (across * down * TILE * TILE)


def luma(frame: VideoFrame) -> tuple[Rows, int] | None:
    """Return the luma of a frame, shape (rows, at least its columns), and how many bits it has; None: it has none."""
    bits = DEPTHS.get(frame.format.name)
    if bits is None or frame.height <= TILE or frame.width < TILE:
        return None
    plane: Any = frame.planes[0]
    if plane.line_size <= 0:
        return None
    kind = np.uint8 if bits == 8 else np.uint16
    return np.frombuffer(plane, kind).reshape(-1, plane.line_size // np.dtype(kind).itemsize)[: frame.height], bits


def look(before: VideoFrame, now: VideoFrame) -> tuple[int, bool]:
    """Return what `now` is, beside the frame before it.

    And, of a match, whether the field that matches is one shown before; of an order of fields, whether that is plain.
    """
    one, two = luma(before), luma(now)
    if one is None or two is None or one[1] != two[1] or not _alike(before, now):
        return UNSURE, False
    scale = 1 << (two[1] - 8)
    weights, changes = _weigh(one[0], two[0], now.width, NOISE * scale, TILE_MOVES * TILE * TILE * scale)
    total = weights.sum()
    if total < MOVES * scale:
        return UNSURE, False
    matches = TOP_MATCHES if weights[TOP_MATCHES] > weights[BOTTOM_MATCHES] else BOTTOM_MATCHES
    if weights[matches] > TELECINED * total and weights[PROGRESSIVE] < MIXED * total:
        return matches, bool(changes[matches - TOP_MATCHES] < REPEATED * total)
    order = TOP_FIRST if weights[TOP_FIRST] > weights[BOTTOM_FIRST] else BOTTOM_FIRST
    other = weights[TOP_FIRST] + weights[BOTTOM_FIRST] - weights[order]
    if weights[order] > INTERLACED * total and weights[order] > CLEAR * other:
        return order, bool(weights[order] > PLAIN * total)
    return (PROGRESSIVE if weights[PROGRESSIVE] > total / 2 else UNSURE), False


class Fields:
    """Makes the frames of a film whole. It remembers the order of fields, and has filters that it uses again."""

    def __init__(self) -> None:
        self._parity = "auto"
        self._interlaced = self._telecined = self._following = 0
        self._orders = {TOP_FIRST: 0.0, BOTTOM_FIRST: 0.0}
        self._graph: av.filter.Graph | None = None
        self._made_for: tuple[object, ...] = ()
        self._last: VideoFrame | None = None
        self._plain: dict[tuple[object, ...], av.filter.Graph] = {}

    def whole(self, frames: Iterator[Timed]) -> Iterator[Timed]:
        """Yield frames with their times, whole; those that telecine repeats are left out.

        Only for interlaced frames the next frame is asked for.
        """
        before: VideoFrame | None = None
        coming: list[Timed] = []
        while True:
            now = coming.pop() if coming else next(frames, None)
            if now is None:
                return
            frame, ms = now
            flagged = bool(frame.interlaced_frame)
            if before is None:
                coming = _next_of(frames)
                verdict, more = look(frame, coming[0][0]) if coming else (UNSURE, False)
                if verdict in (TOP_MATCHES, BOTTOM_MATCHES):  # that is the next one's affair
                    verdict = PROGRESSIVE
            else:
                verdict, more = look(before, frame)
            if before is not None and self._is_telecined(verdict):
                if not more:
                    yield self._woven(before, frame, verdict == TOP_MATCHES), ms
            elif self._is_interlaced(verdict, more, flagged):
                coming = coming or _next_of(frames)
                yield self._deinterlaced(before, frame, coming[0][0] if coming else None), ms
            else:
                yield (self._unflagged(frame) if flagged else frame), ms
            before = frame

    def _is_telecined(self, verdict: int) -> bool:
        """Say whether a frame is put together from two, by what it looks like and those before it did."""
        self._telecined += verdict in (TOP_MATCHES, BOTTOM_MATCHES)
        return verdict in (TOP_MATCHES, BOTTOM_MATCHES) and self._telecined > self._interlaced

    def _is_interlaced(self, verdict: int, plain: bool, flagged: bool) -> bool:
        """Say whether a frame is deinterlaced: flagged ones are, but in telecined film, where the rest is whole."""
        if verdict in (TOP_FIRST, BOTTOM_FIRST):
            self._orders[verdict] += 1
            these = self._orders[verdict]
            clear = these >= CLEAR * (sum(self._orders.values()) - these) and these > self._telecined
            proven = these >= PROVEN and clear
            if flagged or plain or proven:
                self._parity = "tff" if verdict == TOP_FIRST else "bff"
                self._interlaced += 1
                if these >= 2 * PROVEN and clear:
                    self._following = FOLLOWING
                return True
        self._following = max(self._following - 1, 0)
        if verdict == PROGRESSIVE:
            self._orders = {order: FORGOTTEN * count for order, count in self._orders.items()}
        if flagged:
            return verdict != PROGRESSIVE or self._telecined <= self._interlaced
        return self._following > 0

    def _woven(self, before: VideoFrame, now: VideoFrame, keep_top: bool) -> VideoFrame:
        """Return the even rows of `now` with the odd ones of `before`, or the other way round."""
        whole = VideoFrame(now.width, now.height, now.format.name)
        for target, new, old in zip(whole.planes, now.planes, before.planes):
            rows: Any = np.frombuffer(memoryview(target), np.uint8).reshape(target.height, target.line_size)
            news: Any = np.frombuffer(memoryview(new), np.uint8).reshape(new.height, new.line_size)
            olds: Any = np.frombuffer(memoryview(old), np.uint8).reshape(old.height, old.line_size)
            width = min(target.line_size, new.line_size, old.line_size)
            first, second = (news, olds) if keep_top else (olds, news)
            rows[0::2, :width], rows[1::2, :width] = first[0::2, :width], second[1::2, :width]
        return _like(whole, now)

    def _deinterlaced(self, before: VideoFrame | None, now: VideoFrame, after: VideoFrame | None) -> VideoFrame:
        """Return the first field of `now` with the rows between from bwdif."""
        made_for = now.width, now.height, now.format.name, self._parity
        if self._graph is None or self._last is not now or made_for != self._made_for:
            self._made_for = made_for
            self._graph = _graph(now, "bwdif", f"mode=send_frame:parity={self._parity}:deint=all")
            if before is not None and _alike(before, now):
                self._graph.push(before)
            self._graph.push(now)
            _pulled(self._graph)
        if after is None or not _alike(now, after):
            self._graph.push(None)
            self._last = None
        else:
            self._graph.push(after)
            self._last = after
        found = _pulled(self._graph)
        if self._last is None:
            self._graph = None
        return _like(found[0], now) if found else self._unflagged(now)

    def _unflagged(self, frame: VideoFrame) -> VideoFrame:
        """Return a frame that is not scaled field by field, although it is flagged: it is whole."""
        key = frame.width, frame.height, frame.format.name
        if key not in self._plain:
            self._plain[key] = _graph(frame, "setfield", "prog")
        self._plain[key].push(frame)
        found = _pulled(self._plain[key])
        return _like(found[0], frame) if found else frame


def _next_of(frames: Iterator[Timed]) -> list[Timed]:
    found = next(frames, None)
    return [] if found is None else [found]


def _alike(one: VideoFrame, two: VideoFrame) -> bool:
    return (one.width, one.height, one.format.name) == (two.width, two.height, two.format.name)


def _graph(frame: VideoFrame, name: str, words: str) -> av.filter.Graph:
    """Return a graph of one filter for frames like this one."""
    graph = av.filter.Graph()
    graph.threads = 1
    chain = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    ), graph.add(name, words), graph.add("buffersink")  # fmt: skip
    for first, second in itertools.pairwise(chain):
        first.link_to(second)
    graph.configure()
    return graph


def _pulled(graph: av.filter.Graph) -> list[VideoFrame]:
    """Return the frames that a graph has ready."""
    found: list[VideoFrame] = []
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return found
        if isinstance(frame, VideoFrame):
            found.append(frame)


def _like(new: VideoFrame, old: VideoFrame) -> VideoFrame:
    """Give a frame the colours of the one that it was made from."""
    new.colorspace, new.color_range = old.colorspace, old.color_range
    new.color_trc, new.color_primaries = old.color_trc, old.color_primaries
    return new
