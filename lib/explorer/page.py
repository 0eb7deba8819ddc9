"""The page itself: the table as a script, the front end beside it, and no remains of an earlier build."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from lib.errors import OccupiedError, PlaceError
from lib.explorer.building import HOLDS, ExplorerReport
from lib.explorer.group import DATA, PARTS, was_built
from lib.explorer.layouts import Placing
from lib.explorer.loops import STEP_MS, loops_path
from lib.explorer.material import OPUS_RATE
from lib.explorer.sheets import ACROSS, GROUP, SMALL, sheets_of
from lib.explorer.tracks import MARK_AT, track_path
from lib.io.files import atomic_path
from lib.io.owners import check_folder
from lib.io.stamps import read_own_json
from lib.io.states import bytes_digest
from lib.tables.table import Table
from lib.text.credits import Credit

FRONT = Path(__file__).resolve().parents[2] / "explorer"
INDEX = "index.html"
# In the folder of parts: what has been put into the page.
WRITTEN = "written.json"
TABLE = "table.js"
NUMBERED = re.compile(r"(?:pictures|small)_(\d{4,})\.webp|(?:sound|loops)_(\d{4,})(?:_\d+)?\.js")


def check_page(out: str, overwrite: bool) -> None:
    """See that the page may be written to this folder, before the work.

    Raises PlaceError if `out` is a file, or holds files that this tool did not put there; OccupiedError if one of the
    page's files was changed since (unless told to overwrite).
    """
    if os.path.lexists(out) and not os.path.isdir(out):
        raise PlaceError("is a file, and the page needs a folder", out)
    for folder in (out, os.path.join(out, DATA), os.path.join(out, PARTS)):
        check_folder(folder, HOLDS)
    if overwrite:
        return
    written = _written(out)
    for front in front_files():
        path = os.path.join(out, front.name)
        if not os.path.lexists(path):
            continue
        if os.path.islink(path) or not os.path.isfile(path) or _digest(Path(path)) not in written:
            raise OccupiedError("was changed since this tool made it", path)


def _written(out: str) -> list[str]:
    """Return the digests of the front end's files that were put into this page, now or by an earlier version."""
    written = (read_own_json(os.path.join(out, PARTS, WRITTEN), "written") or {}).get("written")
    return [str(digest) for digest in written] if isinstance(written, list) else []


def _keep_written(out: str) -> None:
    """Record what will be put into the page, before it is."""
    known = _written(out)
    digests = dict.fromkeys([*known, *map(_digest, front_files())])
    if list(digests) == known:
        return
    with atomic_path(os.path.join(out, PARTS, WRITTEN), follow=False) as part:
        Path(part).write_text(json.dumps({"written": list(digests)}), "utf-8")


def _digest(path: Path) -> str:
    return bytes_digest([path.read_bytes()])


def front_files() -> list[Path]:
    """Return the files of the front end."""
    return sorted(p for p in FRONT.iterdir() if p.suffix in {".html", ".css", ".js", ".svg"})


def write_page(
    out: str, table: Table, title: str, ways: Sequence[Placing], built: ExplorerReport, size: tuple[int, int],
    sources: Mapping[str, Credit] | None = None,
) -> int:  # fmt: skip
    """Write the table and the front end to `out`, remove data of earlier builds; return the size of the page in bytes.

    out: as `build` has made it; size: width and height of a picture in the sheets; sources: what a manifest says of the
    files, by name.
    """
    data = os.path.join(out, DATA)
    _put(os.path.join(data, TABLE), table_script(table, title, ways, built, size, sources))
    groups = range(-(-len(built.order) // GROUP))
    sheets = [path for n in groups for path in vars(sheets_of(data, n)).values()]
    tracks = [track_path(data, rank // GROUP, track) for rank, track in enumerate(built.track)]
    loops = [loops_path(data, rank // GROUP, track) for rank, track in enumerate(built.track)] if built.loop else []
    there = filter(os.path.isfile, dict.fromkeys(loops))
    kept = {TABLE, *map(os.path.basename, [*sheets, *tracks, *there])}
    for name in os.listdir(data):
        number = NUMBERED.fullmatch(name)
        if number and name not in kept and was_built(out, int(number[1] or number[2]), name):
            os.remove(os.path.join(data, name))
    total = sum(os.path.getsize(os.path.join(data, name)) for name in kept)
    _keep_written(out)
    for path in front_files():  # the page itself last, when all it needs exists
        if path.name != INDEX:
            total += _put(os.path.join(out, path.name), path.read_bytes())
    return total + _put(os.path.join(out, INDEX), (FRONT / INDEX).read_bytes())


def table_script(
    table: Table, title: str, ways: Sequence[Placing], built: ExplorerReport, size: tuple[int, int],
    sources: Mapping[str, Credit] | None = None,
) -> bytes:  # fmt: skip
    """Return the script that passes the table to the page: every cell as it was read, and where its sample is."""
    about = {
        "title": title,
        "rows": len(table),
        "columns": table.columns,
        "cells": [_column(table.text(name)) for name in table.columns],
        "dialect": asdict(table.dialect),
        "decimals": sorted(table.decimals),
        "ways": [{"x": way.x, "y": way.y, "grid": way.grid} for way in ways],
        "order": built.order,
        "shown": built.shown,
        "track": built.track,
        "at": built.at,
        "length": built.length,
        "level": built.level,
        "rate": OPUS_RATE,
        "mark": MARK_AT,
        "group": GROUP,
        "across": ACROSS,
        "small": SMALL,
        "cell": size,
        "loop": built.loop and {"width": built.loop.width, "height": built.loop.height, "step": STEP_MS},
        "sources": {"columns": list(Credit._fields), "files": sources or {}},
    }
    # ASCII throughout, and no "<": nothing in it can end the script, or be read in another encoding.
    text = json.dumps(about, separators=(",", ":")).replace("<", "\\u003c")
    return f"explorerTable({text});\n".encode("ascii")


def _column(cells: list[str]) -> dict[str, list[object]]:
    """Return a column as {"all": cells}, or, where they repeat, as {"values": ..., "index": ...}."""
    values = list(dict.fromkeys(cells))
    if 4 * len(values) > len(cells):
        return {"all": list(cells)}
    places = {value: n for n, value in enumerate(values)}
    return {"values": list(values), "index": [places[cell] for cell in cells]}


def _put(target: str, content: bytes) -> int:
    """Write a file unless it holds this already; return its size."""
    if not os.path.isfile(target) or Path(target).read_bytes() != content:
        with atomic_path(target, follow=False) as part:
            Path(part).write_bytes(content)
    return len(content)
