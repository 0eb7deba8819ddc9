"""Material of the page: sounds, pictures and loops of a file's samples, read in one pass."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np

from lib.audio.ranges import read_ranges
from lib.composing.frame_file import LATE_MS
from lib.errors import MediaError, NoAudioError, NoVideoError
from lib.explorer.loops import LoopSize, encode_loop, loop_times
from lib.io.files import atomic_path, media_path
from lib.video.frame import Frame
from lib.video.reader import VideoReader
from lib.video.spectrogram import spectrogram

# Hz: the rate of Opus, and of the page's sound.
OPUS_RATE = 48_000
FULL_SCALE = 32767
# How a sample is shown: by a plain cell, a picture of its film, a picture of its sound.
NOTHING, PICTURED, HEARD = 0, 1, 2


@dataclass(frozen=True)
class Segment:
    """A sample on the page: start and length of its sound, time of its picture, length of its loop: ms of its file."""

    start_ms: float
    dur_ms: float
    picture_ms: float
    loop_ms: float = 0.0


@dataclass(frozen=True)
class MaterialJob:
    """The samples of one file, and the path of their material (without extensions). width, height: of pictures; loop:
    of loops, if there are any."""

    folder: str
    filename: str
    segments: tuple[Segment, ...]
    target: str
    width: int
    height: int
    loop: LoopSize | None = None


@dataclass(frozen=True)
class Material:
    """The material of a file: see `gather`. loops: the sizes of each loop's frames; problem: the reason why a part of
    it could not be read, if any."""

    target: str
    shown: int
    first: tuple[int, ...]
    count: tuple[int, ...]
    width: int
    height: int
    loops: tuple[tuple[int, ...], ...] = ()
    problem: str = ""

    def sound(self, segment: int) -> np.ndarray:
        """Return the sound of a segment: int16, shape (samples,), at OPUS_RATE."""
        with open(f"{self.target}.sound", "rb") as file:
            file.seek(2 * self.first[segment])
            return np.frombuffer(file.read(2 * self.count[segment]), "<i2")

    def picture(self, segment: int) -> np.ndarray:
        """Return the picture of a segment: uint8 RGB, shape (height, width, 3). It must have one."""
        shape = (self.height, self.width, 3)
        size = self.height * self.width * 3
        with open(f"{self.target}.pictures", "rb") as file:
            file.seek(size * segment)
            return np.frombuffer(file.read(size), np.uint8).reshape(shape)

    @cached_property
    def _loop_at(self) -> list[int]:
        return list(accumulate(map(sum, self.loops), initial=0))

    def loop(self, segment: int) -> list[bytes]:
        """Return the frames of a segment's loop; [] if it has none."""
        if not self.loops:
            return []
        with open(f"{self.target}.loops", "rb") as file:
            file.seek(self._loop_at[segment])
            return [file.read(size) for size in self.loops[segment]]


def index_path(target: str) -> str:
    """Return the index file, whose existence says that the material is complete."""
    return f"{target}.json"


def gather(job: MaterialJob) -> None:
    """Write sounds, pictures and loops of one file to TARGET.sound, .pictures and .loops, then their index.

    A film gives the frame at each segment's time, its middle cropped to the shape of the cell; a file without a film,
    or with one that cannot be decoded, gives small spectrograms. Raises MediaError if neither sound nor film
    can be read.
    """
    path = media_path(job.folder, job.filename)
    Path(job.target).parent.mkdir(parents=True, exist_ok=True)
    problems: list[MediaError] = []
    half_read: list[str] = []
    first, count = [0] * len(job.segments), [0] * len(job.segments)
    with atomic_path(f"{job.target}.sound", follow=False) as part, open(part, "wb") as file:
        try:
            end = 0
            wanted = [(segment.start_ms, segment.dur_ms) for segment in job.segments]
            for n, sound in read_ranges(path, OPUS_RATE, 1, wanted, half_read.append):
                whole = np.round(np.clip(sound, -1.0, 1.0) * FULL_SCALE).astype("<i2")
                first[n], count[n] = end, len(whole)
                end += len(whole)
                file.write(whole.tobytes())
        except MediaError as error:
            problems.append(error)
            first, count = [0] * len(job.segments), [0] * len(job.segments)
    shown = PICTURED
    loops: list[list[bytes]] = []
    try:
        with atomic_path(f"{job.target}.pictures", follow=False) as part:
            loops, told = _take_pictures(path, job, part)
            half_read += told
    except MediaError as error:
        problems.append(error)
        shown = HEARD
    if len(problems) == 2:
        raise problems[0] if not isinstance(problems[0], NoAudioError) else problems[1]
    material = Material(job.target, shown, tuple(first), tuple(count), job.width, job.height)
    if shown == HEARD:
        with atomic_path(f"{job.target}.pictures", follow=False) as part, open(part, "wb") as file:
            for n in range(len(job.segments)):
                picture = spectrogram(material.sound(n) / FULL_SCALE, OPUS_RATE, job.width, job.height)
                file.write(picture.tobytes())
    if loops:
        with atomic_path(f"{job.target}.loops", follow=False) as part:
            Path(part).write_bytes(b"".join(frame for loop in loops for frame in loop))
    told = [str(e) for e in problems if not isinstance(e, NoAudioError | NoVideoError)] + half_read
    problem = told[0] if told else ""
    sizes = [[len(frame) for frame in loop] for loop in loops]
    index = {"shown": shown, "first": first, "count": count, "loops": sizes, "problem": problem}
    with atomic_path(index_path(job.target), follow=False) as part:
        Path(part).write_text(json.dumps(index), "utf-8")


