"""States of files and digests of inputs, as short texts for comparison and storage."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

# Hexadecimal digits of a digest: 128 bits, without accidental collisions.
DIGITS = 32


def file_state(path: str) -> str:
    """Return the state of a file as text: its size and its modification time."""
    state = os.stat(path)
    return f"{state.st_size}-{state.st_mtime_ns}"


# What is to be told of each file that this process writes, by its name: the state in which it wrote it.
_followers: dict[str, Callable[[str], object]] = {}


def follow_writing(path: str, told: Callable[[str], object]) -> None:
    """Let `told` be called with the state of a file whenever this process has written it, until `follow_no_more`.

    What somebody else has written there meanwhile has another state: it is no result of this process.
    """
    _followers[os.path.realpath(path)] = told


def follow_no_more() -> None:
    """End what `follow_writing` began."""
    _followers.clear()


def tell_writing(path: str | Path, state: str) -> None:
    """Tell those who follow a file that this process has written it, in which state."""
    if _followers and (told := _followers.get(os.path.realpath(path))):
        told(state)


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
