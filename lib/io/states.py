"""What state a file is in, and what a result was made from, as short texts that can be compared and kept."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

# Hexadecimal digits of a digest that are kept: 128 bits, no two things are alike by chance.
DIGITS = 32


def file_state(path: str) -> str:
    """Return what tells one state of a file from another: its size and time of change, as text."""
    state = os.stat(path)
    return f"{state.st_size}-{state.st_mtime_ns}"


def bytes_digest(parts: Iterable[bytes], digits: int = DIGITS) -> str:
    """Return a digest of bytes (given in parts): hexadecimal, of so many digits (64 at most)."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:digits]


def text_digest(text: str, digits: int = DIGITS) -> str:
    """Return a digest of a text, such as a file's name (any name that Python can hold)."""
    return bytes_digest([text.encode("utf-8", "surrogateescape")], digits)


def digest(made_from: object) -> str:
    """Return a short text that is the same for the same thing (anything that JSON can say)."""
    return text_digest(json.dumps(made_from, sort_keys=True))


def content_digest(path: str | Path) -> str:
    """Return a digest of all that is in a file. Raises OSError."""
    with open(path, "rb") as file:
        return bytes_digest(iter(lambda: file.read(1 << 20), b""), 64)
