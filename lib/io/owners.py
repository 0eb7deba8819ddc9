"""Folders of our own, told by a mark in them: what is in them may be replaced; nothing is in one that is someone's."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from lib.errors import PlaceError
from lib.io.files import check_writable, make_folder, open_regular
from lib.io.temporary import NEW_FILE, remove_abandoned

MARK = ".media-tools-folder"
TEXT = "media-tools keeps files in this folder, and replaces and removes them. Keep yours elsewhere.\n"
# Before the name of what is kept there. Folders that earlier versions marked do not tell.
HOLDS = "It holds: "
# Of a mark, so much is read.
MARK_BYTES = 1000
# What systems put into any folder.
NOTHING = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
# Seconds to wait for a run that has begun at the same time, and is about to write its mark.
PATIENCE = 1.0


def is_our_folder(path: str | Path, holds: str = "") -> bool:
    """Return whether there is a folder with our mark in it. holds: what is kept there ("": anything)."""
    found = _kept_in(path)
    return found is not None and (not holds or found in ("", holds))


def _kept_in(path: str | Path) -> str | None:
    """Return what a folder of ours holds ("": its mark does not tell); None if it is not ours."""
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
    """Return whether there is nothing of this name, or a folder with nothing in it."""
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
    """Make a folder of ours, or see that it is ours. Raises MediaError as `check_folder` does, or if it cannot be."""
    check_folder(path, holds)
    check_writable(str(path))
    make_folder(path)
    try:
        _put_mark(path, holds)
    except FileExistsError:
        check_folder(path, holds)
    except OSError as error:
        raise PlaceError(f"cannot write to this folder ({error.strerror or error})", path) from error


def _put_mark(path: str | Path, holds: str) -> None:
    with os.fdopen(os.open(os.path.join(path, MARK), NEW_FILE, 0o666), "wb") as file:
        file.write((TEXT + (f"{HOLDS}{holds}\n" if holds else "")).encode())


def remove_folder(path: str | Path, names: re.Pattern[str]) -> None:
    """Remove a folder of ours, and in it the files with such names; if there are others it stays, with them."""
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
            except OSError:  # another run has put something in, which is ours
                _put_mark(path, holds)
