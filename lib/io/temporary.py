"""Temporary files and folders: new ones under unpredictable names, and the removal of abandoned ones.

A name holds a random part and its checksum, the machine and the process. So a file placed in advance under such a name
is never met, and one that only resembles ours, and is there for another reason, is never removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib.io.system import process_lives

# File systems allow 255 bytes a name; a temporary name keeps this many characters of the target's.
KEPT_NAME = 40
# Characters of an extension that encoders evaluate.
KEPT_ENDING = 8
# Hexadecimal digits of the random part of a name, and of its checksum.
RANDOM_DIGITS = CHECK_DIGITS = 8
# Number of names tried if one is taken.
ATTEMPTS = 100
# Modification time of a new file, until it is written to.
UNTOUCHED = 1_000_000_000
# Neither through a link, nor over an existing file. Windows has no O_NOFOLLOW, and with O_EXCL follows none.
NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NAME = re.compile(
    rf"\.(?P<kept>.{{0,{KEPT_NAME}}})\.(?P<random>[0-9a-f]{{{RANDOM_DIGITS}}})(?P<check>[0-9a-f]{{{CHECK_DIGITS}}})"
    r"\.(?P<host>.*)-(?P<pid>\d+)\.(?P<kind>part|scratch)(\..*)?",
    re.DOTALL,
)


def shortened(name: str) -> str:
    """Return the beginning of a name, in plain letters, for the names of our own files."""
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)[:KEPT_NAME]


def host_name() -> str:
    """Return this machine's name as temporary names contain it."""
    return socket.gethostname().split(".")[0]


def _check(kept: str, random: str) -> str:
    return hashlib.sha256(f"{kept}.{random}".encode()).hexdigest()[:CHECK_DIGITS]


def _new_name(kept: str, kind: str, ending: str = "") -> str:
    random = secrets.token_hex(RANDOM_DIGITS // 2)
    return f".{kept}.{random}{_check(kept, random)}.{host_name()}-{os.getpid()}.{kind}{ending}"


@contextmanager
def temporary_file(target: Path) -> Iterator[Path]:
    """Yield an empty file to write to: hidden, beside the target, with the extension that encoders evaluate.

    At the end it is removed, if it is still there: after an interruption at any moment, too. Raises OSError if it
    cannot be made.
    """
    for attempt in range(ATTEMPTS):
        path = target.parent / _new_name(shortened(target.stem), "part", target.suffix[:KEPT_ENDING])
        ours = True
        try:
            try:
                os.close(os.open(path, NEW_FILE, 0o666))
            except FileExistsError:
                ours = False
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            os.utime(path, (UNTOUCHED, UNTOUCHED))
            yield path
            return
        finally:
            if ours:
                path.unlink(missing_ok=True)


def is_untouched(path: Path) -> bool:
    """Return whether nobody has written to a new temporary file. Raises OSError if it is gone."""
    state = os.lstat(path)
    return state.st_size == 0 and int(state.st_mtime) == UNTOUCHED


@contextmanager
def temporary_folder(parent: Path) -> Iterator[str]:
    """Yield an empty hidden folder in `parent`; at the end it is removed, with its files. Raises OSError."""
    path = parent / _new_name("scratch", "scratch")
    ours = True
    try:
        try:
            os.mkdir(path, 0o700)
        except OSError:
            ours = False
            raise
        yield str(path)
    finally:
        if ours:
            shutil.rmtree(path, ignore_errors=True)


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files and folders that killed processes on this machine left in a folder."""
    host = host_name()
    for entry in os.scandir(folder):
        match = _NAME.fullmatch(entry.name)
        if not match or match["host"] != host or match["check"] != _check(match["kept"], match["random"]):
            continue
        if process_lives(int(match["pid"])):
            continue
        if match["kind"] == "scratch":
            shutil.rmtree(entry.path, ignore_errors=True)  # (not through a link)
            continue
        try:
            os.remove(entry.path)
        except OSError:
            continue  # another run was quicker, or it is not ours to remove
