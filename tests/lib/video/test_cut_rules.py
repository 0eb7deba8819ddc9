"""The rules of hard cuts, fades and dissolves: each against brute force over the dissimilarities of drawn looks."""

import itertools

import numpy as np
import pytest

from lib.video import gradual_cuts, hard_cuts
from lib.video.frame_similarity import FrameSimilarity
from lib.video.gradual_cuts import CUT, DISSOLVE, FADE, GradualCut
from lib.video.hard_cuts import HardCut
from lib.video.thumbnails import COLUMNS, ROWS, Thumbnails
from tests.support.each import each
from tests.support.looks import Looks


def scenes(random, lengths, inside, across):
    """The dissimilarities of the looks of some scenes: up to `inside` within one, about `across` between two."""
    scene = np.repeat(np.arange(len(lengths)), lengths)
    other = scene[:, None] != scene[None]
    unlike = np.where(other, across, 0) + random.uniform(0, inside, other.shape)
    np.fill_diagonal(unlike, 0)
    return np.triu(unlike) + np.triu(unlike).T


def drawn(seed, across=0.5, inside=0.35):
    random = np.random.default_rng(seed)
    lengths = [7, 4, 9, 1, 6, 2, 8]
    return Looks(
        scenes(random, lengths, inside, across), scenes(random, lengths, 15, 25), scenes(random, lengths, 0.2, 0.3)
    )


# floor, within, around, turned: of a cut, and of one with looks between; in movement.
RULES = {0: (0.3, 1.6, 2.0, 0.0), 1: (0.4, 2.3, 2.7, 1.5), 2: (0.4, 2.3, 2.7, 1.5)}


def lead_of(looks, usual, gap, old):
    """Return (dissimilarity, lead) of the best choice of looks on both sides of a place, or None."""
    floor, within, around, turned = RULES[gap]
    change, contents = looks.unlikes[old, old + gap + 1], looks.turns[old, old + gap + 1]
    if not (change > floor and change > around * usual[old]) and not (
        gap == 0 and change > 0.3 and contents > 20 and looks.shifts[old, old + 1] > hard_cuts.LEAST_MOVED
    ):
        return None
    sides = [max(old - n, 0) for n in range(4)], [min(old + gap + 1 + n, looks.count - 1) for n in range(4)]
    best = None
    for left, right in itertools.product([None, 1, 2, 3], repeat=2):  # all, or all but one that is not at the cut
        before, after = ([(n, s) for n, s in enumerate(side) if n != out] for side, out in zip(sides, (left, right)))
        across = min(looks.unlikes[a, b] for _, a in before for _, b in after)
        turn = min(looks.turns[a, b] for _, a in before for _, b in after)
        inside, own = 0.0, 0.0
        for side in (before, after):
            for (n, a), (m, b) in itertools.product(side, repeat=2):
                # Looks two apart and more would be as far as the cut's sides: the square of the time.
                more = max(1, (gap + 1) / abs(n - m)) ** 2 if abs(n - m) > 1 else 1
                inside, own = max(inside, looks.unlikes[a, b] * more), max(own, looks.turns[a, b])
        fits = across > floor and across > within * inside and across > around * usual[old] and turn > turned * own
        if gap == 0:
            fits |= across > 0.3 and across > 0.75 * inside and turn > 20 and turn > 2 * own
        if fits and (best is None or across - inside > best[1]):
            best = across, across - inside
    return best


@each("gap", [0, 1, 2])
@each("seed", range(6))
def test_places_that_fit_a_cut(seed, gap):
    looks = drawn(seed, across=0.45 + 0.1 * (seed % 4), inside=0.1 + 0.15 * (seed % 3))
    usual = np.random.default_rng(seed).uniform(0.05, 0.3, looks.count - 1)
    expected = []
    for old in range(looks.count - gap - 1):
        best = lead_of(looks, usual, gap, old)
        if best:
            expected.append((old, old + gap + 1, *best))
    found = hard_cuts._candidates(looks, usual, gap)
    assert found == pytest.approx(np.array(expected).reshape(-1, 4), abs=1e-5)


def test_places_that_fit_a_cut_are_in_all_films_that_were_drawn():
    counts = [len(hard_cuts._candidates(drawn(0, 0.9, 0.1), np.full(36, 0.1), gap)) for gap in (0, 1, 2)]
    assert min(counts) > 0


