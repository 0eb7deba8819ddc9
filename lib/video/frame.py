"""One picture of a film, scaled and turned for display."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Protocol

import numpy as np
from av.video.frame import VideoFrame

from lib.video.scaling import Part, Scaler, Turn, shown_size

# Aspect ratios (width / height) that differ by less than this share are equal.
SAME_SHAPE = 0.01


class FrameSource(Protocol):
    """The film that a frame belongs to: its display size, and how its pictures are made."""

    width: int
    height: int
    turn: Turn
    scaler: Scaler

    def part_of(self, frame: VideoFrame) -> Part:
        """Return the part of a frame that is shown."""


class Frame:
    """One picture of a film: `ms` when it begins, `length_ms` how long it stays; `width` and `height` for display.

    The size is that of the film, unless the file changes it midway.
    """

    __slots__ = ("_film", "_pixel", "_size", "length_ms", "ms", "raw")

    def __init__(self, film: FrameSource, frame: VideoFrame, ms: float, pixel: Fraction) -> None:
        self._film, self.raw, self._pixel, self.ms = film, frame, pixel, ms
        self.length_ms = math.nan
        self._size: tuple[int, int] | None = None  # for display; many pictures are made of one frame

    @property
    def _part(self) -> Part:
        return self._film.part_of(self.raw)

    @property
    def width(self) -> int:
        """Return its display width, with square pixels."""
        return self._shown()[0]

    @property
    def height(self) -> int:
        """Return its display height."""
        return self._shown()[1]

    def _shown(self) -> tuple[int, int]:
        if self._size is None:
            self._size = shown_size(self._part, self._pixel, self._film.turn)
        return self._size

    def picture(self, width: int, height: int) -> np.ndarray:
        """Return the picture at this size, for display, uint8 RGB, shape (height, width, 3).

        It is scaled in one step by averaging areas in linear light (enlarging: bilinear). A frame of another aspect
        ratio than the film is fitted into it, with black beside it. Raises MediaError for an unsupported pixel format.
        """
        shape = self.width / self.height / (self._film.width / self._film.height)
        if abs(shape - 1) < SAME_SHAPE:
            return self.stretched(width, height)
        inner_width = max(round(width * min(shape, 1)), 1)
        inner_height = max(round(height * min(1 / shape, 1)), 1)
        whole = np.zeros((height, width, 3), np.uint8)
        left, top = (width - inner_width) // 2, (height - inner_height) // 2
        whole[top : top + inner_height, left : left + inner_width] = self.stretched(inner_width, inner_height)
        return whole

    def thumbnail(self, width: int, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the frame's top field as it is decoded, at this size: luma, uint8 (height, width), U and V, a fourth.

        Fast, for comparing frames with each other: neither turned nor cropped, and not for display.
        """
        return self._film.scaler.thumbnail(self.raw, width, height)

    def bottom_field(self, width: int, height: int) -> np.ndarray:
        """Return the luma of the frame's bottom field at this size, uint8 (height, width), as `thumbnail`."""
        return self._film.scaler.bottom_field(self.raw, width, height)

    def planes(self, width: int, height: int, pixels: str) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """Return the whole picture at this size as planes of `pixels`, BT.709 in the limited range, uint8.

        None if the decoded frame cannot be converted directly: see `Scaler.planes`.
        """
        return self._film.scaler.planes(self.raw, self._part, self._film.turn, pixels, width, height)

    def stretched(self, width: int, height: int) -> np.ndarray:
        """Return the whole picture at this size, whatever its aspect ratio."""
        return self._film.scaler.picture(self.raw, self._part, self._film.turn, width, height)
