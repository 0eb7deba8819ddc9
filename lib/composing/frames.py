"""Pictures of a composition as files: made in parallel, each once; existing ones are kept."""

from __future__ import annotations

import glob
import os
import re
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from PIL import Image

from lib.composing.clip_frames import ClipFrames
from lib.composing.composition import Composition
from lib.composing.frame_file import open_frames
from lib.composing.kernels import compile_drawing
from lib.composing.layout import Picture
from lib.composing.screen import Screen
from lib.composing.settings import RenderSettings
from lib.errors import MediaError
from lib.io.files import atomic_path, open_regular
from lib.io.progress import bar
from lib.io.temporary import remove_abandoned
from lib.parallel.jobs import on_cluster, worker_count
from lib.parallel.run import run_many

# Few enough that workers end together, and little is done twice; enough that a job's overhead is worth it.
MOST_FRAMES_A_JOB = 16
JOBS_PER_WORKER = 4
# On a cluster a job's plan has been checked, and workers may be many.
FRAMES_A_JOB_ON_CLUSTERS = 4
# Pictures of up to this many pixels are drawn by one thread each; a larger one, which takes room, by all together.
SMALL = 640 * 360
# zlib's fastest level: pictures are large, and read once. Run-length matching only is faster still, and no larger.
PNG_HOW = {"compress_level": 1, "compress_type": zlib.Z_RLE}


@dataclass(frozen=True)
class Source:
    """Where the clips' pictures are: the store's `files`, and for each clip its file and the index in it (None:
    nowhere); no files at all for coloured boxes."""

    files: tuple[str, ...]
    places: tuple[tuple[int, int] | None, ...]
    fit: str
    boxes: bool = False


@dataclass(frozen=True)
class RenderJob:
    """All pictures of a composition have these in common, and their files: `pattern`, whose %s becomes the number."""

    composition: Composition
    settings: RenderSettings
    source: Source
    pattern: str
    digits: int


def frame_path(pattern: str, frame: int, digits: int) -> str:
    """Return a picture's file: the first %s becomes the number, with leading zeros."""
    return pattern.replace("%s", str(frame).zfill(digits), 1)


def frames_there(pattern: str, digits: int = 0) -> set[int]:
    """Return the numbers of the existing frames, with this many digits (0: any)."""
    before, _, after = pattern.partition("%s")
    number = re.compile(re.escape(before) + (rf"(\d{{{digits}}})" if digits else r"(\d+)") + re.escape(after))
    found = (number.fullmatch(path) for path in glob.iglob(glob.escape(before) + "*" + glob.escape(after)))
    return {int(match[1]) for match in found if match}


@lru_cache(maxsize=1)
def open_source(source: Source) -> ClipFrames | None:
    """Open the clips' pictures; MediaError if one of the store's files is gone or damaged."""
    if source.boxes:
        return None
    films = []
    for path in source.files:
        film = open_frames(path, None)
        if film is None:
            raise MediaError("this part of the cache is gone or damaged: run the same command again", path)
        films.append(film)
    return ClipFrames(films, source.places, source.fit)


def save_picture(picture: Picture, path: str) -> None:
    """Write a picture as PNG; it gets its name when it is complete."""
    with atomic_path(path) as part:
        Image.fromarray(picture).save(part, format="png", **PNG_HOW)


def render(job: RenderJob, frames: Sequence[int]) -> int:
    """Make these pictures (1, 2, ...); return their number."""
    screen = Screen(job.composition, job.settings, open_source(job.source))
    for frame in frames:
        save_picture(screen.picture(frame), frame_path(job.pattern, frame, job.digits))
    return len(frames)


