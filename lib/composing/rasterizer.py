"""The rasterizer: any number of clips, each at its place, size, brightness, ... drawn into one picture.

A pixel of the picture is an area mean: the clip's picture is averaged over a box as wide as a pixel of the screen, or
as a pixel of the clip if that is wider (then bilinear interpolation). So a clip drawn in its own size at an integer
position is copied, half a pixel further neighbours are averaged, and a clip that grows or moves slowly does not
shimmer. Means are in linear light, as in mipmaps, so that a clip is equally bright at every size. Where clips abut
within a pixel, each has its share and nothing shines through.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.composing.drawing import draw
from lib.composing.layout import Picture
from lib.composing.rough_drawing import draw as draw_roughly

# Rows are dealt out in this many bands per thread, since some hold more clips than others.
BANDS_PER_THREAD = 4


@dataclass(frozen=True)
class DrawList:
    """The clips to draw, from the lowest to the uppermost: arrays of shape (n,).

    offset: where the clip's picture begins in the array of pixels, uint8 RGB, `columns` x `rows` of them, row by row.
    x, y: the left and upper edge in pixels of the screen (0, 0: the left upper corner), width, height: its size there,
    before it is rotated about its middle by `rotation` degrees clockwise. alpha: 0 (invisible) to 1; brightness: 0
    (black) to 1 (as it is), or more. blur: the picture is averaged over a square of 1 + 2 x blur pixels of the screen.
    """

    offset: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    width: npt.NDArray[np.float64]
    height: npt.NDArray[np.float64]
    alpha: npt.NDArray[np.float64]
    brightness: npt.NDArray[np.float64]
    rotation: npt.NDArray[np.float64]
    blur: npt.NDArray[np.float64]


class Rasterizer:
    """Draws pictures of one size, in `threads` threads; use it in a `with`, or drop it.

    The result does not depend on the number of threads. rough: as `lib.composing.rough_drawing` draws.
    """

    def __init__(self, width: int, height: int, threads: int = 1, rough: bool = False) -> None:
        self.width, self.height = width, height
        self._draw = draw_roughly if rough else draw
        self._cover = np.empty((height, width), np.uint8)
        self._black = np.zeros((height, width, 3), np.uint8)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        count = min(threads * BANDS_PER_THREAD, height) if threads > 1 else 1
        edges = [height * n // count for n in range(count + 1)]
        self._bands: Sequence[tuple[int, int]] = list(itertools.pairwise(edges))

    def __enter__(self) -> Rasterizer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def draw(self, pixels: npt.NDArray[np.uint8], draws: DrawList, under: Picture | None = None) -> Picture:
        """Return a new picture: the draw list over `under` (black if None).

        pixels: the array, shape (any,), that `draws.offset` points into.
        """
        behind = self._black if under is None else np.ascontiguousarray(under)
        picture = behind.copy()
        self._cover[:] = 0
        whole = np.stack([draws.offset, draws.columns, draws.rows], axis=1).astype(np.int64)
        radians = np.radians(draws.rotation)
        numbers = (draws.x, draws.y, draws.width, draws.height, draws.alpha, draws.brightness, radians, draws.blur)
        real = np.stack(numbers, axis=1).astype(np.float64)
        if self._pool is None:
            self._draw(picture, behind, self._cover, 0, self.height, pixels, whole, real)
        else:
            jobs = [
                self._pool.submit(self._draw, picture, behind, self._cover, first, end, pixels, whole, real)
                for first, end in self._bands
            ]
            for job in jobs:
                job.result()
        return picture
