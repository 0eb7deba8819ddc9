"""The names of a table's columns: each has one, and no two have the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from lib.errors import MediaError
from lib.tables.dialects import MARK
from lib.tables.query_language import is_number

# Spreadsheets put titles and empty lines above the names of columns: number of first rows that may hold the names.
HEAD_ROWS = 10
# A single name may be a value as well.
FEWEST_NAMES = 2


def check_names(names: Sequence[str], frame: pl.DataFrame, lines: np.ndarray, path: str) -> None:
    """Raise MediaError if two columns have no name, or the same one; it says which line seems to have the names.

    frame: the rows below, of shape (rows, names); lines: the line of each in its file, shape (rows,).
    """
    nameless = [str(place) for place, name in enumerate(names, start=1) if name == ""]
    if len(nameless) > 1:
        what = f"columns {' and '.join(nameless[:2])} have no name"
        for cells, line in zip(frame.head(HEAD_ROWS).rows(), lines.tolist()):
            if all(cell.strip() and not is_number(cell) for cell in cells):
                raise MediaError(f"{what}: remove the lines above line {line}, if the names are there", path)
        raise MediaError(f"{what}: give each one in the header line", path)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise MediaError(f"has two columns named {twice!r}: rename one", path)
    _check_once(names, frame, lines, path)


def _check_once(names: Sequence[str], frame: pl.DataFrame, lines: np.ndarray, path: str) -> None:
    """Raise MediaError if a row has the names of the columns again: two tables were put one under the other."""
    if len(names) < FEWEST_NAMES or not frame.height or any(map(is_number, names)):
        return
    again = frame.to_series(0).str.strip_prefix(MARK) == names[0]
    for place, name in enumerate(names[1:], start=1):
        if not again.any():
            return
        again &= frame.to_series(place) == name
    if again.any():
        line = int(lines[again.arg_max() or 0])
        what = f"line {line} has the names of the columns again: remove it"
        raise MediaError(f"{what} (are two tables joined here?)", path)
