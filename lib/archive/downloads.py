"""Many downloads from the archive: existing files are found, the others downloaded in parallel, failures last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field

from lib.archive.answers import ArchiveFile, LastingError, RefusedError, may_come_later
from lib.archive.client import Archive
from lib.archive.download import Job, download, fault
from lib.archive.meter import Meter
from lib.archive.plan import Plan, WantedFile
from lib.archive.record import Record
from lib.archive.rounds import in_two_rounds, one_round
from lib.io.formats import counted
from lib.io.names import local_path
from lib.io.progress import bar, each, human


@dataclass
class Summary:
    """What became of the files: numbers of those downloaded (with their bytes), present, and refused according to an
    earlier run; (name, reason) of the rest."""

    downloaded: int = 0
    size: int = 0
    present: int = 0
    refused: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        known = f", refused by the archive {self.refused} (reported before)" if self.refused else ""
        done = f"downloaded {self.downloaded} ({human(self.size)}), present {self.present}"
        return f"{done}, failed {len(self.failed)}{known}"


@dataclass(frozen=True)
class _Failure:
    file: WantedFile
    reason: str
    kind: type[BaseException] | None


class Downloads:
    """The files of a folder `out` and the record of their sources. Use it in a `with`.

    Raises MediaError if the folder cannot be created or written to, or another run is writing there.
    """

    def __init__(self, out: str) -> None:
        self.out = out
        self.record = Record(out)
        self.summary = Summary()

    def __enter__(self) -> Downloads:
        return self

    def __exit__(self, *exc: object) -> None:
        self.record.close()

    def fetch(self, archive: Archive, plan: Plan, workers: int, overwrite: bool) -> None:
        """Download the missing files, `workers` at a time; `summary` counts the results.

        Failures are tried again once all others are done. Refused files are recorded: later runs do not count them as
        failed, and ask for them again after a day. overwrite: download everything again, refused files too. Raises
        StopRunError if nothing more can be done (the disk is full, the archive is out of reach); the same call
        continues later.
        """
        for item, name, label, reason in plan.impossible:
            self._report(item, name, label, reason, lasting=True, holds=False, again=overwrite)
        left = []
        for file in plan.wanted:
            if not overwrite and self.record.is_whole(file.item, file.name, self._target(file.name)):
                self.summary.present += 1
            elif not overwrite and self.record.is_refused(file.item, file.name):
                self.summary.refused += 1
            else:
                left.append(file)
        failures: list[_Failure] = []
        try:
            with archive.first_round():
                self._round(archive, left, workers, overwrite, failures)
            later = {failure.file for failure in failures if may_come_later(failure.kind)}
            failures[:] = [failure for failure in failures if failure.file not in later]
            again = [file for file in left if file in later]
            if not again:
                return
            if overwrite:
                self._download_anew(archive, again, workers, failures)
            else:
                self._round(archive, again, workers, False, failures)
        finally:
            for failure in failures:
                self._give_up(failure, overwrite)

    def _give_up(self, failure: _Failure, again: bool) -> None:
        file, kind = failure.file, failure.kind
        lasting = kind is not None and issubclass(kind, RefusedError)
        # An obstacle here may be gone by the next run; the archive need not be asked again so soon.
        self._report(file.item, file.name, file.label, failure.reason, lasting, kind is not LastingError, again)

    def _report(self, item: str, name: str, label: str, reason: str, lasting: bool, holds: bool, again: bool) -> None:
        """Count a file as failed; or as refused, if an earlier run has reported it.

        lasting: it is recorded; holds: it is not requested again for a while; again: report it again.
        """
        if lasting and not again and self.record.is_known(item, name, reason):
            self.summary.refused += 1
        else:
            self.summary.failed.append((label, reason))
        if lasting:
            self.record.refuse(item, name, reason, holds)

    def _target(self, name: str) -> str:
        """Return the path of a file of this name."""
        return os.path.join(self.out, local_path(name))

    def _round(
        self, archive: Archive, files: Sequence[WantedFile], workers: int, overwrite: bool, failures: list[_Failure]
    ) -> None:
        """Look up the files and download them; overwrite: from the start, complete ones too. Adds failures."""
        by_job = self._look_up(archive, files, workers, failures)
        if overwrite:
            for job in by_job:
                job.forget()
        missing = list(by_job) if overwrite else self._missing(archive, by_job, workers, failures)
        self._download(archive, self._without_clashes(missing, by_job, failures), by_job, workers, failures)

    def _download_anew(
        self, archive: Archive, files: Sequence[WantedFile], workers: int, failures: list[_Failure]
    ) -> None:
        """Continue downloads that replace existing files. Adds failures."""
        by_job = self._look_up(archive, files, workers, failures)
        self._download(archive, self._without_clashes(list(by_job), by_job, failures), by_job, workers, failures)

    def _look_up(
        self, archive: Archive, files: Sequence[WantedFile], workers: int, failures: list[_Failure]
    ) -> dict[Job, WantedFile]:
        """Return the jobs for these files, with sizes and checksums from one look-up per item. Adds failures."""
        by_job: dict[Job, WantedFile] = {}
        by_item: dict[str, list[WantedFile]] = {}
        for file in files:
            by_item.setdefault(file.item, []).append(file)
        outcomes = one_round(archive, archive.files, list(by_item), workers)
        for outcome in each(outcomes, len(by_item), "looking up files", "item"):
            listed = {file.name: file for file in outcome.result or []}
            for file in by_item[outcome.job]:
                found = file.among(listed)
                if outcome.error:
                    failures.append(_Failure(file, outcome.bad(outcome.job)[1], outcome.kind))
                elif found is None:
                    reason = "the item has no public file of this name (any more)"
                    failures.append(_Failure(file, reason, RefusedError))
                else:
                    by_job[Job(file.item, found, self._target(file.name), file.name, self.record.token)] = file
        order = {file: place for place, file in enumerate(files)}
        return dict(sorted(by_job.items(), key=lambda pair: order[pair[1]]))

    def _missing(
        self, archive: Archive, by_job: dict[Job, WantedFile], workers: int, failures: list[_Failure]
    ) -> list[Job]:
        """Return the jobs whose file is missing or incomplete; count the others as present."""
        there = [job for job in by_job if os.path.lexists(job.target)]
        missing = set(by_job) - set(there)
        for outcome in each(one_round(archive, _check, there, workers), len(there), "checking files"):
            if outcome.error:
                failures.append(_Failure(by_job[outcome.job], outcome.bad(outcome.job.name)[1], outcome.kind))
            elif not outcome.result:
                self.summary.present += 1
                self.record.keep(outcome.job.item, outcome.job.name, outcome.job.target)
            elif not self.record.holder(outcome.job.name):
                reason = f"another file with this name exists, which this tool did not download: {outcome.result}"
                failures.append(
                    _Failure(by_job[outcome.job], f"{reason}; move it, or download elsewhere", LastingError)
                )
            else:
                missing.add(outcome.job)
        return [job for job in by_job if job in missing]

    def _without_clashes(
        self, jobs: Sequence[Job], by_job: dict[Job, WantedFile], failures: list[_Failure]
    ) -> list[Job]:
        """Return the jobs that would not replace a file downloaded from another item."""
        free = []
        for job in jobs:
            holder = self.record.holder(job.name)
            if holder not in ("", job.item) and os.path.lexists(job.target):
                reason = f"clash: the file of this name is from item {holder}; download this one into another folder"
                failures.append(_Failure(by_job[job], reason, LastingError))
            else:
                free.append(job)
        return free

    def _download(
        self, archive: Archive, jobs: Sequence[Job], by_job: dict[Job, WantedFile], workers: int,
        failures: list[_Failure],
    ) -> None:  # fmt: skip
        gathered = sum(job.gathered() for job in jobs)
        needed, free = sum(job.file.size or 0 for job in jobs) - gathered, shutil.disk_usage(self.out).free
        if needed > free:
            archive.notify(f"{self.out}: needs {human(needed)}, but only {human(free)} is free")
        with bar(sum(job.file.size or 0 for job in jobs), "downloading", "B", scale=True) as progress:
            progress.begin_at(gathered)
            meter = Meter(self.out, progress)
            for outcome in one_round(archive, lambda job: download(archive, job, meter), jobs, workers):
                job = outcome.job
                if outcome.error:
                    failures.append(_Failure(by_job[job], outcome.bad(job.name)[1], outcome.kind))
                else:
                    self.summary.downloaded += 1
                    self.summary.size += os.path.getsize(job.target)
                    self.record.keep(job.item, job.name, job.target)


def _check(job: Job) -> str:
    """Return what is wrong with an existing file."""
    if not os.path.isfile(job.target):
        raise LastingError("there is a folder, a pipe or a broken link of this name")
    return fault(job.target, job.file)


@dataclass
class Forecast:
    """The result of a possible download: numbers of files and bytes that are present and missing, files of unknown
    size, and (name, reason) of files that are refused or could not be looked up."""

    present: int = 0
    present_size: int = 0
    coming: int = 0
    coming_size: int = 0
    unknown: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def text(self, free: int) -> str:
        """Return it as a line, with the free bytes of the disk."""
        unknown = f" and {self.unknown} of unknown size" if self.unknown else ""
        room = ": too little" if self.coming_size > free else ""
        return (
            f"{counted(self.present + self.coming, 'file')}; present {self.present} ({human(self.present_size)}), "
            f"missing {self.coming} ({human(self.coming_size)}{unknown}); free {human(free)}{room}"
        )


def forecast(archive: Archive, plan: Plan, out: str, workers: int, sizes: dict[WantedFile, int]) -> Forecast:
    """Return the forecast of a download of these files into `out`; nothing is written.

    sizes: known ones, in bytes; the items of other files are looked up. A file of the right size counts as present.
    """
    seen = Forecast(failed=[(label, reason) for _, _, label, reason in plan.impossible])
    items = list(dict.fromkeys(file.item for file in plan.wanted if file not in sizes))
    shown: dict[str, dict[str, ArchiveFile] | str] = {}
    for outcome in each(in_two_rounds(archive, archive.files, items, workers), len(items), "looking up files", "item"):
        listed = {file.name: file for file in outcome.result or []}
        shown[outcome.job] = outcome.bad(outcome.job)[1] if outcome.error else listed
    for file in plan.wanted:
        size: int | None = sizes.get(file)
        if size is None:
            files = shown[file.item]
            found = None if isinstance(files, str) else file.among(files)
            if found is None:
                seen.failed.append(
                    (
                        file.label,
                        files if isinstance(files, str) else "the item has no public file of this name (any more)",
                    )
                )
                continue
            size = found.size
        path = os.path.join(out, local_path(file.name))
        there = os.path.getsize(path) if os.path.isfile(path) else -1
        if there >= 0 and size in (None, there):
            seen.present, seen.present_size = seen.present + 1, seen.present_size + there
        else:
            seen.coming, seen.coming_size = seen.coming + 1, seen.coming_size + (size or 0)
            seen.unknown += size is None
    return seen


def free_space(folder: str) -> int:
    """Return the free bytes of the disk of `folder`, which need not exist. Raises OSError."""
    path = os.path.abspath(folder)
    while not os.path.isdir(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return shutil.disk_usage(path).free
