"""Pictures as encoders take them: planes of luma and chroma (or RGB), pasted and blended directly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
# Pixels per chroma sample, across and down.
CHROMA = {"yuv420p": (2, 2), "yuv422p": (2, 1), "yuv444p": (1, 1)}
RGB = "rgb24"
# Luma of black and neutral chroma, in the limited range.
BLACK_Y, NO_COLOUR = 16, 128
# Steps of the weight in blending.
STEPS = 256


@dataclass(frozen=True)
class Planes:
    """A format of pictures: `width` x `height` pixels (even, except for RGB), in the pixel format `pixels`.

    Colours are BT.709 in the limited range, or RGB.
    """

    width: int
    height: int
    pixels: str

    @cached_property
    def sizes(self) -> list[tuple[int, int]]:
        """The (bytes across, rows) of its planes."""
        if self.pixels == RGB:
            return [(3 * self.width, self.height)]
        across, down = CHROMA[self.pixels]
        chroma = self.width // across, self.height // down
        return [(self.width, self.height), chroma, chroma]

    @cached_property
    def count(self) -> int:
        """The bytes of a picture."""
        return sum(across * rows for across, rows in self.sizes)

    def black(self) -> Bytes:
        """Return a black picture, uint8, shape (count,)."""
        picture = np.zeros(self.count, np.uint8)
        if self.pixels != RGB:
            luma, *chroma = self.of(picture)
            luma[:] = BLACK_Y
            for plane in chroma:
                plane[:] = NO_COLOUR
        return picture

    def of(self, picture: Bytes) -> Iterator[Bytes]:
        """Yield the planes of a picture as views, shape (rows, bytes across)."""
        begin = 0
        for across, rows in self.sizes:
            yield picture[begin : begin + across * rows].reshape(rows, across)
            begin += across * rows

    def made_of(self, rgb: Bytes) -> Bytes:
        """Return a picture of this format from uint8 RGB, shape (height, width, 3)."""
        if self.pixels == RGB:
            return np.ascontiguousarray(rgb).reshape(-1)
        from lib.video.yuv_conversion import from_rgb  # kernels

        made = np.empty(self.count, np.uint8)
        luma, blue, red = self.of(made)
        from_rgb(rgb, *CHROMA[self.pixels], (luma, blue, red))
        return made

    def padded(self, rgb: Bytes) -> Bytes:
        """Return a picture of this format, black except its upper left part: uint8 RGB, shape (rows, columns, 3)."""
        if rgb.shape[:2] != (self.height, self.width):
            canvas = np.zeros((self.height, self.width, 3), np.uint8)
            canvas[: rgb.shape[0], : rgb.shape[1]] = rgb
            rgb = canvas
        return self.made_of(rgb)

    def lay(self, under: Bytes, over: Bytes, small: Planes, left: int, top: int, opacity: float) -> None:
        """Lay a picture of the format `small` over a part of another one, from (left, top) on, both even."""
        weight = round(opacity * STEPS)
        if self.pixels == RGB:
            steps: list[tuple[float, float]] = [(3, 1)]
        else:
            across, down = CHROMA[self.pixels]
            steps = [(1, 1), (1 / across, 1 / down), (1 / across, 1 / down)]
        for below, above, (wide, high) in zip(self.of(under), small.of(over), steps):
            rows, columns = above.shape
            x, y = round(left * wide), round(top * high)
            part = below[y : y + rows, x : x + columns]
            part[:] = above if weight == STEPS else blend(part, above, weight)


def blend(under: Bytes, over: Bytes, weight: int) -> Bytes:
    """Return the blend of two pictures: `weight` parts of STEPS of `over`, rounded."""
    mixed = under.astype(np.uint16) * np.uint16(STEPS - weight)
    mixed += over.astype(np.uint16) * np.uint16(weight)
    return ((mixed + np.uint16(STEPS // 2)) >> np.uint16(8)).astype(np.uint8)
