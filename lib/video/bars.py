"""Black bars at the edges of a film (letterbox, pillarbox) that stay through it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from lib.video.reader import VideoReader

Picture = npt.NDArray[np.uint8]
# A row or a column is black if hardly any of it is brighter than this (of 255): noise of old tape and of codecs is.
BLACK, SHARE = 24, 0.02
# A frame that is all dark, or nearly, says nothing: a fade, a night, the leader. Its brightest rows are below this.
DARK = 48
# Bars narrower than this share of the side are the edge of the picture; wider than that is no film with bars.
NARROWEST, WIDEST = 0.01, 0.4
# Without so many frames that say something nothing is cut.
FEWEST = 3


def picture_part(frames: Iterable[Picture]) -> tuple[float, float, float, float]:
    """Return the part that is no bar in any of a film's frames: left, top, right, bottom, as shares of the sides.

    frames: uint8 RGB, shape (height, width, 3), from all over the film.
    """
    box = np.array([1.0, 1.0, 0.0, 0.0])
    count = 0
    for frame in frames:
        level = frame.max(axis=2)
        if np.percentile(level, 99) < DARK:
            continue
        bright = level > BLACK
        rows = np.flatnonzero(bright.mean(axis=1) > SHARE)
        columns = np.flatnonzero(bright.mean(axis=0) > SHARE)
        if not len(rows) or not len(columns):
            continue
        height, width = level.shape
        found = columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
        box = np.append(np.minimum(box[:2], found[:2]), np.maximum(box[2:], found[2:]))
        count += 1
    if count < FEWEST:
        return 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = (float(v) for v in box)
    if right - left < 1 - 2 * WIDEST or bottom - top < 1 - 2 * WIDEST:
        return 0.0, 0.0, 1.0, 1.0
    narrow = NARROWEST
    return (
        left if left >= narrow else 0.0, top if top >= narrow else 0.0,
        right if 1 - right >= narrow else 1.0, bottom if 1 - bottom >= narrow else 1.0,
    )  # fmt: skip


def shown_part(film: VideoReader, part: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the part of a film's frames, as decoded, that is within its bars: left, top, columns, rows; all even.

    part: what the container shows of frames of this size. A few places of the film are looked at.
    """
    raise NotImplementedError
