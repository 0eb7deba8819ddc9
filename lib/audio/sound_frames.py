"""Decoded frames of sound: their kind, their planes, and the samples that these hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import av.audio.frame
import numpy as np
from av.audio.plane import AudioPlane

from lib.audio.channels import WINDOW_SECONDS, Levels
from lib.audio.sound_clock import Stamped

# From this number of channels on, FFmpeg's list of a frame's planes has no end mark: PyAV reads beyond it (18), or
# fails (19).
MANY_PLANES = 8

_TYPES = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "s64": np.int64, "flt": np.float32, "dbl": np.float64}

_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}


class Kind(NamedTuple):
    """The common properties of decoded frames: Hz, ffmpeg's names of the sample format and of the channels."""

    rate: int
    format: str
    names: tuple[str, ...]


class Heard(NamedTuple):
    """One decoded frame. planes: one for each channel if the format ends in p, else one in which channels alternate."""

    kind: Kind
    planes: list[np.ndarray]


class Gathered:
    """The samples of frames of one kind, copied as they come, so that the decoder can use their memory again.

    samples: the expected number of samples per channel; more are taken.
    """

    def __init__(self, kind: Kind, samples: int) -> None:
        self._kind = kind
        name, channels = kind.format.removesuffix("p"), len(kind.names)
        self._planar = kind.format.endswith("p")
        self._step = 1 if self._planar else channels
        self._held = np.empty((channels if self._planar else 1, max(samples, 1) * self._step), _TYPES[name])
        self._used = 0

    def add(self, planes: list[np.ndarray]) -> None:
        """Add a frame."""
        begin, end = self._used, self._used + len(planes[0])
        if end > self._held.shape[1]:
            more = np.empty((len(self._held), max(end, 2 * self._held.shape[1])), self._held.dtype)
            more[:, :begin] = self._held[:, :begin]
            self._held = more
        for row, plane in zip(self._held, planes):
            row[begin:end] = plane
        self._used = end

    def __len__(self) -> int:
        return self._used // self._step

    def samples(self) -> np.ndarray:
        """Return them as float32, shape (samples, channels), full scale = 1, all finite."""
        held = self._held[:, : self._used]
        values: np.ndarray = held.T if self._planar else held.reshape(-1, self._step)
        name = self._kind.format.removesuffix("p")
        scale = _FULL_SCALE.get(name)
        if scale is not None:
            values = values.astype(np.float32)
            if name == "u8":
                values -= np.float32(128.0)
            values *= np.float32(1.0 / scale)
            return values
        with np.errstate(over="ignore"):  # a float64 too large for float32 becomes infinity, and then silence
            values = values.astype(np.float32, copy=False)
        return values if np.isfinite(values).all() else np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def samples_of(frames: Sequence[list[np.ndarray]], kind: Kind) -> np.ndarray:
    """Return the planes of frames of one kind as float32, shape (samples, channels), full scale = 1, all finite."""
    gathered = Gathered(
        kind, sum(len(planes[0]) for planes in frames) // (1 if kind.format.endswith("p") else len(kind.names))
    )
    for planes in frames:
        gathered.add(planes)
    return gathered.samples()


def planes_of(frame: av.audio.frame.AudioFrame, kind: Kind) -> list[np.ndarray]:
    """Return the planes of a frame as arrays, which keep the frame in memory."""
    count, planar = frame.samples, kind.format.endswith("p")
    if not planar:
        count *= len(kind.names)
    many = planar and len(kind.names) >= MANY_PLANES
    planes: Any = [AudioPlane(frame, n) for n in range(len(kind.names))] if many else frame.planes
    sample = _TYPES[kind.format.removesuffix("p")]
    return [np.frombuffer(plane, sample, count) for plane in planes]


def seconds_of(frames: Sequence[av.audio.frame.AudioFrame]) -> float:
    """Return how long frames sound."""
    return sum(frame.samples / frame.sample_rate for frame in frames if frame.sample_rate)


class Listener:
    """Finds out which channels carry sound, frame by frame, a second of them at a time."""

    def __init__(self, kind: Kind) -> None:
        self._levels = Levels(kind.names, kind.rate)
        self._held: list[list[np.ndarray]] = []
        self._kind, self._seconds = kind, 0.0

    def add(self, frame: Stamped[Heard]) -> bool:
        """Listen to a frame; return whether all channels are known to carry sound."""
        kind = frame.item.kind
        done = kind != self._kind and self._listen()
        self._kind = kind
        self._held.append(frame.item.planes)
        self._seconds += frame.length
        return done or (self._seconds >= WINDOW_SECONDS and self._listen())

    def _listen(self) -> bool:
        held, self._held, self._seconds = self._held, [], 0.0
        return bool(held) and self._levels.add(samples_of(held, self._kind))

    def carriers(self) -> tuple[int, ...]:
        """Return the channels that carry sound, as far as is known."""
        self._listen()
        return self._levels.carriers()