@each("count", [2, 5, 11, 12, 40])
def test_the_usual_change_is_the_fifth_highest_of_21(count):
    looks = drawn(3) if count == 37 else Looks(*[scenes(np.random.default_rng(count), [count], 1, 0)] * 3)
    changes = looks.neighbours(1)
    for n, usual in enumerate(hard_cuts.usual_changes(looks)):
        places = np.arange(n - 10, n + 11)
        if len(changes) > 10:  # mirrored at the ends
            places = np.abs(places)
            places = np.where(places < len(changes), places, 2 * (len(changes) - 1) - places)
        assert usual == sorted(changes[places.clip(0, len(changes) - 1)])[16]


CHANGED = HardCut(10, 11, 0.8)


def after_a_cut(count=40):
    """Looks of which none is like another."""
    return Looks(np.ones((count, count)), np.full((count, count), 30.0), np.ones((count, count)))


@each(
    ("look", "change", "unlike", "turned", "moved", "lit", "back"),
    [
        (12, 0.8, 0.29, 30, 1, False, 12),  # less than half of the change is left, and no scene is so similar
        (12, 0.8, 0.31, 30, 1, False, 0),
        (12, 0.4, 0.19, 30, 1, False, 12),
        (12, 0.4, 0.21, 30, 1, False, 0),
        (12, 0.8, 1.0, 19, 0.04, False, 12),  # the same, moved
        (12, 0.8, 1.0, 21, 0.04, False, 0),
        (12, 0.8, 1.0, 19, 0.06, False, 0),
        (16, 0.8, 0.1, 30, 1, False, 16),  # five looks at most,
        (17, 0.8, 0.1, 30, 1, False, 0),
        (17, 0.8, 0.1, 30, 1, True, 17),  # but for light
        (22, 0.8, 0.1, 30, 1, True, 22),
        (23, 0.8, 0.1, 30, 1, True, 0),
        (11, 0.8, 0.1, 30, 1, True, 0),  # the look of the cut itself
    ],
)
def test_a_flash_is_over_where_the_picture_is_as_before(monkeypatch, look, change, unlike, turned, moved, lit, back):
    looks = after_a_cut()
    looks.unlikes[10, look], looks.turns[10, look], looks.shifts[10, look] = unlike, turned, moved
    monkeypatch.setattr(hard_cuts, "_is_light", lambda looks, cut, back: lit)
    assert hard_cuts._back(looks, HardCut(10, 11, change)) == back


def test_a_flash_that_outlasts_the_film_is_a_cut():
    looks = after_a_cut(14)
    looks.unlikes[10, 13] = 0.1
    assert hard_cuts._back(looks, CHANGED) == 13
    assert hard_cuts._back(after_a_cut(13), CHANGED) == 0


def test_a_flash_has_neither_of_its_cuts():
    looks = after_a_cut()
    looks.unlikes[10, 14] = 0.1
    cuts = [HardCut(4, 5, 0.9), CHANGED, HardCut(12, 13, 0.7), HardCut(13, 14, 0.8), HardCut(14, 15, 0.6)]
    assert hard_cuts._without_flashes(looks, cuts) == [cuts[0], cuts[4]]
    assert hard_cuts._without_flashes(after_a_cut(), cuts) == cuts


@each(
    ("means", "lights", "detail", "light"),
    [
        ((50, 63, 70, 63, 50), (100, -9), 0.5, True),
        ((50, 61, 62, 61, 50), (100, -9), 0.5, False),  # brighter by twelve levels than what is before and after
        ((50, 63, 70, 63, 55), (100, -9), 0.5, False),
        ((50, 63, 70, 63, 50), (100, -11), 0.5, False),  # hardly any of it is darker
        ((50, 63, 70, 63, 50), (100, -9), 0.7, False),  # most of its detail is as before
        ((50, 63, 70, 63, 50), (0.5, -0.2), 0.5, False),
        ((50, 63, 70, 63, 50), (0.5, -0.05), 0.5, True),  # what darkens is measured by one level at least
    ],
)
def test_light_makes_the_picture_brighter_nearly_everywhere(means, lights, detail, light):
    looks = after_a_cut()
    looks.mean = np.array([0.0] * 10 + list(means))
    asked = []
    looks.added_light = lambda one, two: asked.append((one, two)) or np.array(lights, float)
    looks.other_detail = lambda one, two: asked.append((one, two)) or detail
    assert hard_cuts._is_light(looks, CHANGED, 14) is light
    assert set(asked) <= {(10, 12)}  # the brightest look in between


