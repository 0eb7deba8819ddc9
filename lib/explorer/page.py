"""The page itself: the table as a script, the front end beside it, and no remains of an earlier build."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lib.errors import OccupiedError, PlaceError
from lib.explorer.building import DATA, ExplorerReport
from lib.explorer.layouts import Placing
from lib.explorer.material import OPUS_RATE
from lib.explorer.sheets import ACROSS, GROUP, MARK_AT, SMALL, group_files
from lib.io.files import atomic_path
from lib.tables.table import Table

FRONT = Path(__file__).resolve().parents[2] / "explorer"
INDEX = "index.html"
# Marks an index.html as ours: another one is not replaced.
OURS = 'name="generator" content="media-tools explorer"'
TABLE = "table.js"
NUMBERED = re.compile(r"(?:pictures|small)_(\d{4,})\.webp|sound_(\d{4,})\.js")


def check_folder(out: str, overwrite: bool) -> None:
    """Raise PlaceError if `out` is a file, OccupiedError if it holds another's page (unless told to overwrite)."""
    if os.path.exists(out) and not os.path.isdir(out):
        raise PlaceError("is a file, and the page needs a folder", out)
    index = os.path.join(out, INDEX)
    if overwrite or not os.path.exists(index):
        return
    with open(index, "rb") as file:
        if OURS.encode() not in file.read(4096):
            raise OccupiedError("is there already and was not made by this tool", index)


def front_files() -> list[Path]:
    """Return the files of the front end."""
    return sorted(p for p in FRONT.iterdir() if p.suffix in {".html", ".css", ".js", ".svg"})


def write_page(
    out: str, table: Table, title: str, ways: Sequence[Placing], built: ExplorerReport, size: tuple[int, int]
) -> int:
    """Write the table and the front end to `out`, remove data of earlier builds; return the size of the page in bytes.

    size: width and height of a picture in the sheets.
    """
    data = os.path.join(out, DATA)
    _put(os.path.join(data, TABLE), table_script(table, title, ways, built, size))
    count = -(-len(built.order) // GROUP)
    kept = {TABLE, *(os.path.basename(p) for n in range(count) for p in vars(group_files(data, n)).values())}
    for name in os.listdir(data):
        if NUMBERED.fullmatch(name) and name not in kept:
            os.remove(os.path.join(data, name))
    total = sum(os.path.getsize(os.path.join(data, name)) for name in kept)
    for path in front_files():  # the page itself last, when all it needs exists
        if path.name != INDEX:
            total += _put(os.path.join(out, path.name), path.read_bytes())
    return total + _put(os.path.join(out, INDEX), (FRONT / INDEX).read_bytes())


def table_script(
    table: Table, title: str, ways: Sequence[Placing], built: ExplorerReport, size: tuple[int, int]
) -> bytes:
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
        "at": built.at,
        "length": built.length,
        "rate": OPUS_RATE,
        "mark": MARK_AT,
        "group": GROUP,
        "across": ACROSS,
        "small": SMALL,
        "cell": size,
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
        with atomic_path(target) as part:
            Path(part).write_bytes(content)
    return len(content)
