"""The settings that a stage made its columns with, kept beside the table if they are not the usual ones."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib.errors import ColumnsError
from lib.io.files import atomic_path
from lib.io.pipes import is_stream
from lib.io.stamps import check_own_json, read_own_json
from lib.io.states import text_digest
from lib.tables.table import Table, write_table

_KEY = "columns"

Settings = Mapping[str, object]


def _beside(path: str) -> Path:
    return Path(os.path.dirname(path)) / f".{text_digest(os.path.basename(path), 16)}.columns"


def _known(path: str) -> dict[str, object]:
    known = (read_own_json(_beside(path), _KEY) or {}).get(_KEY)
    return known if isinstance(known, dict) else {}


def other_settings(path: str, names: Sequence[str], now: Settings, usual: Settings) -> str:
    """Return how the settings of a table's columns `names` differ: "rate 150, not 200" ("": they do not).

    now: the present settings; usual: those of columns without a note. JSON values. Raises PlaceError
    if someone else's file is where the settings are noted.
    """
    check_own_json(_beside(path), _KEY)
    before = _known(path).get(",".join(names), {})
    before = {**usual, **before} if isinstance(before, dict) else dict(usual)
    return "; ".join(f"{name} {before[name]}, not {now[name]}" for name in now if before[name] != now[name])


def are_made(table: Table, made: str, names: Sequence[str], now: Settings, usual: Settings) -> bool:
    """Return whether a table has the columns `names`, made with the settings `now`: then they stay.

    made: the table beside which their settings are noted; now, usual: as of `other_settings`. Raises ColumnsError if
    they were made with other settings, or if only some of them exist: columns of two runs do not fit together.
    """
    there = [name for name in names if name in table.columns]
    if there and there != list(names):
        raise ColumnsError(f"has {', '.join(there)} but not all of {', '.join(names)}", table.path)
    check_settings(table, made, names, now, usual)
    return bool(there)


def check_settings(table: Table, made: str, names: Sequence[str], now: Settings, usual: Settings) -> None:
    """Raise ColumnsError if a table has some of the columns, made with other settings. Arguments as of `are_made`."""
    differs = other_settings(made, names, now, usual)
    if differs and set(names) & set(table.columns):
        were = "was" if len(names) == 1 else "were"
        # For a copied or renamed table nothing is noted.
        sure = "" if ",".join(names) in _known(made) else ", as far as is known"
        raise ColumnsError(f"its {', '.join(names)} {were} made with other settings{sure} ({differs})", table.path)


def keep_settings(path: str, names: Sequence[str], now: Settings, usual: Settings, source: str = "") -> None:
    """Note the settings that the columns `names` of a table will be made with; those of a pipe are not noted.

    source: the table that the other columns come from, with their settings ("": they are in this one).
    """
    different = {name: value for name, value in now.items() if value != usual[name]}
    wanted = {name: made for name, made in _known(source or path).items() if name != ",".join(names)}
    if different:
        wanted[",".join(names)] = different
    _note(path, wanted)


def write_from(source: str, table: Table, path: str) -> None:
    """Write a table with columns of the table `source`, and note beside it the settings that are known of these."""
    if source != path:
        _note(path, _known(source))
    write_table(table, path)


def _note(path: str, wanted: Mapping[str, object]) -> None:
    if is_stream(path):
        return
    place, known = _beside(path), _known(path)
    check_own_json(place, _KEY)
    if wanted == known:
        return
    if not wanted:
        place.unlink(missing_ok=True)
        return
    with atomic_path(place, follow=False) as part:
        Path(part).write_text(json.dumps({_KEY: wanted}), "utf-8", "surrogateescape")
