"""Results named by a flag, not made again: their stamps distinguish them from changed and from foreign files."""

from __future__ import annotations

import os
from pathlib import Path

from lib.errors import OccupiedError
from lib.io.stamps import FOREIGN, check_own_json, is_fresh, is_stamped, put_stamp, stamp_path

OTHER = "was made from something else, or with other settings"


def check_ours(path: str | Path) -> None:
    """Raise OccupiedError if someone's file is in the place of a result, or a changed one.

    Call it before the work, if `is_made` can be asked only later.
    """
    check_own_json(stamp_path(path), "made_from", "state")
    if os.path.lexists(path) and not is_stamped(path):
        raise OccupiedError(FOREIGN, path)


def is_made(path: str | Path, made_from: str) -> bool:
    """Return whether a result exists that was made from this (a digest), unchanged since.

    Raises OccupiedError if something else is in its place: a result of other inputs, a changed one, or someone's file.
    """
    check_ours(path)
    if not os.path.lexists(path):
        return False
    if is_fresh(path, made_from):
        return True
    raise OccupiedError(OTHER, path)


def put_made(path: str | Path, made_from: str) -> None:
    """Note the inputs of a result."""
    put_stamp(path, made_from)
