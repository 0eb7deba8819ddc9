"""Pipes, sockets and devices where a file is named: none of them is waited for, and no disk is overwritten."""

from __future__ import annotations

import errno
import io
import os
import stat
from typing import BinaryIO

from lib.errors import PlaceError

# Windows opens no pipe by the name of a file.
_WAITS_FOR_NOBODY = getattr(os, "O_NONBLOCK", 0)
# The writing ends of pipes that are kept open, by name: a reader takes the first that is closed for the end.
_held: dict[str, int] = {}


def open_input(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file to read its bytes, or a pipe that somebody writes to, such as a shell's <(command).

    Raises OSError also for a pipe that nobody writes to, which would be waited for without end, a socket or a device.
    """
    kind = os.stat(path).st_mode
    if stat.S_ISFIFO(kind) and _WAITS_FOR_NOBODY:
        return _open_pipe(path)
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise OSError(errno.EINVAL, f"is a {_name(kind)}, not a file", str(path))
    return open(path, "rb")


def _open_pipe(path: str | os.PathLike[str]) -> BinaryIO:
    end = os.open(path, os.O_RDONLY | _WAITS_FOR_NOBODY)
    with os.fdopen(end, "rb") as pipe:
        try:
            first = os.read(end, 1)
        except BlockingIOError:  # somebody will write
            os.set_blocking(end, True)
            first = pipe.read(1)
        if not first:
            raise OSError(errno.EINVAL, "is a pipe that nobody writes to", str(path))
        os.set_blocking(end, True)
        return io.BytesIO(first + pipe.read())


def hold_output(path: str | os.PathLike[str]) -> None:
    """See that what is no regular file can be written to; a pipe's end is kept open until `release_output`.

    Raises PlaceError for a socket, a disk, and a pipe that nobody reads, which would be waited for without end.
    """
    kind = os.stat(path).st_mode
    if stat.S_ISBLK(kind) or stat.S_ISSOCK(kind):
        raise PlaceError(f"is a {_name(kind)}, not a file", path)
    name = str(path)
    if stat.S_ISFIFO(kind) and _WAITS_FOR_NOBODY and name not in _held:
        try:
            _held[name] = os.open(path, os.O_WRONLY | _WAITS_FOR_NOBODY)
        except OSError as error:
            raise PlaceError("is a pipe that nobody reads", path) from error


def release_output(path: str | os.PathLike[str]) -> None:
    """Close a pipe that was kept open for writing, if it was."""
    end = _held.pop(str(path), None)
    if end is not None:
        os.close(end)


def _name(kind: int) -> str:
    return "socket" if stat.S_ISSOCK(kind) else "pipe" if stat.S_ISFIFO(kind) else "device"
