"""The frame store: the pictures of all clips, in the largest size that each is shown in, ready to be drawn.

One file per film holds the frames of all clips from it, each a pyramid (`lib.composing.mipmaps`), made in one pass over
the film; clips that show one frame in one size share it. Files are mapped into memory, not read. A file ends with an
index of what it was made from, and is renamed to its name when it is whole: after a kill it is there, or it is not.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lib.composing.mipmaps import level_sizes, pyramid, pyramid_bytes
from lib.composing.rasterizer import DrawList
from lib.errors import MediaError
from lib.io.files import atomic_path
from lib.io.states import file_state, text_digest
from lib.io.temporary import remove_abandoned
from lib.parallel.jobs import Outcome, on_cluster
from lib.parallel.run import run_many
from lib.video.reader import Frame, VideoReader

VERSION = 3
"""A change here makes the files of earlier versions be made anew."""
TRAILER = struct.Struct("<8sQQI")
"""How a file ends: the mark, where the index begins, its length, its checksum."""
MARK = b"MTframes"
LARGEST_SIDE = 1 << 16
"""No picture is wider or higher than so many pixels."""
LATE_MS = 0.5
"""Tables give whole milliseconds: a frame that begins this little later than asked for is the one that is meant."""
CLIP_KEY_MS = 1e8
"""More than any clip lasts (28 h): clip number x this + ms puts the times of all clips in one rising row."""


@dataclass(frozen=True)
class ClipRange:
    """What a clip shows: the frames of its film from `start_ms` to before `start_ms + dur_ms`, in a cell of this size.

    width, height: pixels, the largest that the cell ever is. shape: width / height of the part of the film that is to
    fill it: that of the cell at rest, if it is ever stretched one way; 0: that of `width` and `height`.
    """

    start_ms: float
    dur_ms: float
    width: int
    height: int
    shape: float = 0.0


@dataclass(frozen=True)
class FilmJob:
    """The clips of one film, and the file of the store that they go into.

    fit: how pictures fill cells: fill, contain or warp. crop_bars: leave out black bars that stay through the film.
    """

    film: str
    target: str
    clips: tuple[ClipRange, ...]
    fit: str
    crop_bars: bool = False

    def made_from(self) -> dict[str, object]:
        """Return what tells a file of the store that is right from one that is stale."""
        clips = [[c.start_ms, c.dur_ms, c.width, c.height, c.shape] for c in self.clips]
        digest = text_digest(json.dumps(clips), 64)
        return {
            "version": VERSION,
            "film": file_state(self.film),
            "clips": digest,
            "fit": self.fit,
            "crop": self.crop_bars,
        }


@dataclass(frozen=True)
class FilmFrames:
    """A file of the store, opened: `data`, the mapped bytes; per clip its picture's size and how many frames it has;
    of all frames, clip by clip, the time after the clip's start (ms, from 0, rising) and where in `data` they are.
    aspect: width / height of the film.
    """

    data: npt.NDArray[np.uint8]
    sizes: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    ms: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    aspect: float


def store_name(folder: str | Path, filename: str) -> str:
    """Return the path of a film's file in the store `folder`."""
    return str(Path(folder) / f"{text_digest(filename)}.frames")


def extract(job: FilmJob) -> None:
    """Write one film's file. Raises MediaError if the film cannot be read, or the file not be written."""
    try:
        made_from = job.made_from()
    except OSError as error:  # it was there a moment ago
        raise MediaError(f"cannot be read ({error.strerror or error})") from error
    with VideoReader(job.film, job.crop_bars) as film, atomic_path(job.target, follow=False) as part:
        sizes = [_fitted(film, clip, job.fit) for clip in job.clips]
        found: list[list[tuple[float, int]]] = [[] for _ in job.clips]
        with open(part, "wb") as file:
            checksum, end = 0, 0
            for frame, clips in _shown(film, job.clips):
                written: dict[tuple[int, int, float], int] = {}
                for n in clips:
                    seen = (*sizes[n], job.clips[n].shape)
                    if seen not in written:
                        picture = pyramid(_picture(frame, *seen, job.fit))
                        written[seen] = end
                        checksum = zlib.crc32(picture.data, checksum)
                        end += file.write(picture.data)
                    found[n].append((max(frame.ms - job.clips[n].start_ms, 0.0), written[seen]))
            about = {"made_from": made_from, "bytes": end, "checksum": checksum, "aspect": film.width / film.height}
            _write_index(file, end, about, sizes, found)


