"""Fields: interlaced frames are deinterlaced, and the frames of telecined film are restored.

An interlaced frame is woven from two pictures of different moments, one in the even rows and one in the odd ones;
scaled as it is, moving objects are combed. Flags mark some of these frames, and are wrong or missing on others, so that
frames are examined (`lib.video.combing`). A single frame proves little: movement, grain and fine lines make frames of
any film look like anything. But in interlaced film the apparent fields have one order, frame after frame, and in
telecined film the halves that match are of one kind. So each film has a balance of evidence for each, which contrary
evidence lowers and time fades. Progressive frames pass through unchanged.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import av
import av.filter
import numpy as np
from av.video.frame import VideoFrame

from lib.video.combing import (
    BOTTOM_FIRST,
    BOTTOM_MATCHES,
    EITHER,
    NOTHING,
    PROGRESSIVE,
    TOP_FIRST,
    TOP_MATCHES,
    FieldComparison,
    alike,
    look,
)

Timed: TypeAlias = tuple[VideoFrame, float]
ComparedFrame: TypeAlias = tuple[VideoFrame, float, FieldComparison]

# A balance of evidence: each frame with motion adds its evidence, MOST at most; before that, the balance is multiplied
# by FADES and limited to FULL. Contrary evidence counts CONTRARY times. From ENOUGH on a film is taken to be interlaced
# or telecined, down to TOO_LITTLE.
FADES, FULL, CONTRARY, ENOUGH, TOO_LITTLE = 0.95, 2.0, 4.0, 0.9, 0.3
MOST_ORDER, MOST_MATCH = 0.4, 0.6
# In interlaced film halves match now and then: it is telecined if the evidence for that is this many times as strong.
AS_MUCH = 2.0
# At a film's beginning, and where doubt arises, this many frames are examined before the first one is shown; fewer if
# at the beginning this many moving ones are whole, by this share, and no evidence beyond this balance is against it.
AHEAD, WHOLE_FRAMES, WHOLE_SHARE, NO_DOUBT = 12, 3, 0.9, 0.1
# A film that ends within these frames has no time to gather evidence: it is interlaced if this is the mean share of one
# order of fields in what moves, and the other has no more than this part of it. (Of parts of two to five frames, 1 in
# 200 to 560 of progressive films passes, and two thirds of those of interlaced ones.)
SHORT_ENOUGH, SHORT_CONTRARY = 0.25, 0.1
# After CALM looks at motion in a row, without any doubt, only every SPARSE-th frame is examined, until there is doubt;
# once it has gone, AGAIN more looks are needed. The same holds after STILL looks without motion, until there is any.
# After LONG looks of either kind, it is every second of those.
CALM, AGAIN, STILL, SPARSE, LONG = 24, 6, 24, 4, 72


class Balance:
    """The evidence for one of two contraries."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._sides = [0.0, 0.0]
        self.holds = False

    def add(self, one: float, two: float) -> None:
        """Add the evidence of a frame for each, as shares of what moves in it."""
        for n, share in enumerate((one, two)):
            self._sides[n] = min(self._sides[n] * FADES + min(share, self._most), FULL)
        self.holds = self.value > (TOO_LITTLE if self.holds else ENOUGH)

    def add_all(self, shares: list[tuple[float, float]]) -> None:
        """Decide for a film with no more than these looks at motion, which have been added."""
        if shares:
            less, more = sorted(sum(side) / len(shares) for side in zip(*shares))
            self.holds |= more >= SHORT_ENOUGH and less <= SHORT_CONTRARY * more

    @property
    def value(self) -> float:
        """The remaining evidence for the stronger side, less that for the other."""
        return max(self._sides) - CONTRARY * min(self._sides)

    @property
    def first(self) -> bool:
        """Whether the first of the two is the stronger side."""
        return self._sides[0] >= self._sides[1]


