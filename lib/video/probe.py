"""The real length of a media file, and whether it has sound and picture."""

from __future__ import annotations

import struct
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import av
import av.container
import av.packet
from av.audio.codeccontext import AudioCodecContext
from av.stream import Stream

from lib.audio.frame_headers import Fit
from lib.audio.parts import parts_of
from lib.audio.reader import decoded_end
from lib.audio.wholeness import EXACT, LEAST_LOSS, problem_of, promise_of, with_structure
from lib.errors import MediaError
from lib.io.clock import WINDOW, last_length
from lib.io.ffmpeg import codec_name, open_media, packets
from lib.io.origin import origin_us
from lib.video.timing import (
    COUNTED,
    FIRST_PACKETS,
    as_fraction,
    film_stream,
    lateness,
    media_streams,
    shared_clock,
    tick_ms,
    timed_packets,
    usual_ms,
)

# Bare streams without a frame count: their demuxers make up stamps from the first rate that they see.
MADE_UP = frozenset(("aac", "loas", "latm", "dts", "amr", "amrnb", "amrwb"))
# Containers and codecs whose packets do not show what a decoder makes of the first and the last of them.
VAGUE = frozenset(("asf", "gxf", "rm"))
VAGUE_CODECS = frozenset(("nellymoser", "s302m", "wmav1", "wmav2"))
# Bare streams of pictures: their packets have no stamps, or made-up ones.
RAW = frozenset(("h264", "hevc", "m4v", "mpegvideo"))
# A picture that ends, by its packets, this near to the file's end (s) matters; the last seconds of it are decoded.
NEARLY, LAST_SECONDS = 1.0, 10.0
# A loss up to this length (s) is rounding where the header tells the number of samples.
EXACT_LOSS = 0.002
# ffmpeg's side data "skip_samples": samples to skip at the packet's start and at its end, and two reasons.
SKIP_SAMPLES = struct.Struct("<IIBB")


@dataclass(frozen=True)
class Probe:
    """The content of a media file: its length, and whether there is any sound and any video (cover art is not video).

    duration: seconds from the start of the container's clock to the end of the last frame of sound or picture; problem:
    where its sound could not be read, if that was noticed ("": no problem).
    """

    duration: float
    has_audio: bool
    has_video: bool
    problem: str = ""


class _Track:
    """The extent of one track, packet by packet. Times are integers in ticks of the track's own clock, so exact."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.kind, self.index = stream, stream.type, stream.index
        self.tick = as_fraction(stream.time_base, Fraction(1, av.time_base))
        # The length of a packet that does not state its own.
        self._usual = round(Fraction(usual_ms(stream)) / tick_ms(stream)) if stream.type == "video" else 0
        self.fit = Fit(codec_name(stream) if stream.type == "audio" else "")
        self.packets = 0
        self.is_damaged = False
        # Whether the last packet has a length.
        self.is_measured = True
        self._next = 0
        self._previous = 0
        self.first: int | None = None
        # Of the first packets; ticks by which frames are shown later than their packets' stamps say.
        self.stamps: list[int | None] = []
        self.late = 0
        self.keyframe = 0
        # Time and length of each of the last packets: the one shown last is among them.
        self._last: deque[tuple[int, int, int]] = deque(maxlen=WINDOW)
        # The last packet, if it is cut off: its time stamp, its display time, and its length.
        self.cut: tuple[int | None, int, int] | None = None

    def _heard(self, packet: av.packet.Packet, length: int) -> int:
        """Return a packet's length without the padding at its end that a decoder drops."""
        data = bytes(packet.get_sidedata("skip_samples"))
        codec = self.stream.codec_context
        if len(data) < SKIP_SAMPLES.size or not isinstance(codec, AudioCodecContext) or not codec.sample_rate:
            return length
        sample = 1 / (codec.sample_rate * self.tick)
        padding = round(SKIP_SAMPLES.unpack_from(data)[1] * sample)
        # Some containers give the length with the padding, some without: the audible part is less than a whole frame.
        whole = max(length, self._previous, round((codec.frame_size or 0) * sample))
        return max(min(length, whole - padding), 0)

    def add(self, packet: av.packet.Packet) -> None:
        """Count a packet. Its stamps are on one time line, or missing."""
        length = packet.duration or self._usual
        pts, dts = packet.pts, packet.dts
        order = pts if dts is None else dts
        if order is None:  # no clock, or a stamp that cannot be trusted: one packet after the other
            order = self._next
        shown = order if pts is None else pts
        if self.first is None:
            self.first = shown
        if self.packets < FIRST_PACKETS:
            self.stamps.append(pts)
        self._next = order + length
        if packet.is_keyframe:
            self.keyframe = self.packets
        if self.fit.looks and packet.size:
            self.fit.add(bytes(packet))
        heard = self._heard(packet, length) if self.kind == "audio" and packet.has_sidedata("skip_samples") else length
        self.cut = (pts, shown, heard) if packet.is_corrupt else None
        self.is_damaged |= packet.is_corrupt
        self.is_measured = bool(packet.duration)
        if not (packet.is_discard or packet.is_corrupt):
            self._last.append((shown, heard, self.packets))
        self.packets += 1
        self._previous = length

    def count_in_the_cut(self) -> None:
        """Count the last packet, which is cut off: a frame comes out of it."""
        if self.cut is not None:
            self._last.append((*self.cut[1:], self.packets - 1))

    @property
    def end(self) -> int:
        """Return when the last frame of the track ends."""
        if not self._last:
            return 0
        if self.kind == "audio":
            return max(shown + length for shown, length, _ in self._last)
        (shown, length, number), *others = sorted(self._last, reverse=True)
        gap = shown - others[0][0] if others else 0
        return shown + self.late + round(last_length(length, self._usual, gap, number == self.packets - 1))

    def seconds(self, start: int | Fraction | None) -> float:
        """Return the track's end in seconds after `start` (container time in microseconds; None: its own first)."""
        origin = (self.first or 0) * self.tick if start is None else Fraction(start, av.time_base)
        return max(float(self.end * self.tick - origin), 0.0)


