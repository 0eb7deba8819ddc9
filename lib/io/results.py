"""Results named by a flag, not made again: their stamps distinguish them from changed and from foreign files."""

from __future__ import annotations

import os
from pathlib import Path

from lib.errors import OccupiedError
from lib.io.stamps import FOREIGN, check_own_json, is_fresh, is_stamped, put_stamp, stamp_path

OTHER = "was made from something else, or with other settings"


def is_made(path: str | Path, made_from: str) -> bool:
    """Return whether a result exists that was made from this (a digest), unchanged since.

    Raises OccupiedError if something else is in its place: a result of other inputs, a changed one, or someone's file.
    """
    check_own_json(stamp_path(path), "made_from", "state")
    if not os.path.lexists(path):
        return False
    if is_fresh(path, made_from):
        return True
    raise OccupiedError(OTHER if is_stamped(path) else FOREIGN, path)


def put_made(path: str | Path, made_from: str) -> None:
    """Note the inputs of a result."""
    put_stamp(path, made_from)
