"""The clock that sound and picture of a file share: time stamps in, times that can be believed out.

Stamps of real files are missing, repeated, out of order, or leap. Two questions are answered here, both by looking a
little ahead, neither by adding up lengths:

- `SharedClock`: for the packets of all streams in the file's order, by how much their stamps are to be moved. A leap
  is a new beginning (files joined end to end, a counter that wrapped) only if all streams leap; a stamp that leaps
  alone and comes back is not a stamp at all; one that leaps ahead and stays there is a pause.
- `rising`: for frames in the order that they are shown in, strictly rising times: those of the stamps that are in
  order, and even steps between them for the frames whose stamps are not.

All times are in ms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

# A stream leaps back if its stamps, in the order of decoding, fall by more than jitter, and by more than this below the
# latest end that was to be shown: less is an overlap, as careless cuts leave it. A smaller step ahead is not a leap.
FALL_MS, BACK_MS, AHEAD_MS = 100.0, 500.0, 1000.0
# All streams of a transport stream that leap further ahead than this together have restarted (ffmpeg's limit too).
JOINED_MS = 10_000.0
# No pause is longer: a leap ahead beyond it is a broken stamp in every container.
LONGEST_PAUSE_MS = 3_600_000.0
# Streams go on together if what would bring each of them to its last end differs by less: a frame of sound.
AGREE_MS = 30.0
# This many packets in a row make a leap of one stream more than an outlier.
SUPPORT = 3
# Packets within which the other streams leap too, or not at all: packets of two joined files are not mixed much.
PATIENCE = 400
# A stream without a packet among this number has ended or pauses, and is not waited for.
ALIVE = 300
# Frames that are looked at together where stamps are out of order: no codec reorders further.
WINDOW = 17


@dataclass
class _Line:
    """Where one stream is: when its last believed packet ended (in the order of decoding), and the latest end that is
    shown; what its stamps are moved by on its own.
    """

    end: float
    top: float
    seen: int
    own: float = 0.0

    def goes_on_at(self, ms: float) -> bool:
        fell = ms < self.end - FALL_MS and ms < self.top - BACK_MS
        return not fell and ms <= self.end + AHEAD_MS


@dataclass
class _Held(Generic[Item]):
    """A packet that waits; moved: by how much its stamp is (None: it is not believed, or not decided)."""

    item: Item
    moved: float | None = None


@dataclass
class _Leap(Generic[Item]):
    """The packets of one stream since it leapt; begins: whether the first of them can be decoded by itself."""

    first_ms: float
    first_shown: float
    begins: bool
    line: _Line
    packets: list[_Held[Item]] = field(default_factory=list)

    def is_pause_after(self, end: float) -> bool:
        return 0 < self.first_ms - end <= LONGEST_PAUSE_MS


class SharedClock(Generic[Item]):
    """Tells for packets, in the file's order, by how much their stamps are moved (None: the stamp is not believed).

    joins: this kind of file may be several that were joined (transport and program streams): a leap of all streams
    ahead, by more than JOINED_MS, is closed. Elsewhere it is a pause, and only leaps back are closed.
    """

    def __init__(self, joins: bool) -> None:
        self._joins = joins
        self.leapt = False
        """Whether stamps were moved, or not believed."""
        self.restart()

    def restart(self) -> None:
        """Forget what came before: there was a jump in the file."""
        self._shift = 0.0
        self._lines: dict[int, _Line] = {}
        self._count = 0
        self._held: list[_Held[Item]] = []
        self._leaps: dict[int, _Leap[Item]] = {}

    def add(
        self, item: Item, stream: int, ms: float | None, length: float, shown: float | None = None, begins: bool = True
    ) -> list[tuple[Item, float | None]]:
        """Take a packet; return those that are decided, in order.

        stream: its number; ms: its stamp in the order of decoding (None: it has none); length: how long it is; shown:
        when it is shown (None: at `ms`); begins: whether it can be decoded without those before it.
        """
        self._count += 1
        line = self._lines.setdefault(stream, _Line(ms or 0.0, -math.inf, self._count))
        packet = _Held(item)
        if ms is None or line.goes_on_at(ms):
            packet.moved = self._shift + line.own
            _extend(line, ms, length, shown)
            line.seen = self._count
            if not self._leaps:
                return [(item, packet.moved)]
            if ms is not None:  # it is back where it was: what leapt were outliers
                self.leapt |= self._leaps.pop(stream, None) is not None
        else:
            leap = self._leaps.get(stream)
            if leap is None or not leap.line.goes_on_at(ms):
                shown = ms if shown is None else shown
                leap = self._leaps[stream] = _Leap(ms, shown, begins, _Line(ms, -math.inf, self._count))
            _extend(leap.line, ms, length, shown)
            leap.packets.append(packet)
        self._held.append(packet)
        return self._decided(final=False)

    def end(self) -> list[tuple[Item, float | None]]:
        """Return the packets that are not decided yet: there are no more to come."""
        return self._decided(final=True)

    def _decided(self, final: bool) -> list[tuple[Item, float | None]]:
        """Return the held packets if it is clear what the leaps are."""
        waited = final or len(self._held) >= PATIENCE
        alive = [s for s, line in self._lines.items() if self._count - line.seen <= ALIVE or s in self._leaps]
        supported = any(len(leap.packets) >= SUPPORT for leap in self._leaps.values())
        together = len(self._leaps) == len(alive) and (supported or (final and len(alive) > 1))
        pauses = all(leap.is_pause_after(self._lines[s].end) for s, leap in self._leaps.items())
        far = self._joins and any(leap.first_ms - self._lines[s].end > JOINED_MS for s, leap in self._leaps.items())
        if not self._leaps:
            pass
        elif pauses and not far and (supported or final):
            self._believe_pauses()
        elif together:
            self._begin_again()
        elif waited:
            self._go_on_alone()
        else:
            return []
        released = [(packet.item, packet.moved) for packet in self._held]
        self._held, self._leaps = [], {}
        return released

    def _believe_pauses(self) -> None:
        for stream, leap in self._leaps.items():
            self._move(stream, leap, self._shift + self._lines[stream].own)

    def _begin_again(self) -> None:
        """Move what follows, of all streams alike, to where the last of them ended.

        The same film goes on in the order of decoding: that is seen by a picture that needs those before it, and by
        streams that would all go on with one shift.
        """
        on = {s: self._lines[s].end + self._lines[s].own - leap.first_ms for s, leap in self._leaps.items()}
        inner = [shift for s, shift in on.items() if not self._leaps[s].begins]
        if inner or (len(on) > 1 and max(on.values()) - min(on.values()) <= AGREE_MS):
            self._shift += max(inner or on.values())
        else:
            end = max(max(line.top, line.end) + line.own for line in self._lines.values())
            self._shift += end - min(leap.first_shown for leap in self._leaps.values())
        self.leapt = True
        self._lines = {stream: self._lines[stream] for stream in self._leaps}  # others have ended, and may begin again
        for stream, leap in self._leaps.items():
            self._lines[stream].own = 0.0
            self._move(stream, leap, self._shift)

    def _go_on_alone(self) -> None:
        """Ignore a short leap that other streams do not make; close a long one for this stream alone."""
        self.leapt = True
        for stream, leap in self._leaps.items():
            if len(leap.packets) >= SUPPORT:
                self._lines[stream].own += self._lines[stream].end - leap.first_ms
                self._move(stream, leap, self._shift + self._lines[stream].own)

    def _move(self, stream: int, leap: _Leap[Item], shift: float) -> None:
        line = self._lines[stream]
        line.end, line.top, line.seen = leap.line.end, leap.line.top, self._count
        for packet in leap.packets:
            packet.moved = shift


def _extend(line: _Line, ms: float | None, length: float, shown: float | None) -> None:
    """Move a line to the end of a packet."""
    line.end = (line.end if ms is None else ms) + length
    end = line.end if shown is None else shown + length
    # (A single stamp far above is an outlier, not the latest end.)
    line.top = max(line.top, min(end, line.end + AHEAD_MS))


def rising(frames: Iterable[tuple[Item, float | None]], usual_ms: float) -> Iterator[tuple[Item, float]]:
    """Yield frames, in the order that they are shown in, with strictly rising times; none is left out.

    frames: each with its stamp (None: it has none); usual_ms: the length of a frame where nothing else says it. A frame
    is held until the stamp of the next is higher than its own, which in a good film is the next. Where stamps are out
    of order the longest rising row of those in the window is believed; frames between two that are believed are spread
    evenly.
    """
    last = -math.inf
    held: list[tuple[Item, float | None]] = []
    for frame in frames:
        if len(held) == 1 and _in_order(last, held[0][1], frame[1]):  # as in a good film
            item, ms = held[0]
            held[0] = frame
            assert ms is not None
            yield item, ms
            last = ms
            continue
        held.append(frame)
        while len(held) > 1 and _in_order(last, held[0][1], held[1][1]):
            item, ms = held.pop(0)
            assert ms is not None
            yield item, ms
            last = ms
        if len(held) >= WINDOW:
            settled = _settled(held, last, usual_ms)
            last = settled[-1][1]
            yield from settled
    while held:
        settled = _settled(held, last, usual_ms)
        last = settled[-1][1]
        yield from settled


def _in_order(last: float, first: float | None, second: float | None) -> bool:
    return first is not None and second is not None and last < first < second


def _settled(held: list[tuple[Item, float | None]], last: float, usual_ms: float) -> list[tuple[Item, float]]:
    """Take frames off `held`, up to the first one whose stamp is believed (one if there is none); give them times."""
    stamps = [ms for _, ms in held]
    believed = longest_rising(stamps, last)
    if not believed:
        begin = last if math.isfinite(last) else -usual_ms
        # Stamps that are all behind will pass `last` again: small steps until they do.
        step = usual_ms if stamps.count(None) == len(stamps) else usual_ms / (len(stamps) + 1)
        return [(held.pop(0)[0], begin + step)]
    number, until = believed[0], stamps[believed[0]]
    assert until is not None
    begin = last if math.isfinite(last) else until - usual_ms * (number + 1)
    step = (until - begin) / (number + 1)
    settled = [(held[n][0], begin + (n + 1) * step) for n in range(number)] + [(held[number][0], until)]
    del held[: number + 1]
    return settled


def longest_rising(stamps: list[float | None], above: float) -> list[int]:
    """Return the places of the longest strictly rising row of stamps, all higher than `above`; the earliest such."""
    best: list[tuple[int, int]] = []  # (length of the row that ends here, place before; -1: none)
    for n, ms in enumerate(stamps):
        if ms is None or ms <= above:
            best.append((0, -1))
            continue
        length, before = 1, -1
        for m in range(n):
            other = stamps[m]
            if best[m][0] >= length and other is not None and other < ms:
                length, before = best[m][0] + 1, m
        best.append((length, before))
    if not best or max(best)[0] == 0:
        return []
    place = max(range(len(best)), key=lambda n: (best[n][0], -(stamps[n] or 0.0)))
    row = []
    while place >= 0:
        row.append(place)
        place = best[place][1]
    return row[::-1]


def last_length(own: float, usual: float, gap: float, is_last_decoded: bool) -> float:
    """Return how long the last frame of a film stays, in ms.

    own: what its packet says (0: nothing); usual: a frame's length by the film's rate; gap: the time since the frame
    before (0: there is none). A packet's length is, in some containers, the time to the next one in the order of
    decoding: it is the frame's own only if that order ends with it too, and else no more than a usual frame, or than
    the frame before stayed.
    """
    if own <= 0:
        return usual
    return own if is_last_decoded else min(own, max(usual, gap))