@pytest.mark.parametrize(
    ("gap", "turned", "moved", "stays"), [(0, 34, 0.04, False), (0, 36, 0.04, True), (0, 34, 0.06, True)]
)
def test_a_cut_is_not_movement_alone(gap, turned, moved, stays):
    looks = after_a_cut()
    looks.turns[10, 11], looks.shifts[10, 11] = turned, moved
    assert hard_cuts._without_movement(looks, [CHANGED]) == ([CHANGED] if stays else [])
    # All steps of a cut with a look between are.
    wide = HardCut(10, 12, 0.8)
    assert hard_cuts._without_movement(looks, [wide]) == [wide]
    looks.turns[11, 12], looks.shifts[11, 12] = turned, moved
    assert hard_cuts._without_movement(looks, [wide]) == ([wide] if stays else [])


@each(
    ("mixed", "cut"),
    [
        ({}, (10, 12)),
        ({(10, 9, 12): True}, (9, 12)),
        ({(12, 13, 10): True}, (10, 13)),
        ({(10, 9, 12): True, (12, 13, 10): True}, (9, 13)),
    ],
)
def test_a_side_of_a_cut_that_holds_some_of_the_other_is_left_out(monkeypatch, mixed, cut):
    monkeypatch.setattr(hard_cuts, "_is_mixed", lambda looks, *places: mixed.get(places, False))
    found = hard_cuts._without_mixtures(after_a_cut(), HardCut(10, 12, 0.8))
    assert found == HardCut(*cut, 0.8)
    # Nothing is left out beyond the ends.
    monkeypatch.setattr(hard_cuts, "_is_mixed", lambda looks, *places: True)
    assert hard_cuts._without_mixtures(after_a_cut(2), HardCut(0, 1, 0.8)) == HardCut(0, 1, 0.8)
    assert hard_cuts._without_mixtures(after_a_cut(4), HardCut(1, 2, 0.8)) == HardCut(0, 3, 0.8)


@each(
    ("share", "strange", "explained", "step", "usual", "mixed"),
    [
        (0.7, 0.3, 0.9, 0.5, 0.2, True),
        (0.7, 0.13, 0.9, 0.5, 0.2, True),  # an eighth of the other scene
        (0.7, 0.11, 0.9, 0.5, 0.2, False),
        (0.93, 0.3, 0.9, 0.5, 0.2, True),
        (0.95, 0.3, 0.9, 0.5, 0.2, False),  # or nearly all of its own
        (0.7, 0.3, 0.84, 0.5, 0.2, False),  # explained by the two
        (0.7, 0.3, 0.9, 0.41, 0.2, False),  # further from its own than twice the usual
        (0.7, 0.3, 0.9, 0.43, 0.2, True),
        (0.7, 0.3, 0.9, 0.021, 0.0, True),
        (0.7, 0.3, 0.9, 0.019, 0.0, False),
    ],
)
def test_a_mixture_is_explained_by_both_scenes(monkeypatch, share, strange, explained, step, usual, mixed):
    monkeypatch.setattr(hard_cuts, "is_mixture", lambda *places: False)
    looks, asked = after_a_cut(14), []
    looks.mixed = lambda *places: (
        asked.append([int(p[0]) for p in places]) or (np.array([value]) for value in (share, strange, explained, 0.0))
    )
    looks.unlikes[10, 9], looks.unlikes[9, 8] = step, usual
    assert hard_cuts._is_mixed(looks, 10, 9, 11) is mixed
    assert asked == [[10, 9, 11]]
    # At the ends, the look itself stands for the one that is not there.
    looks.unlikes[12, 13], looks.unlikes[13, 13] = step, usual
    assert hard_cuts._is_mixed(looks, 12, 13, 11) is mixed
    looks.unlikes[1, 0], looks.unlikes[0, 0] = step, usual
    assert hard_cuts._is_mixed(looks, 1, 0, 2) is mixed
    monkeypatch.setattr(hard_cuts, "is_mixture", lambda looks, *places: places == (10, 9, 11))
    assert hard_cuts._is_mixed(looks, 10, 9, 11)


