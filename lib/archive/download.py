"""One file from the archive: resumed where it broke off, verified, and renamed only when it is whole."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

import requests
from tqdm import tqdm

from lib.archive.answers import ArchiveError, ArchiveFile, StopRunError, TryAgainError, status_line
from lib.archive.client import CHUNK, Archive
from lib.errors import MediaError
from lib.io.files import make_folder
from lib.io.temporary import NEW_FILE, shortened

PAGE_ENDINGS = (".htm", ".html", ".xhtml")
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<total>\d+|\*)")


@dataclass(frozen=True)
class Job:
    """A file to fetch: of which item, which one, and the path it gets.

    part: the name under which its bytes gather, beside the target: one that nobody can foresee (`part_name`), kept in
    the record of the downloads, so that the next run finds what is there.
    """

    item: str
    file: ArchiveFile
    target: str
    part: str = field(default_factory=lambda: part_name("download"))

    @property
    def partial(self) -> Path:
        """Where the bytes gather."""
        return Path(self.target).parent / self.part

    def gathered(self) -> int:
        """Return how many bytes are there of a download that was broken off."""
        return self.partial.stat().st_size if self._is_there() else 0

    def forget(self) -> None:
        """Remove what is there of a download that was broken off."""
        if self._is_there():
            self.partial.unlink()

    def open(self) -> io.FileIO:
        """Open the file that the bytes are added to; OSError if something else is under its name, such as a link."""
        follow = os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        if self._is_there():
            return open(os.open(self.partial, os.O_RDWR | follow), "ab", buffering=0)
        return open(os.open(self.partial, NEW_FILE | follow, 0o666), "ab", buffering=0)

    def _is_there(self) -> bool:
        return self.partial.is_file() and not self.partial.is_symlink()


def part_name(target: str | Path) -> str:
    """Return a new name for the bytes of a download: hidden, and one that nobody can foresee."""
    return f".{shortened(Path(target).stem)}.{secrets.token_hex(8)}.part"


class WrongCopyError(ArchiveError):
    """What came is not what the archive's list says."""


