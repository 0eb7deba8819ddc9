"""A total number of samples, in even shares per file: files that have fewer give all, and others make up for them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence

from lib.audio.kernels import compile_kernels
from lib.audio.samples import SampleJob, SampleTableResult, sample_table_of, spread
from lib.io.files import media_path
from lib.io.progress import bar
from lib.io.states import file_state
from lib.parallel.jobs import Cluster
from lib.parallel.run import run_many
from lib.tables.parts import Parts
from lib.tables.subset import even_shares
from lib.tables.table import Table

# Saved with a part: how many samples there were, how many met the filter, and how many were too short.
COUNTS = ("total", "available", "short")


def made_from(job: SampleJob) -> list[object]:
    """Return everything that a file's table depends on, for the name of its part."""
    settings = {k: v for k, v in dataclasses.asdict(job).items() if k not in ("threads", "keep")}
    path = media_path(job.folder, job.filename)
    return [settings, file_state(path) if os.path.exists(path) else "missing"]


def save_part(parts: Parts, job: SampleJob, made: SampleTableResult, several: bool) -> None:
    """Save the result for one of several files until all are done.

    Not if it could not be read to its end: the next run has to report that too.
    """
    if several and not made.problem:
        parts.save(made_from(job), made.table)
        counts = (str(made.total), str(made.available), str(made.short))
        parts.save([*made_from(job), "counts"], Table.of({name: [cell] for name, cell in zip(COUNTS, counts)}))


def load_part(parts: Parts, job: SampleJob) -> SampleTableResult | None:
    """Return the saved result for a file, or None."""
    table = parts.load(made_from(job))
    if table is None:
        return None
    counts = parts.load([*made_from(job), "counts"])
    known = counts is not None and set(COUNTS) <= set(counts.columns) and len(counts) == 1
    if counts is None or not known:
        return SampleTableResult(table, "", len(table), len(table))
    return SampleTableResult(table, "", *(int(counts.text(name)[0]) for name in COUNTS))


def load_parts(parts: Parts, jobs: Sequence[SampleJob]) -> tuple[dict[str, SampleTableResult], list[SampleJob]]:
    """Return the results that an earlier run saved, by file, and the jobs that are left."""
    found, left = {}, []
    for job in jobs:
        known = load_part(parts, job) if len(jobs) > 1 else None
        if known is None:
            left.append(job)
        else:
            found[job.filename] = known
    return found, left


def share_out(
    jobs: Sequence[SampleJob], count: int, taken: Mapping[str, int], parts: Parts, threads: int, where: Cluster | None
) -> tuple[list[SampleJob], dict[str, SampleTableResult]]:
    """Return the jobs with each file's exact share of `count` samples, and the results already made for most files.

    taken: the rows of files that have their tables; they count. A first pass takes the same number from each file and
    counts its samples: only files that have to make up for others are read once more, by the caller.
    """
    todo = [job for job in jobs if job.filename not in taken]
    wanted = max(count - sum(taken.values()), 0)
    first = [_limited(job, -(-wanted // len(todo))) for job in todo]
    made, new = load_parts(parts, first)
    with bar(len(todo), "counting") as progress:
        progress.update(len(made))
        for outcome in run_many(sample_table_of, new, threads, where, compile_kernels):
            if outcome.result is not None:
                made[outcome.job.filename] = outcome.result
                save_part(parts, outcome.job, outcome.result, several=len(jobs) > 1)
            progress.update()
    most = [_available(job, made) for job in todo]
    shares = dict(zip((job.filename for job in todo), even_shares(most, wanted, exact=True)))
    ready = {}
    for name, share in shares.items():
        if name in made and share <= len(made[name].table):
            rows = _cut(made[name].table, share, bool(jobs[0].sort))
            ready[name] = made[name]._replace(table=rows)
    return [_limited(job, shares[job.filename]) if job.filename in shares else job for job in jobs], ready


def _limited(job: SampleJob, most: int) -> SampleJob:
    """Return the job with at most this many rows (at least one: a file without wanted rows is only counted)."""
    most = max(most, 1)
    return dataclasses.replace(job, most=most if job.most < 0 else min(most, job.most))


def _available(job: SampleJob, made: Mapping[str, SampleTableResult]) -> int:
    found = made[job.filename].available if job.filename in made else 0
    return found if job.most < 0 else min(found, job.most)


def _cut(table: Table, most: int, is_sorted: bool) -> Table:
    """Return the first rows of a sorted table, else rows spread over all of it."""
    return table.take(range(most) if is_sorted and most < len(table) else spread(len(table), most))
