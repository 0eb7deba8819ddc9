"""What settings a stage made its columns with, kept beside the table where they are not the usual ones."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib.io.files import atomic_path
from lib.io.stamps import check_own_json, read_own_json
from lib.io.states import text_digest

_KEY = "columns"

Settings = Mapping[str, object]


def _beside(path: str) -> Path:
    return Path(os.path.dirname(path)) / f".{text_digest(os.path.basename(path), 16)}.columns"


def _known(path: str) -> dict[str, object]:
    known = (read_own_json(_beside(path), _KEY) or {}).get(_KEY)
    return known if isinstance(known, dict) else {}


def other_settings(path: str, names: Sequence[str], now: Settings, usual: Settings) -> str:
    """Return how the settings differ that the columns `names` of a table were made with: "rate 150, not 200" ("": not).

    now: those that are asked for; usual: those of columns of which nothing is known. Values of JSON. Raises PlaceError
    if someone else's file is where the settings are noted.
    """
    check_own_json(_beside(path), _KEY)
    before = _known(path).get(",".join(names), {})
    before = {**usual, **before} if isinstance(before, dict) else dict(usual)
    return "; ".join(f"{name} {before[name]}, not {now[name]}" for name in now if before[name] != now[name])


def keep_settings(path: str, names: Sequence[str], now: Settings, usual: Settings) -> None:
    """Note what the columns `names` of a table will be made with."""
    place, known = _beside(path), _known(path)
    check_own_json(place, _KEY)
    different = {name: value for name, value in now.items() if value != usual[name]}
    wanted = {name: made for name, made in known.items() if name != ",".join(names)}
    if different:
        wanted[",".join(names)] = different
    if wanted == known:
        return
    if not wanted:
        place.unlink(missing_ok=True)
        return
    with atomic_path(place, follow=False) as part:
        Path(part).write_text(json.dumps({_KEY: wanted}), "utf-8", "surrogateescape")
