"""The sample tables of a whole collection: one for each file, or one for all, made in parallel and resumable."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from lib.audio.made_with import check_place, check_settings, keep_settings
from lib.audio.samples import BASE_COLUMNS, SampleJob, sample_table_of
from lib.errors import MediaError, OccupiedError
from lib.io.files import check_outputs, make_folder, media_path
from lib.io.progress import bar
from lib.io.states import file_state
from lib.parallel.jobs import Cluster, on_cluster
from lib.parallel.run import run_many
from lib.tables.parts import Parts
from lib.tables.table import Table, concatenate, read_table, write_table


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is due."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


@dataclass
class SamplesReport:
    """What became of a collection: counts of files and samples, and (name, reason) of the files that were bad, and of
    those that were used as far as they could be read.
    """

    files: int = 0
    samples: int = 0
    silent: int = 0
    skipped: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)

    def summary(self, out: str) -> str:
        """Return one line that says what was done."""
        parts = [f"{counted(self.samples, 'sample')} of {counted(self.files, 'file')}"]
        if self.silent:
            parts.append(f"{self.silent} without any sound to cut")
        if self.skipped:
            parts.append(f"{counted(self.skipped, 'file')} done already")
        if self.bad:
            parts.append(f"{counted(len(self.bad), 'bad file')}")
        if self.partly:
            parts.append(f"{counted(len(self.partly), 'file')} read in part")
        return f"{', '.join(parts)} -> {out}"

    def count(self, rows: int) -> None:
        """Add one file and the number of its samples."""
        self.files += 1
        self.samples += rows
        self.silent += rows == 0


@dataclass(frozen=True)
class _FileJob:
    job: SampleJob
    out: str


def _write_file_table(task: _FileJob) -> tuple[int, str]:
    table, problem = sample_table_of(task.job)
    write_table(table, task.out)
    return len(table), problem


def make_tables(
    jobs: Sequence[SampleJob], out: str, overwrite: bool, threads: int, cluster: str = "", source: str = ""
) -> SamplesReport:
    """Make the sample tables of `jobs`; `out` names one table for all, or with `%s` one for each file.

    What is there already (with the columns asked for, and made with the same settings) is kept unless `overwrite`. A
    bad file does not stop the others.
    threads: files at a time; cluster: address of a Dask cluster to do it on ("": here); source: the table that names
    the files, if one does, which is not replaced either. Raises MediaError if `out` cannot be written, was made with
    other settings, holds samples of other files, or is none of our tables; or the cluster cannot be used.
    """
    # Before anything is made: names that leave -dir are refused, and outputs that would replace what is read.
    inputs = [media_path(job.folder, job.filename) for job in jobs]
    outputs = list(dict.fromkeys(out.replace("%s", job.filename) for job in jobs)) or [out]
    check_outputs(outputs, [*inputs, source] if source else inputs)
    folder = os.path.dirname(out.split("%s", maxsplit=1)[0])
    make_folder(folder)
    each = "%s" in out
    check_place(out)
    if each and not overwrite:
        _check_tables(outputs)
    if not each:
        Parts(out).check()
    if jobs:
        if not overwrite and _some_there(jobs, out):
            check_settings(jobs[0], out)
        keep_settings(jobs[0], out)
    where = on_cluster(cluster, [*{job.folder for job in jobs}, *inputs], [folder] if each else [])
    return (_one_each if each else _one_for_all)(jobs, out, overwrite, threads, where)


def _one_each(
    jobs: Sequence[SampleJob], out: str, overwrite: bool, threads: int, where: Cluster | None
) -> SamplesReport:
    done = SamplesReport()
    tasks = []
    for job in jobs:
        path = out.replace("%s", job.filename)
        if not overwrite and os.path.isfile(path) and set(job.columns) <= set(_columns(path)):
            done.skipped += 1
        else:
            tasks.append(_FileJob(job, path))
    with bar(len(tasks), "samples") as progress:
        for outcome in run_many(_write_file_table, tasks, threads, where):
            if outcome.result is None:
                done.bad.append(outcome.bad(outcome.job.job.filename))
            else:
                rows, problem = outcome.result
                done.count(rows)
                if problem:
                    done.partly.append((outcome.job.job.filename, problem))
            progress.update()
    done.bad.sort()
    done.partly.sort()
    return done


def _some_there(jobs: Sequence[SampleJob], out: str) -> bool:
    """Say whether a table that would be kept is there."""
    paths = [out.replace("%s", job.filename) for job in jobs] if "%s" in out else [out]
    return any(os.path.isfile(path) and set(jobs[0].columns) <= set(_columns(path)) for path in paths)


def _check_tables(paths: Sequence[str]) -> None:
    """Raise OccupiedError if one of these is there and no table of samples: it was not named, only its folder was."""
    for path in paths:
        if not os.path.lexists(path):
            continue
        try:
            columns = read_table(path).columns
        except MediaError as error:
            raise OccupiedError(f"is there already, and no table of samples ({error.reason})", path) from error
        if not set(BASE_COLUMNS) <= set(columns):
            raise OccupiedError("is there already, and no table of samples", path)


def _columns(path: str) -> list[str]:
    try:
        return read_table(path).columns
    except MediaError:  # damaged: it is made again
        return []


def _one_for_all(
    jobs: Sequence[SampleJob], out: str, overwrite: bool, threads: int, where: Cluster | None
) -> SamplesReport:
    done = SamplesReport()
    parts = Parts(out)
    old = None
    if overwrite:
        parts.remove()
    elif jobs and os.path.isfile(out) and set(jobs[0].columns) <= set(_columns(out)):
        old = read_table(out)
    finished = _rows_by_file(old, jobs, out) if old is not None else {}
    done.skipped = len(finished)
    tables: dict[str, Table] = {}
    todo, keys = [], []
    for job in jobs:
        if job.filename in finished:
            continue
        key = _made_from(job)
        part = parts.load(key) if len(jobs) > 1 else None
        if part is not None:
            tables[job.filename] = part
        else:
            todo.append(job)
            keys.append(key)
    with bar(len(jobs), "samples") as progress:
        progress.update(len(jobs) - len(todo))
        for outcome in run_many(sample_table_of, todo, threads, where):
            if outcome.result is None:
                done.bad.append(outcome.bad(outcome.job.filename))
            else:
                tables[outcome.job.filename], problem = outcome.result
                done.partly += [(outcome.job.filename, problem)] if problem else []
                if len(jobs) > 1 and not problem:  # (else the next run is to tell it too)
                    parts.save(keys[outcome.index], tables[outcome.job.filename])
            progress.update()
    done.bad.sort()
    done.partly.sort()
    for table in tables.values():
        done.count(len(table))
    if not jobs or tables or finished:
        made = finished | tables
        _write(out, jobs, [made[job.filename] for job in jobs if job.filename in made], old)
        parts.remove()
    return done


def _write(out: str, jobs: Sequence[SampleJob], tables: Sequence[Table], old: Table | None) -> None:
    empty = Table.of({name: [] for name in (jobs[0].columns if jobs else SampleJob("", "", 0, 0, False).columns)})
    if old is not None:
        empty = old.take([])
    whole = concatenate([empty, *tables])
    if old is None or len(whole) != len(old):
        write_table(whole, out)


def _rows_by_file(old: Table, jobs: Sequence[SampleJob], out: str) -> dict[str, Table]:
    """Return the rows of each file that the table holds; files that are not asked for are an error, not lost."""
    rows: dict[str, list[int]] = {}
    for n, name in enumerate(old.text("filename")):
        rows.setdefault(name, []).append(n)
    others = sorted(set(rows) - {job.filename for job in jobs})
    if others:
        raise OccupiedError(f"holds samples of other files ({others[0]}{', ...' if len(others) > 1 else ''})", out)
    return {name: old.take(places) for name, places in rows.items()}


def _made_from(job: SampleJob) -> list[object]:
    """Return all that a file's table depends on, for its part's name."""
    settings = {k: v for k, v in dataclasses.asdict(job).items() if k != "threads"}
    path = media_path(job.folder, job.filename)
    return [settings, file_state(path) if os.path.exists(path) else "missing"]
