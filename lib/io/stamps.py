"""Stamps: a hidden file beside each result with a digest of its inputs; a result with other inputs is not reused."""

from __future__ import annotations

import json
from pathlib import Path

from lib.io.files import atomic_path
from lib.io.states import file_state, text_digest


def stamp_path(path: str | Path) -> Path:
    """Return the name of a file's stamp."""
    path = Path(path)
    name = text_digest(path.name, 8)
    return path.parent / f".{path.stem[:40]}.{name}.stamp"


def is_fresh(path: str | Path, made_from: str) -> bool:
    """Say whether the file exists, unchanged since its stamp, and was made from this (a digest)."""
    try:
        stamp = json.loads(stamp_path(path).read_text("utf-8"))
        return stamp == {"made_from": made_from, "state": _state(path)}
    except (OSError, ValueError, RecursionError):  # not written by us, or damaged
        return False


def stamped_from(path: str | Path) -> str:
    """Return what a file was made from (a digest), whatever others have written into it since; "": not known."""
    try:
        return str(json.loads(stamp_path(path).read_text("utf-8"))["made_from"])
    except (OSError, ValueError, RecursionError, KeyError, TypeError):  # not written by us, or damaged
        return ""


def put_stamp(path: str | Path, made_from: str) -> None:
    """Record that the file, as it is now, was made from this (a digest). A name with %s means a sequence of files."""
    with atomic_path(stamp_path(path)) as part:
        Path(part).write_text(json.dumps({"made_from": made_from, "state": _state(path)}), "utf-8")


def _state(path: str | Path) -> str:
    # A single file may have %s in its name as well: then it exists.
    sequence = "%s" in Path(path).name and not Path(path).exists()
    return "many" if sequence else file_state(str(path))
