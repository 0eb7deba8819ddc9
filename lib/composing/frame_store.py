"""The frame store: the pictures of all clips, in the largest size in which each is shown, ready to be drawn.

One file per film, or per part of a long one (`lib.composing.film_parts`), holds the frames of its clips, each with its
mipmaps (`lib.composing.mipmaps`), made in one pass; clips that show one frame in one size share it. Files are mapped
into memory, not read. A file ends with an index and a record of its inputs, and has its final name once it is complete.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import numpy.typing as npt

from lib.audio.wholeness import brief
from lib.composing.clip_ranges import ClipRange, last_before, moments, shown
from lib.composing.frame_file import open_frames, write_index
from lib.composing.kernels import compile_frames
from lib.composing.mipmaps import pyramid
from lib.errors import MediaError, NoAudioError, NoVideoError
from lib.io import lookalikes
from lib.io.files import atomic_path
from lib.io.formats import counted
from lib.io.interrupts import let_ctrl_c_end_waits
from lib.io.states import file_state, text_digest
from lib.io.temporary import remove_abandoned
from lib.parallel.jobs import Outcome, attempt, on_cluster, worker_count
from lib.parallel.run import run_many
from lib.video.frame import Frame
from lib.video.reader import VideoReader

# A change here invalidates the files of earlier versions.
VERSION = 4

# Hz: a spectrogram is empty above half of this.
SPECTROGRAM_RATE = 22_050
# Up to this many parts of one film, of a minute each, are read in threads: processes would take longer to start than
# threads wait for each other.
FEW_PARTS = 5


@dataclass(frozen=True)
class FilmJob:
    """The clips of one film, or of a part of it, and the file of the store for them.

    fit: how pictures fill cells: fill, contain or warp. crop_bars: leave out black bars that stay through the film.
    step_ms: for a quick look, the time in the film between two stored pictures (0: all are stored); those at the
    beginnings of clips are stored too.
    """

    film: str
    target: str
    clips: tuple[ClipRange, ...]
    fit: str
    crop_bars: bool = False
    step_ms: float = 0.0

    def made_from(self) -> dict[str, object]:
        """Return what a file of the store depends on: a stale one has other values."""
        clips = [[c.start_ms, c.dur_ms, c.width, c.height, c.shape] for c in self.clips]
        digest = text_digest(json.dumps(clips), 64)
        made_from = {
            "version": VERSION,
            "film": file_state(self.film),
            "clips": digest,
            "fit": self.fit,
            "crop": self.crop_bars,
        }
        return made_from | ({"step": self.step_ms} if self.step_ms else {})


def store_name(folder: str | Path, filename: str, part: int = 0) -> str:
    """Return the path of a film's file in the store `folder`, or of that of a later part (1, 2, ...) of it."""
    return str(Path(folder) / f"{text_digest(filename)}{part or ''}.frames")


def extract(job: FilmJob, stop: Event | None = None) -> str:
    """Write one film's file; return where the film could not be read ("": nowhere so far).

    A file without a picture gives pictures of its sounds. stop: when it is set, the work ends at the next picture.

    Raises MediaError if the film cannot be read, the file cannot be written, or the work was ended.
    """
    try:
        made_from = job.made_from()
    except OSError as error:  # it existed a moment ago
        raise MediaError(f"cannot be read ({error.strerror or error})") from error
    try:
        return _extract_film(job, made_from, stop)
    except NoVideoError:
        _draw_sounds(job, made_from)
        return ""


def _draw_sounds(job: FilmJob, made_from: dict[str, object]) -> None:
    """Write the file for a source with sound only: one picture for each clip, the spectrogram of its sound.

    Raises NoVideoError if there is no sound either.
    """
    from lib.audio.ranges import read_ranges  # heavy, and seldom needed
    from lib.video.spectrogram import spectrogram

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


def _extract_film(job: FilmJob, made_from: dict[str, object], stop: Event | None) -> str:
    quick = job.step_ms > 0
    with VideoReader(job.film, job.crop_bars, rough=quick) as film, atomic_path(job.target, follow=False) as part:
        if quick:
            film.expect(moments(job.clips, job.step_ms))
        sizes = [_fitted(film, clip, job.fit) for clip in job.clips]
        found: list[list[tuple[float, int]]] = [[] for _ in job.clips]
        with open(part, "wb") as file:
            checksum, end = 0, 0
            for frame, end_ms, showing in shown(film, job.clips):
                if stop is not None and stop.is_set():
                    raise MediaError("was not read to its end, since that was no longer needed")
                # A frame without a moment of its own is stored for the clips that begin with it.
                every = not quick or last_before(end_ms, job.step_ms) > last_before(frame.ms, job.step_ms)
                clips = showing if every else [n for n in showing if not found[n]]
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
            problem = film.problem or without_picture(job.clips, found)
            write_index(file, end, about | {"problem": problem}, sizes, found)
    return problem


def without_picture(clips: Sequence[ClipRange], found: Sequence[Sequence[tuple[float, int]]]) -> str:
    """Return on one line where a film has no picture for a clip: in a damaged part, or after its end; "": nowhere."""
    missing = [clip.start_ms for clip, frames in zip(clips, found) if not frames]
    if not missing:
        return ""
    more = f" and in {counted(len(missing) - 1, 'more clip')}" if len(missing) > 1 else ""
    return f"no picture can be decoded at {brief(min(missing) / 1000)} s{more}"


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


def fill_store(
    jobs: Sequence[FilmJob], threads: int, verify: bool = False, overwrite: bool = False, cluster: str = "",
    stop: Event | None = None,
) -> Iterator[Outcome[FilmJob, str]]:  # fmt: skip
    """Make the files of the store that are missing, stale or damaged; yield an Outcome for each job.

    Its result is where the film could not be read ("": nowhere so far).
    verify: check every picture for damage; overwrite: make all; cluster: address of a Dask cluster to do it on ("":
    here); stop: the work is done in threads of this process, and ends when this is set. Raises MediaError if the
    cluster cannot be used.
    """
    missing = []
    for index, job in enumerate(jobs):
        try:
            there = None if overwrite else open_frames(job.target, job.made_from(), verify)
        except FileNotFoundError:
            yield Outcome(index, job, error=lookalikes.missing(job.film), kind=MediaError)
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
        is_short = 1 < len(todo) <= FEW_PARTS and len({job.film for job in todo}) == 1
        if where is None and (stop is not None or (is_short and worker_count(threads) > 1)):
            done = _in_threads(todo, threads, stop or Event())
        else:
            done = run_many(extract, todo, threads, where, compile_frames)
        for outcome in done:
            yield replace(outcome, index=missing[outcome.index])
    finally:
        for folder in map(Path, folders):
            if folder.is_dir():
                remove_abandoned(folder)  # left by workers that were stopped


def _in_threads(jobs: Sequence[FilmJob], threads: int, stop: Event) -> Iterator[Outcome[FilmJob, str]]:
    """Yield an Outcome for each job, in order of completion, from threads of this process."""
    compile_frames()
    let_ctrl_c_end_waits()
    with ThreadPoolExecutor(min(worker_count(threads), max(len(jobs), 1))) as pool:
        work = partial(extract, stop=stop)
        running = [pool.submit(attempt, work, index, job) for index, job in enumerate(jobs)]
        try:
            for future in as_completed(running):
                yield future.result()
        except BaseException:
            stop.set()
            raise
        finally:
            for future in running:
                future.cancel()
