"""Profiles of looks, and the cuts in movement that they tell: by the definitions, look by look."""

import numpy as np
import pytest

from lib.video import moving_cuts
from lib.video.moving_cuts import cuts_in_movement, is_mixture, is_pan
from lib.video.profiles import Profiles
from tests.lib.video.test_cut_rules import Looks, scenes
from tests.support.each import each

COUNT = 14


@pytest.fixture(scope="module")
def pictures():
    """Looks that pan downwards or sideways: luma (n, 36, 48) and chroma (n, 2, 18, 24)."""
    random = np.random.default_rng(3)
    whole, colour = random.normal(120, 40, (2, 90, 90)), random.normal(128, 20, (2, 2, 45, 45))
    luma, chroma = [], []
    for n in range(COUNT):
        scene, down, across = n // 7, (n if n < 7 else 0), (0 if n < 7 else 2 * n)
        luma.append(whole[scene, down : down + 36, across : across + 48])
        chroma.append(colour[scene, :, down // 2 : down // 2 + 18, across // 2 : across // 2 + 24])
    return np.array(luma).clip(0, 255).astype(np.uint8), np.array(chroma).clip(0, 255).astype(np.uint8)


def profile(pictures, look, rows):
    """The means of the rows, or of the columns, of a look: those of luma, and those of all planes."""
    luma, chroma = (plane[look].astype(float) for plane in pictures)
    means = luma.mean(axis=1 if rows else 0)
    return means, np.concatenate([means, *(plane.mean(axis=1 if rows else 0) for plane in chroma)])


def compared(pictures, one, two, rows):
    """The difference of two profiles in levels (RMS), and the dissimilarity of those of luma."""
    (a, all_a), (b, all_b) = profile(pictures, one, rows), profile(pictures, two, rows)
    a, b = a - a.mean(), b - b.mean()
    alike = ((a * b).mean() + 1) / np.sqrt(((a * a).mean() + 1) * ((b * b).mean() + 1))
    return np.sqrt(((all_a - all_b) ** 2).mean()), 1 - alike


def test_by_how_much_profiles_differ_across_and_within(pictures):
    old = np.arange(2, 10)
    within = [(old - 1, old), (old + 1, old + 2)]
    times, levels = Profiles(*pictures).leads((old, old + 1), within)
    kinds = set()
    for n, place in enumerate(old.tolist()):
        beside = {rows: [compared(pictures, int(a[n]), int(b[n]), rows) for a, b in within] for rows in (True, False)}
        rows = max(u for _, u in beside[True]) <= max(u for _, u in beside[False])  # those that change less
        across = compared(pictures, place, place + 1, rows)[0]
        assert levels[n] == pytest.approx(across, rel=1e-4)
        assert times[n] == pytest.approx(across / max(*(value for value, _ in beside[rows]), 0.5), rel=1e-4)
        kinds.add(rows)
    assert kinds == {True, False}
    still = np.zeros(1, np.int64)
    assert Profiles(*pictures).leads((still, still + 9), [(still, still)])[0] == pytest.approx(
        Profiles(*pictures).leads((still, still + 9), [(still, still)])[1] / 0.5
    )


@pytest.mark.parametrize("look", [6, 7, 3])
def test_how_much_of_another_scene_a_look_contains(pictures, look):
    own, before, other = (look - 1, look - 2, 12) if look != 7 else (8, 9, 0)
    rows = compared(pictures, own, before, True)[1] <= compared(pictures, own, before, False)[1]
    now, here, there, new = (profile(pictures, n, rows)[1] for n in (look, own, before, other))
    whole, step = new - here, now - here
    expected = (
        step @ whole / (whole @ whole),
        abs((here - there) @ whole) / (whole @ whole),
        (step @ whole) ** 2 / (whole @ whole) / (step @ step),
    )
    assert Profiles(*pictures).shares(look, own, before, other) == pytest.approx(expected, rel=1e-3, abs=1e-6)


class Told:
    """Profiles of which the answers are known."""

    def __init__(self, times=2.0, levels=9.0, shares=(0.5, 0.0, 1.0)):
        self.times, self.levels, self.told, self.asked = times, levels, shares, []

    def leads(self, across, within):
        self.asked.append((across, within))
        return np.full(len(across[0]), self.times), np.full(len(across[0]), self.levels)

    def shares(self, *places):
        self.asked.append(places)
        return self.told


def moving(seed, times, levels):
    random = np.random.default_rng(seed)
    lengths = [6, 5, 1, 7, 6]
    looks = Looks(
        scenes(random, lengths, 0.5, 0.3 + 0.1 * (seed % 3)), scenes(random, lengths, 10, 20 + 9 * (seed % 2)),
        scenes(random, lengths, 0.12, 0.15 + 0.1 * (seed % 4)),
    )  # fmt: skip
    looks.profiles = Told(times, levels)
    return looks


@each(("times", "levels"), [(0.9, 9), (1.3, 7), (1.3, 9), (2.6, 9), (3.9, 9)])
@each("seed", range(6))
def test_cuts_in_movement_are_changes_that_no_movement_explains(seed, times, levels):
    looks = moving(seed, times, levels)
    last = looks.count - 1
    change = looks.neighbours(1)
    steps = np.zeros(last)
    for n in range(last):
        around = sorted(change[max(n - 3, 0) : n + 4])
        if change[n] > 0.3 and len(around) > 1 and around[-2] > 0.1:
            steps[n] = looks.shifts[n, n + 1]
    expected = []
    for gap in (0, 1, 2):
        wide = gap + 1
        for old in range(looks.count - wide):
            new, largest = old + wide, steps[old : old + wide].max()
            if looks.unlikes[old, new] <= 0.3 or largest <= 0.1:
                continue

            def of(measure, *pairs):
                return [measure[min(max(a, 0), last), min(max(b, 0), last)] for a, b in pairs]

            sides = [(old, new), (old - 1, new), (old, new + 1)]
            near = [(old - 1, old), (old - 2, old - 1), (new, new + 1), (new + 1, new + 2)]
            far = [(old - wide, old), (new, new + wide)] if gap else []
            across, beside = min(of(looks.shifts, *sides)), max(of(looks.shifts, *near))
            inside = max(of(looks.shifts, *near, *far))
            turned = min(of(looks.turns, *sides)) / max(*of(looks.turns, *near), 1)
            fits = across > (0.4 if gap else 0.2) and across > (4 if gap else 3) * inside
            fits = fits and (not gap or (largest > 0.2 and max(times, turned) > wide))
            clear = across > max(0.1, beside) and levels > 8 and times > 1.25 * wide and turned > 1.5 * wide
            if fits or clear:
                expected.append((old, new, looks.unlikes[old, new], across - (inside if fits else beside)))
    found = cuts_in_movement(looks, (0, 1, 2))
    assert found[:, :3] == pytest.approx(np.array(expected).reshape(-1, 4)[:, :3], abs=1e-5)


def test_where_nothing_moves_there_are_none():
    looks = moving(1, 9, 9)
    looks.unlikes[:] = 0.2
    assert cuts_in_movement(looks, (0, 1)).shape == (0, 4)
    assert moving_cuts.cuts_in_movement(Looks(*[np.zeros((2, 2))] * 3), (0, 1, 2)).shape == (0, 4)


@each(
    ("times", "moved", "beside", "pan"),
    [(0.9, 0.3, 0.03, True), (1.1, 0.3, 0.03, False), (0.9, 0.55, 0.3, False), (0.9, 0.45, 0.3, True),
     (0.9, 0.3, 0.02, False)],
)  # fmt: skip
def test_a_pan_is_what_its_profile_and_movement_explain(times, moved, beside, pan):
    looks = moving(0, times, 9)
    looks.shifts[:] = 0.9
    looks.shifts[10, 11] = moved
    for pair in ((9, 10), (8, 9), (11, 12), (12, 13)):
        looks.shifts[pair] = beside if pair == (12, 13) else 0.0
    assert is_pan(looks, 10, 11) is pan
    ((across, within),) = looks.profiles.asked
    assert [int(place[0]) for place in across] == [10, 11]
    assert [(int(a[0]), int(b[0])) for a, b in within] == [(9, 10), (8, 9), (11, 12), (12, 13)]


@each(
    ("shares", "mixed"),
    [
        ((0.13, 0.0, 0.71), True),
        ((0.11, 0.0, 0.99), False),
        ((0.13, 0.0, 0.69), False),
        ((0.3, 0.26, 0.94), False),  # no more than usual, unless it is nothing else
        ((0.3, 0.26, 0.96), True),
        ((0.3, 0.24, 0.71), True),
    ],
)
def test_a_mixture_holds_more_of_another_scene_than_usual(shares, mixed):
    looks = moving(0, 1, 1)
    looks.profiles = Told(shares=(shares[0], shares[1], shares[2]))
    assert is_mixture(looks, 5, 4, 9) == mixed
    assert looks.profiles.asked == [(5, 4, 3, 9)]
    is_mixture(looks, 0, 1, 9)
    is_mixture(looks, 1, 0, 9)
    last = looks.count - 1
    is_mixture(looks, last - 1, last, 9)
    assert looks.profiles.asked[1:] == [(0, 1, 2, 9), (1, 0, 0, 9), (last - 1, last, last, 9)]
