"""Decoded frames of a file's sound, with their time stamps, and what was wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import av
import av.audio.frame
import av.audio.stream
import av.packet
import numpy as np
from av.audio.plane import AudioPlane
from av.stream import Disposition

from lib.audio.channels import Levels
from lib.audio.parts import parts_of
from lib.audio.sound_clock import Stamped
from lib.audio.timeline import Timeline
from lib.audio.wholeness import LEAST_LOSS, Promise, promise_of
from lib.errors import MediaError, NoAudioError
from lib.io.ffmpeg import Part, open_media, packets
from lib.io.states import file_state

# Rates outside of these (Hz) are damage: telephones have 8,000, the fastest recorders 768,000. Minutes of sound would
# become days at 1 Hz, and a resampler from gigahertz would not fit into memory.
LOWEST_RATE, HIGHEST_RATE = 1000, 3_000_000
NO_AUDIO = "has no audio track"
# Frames that wait until it is known which channels carry sound (bytes as decoded): a minute of stereo. If it is not
# known by then, the file is listened through before it is read on.
WAITING_BYTES = 24 << 20
# Files whose channels are remembered.
REMEMBERED = 256
# Containers that are joined by joining their bytes, with clocks that begin anew.
JOINABLE = frozenset(("mpegts", "mpeg"))
# Bare streams, in which tags and junk at the end are handed to the decoder as if they were sound.
BARE = frozenset(("mp3", "aac", "ac3", "eac3"))
STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
# From this number of channels on, FFmpeg's list of a frame's planes has no end mark, and PyAV (19 too) reads beyond it.
MANY_PLANES = 8
_PLANES = {"u8p": "u1", "s16p": "<i2", "s32p": "<i4", "s64p": "<i8", "fltp": "<f4", "dblp": "<f8"}
_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}


class Kind(NamedTuple):
    """What decoded frames have in common: Hz, ffmpeg's names of the sample format and of the channels."""

    rate: int
    format: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """One decoded frame. values: as they are, a row for each channel if the format ends in p, else one row of all."""

    kind: Kind
    values: np.ndarray
    samples: int


def samples_of(frames: Sequence[np.ndarray], kind: Kind) -> np.ndarray:
    """Return decoded frames of one kind as float32, shape (samples, channels), full scale = 1, without NaN or infinity."""
    channels = len(kind.names)
    values = np.concatenate(frames, axis=1)
    values = values.T if kind.format.endswith("p") else values.reshape(-1, channels)
    scale = _FULL_SCALE.get(kind.format.removesuffix("p"))
    if scale is not None:
        values = values.astype(np.float32)
        if kind.format.startswith("u8"):
            values -= np.float32(128.0)
        values *= np.float32(1.0 / scale)
        return values
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes infinity, and then silence
        values = values.astype(np.float32, copy=False)
    return values if np.isfinite(values).all() else np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def _values(frame: av.audio.frame.AudioFrame) -> np.ndarray:
    if frame.layout.nb_channels < MANY_PLANES or frame.format.name not in _PLANES:
        return frame.to_ndarray()
    kind = np.dtype(_PLANES[frame.format.name])
    planes: list[Any] = [AudioPlane(frame, n) for n in range(frame.layout.nb_channels)]
    return np.stack([np.frombuffer(plane, kind, frame.samples) for plane in planes])


