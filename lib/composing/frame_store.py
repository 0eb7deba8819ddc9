"""The frame store: the pictures of all clips, in the largest size in which each is shown, ready to be drawn.

One file per film holds the frames of all its clips, each with its mipmaps (`lib.composing.mipmaps`), made in one pass
over the film; clips that show one frame in one size share it. Files are mapped into memory, not read. A file ends with
an index and a record of its inputs, and gets its final name when it is complete.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lib.audio.ranges import read_ranges
from lib.composing.frame_file import LATE_MS, open_frames, write_index
from lib.composing.kernels import compile_frames
from lib.composing.mipmaps import pyramid
from lib.errors import MediaError, NoAudioError, NoVideoError
from lib.io.files import atomic_path
from lib.io.states import file_state, text_digest
from lib.io.temporary import remove_abandoned
from lib.parallel.jobs import Outcome, on_cluster
from lib.parallel.run import run_many
from lib.video.frame import Frame
from lib.video.reader import VideoReader
from lib.video.spectrogram import spectrogram

# A change here invalidates the files of earlier versions.
VERSION = 4

# Hz: a spectrogram is empty above half of this.
SPECTROGRAM_RATE = 22_050


@dataclass(frozen=True)
class ClipRange:
    """The frames that a clip shows: from `start_ms` to before `start_ms + dur_ms`, in a cell of this size.

    width, height: pixels, the largest size of the cell. shape: width / height of the part of the film that fills it:
    that of the cell at rest, if it is ever stretched one way; 0: that of `width` and `height`.
    """

    start_ms: float
    dur_ms: float
    width: int
    height: int
    shape: float = 0.0


@dataclass(frozen=True)
class FilmJob:
    """The clips of one film, and the file of the store for them.

    fit: how pictures fill cells: fill, contain or warp. crop_bars: leave out black bars that stay through the film.
    """

    film: str
    target: str
    clips: tuple[ClipRange, ...]
    fit: str
    crop_bars: bool = False

    def made_from(self) -> dict[str, object]:
        """Return what a file of the store depends on: a stale one has other values."""
        clips = [[c.start_ms, c.dur_ms, c.width, c.height, c.shape] for c in self.clips]
        digest = text_digest(json.dumps(clips), 64)
        return {
            "version": VERSION,
            "film": file_state(self.film),
            "clips": digest,
            "fit": self.fit,
            "crop": self.crop_bars,
        }


def store_name(folder: str | Path, filename: str) -> str:
    """Return the path of a film's file in the store `folder`."""
    return str(Path(folder) / f"{text_digest(filename)}.frames")


def extract(job: FilmJob) -> str:
    """Write one film's file; return where the film could not be read ("": nowhere so far).

    A file without a picture gives pictures of its sounds.

    Raises MediaError if the film cannot be read, or the file cannot be written.
    """
    try:
        made_from = job.made_from()
    except OSError as error:  # it existed a moment ago
        raise MediaError(f"cannot be read ({error.strerror or error})") from error
    try:
        return _extract_film(job, made_from)
    except NoVideoError:
        _draw_sounds(job, made_from)
        return ""


def _draw_sounds(job: FilmJob, made_from: dict[str, object]) -> None:
    """Write the file for a source with sound only: one picture for each clip, the spectrogram of its sound.

    Raises NoVideoError if there is no sound either.
    """
    sizes = [(clip.width, clip.height) for clip in job.clips]
    pictures = [np.zeros((height, width, 3), np.uint8) for width, height in sizes]
    wanted = [(clip.start_ms, clip.dur_ms) for clip in job.clips]
    try:
        for n, sound in read_ranges(job.film, SPECTROGRAM_RATE, 1, wanted, lambda problem: None):
            pictures[n] = spectrogram(sound.reshape(-1), SPECTROGRAM_RATE, *sizes[n])
    except NoAudioError as error:
        raise NoVideoError("has neither sound nor picture") from error
    found: list[list[tuple[float, int]]] = []
    with atomic_path(job.target, follow=False) as part, open(part, "wb") as file:
        checksum, end = 0, 0
        for picture in map(pyramid, pictures):
            found.append([(0.0, end)])
            checksum = zlib.crc32(picture.data, checksum)
            end += file.write(picture.data)
        aspect = job.clips[0].shape or sizes[0][0] / sizes[0][1]
        about = {"made_from": made_from, "bytes": end, "checksum": checksum, "aspect": aspect}
        write_index(file, end, about, sizes, found)