def _fitted(film: VideoReader, clip: ClipRange, fit: str) -> tuple[int, int]:
    """Return the size in which a clip's pictures are kept: its cell's, or what of that the film has pixels for."""
    width, height = float(clip.width), float(clip.height)
    if fit == "contain":
        scale = min(width / film.width, height / film.height, 1.0)
        width, height = math.ceil(film.width * scale - 1e-6), math.ceil(film.height * scale - 1e-6)
    else:  # larger than the film is drawn by the renderer, not kept
        part_width, part_height = _part(film, clip.shape or width / height, fit)
        width, height = min(width, part_width), min(height, part_height)
    return max(round(width), 1), max(round(height), 1)


def _part(film: VideoReader | Frame, shape: float, fit: str) -> tuple[float, float]:
    """Return the width and height, in pixels of the film, of what is shown of it: the middle, if it is to fill."""
    if fit != "fill":
        return film.width, film.height
    return min(film.width, film.height * shape), min(film.height, film.width / shape)


def _picture(frame: Frame, width: int, height: int, shape: float, fit: str) -> npt.NDArray[np.uint8]:
    """Return a frame as uint8 RGB, (height, width, 3): the middle of it if it is to fill."""
    if fit != "fill":
        return frame.picture(width, height)
    part_width, part_height = _part(frame, shape or width / height, fit)
    whole_width = max(round(frame.width * width / part_width), width)
    whole_height = max(round(frame.height * height / part_height), height)
    left, top = (whole_width - width) // 2, (whole_height - height) // 2
    return frame.stretched(whole_width, whole_height)[top : top + height, left : left + width]


def _shown(film: VideoReader, clips: Sequence[ClipRange]) -> Iterator[tuple[Frame, list[int]]]:
    """Yield the film's frames, each with the numbers of the clips that show it, in one pass."""
    order = sorted(range(len(clips)), key=lambda n: clips[n].start_ms)
    ends = [clip.start_ms + max(clip.dur_ms, 1.0) for clip in clips]
    place = 0
    while place < len(order):
        # Clips that follow each other without a hole are read together; the film decides when a hole is worth a jump.
        last = place
        end = ends[order[place]]
        while last + 1 < len(order) and clips[order[last + 1]].start_ms <= end:
            last += 1
            end = max(end, ends[order[last]])
        active: list[int] = []
        before: Frame | None = None
        for frame in film.frames(clips[order[place]].start_ms, end):
            if before is not None:
                place, active = _showing(clips, ends, order, place, last, active, before.ms, frame.ms)
                yield before, active
            before = frame
        if before is not None:
            place, active = _showing(clips, ends, order, place, last, active, before.ms, math.inf)
            yield before, active
        place = last + 1


def _showing(
    clips: Sequence[ClipRange], ends: Sequence[float], order: Sequence[int], place: int, last: int,
    active: list[int], begin: float, end: float,
) -> tuple[int, list[int]]:  # fmt: skip
    """Return the next place in `order`, and the clips that show the frame from `begin` to before `end`."""
    while place <= last and clips[order[place]].start_ms + LATE_MS < end:
        active = [*active, order[place]]
        place += 1
    return place, [n for n in active if ends[n] > begin + LATE_MS]


def _write_index(
    file: BinaryIO, end: int, about: dict[str, object], sizes: Sequence[tuple[int, int]],
    found: Sequence[Sequence[tuple[float, int]]],
) -> None:  # fmt: skip
    head = json.dumps(about).encode()
    flat = [entry for entries in found for entry in entries]
    arrays = (
        np.array(sizes, "<i8").reshape(-1, 2),
        np.array([len(entries) for entries in found], "<i8"),
        np.array([ms for ms, _ in flat], "<f8"),
        np.array([offset for _, offset in flat], "<i8"),
    )
    index = struct.pack("<QQQ", len(head), len(sizes), len(flat)) + head + b"".join(a.tobytes() for a in arrays)
    file.write(index)
    file.write(TRAILER.pack(MARK, end, len(index), zlib.crc32(index)))