def _read_to_the_end(container: av.container.InputContainer, tracks: list[_Track]) -> bool:
    """Demux every packet: the packets count, not the header. Return whether stamps leap."""
    by_index = {track.index: track for track in tracks}
    clock = shared_clock(container)
    with suppress(av.error.FFmpegError, OSError):  # broken off in the middle: the part before it counts
        for packet in timed_packets(container, [track.stream for track in tracks], clock):
            by_index[packet.stream_index].add(packet)
    return clock.leapt


def _is_decoded(path: str, track: _Track, stamp: int | None) -> bool:
    """Return whether a frame comes out of the last packet, which is cut off: some decoders make a frame of the rest."""
    with open_media(path) as container:
        stream = container.streams[track.index]
        try:
            for number, packet in enumerate(packets(container, stream)):
                if number >= track.keyframe and any(f.pts == stamp for f in _frames(packet)):
                    return True
        except (av.error.FFmpegError, OSError):
            return False
    return False


def _frames(packet: av.packet.Packet) -> list:
    try:
        return list(packet.decode())
    except (av.error.FFmpegError, ValueError):
        return []


def probe(path: str, fast: bool = False) -> Probe:
    """Return the length and the content of a media file.

    path: the file; fast: trust its header (much faster, and wrong where the header is); by default every packet is
    read (not decoded), and the length is that of a full decode, to a frame. If the header has no length, fast reads the
    packets too. Raises MediaError if the file cannot be read, or has neither sound nor picture.
    """
    with open_media(path) as container:
        tracks = [_Track(stream) for stream in _used_streams(container)]
        if not tracks:
            raise MediaError("has neither sound nor picture")
        if fast and container.duration is not None and container.duration > 0:
            kinds = {track.kind for track in tracks}
            return Probe(container.duration / av.time_base, "audio" in kinds, "video" in kinds)
        start = origin_us(path, container)
        names = set(container.format.name.split(","))
        heard = container.streams.best("audio")
        promise = promise_of(path, container, heard or tracks[0].stream)
        heard_index = heard.index if heard else -1
        made_up = heard is not None and _is_made_up(path, names, heard)
        leapt = _read_to_the_end(container, tracks)
    promise = with_structure(path, promise)
    full = [track for track in tracks if track.packets]
    if not full:
        raise MediaError("has neither sound nor picture, only a header")
    for track in full:
        if track.cut and _is_decoded(path, track, track.cut[0]):
            track.count_in_the_cut()
        if track.kind == "video" and not names & COUNTED:
            track.late = lateness(path, track.index, track.stamps) or 0
    kinds = {track.kind for track in full}
    ends = [track.seconds(start) for track in full]
    problem = ""
    mine = [n for n, track in enumerate(full) if track.index == heard_index]
    most = EXACT_LOSS if names & EXACT else LEAST_LOSS
    short = bool(mine) and promise.seconds is not None and abs(promise.seconds - ends[mine[0]]) > most
    suspect = promise.is_cut or bool(promise.damage)
    sound = full[mine[0]] if mine else None
    vague = made_up or suspect or short or leapt
    if sound and (vague or sound.fit.is_odd or sound.is_damaged or not sound.is_measured):
        try:
            ends[mine[0]], problem = decoded_end(path)
        except MediaError:
            if len(full) == 1:
                raise
            del ends[mine[0]], full[mine[0]]
            kinds.discard("audio")
    for n, track in enumerate(full):
        if track.kind == "video" and (promise.is_cut or names & RAW) and ends[n] > max(ends) - NEARLY:
            ends[n] = _shown_end(path, ends[n])
    if not problem and suspect:
        problem = problem_of((), promise, max(ends), "")
    return Probe(max(ends), "audio" in kinds, "video" in kinds, problem)


def _used_streams(container: av.container.InputContainer) -> list[Stream]:
    """Return the streams of sound and picture that all stages use: of several of a kind, one."""
    found = media_streams(container)
    used: list[Stream | None] = [container.streams.best("audio")]
    if any(stream.type == "video" for stream in found):
        used.append(film_stream(container))
    return [stream for stream in found if stream in used]


def _shown_end(path: str, seconds: float) -> float:
    """Return where a film's picture ends when decoded; seconds: where it ends by its packets."""
    from lib.video.reader import VideoReader

    with suppress(MediaError), VideoReader(path, rough=True) as film:
        for _ in film.frames(max(seconds - LAST_SECONDS, 0.0) * 1000):
            pass
        return film.end_ms / 1000
    return seconds


def _is_made_up(path: str, names: set[str], stream: Stream) -> bool:
    """Return whether the packets of a sound do not show its end: made-up stamps, links, repaired headers."""
    if names & (MADE_UP | VAGUE) or codec_name(stream) in VAGUE_CODECS or parts_of(path) != [None]:
        return True
    if "avi" in names and codec_name(stream) == "vorbis":  # whose packets are of two lengths, in even steps
        return True
    return "mov" in names and stream.frames == 0  # in fragments