def test_of_cuts_that_touch_the_clearest_is_chosen(monkeypatch):
    def chosen(*candidates, elsewhere=1.0, pan=()):
        rows = np.array([(*c[:2], 0.5, c[2]) for c in candidates], float)
        monkeypatch.setattr(hard_cuts, "_candidates", lambda looks, usual, gap: rows if gap == 0 else np.zeros((0, 4)))
        monkeypatch.setattr(hard_cuts, "cuts_in_movement", lambda looks, gaps: np.zeros((0, 4)))
        monkeypatch.setattr(hard_cuts, "is_pan", lambda looks, old, new: old in pan)
        looks = after_a_cut()
        looks.elsewhere = lambda old, new: elsewhere
        for step in ("_without_movement", "_without_flashes"):
            monkeypatch.setattr(hard_cuts, step, lambda looks, cuts: cuts)
        monkeypatch.setattr(hard_cuts, "_without_mixtures", lambda looks, cut: cut)
        return [(cut.old, cut.new) for cut in hard_cuts.hard_cuts(looks)]

    assert chosen((20, 21, 0.3), (5, 6, 0.5)) == [(5, 6), (20, 21)]
    assert chosen((5, 6, 0.3), (6, 7, 0.5)) == [(6, 7)]
    assert chosen((5, 6, 0.5), (6, 7, 0.3)) == [(5, 6)]
    assert chosen((5, 6, 0.5), (7, 8, 0.3)) == [(5, 6), (7, 8)]
    assert chosen((0, 1, 0.5), (1, 2, 0.3)) == [(0, 1)]
    assert chosen((0, 1, 0.3), (1, 2, 0.5)) == [(1, 2)]
    # With a look between it has to be clearer by 0.08.
    assert chosen((5, 6, 0.5), (5, 7, 0.57)) == [(5, 6)]
    assert chosen((5, 6, 0.5), (5, 7, 0.59)) == [(5, 7)]
    assert chosen((5, 7, 0.5), (5, 8, 0.57)) == [(5, 7)]
    # A change of a part of the picture, and movement, are none.
    assert chosen((5, 6, 0.5), elsewhere=0.051) == [(5, 6)]
    assert chosen((5, 6, 0.5), elsewhere=0.049) == []
    assert chosen((5, 6, 0.5), (6, 7, 0.3), pan=(5,)) == [(6, 7)]
    assert hard_cuts.hard_cuts(after_a_cut(1)) == []


def fading(*contrast):
    """Looks of a contrast each, whose sides are other scenes."""
    count = len(contrast)
    return Looks(
        np.ones((count, count)), np.full((count, count), 30.0), np.ones((count, count)), np.array(contrast, float)
    )


BRIGHT, DARK = [40.0] * 30, [0.0]


