"""The user's folder for results that can be computed again: small ones, one file each, shared by all stages."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from lib.errors import MediaError
from lib.io.files import atomic_path, open_regular
from lib.io.states import digest

# Names another folder; if it is empty, nothing is kept.
VARIABLE = "MEDIA_TOOLS_CACHE"
NAME = "media-tools"


def cache_folder() -> Path | None:
    """Return the folder, which may not exist yet; None if nothing is to be kept."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / NAME
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / NAME
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / NAME


def recall(kind: str, made_from: object) -> object:
    """Return the saved value of this kind, made from this (a JSON value); None if there is none."""
    path = _path(kind, made_from)
    try:
        if path is not None:
            with open_regular(path) as file:
                kept = json.load(file)
            return kept["value"] if kept["made_from"] == made_from else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # missing, or damaged
        pass
    return None


def keep(kind: str, made_from: object, value: object) -> None:
    """Save a JSON value. If that fails (a full disk, a folder that is not ours), it will be computed again."""
    path = _path(kind, made_from)
    if path is None:
        return
    try:
        with atomic_path(path) as part:
            Path(part).write_text(json.dumps({"made_from": made_from, "value": value}), "utf-8")
    except (MediaError, OSError):
        return


def _path(kind: str, made_from: object) -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / kind / f"{digest(made_from)}.json"
