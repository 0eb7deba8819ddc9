"""Decoded frames of a file's sound, with their time stamps, and the damage met on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import av
import av.audio.frame
import av.audio.stream
import av.packet
import numpy as np
from av.stream import Disposition

from lib.audio.decoders import Decoders
from lib.audio.frame_headers import Fit, has_more, misfit
from lib.audio.packet_stamps import Counted, is_no_sound, without_outliers
from lib.audio.parts import parts_of
from lib.audio.sound_clock import Stamped
from lib.audio.sound_frames import Heard, Kind, Listener, planes_of, seconds_of
from lib.audio.wholeness import problem_of, promise_of, with_structure
from lib.errors import MediaError, NoAudioError
from lib.io.clock import SharedClock
from lib.io.ffmpeg import Part, open_media, packets, reason_of
from lib.io.origin import origin_us
from lib.io.states import file_state

# Rates outside of these (Hz) are damage: telephones have 8,000, the fastest recorders 768,000. At 1 Hz, minutes of
# sound would become days; a resampler from gigahertz would not fit into memory.
LOWEST_RATE, HIGHEST_RATE = 1000, 3_000_000
NO_AUDIO = "has no audio track"
# Decoded bytes that wait until the channels that carry sound are known: a minute of stereo. If they are not known by
# then, the whole file is analysed before reading continues.
WAITING_BYTES = 24 << 20
# Files whose channels are remembered.
REMEMBERED = 256
# Containers that can be joined by joining their bytes; their clocks restart.
JOINABLE = frozenset(("mpegts", "mpeg"))
# Bare streams: tags and junk at the end reach the decoder as if they were sound, and the demuxer counts the stamps by
# the first rate that it saw.
BARE = frozenset(("mp3", "aac", "ac3", "eac3", "dts", "truehd", "loas", "latm"))
# Its frames hold their number and checksum: after a damaged one the demuxer gives a packet without a stamp.
NUMBERED = "flac"
STILLS = Disposition.attached_pic | Disposition.timed_thumbnails


class Decoder:
    """Decodes the sound of one file from its beginning. Opening raises MediaError or NoAudioError; close it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._state = ""
        with suppress(OSError):
            self._state = file_state(path)
        self._parts = parts_of(path)
        self._open(self._parts[0])
        self.promise = promise_of(path, self._container, self._stream)
        if len(self._parts) > 1:  # the duration is that of the first part
            self.promise = replace(self.promise, seconds=None)
        self.ended = False
        self._decoded = False
        self._seconds = 0.0  # of sound that was decoded
        self._failure = ""  # the last one, as long as nothing was decoded after it
        self._damage: list[tuple[float, str]] = []  # (s, why) of failures that sound followed
        self._carriers: dict[tuple[str, ...], tuple[int, ...]] = {}

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self, part: Part | None) -> None:
        self._container = open_media(self.path, part)
        try:
            found = self._container.streams.best("audio")
            if found is None:
                raise NoAudioError(NO_AUDIO)
            assert isinstance(found, av.audio.stream.AudioStream)
            if found.codec_context is None:
                raise MediaError("its sound cannot be decoded (there is no decoder for it)")
            self._stream = found
        except BaseException:
            self._container.close()
            raise

    @property
    def native_rate(self) -> int:
        """The rate (Hz) that the file says its sound has; 48,000 if that is missing or impossible."""
        rate = self._stream.codec_context.sample_rate
        return rate if LOWEST_RATE <= rate <= HIGHEST_RATE else 48_000

    @property
    def native_channels(self) -> int:
        """The number of channels that the file says it has, 1 at least."""
        return max(self._stream.codec_context.channels, 1)

    @property
    def expected_seconds(self) -> float:
        """The length of the file by its header; 0 if that says nothing."""
        return (self._container.duration or 0) / av.time_base

    @property
    def is_compressed(self) -> bool:
        """Whether decoding takes more than copying."""
        return not self._stream.codec_context.name.startswith("pcm_")

    def carriers(self, kind: Kind) -> tuple[int, ...]:
        """Return which channels carry sound, for a kind of frames that was decoded."""
        return self._carriers[kind.names]

    def problem(self, seconds: float) -> str:
        """Return on one line what was wrong so far, `seconds` of sound; "": nothing."""
        promise = with_structure(self.path, self.promise) if self.ended else self.promise
        return problem_of(self._damage, promise, seconds, self._failure if self.ended else None)

    def frames(self) -> Iterator[Stamped[Heard]]:
        """Yield what can be decoded, in order; `carriers` is known of each frame that was yielded.

        Raises MediaError if there is sound and none of it can be decoded.
        """
        waiting: list[Stamped[Heard]] = []
        unknown: dict[tuple[str, ...], Listener] = {}
        size = 0
        for frame in self._frames():
            kind, planes = frame.item
            names = kind.names
            if names not in self._carriers and names not in unknown:
                found = (0,) if len(names) == 1 else _known.get((self.path, self._state, names))
                if found is None:
                    unknown[names] = Listener(kind)
                else:
                    self._carriers[names] = found
            if not unknown:
                yield frame
                continue
            waiting.append(frame)
            size += sum(plane.nbytes for plane in planes)
            if names in unknown and unknown[names].add(frame):
                self._decide(names, unknown.pop(names).carriers())
            if size > WAITING_BYTES:
                for names in list(unknown):
                    del unknown[names]
                    self._decide(names, _listen(self.path, names))
            if not unknown:
                yield from waiting
                waiting, size = [], 0
        for names, listener in unknown.items():
            self._decide(names, listener.carriers())
        yield from waiting

    def _decide(self, names: tuple[str, ...], carriers: tuple[int, ...]) -> None:
        self._carriers[names] = carriers
        if len(_known) >= REMEMBERED:
            del _known[next(iter(_known))]
        _known[self.path, self._state, names] = carriers

    def _frames(self) -> Iterator[Stamped[Heard]]:
        for number, part in enumerate(self._parts):
            if number:
                self._container.close()
                try:
                    self._open(part)
                except NoAudioError:
                    continue
                except MediaError as error:
                    self._failure = str(error)
                    continue
            yield from self._frames_of_part(restarts=number > 0)
        self.ended = True
        if not self._decoded and self._failure:
            raise MediaError(f"its sound cannot be decoded ({self._failure})")
        if not self._decoded:
            raise NoAudioError("has an audio track without sound")

    def _frames_of_part(self, restarts: bool) -> Iterator[Stamped[Heard]]:
        start = float(origin_us(self.path, self._container) or 0) / av.time_base
        names = self._container.format.name.split(",")
        bare, numbered = bool(BARE.intersection(names)), NUMBERED in names
        follows, kind = False, None
        known: tuple[int, str, str, int] | None = None
        fit, wrong = Fit(self._stream.codec_context.name), ""
        joinable = fit.looks and bool(JOINABLE.intersection(names))
        decode = Decoders(self._stream.codec_context).decode if joinable else av.packet.Packet.decode
        counted = Counted()
        last = self._last_stamp()
        for packet, shift in self._packets():
            if fit.looks and packet.size:
                wrong = fit.add(bytes(packet)) or wrong
            if numbered and packet.pts is None and packet.size and self._decoded:
                self._failure = "the data before it is not a frame, or its checksum is wrong"
            try:
                frames = decode(packet)
            except (av.error.FFmpegError, ValueError) as error:
                follows = False
                tagged = fit.looks and misfit(bytes(packet)) == 0  # a whole frame, with tags or zeros after it
                if not (bare and ((tagged and has_more(bytes(packet))) or is_no_sound(packet))):
                    self._failure = reason_of(error)
                continue
            unsure = bare or (joinable and counted.add(packet, seconds_of(frames)))
            for frame in frames:
                if not LOWEST_RATE <= frame.sample_rate <= HIGHEST_RATE:
                    self._failure = f"by its header it has {frame.sample_rate} samples per second"
                    follows = False
                elif frame.samples and frame.layout.nb_channels:
                    if (self._failure or wrong) and self._decoded:
                        self._damage.append((self._seconds, self._failure or wrong))
                    self._failure = wrong = ""
                    layout = frame.layout
                    described = frame.sample_rate, frame.format.name, layout.name, layout.nb_channels
                    if described != known or kind is None:
                        known = described
                        kind = Kind(*described[:2], tuple(channel.name for channel in layout.channels))
                    time = None if frame.time is None or shift is None or unsure else frame.time - start + shift
                    planes, count = _until(last, frame, kind)
                    length = count / frame.sample_rate
                    yield Stamped(time, length, follows, Heard(kind, planes), restarts)
                    self._seconds += length
                    self._decoded = follows = True
                    restarts = False
        if fit.is_cut:
            self.promise = replace(self.promise, is_cut=True)

    def _last_stamp(self) -> float | None:
        """Return where the container says that the sound ends, in s by its stamps; None unless it is exact to a sample.

        (mp4 and mov say how much of the last frame is sound; other containers tell the decoder to drop the rest.)
        """
        stream = self._stream
        if "mov" not in self._container.format.name.split(",") or not stream.frames or not stream.duration:
            return None
        return float(((stream.start_time or 0) + stream.duration) * (stream.time_base or 0))

    def _packets(self) -> Iterator[tuple[av.packet.Packet, float | None]]:
        """Yield the packets of sound, and the offset to add to their stamps (None: unknown)."""
        joinable = bool(JOINABLE.intersection(self._container.format.name.split(",")))
        if not joinable:
            for packet in self._read([self._stream]):
                yield packet, 0.0
            return
        streams = [s for s in self._container.streams if s.type in ("audio", "video") and not s.disposition & STILLS]
        ticks = {s.index: 1000 * float(s.time_base or 0) for s in streams}
        clock: SharedClock[av.packet.Packet] = SharedClock(joins=True)
        mine = self._stream.index

        def decided() -> Iterator[tuple[av.packet.Packet, float | None]]:
            for packet, believed in without_outliers(self._read(streams), mine):
                tick = ticks[packet.stream_index]
                order = packet.pts if packet.dts is None else packet.dts
                ms = None if order is None or not believed else order * tick
                shown = None if packet.pts is None or ms is None else packet.pts * tick
                length, begins = (packet.duration or 0) * tick, packet.is_keyframe
                yield from clock.add(packet, packet.stream_index, ms, length, shown, begins)
            yield from clock.end()

        for packet, moved in decided():
            if packet.stream_index == mine:
                yield packet, None if moved is None else moved / 1000

    def _read(self, streams: Sequence[Any]) -> Iterator[av.packet.Packet]:
        try:
            yield from packets(self._container, streams)
        except (av.error.FFmpegError, OSError) as error:  # cut off in the middle: what came before is good
            self._failure = reason_of(error)


def _until(last: float | None, frame: av.audio.frame.AudioFrame, kind: Kind) -> tuple[list[np.ndarray], int]:
    """Return the planes of a frame, and their samples per channel, up to a time by its stamps (s; None: all)."""
    planes, count = planes_of(frame, kind), frame.samples
    if last is not None and frame.time is not None and frame.time + count / frame.sample_rate > last:
        count = min(max(round((last - frame.time) * frame.sample_rate), 1), count)
        across = len(planes[0]) // frame.samples
        planes = [plane[: count * across] for plane in planes]
    return planes, count


# Which channels carry sound, by (path, state of the file, names of the channels).
_known: dict[tuple[str, str, tuple[str, ...]], tuple[int, ...]] = {}


def _listen(path: str, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return which channels carry sound, in frames with these; the file is decoded until that is known."""
    decoder = Decoder(path)
    try:
        listener: Listener | None = None
        for frame in decoder._frames():
            if frame.item.kind.names == names:
                listener = listener or Listener(frame.item.kind)
                if listener.add(frame):
                    break
        return listener.carriers() if listener else tuple(range(len(names)))
    finally:
        decoder.close()
