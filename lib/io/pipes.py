"""Pipes, sockets and devices in place of files: no script waits for ever for one, and no disk is overwritten."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from typing import BinaryIO

from lib.errors import PlaceError

# Windows has no pipes among its files.
_WAITS_FOR_NOBODY = getattr(os, "O_NONBLOCK", 0)
# Writing ends of pipes that are kept open, by name: a reader takes the first close for the end.
_held: dict[str, int] = {}


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Return whether a pipe, a device or a socket has this name. Nothing is kept beside it, nor written back to it."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def open_input(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading, or a pipe with a writer, such as a shell's <(command).

    Raises OSError also for a pipe without a writer, which would block for ever, a socket or a device.
    """
    kind = os.stat(path).st_mode
    if stat.S_ISFIFO(kind) and _WAITS_FOR_NOBODY:
        return _open_pipe(path)
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise OSError(errno.EINVAL, f"is a {_name(kind)}, not a file", str(path))
    return open(path, "rb")


def _open_pipe(path: str | os.PathLike[str]) -> BinaryIO:
    if sys.platform == "win32":
        return open(path, "rb")
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
    """Check that a pipe or a device can be written to; a pipe is kept open until `release_output`.

    Raises PlaceError for a socket, a disk, and a pipe without a reader, which would block for ever.
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
