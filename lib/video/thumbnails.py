"""Thumbnails: the frames of a film, small, for comparison with each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.video.frame import Frame

# The size requested from the decoder, and the final one: four of its pixels make one.
WIDE, HIGH = 96, 72
COLUMNS, ROWS = WIDE // 2, HIGH // 2
CHROMA_COLUMNS, CHROMA_ROWS = WIDE // 4, HIGH // 4

# The bottom fields of two frames are seen if a few pixels (every GLANCE-th of each row and column) differ between them
# by over CHANGED of their variance: always beside a cut, else only in fast movement.
GLANCE, CHANGED = 6, 0.5

Bytes = npt.NDArray[np.uint8]
Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Thumbnails:
    """A stretch of film: when its frames begin and end (ms), shape (n,), and their thumbnails, uint8.

    luma: shape (n, ROWS, COLUMNS); chroma: (n, 2, CHROMA_ROWS, CHROMA_COLUMNS), U and V: both of the top field,
    so that they show one moment of an interlaced film; bottom: luma of the bottom field, shape (n, ROWS, COLUMNS), or
    that of the top field where frames differ little from those beside them.
    """

    begins: Times
    ends: Times
    luma: Bytes
    chroma: Bytes
    bottom: Bytes

    def __len__(self) -> int:
        return len(self.begins)

    def between(self, first_ms: float, last_ms: float) -> Thumbnails:
        """Return the frames on the screen between two times."""
        return self.at(np.flatnonzero((self.ends > first_ms) & (self.begins < last_ms)))

    def at(self, places: npt.NDArray[Any]) -> Thumbnails:
        """Return the frames at these indices."""
        return Thumbnails(
            self.begins[places], self.ends[places], self.luma[places], self.chroma[places], self.bottom[places]
        )


class Gatherer:
    """Collects the thumbnails of frames as they are decoded."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []  # the latest only
        self._begins: list[float] = []
        self._planes: list[tuple[Bytes, Bytes, Bytes]] = []
        self._bottoms: list[Bytes | None] = []
        self._seen: npt.NDArray[np.float32] | float = math.nan

    def add(self, frame: Frame) -> None:
        """Add a frame: it lasts until the next one begins."""
        planes = frame.thumbnail(WIDE, HIGH)
        seen = planes[0][::GLANCE, ::GLANCE].ravel().astype(np.float32)
        seen -= seen.mean()
        changes = seen - self._seen
        changed = changes @ changes > CHANGED * (seen @ seen)
        if changed:
            self._see_bottom()
        self._begins.append(frame.ms)
        self._planes.append(planes)
        self._bottoms.append(None)
        self._frames, self._seen = [frame], seen
        if changed:
            self._see_bottom()

    def _see_bottom(self) -> None:
        """See the bottom field of the latest frame."""
        if self._bottoms and self._bottoms[-1] is None:
            self._bottoms[-1] = self._frames[0].bottom_field(COLUMNS, ROWS)

    def taken(self, end_ms: float) -> Thumbnails:
        """Return the collected frames, and start over; the last frame ends at `end_ms`."""
        self._see_bottom()  # (the next frame is not known)
        begins, planes, bottoms = np.array(self._begins), self._planes, self._bottoms
        self._begins, self._planes, self._bottoms = [], [], []
        ends = np.append(begins[1:], max(end_ms, begins[-1])) if len(begins) else begins
        luma, u, v = (np.array([plane[n] for plane in planes], np.uint8) for n in range(3))
        luma = luma.reshape(-1, HIGH, WIDE)
        pairs = luma[:, ::2].astype(np.uint16) + luma[:, 1::2]
        small = (pairs[:, :, ::2] + pairs[:, :, 1::2] + 2 >> 2).astype(np.uint8)
        size = (-1, CHROMA_ROWS, CHROMA_COLUMNS)
        chroma = np.stack([u.reshape(size), v.reshape(size)], axis=1)
        bottom = small.copy()
        for n, other in enumerate(bottoms):
            if other is not None:
                bottom[n] = other
        return Thumbnails(begins, ends, small, chroma, bottom)


def joined(one: Thumbnails, two: Thumbnails) -> Thumbnails:
    """Return two stretches, one after the other."""

    def both(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([first, second])

    return Thumbnails(
        both(one.begins, two.begins),
        both(one.ends, two.ends),
        both(one.luma, two.luma),
        both(one.chroma, two.chroma),
        both(one.bottom, two.bottom),
    )
