"""The lengths of a collection's files, written into its manifest as they are measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from lib.errors import MediaError
from lib.io.files import media_path
from lib.io.presence import check_there
from lib.io.progress import bar
from lib.io.used_files import UsedFiles
from lib.parallel.jobs import Outcome, on_cluster
from lib.parallel.run import run_many
from lib.tables.table import Table, read_filled, write_table
from lib.video.probe import Probe, probe

AUDIO_COLUMN, VIDEO_COLUMN = "hasAudio", "hasVideo"
# Measurements are saved at this interval, so that a kill costs no more.
SECONDS_BETWEEN_SAVES = 5.0
# The cells of a file that is missing or cannot be read.
NOTHING = ("0", "0", "0")


@dataclass
class FileFeaturesReport:
    """What became of a manifest: files measured, rows that had a duration already, how many of these lack hasAudio or
    hasVideo, seconds in total, and (name, reason) of bad files, in the order of the rows, and of those read in part;
    changed: those with a duration that have changed since.
    """

    files: int = 0
    skipped: int = 0
    incomplete: int = 0
    seconds: float = 0.0
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _FileJob:
    folder: str
    filename: str
    fast: bool


def _probe_file(job: _FileJob) -> Probe:
    return probe(media_path(job.folder, job.filename), job.fast)


class _Cells:
    """The three columns while they are being filled."""

    def __init__(self, table: Table, duration_key: str) -> None:
        self._table = table
        self.names = (duration_key, AUDIO_COLUMN, VIDEO_COLUMN)
        empty = [""] * len(table)
        self.columns = [table.text(name) if name in table.columns else list(empty) for name in self.names]
        self._saved = time.monotonic()
        self._changed = False

    def put(self, rows: list[int], cells: tuple[str, str, str]) -> None:
        for column, cell in zip(self.columns, cells):
            for row in rows:
                column[row] = cell
        self._changed = True

    def save(self, path: str, now: bool) -> None:
        """Write the manifest, if it has changed and the last save is long enough ago (or `now`)."""
        if self._changed and (now or time.monotonic() - self._saved > SECONDS_BETWEEN_SAVES):
            self._changed = False  # before: a write that fails is not tried again at the end
            self._table = write_table(self._table.with_columns(dict(zip(self.names, self.columns))), path)
            self._saved = time.monotonic()


def add_file_features(
    path: str, folder: str, filename_key: str, duration_key: str, fast: bool, overwrite: bool, threads: int,
    cluster: str = "", begin: Callable[[], object] = lambda: None,
) -> FileFeaturesReport:  # fmt: skip
    """Measure the files of a manifest and write `duration_key` (seconds), hasAudio and hasVideo (0, 1) into it.

    path: the manifest, a CSV table; folder: of the files in `filename_key`; fast: trust the files' headers;
    overwrite: measure rows that have a duration too; threads: files at a time; cluster: address of a Dask cluster to do
    it on ("": here); begin: called before the table is first changed. A missing or unreadable file gets 0, 0, 0.
    Results are saved now and then, and when the run is interrupted. Raises MediaError if the manifest or the cluster
    cannot be used, or none of the files is in the folder.
    """
    table = read_filled(path)
    names = table.text(filename_key)
    if not names:
        raise MediaError("the table has no rows", path)
    if len({filename_key, duration_key, AUDIO_COLUMN, VIDEO_COLUMN}) < 4:
        raise MediaError(f"{filename_key} and {duration_key}: give different columns, other than hasAudio and hasVideo")
    known = table.numbers(duration_key) > 0 if duration_key in table.columns and not overwrite else [False] * len(names)
    done = FileFeaturesReport(skipped=int(sum(known)))
    cells = _Cells(table, duration_key)
    done.incomplete = sum(bool(k) and "" in (a, v) for k, a, v in zip(known, *cells.columns[1:]))
    rows: dict[str, list[int]] = {}
    for row, (name, skip) in enumerate(zip(names, known)):
        if not skip:
            rows.setdefault(name, []).append(row)
    check_there(folder, names)
    reasons: dict[str, str] = {}
    jobs = [_FileJob(folder, name, fast) for name in rows]
    used = UsedFiles(path, f"durations: {duration_key}", folder, names)
    try:
        for outcome in _with_progress(jobs, threads, cluster):
            if not done.files and not reasons:
                begin()
            name, found = outcome.job.filename, outcome.result
            done.files += found is not None
            if found is None:
                reasons[name] = outcome.bad(name)[1]
                cells.put(rows[name], NOTHING)
            else:
                done.seconds += found.duration
                done.partly += [(name, found.problem)] if found.problem else []
                used.note(name, found.problem)
                flags = (str(int(found.has_audio)), str(int(found.has_video)))
                cells.put(rows[name], (f"{found.duration:.3f}", *flags))
            cells.save(path, now=False)
    finally:
        cells.save(path, now=True)
        used.save()
    done.changed, partly = used.skipped(reasons.items())
    done.partly += partly
    done.bad = [(name or f"line {table.line(rows[name][0])}", reasons[name]) for name in rows if name in reasons]
    return done


def _with_progress(jobs: list[_FileJob], threads: int, cluster: str) -> Iterator[Outcome[_FileJob, Probe]]:
    where = on_cluster(cluster, _seen(jobs))
    with bar(len(jobs), "durations") as progress:
        for outcome in run_many(_probe_file, jobs, threads, where):
            yield outcome
            progress.update()


def _seen(jobs: list[_FileJob]) -> Iterator[str]:
    """Yield the paths that the workers of a cluster must see."""
    for job in jobs:
        yield job.folder
        with suppress(MediaError):  # measuring reports a refused name
            yield media_path(job.folder, job.filename)