def _extract_film(job: FilmJob, made_from: dict[str, object]) -> str:
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
            problem = film.problem
            write_index(file, end, about | {"problem": problem}, sizes, found)
    return problem


def _fitted(film: VideoReader, clip: ClipRange, fit: str) -> tuple[int, int]:
    """Return the size in which a clip's pictures are stored: its cell's, or less if the film has fewer pixels."""
    width, height = float(clip.width), float(clip.height)
    if fit == "contain":
        scale = min(width / film.width, height / film.height, 1.0)
        width, height = math.ceil(film.width * scale - 1e-6), math.ceil(film.height * scale - 1e-6)
    else:  # the rasterizer enlarges; the store does not
        part_width, part_height = _part(film, clip.shape or width / height, fit)
        width, height = min(width, part_width), min(height, part_height)
    return max(round(width), 1), max(round(height), 1)


def _part(film: VideoReader | Frame, shape: float, fit: str) -> tuple[float, float]:
    """Return the width and height, in pixels of the film, of the part that is shown: its middle, if it is to fill."""
    if fit != "fill":
        return film.width, film.height
    return min(film.width, film.height * shape), min(film.height, film.width / shape)


def _picture(frame: Frame, width: int, height: int, shape: float, fit: str) -> npt.NDArray[np.uint8]:
    """Return a frame as uint8 RGB, (height, width, 3): its middle if it is to fill."""
    if fit != "fill":
        return frame.picture(width, height)
    part_width, part_height = _part(frame, shape or width / height, fit)
    whole_width = max(round(frame.width * width / part_width), width)
    whole_height = max(round(frame.height * height / part_height), height)
    left, top = (whole_width - width) // 2, (whole_height - height) // 2
    return frame.stretched(whole_width, whole_height)[top : top + height, left : left + width]


def _shown(film: VideoReader, clips: Sequence[ClipRange]) -> Iterator[tuple[Frame, list[int]]]:
    """Yield the film's frames, each with the indices of the clips that show it, in one pass."""
    order = sorted(range(len(clips)), key=lambda n: clips[n].start_ms)
    ends = [clip.start_ms + max(clip.dur_ms, 1.0) for clip in clips]
    place = 0
    while place < len(order):
        # Clips without a gap between them are read together; the film decides when a gap is worth a jump.
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


def fill_store(
    jobs: Sequence[FilmJob], threads: int, verify: bool = False, overwrite: bool = False, cluster: str = ""
) -> Iterator[Outcome[FilmJob, str]]:
    """Make the files of the store that are missing, stale or damaged; yield an Outcome for each job.

    Its result is where the film could not be read ("": nowhere so far).
    verify: check every picture for damage; overwrite: make all; cluster: address of a Dask cluster to do it on ("":
    here). Raises MediaError if that cannot be used.
    """
    missing = []
    for index, job in enumerate(jobs):
        try:
            there = None if overwrite else open_frames(job.target, job.made_from(), verify)
        except FileNotFoundError:
            yield Outcome(index, job, error="no such file", kind=MediaError)
            continue
        except OSError as error:
            yield Outcome(index, job, error=f"cannot be read ({error.strerror or error})", kind=MediaError)
            continue
        if there is not None:
            yield Outcome(index, job, there.problem)
        else:
            missing.append(index)
    todo = [jobs[index] for index in missing]
    folders = {os.path.dirname(job.target) for job in jobs}
    where = on_cluster(cluster, [job.film for job in todo], folders)
    try:
        for outcome in run_many(extract, todo, threads, where, compile_frames):
            yield replace(outcome, index=missing[outcome.index])
    finally:
        for folder in map(Path, folders):
            if folder.is_dir():
                remove_abandoned(folder)  # left by workers that were stopped