def open_frames(target: str, made_from: dict[str, object] | None, verify: bool = False) -> FilmFrames | None:
    """Open a film's file of the store; None if it is not there, damaged, or not made from this (None: from anything).

    verify: also read all of its pictures and compare their checksum.
    """
    try:
        with open(target, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(size - TRAILER.size)
            mark, begin, length, checksum = TRAILER.unpack(file.read())
            if mark != MARK or begin + length + TRAILER.size != size:
                return None
            file.seek(begin)
            index = file.read(length)
        if zlib.crc32(index) != checksum:
            return None
        head_length, clips, frames = struct.unpack_from("<QQQ", index)
        place = 24 + head_length
        about = json.loads(index[24:place])
        if (made_from is not None and about["made_from"] != made_from) or about["bytes"] != begin:
            return None
        numbers = []
        for kind, count in (("<i8", 2 * clips), ("<i8", clips), ("<f8", frames), ("<i8", frames)):
            numbers.append(np.frombuffer(index, kind, count, place))
            place += 8 * count
        data = np.memmap(target, np.uint8, "r", shape=(begin,)) if begin else np.zeros(0, np.uint8)
        if verify and zlib.crc32(data.data) != about["checksum"]:
            return None
        sizes, counts, ms, offsets = numbers
        found = FilmFrames(data, sizes.reshape(-1, 2), counts, ms, offsets, float(about["aspect"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, struct.error):
        return None
    return found if _stays_inside(found) else None


def _stays_inside(found: FilmFrames) -> bool:
    """Say whether the index leads nowhere but into its file: it may be a stranger's, and who draws does not look."""
    if not (0 < found.aspect < math.inf and np.isfinite(found.ms).all()):
        return False
    inside = (found.sizes >= 1) & (found.sizes <= LARGEST_SIDE)
    if not inside.all() or not ((found.counts >= 1) & (found.counts <= len(found.ms))).all():
        return False
    if found.counts.sum() != len(found.ms):
        return False
    sizes, which = np.unique(found.sizes, axis=0, return_inverse=True)
    needed = np.array([pyramid_bytes(width, height) for width, height in sizes.tolist()], np.int64)
    last = len(found.data) - np.repeat(needed[which.reshape(-1)], found.counts) if len(sizes) else found.offsets
    return bool(((found.offsets >= 0) & (found.offsets <= last)).all())


def fill_store(
    jobs: Sequence[FilmJob], threads: int, verify: bool = False, anew: bool = False, cluster: str = ""
) -> Iterator[Outcome[FilmJob, None]]:
    """Make the files of the store that are not there yet, or stale, or damaged; yield an Outcome for each job.

    verify: look at every picture for damage; anew: make all again; cluster: address of a Dask cluster to do it on ("":
    here). Raises MediaError if that cannot be used.
    """
    missing = []
    for index, job in enumerate(jobs):
        try:
            there = not anew and open_frames(job.target, job.made_from(), verify) is not None
        except FileNotFoundError:
            yield Outcome(index, job, error="no such file", kind=MediaError)
            continue
        except OSError as error:
            yield Outcome(index, job, error=f"cannot be read ({error.strerror or error})", kind=MediaError)
            continue
        if there:
            yield Outcome(index, job)
        else:
            missing.append(index)
    todo = [jobs[index] for index in missing]
    folders = {os.path.dirname(job.target) for job in jobs}
    where = on_cluster(cluster, [job.film for job in todo], folders)
    try:
        for outcome in run_many(extract, todo, threads, where):
            yield Outcome(missing[outcome.index], outcome.job, error=outcome.error, kind=outcome.kind)
    finally:
        for folder in map(Path, folders):
            if folder.is_dir():
                remove_abandoned(folder)  # workers that were stopped in the middle of a film


class ClipFrames:
    """The frames of all clips of a composition, from all files of the store, ready to be drawn.

    Clip n of the composition is clip `places[n][1]` of `films[places[n][0]]`, or has no pictures (None).
    """

    def __init__(self, films: Sequence[FilmFrames], places: Sequence[tuple[int, int] | None], fit: str) -> None:
        self._films, self._fit = list(films), fit
        self.pixels, bases = _one_array([film.data for film in films])
        starts = [np.concatenate([[0], np.cumsum(film.counts)]).astype(np.int64) for film in films]
        ms, offsets = [np.zeros(0)], [np.zeros(0, np.int64)]
        counts, sizes, aspects = [], [], []
        for place in places:
            if place is None:
                counts.append(0)
                sizes.append((1, 1))
                aspects.append(1.0)
                continue
            film, clip = films[place[0]], place[1]
            part = slice(starts[place[0]][clip], starts[place[0]][clip + 1])
            ms.append(film.ms[part])
            offsets.append(film.offsets[part] + bases[place[0]])
            counts.append(int(film.counts[clip]))
            sizes.append((int(film.sizes[clip, 0]), int(film.sizes[clip, 1])))
            aspects.append(film.aspect)
        self.counts = np.array(counts, np.int64)
        self._first = np.concatenate([[0], np.cumsum(self.counts)[:-1]]).astype(np.int64) if counts else self.counts
        self._offsets = np.concatenate(offsets)
        self._keys = np.concatenate(ms) + np.repeat(np.arange(len(counts)) * CLIP_KEY_MS, self.counts)
        self._aspects = np.array(aspects)
        self._level_offsets, self._level_sizes = _levels(sizes)

    def draws(
        self, clips: npt.NDArray[np.int64], ms: npt.NDArray[np.float64], box: Sequence[npt.NDArray[np.float64]],
        settings: Sequence[npt.NDArray[np.float64]],
    ) -> DrawList:  # fmt: skip
        """Return how clips (numbers, shape (k,), all with pictures) are drawn.

        ms: the time in each clip, from 0; box: x, y, width, height of their cells; look: alpha, brightness, rotation
        (degrees), blur.
        """
        x, y, width, height = box
        if self._fit == "contain":
            aspect = self._aspects[clips]
            inner_width = np.minimum(width, height * aspect)
            inner_height = np.minimum(height, width / aspect)
            x, y = x + (width - inner_width) / 2, y + (height - inner_height) / 2
            width, height = inner_width, inner_height
        found = np.searchsorted(self._keys, clips * CLIP_KEY_MS + ms + LATE_MS, side="right") - 1
        frame = np.clip(found, self._first[clips], self._first[clips] + self.counts[clips] - 1)
        # The smallest level that still has a pixel for every pixel of the screen (that is not averaged with others).
        sizes = self._level_sizes[clips]
        wanted = np.stack([width, height], axis=1) / (1.0 + 2.0 * settings[3])[:, None]
        enough = (sizes >= wanted[:, None, :] * (1.0 - 1e-9)).all(axis=2)
        level = np.maximum(enough.sum(axis=1) - 1, 0)
        columns, rows = sizes[np.arange(len(clips)), level].T
        offset = self._offsets[frame] + self._level_offsets[clips, level]
        return DrawList(offset, columns, rows, x, y, width, height, *settings)


def _levels(sizes: Sequence[tuple[int, int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where the levels of each clip begin, (clips, levels), and their sizes, (clips, levels, 2); 0: no such."""
    known = {size: level_sizes(*size) for size in set(sizes)}
    most = max((len(levels) for levels in known.values()), default=1)
    table = {}
    for size, levels in known.items():
        padded = np.zeros((most, 2), np.int64)
        padded[: len(levels)] = levels
        table[size] = padded
    all_sizes = np.array([table[size] for size in sizes], np.int64).reshape(len(sizes), most, 2)
    lengths = all_sizes[:, :, 0] * all_sizes[:, :, 1] * 3
    return np.cumsum(lengths, axis=1) - lengths, all_sizes


def _one_array(parts: Sequence[npt.NDArray[np.uint8]]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """Return one array that reaches over all of the parts where they are in memory, and where in it each begins.

    A compiled kernel takes one array, and the parts are mapped files: copying them together would double what is read.
    What lies between the parts is not ours and must not be touched. The parts must be kept alive.
    """
    addresses = [part.ctypes.data for part in parts if part.size]
    if not addresses:
        return np.zeros(1, np.uint8), [0] * len(parts)
    low = min(addresses)
    high = max(part.ctypes.data + part.size for part in parts if part.size)
    reach = np.ctypeslib.as_array((ctypes.c_uint8 * (high - low)).from_address(low))
    return reach, [part.ctypes.data - low if part.size else 0 for part in parts]
