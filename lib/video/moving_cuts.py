"""Cuts within fast movement, where all looks are dissimilar: a pan moves the picture, a cut replaces it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from lib.video.frame_similarity import FrameSimilarity

Floats = npt.NDArray[np.floating]

# Looks that differ by more than this from their neighbours are examined.
LEAST_CHANGE = 0.3
# Moved to the best fit, the sides of a cut are at least this dissimilar, and this many times as dissimilar as the looks
# of one side; more if there are looks between the scenes, each of which then differs from its neighbours by over MIXED.
LEAST_MOVED, TIMES, LEAST_GAP_MOVED, GAP_TIMES, MIXED = 0.2, 3.0, 0.4, 4.0, 0.2


def cuts_in_movement(looks: FrameSimilarity, gaps: Iterable[int]) -> npt.NDArray[np.float64]:
    """Return cuts with `gaps` looks between: rows of old look, new look, dissimilarity, lead over the sides."""
    moving = np.flatnonzero(looks.neighbours(1) > LEAST_CHANGE)
    if not len(moving):
        return np.zeros((0, 4))
    steps = np.zeros(looks.count - 1, np.float32)
    steps[moving] = looks.moved(moving, moving + 1)
    return np.concatenate([_with_gap(looks, steps, gap) for gap in gaps])


def _with_gap(looks: FrameSimilarity, steps: Floats, gap: int) -> npt.NDArray[np.float64]:
    """Return cuts with `gap` looks between. steps: dissimilarity of each look to the next one, moved to fit it."""
    last, changes = len(steps), looks.neighbours(gap + 1)
    if gap:
        largest = np.lib.stride_tricks.sliding_window_view(steps, gap + 1).max(axis=1) if last > gap else steps[:0]
        old = np.flatnonzero((changes > LEAST_CHANGE) & (largest > MIXED))
    else:
        old = np.flatnonzero(steps > LEAST_MOVED)
    if not len(old):
        return np.zeros((0, 4))
    new, wide = old + gap + 1, gap + 1
    pairs = [(old, new), (old - 1, new), (old, new + 1)]
    pairs += [(old - 1, old), (old - 2, old - 1), (new, new + 1), (new + 1, new + 2)]
    pairs += [(old - wide, old), (new, new + wide)] if gap else []
    one, two = (np.clip(np.concatenate(places), 0, last) for places in zip(*pairs))
    moved = looks.moved(one, two).reshape(len(pairs), -1)
    across, inside = moved[:3].min(axis=0), moved[3:].max(axis=0)
    least, times = (LEAST_GAP_MOVED, GAP_TIMES) if gap else (LEAST_MOVED, TIMES)
    fits = (across > least) & (across > times * inside)
    return np.stack([old, new, changes[old], across - inside], axis=1).astype(np.float64)[fits]
