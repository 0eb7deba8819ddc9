"""Results that a flag names, not made again: told by their stamps from what was changed, or is someone's."""

from __future__ import annotations

import os
from pathlib import Path

from lib.errors import OccupiedError
from lib.io.stamps import FOREIGN, check_own_json, is_fresh, is_stamped, put_stamp, stamp_path

OTHER = "was made from something else, or with other settings"


def is_made(path: str | Path, made_from: str) -> bool:
    """Return whether a result is there that was made from this (a digest), unchanged since.

    Raises OccupiedError if something else is in its place: made from something else, changed, or someone's.
    """
    check_own_json(stamp_path(path), "made_from", "state")
    if not os.path.lexists(path):
        return False
    if is_fresh(path, made_from):
        return True
    raise OccupiedError(OTHER if is_stamped(path) else FOREIGN, path)


def put_made(path: str | Path, made_from: str) -> None:
    """Note what a result was made from."""
    put_stamp(path, made_from)
