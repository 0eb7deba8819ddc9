"""The pictures of a run's clips: their size, their place, and which are missing and have to be made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import numpy as np
import numpy.typing as npt

from lib.composing.clip_ranges import ClipRange
from lib.composing.film_parts import film_parts
from lib.composing.frame_store import FilmJob, fill_store, store_name
from lib.composing.frames import Source, open_source
from lib.composing.plan import Plan
from lib.composing.screen import few_sizes, largest_sizes
from lib.composing.store_limit import HOLDS, limit_store
from lib.errors import MediaError, NoVideoError
from lib.io.files import atomic_path, scratch_folder
from lib.io.owners import claim_folder
from lib.io.progress import bar
from lib.io.stamps import is_fresh, put_stamp

NO_PICTURE = "they have no picture"
# Bytes of a clip's largest size in the cache: two 64-bit integers.
SIZE_BYTES = 16
# For a quick look the largest sizes of clips come from every fourth picture, and are rounded up to few.
QUICK_EVERY = 4


@contextmanager
def store_folder(plan: Plan) -> Iterator[str]:
    """Yield the folder of the clips' pictures: the cache, or one that is removed at the end."""
    store = plan.run.store
    if store.key:
        folder = os.path.join(store.folder, store.key, type(plan.composition).__name__.lower())
        claim_folder(folder, HOLDS)
        with _closed_at_the_end():
            yield folder
    else:
        with scratch_folder(store.folder) as folder, _closed_at_the_end():
            yield folder


@contextmanager
def _closed_at_the_end() -> Iterator[None]:
    """Close the opened pictures of clips: the next ones may have files of the same names."""
    try:
        yield
    finally:
        open_source.cache_clear()


def sizes_of(plan: Plan, folder: str) -> npt.NDArray[np.int64]:
    """Return the largest size of every clip, from the cache if it is there: (clips, 2), columns and rows of pixels."""
    path = os.path.join(folder, "sizes.bin")
    made_from = plan.picture_stamp()
    if not (plan.run.store.resize or plan.run.overwrite) and is_fresh(path, made_from):
        with suppress(OSError):
            known = Path(path).read_bytes()
            if len(known) == SIZE_BYTES * len(plan.composition.clips):  # otherwise it is damaged, and computed again
                return np.frombuffer(known, "<i8").astype(np.int64).reshape(-1, 2)
    if plan.run.store.step_ms:
        sizes = few_sizes(largest_sizes(plan.composition, plan.run.render, plan.total, QUICK_EVERY))
    else:
        sizes = largest_sizes(plan.composition, plan.run.render, plan.total)
    if plan.run.store.key:
        with atomic_path(path, follow=False) as part:
            Path(part).write_bytes(sizes.astype("<i8").tobytes())
        put_stamp(path, made_from)
    return sizes


def source_of(plan: Plan, folder: str, stop: Event | None = None) -> Source:
    """Make the missing pictures of the clips, and return where they are.

    stop: the work is done in threads of this process, beside other work, and ends when this is set. Films that cannot
    be read go into the plan's `bad`. Raises MediaError if none can, or the store cannot be written.
    """
    run, clips, cells = plan.run, plan.composition.clips, plan.composition.cells
    if run.store.boxes:
        return Source((), (), run.store.fit, boxes=True)
    sizes = sizes_of(plan, folder)
    ranges: list[dict[ClipRange, int]] = [{} for _ in clips.films]
    place: list[tuple[int, int] | None] = []
    for n in range(len(clips)):
        if not sizes[n].all():
            place.append(None)
            continue
        size = int(sizes[n, 0]), int(sizes[n, 1])
        clip = ClipRange(float(clips.vstart[n]), float(clips.vdur[n]), *size, float(cells.w[n] / cells.h[n]))
        film = int(clips.film[n])
        place.append((film, ranges[film].setdefault(clip, len(ranges[film]))))
    jobs: list[FilmJob] = []
    names: list[str] = []
    at: dict[tuple[int, int], tuple[int, int]] = {}  # a film's clip: the job that makes its pictures, its number there
    for film, wanted in enumerate(map(list, ranges)):
        for part, chosen in enumerate(film_parts(clips.films[film], wanted) if wanted else []):
            at |= {(film, clip): (len(jobs), number) for number, clip in enumerate(chosen)}
            names.append(clips.filenames[film])
            target = store_name(folder, names[-1], part)
            how = run.store.fit, run.store.crop_bars, run.store.step_ms
            jobs.append(FilmJob(clips.films[film], target, tuple(wanted[clip] for clip in chosen), *how))
    good = sorted(_filled(plan, jobs, names, stop))
    if jobs and not good:
        raise nothing_read(plan, list(plan.bad.values()) or [NO_PICTURE])
    number_of = {job: number for number, job in enumerate(good)}
    made = [None if clip is None else at[clip] for clip in place]
    places = tuple((number_of[clip[0]], clip[1]) if clip and clip[0] in number_of else None for clip in made)
    files = tuple(jobs[job].target for job in good)
    if run.store.key:
        limit_store(run.store.folder, files)
    return Source(files, places, run.store.fit)


def _filled(plan: Plan, jobs: list[FilmJob], names: list[str], stop: Event | None) -> Iterator[int]:
    """Fill the store, and yield the numbers of the jobs whose films could be read."""
    run = plan.run
    label, unit = ("films", "file") if len(jobs) == len(set(names)) else ("parts of films", "part")
    with bar(len(jobs), label, unit) as progress:
        for outcome in fill_store(jobs, run.threads, run.store.verify, run.overwrite, run.cluster, stop):
            progress.update()
            if not outcome.error:
                if outcome.result:
                    plan.partly.setdefault(names[outcome.index], outcome.result)
                yield outcome.index
                continue
            if outcome.is_passing:  # not the film's fault
                raise MediaError(f"{outcome.error}", names[outcome.index])
            name = names[outcome.index]
            if not (issubclass(outcome.kind or MediaError, NoVideoError) and run.output.sound):
                plan.bad.setdefault(name, outcome.error)
            elif name not in plan.heard_only:
                plan.heard_only.append(name)


def nothing_read(plan: Plan, reasons: list[str]) -> MediaError:
    """Return the error for the case that no film can be read."""
    why = f" ({reasons[0]})" if reasons else ""
    return MediaError(f"none of its films can be read{why}", plan.run.table)
