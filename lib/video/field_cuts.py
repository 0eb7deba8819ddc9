"""Cuts between the two fields of a frame: the frame holds both scenes, and belongs to neither."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lib.video.alignment import unlike_moved
from lib.video.thumbnails import Thumbnails

# A field is of the other scene if, moved to fit, it is this many times as dissimilar to its frame's other field, and
# dissimilar at all. (Of some 500 frames beside cuts, all are told by a factor of 1; noise in levels, squared.)
TIMES, LEAST, NOISE = 1.1, 0.1, 4.0


def without_mixed_fields(film: Thumbnails, old: int, new: int) -> tuple[int, int]:
    """Return the frames beside a cut, the old scene's last and the new one's first, that are of one scene each."""
    parted = [_is_parted(film, frame, other) for frame, other in ((old, new), (new, old))]
    return max(old - parted[0], 0), min(new + parted[1], len(film) - 1)


def _is_parted(film: Thumbnails, frame: int, other: int) -> bool:
    """Return whether the bottom field of a frame is like the top field of another one rather than of its own."""
    pictures = np.stack([film.bottom[frame], film.luma[frame], film.luma[other]]).astype(np.float32)
    pictures -= pictures.mean(axis=(1, 2), keepdims=True)
    if _unlike(pictures[0], pictures[1]) < LEAST:
        return False
    own, others = unlike_moved(pictures, np.full(3, NOISE, np.float32), np.array([0, 0]), np.array([1, 2])).tolist()
    return own > LEAST and own > TIMES * others


def _unlike(one: npt.NDArray[np.float32], two: npt.NDArray[np.float32]) -> float:
    """Return the dissimilarity of two pictures whose mean is 0, where they are."""
    products = float((one * two).mean()) + NOISE
    return 1 - products / float(np.sqrt(((one * one).mean() + NOISE) * ((two * two).mean() + NOISE)))
