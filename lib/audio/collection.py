"""The sample tables of a whole collection: one for each file, or one for all, made in parallel and resumable."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from lib.audio.kernels import compile_kernels
from lib.audio.made_with import check_place, check_settings, keep_settings
from lib.audio.samples import BASE_COLUMNS, FEATURE_COLUMNS, SampleJob, SampleTableResult, sample_table_of
from lib.audio.shares import load_parts, save_part, share_out
from lib.errors import MediaError, OccupiedError
from lib.io.files import check_outputs, make_folder, media_path
from lib.io.formats import counted
from lib.io.names import filled_in
from lib.io.pipes import is_stream
from lib.io.progress import bar
from lib.io.used_files import UsedFiles
from lib.parallel.jobs import Cluster, on_cluster
from lib.parallel.run import run_many
from lib.tables.parts import Parts
from lib.tables.table import Table, concatenate, read_filled, read_names, write_table

# The subfolder, beside the output, for the tables of single files until each file's share is known.
SHARES = "shares"


@dataclass
class SamplesReport:
    """What became of a collection: counts of files and samples, and (name, reason) of the files that were bad, and of
    those that were used as far as they could be read. filtered, over, short: samples that did not meet the filter, that
    were more than are wanted, and that are shorter than is wanted. unwritten: whether some are bad because their table
    cannot be written; changed: the skipped files that have changed since.
    """

    files: int = 0
    samples: int = 0
    silent: int = 0
    skipped: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    filtered: int = 0
    over: int = 0
    short: int = 0
    unwritten: bool = False
    changed: list[str] = field(default_factory=list)

    def summary(self, out: str, left_out: Sequence[str] = ()) -> str:
        """Return one line about what was done; left_out: more to say about what was left out."""
        idle = self.skipped and not self.files and not self.bad
        parts = [] if idle else [f"{counted(self.samples, 'sample')} of {counted(self.files, 'file')}"]
        if self.silent:
            parts.append(f"{self.silent} without any sound to cut")
        if self.skipped:
            parts.append(f"{'nothing to do: ' if idle else ''}{counted(self.skipped, 'file')} already done")
        if self.bad:
            parts.append(f"{counted(len(self.bad), 'bad file')}")
        if self.partly:
            parts.append(f"{counted(len(self.partly), 'file')} read in part")
        nothing = self.bad and not self.files and not self.skipped
        return ", ".join([*parts, *left_out]) + (": no table is written" if nothing else f" -> {out}")

    def count(self, rows: int, total: int, available: int, short: int) -> None:
        """Add one file: its samples, how many it had in all, and how many meet the filter; short: besides."""
        self.files += 1
        self.samples += rows
        self.silent += total + short == 0
        self.short += short
        self.filtered += total - available
        self.over += available - rows


@dataclass(frozen=True)
class _FileJob:
    job: SampleJob
    out: str


def _write_file_table(task: _FileJob) -> tuple[int, int, int, int, str]:
    made = sample_table_of(task.job)
    write_table(made.table, task.out)
    return len(made.table), made.total, made.available, made.short, made.problem


def make_tables(
    jobs: Sequence[SampleJob],
    out: str,
    overwrite: bool,
    threads: int,
    cluster: str = "",
    source: str = "",
    count: int = -1,
) -> SamplesReport:
    """Make the sample tables of `jobs`; `out` names one table for all, or with `%s` one for each file.

    An existing table (with the columns asked for, and made with the same settings) is kept unless `overwrite`. A
    bad file does not stop the others.
    threads: files at a time; cluster: address of a Dask cluster to do it on ("": here); source: the table that names
    the files, if one does, which is not replaced either; count: samples in all (-1: all), in even shares. Raises
    MediaError if `out` cannot be written, was made with other settings, holds samples of other files, or is not a
    table of samples; or if the cluster cannot be used.
    """
    # Before any work: refuse names that leave the folder, and outputs that would replace an input.
    inputs = [media_path(job.folder, job.filename) for job in jobs]
    outputs = list(dict.fromkeys(filled_in(out, job.filename) for job in jobs)) or [out]
    check_outputs(outputs, [*inputs, source] if source else inputs)
    folder = os.path.dirname(out.split("%s", maxsplit=1)[0])
    make_folder(folder)
    each = "%s" in out
    check_place(out)
    wanted = jobs[0].columns if jobs and not overwrite else ()
    if each:  # only tables made here are overwritten, not the target of a link of that name
        _check_tables([path for path in outputs if not overwrite or os.path.islink(path)], wanted)
    elif not overwrite and not is_stream(out):
        _check_tables([out], wanted)
    _parts(out).check()
    if jobs:
        if not overwrite and _some_there(jobs, out):
            check_settings(jobs[0], out, count)
        keep_settings(jobs[0], out, count)
    where = on_cluster(cluster, [*{job.folder for job in jobs}, *inputs], [folder] if each else [])
    if where is None:  # workers elsewhere may not see this folder
        jobs = [dataclasses.replace(job, keep=_parts_of(out)) for job in jobs]
    with UsedFiles(out, "samples", jobs[0].folder if jobs else "", [job.filename for job in jobs]) as used:
        done = (_one_each if each else _one_for_all)(jobs, out, overwrite, threads, where, count, used)
        done.changed, partly = used.skipped(done.bad)
    done.partly = sorted(done.partly + partly)
    return done


def _one_each(
    jobs: Sequence[SampleJob], out: str, overwrite: bool, threads: int, where: Cluster | None, count: int,
    used: UsedFiles,
) -> SamplesReport:  # fmt: skip
    done = SamplesReport()
    tasks = []
    paths = {job.filename: filled_in(out, job.filename) for job in jobs}
    parts = _parts(out)
    if overwrite:
        parts.remove()
    ready: dict[str, SampleTableResult] = {}
    if count > 0 and jobs:
        needed = set(jobs[0].columns)
        there = {
            name: len(read_filled(path))
            for name, path in paths.items()
            if not overwrite and os.path.isfile(path) and needed <= set(_columns(path))
        }
        if len(there) < len(paths):
            jobs, ready = share_out(jobs, count, there, parts, threads, where)
    for name, made in ready.items():
        write_table(made.table, paths[name])
        _add(done, used, name, made)
    jobs = [job for job in jobs if job.filename not in ready]
    for job in jobs:
        path = paths[job.filename]
        if not overwrite and os.path.isfile(path) and set(job.columns) <= set(_columns(path)):
            done.skipped += 1
        else:
            tasks.append(_FileJob(job, path))
    with bar(len(tasks), "samples") as progress:
        for outcome in run_many(_write_file_table, tasks, threads, where, compile_kernels):
            if outcome.result is None:
                done.bad.append(outcome.bad(outcome.job.job.filename))
                done.unwritten |= outcome.is_unwritten
            else:
                *counts, problem = outcome.result
                done.count(*counts)
                used.note(outcome.job.job.filename, problem)
                if problem:
                    done.partly.append((outcome.job.job.filename, problem))
            progress.update()
    done.bad.sort()
    done.partly.sort()
    parts.remove()
    return done


def is_begun(jobs: Sequence[SampleJob], out: str) -> bool:
    """Return whether another run would continue from what there is: tables, or parts of them."""
    paths = {filled_in(out, job.filename) for job in jobs}
    return _parts(out).is_begun() or any(map(os.path.isfile, paths))


def _parts(out: str) -> Parts:
    """Return where tables of files are kept until the output can be written."""
    return Parts(_parts_of(out))


def _parts_of(out: str) -> str:
    return os.path.join(os.path.dirname(out.split("%s", maxsplit=1)[0]), SHARES) if "%s" in out else out


def _add(done: SamplesReport, used: UsedFiles, name: str, made: SampleTableResult) -> None:
    used.note(name, made.problem)
    done.count(len(made.table), made.total, made.available, made.short)
    done.partly += [(name, made.problem)] if made.problem else []


def _some_there(jobs: Sequence[SampleJob], out: str) -> bool:
    """Return whether a table exists that would be kept."""
    paths = [filled_in(out, job.filename) for job in jobs] if "%s" in out else [out]
    return any(os.path.isfile(path) and set(jobs[0].columns) <= set(_columns(path)) for path in paths)


def _check_tables(paths: Sequence[str], wanted: Sequence[str] = ()) -> None:
    """Raise OccupiedError if one of these exists and is not a table of samples: the user named its folder only.

    wanted: the columns of the new table: one that lacks some is replaced, unless columns of other stages, or of
    someone's, would be lost.
    """
    for path in paths:
        if not os.path.lexists(path):
            continue
        try:
            columns = read_names(path)
        except MediaError as error:
            raise OccupiedError(f"already exists, and is not a table of samples ({error.reason})", path) from error
        if not set(BASE_COLUMNS) <= set(columns):
            raise OccupiedError("already exists, and is not a table of samples", path)
        lost = [name for name in columns if name not in BASE_COLUMNS + FEATURE_COLUMNS]
        lacks = [name for name in wanted if name not in columns]
        if lacks and lost:
            reason = f"lacks {', '.join(lacks)}, and has columns that would be lost: {', '.join(lost)}"
            raise OccupiedError(reason, path)


def _columns(path: str) -> list[str]:
    try:
        return read_names(path)
    except MediaError:  # damaged: it is made again
        return []


def _one_for_all(
    jobs: Sequence[SampleJob], out: str, overwrite: bool, threads: int, where: Cluster | None, count: int,
    used: UsedFiles,
) -> SamplesReport:  # fmt: skip
    done = SamplesReport()
    parts = _parts(out)
    old = None
    if overwrite:
        parts.remove()
    elif jobs and os.path.isfile(out) and set(jobs[0].columns) <= set(_columns(out)):
        old = read_filled(out)
    finished = _rows_by_file(old, jobs, out) if old is not None else {}
    if old is not None and len(finished) < len(jobs) and not jobs[0].features and FEATURE_COLUMNS[0] in old.columns:
        raise OccupiedError("was made with other settings (features yes, not no)", out)
    done.skipped = len(finished)
    tables: dict[str, SampleTableResult] = {}
    if count > 0 and len(finished) < len(jobs):
        rows = {name: len(table) for name, table in finished.items()}
        if sum(rows.values()) >= count:  # the other files gave none
            done.skipped = len(jobs)
            return done
        jobs, tables = share_out(jobs, count, rows, parts, threads, where)
    kept, todo = load_parts(parts, [job for job in jobs if job.filename not in finished | tables])
    tables |= kept
    with bar(len(jobs), "samples") as progress:
        progress.update(len(jobs) - len(todo))
        for outcome in run_many(sample_table_of, todo, threads, where, compile_kernels):
            if outcome.result is None:
                done.bad.append(outcome.bad(outcome.job.filename))
            else:
                tables[outcome.job.filename] = outcome.result
                save_part(parts, outcome.job, outcome.result, several=len(jobs) > 1)
            progress.update()
    for name, made in tables.items():
        _add(done, used, name, made)
    done.bad.sort()
    done.partly.sort()
    if not jobs or tables or finished:
        whole = finished | {name: made.table for name, made in tables.items()}
        _write(out, jobs, [whole[job.filename] for job in jobs if job.filename in whole], old)
        parts.remove()
    return done


def _write(out: str, jobs: Sequence[SampleJob], tables: Sequence[Table], old: Table | None) -> None:
    empty = Table.of({name: [] for name in (jobs[0].columns if jobs else SampleJob("", "", 0, 0, False).columns)})
    if old is not None:
        empty = old.take([])
    whole = concatenate([empty, *tables])
    if old is not None:
        whole = dataclasses.replace(whole, path=old.path, state=old.state)
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
