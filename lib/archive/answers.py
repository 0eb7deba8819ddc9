"""Answers of the archive: pages of a search, files of an item, errors, and their reasons in a few words."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from lib import __version__
from lib.errors import MediaError

# An environment variable: the e-mail or web address of whoever runs the scripts.
CONTACT = "MEDIA_TOOLS_CONTACT"
# Digits of a size in bytes: a thousand petabytes.
MOST_DIGITS = 18


class ArchiveError(MediaError):
    """The archive gives no usable answer now; it may at another time."""


class RefusedError(ArchiveError):
    """The archive refuses this (401, 403, 404 and similar)."""


class LastingError(RefusedError):
    """A refusal that will be the same in a minute: a dark item, a name that is taken."""


class DarkError(LastingError):
    """The archive keeps the item dark."""


class WrongCopyError(LastingError):
    """The archive's copy differs from its own list."""


class QueryError(ArchiveError):
    """The archive answers with an error message."""


class StopRunError(MediaError):
    """Nothing more can be done in this run: the archive is out of reach, the disk is full."""


class StoppedError(Exception):
    """The run is ending (Ctrl-C, a StopRunError elsewhere): this worker stops at once."""


class TemporaryError(Exception):
    """The same request may succeed later.

    host: the machine that failed; answer: its response, if there was one; unreachable: no connection could be made;
    slow: it sends so little that other downloads should come first.
    """

    def __init__(
        self,
        reason: str,
        host: str = "",
        answer: urllib3.BaseHTTPResponse | None = None,
        unreachable: bool = False,
        slow: bool = False,
    ) -> None:
        super().__init__(reason)
        self.host, self.answer, self.unreachable, self.slow = host, answer, unreachable, slow


def may_come_later(kind: type[BaseException] | None) -> bool:
    """Return whether a failure of this kind is worth another try at the end of the run."""
    return kind is not None and issubclass(kind, ArchiveError) and not issubclass(kind, LastingError)


@dataclass(frozen=True)
class Page:
    """A page of search results: items with their fields, the cursor of the next page ("": none), the total of items."""

    items: list[dict[str, Any]]
    cursor: str
    total: int


@dataclass(frozen=True)
class ArchiveFile:
    """A public file of an item. `size` in bytes (None: not known); `md5`, `sha1` in hex ("": not known); `source`:
    original or derivative."""

    name: str
    size: int | None = None
    md5: str = ""
    sha1: str = ""
    source: str = ""

    @property
    def has_checksum(self) -> bool:
        """Whether a copy can be compared with the original."""
        return bool(self.md5 or self.sha1)


def listed_files(identifier: str, answer: dict[str, Any]) -> list[ArchiveFile]:
    """Return the public files that the archive's answer for an item lists, in its order.

    Raises DarkError for a dark item, RefusedError for a missing one, ArchiveError if the answer says, or shows, that it
    is incomplete for now: servers that are not available, no list of files, fewer files than announced.
    """
    if is_true(answer.get("is_dark")):
        raise DarkError("the archive keeps this item dark")
    if not answer:
        raise RefusedError("the archive does not have this item, or no longer")
    if is_true(answer.get("servers_unavailable")) or answer.get("workable_servers") == []:
        raise ArchiveError("the archive's servers for this item are not available now")
    listed, count = answer.get("files"), size_of(answer.get("files_count"))
    if not isinstance(listed, list) or (count is not None and len(listed) < count):
        raise ArchiveError("the archive's answer lists no files, or not all")
    itself = f"{identifier}_files.xml"  # it holds the list: its own size and checksum in it cannot be right
    return [
        ArchiveFile(str(f["name"]), source=str(f.get("source") or ""))
        if f["name"] == itself
        else ArchiveFile(
            str(f["name"]), size_of(f.get("size")), checksum(f.get("md5"), 32), checksum(f.get("sha1"), 40),
            str(f.get("source") or ""),
        )
        for f in listed
        if isinstance(f, dict) and f.get("name") and not is_true(f.get("private"))
    ]  # fmt: skip


def is_true(value: object) -> bool:
    """Return whether a value of the archive's means yes: true, "true", 1."""
    return str(value).strip().lower() in ("true", "1")


def status_line(response: requests.Response) -> str:
    """Return the status of an answer as text, such as "404 Not Found"."""
    return f"{response.status_code} {response.reason or ''}".rstrip()


def size_of(value: object) -> int | None:
    """Return a size in bytes; None unless it is an integer of 0 or more, also as text."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def checksum(value: object, digits: int) -> str:
    """Return a checksum in lower case; "" if it is not one."""
    text = str(value).strip().lower()
    return text if re.fullmatch(f"[0-9a-f]{{{digits}}}", text) else ""


def user_agent() -> str:
    """Return the User-Agent that the archive asks programs for: name, version, system, and a contact.

    The contact address of the user comes from the environment variable CONTACT.
    """
    contact = "".join(c for c in os.environ.get(CONTACT, "") if c.isascii() and c.isprintable()).strip()
    about = ["scripts for collections of sound and film", sys.platform]
    about.append(f"contact {contact}" if contact else "no contact given")
    return f"media-tools/{__version__} ({'; '.join(about)}) {requests.utils.default_user_agent()}"


def version_of(response: requests.Response) -> str:
    """Return what identifies this version of a file: its strong ETag, or when it was modified; "": nothing."""
    tag = response.headers.get("ETag", "").strip()
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "").strip()


def never_connected(error: Exception) -> bool:
    """Return whether no connection was made: no such host, refused, no answer, a wrong certificate."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), urllib3.exceptions.NewConnectionError)


def reason_of(error: BaseException) -> str:
    """Return the innermost reason of a network error in a few words."""
    while True:
        inner = getattr(error, "reason", None) or error.__cause__ or (error.args[-1] if error.args else None)
        if not isinstance(inner, BaseException) or inner is error:
            break
        error = inner
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