def load(job: MaterialJob) -> Material:
    """Return the material that `gather` wrote."""
    index = json.loads(Path(index_path(job.target)).read_text("utf-8"))
    first, count = tuple(index["first"]), tuple(index["count"])
    loops = tuple(map(tuple, index["loops"]))
    return Material(job.target, index["shown"], first, count, job.width, job.height, loops, index["problem"])


def is_whole(job: MaterialJob) -> bool:
    """Return whether all files that `gather` wrote are there: somebody may have removed one."""
    try:
        material = load(job)
        sizes = {
            "sound": 2 * max(map(sum, zip(material.first, material.count))),
            "pictures": 3 * job.width * job.height * len(job.segments),
            "loops": sum(map(sum, material.loops)),
        }
        return all(os.path.getsize(f"{job.target}.{ending}") >= size for ending, size in sizes.items() if size)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _take_pictures(path: str, job: MaterialJob, target: str) -> tuple[list[list[bytes]], list[str]]:
    """Write the segments' pictures one after the other; return their loops, and where the film could not be read.

    One pass over the film: the frames of all segments in the order of their times. Segments that show the same frame
    share its picture.
    """
    loops: list[list[bytes]] = [[] for _ in job.segments] if job.loop else []
    times = [loop_times(s.picture_ms, s.loop_ms) if job.loop else [s.picture_ms] for s in job.segments]
    order = sorted((ms, n) for n, own in enumerate(times) for ms in own)
    moving: dict[int, list[np.ndarray]] = {}
    with VideoReader(path) as film, open(target, "wb") as file:
        now, large, quality = None, np.zeros(0, np.uint8), 0
        for ms, n in order:
            frame = next(iter(film.frames(ms + LATE_MS, ms + LATE_MS)))
            if n not in moving:
                moving[n] = []
                file.seek(job.width * job.height * 3 * n)
                file.write(_in_cell(frame, film, job.width, job.height).tobytes())
            if job.loop is None:
                continue
            if frame is not now:
                now, large = frame, _in_cell(frame, film, job.loop.width, job.loop.height)
            moving[n].append(large)
            if len(moving[n]) == len(times[n]):
                loops[n], quality = encode_loop(moving[n], job.loop.most_bytes, quality)
                moving[n] = []
        return loops, [film.problem] if film.problem else []


def _in_cell(frame: Frame, film: VideoReader, width: int, height: int) -> np.ndarray:
    """Return the middle of a frame, as large as it covers a cell of this size: uint8 RGB."""
    whole_width, whole_height = filling(film.width, film.height, width, height)
    left, top = (whole_width - width) // 2, (whole_height - height) // 2
    return frame.picture(whole_width, whole_height)[top : top + height, left : left + width]


def filling(width: float, height: float, cell_width: int, cell_height: int) -> tuple[int, int]:
    """Return the size in which a picture of this shape just covers a cell: whole pixels, (width, height)."""
    scale = max(cell_width / width, cell_height / height)
    return max(round(width * scale), cell_width), max(round(height * scale), cell_height)


def seconds(segments: Sequence[Segment]) -> float:
    """Return the total length of segments, in seconds."""
    return sum(segment.dur_ms for segment in segments) / 1000
