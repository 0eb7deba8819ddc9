"""The clips of a composition: the samples of a table that has a grid, and where their cells are."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from lib.cli.grids import read_size
from lib.errors import MediaError
from lib.io.files import media_path
from lib.math.arrays import FloatArray, IntArray
from lib.tables.table import Table, read_table

GRID_COLUMNS = ("gridX", "gridY")
MAKES_GRID = "samples_to_grid.py makes them: give it the same -grid"
LEAST_HEIGHT = 0.1
"""A cell fills at least this part of its row's height, however wide cells are (the margin goes by their width): a slit
would be seen of nothing but a film scaled to thousands of times its height."""


def parse_size(word: str, flag: str) -> tuple[int, int]:
    """Read a size such as 128x64: (128, 64). Raises MediaError that names the flag."""
    try:
        return read_size(word)
    except argparse.ArgumentTypeError:
        raise MediaError(f"{flag} {word}: give columns x rows, such as 16x16") from None


def seen_of(size: tuple[int, int], grid: tuple[int, int]) -> tuple[int, int]:
    """Return how many columns and rows of a grid are seen, at least in part, in a view of its middle of this size.

    Where one is odd and the other even, that is one more: half a cell at either side.
    """
    return size[0] + (grid[0] - size[0]) % 2, size[1] + (grid[1] - size[1]) % 2


@dataclass(frozen=True)
class Clips:
    """The clips that are ever seen, in the table's order: arrays of shape (n,).

    film: index into `films`, paths of media files (`filenames`: as the table has them). start, dur: the sample's sound
    in its file; vstart, vdur: what it shows; all in ms, vdur at least 1. column, row: its cell in the whole grid of
    `grid` (columns, rows). `part`: the columns and rows of the part that is ever seen, in the middle of the grid;
    `views`: those that fill the screen at the beginning, and at the end.
    """

    filenames: tuple[str, ...]
    films: tuple[str, ...]
    film: IntArray
    start: FloatArray
    dur: FloatArray
    vstart: FloatArray
    vdur: FloatArray
    column: IntArray
    row: IntArray
    grid: tuple[int, int]
    part: tuple[int, int]
    views: tuple[tuple[int, int], tuple[int, int]]

    def __len__(self) -> int:
        return len(self.film)

    @property
    def from_middle_x(self) -> FloatArray:
        """How many columns a clip is to the right of the grid's middle (negative: to the left)."""
        return self.column - np.float64(self.grid[0] - 1) / 2

    @property
    def from_middle_y(self) -> FloatArray:
        """How many rows a clip is below the grid's middle."""
        return self.row - np.float64(self.grid[1] - 1) / 2

    @property
    def distance(self) -> FloatArray:
        """How far a clip is from the middle, in cells."""
        return np.hypot(self.from_middle_x, self.from_middle_y)

    @property
    def ring(self) -> IntArray:
        """The ring of a clip: its Chebyshev distance from the middle, rounded up; 1 is the innermost."""
        away = np.maximum(np.abs(self.from_middle_x), np.abs(self.from_middle_y))
        return np.maximum(np.ceil(away), 1).astype(np.int64)

    @property
    def pan(self) -> FloatArray:
        """A clip's place between left (-1) and right (1), by its column."""
        reach = (self.part[0] - 1) / 2
        return np.clip(self.from_middle_x / reach, -1.0, 1.0) if reach else np.zeros(len(self))


