"""Layout: the position and look of every clip on the screen at one moment."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from lib.composing.clips import Cells
from lib.math.arrays import FloatArray, IntArray

# RGB, shape (height, width, 3).
Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Layout:
    """The look of all clips at one moment: arrays of shape (n,), or one number for all, in the clips' order.

    x, y: the left upper corner, width, height: the size, in pixels of the screen. alpha: 0 (invisible) to 1;
    brightness: 0 (black) to 1; rotation: degrees clockwise about the clip's middle; blur: pixels averaged on each side.
    depth: clips with a higher one lie above those with a lower one; of equal ones the later in the table is above.
    clip: the number of the clip that each row shows, if some are shown more than once (None: row n shows clip n).
    """

    x: FloatArray
    y: FloatArray
    width: FloatArray
    height: FloatArray
    alpha: FloatArray | float = 1.0
    brightness: FloatArray | float = 1.0
    rotation: FloatArray | float = 0.0
    blur: FloatArray | float = 0.0
    depth: FloatArray | float = 0.0
    clip: IntArray | None = None

    @property
    def shows(self) -> IntArray:
        """The number of the clip that each row shows."""
        return np.arange(len(self.x)) if self.clip is None else self.clip

    def every(self, name: str) -> FloatArray:
        """Return an array of shape (n,), even if one number stands for all."""
        return np.broadcast_to(np.asarray(getattr(self, name), np.float64), self.x.shape)

    def moved(self, dx: FloatArray | float, dy: FloatArray | float) -> Layout:
        """Return the layout with the clips moved by these numbers of pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def grown(self, factor: FloatArray | float) -> Layout:
        """Return the layout with each clip `factor` times as large, about its own middle."""
        width, height = self.width * factor, self.height * factor
        return replace(
            self, x=self.x + (self.width - width) / 2, y=self.y + (self.height - height) / 2, width=width, height=height
        )

    def zoomed(self, scale: float, cells: Cells) -> Layout:
        """Return the layout `scale` times as large about the middle of the screen."""
        return replace(
            self,
            x=(self.x - cells.width / 2) * scale + cells.width / 2,
            y=(self.y - cells.height / 2) * scale + cells.height / 2,
            width=self.width * scale,
            height=self.height * scale,
        )

    def on_screen(self, width: int, height: int) -> npt.NDArray[np.bool_]:
        """Return which clips are (or, if rotated, may be) seen on a screen of this size: bool, (n,)."""
        middle_x, middle_y, reach_x, reach_y = self._extents()
        seen = (middle_x + reach_x > 0) & (middle_x - reach_x < width)
        seen &= (middle_y + reach_y > 0) & (middle_y - reach_y < height)
        return seen & (self.width > 0) & (self.height > 0) & (self.every("alpha") > 0)

    def _extents(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return the middle of each clip (x, y), and its greatest extent from there (x, y)."""
        turned = self.every("rotation") != 0.0
        reach_x, reach_y = self.width / 2, self.height / 2
        middle = self.x + reach_x, self.y + reach_y
        if turned.any():
            reach = np.hypot(reach_x, reach_y)
            reach_x, reach_y = np.where(turned, reach, reach_x), np.where(turned, reach, reach_y)
        return *middle, reach_x, reach_y

    def wrapped(self, left: float, top: float, width: float, height: float) -> Layout:
        """Return the layout on a torus, which is this rectangle of the screen: what moves out at an edge comes in at
        the opposite one.

        Clips are moved so that their middle is within the rectangle. Those that are then partly outside are shown a
        second time, at the opposite edge: so no jump is visible, even if all of the torus is.
        """
        x, y, reach_x, reach_y = self._extents()
        inside = np.mod(x - left, width) + left, np.mod(y - top, height) + top
        every = np.ones(len(x), bool)
        aside = {0.0: every, width: inside[0] - reach_x < left, -width: inside[0] + reach_x > left + width}
        above = {0.0: every, height: inside[1] - reach_y < top, -height: inside[1] + reach_y > top + height}
        moves = list(itertools.product(aside, above))  # the first is where they are
        rows = [np.flatnonzero(aside[dx] & above[dy]) for dx, dy in moves]
        dx, dy = np.repeat(np.array(moves), [len(part) for part in rows], axis=0).T
        row = np.concatenate(rows)
        return self._rows(row).moved((inside[0] - x)[row] + dx, (inside[1] - y)[row] + dy)

    def _rows(self, rows: IntArray) -> Layout:
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "clip"}
        taken = {name: value[rows] if np.ndim(value) else value for name, value in values.items()}
        return Layout(**taken, clip=self.shows[rows])


def still(cells: Cells) -> Layout:
    """Return the layout in which every clip fills its cell."""
    return Layout(cells.x, cells.y, cells.w, cells.h)


def circled(cells: Cells, radius: float, turns: FloatArray) -> Layout:
    """Return the clips on circles about the middles of their cells, after `turns` counter-clockwise from three o'clock.

    radius: in heights of a cell.
    """
    angle, reach = 2.0 * np.pi * turns, radius * cells.h
    return still(cells).moved(reach * np.cos(angle), -reach * np.sin(angle))
