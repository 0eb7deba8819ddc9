"""Places of samples on a map, from two columns of a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lib.errors import MediaError
from lib.io.formats import counted
from lib.tables.sample_rows import check_words
from lib.tables.table import Table


def places_of(table: Table, names: Sequence[str]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return the points, shape (rows, columns), all NaN for a row without a place, and the rows with half a place.

    Raises MediaError if a column is missing, holds no numbers, or a word.
    """
    table.require(*names)
    points = np.stack([table.numbers(name) for name in names], axis=1)
    for name, values in zip(names, points.T):
        if len(values) and np.isnan(values).all():
            raise MediaError(f"its column {name!r} holds no numbers", table.path)
        check_words(table, name)
    known = np.isfinite(points)
    return points, np.flatnonzero(known.any(axis=1) & ~known.all(axis=1)).tolist()


def share_placed(rows: int, there: int, total: int, grid: str, names: Sequence[str]) -> str:
    """Return the beginning of a line: of `total` samples `there` have a place on a map, and `rows` a cell in a grid."""
    share = ("" if rows == total else f"{rows:,} of ") + counted(total, "sample")
    if lost := there - rows:
        share += f", {lost:,} without a cell (-grid {grid})"
    if lost := total - there:
        share += f", {lost:,} without a place in {', '.join(names)}, and without a cell"
    return share