def job_size(count: int, workers: int) -> int:
    """Return how many of `count` pictures are one job."""
    return max(min(count // (workers * JOBS_PER_WORKER), MOST_FRAMES_A_JOB), 1)


def render_files(
    composition: Composition, settings: RenderSettings, source: Source, frames: Sequence[int], pattern: str,
    digits: int, threads: int, cluster: str = "",
) -> None:  # fmt: skip
    """Make the missing pictures.

    cluster: address of a Dask cluster to make them on ("": here); pictures with trails are made here. Raises MediaError
    if one cannot be made or written, or the cluster cannot be used.
    """
    there = frames_there(pattern, digits)
    if settings.fa < 1.0:
        _render_trails(composition, settings, source, frames, pattern, digits, threads, there)
        return
    missing = [frame for frame in frames if frame not in there]
    workers = worker_count(threads)
    size = FRAMES_A_JOB_ON_CLUSTERS if cluster else job_size(len(missing), workers)
    parts = [tuple(missing[first : first + size]) for first in range(0, len(missing), size)]
    job = RenderJob(composition, settings, source, pattern, digits)
    where = on_cluster(cluster, source.files, [os.path.dirname(pattern)])
    with bar(len(frames), "pictures", "picture") as progress:
        progress.update(len(frames) - len(missing))
        try:
            for outcome in run_many(partial(render, job), parts, workers, where, compile_drawing):
                if outcome.error:
                    raise MediaError(outcome.error)
                progress.update(outcome.result)
        finally:
            remove_abandoned(Path(pattern).parent)  # left by workers that were stopped


def _render_trails(
    composition: Composition, settings: RenderSettings, source: Source, frames: Sequence[int], pattern: str,
    digits: int, threads: int,
    there: set[int],
) -> None:  # fmt: skip
    """Make pictures that contain the previous ones: in order, from the last existing one."""
    missing = [frame for frame in frames if frame not in there]
    first = missing[0] if missing else 0
    known = max((frame for frame in there if frame < first), default=0)
    before = _load(frame_path(pattern, known, digits)) if known else None
    wanted = set(missing)
    with bar(len(frames), "pictures", "picture") as progress:
        progress.update(len(frames) - len(missing))
        screen = Screen(composition, settings, open_source(source), worker_count(threads))
        for frame in range(known + 1, missing[-1] + 1 if missing else 0):
            before = _load(frame_path(pattern, frame, digits)) if frame in there else screen.picture(frame, before)
            if frame in wanted:
                save_picture(before, frame_path(pattern, frame, digits))
                progress.update()


def _load(path: str) -> Picture:
    try:
        with open_regular(path) as file, Image.open(file) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise MediaError(f"is damaged ({error}): delete it, and run the same command again", path) from error


def load_pictures(pattern: str, frames: Sequence[int], digits: int, size: tuple[int, int]) -> Iterator[Picture]:
    """Yield the pictures in files, one after the other; MediaError if one is damaged or not of this width, height."""
    for frame in frames:
        path = frame_path(pattern, frame, digits)
        picture = _load(path)
        if picture.shape[1::-1] != size:
            found = "{} x {}, not {} x {}".format(*picture.shape[1::-1], *size)
            raise MediaError(f"is {found}: delete it, and run the same command again", path)
        yield picture


def pictures(
    composition: Composition, settings: RenderSettings, source: Source, frames: Sequence[int], threads: int
) -> Iterator[Picture]:
    """Yield pictures one after the other, drawn in `threads` threads (-1: one per core)."""
    workers, trails = worker_count(threads), settings.fa < 1.0
    if workers > 1 and len(frames) > 1 and not trails and settings.width * settings.height <= SMALL:
        yield from _small_pictures(composition, settings, source, frames, workers)
        return
    screen = Screen(composition, settings, open_source(source), workers)
    before: Picture | None = None
    first = 1 if trails else frames[0]
    for frame in range(first, frames[-1] + 1):
        before = screen.picture(frame, before)
        if frame >= frames[0]:
            yield before


def _small_pictures(
    composition: Composition, settings: RenderSettings, source: Source, frames: Sequence[int], workers: int
) -> Iterator[Picture]:
    """Yield pictures in order, each drawn by one of several threads: parts of a small one are not worth a thread."""
    screens: SimpleQueue[Screen] = SimpleQueue()
    for _ in range(workers):
        screens.put(Screen(composition, settings, open_source(source)))

    def drawn(frame: int) -> Picture:
        screen = screens.get()
        try:
            return screen.picture(frame)
        finally:
            screens.put(screen)

    with ThreadPoolExecutor(workers) as pool:
        coming: deque[Future[Picture]] = deque()
        try:
            for frame in frames:
                coming.append(pool.submit(drawn, frame))
                if len(coming) > workers:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def remove_frames(pattern: str, digits: int, frames: Collection[int]) -> None:
    """Remove these pictures, if they exist."""
    for frame in frames_there(pattern, digits).intersection(frames):
        os.remove(frame_path(pattern, frame, digits))
