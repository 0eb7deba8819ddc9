"""The rows of a table that a composition shows, read and checked."""

from __future__ import annotations

import numpy as np

from lib.composing.clips import Clips, part_of
from lib.composing.settings import Size, Views
from lib.errors import MediaError
from lib.io.files import media_path
from lib.io.formats import counted
from lib.math.arrays import FloatArray, IntArray
from lib.tables.sample_rows import check_filenames
from lib.tables.table import Table, read_filled

# A place beyond this is not a cell of a grid.
LARGEST_SIDE = 1e9
GRID_COLUMNS = ("gridX", "gridY")


def load_clips(path: str, folder: str, views: Views) -> tuple[Clips, Table]:
    """Return the clips of the table `path` that are ever seen, and their rows. folder: where its media are.

    Rows with empty grid cells are left out. Raises MediaError if a column is missing, a cell lies outside the grid or
    has two samples or none, or a number is out of range.
    """
    grid = views.grid
    if not views.fit:
        views_given = f"views of {_size(views.first)} and {_size(views.last)}"
        raise MediaError(f"{views_given} are larger than the grid, {_size(grid)}")
    part = part_of(views)
    table = read_filled(path)
    table.require("filename", "start", "dur", *GRID_COLUMNS)
    cells, rows = [table.text(name) for name in GRID_COLUMNS], len(table)
    table = table.take(np.flatnonzero([bool(x.strip() and y.strip()) for x, y in zip(*cells)]))
    column, row = (_whole(table, name, path) for name in GRID_COLUMNS)
    if not rows:
        raise MediaError("the table has no rows", path)
    _check_cells(column, row, grid, path, rows)
    first_column, first_row = (grid[0] - part[0]) // 2, (grid[1] - part[1]) // 2
    seen = (column >= first_column) & (column < first_column + part[0])
    seen &= (row >= first_row) & (row < first_row + part[1])
    table = table.take(np.flatnonzero(seen))
    check_filenames(table)
    names = table.text("filename")
    known = {name: index for index, name in enumerate(dict.fromkeys(names))}
    start, dur = (_times(table, name, path) for name in ("start", "dur"))
    vstart, vdur = _or(table, "vstart", start), _or(table, "vdur", dur)
    clips = Clips(
        filenames=tuple(known),
        films=tuple(media_path(folder, name) for name in known),
        film=np.array([known[name] for name in names], np.int64),
        start=start,
        dur=dur,
        vstart=vstart,
        vdur=np.maximum(vdur, 1.0),
        column=column[seen],
        row=row[seen],
        grid=grid,
        part=part,
        views=(views.first, views.last),
        no_cell=rows - len(seen),
        unseen=len(seen) - len(table),
    )
    return clips, table


def grid_of(path: str) -> Size | None:
    """Return the size of the grid that a table was laid out on: (columns, rows); None if it has no places."""
    table = read_filled(path)
    if not set(GRID_COLUMNS) <= set(table.columns):
        return None
    last = [np.max(table.numbers(name), initial=-1.0, where=~np.isnan(table.numbers(name))) for name in GRID_COLUMNS]
    return (int(last[0]) + 1, int(last[1]) + 1) if min(last) >= 0 and max(last) < LARGEST_SIDE else None


def _whole(table: Table, name: str, path: str) -> IntArray:
    numbers = table.all_numbers(name)
    wrong = (numbers != np.floor(numbers)) | (numbers < 0)
    if wrong.any():
        row = int(wrong.argmax())
        where = f"line {table.line(row)}"
        raise MediaError(f"{where}: {name} is {numbers[row]:g}: it must be 0, 1, 2, ...", path)
    return numbers.astype(np.int64)


def _size(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _check_cells(column: IntArray, row: IntArray, grid: Size, path: str, rows: int) -> None:
    """Raise MediaError unless every cell of the grid has one sample. rows: of the table, with or without a place."""
    # (Too few samples fill no grid of this size.)
    lay_out = f"run samples_to_grid.py -grid {_size(grid) if rows >= grid[0] * grid[1] else 'auto'}"
    if len(column) == 0:
        raise MediaError(f"no sample has a place in a grid: {lay_out}", path)
    if column.max() >= grid[0] or row.max() >= grid[1]:
        there = int(column.max()) + 1, int(row.max()) + 1
        raise MediaError(f"its grid is {_size(there)}, not {_size(grid)}: ask for a grid of {_size(there)}", path)
    cells, counts = np.unique(row * grid[0] + column, return_counts=True)
    if counts.max() > 1:
        twice = int(cells[counts.argmax()])
        where = f"gridX {twice % grid[0]}, gridY {twice // grid[0]}"
        raise MediaError(f"{counted(counts.max(), 'sample')} in one cell ({where}): run samples_to_grid.py again", path)
    if len(cells) < grid[0] * grid[1]:
        raise MediaError(
            f"it fills {len(cells)} of the {counted(grid[0] * grid[1], 'cell')} of a grid of {_size(grid)}: "
            f"{lay_out}, or ask for the grid that the table was made for",
            path,
        )


def _times(table: Table, name: str, path: str) -> FloatArray:
    values = table.all_numbers(name)
    if (values < 0).any():
        row = int((values < 0).argmax())
        raise MediaError(f"line {table.line(row)}: {name} is {values[row]:g}: it must be 0 or more", path)
    return values


def _or(table: Table, name: str, otherwise: FloatArray) -> FloatArray:
    """Return a column's numbers, and `otherwise` where it has none (or is missing)."""
    if name not in table.columns:
        return otherwise
    values = table.numbers(name)
    return np.where(np.isfinite(values) & (values >= 0), values, otherwise)
