"""Positions of samples on the page, and which samples share a file: those close together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.errors import MediaError
from lib.tables.table import Table

# Pairs of columns that the page offers if a table has them.
KNOWN = (("gridX", "gridY"), ("tsne", "tsne2"))
# As in layout.js: the height of a cell, and the width of a cloud per square root of the number of its samples.
CELL_HEIGHT = 0.75
CLOUD_ROOM = 1.7
# Times of samples in a sequence, such as a mosaic: without another place, they lie in its order.
TIMES = "at"
# Bits of a position along an axis for sorting: 65,536 steps.
FINEST = 16


@dataclass(frozen=True)
class Placing:
    """One way to lay the samples out: the columns of x and y, and whether they are the cells of a grid."""

    x: str
    y: str
    grid: bool


def placings(table: Table, wanted: tuple[str, str]) -> list[Placing]:
    """Return the layouts of the table: the requested one, then those of `KNOWN` that the table has as well.

    Raises MediaError if a wanted column is missing or no row has a number in both.
    """
    table.require(*wanted)
    if not has_place(table, *wanted).any():
        raise MediaError(f"no row has numbers in both {wanted[0]} and {wanted[1]}: choose other columns", table.path)
    others = [pair for pair in KNOWN if pair != wanted and set(pair) <= set(table.columns)]
    pairs = [wanted, *(pair for pair in others if has_place(table, *pair).any())]
    return [Placing(x, y, _is_grid(table, x, y)) for x, y in pairs]


def usual_columns(table: Table, wanted: tuple[str, str]) -> tuple[str, str]:
    """Return the columns to begin with where nobody has named any: the first known ones that the table has."""
    there = [pair for pair in (wanted, *KNOWN) if set(pair) <= set(table.columns) and has_place(table, *pair).any()]
    return there[0] if there else wanted


def in_order(table: Table, column: str) -> Table:
    """Return the table with the cells of a grid in the order of a column of numbers, row by row: nearly a square."""
    order = np.argsort(table.all_numbers(column), kind="stable")
    across = max(int(np.ceil(np.sqrt(len(table)))), 1)
    places = np.empty(len(table), np.int64)
    places[order] = np.arange(len(table))
    cells = {"gridX": places % across, "gridY": places // across}
    return table.with_columns({name: [str(value) for value in values] for name, values in cells.items()})


def positions(table: Table, way: Placing) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return where the page shows each row, as layout.js does: x and y of its upper left corner, NaN without a place,
    and the width and height of the whole, all in widths of a cell."""
    there = has_place(table, way.x, way.y)
    places = [np.where(there, table.numbers(name), np.nan) for name in (way.x, way.y)]
    spans = [float(np.ptp(values[there])) for values in places]
    scale = 1.0 if way.grid else CLOUD_ROOM * np.sqrt(int(there.sum())) / (max(spans) or 1.0)
    down = scale * (CELL_HEIGHT if way.grid else 1.0)
    x, y = ((values - np.nanmin(values)) * factor for values, factor in zip(places, (scale, down)))
    return x, y, spans[0] * scale + 1.0, spans[1] * down + CELL_HEIGHT


def has_place(table: Table, x: str, y: str) -> np.ndarray:
    """Return for each row whether it has numbers in both columns: bool, shape (rows,)."""
    return ~(np.isnan(table.numbers(x)) | np.isnan(table.numbers(y)))


def _is_grid(table: Table, x: str, y: str) -> bool:
    """Return whether positions are cells: integers of 0 or more, one sample each."""
    there = has_place(table, x, y)
    cells = np.stack([table.numbers(x)[there], table.numbers(y)[there]], axis=1)
    whole = bool((cells >= 0).all() and (cells == np.floor(cells)).all())
    return whole and len(np.unique(cells, axis=0)) == len(cells)


def near_order(table: Table, placing: Placing) -> np.ndarray:
    """Return the rows along a Z-order curve, so that neighbours on the page are mostly close in the order.

    int64, shape (rows,); rows without a position come last, in the table's order. (G. M. Morton, 1966: the bits of both
    positions, interleaved; a run of 4^n rows of a full grid is a square of its cells.)
    """
    there = has_place(table, placing.x, placing.y)
    codes = np.full(len(table), np.iinfo(np.int64).max)
    columns = [_steps(table.numbers(name)[there], placing.grid) for name in (placing.x, placing.y)]
    codes[there] = _spread(columns[0]) | _spread(columns[1]) << 1
    return np.argsort(codes, kind="stable")


def _steps(values: np.ndarray, grid: bool) -> np.ndarray:
    """Return positions along an axis as integers below 2^FINEST; those of a grid are unchanged."""
    top = (1 << FINEST) - 1
    low, span = values.min(), float(np.ptp(values))
    if grid and span <= top:
        return (values - low).astype(np.int64)
    return np.floor((values - low) / (span or 1.0) * top).astype(np.int64)


def _spread(values: np.ndarray) -> np.ndarray:
    """Return integers with a zero bit between each two of their bits."""
    spread = np.zeros_like(values)
    for bit in range(FINEST):
        spread |= (values >> bit & 1) << (2 * bit)
    return spread


def groups(order: Sequence[int] | np.ndarray, size: int) -> list[list[int]]:
    """Return rows in runs of `size`, the last one shorter."""
    rows = [int(row) for row in order]
    return [rows[first : first + size] for first in range(0, len(rows), size)]
