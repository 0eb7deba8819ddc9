"""How long a media file really is, and whether there is sound and picture in it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

import av
import av.container
import av.packet
from av.audio.codeccontext import AudioCodecContext
from av.stream import Disposition, Stream

from lib.errors import MediaError
from lib.io.ffmpeg import open_media, packets

# Pictures that go with a recording without being a film of it: cover art, and the thumbnails of chapters.
STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
# A clock that falls back this far (s) or leaps this far ahead has begun anew: films that were joined end to end. Less
# is jitter, or a pause that somebody recorded.
FALLS_BACK, LEAPS_AHEAD = 1, 3600
# ffmpeg's side data "skip_samples": samples to skip at the packet's start and at its end, and two reasons.
SKIP_SAMPLES = struct.Struct("<IIBB")


@dataclass(frozen=True)
class Probe:
    """What is in a media file: seconds, and whether there is any sound and any video (cover art is no video).

    duration: from where the container's clock starts to the end of the last frame of sound or picture.
    """

    duration: float
    has_audio: bool
    has_video: bool


class _Track:
    """How far one track reaches, packet by packet. Times are whole ticks of the track's own clock, so exact."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.kind, self.index = stream, stream.type, stream.index
        self.tick = _fraction(stream.time_base) or Fraction(1, av.time_base)
        rate = _fraction(getattr(stream, "average_rate", None))
        # The length of a packet that does not say its own.
        self._usual = round(1 / (rate * self.tick)) if rate else 0
        self._back, self._ahead = round(-FALLS_BACK / self.tick), round(LEAPS_AHEAD / self.tick)
        self.packets = 0
        # What is added to the file's time stamps, since the clock last began anew.
        self._shift = 0
        self._next = 0
        self._previous = 0
        self.first: int | None = None
        self.end = 0
        self.keyframe = 0
        # The last packet, if it is cut off: its time stamp, and where it would end.
        self.cut: tuple[int | None, int] | None = None

    def _heard(self, packet: av.packet.Packet, length: int) -> int:
        """Return a packet's length without the padding at its end that a decoder leaves out."""
        data = bytes(packet.get_sidedata("skip_samples"))
        codec = self.stream.codec_context
        if len(data) < SKIP_SAMPLES.size or not isinstance(codec, AudioCodecContext) or not codec.sample_rate:
            return length
        sample = 1 / (codec.sample_rate * self.tick)
        padding = round(SKIP_SAMPLES.unpack_from(data)[1] * sample)
        # Some containers give the length with the padding, some without: what is heard is less than a whole frame.
        whole = max(length, self._previous, round((codec.frame_size or 0) * sample))
        return max(min(length, whole - padding), 0)

    def add(self, packet: av.packet.Packet) -> None:
        """Count a packet in."""
        length = packet.duration or self._usual
        pts, dts = packet.pts, packet.dts
        order = pts if dts is None else dts
        if order is None:  # a bare stream without a clock: one packet after the other
            order = shown = self._next - self._shift
        else:
            shown = order if pts is None else pts
        if self.first is None:
            self.first = shown
        elif not self._back <= order + self._shift - self._next <= self._ahead:
            self._shift = self._next - order
        self._next = order + self._shift + length
        if packet.is_keyframe:
            self.keyframe = self.packets
        heard = self._heard(packet, length) if self.kind == "audio" and packet.has_sidedata("skip_samples") else length
        end = shown + self._shift + heard
        self.cut = (pts, end) if packet.is_corrupt else None
        if not (packet.is_discard or packet.is_corrupt):
            self.end = max(self.end, end)
        self.packets += 1
        self._previous = length

    def seconds(self, start: int | None) -> float:
        """Return the track's end in seconds after `start` (container time in microseconds; None: its own first)."""
        origin = (self.first or 0) * self.tick if start is None else Fraction(start, av.time_base)
        return max(float(self.end * self.tick - origin), 0.0)


def _fraction(rational: object) -> Fraction | None:
    """Return PyAV's rational number (its type changed in version 19) as a Fraction; None where there is none."""
    numerator, denominator = getattr(rational, "numerator", 0), getattr(rational, "denominator", 0)
    return Fraction(numerator, denominator) if numerator and denominator else None


def _tracks(container: av.container.InputContainer) -> list[_Track]:
    return [_Track(s) for s in container.streams if s.type in ("audio", "video") and not s.disposition & STILLS]


def _read_to_the_end(container: av.container.InputContainer, tracks: list[_Track]) -> None:
    """Demux every packet: what is there counts, not what the header says."""
    by_index = {track.index: track for track in tracks}
    try:
        for packet in packets(container, [track.stream for track in tracks]):
            if packet.size or packet.dts is not None:  # else it is PyAV's mark of the end
                by_index[packet.stream_index].add(packet)
    except (av.error.FFmpegError, OSError):
        pass  # broken off in the middle: what came before is there


def _is_decoded(path: str, track: _Track, stamp: int | None) -> bool:
    """Say whether a frame comes out of the last packet, which is cut off: some decoders make one of what is there."""
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
    """Return how long a media file is and what is in it.

    path: the file; fast: believe its header (much quicker, and wrong where the header is); by default every packet is
    read (not decoded), and the length is that of a full decode, to a frame. A header that names no length makes fast
    read it too. Raises MediaError if the file cannot be read, or has neither sound nor picture in it.
    """
    with open_media(path) as container:
        tracks = _tracks(container)
        if not tracks:
            raise MediaError("has neither sound nor picture in it")
        if fast and container.duration is not None and container.duration > 0:
            kinds = {track.kind for track in tracks}
            return Probe(container.duration / av.time_base, "audio" in kinds, "video" in kinds)
        start = container.start_time
        _read_to_the_end(container, tracks)
    full = [track for track in tracks if track.packets]
    if not full:
        raise MediaError("has neither sound nor picture in it: only a header")
    for track in full:
        if track.cut and track.cut[1] > track.end and _is_decoded(path, track, track.cut[0]):
            track.end = track.cut[1]
    kinds = {track.kind for track in full}
    return Probe(max(track.seconds(start) for track in full), "audio" in kinds, "video" in kinds)