def load_clips(args: argparse.Namespace) -> tuple[Clips, Table]:
    """Return the clips that `-in`, `-grid`, `-grid0`, `-grid1` mean, and their rows.

    Rows with empty grid cells are left out. Raises MediaError if a column is missing, a cell is outside of the grid,
    has two samples or none, or a number is not what it has to be.
    """
    grid, small, large = (parse_size(getattr(args, name), f"-{name}") for name in ("grid", "grid0", "grid1"))
    part = max(small[0], large[0]), max(small[1], large[1])
    if part[0] > grid[0] or part[1] > grid[1]:
        raise MediaError(f"-grid0 {args.grid0} and -grid1 {args.grid1} must not be larger than -grid {args.grid}")
    part = seen_of(part, grid)
    table = read_table(args.input)
    table.require("filename", "start", "dur")
    table.require(*GRID_COLUMNS, hint=MAKES_GRID)
    cells = [table.text(name) for name in GRID_COLUMNS]
    table = table.take(np.flatnonzero([bool(x.strip() and y.strip()) for x, y in zip(*cells)]))
    column, row = (_whole(table, name, args.input) for name in GRID_COLUMNS)
    _check_cells(column, row, grid, args)
    first_column, first_row = (grid[0] - part[0]) // 2, (grid[1] - part[1]) // 2
    seen = (column >= first_column) & (column < first_column + part[0])
    seen &= (row >= first_row) & (row < first_row + part[1])
    table = table.take(np.flatnonzero(seen))
    names = table.text("filename")
    known = {name: index for index, name in enumerate(dict.fromkeys(names))}
    start, dur = (_times(table, name, args.input) for name in ("start", "dur"))
    vstart, vdur = _or(table, "vstart", start), _or(table, "vdur", dur)
    clips = Clips(
        filenames=tuple(known),
        films=tuple(media_path(args.dir, name) for name in known),
        film=np.array([known[name] for name in names], np.int64),
        start=start,
        dur=dur,
        vstart=vstart,
        vdur=np.maximum(vdur, 1.0),
        column=column[seen],
        row=row[seen],
        grid=grid,
        part=part,
        views=(small, large),
    )
    return clips, table


def _whole(table: Table, name: str, path: str) -> IntArray:
    numbers = table.all_numbers(name)
    wrong = (numbers != np.floor(numbers)) | (numbers < 0)
    if wrong.any():
        row = int(wrong.argmax())
        where = f"row {table.row_in_file(row)}"
        raise MediaError(f"{where}: {name} is {numbers[row]:g}: it must be 0, 1, 2, ...", path)
    return numbers.astype(np.int64)


def _check_cells(column: IntArray, row: IntArray, grid: tuple[int, int], args: argparse.Namespace) -> None:
    """Raise MediaError unless every cell of the grid has one sample."""
    if len(column) == 0:
        raise MediaError(f"no sample has a place in a grid: run samples_to_grid.py -grid {args.grid}", args.input)
    if column.max() >= grid[0] or row.max() >= grid[1]:
        there = f"{column.max() + 1}x{row.max() + 1}"
        raise MediaError(f"its grid is {there}, not {args.grid}: give -grid {there}", args.input)
    cells, counts = np.unique(row * grid[0] + column, return_counts=True)
    if counts.max() > 1:
        twice = int(cells[counts.argmax()])
        where = f"gridX {twice % grid[0]}, gridY {twice // grid[0]}"
        raise MediaError(f"{counts.max()} samples in one cell ({where}): run samples_to_grid.py again", args.input)
    if len(cells) < grid[0] * grid[1]:
        raise MediaError(
            f"it fills {len(cells)} of the {grid[0] * grid[1]} cells of -grid {args.grid}: "
            "run samples_to_grid.py with this -grid, or give the -grid that the table was made with",
            args.input,
        )


def _times(table: Table, name: str, path: str) -> FloatArray:
    values = table.all_numbers(name)
    if (values < 0).any():
        row = int((values < 0).argmax())
        raise MediaError(f"row {table.row_in_file(row)}: {name} is {values[row]:g}: it must be 0 or more", path)
    return values


def _or(table: Table, name: str, otherwise: FloatArray) -> FloatArray:
    """Return a column's numbers, and `otherwise` where it has none (or is not there)."""
    if name not in table.columns:
        return otherwise
    values = table.numbers(name)
    return np.where(np.isfinite(values) & (values >= 0), values, otherwise)


@dataclass(frozen=True)
class Cells:
    """Where the clips' cells are on a screen of `width` x `height` that shows the whole grid: arrays of shape (n,).

    x, y: the left upper corner, in pixels; w, h: the size. `pitch`: from one to the next, sideways and downwards.
    """

    width: int
    height: int
    x: FloatArray
    y: FloatArray
    w: FloatArray
    h: FloatArray
    pitch: tuple[float, float]


def cells_of(clips: Clips, width: int, height: int, margin: float) -> Cells:
    """Return the cells of a screen. `margin`: how much narrower and lower a cell is, as a part of its width, in all."""
    across, down = np.float64(width / clips.grid[0]), np.float64(height / clips.grid[1])
    gap_x, gap_y = margin * across, min(margin * across, (1.0 - LEAST_HEIGHT) * down)
    n = len(clips)
    return Cells(
        *(width, height, clips.column * across + gap_x / 2, clips.row * down + gap_y / 2),
        *(np.full(n, across - gap_x), np.full(n, down - gap_y), (across, down)),
    )
