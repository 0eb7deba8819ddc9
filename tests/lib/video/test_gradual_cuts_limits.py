"""The limits of fades and dissolves: changes that are just enough, by brute force over values that are often equal."""

import numpy as np
import pytest

from lib.video import gradual_cuts
from lib.video.gradual_cuts import DISSOLVE, FADE, GradualCut
from lib.video.hard_cuts import HardCut
from tests.support.each import each
from tests.support.looks import Looks, mirrored

# Four times a limit, and just beside it.
SHARES = [0.0, 0.04, 0.05, 0.12, 0.2, 0.21, 0.28, 0.29, 0.37, 0.45, 0.6]


class Mixtures:
    """Looks whose dissimilarities to those `half` and twice that later, and whose shares in three places, are known."""

    def __init__(self, half, count, seed):
        random = np.random.default_rng(seed)
        self.half, self.count = half, count
        self.quarter = max(half // 2, 1)
        self.near = random.choice([0.5, 0.84, 0.85, 0.86], max(count - half, 0), p=[0.7, 0.1, 0.1, 0.1])
        self.far = random.choice([0.4, 0.48, 0.49, 1.0], max(count - 2 * half, 0))
        self.shares = np.sort(random.choice(SHARES, (count, 2, 3)), axis=2)  # of one side they grow
        self.shares[:, 0] = self.shares[:, 0, ::-1]

    def roughly_apart(self, apart):
        return {self.half: self.near, 2 * self.half: self.far}[apart]

    def mixed(self, look, first, last):
        middle = (first + last) // 2
        assert (middle - first == self.half).all()
        assert (last - middle == self.half).all()
        which = {-self.quarter: 0, 0: 1, self.quarter: 2}
        places = [which[step] for step in (look - middle).tolist()]
        return self.shares[middle, 0, places], self.shares[middle, 1, places], None, None

    def expected(self):
        found = []
        for middle in range(self.half, self.count - self.half):
            first = middle - self.half
            (a0, a1, a2), (b0, b1, b2) = self.shares[middle].tolist()
            like_both = self.near[first] < 0.85 and self.near[middle] < 0.85 and self.far[first] > 0.48
            held = a1 > 0.2 and b1 > 0.2 and b0 > 0.04 and a2 > 0.04
            if like_both and held and all(rise > 0.08 for rise in (a0 - a1, a1 - a2, b1 - b0, b2 - b1)):
                found.append(middle)
        return found


@each("half", [1, 2, 6, 11])
def test_a_mixture_that_is_just_even_enough(half):
    found = 0
    for seed in range(4):
        looks = Mixtures(half, 1500, seed)
        expected = looks.expected()
        assert gradual_cuts.even_mixtures(looks, half).tolist() == expected
        found += len(expected)
    assert found > 20
    for count in range(2 * half - 1, 2 * half + 4):
        looks = Mixtures(half, count, 0)
        looks.near[:], looks.far[:], looks.shares[:] = 0.5, 1, [[0.7, 0.5, 0.3], [0.3, 0.5, 0.7]]
        assert gradual_cuts.even_mixtures(looks, half).tolist() == list(range(half, count - half))


@each("side", [0, 1])
@each("step", [0, 1])
@each(("rise", "count"), [(0.25, 0), (0.2578125, 7)])
def test_shares_grow_by_more_than_their_least_rise(monkeypatch, side, step, rise, count):
    monkeypatch.setattr(gradual_cuts, "RISE", 0.25)
    looks = Mixtures(2, 11, 0)
    looks.near[:], looks.far[:], looks.shares[:] = 0.5, 1, [[0.9375, 0.5, 0.0625], [0.0625, 0.5, 0.9375]]
    sign = 1 if side == step else -1
    looks.shares[:, side, 2 * step] = 0.5 + sign * rise
    assert len(gradual_cuts.even_mixtures(looks, 2)) == count


class Features:
    """Looks whose properties are drawn, from all that there are to those beyond any limit."""

    def __init__(self, count, seed):
        random = np.random.default_rng(seed)
        self.count = count
        self.rough = mirrored(random.uniform(0.2, 1.6, (count, count)))
        self.turns = mirrored(random.choice([0, 0.01, 0.5, 1, 1.5, 20, 300], (count, count)))
        self.explained = random.uniform(-0.4, 1.4, (count, count, count))

    def roughly(self, one, two):
        return self.rough[one, two]

    def roughly_apart(self, apart):
        return np.diagonal(self.rough, apart)

    def contents(self, one, two):
        return self.turns[one, two]

    def mixed(self, look, one, two):
        return None, None, self.explained[look, one, two], None


@each(("half", "count"), [(1, 5), (2, 9), (5, 17), (5, 30), (6, 13)])
def test_features_at_the_ends_of_a_film_and_beyond_their_limits(half, count):
    for seed in range(5):
        looks = Features(count, seed)
        middles = np.arange(half, count - half)
        for middle, features in zip(
            middles.tolist(), gradual_cuts.dissolve_features(looks, middles, half), strict=True
        ):
            first, last = middle - half, middle + half
            before, after = max(first - half, 0), min(last + half, count - 1)
            own = looks.turns[first, last]
            turned = max(looks.turns[before, first], looks.turns[last, after])
            steps = [looks.rough[n, n + 1] for n in range(count - 1)]
            usual = max(sum(steps[a:b]) / max(b - a, 1) for a, b in ((before, first), (last, after)))
            quarter = max(half // 2, 1)
            explained = min(looks.explained[middle + k, first, last] for k in (-quarter, 0, quarter))
            assert features == pytest.approx(
                [
                    min(looks.rough[first, last], 1),
                    np.log(own + 3),
                    np.log(max(turned / max(own, 1), 0.05)),
                    np.log(0.05 + max(sum(steps[first:last]) - 2 * half * usual, 0)),
                    min(max(explained, 0), 1),
                ],
                abs=1e-5,
            )


@each(("score", "found"), [((9.0, 8.0), [(20, 6)]), ((8.0, 9.0), [(24, 8)]), ((9.0, 3.0), [(20, 6)]), ((3.0, 2.9), [])])
def test_the_clearest_of_dissolves_that_overlap(monkeypatch, score, found):
    """Two middles, of two lengths; the evidence has to be more than 3."""
    middles = {6: [20], 8: [24]}
    monkeypatch.setattr(gradual_cuts, "even_mixtures", lambda looks, half: np.array(middles.get(half, []), np.intp))

    def features(looks, middle, half):
        value = (score[0 if half == 6 else 1] + 35.9) / 10.4  # of the first feature alone
        return np.tile(np.array([value, 0, 0, 0, 0], np.float32), (len(middle), 1)).reshape(-1, 5)

    monkeypatch.setattr(gradual_cuts, "dissolve_features", features)
    monkeypatch.setattr(gradual_cuts, "_is_movement", lambda looks, first, last: False)
    monkeypatch.setattr(gradual_cuts, "_extent", lambda looks, place, half: (place - half, place + half))
    looks = Looks(*[np.full((60, 60), 0.7)] * 3)
    looks.unlikes[16, 32] = 0.9
    chosen = gradual_cuts._dissolves(looks, np.zeros(60, bool))
    expected = [GradualCut(m - h, m + h, 0.9 if h == 8 else 0.7, DISSOLVE) for m, h in found]
    assert chosen == (expected if max(score) > 3.1 else chosen[:0])


@pytest.mark.parametrize(("evidence", "found"), [(3.0, 0), (3.0625, 1)])
def test_evidence_has_to_be_more_than_enough(monkeypatch, evidence, found):
    monkeypatch.setattr(gradual_cuts, "WEIGHTS", (1, 0, 0, 0, 0))
    monkeypatch.setattr(gradual_cuts, "BIAS", 0)
    # It may end with the film's last look.
    monkeypatch.setattr(gradual_cuts, "even_mixtures", lambda looks, half: np.array([33] * (half == 6), np.intp))
    monkeypatch.setattr(
        gradual_cuts,
        "dissolve_features",
        lambda looks, middle, half: np.full((len(middle), 5), evidence, np.float32),
    )
    monkeypatch.setattr(gradual_cuts, "_is_movement", lambda looks, first, last: False)
    monkeypatch.setattr(gradual_cuts, "_extent", lambda looks, place, half: (place - half, place + half))
    assert len(gradual_cuts.gradual_cuts(Looks(*[np.ones((40, 40))] * 3, np.full(40, 30.0)), [])) == found


def test_a_dissolve_has_room_from_its_first_look_to_its_last(monkeypatch):
    monkeypatch.setattr(gradual_cuts, "even_mixtures", lambda looks, half: np.array([20] if half == 6 else [], np.intp))
    monkeypatch.setattr(
        gradual_cuts, "dissolve_features", lambda looks, middle, half: np.full((len(middle), 5), 9, np.float32)
    )
    monkeypatch.setattr(gradual_cuts, "_is_movement", lambda looks, first, last: False)
    monkeypatch.setattr(gradual_cuts, "_extent", lambda looks, place, half: (place - half, place + half))
    looks = Looks(*[np.ones((40, 40))] * 3)
    for place in range(40):
        busy = np.zeros(40, bool)
        busy[place] = True  # another scene begins there
        assert len(gradual_cuts._dissolves(looks, busy)) == (0 if 15 <= place <= 26 else 1), place


def test_changes_that_leave_no_room_for_a_dissolve(monkeypatch):
    seen = []
    monkeypatch.setattr(
        gradual_cuts, "_dissolves", lambda looks, busy: seen.append(np.flatnonzero(busy).tolist()) or []
    )
    fades = [GradualCut(20, 24, 1.0, FADE), GradualCut(2, 5, 1.0, FADE)]
    monkeypatch.setattr(gradual_cuts, "_fades", lambda looks, hard: fades)
    looks = Looks(*[np.ones((40, 40))] * 3)
    found = gradual_cuts.gradual_cuts(looks, [HardCut(10, 11, 1.0), HardCut(12, 14, 1.0)])
    # From the look after the old scene to the new one's first; of fades as much again on both sides.
    assert seen == [[*range(9), 11, 13, 14, *range(17, 29)]]
    assert found == [fades[1], fades[0]]


@each(("whole", "left", "movement"), [(0.06, 9, False), (0.059, 9, True), (0.07, 0.15 * 12, False), (0.07, 1.79, True)])
def test_limits_of_movement(whole, left, movement):
    looks = Looks(*[np.ones((40, 40))] * 3)
    looks.shifts = np.zeros((40, 40))
    looks.shifts[10, 22], looks.shifts[15, 16] = whole, left  # of twelve steps of one each
    looks.structure = lambda one, two: np.where(two == one + 1, 1.0, np.nan)
    assert gradual_cuts._is_movement(looks, 10, 22) is movement


def fading(contrast, unlike=1.0, turned=30.0):
    count = len(contrast)
    return Looks(
        np.full((count, count), unlike), np.full((count, count), turned), np.ones((count, count)),
        np.array(contrast, float),
    )  # fmt: skip


def fades_of(looks, hard=()):
    return [(cut.old, cut.new) for cut in gradual_cuts._fades(looks, [HardCut(*place, 1.0) for place in hard])]


def test_limits_of_fades():
    bright = [8.0] * 30
    for least, found in ((1.0, []), (0.99, [(29, 33)])):  # less than a level
        assert fades_of(fading([*[4.0] * 30, 1.5, least, 1.5, *[4.0] * 30])) == found
    for least, found in ((1.6, []), (1.59, [(29, 33)])):  # less than a fifth
        assert fades_of(fading([*bright, 3, least, 3, *bright])) == found
    for least, found in ((2.5, []), (2.49, [(29, 33)])):  # less than two levels and a half
        assert fades_of(fading([*[40.0] * 30, 19, least, 19, *[40.0] * 30])) == found
    # Of two sides the one with less contrast counts.
    for least, found in ((1.7, 0), (1.5, 1)):
        for before, after in ((40.0, 8.0), (8.0, 40.0)):
            assert len(fades_of(fading([*[before] * 30, 3, least, 3, *[after] * 30]))) == found
    # Three of them, each of its own length.
    bright = [40.0] * 30
    assert fades_of(fading([*bright, 0, *bright, 0, 0, *bright, 0, 0, 0, *bright])) == [(29, 31), (60, 63), (92, 96)]
    bright = [8.0] * 30
    # Half of the contrast is bright.
    assert fades_of(fading([*bright, 4, 0, 4, *bright])) == [(30, 32)]
    assert fades_of(fading([*bright, 3.9, 0, 3.9, *bright])) == [(29, 33)]


@each("dim", [22, 23, 24, 25, 30])
def test_a_fade_reaches_25_looks_at_most(dim):
    contrast = [*[40.0] * 12, *[15.0] * dim, 0.0, *[15.0] * dim, *[40.0] * 12]
    place = 12 + dim
    (found,) = fades_of(fading(contrast))
    # The contrast that counts is the greatest within 25 looks.
    seen = dim < 25
    assert found == ((11, place + dim + 1) if seen else (place - 1, place + 1))


@pytest.mark.parametrize("side", [1, -1])
def test_a_dark_part_of_a_film_that_begins_or_ends_with_it(side):
    """Long: the picture appears, or disappears. Its first and last looks are not scenes."""
    for bright, cuts in ((2.5, 0), (2.6, 1)):
        contrast = [*[0.0] * 13, *[bright / 2.2] * 4, *[bright] * 30][::side]
        found = fades_of(fading(contrast))
        expected = [(12, 17)] if side == 1 else [(29, 34)]
        assert found == (expected if cuts else [])


def test_a_short_dark_part_is_within_the_film():
    for before, after, found in ((1, 30, []), (2, 30, [(1, 3)]), (30, 1, []), (30, 2, [(29, 31)])):
        contrast = [*[40.0] * before, 0.0, *[40.0] * after]
        expected = [(before - 1, before + 1)] if found else []
        assert fades_of(fading(contrast)) == expected
    assert fades_of(fading([0.0, *[40.0] * 30])) == []


def test_limits_of_a_light_that_was_out():
    contrast = [*[40.0] * 30, 0.0, *[40.0] * 30]
    for unlike, turned, found in ((0.3, 0, 1), (0.29, 20, 1), (0.29, 19.9, 0), (0.31, 0, 1)):
        assert len(fades_of(fading(contrast, unlike, turned))) == found
    # Sides that are more than 56 looks apart are not compared.
    for dim, found in ((22, 0), (23, 0), (24, 1)):
        contrast = [*[40.0] * 30, *[15.0] * dim, *[0.0] * 9, *[15.0] * dim, *[40.0] * 30]
        assert len(fades_of(fading(contrast, 0.1, 0.0))) == found


def test_cuts_at_the_edges_of_a_change():
    cut = [HardCut(10, 11, 1.0)]
    for old, new, fades in (
        (10, 14, True),
        (10, 13, False),
        (11, 13, True),
        (8, 10, True),
        (8, 11, False),
        (9, 9, False),
    ):
        assert gradual_cuts._fades_by(old, new, cut) is fades
    for more, found in (((12, 13), []), ((13, 14), [1]), ((6, 7), [1])):
        hard = [*cut, HardCut(*more, 1.0)]
        assert [1 for _ in gradual_cuts._short_fade(fading([9.0] * 20), 7, 13, hard)] == found


@each(
    "shares",
    [
        (0.8, 0.5, 0.2),
        (0.7, 0.45, 0.35),
        (0.62, 0.6, 0.5),
        (0.9, 0.3, 0.1),
        (0.6, 0.1, 0.05),
        (1.3, 1.2, 1.1),
        (-0.1, -0.2, -0.3),
    ],
)
@each("half", [6, 7, 11])
def test_a_dissolve_is_as_long_as_its_shares_say(shares, half):
    looks = Looks(*[np.ones((60, 60))] * 3)
    quarter = half // 2
    known = dict(zip((30 - quarter, 30, 30 + quarter), shares, strict=True))
    looks.mixed = lambda look, one, two: (np.array([known[int(look[0])]]), 0, 0, 0)
    # A straight line from 0.96 to 0.04, through the middle, as steep as between the quarters.
    slope = (shares[0] - shares[2]) / (2 * quarter)
    centre = 30 + (shares[1] - 0.5) / slope
    old = max(round(centre - 0.46 / slope - 0.5), 30 - half)
    new = min(round(centre + 0.46 / slope + 0.5), 30 + half)
    assert gradual_cuts._extent(looks, 30, half) == ((old, new) if old < new else (30 - half, 30 + half))


def test_each_length_is_a_third_longer_than_the_one_before():
    assert [round(6 * 1.34**n) for n in range(6)] == list(gradual_cuts.HALVES)
