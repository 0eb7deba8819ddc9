"""One file from the archive: resumed where it broke off, verified, and renamed only when it is complete."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from lib.archive.answers import (
    ArchiveError,
    ArchiveFile,
    RefusedError,
    TemporaryError,
    WrongCopyError,
    status_line,
    version_of,
)
from lib.archive.client import CHUNK, REFUSALS, Archive
from lib.archive.meter import Meter
from lib.archive.retries import Retries
from lib.errors import MediaError
from lib.io.files import make_folder
from lib.io.states import text_digest
from lib.io.temporary import KEPT_NAME

PAGE_ENDINGS = (".htm", ".html", ".xhtml")
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<total>\d+|\*)")


@dataclass(frozen=True)
class Job:
    """A file to download: its item, the file, its target path, and its name in the table ("": as in the item).

    token: a random text kept in the record of the downloads, so that nobody can predict the name of the partial file.
    """

    item: str
    file: ArchiveFile
    target: str
    row_name: str = ""
    token: str = ""

    @property
    def name(self) -> str:
        """Its name in the table."""
        return self.row_name or self.file.name

    @property
    def partial(self) -> Path:
        """The partial file: hidden, beside the target, the same in every run with this token."""
        target = Path(self.target)
        kept = re.sub(r"[^\w.-]", "_", target.stem, flags=re.ASCII)[:KEPT_NAME]
        digest = text_digest(f"{self.token}/{self.item}/{self.file.name}", 16)
        return target.parent / f".{kept}.{digest}.part"

    @property
    def version_path(self) -> Path:
        """The file that notes the version of the partial file, if there is no checksum."""
        return self.partial.with_suffix(".version")

    def gathered(self) -> int:
        """Return the number of bytes of an interrupted download."""
        try:
            state = os.lstat(self.partial)
        except OSError:
            return 0
        return state.st_size if stat.S_ISREG(state.st_mode) else 0

    def version(self) -> str:
        """Return the version of the partial file ("": not known)."""
        try:
            with open(self.version_path, encoding="latin-1", opener=_no_links) as kept:
                return kept.read()
        except OSError:
            return ""

    def forget(self) -> None:
        """Remove the partial file of an interrupted download."""
        for path in (self.partial, self.version_path):
            if path.is_file() or path.is_symlink():
                path.unlink()


def _no_links(path: str, flags: int) -> int:
    """Open a file, but not through a symbolic link in its place, which someone else could have put there.

    A pipe, which would block, is not opened either.
    """
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        raise FileExistsError(errno.EEXIST, "is not a file", path)
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def fault(path: str | Path, file: ArchiveFile) -> str:
    """Return what is wrong with a copy of `file` ("" if nothing): its size, its md5, or without an md5 its sha1."""
    size = os.path.getsize(path)
    if file.size is not None and size != file.size:
        return f"it has {size:,} bytes, but the archive lists {file.size:,}"
    kind, wanted = ("md5", file.md5) if file.md5 else ("sha1", file.sha1)
    if not wanted:
        return ""
    with open(path, "rb") as copy:
        found = hashlib.file_digest(copy, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
    return "" if found == wanted else f"its {kind} is {found}, but the archive lists {wanted}"


def download(archive: Archive, job: Job, meter: Meter) -> None:
    """Download `job.file` to `job.target`, continuing its partial file.

    A wrong copy is downloaded again once. A partial file is continued only if a checksum will show whether the parts
    belong together, or if the server says that they are of one version. Raises ArchiveError if the archive does not
    give the file now, RefusedError if it never will or the copy is wrong again, StopRunError if the disk is full or the
    archive out of reach, StoppedError if the run ends; the bytes so far stay for the next run, unless they are wrong.
    """
    try:
        make_folder(job.partial.parent)
        with open(job.partial, "ab", buffering=0, opener=_no_links) as sink:
            _Transfer(archive, job, meter, sink).run()
            os.fsync(sink.fileno())
        os.replace(job.partial, job.target)
        job.forget()
    except OSError as error:
        if error.errno in NO_SPACE:
            raise meter.full(job, str(error.strerror)) from error
        for place in (job.partial, job.version_path):
            if place.is_symlink() or (place.exists() and not place.is_file()):
                what = "a link" if place.is_symlink() else "a folder" if place.is_dir() else "a pipe"
                raise MediaError(f"{what} is in the place of the partial download: remove it", place) from error
        raise MediaError(f"cannot be written ({error.strerror or error})") from error
    finally:
        meter.release(job)
        if job.gathered() == 0:  # nothing was received, or only wrong bytes
            job.forget()


class _Transfer:
    """The state of one download: `have` bytes are in `sink`, a file opened for appending."""

    def __init__(self, archive: Archive, job: Job, meter: Meter, sink: io.FileIO) -> None:
        self.archive, self.job, self.meter, self.sink = archive, job, meter, sink
        self.have = job.gathered()
        self.version = job.version() if self.have else ""
        self.counted_size = job.file.size is not None

    def run(self) -> None:
        """Read until the file is complete and correct."""
        retries = Retries(self.archive)
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
                    raise WrongCopyError(f"{error}, after a restart too") from error
                restarted = True
            except TemporaryError as trouble:
                if self.have >= furthest + CHUNK:  # without this, ever fewer bytes could go on for ever
                    furthest = self.have
                    retries.renew()
                retries.wait(trouble)

    def _empty(self) -> None:
        """Start over."""
        self.meter.count(self.job, -self.have)
        self.sink.truncate(0)
        self.have = 0
        self.version = ""

    def _read_on(self) -> None:
        """Request the rest and read it; returns when the server reports the end."""
        size = self.job.file.size
        if size is not None:
            if self.have > size:
                self._empty()
            self.meter.claim(self.job, size - self.have)
            if self.have == size:
                return
        by_version = not self.job.file.has_checksum
        if by_version and self.have and not self.version:
            self._empty()  # the version of these bytes will never be known
        version = self.version if by_version else ""
        with self.archive.body(self.job.item, self.job.file.name, self.have, version) as response:
            if self._starts_over(response):
                self._empty()
                if response.status_code != requests.codes.ok:
                    response.close()
                    self._read_on()  # from 0, without a Range: no server may then answer 206 or 416
                    return
            if response.status_code != requests.codes.requested_range_not_satisfiable:
                if by_version:
                    self._note_version(version_of(response))
                self._read_body(response)

    def _note_version(self, version: str) -> None:
        """Note the version of the bytes, also for a later run."""
        if version != self.version:
            self.version = version
            with open(self.job.version_path, "w", encoding="latin-1", errors="replace", opener=_no_links) as kept:
                kept.write(version)

    def _starts_over(self, response: requests.Response) -> bool:
        """Return whether an answer's header requires a new start. Raises ArchiveError for a refusal."""
        status, asked = response.status_code, self.have
        span = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        total = int(span["total"]) if span and span["total"] != "*" else None
        file = self.job.file
        continued = (requests.codes.partial_content, requests.codes.requested_range_not_satisfiable)
        if asked and status in continued and not file.has_checksum and version_of(response) != self.version:
            return True  # a server that does not know If-Range
        if status == requests.codes.partial_content and asked:
            size = total if file.size is None else file.size
            first, last = (int(span["first"]), int(span["last"])) if span and span["first"] else (-1, -1)
            return not (first == asked and last + 1 == size and total in (None, size))
        if status == requests.codes.requested_range_not_satisfiable and asked:
            # Nothing after the partial file: it may be complete, as its checksum (or its length) shows.
            return total != asked and file.size is None and not file.has_checksum
        if status in REFUSALS:
            raise RefusedError(f"the archive answers {status_line(response)}")
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
            raise WrongCopyError(f"the server's copy has {total:,} bytes, but the archive lists {size:,}")
        if total is not None and size is None:
            self.meter.claim(self.job, total - self.have)
            if not self.counted_size:
                self.counted_size = True
                self.meter.expect(total)
        for chunk in self.archive.chunks(response):
            rest = memoryview(chunk)
            while rest:
                rest = rest[self.sink.write(rest) :]
            self.have += len(chunk)
            self.meter.count(self.job, len(chunk))
            if size is not None and self.have > size:
                return  # more than expected: the check of the size will fail
        if total is None and size is not None and self.have < size:
            host = str(urlsplit(response.url).netloc)
            raise TemporaryError("the connection broke (fewer bytes than there should be)", host)
