"""Stamps: a hidden file beside each result with a digest of its inputs; a result with other inputs is not reused.

They also show the owner of a file. A file without a stamp, or changed since, is someone's: it is not replaced.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from lib.errors import MediaError, OccupiedError, PlaceError
from lib.io.files import atomic_path, open_regular
from lib.io.names import fitting_name
from lib.io.pipes import is_stream
from lib.io.states import file_state, text_digest

FOREIGN = "already exists, and was not made by this tool"
CHANGED = "was changed since it was made, or copied without its date"
# Numbers tried for a name that gets one because someone else's file is in its place.
MOST_NUMBERS = 10_000


def stamp_path(path: str | Path) -> Path:
    """Return the name of a file's stamp."""
    path = Path(path)
    name = text_digest(path.name, 8)
    return path.parent / f".{path.stem[:40]}.{name}.stamp"


def read_own_json(path: str | Path, *keys: str) -> dict[str, object] | None:
    """Return a JSON object that this tool wrote, with these keys; None if there is none, or it is not ours."""
    try:
        if os.path.islink(path):
            return None
        with open_regular(path) as file:
            found = json.loads(file.read().decode("utf-8", "surrogateescape"))
    except (OSError, ValueError, RecursionError):  # not ours, or damaged
        return None
    return found if isinstance(found, dict) and found.keys() >= set(keys) else None


def check_own_json(path: str | Path, *keys: str) -> None:
    """Raise PlaceError if something else is in the place of such a JSON object."""
    if os.path.lexists(path) and read_own_json(path, *keys) is None:
        raise PlaceError(FOREIGN, path)


def _read(path: str | Path) -> dict[str, object] | None:
    return read_own_json(stamp_path(path), "made_from", "state")


def is_fresh(path: str | Path, made_from: str) -> bool:
    """Return whether the file exists, unchanged since its stamp, and was made from this (a digest)."""
    stamp = _read(path)
    return stamp is not None and stamp["made_from"] == made_from and _is_unchanged(path, stamp)


def is_stamped(path: str | Path, owner: str = "") -> bool:
    """Return whether the file exists, unchanged since its stamp, and was made for this owner, from any inputs."""
    stamp = _read(path)
    return stamp is not None and stamp.get("owner", "") == owner and _is_unchanged(path, stamp)


def check_free(path: str | Path, owner: str = "", overwrite: bool = False) -> None:
    """Raise MediaError unless nothing has this name, or a result that this tool made for this owner.

    PlaceError: someone else's file is there, or in the place of its stamp. OccupiedError, unless `overwrite`: this tool
    made it for another owner, or it was changed since. Call it before the work, for a file that nobody named: one
    beside another, or in a folder for results.
    """
    check_own_json(stamp_path(path), "made_from", "state")
    if not os.path.lexists(path):
        return
    stamp = _read(path)
    if stamp is None or os.path.islink(path) or os.path.isdir(path):
        raise PlaceError(FOREIGN, path)
    if overwrite or is_stamped(path, owner):
        return
    other = stamp.get("owner", "") != owner
    raise OccupiedError("already exists, and was made for another result" if other else CHANGED, path)


def free_path(path: str | Path, owner: str) -> str:
    """Return this path, or the first of NAME-2, NAME-3, ... that is free, or holds this owner's result of this tool."""
    path = Path(path)
    for number in range(1, MOST_NUMBERS):
        numbered = path.with_name(f"{path.stem}-{number}{path.suffix}") if number > 1 else path
        found = fitting_name(str(numbered))
        try:
            check_free(found, owner)
            return found
        except (OccupiedError, PlaceError):
            continue
    raise MediaError("there are too many files of this name", path)


def put_stamp(path: str | Path, made_from: str, owner: str = "") -> None:
    """Record that the file, in its present state, was made from this (a digest), for this owner.

    A name with %s means a sequence of files. Of a pipe nothing is recorded. Raises PlaceError if a file of someone
    else's is in its place.
    """
    if is_stream(path):
        return
    place = stamp_path(path)
    check_own_json(place, "made_from", "state")
    stamp = {"made_from": made_from, "state": _state(path)} | ({"owner": owner} if owner else {})
    with atomic_path(place, follow=False) as part:
        Path(part).write_text(json.dumps(stamp), "utf-8")


def _is_unchanged(path: str | Path, stamp: dict[str, object]) -> bool:
    try:
        return stamp["state"] == _state(path) and not os.path.islink(path)
    except OSError:
        return False


def stamped_from(path: str | Path) -> str:
    """Return what a file was made from (a digest), even if others have written to it since; "": not known."""
    return str((_read(path) or {}).get("made_from", ""))


def _state(path: str | Path) -> str:
    # A single existing file may have %s in its name as well.
    sequence = "%s" in Path(path).name and not Path(path).exists()
    return "many" if sequence else file_state(str(path))
