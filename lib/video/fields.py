"""Fields: interlaced frames are deinterlaced, and the frames of telecined film put together again.

An interlaced frame is woven of two pictures of different moments, one in the even rows and one in the odd ones; scaled
as it is, moving things are combed. Flags tell some of such frames, and are wrong or missing on others, so that frames
are looked at: with T and B the even and the odd rows, T1 B1 a frame and T0 B0 the one before it,

- in progressive film T1 B1 fit each other best, and T1 B0 as badly as T0 B1;
- in interlaced film one of T1 B0 and T0 B1 is three fields apart, and fits far worse than the other;
- in telecined film (3:2 pulldown) a frame in which T1 B1 do not fit has its other half in the frame before.

How badly two fields fit is the mean of |2 B - T above - T below|, beyond what noise makes, over columns all over the
frame. Progressive frames pass through as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import av
import av.filter
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from numba import njit

Timed: TypeAlias = tuple[VideoFrame, float]
Rows: TypeAlias = npt.NDArray[Any]

PROGRESSIVE, STILL, TOP_FIRST, BOTTOM_FIRST, TOP_MATCHES, BOTTOM_MATCHES = range(6)
# Columns that are looked at: so many blocks of so many neighbours each.
BLOCKS, BLOCK = 8, 16
# Differences up to this many levels are noise or fine detail.
NOISE = 10
# In levels, a mean: from here on something moves. (A bar of 40 pixels in a film of 192 comes to 2.)
MOVES = 0.15
# Shares of the worst fit: fields of one frame that fit worse than this are of two moments, and neighbours on the two
# sides that differ by more than that are one and three fields away.
TWO_MOMENTS, ONE_SIDED = 0.35, 0.5
# A field that differs from the one before by less than this share of the worst fit is that field again.
REPEATED = 0.1
FEWEST_ROWS = 16
# 8-bit and deeper planar formats, whose first plane is luma.
DEPTHS = {"yuv420p": 8, "yuvj420p": 8, "yuv422p": 8, "yuvj422p": 8, "yuv444p": 8, "yuvj444p": 8, "yuv411p": 8,
          "yuv410p": 8, "gray": 8, "nv12": 8, "yuv420p10le": 10, "yuv422p10le": 10, "yuv444p10le": 10,
          "yuv422p12le": 12, "yuv420p12le": 12}  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _fits(before, now, columns, noise):  # type: ignore[no-untyped-def]
    """Return how badly T1 B1, T1 B0, T0 B1 fit, and how much T1 and B1 differ from T0 and B0; in levels."""
    rows = now.shape[0]
    inside, top, bottom, top_change, bottom_change = 0, 0, 0, 0, 0
    for row in range(1, rows - 1, 2):
        for block in range(BLOCKS):
            left = (columns - BLOCK) * block // (BLOCKS - 1)
            above, odd, below = now[row - 1][left:], now[row][left:], now[row + 1][left:]
            old_above, old_odd, old_below = before[row - 1][left:], before[row][left:], before[row + 1][left:]
            for n in range(BLOCK):
                even = np.int32(above[n]) + np.int32(below[n])
                old_even = np.int32(old_above[n]) + np.int32(old_below[n])
                new, old = np.int32(odd[n]), np.int32(old_odd[n])
                inside += max(abs(2 * new - even) - noise, 0)
                top += max(abs(2 * old - even) - noise, 0)
                bottom += max(abs(2 * new - old_even) - noise, 0)
                top_change += max(abs(even - old_even) - noise, 0)
                bottom_change += max(2 * abs(new - old) - noise, 0)
    count = 2.0 * BLOCKS * BLOCK * max((rows - 1) // 2, 1)
    return inside / count, top / count, bottom / count, top_change / count, bottom_change / count


def luma(frame: VideoFrame) -> tuple[Rows, int] | None:
    """Return the luma of a frame, shape (rows, at least its columns), and how many bits it has; None: it has none."""
    bits = DEPTHS.get(frame.format.name)
    if bits is None or frame.height < FEWEST_ROWS or frame.width < BLOCK:
        return None
    plane: Any = frame.planes[0]
    if plane.line_size <= 0:
        return None
    kind = np.uint8 if bits == 8 else np.uint16
    return np.frombuffer(plane, kind).reshape(-1, plane.line_size // np.dtype(kind).itemsize)[: frame.height], bits


def look(before: VideoFrame, now: VideoFrame) -> tuple[int, bool]:
    """Return what `now` is, beside the frame before it, and whether the field that matches is one shown before."""
    one, two = luma(before), luma(now)
    if one is None or two is None or one[1] != two[1] or (before.width, before.height) != (now.width, now.height):
        return STILL, False
    scale = 1 << (two[1] - 8)
    inside, top, bottom, *changes = (v / scale for v in _fits(one[0], two[0], now.width, NOISE * scale))
    best, worst = min(inside, top, bottom), max(top, bottom)
    if worst - best < MOVES:
        return STILL, False
    if inside - best > TWO_MOMENTS * (worst - best):
        verdict = TOP_MATCHES if top < bottom else BOTTOM_MATCHES
        return verdict, changes[0 if top < bottom else 1] < REPEATED * (worst - best)
    if abs(top - bottom) > ONE_SIDED * (worst - best):
        return (TOP_FIRST if top < bottom else BOTTOM_FIRST), False
    return PROGRESSIVE, False


class Fields:
    """Makes the frames of a film whole. It remembers the order of fields, and has filters that it uses again."""

    def __init__(self) -> None:
        self._parity = "auto"
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
                verdict = look(frame, coming[0][0])[0] if coming else STILL
                if verdict in (TOP_MATCHES, BOTTOM_MATCHES):  # that is the next one's affair
                    verdict = PROGRESSIVE
                repeated = False
            else:
                verdict, repeated = look(before, frame)
            if verdict in (TOP_MATCHES, BOTTOM_MATCHES) and before is not None:
                if not repeated:
                    yield self._woven(before, frame, verdict == TOP_MATCHES), ms
            elif verdict in (TOP_FIRST, BOTTOM_FIRST) or (flagged and verdict == STILL):
                if verdict != STILL:
                    self._parity = "tff" if verdict == TOP_FIRST else "bff"
                coming = coming or _next_of(frames)
                yield self._deinterlaced(before, frame, coming[0][0] if coming else None), ms
            else:
                yield (self._unflagged(frame) if flagged else frame), ms
            before = frame

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
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or 1
    ), graph.add(name, words), graph.add("buffersink")  # fmt: skip
    for first, second in zip(chain, chain[1:]):
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
