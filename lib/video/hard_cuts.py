"""Hard cuts: from one look to the next, or with a look or two between that belong to both scenes.

A cut is a change that is large, larger than all changes within a few looks before and after it, and larger than usual
around it: movement and grain change the neighbours as well, a cut does not. (The idea of PySceneDetect's adaptive
detector, with structure in place of mean colour, and with looks at several distances.) On each side one look may be an
exception: a flash, a scratch. A change that is reversed is a flash, not a cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.video.frame_similarity import NEAR, FrameSimilarity, Places
from lib.video.moving_cuts import LEAST_MOVED, cuts_in_movement, is_mixture, is_pan

Floats = npt.NDArray[np.float32]

# Looks on each side of a cut that are compared with each other.
SIDE = 4
# Looks between the scenes: two fields of a frame, frames that a change of rate has blended.
GAPS = (0, 1, 2)
# A cut with one more look between is preferred if it is clearer by this much.
GAP_COSTS = 0.08


@dataclass(frozen=True)
class Rule:
    """The thresholds of a cut.

    floor: least dissimilarity of the sides; within: the same, relative to that of the looks of one side; around:
    relative to the usual dissimilarity of neighbours there; turned: least difference in contents, relative to that of
    the looks of one side. Fitted on drawn films of one seed, reported on others (docs/accuracy.md).
    """

    floor: float
    within: float
    around: float
    turned: float


# With looks between the scenes, more changes resemble a cut.
RULES = (Rule(0.3, 1.6, 2.0, 0.0), Rule(0.4, 2.3, 2.7, 1.5), Rule(0.4, 2.3, 2.7, 1.5))
# In a fast pan all looks are dissimilar, but their contents change gradually: a cut is where they change at once, by at
# least this many levels.
IN_MOVEMENT, LEAST_TURN = Rule(0.3, 0.75, 0.0, 2.0), 20.0
# From one look to the next there is only movement if the picture, moved to fit, is this similar, and its contents
# differ by at most this many levels.
SAME_MOVED, MOST_TURN = 0.05, 35.0
# A cut changes the whole picture: outside of what changes most, it is more dissimilar than this. (The least of 1,500
# cuts between photographs is 0.19, and of drawn ones 0.09; fireworks over a town by night have 0.03.)
SAME_ELSEWHERE = 0.05
# The usual change is this quantile of those between neighbours within this many looks.
USUAL, AROUND = 0.8, 10
# A flash lasts at most this many looks; one that is brighter by BRIGHTER levels than both sides (an explosion) longer.
FLASH, LONG_FLASH, BRIGHTER = 5, NEAR, 12.0
# A flash adds light: the darkening is less than this share of it; and of its detail, less than this share of the
# picture's own is new.
SHADE, OTHER_DETAIL = 0.1, 0.6
# After a flash the picture is as before: less than this share of the change is left; or as before, but moved.
BACK, MOVED_BACK = 0.5, 0.05
# A look beside a cut that contains this much of the other scene belongs to neither, if the two scenes explain it and it
# is further from its own than usual.
MIXED, EXPLAINED, LEAST_STEP = 0.12, 0.85, 0.02


# The looks of a side that count: all, or all but one that is not next to the cut.
CHOICES = [[n for n in range(SIDE) if n != other] for other in (SIDE, *range(1, SIDE))]


@dataclass(frozen=True)
class HardCut:
    """A cut: the indices of the old scene's last look and the new one's first, and their dissimilarity."""

    old: int
    new: int
    change: float


def hard_cuts(looks: FrameSimilarity) -> list[HardCut]:
    """Return the hard cuts of a stretch of film, in order."""
    if looks.count < 2:
        return []
    usual = usual_changes(looks)
    found = np.concatenate([*(_candidates(looks, usual, gap) for gap in GAPS), cuts_in_movement(looks, GAPS)])
    # The clearest first; of equally clear ones that with fewer looks between.
    order = np.argsort(GAP_COSTS * (found[:, 1] - found[:, 0]) - found[:, 3], kind="stable")
    chosen: list[HardCut] = []
    taken = np.zeros(looks.count, bool)
    for candidate in found[order].tolist():
        old, new = int(candidate[0]), int(candidate[1])
        free = not taken[max(old - 1, 0) : new + 1].any()
        if free and looks.elsewhere(old, new) > SAME_ELSEWHERE and not is_pan(looks, old, new):
            taken[old:new] = True
            chosen.append(HardCut(old, new, candidate[2]))
    chosen.sort(key=lambda cut: cut.old)
    return [_without_mixtures(looks, cut) for cut in _without_flashes(looks, _without_movement(looks, chosen))]


def usual_changes(looks: FrameSimilarity) -> Floats:
    """Return the usual dissimilarity of neighbours around each place, shape (looks - 1,)."""
    changes = looks.neighbours(1)
    wide = np.pad(changes, (AROUND, AROUND), mode="reflect" if len(changes) > AROUND else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * AROUND + 1)
    place = round(USUAL * 2 * AROUND)
    return np.partition(windows, place, axis=1)[:, place]


def _candidates(looks: FrameSimilarity, usual: Floats, gap: int) -> npt.NDArray[np.float64]:
    """Return places that fit a cut with `gap` looks between: rows of old, new, change, lead over the sides."""
    rule = RULES[gap]
    changes = looks.neighbours(gap + 1)
    usual = usual[: len(changes)]
    possible = (changes > rule.floor) & (changes > rule.around * usual)
    if not gap:
        moving = np.flatnonzero((changes > IN_MOVEMENT.floor) & ~possible)
        moving = moving[looks.contents(moving, moving + 1) > LEAST_TURN]
        possible[moving] = looks.moved(moving, moving + 1) > LEAST_MOVED
    old = np.flatnonzero(possible)
    if not len(old):
        return np.zeros((0, 4))
    steps = np.arange(SIDE)
    before = np.maximum(old[:, None] - steps, 0)
    after = np.minimum(old[:, None] + gap + 1 + steps, looks.count - 1)
    pairs = _pairs(before, after)
    change = _Sides([looks.unlike(*pair) for pair in pairs], _moved_evenly(gap))
    turn = _Sides([looks.contents(*pair) for pair in pairs])
    best = np.full((len(old), 2), -np.inf)
    for left in range(len(CHOICES)):
        for right in range(len(CHOICES)):
            across, inside = change.across(left, right), change.inside(left, right)
            turned, turned_inside = turn.across(left, right), turn.inside(left, right)
            fits = (across > rule.floor) & (across > rule.within * inside) & (across > rule.around * usual[old])
            fits &= turned > rule.turned * turned_inside
            if not gap:
                free = (across > IN_MOVEMENT.floor) & (across > IN_MOVEMENT.within * inside)
                fits |= free & (turned > LEAST_TURN) & (turned > IN_MOVEMENT.turned * turned_inside)
            lead = np.where(fits, across - inside, -np.inf)
            better = lead > best[:, 1]
            best[better] = np.stack([across, lead], axis=1)[better]
    fits = best[:, 1] > -np.inf
    return np.concatenate([np.stack([old, old + gap + 1], axis=1)[fits], best[fits]], axis=1)


class _Sides:
    """Dissimilarities of the looks before some places, of those after, and across: each of shape (n, SIDE, SIDE)."""

    def __init__(self, pairs: list[Floats], more: Floats | float = 1.0) -> None:
        self._both = pairs[2]
        self._before, self._after = (
            [side[:, looks][:, :, looks].max(axis=(1, 2)) for looks in CHOICES]
            for side in (pairs[0] * more, pairs[1] * more)
        )

    def across(self, left: int, right: int) -> Floats:
        """Return the least dissimilarity across the sides. left, right: which of CHOICES count there."""
        return self._both[:, CHOICES[left]][:, :, CHOICES[right]].min(axis=(1, 2))

    def inside(self, left: int, right: int) -> Floats:
        """Return the greatest dissimilarity of the looks of one side."""
        return np.maximum(self._before[left], self._after[right])


def _pairs(before: Places, after: Places) -> list[tuple[Places, Places]]:
    """Return all pairs of looks before, after, and of both."""
    return [(one[:, :, None], two[:, None, :]) for one, two in ((before, before), (after, after), (before, after))]


def _moved_evenly(gap: int) -> Floats:
    """Return by how much more dissimilar looks of one side would be if they were as far apart as a cut's sides.

    Under even motion, dissimilarity grows with the square of time at first. (Not neighbours: they may differ in noise.)
    """
    apart = np.abs(np.subtract.outer(np.arange(SIDE), np.arange(SIDE)))
    return np.where(apart > 1, np.maximum(1, (gap + 1) / np.maximum(apart, 1)) ** 2, 1).astype(np.float32)


def _without_movement(looks: FrameSimilarity, cuts: list[HardCut]) -> list[HardCut]:
    """Return the cuts without those whose new look is the old one, moved."""
    return [cut for cut in cuts if not _only_moves(looks, np.arange(cut.old, cut.new))]


def _only_moves(looks: FrameSimilarity, steps: Places) -> bool:
    if (looks.contents(steps, steps + 1) >= MOST_TURN).any():
        return False
    return bool((looks.moved(steps, steps + 1) < SAME_MOVED).all())


def _without_flashes(looks: FrameSimilarity, cuts: list[HardCut]) -> list[HardCut]:
    """Return the cuts without those made by a flash, at its beginning and at its end."""
    kept: list[HardCut] = []
    until = 0
    for cut in cuts:
        if cut.old < until:
            continue
        back = _back(looks, cut)
        if back:
            until = back
        else:
            kept.append(cut)
    return kept


def _back(looks: FrameSimilarity, cut: HardCut) -> int:
    """Return the first look after a cut at which the picture is as before; 0 if it does not come back."""
    for look in range(cut.new + 1, min(cut.old + 1 + LONG_FLASH, looks.count)):
        old, now = np.array([cut.old]), np.array([look])
        same = looks.unlike(old, now)[0] < min(BACK * cut.change, RULES[0].floor)
        if not same and looks.contents(old, now)[0] < LEAST_TURN:
            same = looks.moved(old, now)[0] < MOVED_BACK
        if same:
            return look if look - cut.new <= FLASH or _is_light(looks, cut, look) else 0
    return 0


def _is_light(looks: FrameSimilarity, cut: HardCut, back: int) -> bool:
    """Return whether the looks between a cut and its reversal are the picture before it, brighter nearly everywhere."""
    between = looks.mean[cut.new : back]
    if between.mean() <= max(looks.mean[cut.old], looks.mean[back]) + BRIGHTER:
        return False
    lit = cut.new + int(between.argmax())
    light = looks.added_light(cut.old, lit)
    shade = float(np.maximum(-light, 0).sum()) / max(float(np.maximum(light, 0).sum()), 1)
    return shade < SHADE and looks.other_detail(cut.old, lit) < OTHER_DETAIL


def _without_mixtures(looks: FrameSimilarity, cut: HardCut) -> HardCut:
    """Return a cut whose sides contain nothing of each other."""
    old, new = cut.old, cut.new
    if old > 0 and _is_mixed(looks, old, old - 1, new):
        old -= 1
    if new + 1 < looks.count and _is_mixed(looks, new, new + 1, cut.old):
        new += 1
    return HardCut(old, new, cut.change)


def _is_mixed(looks: FrameSimilarity, look: int, own: int, other: int) -> bool:
    """Return whether a look contains some of another scene, and is less similar to its own than that is to itself."""
    if is_mixture(looks, look, own, other):
        return True
    places = [np.array([place]) for place in (look, own, other, min(max(2 * own - look, 0), looks.count - 1))]
    share, strange, explained, _ = (float(values[0]) for values in looks.mixed(*places[:3]))
    if strange <= MIXED or share >= 1 - MIXED / 2:
        return False
    step, usual = (float(looks.unlike(places[n], places[n + k])[0]) for n, k in ((0, 1), (1, 2)))
    return explained > EXPLAINED and step > 2 * usual + LEAST_STEP
