"""The clips of a composition, and where their cells are on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.composing.settings import Size, Views
from lib.math.arrays import FloatArray, IntArray

# A cell fills at least this part of its row's height, however wide cells are (the margin depends on their width): a
# slit would only be visible of a film scaled to thousands of times its height.
LEAST_HEIGHT = 0.1


def seen_of(size: Size, grid: Size) -> Size:
    """Return how many columns and rows of a grid are seen, at least in part, in a view of its middle of this size.

    If one is odd and the other even, that is one more: half a cell at either side.
    """
    return size[0] + (grid[0] - size[0]) % 2, size[1] + (grid[1] - size[1]) % 2


def part_of(views: Views) -> Size:
    """Return how many columns and rows of the grid are ever seen."""
    larger = max(views.first[0], views.last[0]), max(views.first[1], views.last[1])
    return seen_of(larger, views.grid)


@dataclass(frozen=True)
class Clips:
    """The clips that are ever seen, in the table's order: arrays of shape (n,).

    film: index into `films`, paths of media files (`filenames`: as in the table). start, dur: the sample's sound in its
    file; vstart, vdur: the film that it shows; all in ms, vdur at least 1. column, row: its cell in the whole grid of
    `grid` (columns, rows). `part`: the columns and rows of the part that is ever seen, in the middle of the grid;
    `views`: those that fill the screen at the beginning, and at the end. no_cell: number of rows of the table without a
    cell; unseen: number of those with a cell outside the part.
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
    grid: Size
    part: Size
    views: tuple[Size, Size]
    no_cell: int = 0
    unseen: int = 0

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
    def diagonal(self) -> FloatArray:
        """The diagonal of the grid that a clip is on: 0 at the left lower corner of a square one, 1 at the right upper
        one; on an oblong one all are as many diagonals further on as it has more columns than rows."""
        columns, rows = self.grid
        return (columns - 1 - self.row + self.column) / max(columns + rows - 2, 1)

    @property
    def pan(self) -> FloatArray:
        """A clip's place between left (-1) and right (1), by its column."""
        reach = (self.part[0] - 1) / 2
        return np.clip(self.from_middle_x / reach, -1.0, 1.0) if reach else np.zeros(len(self))


@dataclass(frozen=True)
class Cells:
    """The clips' cells on a screen of `width` x `height` that shows the whole grid: arrays of shape (n,).

    x, y: the left upper corner, in pixels; w, h: the size. `pitch`: the distance from one to the next, across and down.
    """

    width: int
    height: int
    x: FloatArray
    y: FloatArray
    w: FloatArray
    h: FloatArray
    pitch: tuple[float, float]


def cells_of(clips: Clips, width: int, height: int, margin: float) -> Cells:
    """Return the cells of a screen. `margin`: the total reduction of a cell's size, as a part of its width."""
    across, down = np.float64(width / clips.grid[0]), np.float64(height / clips.grid[1])
    gap_x, gap_y = margin * across, min(margin * across, (1.0 - LEAST_HEIGHT) * down)
    n = len(clips)
    return Cells(
        *(width, height, clips.column * across + gap_x / 2, clips.row * down + gap_y / 2),
        *(np.full(n, across - gap_x), np.full(n, down - gap_y), (across, down)),
    )
