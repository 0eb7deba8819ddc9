"""Folders of our own, recognised by a mark in them: their files may be replaced; in someone else's folder none may."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lib.errors import MediaError, PlaceError
from lib.io.files import check_writable, make_folder, open_regular
from lib.io.system import hold_file
from lib.io.temporary import NEW_FILE, remove_abandoned

MARK = ".media-tools-folder"
TEXT = "media-tools keeps files in this folder, and replaces and removes them. Keep yours elsewhere.\n"
# Before the name of what a folder holds. Marks of earlier versions do not say.
HOLDS = "It holds: "
# The most that is read of a mark.
MARK_BYTES = 1000
# Files that systems put into any folder.
NOTHING = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
# Seconds to wait for a run that has just started, and is about to write its mark.
PATIENCE = 1.0
# Matches no name.
NO_NAME = re.compile(r"(?!)")


def is_our_folder(path: str | Path, holds: str = "") -> bool:
    """Return whether a folder with our mark exists. holds: what it must be for ("": anything)."""
    found = _kept_in(path)
    return found is not None and (not holds or found in ("", holds))


def _kept_in(path: str | Path) -> str | None:
    """Return what a folder of ours holds ("": its mark does not say); None if it is not ours."""
    mark = os.path.join(path, MARK)
    try:
        if os.path.islink(mark):
            return None
        with open_regular(mark) as file:
            text = file.read(MARK_BYTES).decode("utf-8")
    except (OSError, ValueError):
        return None
    rest = text.removeprefix(TEXT)
    if rest == text or (rest and not (rest.startswith(HOLDS) and rest.endswith("\n"))):
        return None
    return rest.removeprefix(HOLDS).rstrip("\n")


def is_empty(path: str | Path) -> bool:
    """Return whether there is nothing of this name, or an empty folder."""
    try:
        with os.scandir(path) as entries:
            return all(entry.name in NOTHING for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return not os.path.lexists(path)
    except OSError:
        return False


def check_folder(path: str | Path, holds: str = "") -> None:
    """Raise PlaceError if this is a file, or a folder with files that someone else put there.

    holds: what is to be kept there, in words: a folder of ours that holds something else is refused too.
    """
    if os.path.lexists(path) and not os.path.isdir(path):
        raise PlaceError("is a file, and a folder is needed", path)
    end = time.monotonic() + PATIENCE
    while not is_empty(path) and not is_our_folder(path):
        if time.monotonic() > end or not os.path.lexists(os.path.join(path, MARK)):
            raise PlaceError("is a folder with files that this tool did not put there", path)
        time.sleep(PATIENCE / 50)
    if not is_empty(path) and not is_our_folder(path, holds):
        raise PlaceError(f"holds {_kept_in(path)}, which this tool made", path)


def claim_folder(path: str | Path, holds: str = "") -> None:
    """Make a folder of ours, or check that it is ours. Raises MediaError as `check_folder` does, or if that fails."""
    check_folder(path, holds)
    check_writable(str(path))
    make_folder(path)
    try:
        _put_mark(path, holds)
    except FileExistsError:
        check_folder(path, holds)
    except OSError as error:
        raise PlaceError(f"cannot write to this folder ({error.strerror or error})", path) from error


@contextmanager
def hold_folder(path: str | Path, scratch: re.Pattern[str] | None = None) -> Iterator[None]:
    """Keep other runs out of a folder of ours, whose files they would replace or remove.

    scratch: the names of files that are removed, and the folder with them, when the `with` block ends well. Raises
    MediaError if another run holds the folder, or has just removed it.
    """
    held = MediaError("another run is writing here: wait until it ends", path)
    try:
        mark = open_regular(os.path.join(path, MARK))
    except OSError:
        raise held from None
    with mark:
        if not hold_file(mark):
            raise held
        yield
        if scratch:
            remove_folder(path, scratch)
    if scratch:  # Windows removes no file that is open
        remove_folder(path, NO_NAME)


def _put_mark(path: str | Path, holds: str) -> None:
    with os.fdopen(os.open(os.path.join(path, MARK), NEW_FILE, 0o666), "wb") as file:
        file.write((TEXT + (f"{HOLDS}{holds}\n" if holds else "")).encode())


def remove_folder(path: str | Path, names: re.Pattern[str]) -> None:
    """Remove a folder of ours with its files of such names; if there are others, it stays, with them."""
    if not is_our_folder(path):
        return
    with suppress(OSError):  # another run was quicker
        remove_abandoned(Path(path))
        ours = [entry.path for entry in os.scandir(path) if names.fullmatch(entry.name) and not entry.is_dir()]
        for file in ours:
            with suppress(FileNotFoundError):
                os.unlink(file)
        if all(entry.name == MARK or entry.name in NOTHING for entry in os.scandir(path)):
            holds = _kept_in(path) or ""
            os.unlink(os.path.join(path, MARK))
            try:
                os.rmdir(path)
            except OSError:  # another run has put a file of ours into it
                _put_mark(path, holds)
