"""Gradual changes of scene: fades, where contrast goes and comes back, and dissolves, which are mixtures.

A dissolve is detected from three looks, half a second apart or so: the middle one is explained by the two others in
about equal shares, one a quarter before it leans to the first and one a quarter after it to the last; first and last
are as dissimilar as scenes are, and have other contents. Movement fails this: a moved picture is not a mixture of its
old and its new position, and its contents stay, wherever they move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.video.frame_similarity import FAR, FrameSimilarity, Places
from lib.video.hard_cuts import LEAST_TURN, HardCut

Floats = npt.NDArray[np.float32]
CUT, FADE, DISSOLVE = "cut", "fade", "dissolve"

# Half lengths of dissolves that are tried, in looks.
HALVES = (6, 8, 11, 14, 19, 26)
# Scenes on the sides of a gradual change are at least this dissimilar,
LEAST_UNLIKE = 0.48
# and their mixture is at most this dissimilar to each of them.
MOST_UNLIKE = 0.85
# The middle of a dissolve holds at least EVEN of each side, a quarter at least TRACE, and shares grow by RISE.
EVEN, TRACE, RISE = 0.2, 0.04, 0.08
# Weights of the evidence for a dissolve, by logistic regression on drawn films (`benchmarks/cut_accuracy.py`): the
# dissimilarity of the sides; the log of the levels by which their contents differ; the log of other changes of the
# contents, as a share of that; the log of the distance that looks cover in between, beyond the usual; the share
# explained.
WEIGHTS, BIAS, ENOUGH = (10.4, 2.3, -3.7, -1.0, 19.5), -35.9, 3.0
# The sides of a dissolve remain more dissimilar than this when moved to fit each other. In a pan, less than this share
# of the changes is left when each look is moved to fit the next.
SAME_MOVED, LEFT_BY_MOVEMENT = 0.06, 0.15
# Looks of a dissolve within this of equal shares are left out: the rest looks like one scene.
SHOWN = 0.46
# A fade lowers contrast to this share of that within this many looks before and after, and leaves at most this many
# levels.
FADED, FADE_REACH, EMPTY = 0.2, 25, 2.5
# A look of less contrast than this, in levels, is empty. A picture that appears or disappears within this many looks
# may be a cut.
FLAT, QUICK = 1.0, 3
# Contrast under this share of it is darkness; one that lasts longer than this many looks is a scene.
DIM, LONG_DARK = 0.5, 12
# If the sides of a short dark part are less dissimilar than this and have the same contents, the light was out.
SAME = 0.3


@dataclass(frozen=True)
class GradualCut:
    """A gradual change: the indices of the old scene's last look and the new one's first, and their dissimilarity."""

    old: int
    new: int
    change: float
    kind: str


def gradual_cuts(looks: FrameSimilarity, hard: Sequence[HardCut]) -> list[GradualCut]:
    """Return the fades and dissolves of a stretch of film, in order. hard: its hard cuts."""
    fades = _fades(looks, hard)
    busy = np.zeros(looks.count, bool)
    for cut in hard:
        busy[cut.old + 1 : cut.new + 1] = True
    for fade in fades:  # a fade begins before, and ends after, the picture is hidden
        length = fade.new - fade.old
        busy[max(fade.old + 1 - length, 0) : fade.new + 1 + length] = True
    return sorted([*fades, *_dissolves(looks, busy)], key=lambda cut: cut.old)


def dissolve_features(looks: FrameSimilarity, middle: Places, half: int) -> Floats:
    """Return the features of dissolves with these middles and of this length, shape (n, 5): as WEIGHTS."""
    first, last = middle - half, middle + half
    before, after = np.maximum(first - half, 0), np.minimum(last + half, looks.count - 1)
    unlike = looks.roughly(first, last)
    contents = looks.contents(first, last)
    turned = np.maximum(looks.contents(before, first), looks.contents(last, after))
    way = np.append(0, np.cumsum(looks.roughly_apart(1)))
    sides = [(way[b] - way[a]) / np.maximum(b - a, 1) for a, b in ((before, first), (last, after))]
    beyond = way[last] - way[first] - 2 * half * np.maximum(*sides)
    explained = np.min([looks.mixed(look, first, last)[2] for look in _quarters(middle, half)], axis=0)
    found = (
        np.minimum(unlike, 1),
        np.log(contents + 3),
        np.log(np.maximum(turned / np.maximum(contents, 1), 0.05)),
        np.log(0.05 + np.maximum(beyond, 0)),
        np.clip(explained, 0, 1),
    )
    return np.stack(found, axis=1).astype(np.float32)


def even_mixtures(looks: FrameSimilarity, half: int) -> Places:
    """Return the places that are even mixtures of the looks `half` before and after, and become so evenly."""
    sides = looks.roughly_apart(half)
    # A look that resembles one of the sides not at all contains nothing of it.
    near = np.maximum(sides[:-half], sides[half:]) < MOST_UNLIKE
    middle = half + np.flatnonzero(near & (looks.roughly_apart(2 * half) > LEAST_UNLIKE))
    ends = (middle - half, middle + half)
    (a0, b0, *_), (a1, b1, *_), (a2, b2, *_) = (looks.mixed(look, *ends) for look in _quarters(middle, half))
    even = (np.minimum(a1, b1) > EVEN) & (b0 > TRACE) & (a2 > TRACE)
    rising = np.minimum(np.minimum(a0 - a1, a1 - a2), np.minimum(b1 - b0, b2 - b1)) > RISE
    return middle[even & rising]


def _quarters(middle: Places, half: int) -> tuple[Places, Places, Places]:
    quarter = max(half // 2, 1)
    return middle - quarter, middle, middle + quarter


def _dissolves(looks: FrameSimilarity, busy: npt.NDArray[np.bool_]) -> list[GradualCut]:
    """Return the dissolves; none where another change begins a scene (`busy`, shape (looks,))."""
    others = np.append(0, np.cumsum(busy))
    found = []
    for half in HALVES:
        middle = even_mixtures(looks, half)
        middle = middle[others[middle + half + 1] == others[middle - half + 1]]
        scores = dissolve_features(looks, middle, half) @ np.array(WEIGHTS, np.float32) + BIAS
        unlike = looks.roughly(middle - half, middle + half)
        found += [(s, m, half, d) for s, m, d in zip(scores.tolist(), middle.tolist(), unlike.tolist()) if s > ENOUGH]
    chosen: list[GradualCut] = []
    for _, place, half, change in sorted(found, reverse=True):
        free = all(place + half <= other.old or place - half >= other.new for other in chosen)
        if free and not _is_movement(looks, place - half, place + half):
            chosen.append(GradualCut(*_extent(looks, place, half), change, DISSOLVE))
    return chosen


def _is_movement(looks: FrameSimilarity, first: int, last: int) -> bool:
    """Return whether nearly all change from look to look, or from first to last, is movement of the picture."""
    if looks.moved(np.array([first]), np.array([last]))[0] < SAME_MOVED:
        return True
    steps = np.arange(first, last)
    left = looks.moved(steps, steps + 1).sum()
    return bool(left < LEFT_BY_MOVEMENT * looks.structure(steps, steps + 1).sum())


def _extent(looks: FrameSimilarity, middle: int, half: int) -> tuple[int, int]:
    """Return where a dissolve begins and ends: where its shares, extrapolated linearly, reach all and nothing."""
    first, last = np.array([middle - half]), np.array([middle + half])
    places = _quarters(np.array([middle]), half)
    shares = [float(looks.mixed(look, first, last)[0][0]) for look in places]
    step = (shares[0] - shares[2]) / float((places[2] - places[0])[0])
    centre = middle + (shares[1] - 0.5) / step
    reach = SHOWN / step
    old = max(round(centre - reach - 0.5), middle - half)
    new = min(round(centre + reach + 0.5), middle + half)
    return (old, new) if old < new else (middle - half, middle + half)


def _fades(looks: FrameSimilarity, hard: Sequence[HardCut]) -> list[GradualCut]:
    """Return the fades through black, white or any single colour; of a long dark part its beginning and its end."""
    contrast = looks.spread
    wide = np.pad(contrast, FADE_REACH, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, FADE_REACH + 1).max(axis=1)
    most_before, most_after = windows[: looks.count], windows[FADE_REACH:]
    faded = contrast < np.minimum(FADED * np.minimum(most_before, most_after), EMPTY)
    faded |= contrast < FLAT
    edges = np.flatnonzero(np.diff(np.concatenate([[False], faded, [False]]).astype(np.int8)))
    cuts: list[GradualCut] = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist()):
        bright_before, bright_after = float(most_before[begin]), float(most_after[end - 1])
        old, new = begin, end - 1
        # (At the latest, to the look that is as bright as that.)
        while contrast[old] < DIM * bright_before:
            old -= 1
        while contrast[new] < DIM * bright_after:
            new += 1
        if end - begin > LONG_DARK:
            sides = ((old, begin, bright_before), (end - 1, new, bright_after))
            cuts += [GradualCut(a, b, 1.0, FADE) for a, b, bright in sides if bright > EMPTY and _fades_by(a, b, hard)]
        elif old > 0 and new < looks.count - 1:  # not the beginning or end of the film, or of this stretch
            cuts += _short_fade(looks, old, new, hard)
    return cuts


def _fades_by(old: int, new: int, hard: Sequence[HardCut]) -> bool:
    """Return whether a picture appears or disappears gradually between two looks."""
    return new - old > QUICK or (new > old and not any(cut.new > old and cut.old < new for cut in hard))


def _short_fade(looks: FrameSimilarity, old: int, new: int, hard: Sequence[HardCut]) -> list[GradualCut]:
    """Return the fade formed by a short time without contrast between two looks, or nothing."""
    inside = [cut for cut in hard if cut.new > old and cut.old < new]
    if len(inside) > 1:  # a dark scene between two cuts
        return []
    sides = np.array([old]), np.array([new])
    if new - old <= FAR and looks.roughly(*sides)[0] < SAME and looks.contents(*sides)[0] < LEAST_TURN:
        return []
    return [GradualCut(old, new, 1.0, FADE)]
