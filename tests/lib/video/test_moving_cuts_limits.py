"""Cuts in movement at their limits: one change in a film that is still otherwise, against the rule in words."""

import numpy as np
import pytest

from lib.video.moving_cuts import cuts_in_movement, is_mixture, is_pan
from tests.support.each import each
from tests.support.looks import Looks

OLD = 8


class Told:
    """Profiles of which the answers are known."""

    def __init__(self, times=2.0, levels=9.0, shares=(0.5, 0.0, 1.0)):
        self.times, self.levels, self.told = times, levels, shares

    def leads(self, across, within):
        return np.full(len(across[0]), self.times), np.full(len(across[0]), self.levels)

    def shares(self, *places):
        return self.told


def film(gap, change, step, across, beside, far, turned, turned_beside, times, levels):
    """A change from look 8 to the one after it, or with `gap` looks between.

    change: dissimilarity of the two; step: the greatest one, moved to fit, of a look to the next in between; across,
    beside, far: the same of the looks across it, of neighbours beside it, and of those as far apart as its sides.
    """
    new = OLD + gap + 1
    unlikes, turns, shifts = np.zeros((3, 24, 24))
    for n in range(OLD, new):
        unlikes[n, n + 1], shifts[n, n + 1] = 0.5, step if n == OLD else 0.0
    unlikes[OLD + gap + 2, OLD + gap + 3] = 0.5  # there is movement
    unlikes[OLD, new] = change
    for pair in ((OLD - 1, OLD), (OLD - 2, OLD - 1), (new, new + 1), (new + 1, new + 2)):
        shifts[pair], turns[pair] = beside / 2, turned_beside / 2
    shifts[new + 1, new + 2], turns[OLD - 2, OLD - 1] = beside, turned_beside
    if gap:
        shifts[OLD - gap - 1, OLD], shifts[new, new + gap + 1] = far / 2, far
    for pair in ((OLD, new), (OLD - 1, new), (OLD, new + 1)):
        shifts[pair], turns[pair] = across + 0.125, turned + 5
    shifts[OLD - 1, new], turns[OLD, new + 1] = across, turned
    if not gap:
        shifts[OLD, new] = step
    looks = Looks(unlikes, turns, shifts)
    looks.profiles = Told(times, levels)
    return looks


def lead_of(gap, change, step, across, beside, far, turned, turned_beside, times, levels):
    """By how much it leads over the looks of its sides if it is a cut; None: it is none."""
    wide = gap + 1
    across = across if gap else min(across, step)
    inside = max(beside, far) if gap else beside
    turned = turned / max(turned_beside, 1)
    if change <= 0.3 or step <= 0.1:
        return None
    if gap:
        fits = across > 0.4 and across > 4 * inside and step > 0.2 and (times > wide or turned > wide)
    else:
        fits = across > 0.2 and across > 3 * inside
    clear = across > 0.1 and across > beside and levels > 8 and times > 1.25 * wide and turned > 1.5 * wide
    return across - (inside if fits else beside) if fits or clear else None


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_a_change_that_is_just_enough_is_a_cut_in_movement(gap):
    wide = gap + 1
    random = np.random.default_rng(gap)
    limits = (
        (0.3, 0.3125, 0.5, 0.5), (0.1, 0.125, 0.2, 0.25, 0.5, 0.5),
        (0.1, 0.125, 0.2, 0.25, 0.375, 0.4, 0.4375, 0.5, 0.5625, 0.75), (0.0, 0.0, 0.0, 0.125, 0.25),
        (0.0, 0.0, 0.0, 0.125), (wide, 1.5 * wide, 1.5 * wide + 0.5, 9 * wide), (0, 1, 6),
        (wide, wide + 0.125, 1.25 * wide, 2 * wide), (8.0, 8.5),
    )  # fmt: skip
    count = 0
    for _ in range(400):
        words = [some[random.integers(len(some))] for some in limits]
        words[5] *= max(words[6], 1)  # in units of what changes beside it
        lead = lead_of(gap, *words)
        found = [row for row in cuts_in_movement(film(gap, *words), [gap]).tolist() if row[0] == OLD]
        assert [row[:3] for row in found] == ([[OLD, OLD + wide, words[0]]] if lead is not None else []), words
        if lead is not None:
            assert found[0][3] == pytest.approx(lead, abs=1e-6)
            count += 1
    assert 40 < count < 350


def test_movement_is_another_change_within_three_looks():
    def found(place, change=0.5):
        looks = film(0, 0.5, 0.5, 0.5, 0.0, 0.0, 30, 0, 2.0, 9.0)
        looks.unlikes[OLD + 2, OLD + 3] = 0.0
        looks.unlikes[place, place + 1] = change
        return [int(row[0]) for row in cuts_in_movement(looks, [0]) if row[0] == OLD]

    assert found(OLD + 3) == found(OLD - 3) == found(OLD + 1) == [OLD]
    assert found(OLD + 4) == found(OLD - 4) == []
    assert found(OLD + 3, 0.1) == []
    assert found(OLD + 3, 0.125) == [OLD]


@pytest.mark.parametrize("first", [True, False])
def test_a_cut_at_the_end_of_a_film(first):
    looks = Looks(*np.zeros((3, 6, 6)))
    looks.profiles = Told()
    place = 0 if first else 4
    looks.unlikes[place, place + 1] = looks.shifts[place, place + 1] = 0.5
    looks.unlikes[2, 3] = 0.25
    for a, b in ((0, 1), (0, 2), (3, 5), (4, 5)):
        looks.shifts[a, b], looks.turns[a, b] = 0.5, 30
    assert cuts_in_movement(looks, [0, 1, 2, 7]).tolist() == [[place, place + 1, 0.5, 0.5]]


@each(
    ("times", "moved", "beside", "pan"),
    [(1.0, 0.25, 0.25, False), (0.99, 0.5, 0.25, False), (0.99, 0.49, 0.25, True), (0.99, 0.375, 0.03125, False),
     (0.99, 0.37, 0.03125, True)],
)  # fmt: skip
@each("old", [8, 0])
def test_limits_of_a_pan(times, moved, beside, pan, old):
    looks = Looks(*np.zeros((3, 24, 24)))
    looks.profiles = Told(times)
    looks.shifts[old, old + 1], looks.shifts[old + 2, old + 3] = moved, beside
    assert is_pan(looks, old, old + 1) is pan


@each(
    ("shares", "mixed"),
    [
        ((0.12, 0.0, 1.0), False),
        ((0.125, 0.0, 0.7), False),
        ((0.125, 0.0, 0.71), True),
        ((0.5, 0.45, 0.95), False),
        ((0.5, 0.45, 0.96), True),
        ((0.5, 0.44, 0.71), True),
    ],
)
def test_limits_of_a_mixture(shares, mixed):
    looks = Looks(*np.zeros((3, 24, 24)))
    looks.profiles = Told(shares=shares)
    assert is_mixture(looks, 5, 4, 9) is mixed
