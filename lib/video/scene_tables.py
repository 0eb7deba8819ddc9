"""The scenes of films as tables: one row each, which every stage reads as a sample."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.errors import NoVideoError, OccupiedError
from lib.io.files import check_outputs, make_folder, media_path
from lib.io.names import filled_in
from lib.io.pipes import is_stream
from lib.io.presence import check_there
from lib.io.progress import bar
from lib.io.stamps import CHANGED, FOREIGN, check_free, is_stamped, put_stamp, stamped_from
from lib.io.states import digest, file_state
from lib.io.used_files import UsedFiles
from lib.parallel.jobs import Outcome, on_cluster, worker_count
from lib.parallel.run import run_many
from lib.tables.parts import Parts
from lib.tables.table import Table, concatenate, write_table
from lib.video.cuts import CUT
from lib.video.film_cuts import film_cuts
from lib.video.kernels import compile_levels, compile_pictures
from lib.video.reader import VideoReader
from lib.video.scenes import MEAN, SceneSettings
from lib.video.segments import ROUNDING_MS
from lib.video.strips import Strip, write_strips

COLUMNS = ("filename", "start", "dur", "change", "kind")
# The kind of the first scene of a film.
START = "start"
# Raised when scenes are found or written differently: parts of earlier versions are then made again.
VERSION = 2
Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class SceneTableJob:
    """The film whose scenes to find, the detector, known cuts or `overwrite`; strip: with pictures, this many wide;
    threads: parts of the film examined at a time.
    """

    folder: str
    filename: str
    detector: str
    overwrite: bool = False
    strip: int = 0
    threads: int = 1


@dataclass(frozen=True)
class SceneTable:
    """The scenes of a film, the first picture of each, if asked for, and where it could not be read."""

    table: Table
    pictures: tuple[Picture, ...] = ()
    problem: str = ""


@dataclass
class ScenesReport:
    """What became of the films: how many were done, their scenes, films that were already done, films without a
    picture, pictures left out of strips; bad: (file, reason); partly: those of films that could be read in part;
    written: the strips.
    """

    films: int = 0
    scenes: int = 0
    skipped: int = 0
    blind: int = 0
    left_out: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


def scene_table(job: SceneTableJob) -> SceneTable:
    """Find the scenes of a film. One without a moving picture has none. Raises MediaError if it cannot be read."""
    path = media_path(job.folder, job.filename)
    try:
        cuts, end, problem = _cuts_of(path, job)
    except NoVideoError:
        return SceneTable(Table.of({name: [] for name in COLUMNS}))
    starts = [0, *(math.ceil(new - ROUNDING_MS) for _, new, _, _ in cuts)]
    # Up to before the cut, even where its time is rounded to a ms elsewhere.
    ends = [*(math.floor(old + ROUNDING_MS) - 1 for old, _, _, _ in cuts), math.floor(end + ROUNDING_MS)]
    how = [("0", START), *((f"{change:.2f}", kind) for _, _, change, kind in cuts)]
    rows = [(a, b - a, *why) for a, b, why in zip(starts, ends, how) if b > a]
    columns = [[str(row[n]) for row in rows] for n in range(4)]
    table = Table.of(dict(zip(COLUMNS, [[job.filename] * len(rows), *columns])))
    if not job.strip:
        return SceneTable(table, (), problem)
    with VideoReader(path) as film:
        height = max(round(job.strip * film.height / film.width), 1)
        pictures = tuple(next(film.frames(row[0])).picture(job.strip, height) for row in rows)
    return SceneTable(table, pictures, problem)


def _cuts_of(path: str, job: SceneTableJob) -> tuple[list[tuple[float, float, float, str]], float, str]:
    """Return a film's cuts (old scene's end, new one's beginning, change, kind), its end in ms, and its problem ("":
    none).
    """
    if job.detector != MEAN:
        known = film_cuts(path, None, job.overwrite, job.threads)
        return [(cut.old_ms, cut.new_ms, cut.change, cut.kind) for cut in known.cuts], known.end_ms, known.problem
    from lib.video.mean_detector import FilmLevels  # with its kernels

    usual = SceneSettings()
    with VideoReader(path) as film:
        levels = FilmLevels(film, [(0.0, math.inf)], usual.fps, (usual.width, usual.height), usual.shortest_ms)
        return [(*cut, CUT) for cut in levels.cuts(0.0, levels.end)], levels.end, film.problem


def make_scene_tables(
    jobs: Sequence[SceneTableJob], out: str, overwrite: bool, threads: int, cluster: str = ""
) -> ScenesReport:
    """Make the scene tables of films; `out` names one table for all, or with `%s` one for each film.

    Tables made from the same films and settings are kept unless `overwrite`. A strip is put beside each table, as png.
    threads: films at a time; cluster: address of a Dask cluster to examine the films on ("": here). Raises MediaError
    if `out` cannot be written, or holds something else, none of the films exists, or the cluster cannot be used.
    """
    each = "%s" in out
    if len(jobs) == 1 and not cluster:
        jobs = [replace(jobs[0], threads=worker_count(threads))]
    inputs = [media_path(job.folder, job.filename) for job in jobs]
    groups = {filled_in(out, job.filename): [job] for job in jobs} if each else {out: list(jobs)}
    check_outputs(groups, inputs)
    check_there(jobs[0].folder if jobs else "", [job.filename for job in jobs])
    done = ScenesReport()
    for path in groups if each and overwrite else ():
        if os.path.islink(path) and not stamped_from(path):  # its target was not named
            raise OccupiedError(FOREIGN, path)
    todo = {path: group for path, group in groups.items() if overwrite or not _is_there(path, group)}
    done.skipped = len(jobs) - sum(map(len, todo.values()))
    for path, group in todo.items():
        if group and group[0].strip:
            check_free(strip_name(path), _owner(path), overwrite)
    make_folder(os.path.dirname(out.split("%s", maxsplit=1)[0]))
    where = on_cluster(cluster, [*{job.folder for job in jobs}, *inputs])
    with UsedFiles(out, "scenes", jobs[0].folder if jobs else "", [job.filename for job in jobs]) as used:
        _make(done, jobs, todo, out, overwrite, threads, where, used)
        _, partly = used.skipped(done.bad)  # a table of a film that has changed is an error
    done.bad.sort()
    done.partly = sorted(done.partly + partly)
    return done


def _make(
    done: ScenesReport, jobs: Sequence[SceneTableJob], todo: dict[str, list[SceneTableJob]], out: str, overwrite: bool,
    threads: int, where: Any, used: UsedFiles,
) -> None:  # fmt: skip
    """Find the scenes of the films of `todo`, by table, and write the tables."""
    if "%s" in out:
        flat = [group[0] for group in todo.values()]
        with bar(len(flat), "scenes", "film") as progress:
            for outcome in run_many(scene_table, flat, threads, where, _ready(jobs)):
                _take(done, outcome, used)
                if outcome.result is not None:
                    _write(done, filled_in(out, outcome.job.filename), [outcome.job], [outcome.result])
                progress.update()
    elif todo:
        found = _all(done, jobs, out, overwrite, threads, where, used)
        if found:
            kept = [job for job in jobs if job.filename in found]
            _write(done, out, list(jobs), [found[job.filename] for job in kept], bool(done.bad))


def _all(
    done: ScenesReport, jobs: Sequence[SceneTableJob], out: str, overwrite: bool, threads: int, where: Any,
    used: UsedFiles,
) -> dict[str, SceneTable]:  # fmt: skip
    """Return the scenes of films by filename; those of films done by an earlier run come from their parts."""
    parts = Parts(out)
    parts.check()
    if overwrite:
        parts.remove()
    found: dict[str, SceneTable] = {}
    todo = []
    for job in jobs:
        # A part has no pictures.
        table = parts.load(_made_from([job])) if not job.strip else None
        if table is not None and set(COLUMNS) <= set(table.columns):
            found[job.filename] = SceneTable(table)
            _count(done, table)
            used.note(job.filename)
        else:
            todo.append(job)
    with bar(len(jobs), "scenes", "film") as progress:
        progress.update(len(jobs) - len(todo))
        for outcome in run_many(scene_table, todo, threads, where, _ready(jobs)):
            _take(done, outcome, used)
            if outcome.result is not None:
                found[outcome.job.filename] = outcome.result
                if len(jobs) > 1 and not outcome.result.problem:  # a saved one would not be reported again
                    parts.save(_made_from([outcome.job]), outcome.result.table)
            progress.update()
    return found


def _ready(jobs: Sequence[SceneTableJob]) -> Callable[[], None] | None:
    """Return a function that compiles what the jobs need: kernels for pictures, or for the old detector."""
    if any(job.strip for job in jobs):
        return compile_pictures
    return compile_levels if any(job.detector == MEAN for job in jobs) else None


def _take(done: ScenesReport, outcome: Outcome[SceneTableJob, SceneTable], used: UsedFiles) -> None:
    if outcome.result is None:
        done.bad.append(outcome.bad(outcome.job.filename))
    else:
        _count(done, outcome.result.table)
        used.note(outcome.job.filename, outcome.result.problem)
        done.partly += [(outcome.job.filename, outcome.result.problem)] if outcome.result.problem else []


def _count(done: ScenesReport, table: Table) -> None:
    done.films += 1
    done.scenes += len(table)
    done.blind += not len(table)


def _write(
    done: ScenesReport, out: str, jobs: Sequence[SceneTableJob], found: Sequence[SceneTable], in_part: bool = False
) -> None:
    write_table(concatenate([one.table for one in found]), out)
    # A table that lacks bad films is tried again by the next run.
    put_stamp(out, digest([]) if in_part else digest(_made_from(jobs)))
    Parts(out).remove()
    if jobs[0].strip and any(one.pictures for one in found):
        strips = [Strip(one.table.text("filename")[0], one.pictures) for one in found if one.pictures]
        path = strip_name(out)
        done.left_out += write_strips(path, strips)
        put_stamp(path, "", _owner(out))
        done.written.append(path)


def strip_name(out: str) -> str:
    """Return the name of the picture beside a table."""
    return f"{os.path.splitext(out)[0]}.png"


def _owner(out: str) -> str:
    return f"the scenes of {os.path.abspath(out)}"


def _is_there(out: str, jobs: Sequence[SceneTableJob]) -> bool:
    """Return whether a table was made from exactly this; OccupiedError if it is something else."""
    if not os.path.lexists(out) or is_stream(out):
        return False
    made_from = stamped_from(out)
    if made_from == digest(_made_from(jobs)):
        return not jobs[0].strip or os.path.exists(strip_name(out))
    if made_from == digest([]):  # films are missing in it: it is made again
        if not is_stamped(out):
            raise OccupiedError(f"lacks films that could not be read, and {CHANGED}", out)
        return False
    raise OccupiedError(FOREIGN if not made_from else "was made from other films, or with other settings", out)


def _made_from(jobs: Sequence[SceneTableJob]) -> list[object]:
    """Return everything that a table depends on: not whether there is a strip beside it."""
    made_from: list[object] = [VERSION]
    for job in jobs:
        path = media_path(job.folder, job.filename)
        state = file_state(path) if os.path.exists(path) else "missing"
        made_from.append([job.filename, job.detector, state])
    return made_from
