"""The pictures of a film as files: one file per source, filled in one pass over it, and read at random.

A file gets its name when it is complete: after a kill it exists or it does not, and existing ones are used again.
"""

from __future__ import annotations

import os
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lib.errors import MediaError, NoAudioError, NoVideoError
from lib.io.files import atomic_path, open_regular
from lib.io.states import bytes_digest, file_state
from lib.video.frame import Frame
from lib.video.planes import CHROMA, RGB, Bytes, Planes
from lib.video.reader import VideoReader

# A change here invalidates the files of earlier versions.
VERSION = 3

# The end of a file: the mark, the bytes of its pictures, the number of times, the bytes of what was wrong with the
# source, a digest of its inputs.
TRAILER = struct.Struct("<8sQQQ32s")

MARK = b"MTseen02"

# Hz: a spectrogram is empty above half of this.
SPECTROGRAM_RATE = 22_050

# Files open at a time: systems allow some hundreds, and a collection has thousands.
MOST_OPEN = 64


@dataclass(frozen=True)
class SourceJob:
    """The pictures wanted of one source, and their file.

    ms: the times in the source, rising; look: the numbers of the looks seen at these times. looks: (start, length in
    ms, caption) of each: the range is that of the spectrogram of a sound. kind: of the pictures, of which the upper
    left part is filled, `width` x `height` pixels; fit: crop or contain.
    """

    source: str
    target: str
    ms: npt.NDArray[np.float64]
    look: npt.NDArray[np.int64]
    looks: tuple[tuple[float, float, str], ...]
    kind: Planes
    width: int
    height: int
    fit: str

    def made_from(self) -> bytes:
        """Return what a file depends on, by which a stale one is recognised: a digest, 32 bytes."""
        settings = VERSION, file_state(self.source), self.kind, self.width, self.height, self.fit, self.looks
        text = repr(settings).encode("utf-8", "surrogateescape")
        return bytes_digest([text, self.ms.tobytes(), self.look.tobytes()]).encode("ascii")


@dataclass(frozen=True)
class Kept:
    """The content of a file: which of its pictures each place in `ms` shows, and where the source could not be read."""

    which: npt.NDArray[np.int64]
    problem: str


def extract(job: SourceJob) -> None:
    """Write one source's file, with the note where the source could not be read ("": nowhere so far).

    A source without a picture gives spectrograms of its samples. Raises MediaError if it cannot be read at all (then
    no file is written), or the file cannot be written.
    """
    try:
        made_from = job.made_from()
    except OSError as error:
        raise MediaError(f"cannot be read ({error.strerror or error})") from error
    with atomic_path(job.target, follow=False) as part, open(part, "wb") as file:
        which = np.zeros(len(job.ms), "<i8")
        count = 0
        problems: list[str] = []
        for picture, caption, places in _seen(job, problems.append):
            file.write(_captioned(picture, caption, job).data)
            which[places] = count
            count += 1
        problem = "".join(problems[:1]).encode("utf-8", "surrogateescape")
        file.write(which.tobytes() + problem)
        file.write(TRAILER.pack(MARK, count * job.kind.count, len(which), len(problem), made_from))


def _seen(job: SourceJob, notify: Callable[[str], None]) -> Iterator[tuple[Bytes, str, list[int]]]:
    """Yield (picture, caption, places in `ms` that show it). notify: called with where the source could not be read."""
    try:
        film = VideoReader(job.source, crop_bars=True)
    except NoVideoError:
        yield from _drawn(job, notify)
        return
    with film:
        film.expect(job.ms)
        frame: Frame | None = None
        places: dict[str, list[int]] = {}
        for place, (ms, look) in enumerate(zip(job.ms.tolist(), job.look.tolist())):
            if frame is None or ms >= frame.ms + frame.length_ms:
                before, frame = frame, next(film.frames(ms))
                if before is not None and before is not frame:
                    yield from _with_captions(before, places, job)
                    places = {}
            places.setdefault(job.looks[look][2], []).append(place)
        if frame is not None:
            yield from _with_captions(frame, places, job)
        if problem := film.problem:
            notify(problem)


def _captioned(picture: Bytes, caption: str, job: SourceJob) -> Bytes:
    """Return a picture of the job's format with a caption on it."""
    if not caption.strip():
        return picture
    from lib.text.captions import caption_planes, draw_caption

    if job.kind.pixels == RGB:
        rgb = picture.reshape(job.kind.height, job.kind.width, 3)
        return draw_caption(rgb[: job.height, : job.width], caption).reshape(-1)
    picture = picture.copy()
    caption_planes(list(job.kind.of(picture)), job.width, job.height, caption)
    return picture


