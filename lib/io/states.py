"""States of files and digests of inputs, as short texts for comparison and storage."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

# Hexadecimal digits of a digest: 128 bits, without accidental collisions.
DIGITS = 32


def file_state(path: str) -> str:
    """Return the state of a file as text: its size and its modification time."""
    state = os.stat(path)
    return f"{state.st_size}-{state.st_mtime_ns}"


# Files whose writing is followed, and the state in which this process has written each ("": it has not).
_written: dict[str, str] = {}


def follow_writing(path: str) -> None:
    """Note from now on in which state this process writes a file (by `lib.io.files.atomic_path`)."""
    _written[os.path.realpath(path)] = ""


def written_state(path: str) -> str:
    """Return the state in which this process wrote a file since `follow_writing` ("": it did not).

    What somebody else has written there meanwhile has another one: it is no result of this process.
    """
    return _written.get(os.path.realpath(path), "")


def note_writing(path: str | Path, temporary: str | Path) -> None:
    """Note that a temporary file, whose size and time stay, is about to become the file `path`."""
    if _written and (name := os.path.realpath(path)) in _written:
        _written[name] = file_state(str(temporary))


def is_changed(path: str | Path, read_from: str | Path, state: str) -> bool:
    """Return whether `path` is the file that was read, by any name, and its bytes no longer have the digest `state`.

    False where nothing was read ("").
    """
    try:
        if not state or not os.path.isfile(path) or not os.path.samefile(path, read_from):
            return False
        return bytes_digest([Path(path).read_bytes()]) != state
    except OSError:
        return False


def bytes_digest(parts: Iterable[bytes], digits: int = DIGITS) -> str:
    """Return a digest of bytes (given in parts): hexadecimal, `digits` long (64 at most)."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:digits]


def text_digest(text: str, digits: int = DIGITS) -> str:
    """Return a digest of a text, such as a file's name (any name that Python can hold)."""
    return bytes_digest([text.encode("utf-8", "surrogateescape")], digits)


def digest(made_from: object) -> str:
    """Return a digest of a JSON value: equal for equal values."""
    return text_digest(json.dumps(made_from, sort_keys=True))
