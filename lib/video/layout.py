"""Layout: where and how every clip is on the screen at one moment."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from lib.video.clips import Cells

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """How all clips are shown at one moment: arrays of shape (n,), or one number for all, in the clips' order.

    x, y: the left upper corner, width, height: the size, in pixels of the screen. alpha: 0 (unseen) to 1; brightness: 0
    (black) to 1; rotation: degrees clockwise about the clip's middle; blur: pixels on each side that are averaged.
    depth: clips with a higher one lie above those with a lower one; of equal ones the later in the table is above.
    clip: the number of the clip that each row shows, where some are shown more than once (None: row n shows clip n).
    """

    x: Numbers
    y: Numbers
    width: Numbers
    height: Numbers
    alpha: Numbers | float = 1.0
    brightness: Numbers | float = 1.0
    rotation: Numbers | float = 0.0
    blur: Numbers | float = 0.0
    depth: Numbers | float = 0.0
    clip: Whole | None = None

    @property
    def shows(self) -> Whole:
        """The number of the clip that each row shows."""
        return np.arange(len(self.x)) if self.clip is None else self.clip

    def every(self, name: str) -> Numbers:
        """Return an array of shape (n,), also where one number stands for all."""
        return np.broadcast_to(np.asarray(getattr(self, name), np.float64), self.x.shape)

    def moved(self, dx: Numbers | float, dy: Numbers | float) -> Layout:
        """Return the layout with the clips moved by so many pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def grown(self, factor: Numbers | float) -> Layout:
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
        """Return which clips are (or, where turned, may be) seen on a screen of this size: bool, (n,)."""
        middle_x, middle_y, reach_x, reach_y = self._extents()
        seen = (middle_x + reach_x > 0) & (middle_x - reach_x < width)
        seen &= (middle_y + reach_y > 0) & (middle_y - reach_y < height)
        return seen & (self.width > 0) & (self.height > 0) & (self.every("alpha") > 0)

    def _extents(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return the middle of each clip (x, y), and how far it reaches from there at most (x, y)."""
        turned = self.every("rotation") != 0.0
        reach = np.hypot(self.width, self.height) / 2
        reaches = (np.where(turned, reach, self.width / 2), np.where(turned, reach, self.height / 2))
        return self.x + self.width / 2, self.y + self.height / 2, *reaches

    def wrapped(self, left: float, top: float, width: float, height: float) -> Layout:
        """Return the layout on a torus, which is this rectangle of the screen: what moves out at an edge comes in at
        the opposite one.

        Clips are moved to where their middle is within the rectangle. Those that are partly outside of it then are
        shown a second time, at the opposite edge: so there is no jump to be seen, even if all of the torus is.
        """
        middle_x, middle_y, *_ = self._extents()
        inside = self.moved(
            np.mod(middle_x - left, width) + left - middle_x, np.mod(middle_y - top, height) + top - middle_y
        )
        for axis, (low, size) in enumerate(((left, width), (top, height))):
            middle, reach = inside._extents()[axis], inside._extents()[axis + 2]
            again = [np.flatnonzero(middle - reach < low), np.flatnonzero(middle + reach > low + size)]
            move = np.concatenate([np.zeros(len(middle)), np.full(len(again[0]), size), np.full(len(again[1]), -size)])
            rows = inside._rows(np.concatenate([np.arange(len(middle)), *again]))
            inside = rows.moved(move, 0.0) if axis == 0 else rows.moved(0.0, move)
        return inside

    def _rows(self, rows: Whole) -> Layout:
        numbers = {field.name: self.every(field.name)[rows] for field in fields(self) if field.name != "clip"}
        return Layout(**numbers, clip=self.shows[rows])


def still(cells: Cells) -> Layout:
    """Return the layout in which every clip fills its cell."""
    return Layout(cells.x, cells.y, cells.w, cells.h)
