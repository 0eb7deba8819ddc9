"""Cuts within fast movement, where all looks are dissimilar: a pan moves the picture, a cut replaces it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from lib.video.frame_similarity import FrameSimilarity

Floats = npt.NDArray[np.floating]
Places = npt.NDArray[np.intp]

# Looks that differ by more than this from their neighbours are examined, if another change within REACH looks shows
# MOVEMENT.
LEAST_CHANGE, REACH, MOVEMENT = 0.3, 3, 0.1
# Moved to the best fit, the sides of a cut are at least this dissimilar, and this many times as dissimilar as the looks
# of one side; more if there are looks between the scenes: then one of the steps between them is over MIXED.
LEAST_MOVED, TIMES, LEAST_GAP_MOVED, GAP_TIMES, MIXED = 0.2, 3.0, 0.4, 4.0, 0.2
# Less will do if profiles and contents change by this multiple of their change in as many steps within the
# sides, and profiles by this many levels.
PROFILE_TIMES, TURN_TIMES, LEAST_LEVELS, LEAST_CLEAR = 1.25, 1.5, 8.0, 0.1
# Looks whose profiles change no more than within the sides are a pan, if they are less dissimilar than this when moved
# to fit, and less than this many times as dissimilar as the looks of one side.
SAME_MOVED, MUCH_TIMES = 0.5, 12.0
# A look contains some of another scene: at least this share, more than usual by MORE, and that explains it this well;
# or whatever is usual, if it is nothing else.
SHARE, MORE, EXPLAINED, NOTHING_ELSE = 0.12, 0.05, 0.7, 0.95


def cuts_in_movement(looks: FrameSimilarity, gaps: Iterable[int]) -> npt.NDArray[np.float64]:
    """Return cuts with `gaps` looks between: rows of old look, new look, dissimilarity, lead over the sides."""
    changes = looks.neighbours(1)
    wide = np.pad(changes, REACH)
    # (Where all around is still, that a change stands out tells a cut.)
    second = np.partition(np.lib.stride_tricks.sliding_window_view(wide, 2 * REACH + 1), -2, axis=1)[:, -2]
    moving = np.flatnonzero((changes > LEAST_CHANGE) & (second > MOVEMENT))
    if not len(moving):
        return np.zeros((0, 4))
    steps = np.zeros(looks.count - 1, np.float32)
    steps[moving] = looks.moved(moving, moving + 1)
    return np.concatenate([_with_gap(looks, steps, gap) for gap in gaps])


def _with_gap(looks: FrameSimilarity, steps: Floats, gap: int) -> npt.NDArray[np.float64]:
    """Return cuts with `gap` looks between. steps: dissimilarity of each look to the next one, moved to fit it."""
    last, changes, wide = len(steps), looks.neighbours(gap + 1), gap + 1
    if last < wide:
        return np.zeros((0, 4))
    largest = np.lib.stride_tricks.sliding_window_view(steps, wide).max(axis=1)
    old = np.flatnonzero((changes > LEAST_CHANGE) & (largest > LEAST_CLEAR))
    if not len(old):
        return np.zeros((0, 4))
    new = old + wide
    pairs = [(old, new), (old - 1, new), (old, new + 1)]
    pairs += [(old - 1, old), (old - 2, old - 1), (new, new + 1), (new + 1, new + 2)]
    pairs += [(old - wide, old), (new, new + wide)] if gap else []
    one, two = (np.clip(np.concatenate(places), 0, last) for places in zip(*pairs))
    moved = looks.moved(one, two).reshape(len(pairs), -1)
    across, inside, beside = moved[:3].min(axis=0), moved[3:].max(axis=0), moved[3:7].max(axis=0)
    least, times = (LEAST_GAP_MOVED, GAP_TIMES) if gap else (LEAST_MOVED, TIMES)
    turns = looks.contents(one, two).reshape(len(pairs), -1)
    leads, levels = profile_leads(looks, old, new)
    turned = turns[:3].min(axis=0) / np.maximum(turns[3:7].max(axis=0), 1)
    fits = (across > least) & (across > times * inside)
    if gap:  # (the change that even movement makes in as many steps)
        fits &= (largest[old] > MIXED) & (np.maximum(leads, turned) > wide)
    clear = (across > np.maximum(LEAST_CLEAR, beside)) & (levels > LEAST_LEVELS)
    clear &= (leads > PROFILE_TIMES * wide) & (turned > TURN_TIMES * wide)
    inside = np.where(fits, inside, beside)
    fits |= clear
    return np.stack([old, new, changes[old], across - inside], axis=1).astype(np.float64)[fits]


def profile_leads(looks: FrameSimilarity, old: Places, new: Places) -> tuple[Floats, Floats]:
    """Return by how many times profiles change more from `old` to `new` than from look to look beside them.

    The second result is by how many levels they change.
    """
    return looks.profiles.leads((old, new), _beside(looks, old, new))


def _beside(looks: FrameSimilarity, old: Places, new: Places) -> list[tuple[Places, Places]]:
    """Return the pairs of neighbours, two each, before `old` and after `new`."""
    pairs = [(old - 1, old), (old - 2, old - 1), (new, new + 1), (new + 1, new + 2)]
    last = looks.count - 1
    return [(np.clip(one, 0, last), np.clip(two, 0, last)) for one, two in pairs]


def is_pan(looks: FrameSimilarity, old: int, new: int) -> bool:
    """Return whether it is movement, perhaps with blur, that makes two looks dissimilar."""
    sides = np.array([old]), np.array([new])
    if profile_leads(looks, *sides)[0][0] >= 1:
        return False
    beside = looks.moved(*(np.concatenate(places) for places in zip(*_beside(looks, *sides)))).max()
    return bool(looks.moved(*sides)[0] < min(SAME_MOVED, MUCH_TIMES * beside))


def is_mixture(looks: FrameSimilarity, look: int, own: int, other: int) -> bool:
    """Return whether a look contains some of another scene, however both move."""
    before = min(max(2 * own - look, 0), looks.count - 1)
    share, usual, explained = looks.profiles.shares(look, own, before, other)
    return share > SHARE and explained > (EXPLAINED if share > usual + MORE else NOTHING_ELSE)