def fault(path: str | Path, file: ArchiveFile) -> str:
    """Return what is wrong with a copy of `file` ("" if nothing): its size, its md5, its sha1 where there is no md5."""
    size = os.path.getsize(path)
    if file.size is not None and size != file.size:
        return f"it has {size:,} bytes, and the archive's list says {file.size:,}"
    kind, wanted = ("md5", file.md5) if file.md5 else ("sha1", file.sha1)
    if not wanted:
        return ""
    with open(path, "rb") as copy:
        found = hashlib.file_digest(copy, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
    return "" if found == wanted else f"its {kind} is {found}, and the archive's list says {wanted}"


class Meter:
    """What all downloads share, from any thread: the progress bar over their bytes, and the space on the disk."""

    def __init__(self, folder: str, progress: tqdm) -> None:
        self._folder = folder
        self._progress = progress
        self._needs: dict[Job, int] = {}
        self._lock = threading.Lock()

    def claim(self, job: Job, needed: int) -> None:
        """Claim `needed` bytes for `job`; StopRunError if they and what the others still need are more than is free."""
        with self._lock:
            self._needs[job] = needed
            free = shutil.disk_usage(self._folder).free
            if needed and sum(self._needs.values()) > free:
                raise self.full(job, f"{human(needed)} to come, {human(free)} free")

    def expect(self, size: int) -> None:
        """Count in a file whose size was not known before."""
        with self._lock:
            self._progress.total += size

    def count(self, job: Job, gained: int) -> None:
        """Count bytes that came (negative: that are dropped)."""
        with self._lock:
            self._needs[job] = max(self._needs.get(job, 0) - gained, 0)
            self._progress.update(gained)

    def release(self, job: Job) -> None:
        """Give back what is left of a claim."""
        with self._lock:
            self._needs.pop(job, None)

    def full(self, job: Job, detail: str) -> StopRunError:
        """Return the error that says that the disk is full."""
        return StopRunError(
            f"the disk is full ({job.file.name}: {detail}); what has come is kept: "
            "make room and run the same command again",
            self._folder,
        )


def human(count: float) -> str:
    """Return a number of bytes as a person reads it, such as "1.23GB"."""
    return tqdm.format_sizeof(count, "B")


def download(archive: Archive, job: Job, meter: Meter) -> None:
    """Bring `job.file` to `job.target`, going on from what is there of it.

    A copy that is wrong is fetched anew once. Raises ArchiveError if the archive does not give the file or it is wrong
    again, StopRunError if the disk is full or the archive out of reach, StoppedError if the run ends; what has come
    stays for the next run, unless it is wrong.
    """
    try:
        make_folder(job.partial.parent)
        with job.open() as sink:
            _Transfer(archive, job, meter, sink).run()
            os.fsync(sink.fileno())
        os.replace(job.partial, job.target)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise meter.full(job, str(error.strerror)) from error
        raise MediaError(f"cannot be written ({error.strerror or error})") from error
    finally:
        meter.release(job)
        if job.gathered() == 0:  # nothing came, or nothing that was right
            job.forget()


class _Transfer:
    """The state of one download: `have` bytes are in `sink`, a file opened for appending."""

    def __init__(self, archive: Archive, job: Job, meter: Meter, sink: io.FileIO) -> None:
        self.archive, self.job, self.meter, self.sink = archive, job, meter, sink
        self.have = job.gathered()
        self.counted_size = job.file.size is not None

    def run(self) -> None:
        """Read until the file is whole and right."""
        patience = self.archive.patience()
        furthest, restarted = self.have, False
        while True:
            try:
                self._read_on()
                if wrong := fault(self.job.partial, self.job.file):
                    raise WrongCopyError(wrong)
                return
            except WrongCopyError as error:
                self._empty()
                if restarted:
                    raise WrongCopyError(f"{error}, also after a new start") from error
                restarted = True
            except TryAgainError as trouble:
                if self.have >= furthest + CHUNK:  # fewer bytes each time are no progress, but a way to go on for ever
                    furthest = self.have
                    patience.renew()
                patience.wait(trouble)

    def _empty(self) -> None:
        """Start over."""
        self.meter.count(self.job, -self.have)
        self.sink.truncate(0)
        self.have = 0

    def _read_on(self) -> None:
        """Ask for what is missing and read it; returns when the server says that this was all."""
        size = self.job.file.size
        if size is not None:
            if self.have > size:
                self._empty()
            self.meter.claim(self.job, size - self.have)
            if self.have == size:
                return
        with self.archive.body(self.job.item, self.job.file.name, self.have) as response:
            if self._begins_anew(response):
                self._empty()
                if response.status_code != requests.codes.ok:
                    response.close()
                    self._read_on()  # from 0 without a Range, to which no server may answer 206 or 416
                    return
            if response.status_code != requests.codes.requested_range_not_satisfiable:
                self._read_body(response)

    def _begins_anew(self, response: requests.Response) -> bool:
        """Look at the head of an answer: does what is there have to go? Raises ArchiveError for a refusal."""
        status, asked = response.status_code, self.have
        span = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        total = int(span["total"]) if span and span["total"] != "*" else None
        file = self.job.file
        if status == requests.codes.partial_content and asked:
            size = total if file.size is None else file.size
            first, last = (int(span["first"]), int(span["last"])) if span and span["first"] else (-1, -1)
            return not (first == asked and last + 1 == size and total in (None, size))
        if status == requests.codes.requested_range_not_satisfiable and asked:
            # Nothing after what is there: it may be the whole file, which its checksum (or its length) tells.
            return total != asked and file.size is None and not (file.md5 or file.sha1)
        if status != requests.codes.ok:
            raise ArchiveError(f"the archive answers {status_line(response)}")
        kind = response.headers.get("Content-Type", "").lower()
        if kind.startswith("text/html") and not file.name.lower().endswith(PAGE_ENDINGS):
            raise ArchiveError("the archive answers with a web page instead of the file")
        return asked > 0

    def _read_body(self, response: requests.Response) -> None:
        declared, size = response.headers.get("Content-Length", ""), self.job.file.size
        total = self.have + int(declared) if declared.isdigit() else None
        if total is not None and size is not None and total != size:
            raise WrongCopyError(f"the server's copy has {total:,} bytes, and the archive's list says {size:,}")
        if total is not None and size is None:
            self.meter.claim(self.job, total - self.have)
            if not self.counted_size:
                self.counted_size = True
                self.meter.expect(total)
        for piece in self.archive.chunks(response):
            rest = memoryview(piece)
            while rest:
                rest = rest[self.sink.write(rest) :]
            self.have += len(piece)
            self.meter.count(self.job, len(piece))
            if size is not None and self.have > size:
                return  # more than there should be: the size will be found wrong
        if total is None and size is not None and self.have < size:
            raise TryAgainError("the connection broke (fewer bytes than there should be)")
