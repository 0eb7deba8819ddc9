"""Stamps of a container's packets and frames, moved onto the one clock of sound and picture (`lib.io.clock`)."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
import av.container
import av.packet
import av.video.frame
from av.codec.context import Flags
from av.format import Flags as FormatFlags
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from lib.errors import NoVideoError
from lib.io.clock import SharedClock
from lib.io.ffmpeg import codec_name, open_media, packets
from lib.io.origin import origin_us

# Pictures that go with a recording without being a film of it: cover art, and the thumbnails of chapters.
STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
# Containers with an index and one time line: what is in them was not joined end to end, and any place can be jumped to.
INDEXED = frozenset(("mov", "matroska"))
# Containers that count frames in the order that they are shown in: the first is shown at the beginning, however late a
# decoder delivers it.
COUNTED = frozenset(("mxf",))
# The length of a frame of which nothing says how long it is, in ms (25 frames/s).
USUAL_MS = 40.0
# Number of first packets, and of first frames, that show whether its stamps are those of the order of decoding.
FIRST_PACKETS = 32
# Difference of the numbers of stamps out of order in either way that decides between the two.
FAULTS = 3
# How encoders mark MPEG-4 with two frames in a packet, as AVI needs them, and in how many bytes at a film's beginning.
PACKED, HEAD_BYTES = re.compile(rb"DivX\d+(?:b|Build)\d+p"), 4096


def as_fraction(rational: object, otherwise: Fraction) -> Fraction:
    """Return PyAV's rational number (its type changed in version 19) as a Fraction; `otherwise` where there is none."""
    numerator, denominator = getattr(rational, "numerator", 0), getattr(rational, "denominator", 0)
    return Fraction(numerator, denominator) if numerator and denominator else otherwise


def tick_ms(stream: Stream) -> Fraction:
    """Return the ms that a stream counts in."""
    return 1000 * as_fraction(stream.time_base, Fraction(1, av.time_base))


class Ticks:
    """The times of a stream as ms after the film's beginning: what Fractions come to, rounded once, without making any.

    tick: ms that it counts in; origin: where the film begins, in ms.
    """

    def __init__(self, tick: Fraction, origin: Fraction) -> None:
        self.tick, self._origin = tick, origin
        self._factor = tick.numerator * origin.denominator
        self._before = origin.numerator * tick.denominator
        self._divisor = tick.denominator * origin.denominator

    def from_first(self, packets: Iterable[av.packet.Packet]) -> Ticks:
        """Return the times after the earliest of some packets (if none has a stamp: these)."""
        stamps = [packet.pts for packet in packets if packet.pts is not None]
        return Ticks(self.tick, min(stamps) * self.tick) if stamps else self

    def ms(self, stamp: int) -> float:
        """Return a stamp as ms."""
        return (stamp * self._factor - self._before) / self._divisor

    def stamp(self, ms: float) -> int:
        """Return ms as a stamp."""
        return math.floor((Fraction(ms) + self._origin) / self.tick)


def ticks_of(path: str, container: av.container.InputContainer, stream: Stream) -> Ticks:
    """Return the times of a stream after the beginning of its file."""
    tick, start = tick_ms(stream), stream.start_time
    origin = Fraction(origin_us(path, container) or 0) / 1000
    if start is not None and abs(start * tick - origin) < Fraction(1, 1000):
        origin = start * tick  # the same, without having been rounded to a microsecond
    return Ticks(tick, origin)


def usual_ms(stream: Stream) -> float:
    """Return how long a frame of a film is by its average rate."""
    rate = as_fraction(getattr(stream, "average_rate", None), Fraction(0))
    return float(1000 / rate) if rate > 0 else USUAL_MS


def is_indexed(container: av.container.InputContainer) -> bool:
    """Return whether this is a container with an index and one time line."""
    return bool(INDEXED.intersection(container.format.name.split(",")))


def _is_still(container: av.container.InputContainer, stream: Stream) -> bool:
    """Return whether a stream of pictures is not a film but goes with a recording, or is a GIF's single picture."""
    return bool(stream.disposition & STILLS) or (container.format.name == "gif" and stream.frames == 1)


def media_streams(container: av.container.InputContainer) -> list[Stream]:
    """Return the streams of sound and of moving pictures."""
    return [s for s in container.streams if s.type in ("audio", "video") and not _is_still(container, s)]


def film_stream(container: av.container.InputContainer) -> VideoStream:
    """Return the main video stream; NoVideoError if there is none."""
    films = [stream for stream in container.streams.video if not _is_still(container, stream)]
    if not films:
        raise NoVideoError("has no video track")
    best = container.streams.best("video")
    film = next((stream for stream in films if stream is best), films[0])
    if film.codec_context is not None:  # else some columns that the codec crops at the left would be shown
        film.codec_context.flags |= Flags.unaligned
    return film


def timed_packets(
    container: av.container.InputContainer, streams: Sequence[Stream], clock: SharedClock[av.packet.Packet]
) -> Iterator[av.packet.Packet]:
    """Yield the packets of `streams` in the file's order, their stamps moved onto one time line.

    A stamp that is not believed is taken away. To see whether all streams leap together the packets of all are looked
    at, but for containers with an index. Raises what PyAV raises where the file breaks off, after what came before.
    """
    wanted = {stream.index for stream in streams}
    watched = list(streams) if is_indexed(container) else media_streams(container)
    ticks = {stream.index: tick_ms(stream) for stream in watched}
    lengths = {index: float(tick) for index, tick in ticks.items()}
    usual = {stream.index: usual_ms(stream) if stream.type == "video" else 0.0 for stream in watched}
    try:
        for packet in packets(container, watched):
            if not packet.size and packet.dts is None:  # PyAV's mark of the end, one for each stream
                continue
            order = packet.pts if packet.dts is None else packet.dts
            tick = lengths[packet.stream_index]
            ms = None if order is None else order * tick
            length = packet.duration * tick if packet.duration else usual[packet.stream_index]
            shown = None if packet.pts is None else packet.pts * tick
            if packet.is_discard:  # outside of the edit list, with stamps that fall where a part of it begins
                ms, length, shown = None, 0.0, None
            for ready, shift in clock.add(packet, packet.stream_index, ms, length, shown, packet.is_keyframe):
                if ready.stream_index in wanted:
                    yield ready if shift == 0.0 else _moved(ready, shift, ticks)
    except (av.error.FFmpegError, OSError):
        yield from (_moved(p, shift, ticks) for p, shift in clock.end() if p.stream_index in wanted)
        raise
    yield from (_moved(p, shift, ticks) for p, shift in clock.end() if p.stream_index in wanted)