class Decoder:
    """Decodes the sound of one file from its beginning. Opening raises MediaError or NoAudioError; close it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._parts = parts_of(path)
        self._open(self._parts[0])
        self.promise = Promise() if len(self._parts) > 1 else promise_of(path, self._container, self._stream)
        if len(self._parts) > 1:
            self.promise = Promise(None, promise_of(path, self._container, self._stream).is_cut)
        self.ended = False
        self._decoded = False
        self._seconds = 0.0  # of sound that was decoded
        self._failure = ""  # the last, while nothing was decoded after it
        self._damage: list[tuple[float, str]] = []  # (s, why) of those that sound came after
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
            self._stream = found
        except BaseException:
            self._container.close()
            raise

    def carriers(self, kind: Kind) -> tuple[int, ...]:
        """Return which channels carry sound, of a kind that frames were of."""
        return self._carriers[kind.names]

    def problem(self, seconds: float) -> str:
        """Return on one line what was wrong with what was decoded so far, `seconds` of sound; "": nothing."""
        promised = self.promise.seconds
        if self.ended:
            short = promised is not None and seconds < promised - LEAST_LOSS
            if self._failure or short or self.promise.is_cut:
                whole = f" of {_brief(promised)}" if promised and promised > seconds else ""
                return f"read up to {_brief(seconds)} s{whole}: {self._failure or 'the file is cut off there'}"
        if self._damage:
            time, why = self._damage[0]
            more = f", and {len(self._damage) - 1} times more" if len(self._damage) > 1 else ""
            return f"damaged at {_brief(time)} s{more}, and read on after it: {why}"
        return ""

    def frames(self) -> Iterator[Stamped[Heard]]:
        """Yield what can be decoded, in order; `carriers` is known of each frame that was yielded.

        Raises MediaError if there is something and none of it can be decoded.
        """
        waiting: list[Stamped[Heard]] = []
        levels: dict[tuple[str, ...], Levels] = {}
        size = 0
        for frame in self._frames():
            heard = frame.item
            names = heard.kind.names
            if names not in self._carriers and names not in levels and len(names) > 1:
                levels[names] = Levels(names, heard.kind.rate)
            elif len(names) == 1:
                self._carriers[names] = (0,)
            if names in levels and levels[names].add(samples_of([heard.values], heard.kind)):
                self._carriers[names] = levels.pop(names).carriers()
            if not levels and not waiting:
                yield frame
                continue
            waiting.append(frame)
            size += heard.values.nbytes
            if levels and size > WAITING_BYTES:
                for unknown in list(levels):
                    del levels[unknown]
                    self._carriers[unknown] = channels_that_sound(self.path, unknown)
            if not levels:
                yield from waiting
                waiting, size = [], 0
        for names, heard_so_far in levels.items():
            self._carriers[names] = heard_so_far.carriers()
        yield from waiting

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
            yield from self._frames_of_part(anew=number > 0)
        self.ended = True
        if not self._decoded and self._failure:
            raise MediaError(f"its sound cannot be decoded ({self._failure})")
        if not self._decoded:
            raise NoAudioError("has an audio track without any sound in it")

    def _frames_of_part(self, anew: bool) -> Iterator[Stamped[Heard]]:
        start = (self._container.start_time or 0) / av.time_base
        bare = bool(BARE.intersection(self._container.format.name.split(",")))
        follows = False
        for packet, shift in self._packets():
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                follows = False
                if not (bare and _is_no_sound(packet)):
                    self._failure = str(error)
                continue
            for frame in frames:
                assert isinstance(frame, av.audio.frame.AudioFrame)
                if not LOWEST_RATE <= frame.sample_rate <= HIGHEST_RATE:
                    self._failure = f"by its header it has {frame.sample_rate} samples per second"
                    follows = False
                elif frame.samples and frame.layout.nb_channels:
                    if self._failure and self._decoded:
                        self._damage.append((self._seconds, self._failure))
                    self._failure = ""
                    kind = Kind(frame.sample_rate, frame.format.name, tuple(c.name for c in frame.layout.channels))
                    time = None if frame.time is None or shift is None else frame.time - start + shift
                    length = frame.samples / frame.sample_rate
                    yield Stamped(time, length, follows, Heard(kind, _values(frame), frame.samples), anew)
                    self._seconds += length
                    self._decoded = follows = True
                    anew = False

    def _packets(self) -> Iterator[tuple[av.packet.Packet, float | None]]:
        """Yield the packets of sound, and what is to be added to their stamps (None: nothing sure)."""
        joinable = JOINABLE.intersection(self._container.format.name.split(","))
        streams: Sequence[Any] = [self._stream]
        if joinable:
            streams = [s for s in self._container.streams if s.type in ("audio", "video")]
        timeline = Timeline()
        coming = packets(self._container, streams)
        while True:
            try:
                packet = next(coming)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError) as error:  # cut off in the middle: what came before is good
                self._failure = str(error)
                return
            shift: float | None = 0.0
            if joinable:
                order = packet.pts if packet.dts is None else packet.dts
                tick = packet.time_base
                stamp = None if order is None or not tick else float(order * tick)
                shift = timeline.shift(packet.stream_index, stamp, float((packet.duration or 0) * (tick or 0)))
                if packet.stream_index != self._stream.index:
                    continue
            yield packet, shift


def _is_no_sound(packet: av.packet.Packet) -> bool:
    """Say whether a packet of a bare stream does not begin as a frame of it does: tags, or junk, at its end."""
    head = bytes(packet)[:2]
    return len(head) < 2 or not (head[0] == 0xFF and head[1] & 0xE0 == 0xE0 or head == b"\x0b\x77")


def _brief(seconds: float | None) -> str:
    return f"{seconds:.2f}".rstrip("0").rstrip(".")


def channels_that_sound(path: str, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return which channels of a file carry sound, of the frames that have these: it is listened to until it is known.

    What was found is remembered while the file does not change.
    """
    return _listened(path, file_state(path), names)


@lru_cache(REMEMBERED)
def _listened(path: str, state: str, names: tuple[str, ...]) -> tuple[int, ...]:
    decoder = Decoder(path)
    try:
        levels: Levels | None = None
        for frame in decoder._frames():
            heard = frame.item
            if heard.kind.names != names:
                continue
            levels = levels or Levels(names, heard.kind.rate)
            if levels.add(samples_of([heard.values], heard.kind)):
                break
        return levels.carriers() if levels else tuple(range(len(names)))
    finally:
        decoder.close()