@each(
    ("contrast", "cuts"),
    [
        # From the last look of half the contrast to the first.
        ([*BRIGHT, 30, 20, 10, 0, 10, 19, 21, 30, *BRIGHT], [(31, 36)]),
        ([*BRIGHT, 19, 9, 2, 9, 19, *BRIGHT], [(29, 35)]),
        ([*BRIGHT, 19, 9, 3, 9, 19, *BRIGHT], []),  # 2.5 levels are left
        ([*[8.0] * 30, 3, 1.5, 3, *[8.0] * 30], [(29, 33)]),  # or a fifth of the contrast
        ([*[8.0] * 30, 3, 1.7, 3, *[8.0] * 30], []),
        ([*[4.0] * 30, 1.5, 0.9, 1.5, *[4.0] * 30], [(29, 33)]),  # or one level
        ([*[4.0] * 30, 1.5, 1.1, 1.5, *[4.0] * 30], []),
        # Twelve dark looks are a fade, thirteen a scene: what goes before it and what comes after.
        ([*BRIGHT, 15, *DARK * 12, 15, *BRIGHT], [(29, 44)]),
        ([*BRIGHT, 15, 12, 9, *DARK * 13, 9, 12, 15, *BRIGHT], [(29, 33), (45, 49)]),
        ([*BRIGHT, *DARK * 13, *BRIGHT], [(29, 30), (42, 43)]),
        # The film begins or ends dark: no fade if short, one if long.
        ([*DARK * 12, 9, 15, *BRIGHT], []),
        ([*DARK * 13, 9, 15, *BRIGHT], [(12, 15)]),
        ([*BRIGHT, 15, *DARK * 5], []),
        ([*BRIGHT, 15, *DARK * 20], [(29, 31)]),
        ([*DARK * 60], []),
        # What is 25 looks before and after is still the contrast that counts.
        ([*[40] * 5, *[10] * 24, *DARK * 3, *[10] * 24, *[40] * 5], [(4, 56)]),
        ([*[40] * 5, *[10] * 25, *DARK * 3, *[10] * 25, *[40] * 5], [(29, 33)]),
    ],
)
def test_fades_go_from_half_of_the_contrast_to_half(contrast, cuts):
    assert [(cut.old, cut.new) for cut in gradual_cuts._fades(fading(*contrast), [])] == cuts
    assert all((cut.kind, cut.change) == (FADE, 1.0) for cut in gradual_cuts._fades(fading(*contrast), []))


def test_a_light_that_goes_out_for_a_moment_is_no_fade():
    looks = fading(*BRIGHT, 15, *DARK * 3, 15, *BRIGHT)
    for same, turned, cuts in [(0.29, 19, 0), (0.31, 19, 1), (0.29, 21, 1)]:
        looks.unlikes[:], looks.turns[:] = same, turned
        assert len(gradual_cuts._fades(looks, [])) == cuts


def test_cuts_within_a_dark_part():
    looks = fading(*BRIGHT, 15, *DARK * 3, 15, *BRIGHT)
    for hard, cuts in [
        ([(29, 30)], 1),
        ([(29, 30), (34, 35)], 0),
        ([(28, 29), (34, 35)], 1),
        ([(29, 30), (35, 36)], 1),
    ]:
        assert len(gradual_cuts._fades(looks, [HardCut(*place, 1.0) for place in hard])) == cuts
    # A picture that disappears within three looks may have been cut; within four it has faded.
    quick, slow = fading(*BRIGHT, 15, 9, *DARK * 20), fading(*BRIGHT, 15, 12, 9, *DARK * 20)
    for hard, cuts in [([], 1), ([(29, 30)], 0), ([(31, 32)], 0), ([(28, 29)], 1), ([(32, 33)], 1)]:
        assert len(gradual_cuts._fades(quick, [HardCut(*place, 1.0) for place in hard])) == cuts
        assert len(gradual_cuts._fades(slow, [HardCut(*place, 1.0) for place in hard])) == 1


# Dissolves, of thumbnails that are mixed


def pictures(random, count):
    """Some pictures of large and small shapes, shape (count, ROWS, COLUMNS)."""
    large, small = random.uniform(40, 200, (count, 6, 8)), random.uniform(-30, 30, (count, 18, 24))
    return np.kron(large, np.ones((6, 6))) + np.kron(small, np.ones((2, 2)))


def mixed(seed, before, length, after):
    """Looks of a scene that becomes another within this number of looks, and each look's share of the first."""
    random = np.random.default_rng(seed)
    one, two = pictures(random, 2)
    share = np.concatenate([np.ones(before), 1 - (np.arange(1, length)) / length, np.zeros(after)])[:, None, None]
    luma = one * share + two * (1 - share) + random.normal(0, 1, (len(share), ROWS, COLUMNS))
    luma = luma.clip(0, 255).astype(np.uint8)
    times, chroma = np.arange(len(luma)) * 40.0, np.full((len(luma), 2, 18, 24), 128, np.uint8)
    return FrameSimilarity(Thumbnails(times, times + 40, luma, chroma, luma)), share.ravel()


