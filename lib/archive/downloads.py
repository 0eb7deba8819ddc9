"""Many downloads from the archive: which files are wanted, which are there, and the others side by side."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from lib.archive.answers import ArchiveFile, StoppedError, StopRunError
from lib.archive.client import Archive
from lib.archive.download import Job, Meter, download, fault, human, part_name
from lib.errors import MediaError
from lib.io.journal import Journal
from lib.io.names import local_path
from lib.io.progress import bar, each
from lib.io.states import file_state
from lib.parallel.jobs import Outcome
from lib.parallel.threads import run_threads

# In the folder of the downloads: which file came from which item, and its state when it was verified. It saves reading
# a whole collection again to see that it is whole, and tells files of the same name from different items apart.
RECORD = ".media_tools_downloads"
# What a name of `part_name` looks like.
PART = re.compile(r"\.[\w.-]*\.[0-9a-f]{16}\.part", re.ASCII)
# What file systems allow for one part of a path, in bytes.
LONGEST_NAME = 255

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Wanted:
    """A file of an item, by its name there, which is also its path below the folder of the downloads."""

    item: str
    name: str

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"{self.item}/{self.name}"


@dataclass
class Summary:
    """What became of the files: how many were downloaded (of how many bytes), or there; (name, reason) of the rest."""

    downloaded: int = 0
    size: int = 0
    present: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"downloaded {self.downloaded} ({human(self.size)}), present {self.present}, failed {len(self.failed)}"


class Downloads:
    """The files of a folder `out` and the record of where they came from. Use it in a `with`.

    source: the table of the run ("": none), which no download replaces. Raises MediaError if the folder cannot be made
    or written to, or another run writes there.
    """

    def __init__(self, out: str, source: str = "") -> None:
        self.out, self._source = out, source
        self.record = Journal(Path(out) / RECORD, "file", "part")
        # On some file systems Film.mp4 and film.mp4 are one file, and so are two spellings of an accent.
        self._folds = os.path.exists(os.path.join(out, RECORD.upper()))
        self._known: dict[str, tuple[str, str]] = {
            self._key(entry["file"]): (entry["item"], entry["state"])
            for entry in self.record.entries
            if isinstance(entry, dict) and entry.keys() >= {"file", "item", "state"}
        }
        # Names of what is there in part: plain ones, and hidden, or they are not ours.
        self._parts: dict[tuple[str, str], str] = {
            (entry["item"], self._key(entry["of"])): entry["part"]
            for entry in self.record.entries
            if isinstance(entry, dict) and entry.keys() >= {"part", "item", "of"} and PART.fullmatch(str(entry["part"]))
        }
        self.summary = Summary()

    def __enter__(self) -> Downloads:
        return self

    def __exit__(self, *exc: object) -> None:
        self.record.close()

    def _key(self, name: str) -> str:
        """Return what two names that are one file have in common."""
        with suppress(MediaError):  # an entry of somebody else's
            name = local_path(name)
        path = os.path.normpath(name)
        return unicodedata.normalize("NFC", path).casefold() if self._folds else path

    def plan(self, items: Sequence[str], names: Sequence[str]) -> list[Wanted]:
        """Return the files that the rows want, each once; what cannot be is put among the failed.

        A name that leads out of the folder is refused; of two items that offer the same name the first one gets it.
        """
        wanted: dict[str, Wanted] = {}
        for row, (item, name) in enumerate(zip(items, names, strict=True), start=1):
            file = Wanted(item, name)
            reason = "the row has no identifier" if not item.strip() else self._refusal(name)
            holder = wanted.setdefault(self._key(name), file) if not reason else file
            if holder.item != item:
                reason = f"clash: item {holder.item} offers the same name; download one of them into another folder"
            if reason:
                self.summary.failed.append((file.label if name.strip() and item.strip() else f"row {row}", reason))
        return list(wanted.values())

    def _refusal(self, name: str) -> str:
        if not name.strip():
            return "the row has no filename"
        try:
            parts = os.path.normpath(local_path(name)).split(os.sep)
        except MediaError:
            return "refused: the name leads out of the folder"
        if name.endswith("/") or parts == ["."] or parts[-1] == RECORD:
            return "refused: no name for a file here"
        if self._source and os.path.realpath(self._target(name)) == os.path.realpath(self._source):
            return "refused: it would replace the table that lists it"
        if any(len(os.fsencode(part)) > LONGEST_NAME for part in parts):
            return f"refused: a name of over {LONGEST_NAME} bytes"
        return ""

    def fetch(self, archive: Archive, wanted: Sequence[Wanted], workers: int, overwrite: bool) -> None:
        """Download what is not there yet, `workers` files at a time; `summary` tells what became of each.

        overwrite: download all anew. Raises StopRunError if nothing more can be done (the disk is full, the archive is
        out of reach); the same call goes on later.
        """
        left = [file for file in wanted if overwrite or not self._verified(file)]
        self.summary.present += len(wanted) - len(left)
        jobs = self._look_up(archive, left, workers)
        if overwrite:
            for job in jobs:
                job.forget()
        else:
            jobs = self._missing(archive, jobs, workers)
        self._download(archive, self._without_clashes(jobs), workers)

    def _target(self, name: str) -> str:
        """Return where a file of this name goes."""
        return os.path.join(self.out, local_path(name))

    def _part(self, file: Wanted, target: str) -> str:
        """Return the name under which a file's bytes gather: an earlier run's, or a new one, which is recorded."""
        key = file.item, self._key(file.name)
        there = Path(target).parent / self._parts.get(key, "")
        if key not in self._parts or there.is_symlink() or (there.exists() and not there.is_file()):
            self._parts[key] = part_name(target)
            self.record.append({"part": self._parts[key], "item": file.item, "of": file.name})
        return self._parts[key]

    def _verified(self, file: Wanted) -> bool:
        """Say whether the file is there as it was when it was verified."""
        path = self._target(file.name)
        known = self._known.get(self._key(file.name))
        return known is not None and os.path.isfile(path) and known == (file.item, file_state(path))

    def _keep(self, job: Job) -> None:
        """Record a file as whole."""
        self.record.append({"file": job.file.name, "item": job.item, "state": file_state(job.target)})

    def _look_up(self, archive: Archive, files: Sequence[Wanted], workers: int) -> list[Job]:
        """Return the jobs for these files, with sizes and checksums from one look-up per item."""
        items = list(dict.fromkeys(file.item for file in files))
        shown: dict[str, dict[str, ArchiveFile] | str] = {}
        for outcome in self._side_by_side(archive, archive.files, items, workers, "looking up files", "item"):
            if outcome.error:
                shown[outcome.job] = outcome.bad(outcome.job)[1]
            elif outcome.result is None:
                shown[outcome.job] = "the archive does not show this item (any more)"
            else:
                shown[outcome.job] = {file.name: file for file in outcome.result}
        jobs = []
        for file in files:
            found = shown[file.item]
            if isinstance(found, str):
                self.summary.failed.append((file.label, found))
            elif file.name not in found:
                self.summary.failed.append((file.label, "the item has no public file of this name (any more)"))
            else:
                target = self._target(file.name)
                jobs.append(Job(file.item, found[file.name], target, self._part(file, target)))
        return jobs

    def _missing(self, archive: Archive, jobs: Sequence[Job], workers: int) -> list[Job]:
        """Return the jobs whose file is not there, or not whole; count the others as present."""
        there = [job for job in jobs if os.path.lexists(job.target)]
        missing = {job for job in jobs if job not in set(there)}
        check = self._side_by_side(archive, _check, there, workers, "checking files", "file")
        for outcome in check:
            if outcome.error:
                self.summary.failed.append(outcome.bad(_label(outcome.job)))
            elif not outcome.result:
                self.summary.present += 1
                self._keep(outcome.job)
            elif self._key(outcome.job.file.name) not in self._known:
                reason = f"another file of this name is there, which was not downloaded by this tool: {outcome.result}"
                self.summary.failed.append((_label(outcome.job), f"{reason}; move it away, or download elsewhere"))
            else:
                missing.add(outcome.job)
        return [job for job in jobs if job in missing]

    def _without_clashes(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs that would not replace what was downloaded from another item."""
        free = []
        for job in jobs:
            holder = self._known.get(self._key(job.file.name), ("", ""))[0]
            if holder not in ("", job.item) and os.path.lexists(job.target):
                reason = f"clash: the file of this name is from item {holder}; download this one into another folder"
                self.summary.failed.append((_label(job), reason))
            else:
                free.append(job)
        return free

    def _download(self, archive: Archive, jobs: Sequence[Job], workers: int) -> None:
        gathered = sum(job.gathered() for job in jobs)
        needed, free = sum(job.file.size or 0 for job in jobs) - gathered, shutil.disk_usage(self.out).free
        if needed > free:
            archive.notify(f"{self.out}: {human(needed)} are to come and {human(free)} is free: it will not hold all")
        with bar(sum(job.file.size or 0 for job in jobs), "downloading", "B", scale=True) as progress:
            progress.initial = progress.n = gathered
            meter = Meter(self.out, progress)
            fatal = (StopRunError, StoppedError)
            for outcome in run_threads(lambda job: download(archive, job, meter), jobs, workers, archive.stop, fatal):
                if outcome.error:
                    self.summary.failed.append(outcome.bad(_label(outcome.job)))
                else:
                    self.summary.downloaded += 1
                    self.summary.size += os.path.getsize(outcome.job.target)
                    self._keep(outcome.job)

    @staticmethod
    def _side_by_side(
        archive: Archive, function: Callable[[T], R], jobs: Sequence[T], workers: int, label: str, unit: str
    ) -> Iterator[Outcome[T, R]]:
        outcomes = run_threads(function, jobs, workers, archive.stop, (StopRunError, StoppedError))
        return each(outcomes, len(jobs), label, unit)


def _label(job: Job) -> str:
    return f"{job.item}/{job.file.name}"


def _check(job: Job) -> str:
    """Return what is wrong with the file that is there."""
    if not os.path.isfile(job.target):
        raise MediaError("there is a folder, or a broken link, of this name")
    return fault(job.target, job.file)