class Fields:
    """Makes the frames of a film whole. What it has learnt of the film stays valid wherever reading continues."""

    def __init__(self) -> None:
        self._orders, self._matches = Balance(MOST_ORDER), Balance(MOST_MATCH)
        self._begun = False
        self._calm, self._still, self._flagged = 0, 0, False
        self._graph: av.filter.Graph | None = None
        self._made_for: tuple[object, ...] = ()
        self._last: VideoFrame | None = None
        self._plain: dict[tuple[object, ...], av.filter.Graph] = {}

    def whole(self, frames: Iterator[Timed]) -> Iterator[Timed]:
        """Yield frames with their times, whole; frames that telecine repeats are left out.

        The next frame is asked for only for interlaced ones; more of them at a film's beginning, and while in doubt.
        """
        self._last = self._graph = None
        looked = self._looked_at(frames)
        coming: deque[ComparedFrame] = deque() if self._begun else self._beginning(looked)
        self._begun = True
        before: VideoFrame | None = None
        while coming or _took(looked, coming):
            while len(coming) < AHEAD and self._is_undecided and _took(looked, coming):
                pass
            frame, ms, found = coming.popleft()
            flagged = bool(frame.interlaced_frame)
            self._flagged |= flagged
            if self._is_telecined():
                if before is not None and found.match is not None:
                    if not found.repeats:
                        yield self._woven(before, frame, found.match == TOP_MATCHES), ms
                else:
                    yield (self._unflagged(frame) if flagged else frame), ms
            elif flagged or self._orders.holds:
                if not coming:
                    _took(looked, coming)
                yield self._deinterlaced(before, frame, coming[0][0] if coming else None), ms
            else:
                yield frame, ms
            before = frame

    def _beginning(self, looked: Iterator[ComparedFrame]) -> deque[ComparedFrame]:
        """Take from `looked` the frames that are examined before the first one is shown."""
        coming: deque[ComparedFrame] = deque()
        moving = 0
        for item in itertools.islice(looked, AHEAD):
            coming.append(item)
            shares = item[2].shares
            if shares is not None:
                moving = moving + 1 if shares[PROGRESSIVE] + shares[EITHER] > WHOLE_SHARE else 0
            if moving >= WHOLE_FRAMES and self._doubt < NO_DOUBT:
                break
        if len(coming) < AHEAD and not _took(looked, coming):
            moves = [found.shares for *_, found in coming if found.shares is not None]
            self._orders.add_all([(shares[TOP_FIRST], shares[BOTTOM_FIRST]) for shares in moves])
        return coming

    def _looked_at(self, frames: Iterator[Timed]) -> Iterator[ComparedFrame]:
        """Yield frames with what was seen in them, which is added to the balances."""
        before: VideoFrame | None = None
        for number, (frame, ms) in enumerate(frames):
            closely, sure = self._calm < CALM and self._still < STILL, self._doubt < NO_DOUBT
            every = 1 if closely else 2 * SPARSE if sure and max(self._calm, self._still) >= LONG else SPARSE
            looks, found = number % every == 0, NOTHING
            if looks and before is not None:
                found = look(before, frame, number // every) if sure and not closely else look(before, frame)
            if looks and found.shares is None:
                self._still += 1
            elif found.shares is not None:
                self._still = 0
                self._orders.add(found.shares[TOP_FIRST], found.shares[BOTTOM_FIRST])
                seen = found.match if found.plain else None
                self._matches.add(*(found.shares[n] if n == seen else 0.0 for n in (TOP_MATCHES, BOTTOM_MATCHES)))
                self._calm = self._calm + 1 if self._doubt < NO_DOUBT else min(self._calm, CALM - AGAIN)
            yield frame, ms, found
            before = frame

    @property
    def is_calm(self) -> bool:
        """Return whether frames have long looked only progressive, and none was flagged otherwise."""
        return self._calm >= CALM and not self._flagged

    @property
    def _doubt(self) -> float:
        """Return the evidence against whole frames."""
        return max(self._orders.value, self._matches.value)

    @property
    def _is_undecided(self) -> bool:
        """Return whether there is evidence against whole frames, and not enough of it yet."""
        return self._doubt >= NO_DOUBT and not (self._orders.holds or self._matches.holds)

    def _is_telecined(self) -> bool:
        return self._matches.holds and self._matches.value > AS_MUCH * self._orders.value

    def _parity(self) -> str:
        """Return the order of fields: as seen, else as flagged."""
        if not self._orders.holds:
            return "auto"
        return "tff" if self._orders.first else "bff"

    def _woven(self, before: VideoFrame, now: VideoFrame, keep_top: bool) -> VideoFrame:
        """Return the even rows of `now` with the odd ones of `before`, or vice versa."""
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
        """Return the first field of `now`, with the missing rows interpolated by bwdif (alone: by estdif)."""
        parity = self._parity()
        if not any(other is not None and alike(other, now) for other in (before, after)):
            alone = _graph(now, "estdif", f"mode=frame:parity={parity}:deint=all")  # bwdif needs a neighbour
            alone.push(now)
            alone.push(None)
            return _like(_pulled(alone)[0], now)
        made_for = now.width, now.height, now.format.name, parity
        if self._graph is None or self._last is not now or made_for != self._made_for:
            self._made_for = made_for
            self._graph = _graph(now, "bwdif", f"mode=send_frame:parity={parity}:deint=all")
            if before is not None and alike(before, now):
                self._graph.push(before)
            self._graph.push(now)
            _pulled(self._graph)
        if after is None or not alike(now, after):
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
        """Return a whole frame that will not be scaled field by field, although it is flagged."""
        key = frame.width, frame.height, frame.format.name
        if key not in self._plain:
            self._plain[key] = _graph(frame, "setfield", "prog")
        self._plain[key].push(frame)
        found = _pulled(self._plain[key])
        return _like(found[0], frame) if found else frame


def _took(source: Iterator[ComparedFrame], target: deque[ComparedFrame]) -> bool:
    """Move the next item over; return whether there was one."""
    found = next(source, None)
    if found is not None:
        target.append(found)
    return found is not None


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
    """Give a frame the colour properties of the one that it was made from."""
    new.colorspace, new.color_range = old.colorspace, old.color_range
    new.color_trc, new.color_primaries = old.color_trc, old.color_primaries
    return new
