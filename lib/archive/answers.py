"""Answers of the archive: pages of a search, files of an item, what can go wrong, and its reason in a few words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from lib.errors import MediaError

# Digits of a size in bytes: a thousand petabytes.
MOST_DIGITS = 18


class ArchiveError(MediaError):
    """The archive answered, but not with what was asked for."""


class RefusedError(ArchiveError):
    """The archive answered with an error message of its own."""


class StopRunError(MediaError):
    """Nothing more can be done in this run: the archive is out of reach, the disk is full."""


class StoppedError(Exception):
    """The run is ending (Ctrl-C, a StopRunError elsewhere): this worker stops where it is."""


class TryAgainError(Exception):
    """A temporary failure: the same request may succeed later. `answer` is the response that said so, if any."""

    def __init__(self, reason: str, answer: urllib3.BaseHTTPResponse | None = None, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.answer = answer
        self.unreachable = unreachable


@dataclass(frozen=True)
class Page:
    """A page of search results: items with their fields, the cursor of the next page ("": none), the total of items."""

    items: list[dict[str, Any]]
    cursor: str
    total: int


@dataclass(frozen=True)
class ArchiveFile:
    """A public file of an item. `size` in bytes (None: not known); `md5`, `sha1` in hex ("": not known)."""

    name: str
    size: int | None = None
    md5: str = ""
    sha1: str = ""


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


def never_connected(error: Exception) -> bool:
    """Say whether the connection could not even be made: no such host, refused, no answer, a wrong certificate."""
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