@each(("length", "seed"), [(12, 1), (16, 2), (22, 3), (28, 4), (38, 5), (52, 6)])
def test_a_dissolve_is_where_both_scenes_are_seen(length, seed):
    looks, share = mixed(seed, 60, length, 60)
    (cut,) = gradual_cuts.gradual_cuts(looks, [])
    assert cut.kind == DISSOLVE
    # Looks of which one scene has more than 96 % count as that scene.
    assert cut.old == pytest.approx(np.flatnonzero(share > 0.96)[-1], abs=1.5)
    assert cut.new == pytest.approx(np.flatnonzero(share < 0.04)[0], abs=1.5)
    assert 0.48 < cut.change < 1.6


def test_where_another_change_is_there_is_no_dissolve():
    looks, _ = mixed(7, 60, 22, 60)
    assert len(gradual_cuts.gradual_cuts(looks, [])) == 1
    for old, found in [(20, 1), (69, 0), (70, 0), (120, 1)]:
        cuts = gradual_cuts.gradual_cuts(looks, [HardCut(old, old + 1, 1.0)])
        assert len(cuts) == found, old


@each("which", range(5))
def test_the_evidence_for_a_dissolve_is_a_weighted_sum(monkeypatch, which):
    weights = np.array([10.4, 2.3, -3.7, -1.0, 19.5])
    features = np.array([0.9, 3.0, -0.5, -1.5, 0.0])
    features[4] = (3 + 35.9 - weights @ features) / 19.5  # the sum is 3, which is not enough
    looks, _ = mixed(7, 60, 22, 60)
    for more, count in ((-0.05, 0), (0.05, 1)):
        changed = features + (np.arange(5) == which) * more / weights[which]
        row = changed.astype(np.float32)
        monkeypatch.setattr(
            gradual_cuts, "dissolve_features", lambda looks, middle, half, row=row: np.tile(row, (len(middle), 1))
        )
        assert len(gradual_cuts.gradual_cuts(looks, [])) == count


@each(("other", "both"), [(32, True), (31, False), (8, True), (9, False)])
def test_dissolves_may_touch_but_not_overlap(monkeypatch, other, both):
    def places(looks, half):
        return np.array(sorted([20, other])) if half == 6 else np.zeros(0, np.intp)

    def features(looks, middle, half):
        return np.stack([np.where(middle == 20, 9.0, 8.0), *np.zeros((4, len(middle)))], axis=1).astype(np.float32)

    monkeypatch.setattr(gradual_cuts, "even_mixtures", places)
    monkeypatch.setattr(gradual_cuts, "dissolve_features", features)
    monkeypatch.setattr(gradual_cuts, "_is_movement", lambda looks, first, last: False)
    monkeypatch.setattr(gradual_cuts, "_extent", lambda looks, place, half: (place - half, place + half))
    found = gradual_cuts._dissolves(after_a_cut(60), np.zeros(61, bool))
    assert {(cut.old, cut.new) for cut in found} == {(14, 26)} | ({(other - 6, other + 6)} if both else set())


@each(
    ("whole", "left", "unmoved", "movement"),
    [(0.05, 1, 1, True), (0.07, 1, 1, False), (0.07, 0.14, 1, True), (0.07, 0.16, 1, False), (0.07, 0.16, 1.2, True)],
)
def test_a_pan_is_no_dissolve(whole, left, unmoved, movement):
    looks = after_a_cut()
    looks.shifts[10, 22] = whole
    steps = np.arange(10, 22)
    looks.shifts[steps, steps + 1] = left
    looks.structure = lambda one, two: np.full(len(one), unmoved)
    assert gradual_cuts._is_movement(looks, 10, 22) is movement


@each(
    ("shares", "extent"),
    [
        ((0.8, 0.5, 0.2), (22, 38)),  # 6 % a look: 7.7 looks to both sides of the middle
        ((0.86, 0.56, 0.26), (23, 39)),  # the middle is a look later
        ((0.95, 0.5, 0.05), (24, 36)),
        ((0.55, 0.5, 0.45), (20, 40)),  # no further than what was looked at
    ],
)
def test_a_dissolve_begins_and_ends_where_its_shares_reach_all_and_nothing(shares, extent):
    looks = after_a_cut(60)
    known = dict(zip((25, 30, 35), shares, strict=True))
    looks.mixed = lambda look, one, two: (np.array([known[int(look[0])]]), 0, 0, 0)
    assert gradual_cuts._extent(looks, 30, 10) == extent