def _with_captions(
    frame: Frame, places: dict[str, list[int]], job: SourceJob
) -> Iterator[tuple[Bytes, str, list[int]]]:
    picture = shown_as(frame, job)
    for caption, showing in places.items():
        yield picture, caption, showing


def _drawn(job: SourceJob, notify: Callable[[str], None]) -> Iterator[tuple[Bytes, str, list[int]]]:
    """Yield the spectrograms of the samples; NoVideoError if there is no sound either."""
    from lib.audio.ranges import read_ranges  # the reader of sound, which films start quicker without
    from lib.video.spectrogram import spectrogram

    places: dict[tuple[float, float, str], list[int]] = {}
    for place, look in enumerate(job.look.tolist()):
        places.setdefault(job.looks[look], []).append(place)
    looks = list(places)
    try:
        for n, sound in read_ranges(job.source, SPECTROGRAM_RATE, 1, [look[:2] for look in looks], notify):
            picture = spectrogram(sound.reshape(-1), SPECTROGRAM_RATE, job.width, job.height)
            yield job.kind.padded(picture), looks[n][2], places[looks[n]]
    except NoAudioError as error:
        raise NoVideoError("has neither sound nor picture") from error


def shown_as(frame: Frame, job: SourceJob) -> Bytes:
    """Return a frame as a picture of the job's format: its middle (crop), or all of it on black (contain).

    Directly from its planes if possible, else through RGB.
    """
    kind, size = job.kind, (job.width, job.height)
    scale = (max if job.fit == "crop" else min)(job.width / frame.width, job.height / frame.height)
    whole = max(round(frame.width * scale), 1), max(round(frame.height * scale), 1)
    planes = None
    if kind.pixels != RGB and size == (kind.width, kind.height):
        planes = frame.planes(*whole, kind.pixels)
    if planes is None:
        canvas = np.zeros((*size[::-1], 3), np.uint8)
        _lay(canvas, frame.stretched(*whole), 1, 1)
        return kind.padded(canvas)
    picture = kind.black()
    for n, (target, plane) in enumerate(zip(kind.of(picture), planes)):
        _lay(target, plane, *(CHROMA[kind.pixels] if n else (1, 1)))
    return picture


def _lay(target: Bytes, source: Bytes, across: int, down: int) -> None:
    """Lay the middle of a plane over the middle of another one, of any size.

    across, down: pixels per sample of the plane: it is laid at even pixels.
    """
    places = []
    for own, other, step in ((target.shape[0], source.shape[0], down), (target.shape[1], source.shape[1], across)):
        less, more = sorted((own, other))
        begin = (more - less) * step // 2 // 2 * 2 // step
        inner, outer = slice(0, less), slice(begin, begin + less)
        places.append((outer, inner) if own > other else (inner, outer))
    (rows, from_rows), (columns, from_columns) = places
    target[rows, columns] = source[from_rows, from_columns]


def open_pictures(job: SourceJob) -> Kept | None:
    """Return the content of the job's file; None if it is missing or stale."""
    try:
        with open_regular(job.target) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(size - TRAILER.size)
            mark, begin, count, told, made_from = TRAILER.unpack(file.read())
            if mark != MARK or made_from != job.made_from() or count != len(job.ms):
                return None
            if begin + 8 * count + told + TRAILER.size != size or begin % job.kind.count:
                return None
            file.seek(begin)
            which = np.frombuffer(file.read(8 * count), "<i8").astype(np.int64)
            problem = file.read(told).decode("utf-8", "surrogateescape")
    except (OSError, ValueError, struct.error):
        return None
    inside = ((which >= 0) & (which < begin // job.kind.count)).all()
    return Kept(which, problem) if inside else None


class Pictures:
    """Reads pictures from many files, a few of which are open at a time; use it in a `with`."""

    def __init__(self, paths: Sequence[str], kind: Planes) -> None:
        self._paths, self._kind = paths, kind
        self._open: OrderedDict[int, BinaryIO] = OrderedDict()

    def __enter__(self) -> Pictures:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def read(self, source: int, number: int) -> Bytes:
        """Return picture `number` of a source's file, uint8, shape (bytes,). Raises MediaError if it is gone."""
        path = self._paths[source]
        try:
            if source not in self._open:
                if len(self._open) >= MOST_OPEN:
                    self._open.popitem(last=False)[1].close()
                self._open[source] = open(path, "rb", buffering=0)  # noqa: SIM115 (closed by __exit__)
            self._open.move_to_end(source)
            file = self._open[source]
            file.seek(number * self._kind.count)
            data = file.read(self._kind.count)
        except OSError as error:
            raise MediaError(f"cannot be read ({error.strerror or error}): run the same command again", path) from error
        if len(data) != self._kind.count:
            raise MediaError("is gone or damaged: run the same command again", path)
        return np.frombuffer(data, np.uint8)
