"""Cuts within fast movement, where all looks are unlike: a pan moves the picture, a cut replaces it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lib.video.frame_similarity import FrameSimilarity

# Looks that differ by more than this from their neighbours are looked at.
LEAST_CHANGE = 0.3
# Moved to where they fit best, the sides of a cut are at least so unlike, and so many times as unlike as the looks of
# one side; more if there are looks between the scenes, each of which is less like its neighbours than MIXED then.
LEAST_MOVED, TIMES, LEAST_GAP_MOVED, GAP_TIMES, MIXED = 0.2, 3.0, 0.4, 4.0, 0.2


def cuts_in_movement(looks: FrameSimilarity, gap: int) -> npt.NDArray[np.float64]:
    """Return cuts with `gap` looks between: rows of old look, new look, how unlike they are, lead over the sides."""
    last = looks.count - 1
    changes = looks.neighbours(gap + 1)
    steps = np.zeros(last, np.float32)
    moving = np.flatnonzero(looks.neighbours(1) > LEAST_CHANGE)
    steps[moving] = looks.moved(moving, moving + 1)
    if gap:
        largest = np.lib.stride_tricks.sliding_window_view(steps, gap + 1).max(axis=1) if last > gap else steps[:0]
        old = np.flatnonzero((changes > LEAST_CHANGE) & (largest > MIXED))
    else:
        old = np.flatnonzero(steps > LEAST_MOVED)
    new = old + gap + 1

    def moved(pairs: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]) -> npt.NDArray[np.floating]:
        one, two = (np.clip(np.concatenate(places), 0, last) for places in zip(*pairs))
        return looks.moved(one, two).reshape(len(pairs), -1)

    across = moved([(old, new), (old - 1, new), (old, new + 1)]).min(axis=0)
    wide = gap + 1
    sides = [(old - 1, old), (old - 2, old - 1), (new, new + 1), (new + 1, new + 2)]
    sides += [(old - wide, old), (new, new + wide)] if gap else []
    inside = moved(sides).max(axis=0)
    least, times = (LEAST_GAP_MOVED, GAP_TIMES) if gap else (LEAST_MOVED, TIMES)
    fits = (across > least) & (across > times * inside)
    return np.stack([old, new, changes[old], across - inside], axis=1).astype(np.float64)[fits]
