"""The segments of film to show with a table's samples, film by film, saved as they are found."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from lib.errors import MediaError
from lib.io.files import media_path
from lib.io.presence import check_there
from lib.io.progress import bar
from lib.io.states import file_state
from lib.io.used_files import UsedFiles
from lib.parallel.jobs import Cluster, on_cluster, worker_count
from lib.parallel.run import run_many
from lib.tables.parts import Parts
from lib.tables.sample_rows import sample_spans
from lib.tables.table import Table
from lib.video.kernels import compile_levels
from lib.video.scenes import MEAN, SceneJob, SceneSettings, Segments, scene_segments

# Raised when other segments are found, so that parts of earlier versions are not used.
VERSION = 5
START, LENGTH = "start", "dur"
# Column of a part: 1 where the sample begins after the file's end
AFTER = "after"


@dataclass
class VsamplesReport:
    """What became of a table's rows.

    starts, lengths: the cells to write, "" in rows of bad files; found: rows with a segment; blind: rows of files
    without a picture, which keep the start and length of their sound; beyond: (file, start in ms) of those that
    begin after its end;
    kept: rows that were filled before; bad: (file, reason); partly: those of films that could be read in part;
    changed: files of kept rows that have changed since.
    """

    starts: list[str]
    lengths: list[str]
    found: int = 0
    blind: int = 0
    beyond: list[tuple[str, float]] = field(default_factory=list)
    kept: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def find_vsamples(
    table: Table,
    folder: str,
    names: tuple[str, str],
    settings: SceneSettings,
    parts: Parts,
    overwrite: bool,
    threads: int,
    cluster: str = "",
    out: str = "",
) -> VsamplesReport:
    """Find the segment of film for each row (columns filename, start and dur, in ms).

    folder: what filenames are relative to; names: the columns that it is written to: rows that have both are kept
    unless `overwrite`; parts: where the segments of each film are kept as soon as they are found; threads: films at a
    time, -1 for all cores; cluster: address of a Dask cluster to look at the films on ("": here); out: the table
    that will be written, if it is another one. Raises MediaError if
    a row cannot be meant, its filename leaves the folder, none of the files is there, or the cluster cannot be used.
    """
    starts, lengths = (
        table.text(name) if name in table.columns and not overwrite else [""] * len(table) for name in names
    )
    found = VsamplesReport(starts, lengths)
    todo: dict[str, dict[int, tuple[float, float]]] = {}
    samples = sample_spans(table)
    for filename, spans in samples.items():
        media_path(folder, filename)
        rows = {row: span for row, span in spans.items() if not (starts[row] and lengths[row])}
        found.kept += len(spans) - len(rows)
        if rows:
            todo[filename] = rows
    check_there(folder, samples)
    # A single film keeps all workers busy with its parts; of many, or on a cluster, each worker takes one.
    own = worker_count(threads) if len(todo) == 1 and not cluster else 1
    jobs = [SceneJob(folder, filename, tuple(rows.values()), settings, own) for filename, rows in todo.items()]
    where = on_cluster(cluster, [folder, *(media_path(folder, filename) for filename in todo)])
    with UsedFiles(out or table.path, ",".join(names), folder, samples, table.path) as used:
        _gather(found, table, jobs, todo, parts, threads, where, used)
        found.changed, partly = used.skipped(found.bad)
    found.partly = sorted(found.partly + partly)
    return found


def _gather(
    found: VsamplesReport,
    table: Table,
    jobs: Sequence[SceneJob],
    todo: dict[str, dict[int, tuple[float, float]]],
    parts: Parts,
    threads: int,
    where: Cluster | None,
    used: UsedFiles,
) -> None:
    """Fill the cells of the jobs' rows: from the parts of an earlier run, else from the films."""
    texts = table.text(START), table.text(LENGTH)

    def put(job: SceneJob, segments: Segments) -> None:
        rows = list(todo[job.filename])
        for n, row in enumerate(rows):
            span = map(str, segments.spans[n]) if segments.has_video else (texts[0][row], texts[1][row])
            found.starts[row], found.lengths[row] = span
        found.found += len(rows) if segments.has_video else 0
        found.blind += 0 if segments.has_video else len(rows)
        found.beyond += [(job.filename, job.spans[n][0]) for n in segments.beyond]
        used.note(job.filename, segments.problem)
        found.partly += [(job.filename, segments.problem)] if segments.problem else []

    keys = [_made_from(job) for job in jobs]
    new = []
    with bar(len(jobs), "scenes", "film") as progress:
        for n, job in enumerate(jobs):
            known = _load(parts, keys[n], job)
            if known is None:
                new.append(n)
            else:
                put(job, known)
                progress.update()
        ready = compile_levels if any(jobs[n].settings.detector == MEAN for n in new) else None
        for outcome in run_many(scene_segments, [jobs[n] for n in new], threads, where, ready):
            if outcome.result is None:
                found.bad.append(outcome.bad(outcome.job.filename))
            else:
                put(outcome.job, outcome.result)
                if len(jobs) > 1:
                    _save(parts, keys[new[outcome.index]], outcome.result)
            progress.update()
    found.bad.sort()
    found.partly.sort()


def _made_from(job: SceneJob) -> list[object]:
    """Return everything that a film's segments depend on, for the name of their part."""
    path = media_path(job.folder, job.filename)
    state = file_state(path) if os.path.exists(path) else "missing"
    settings = {name: value for name, value in dataclasses.asdict(job.settings).items() if name != "overwrite"}
    return [VERSION, job.filename, state, settings, job.spans]


def _save(parts: Parts, key: object, segments: Segments) -> None:
    starts, lengths = zip(*segments.spans) if segments.has_video else ((), ())
    columns = {START: list(map(str, starts)), LENGTH: list(map(str, lengths))}
    after = [str(int(n in segments.beyond)) for n in range(len(starts))]
    about = {AFTER: after, "problem": [segments.problem] * len(starts)}
    parts.save(key, Table.of(columns | about))


def _load(parts: Parts, key: object, job: SceneJob) -> Segments | None:
    """Return the segments that an earlier run found for a job, or None."""
    table = parts.load(key)
    if table is None:
        return None
    try:
        starts, lengths, after = (table.all_numbers(name).astype(int).tolist() for name in (START, LENGTH, AFTER))
        problems = table.text("problem")
    except MediaError:  # not one of ours
        return None
    if not starts:
        return Segments(has_video=False)
    if len(starts) != len(job.spans):
        return None
    beyond = tuple(n for n, is_after in enumerate(after) if is_after)
    return Segments(tuple(zip(starts, lengths)), True, beyond, problems[0])