def test_features_of_dissolves_are_those_of_their_definition():
    looks, _ = mixed(8, 40, 20, 40)
    for half in (6, 11):
        middles = np.array([14, 30, 48, 50, 70, looks.count - 1 - half])
        found = gradual_cuts.dissolve_features(looks, middles, half)
        steps = looks.roughly_apart(1)
        for middle, features in zip(middles.tolist(), found, strict=True):
            first, last = middle - half, middle + half
            before, after = max(first - half, 0), min(last + half, looks.count - 1)

            def of(measure, *places):
                return float(measure(*(np.array([place]) for place in places))[0])

            contents = of(looks.contents, first, last)
            turned = max(of(looks.contents, before, first), of(looks.contents, last, after))
            usual = max(steps[a:b].sum() / max(b - a, 1) for a, b in ((before, first), (last, after)))
            beyond = steps[first:last].sum() - 2 * half * usual
            explained = min(
                float(looks.mixed(*(np.array([p]) for p in (middle + step, first, last)))[2][0])
                for step in (-(half // 2), 0, half // 2)
            )
            assert features == pytest.approx(
                [
                    min(of(looks.roughly, first, last), 1),
                    np.log(contents + 3),
                    np.log(max(turned / max(contents, 1), 0.05)),
                    np.log(0.05 + max(beyond, 0)),
                    min(max(explained, 0), 1),
                ],
                abs=1e-3,
            )


def test_even_mixtures_are_those_whose_shares_change_evenly():
    count = 0
    for seed, half in [(1, 6), (1, 8), (2, 11)]:
        looks, _ = mixed(20 + seed, 30, 6 + 7 * seed, 30)
        middles = np.arange(half, looks.count - half)
        first, last = middles - half, middles + half
        shares = [looks.mixed(middles + step, first, last)[:2] for step in (-(half // 2), 0, half // 2)]
        far = [looks.roughly(*pair) for pair in ((first, last), (first, middles), (middles, last))]
        expected = []
        for n, middle in enumerate(middles.tolist()):
            (a0, b0), (a1, b1), (a2, b2) = ((float(a[n]), float(b[n])) for a, b in shares)
            even = min(a1, b1) > 0.2 and b0 > 0.04 and a2 > 0.04
            rising = min(a0 - a1, a1 - a2, b1 - b0, b2 - b1) > 0.08
            if far[0][n] > 0.48 and max(far[1][n], far[2][n]) < 0.85 and even and rising:
                expected.append(middle)
        assert gradual_cuts.even_mixtures(looks, half).tolist() == expected
        count += len(expected)
    assert count > 5
    assert len(gradual_cuts.even_mixtures(mixed(1, 3, 6, 3)[0], 6)) == 0


def cut_film(seed, lengths, between=()):
    """Looks of scenes with noise; lengths: looks of each; between: looks to put in their places, (place, picture)."""
    random = np.random.default_rng(seed)
    luma = np.repeat(pictures(random, len(lengths)), lengths, axis=0) + random.normal(
        0, 1, (sum(lengths), ROWS, COLUMNS)
    )
    for place, share in between:
        luma[place] = share * luma[place - 1] + (1 - share) * luma[place + 1]
    luma = luma.clip(0, 255).astype(np.uint8)
    times, chroma = np.arange(len(luma)) * 40.0, np.full((len(luma), 2, 18, 24), 128, np.uint8)
    return FrameSimilarity(Thumbnails(times, times + 40, luma, chroma, luma))


@each("seed", range(3))
@each("lengths", [(20, 15), (2, 30), (30, 2), (7, 6, 9, 30), (40,)])
def test_scenes_are_cut_where_they_meet(seed, lengths):
    found = hard_cuts.hard_cuts(cut_film(seed, lengths))
    ends = np.cumsum(lengths)[:-1].tolist()
    assert [(cut.old, cut.new) for cut in found] == [(end - 1, end) for end in ends]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_look_that_is_mixed_belongs_to_neither_scene(share):
    found = hard_cuts.hard_cuts(cut_film(4, (20, 20), [(20, share)]))
    assert [(cut.old, cut.new) for cut in found] == [(19, 21)]


def test_kinds_have_names():
    assert GradualCut(1, 2, 1.0, CUT).kind == "cut"
    assert (FADE, DISSOLVE) == ("fade", "dissolve")