def first_packets(
    coming: Iterator[av.packet.Packet],
) -> tuple[list[av.packet.Packet], Iterator[av.packet.Packet]]:
    """Return a film's first packets, FIRST_PACKETS at most, and all of its packets.

    Where the file breaks off among the first, the iterator raises what PyAV raises there, after them.
    """
    first: list[av.packet.Packet] = []
    failure: Exception | None = None
    try:
        first.extend(itertools.islice(coming, FIRST_PACKETS))
    except (av.error.FFmpegError, OSError) as error:
        failure = error

    def all_packets() -> Iterator[av.packet.Packet]:
        yield from first
        if failure is not None:
            raise failure
        yield from coming

    return first, all_packets()


def _moved(packet: av.packet.Packet, shift: float | None, ticks: dict[int, Fraction]) -> av.packet.Packet:
    if shift is None:
        packet.pts = packet.dts = None
    else:
        by = round(shift / ticks[packet.stream_index])
        packet.pts = None if packet.pts is None else packet.pts + by
        packet.dts = None if packet.dts is None else packet.dts + by
    return packet


def shared_clock(container: av.container.InputContainer) -> SharedClock[av.packet.Packet]:
    """Return the clock of a container's packets."""
    flags: Any = container.format.flags  # an int, whatever its annotation says
    joined: Any = FormatFlags.ts_discont.value
    return SharedClock(joins=bool(flags & joined))


class FrameStamps:
    """Chooses between a frame's two stamps: that of its packet (pts), and that of decoding (dts).

    Some files have pts that are those of the order of decoding (H.264 in AVI, an mp4 by VLC): they fall where frames
    are shown in another order. Then dts, which rise, are the better ones. (What ffmpeg calls best-effort stamps.)
    early: ticks by which frames are shown before the stamp of decoding.
    """

    def __init__(self, by_dts: bool = False, early: int = 0) -> None:
        self.by_dts, self._early = by_dts, early
        self._faults = 0  # stamps out of order: of packets, less those of decoding
        self.restart()

    def restart(self) -> None:
        """Forget the frame before: there was a jump in the file."""
        self._last_pts: int | None = None
        self._last_dts: int | None = None

    def of(self, frame: av.video.frame.VideoFrame) -> int | None:
        """Return a frame's stamp in ticks; None: it has none."""
        pts, dts = frame.pts, frame.dts
        if pts is not None:
            if self._last_pts is not None and pts <= self._last_pts:
                self._faults += 1
            self._last_pts = pts
        if dts is not None:
            if self._last_dts is not None and dts <= self._last_dts:
                self._faults -= 1
            self._last_dts = dts
        if self._faults >= FAULTS:
            self.by_dts = True
        if pts is not None and not self.by_dts:
            return pts
        return dts if dts is None else dts - self._early


def stamps_of(
    path: str, container: av.container.InputContainer, stream: VideoStream, first: Sequence[av.packet.Packet]
) -> FrameStamps:
    """Return which stamps of a film's frames are the better ones, by its first packets.

    Of two frames in one packet (packed MPEG-4) the second has the pts of another packet.
    """
    if codec_name(stream) == "mpeg4":
        heads = (bytes(stream.codec_context.extradata or b""), *(bytes(packet)[:HEAD_BYTES] for packet in first[:1]))
        if any(PACKED.search(head) for head in heads):
            return FrameStamps(by_dts=True)
    late = lateness(path, stream.index, [packet.pts for packet in first])
    return FrameStamps(late is not None, late or 0 if container.format.name in COUNTED else 0)


def lateness(path: str, index: int, first: Sequence[int | None]) -> int | None:
    """Return how many ticks later than the pts of its packets a film is shown, if its frames are shown by the stamps of
    decoding, since pts rise while frames are shown in another order; None: pts are right.

    index: the stream's; first: pts of its first packets. Frames are decoded, from the film's beginning, only where pts
    rise and the codec reorders.
    """
    stamps = [pts for pts in first if pts is not None]
    if len(stamps) < FAULTS or stamps != sorted(stamps):
        return None
    with open_media(path) as container:
        stream = container.streams[index]
        if not isinstance(stream, VideoStream) or not getattr(stream.codec_context, "reorder_depth", 0):
            return None  # (PyAV has no codec context where there is no decoder.)
        stream.codec_context.thread_type = "NONE"
        last: int | None = None
        try:
            for number, packet in enumerate(packets(container, stream)):
                for frame in stream.codec_context.decode(packet):
                    if frame.pts is not None and last is not None and frame.pts < last:
                        late = stream.codec_context.reorder_depth * round(Fraction(usual_ms(stream)) / tick_ms(stream))
                        return max(late - ((packet.pts or 0) - (packet.dts or 0)), 0)
                    last = frame.pts
                if number >= FIRST_PACKETS:
                    break
        except (av.error.FFmpegError, OSError, ValueError):
            return None
    return None
