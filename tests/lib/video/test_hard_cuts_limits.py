"""The limits of what is a hard cut: changes that are just enough, and those at the ends of a film."""

import itertools

import numpy as np
import pytest

from lib.video import hard_cuts
from lib.video.frame_similarity import FrameSimilarity
from lib.video.hard_cuts import HardCut
from lib.video.thumbnails import Thumbnails
from tests.support.each import each
from tests.support.looks import Looks, mirrored

# floor, within, around, turned: of a cut, and of one with a look or two between.
RULES = {0: (0.3, 1.6, 2.0, 0.0), 1: (0.4, 2.3, 2.7, 1.5), 2: (0.4, 2.3, 2.7, 1.5)}
BLOCK = 16


class Blocks:
    """Cuts far from each other, one in each 16 looks. Each side is the same all along, by the values of its block.

    across, inside: dissimilarities; turned, own: of contents, across and inside; moved: across.
    """

    def __init__(self, gap, across, inside, turned, own, moved):
        self.gap, self.count = gap, BLOCK * len(across)
        self.across, self.inside, self.turned, self.own, self.shift = across, inside, turned, own, moved

    def _of(self, one, two, across, inside):
        one, two = np.broadcast_arrays(np.minimum(one, two), np.maximum(one, two))
        block, a, b = one // BLOCK, one % BLOCK, two % BLOCK
        apart = (a < 8) & (b >= 8 - self.gap)
        # What is between belongs to neither side.
        value = np.where(apart, across[block], np.where(one == two, 0, inside[block]))
        return np.where(two // BLOCK == block, value, 0)

    def neighbours(self, apart):
        one = np.arange(self.count - apart)
        return self.unlike(one, one + apart)

    def unlike(self, one, two):
        # (From the last look before it to the first after it, a cut is a little more.)
        at_it = (one % BLOCK == 7 - self.gap) & (two == one + self.gap + 1)
        return self._of(one, two, self.across, self.inside) + np.where(at_it, 0.0625, 0)

    def contents(self, one, two):
        return self._of(one, two, self.turned, self.own)

    def moved(self, one, two):
        at_it = (one % BLOCK == 7 - self.gap) & (two == one + self.gap + 1)
        return np.where(at_it, self.shift[one // BLOCK], 1 - self.shift[one // BLOCK])


def is_cut(gap, across, inside, turned, own, moved, usual):
    """The rules of one cut, by their words. Looks two apart would be as far as the cut's sides."""
    floor, within, around, more = RULES[gap]
    inside *= 1.5**2 if gap == 2 else 1
    large = across + 0.0625 > floor and across + 0.0625 > around * usual
    in_movement = gap == 0 and across + 0.0625 > 0.3 and turned > 20 and moved > 0.2
    fits = across > floor and across > within * inside and across > around * usual and turned > more * own
    moves = gap == 0 and across > 0.3 and across > 0.75 * inside and turned > 20 and turned > 2 * own
    return (large or in_movement) and (fits or moves)


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_a_change_that_is_just_enough_is_a_cut(gap):
    floor, within, around, more = RULES[gap]
    stretched = 1.5**2 if gap == 2 else 1
    rows = []
    for inside, usual, own in itertools.product((0, 0.25, 0.5), (0, 0.25), (0, 9, 16)):
        exact = {floor, 0.3, within * (inside * stretched), 0.75 * (inside * stretched), around * usual}
        for across, turned in itertools.product(exact, {0.5, more * own, 20, 2 * own}):
            for step, turn in ((0, 0.5), (0.03125, 0), (0.03125, 0.5), (0.75, 1)):
                rows.append((max(across + step, 0), inside, turned + turn, own, 0.2 + 0.05 * (len(rows) % 3), usual))
    columns = [np.array(column, float) for column in zip(*rows)]
    looks = Blocks(gap, *columns[:5])
    usual = np.repeat(columns[5], BLOCK)[:-1]
    found = {int(row[0]): row for row in hard_cuts._candidates(looks, usual, gap) if row[0] % BLOCK == 7 - gap}
    for n, row in enumerate(rows):
        old = BLOCK * n + 7 - gap
        assert (old in found) == is_cut(gap, *row), row
        if old in found:
            inside = row[1] * stretched
            assert found[old].tolist() == pytest.approx([old, old + gap + 1, row[0], row[0] - inside])
    assert len(rows) // 20 < len(found) < len(rows)


def sharp(seed, count, step):
    """Dissimilarities in steps, so that many are equal."""
    random = np.random.default_rng(seed)
    return mirrored(random.integers(1, step, (count, count)) / 8)


@pytest.mark.parametrize("seed", range(3))
def test_of_equally_clear_choices_of_looks_the_first_counts(seed):
    looks = Looks(sharp(seed, 40, 5), np.full((40, 40), 30.0), np.ones((40, 40)))
    looks.unlikes[:20, 20:] += 1
    looks.unlikes[20:, :20] += 1
    ((*_, change, lead),) = [row for row in hard_cuts._candidates(looks, np.zeros(39), 0) if row[0] == 19]
    best = (0.0, -9.0)
    for left, right in itertools.product([None, 1, 2, 3], repeat=2):
        before = [19 - n for n in range(4) if n != left]
        after = [20 + n for n in range(4) if n != right]
        across = looks.unlikes[np.ix_(before, after)].min()
        inside = max(looks.unlikes[np.ix_(side, side)].max() for side in (before, after))
        if across > 1.6 * inside and across - inside > best[1]:
            best = across, across - inside
    assert (change, lead) == best


@each("gap", [0, 1, 2])
@each("first", [1, 2, 3])
def test_scenes_at_the_ends_of_a_film_have_as_many_looks_as_there_are(first, gap):
    for place in (first, 12 - first):
        # A look of the other scene within a short one would be in the way.
        scene = np.where(np.arange(12 + gap) < place, 0, 1)
        other = (scene[:, None] != scene).astype(float)
        looks = Looks(other, 30 * other, other)
        found = hard_cuts._candidates(looks, np.zeros(11 + gap), gap).tolist()
        expected = [[place - 1 - n, place + gap - n, 1, 1] for n in range(gap + 1)]
        # With looks between, all that have both scenes at their sides.
        inside = [row for row in expected if row[0] >= 0 and row[1] < 12 + gap]
        assert [row for row in found if row in inside] == [row for row in found if row[2:] == [1, 1]]
        assert inside[0] in found


def test_a_film_in_which_nothing_changes_has_no_cuts():
    for gap in (0, 1, 2):
        assert hard_cuts._candidates(Looks(*[np.zeros((9, 9))] * 3), np.zeros(8), gap).shape == (0, 4)


def test_two_looks_of_two_scenes_have_a_cut_between():
    random = np.random.default_rng(3)
    bright, dark = np.kron(random.integers(0, 9, (2, 6, 8)), np.ones((6, 6))) * np.array([9, 2])[:, None, None]
    luma = np.array([bright + 120, dark + 20]).astype(np.uint8)
    chroma = np.full((2, 2, 18, 24), 128, np.uint8)
    looks = FrameSimilarity(Thumbnails(np.array([0.0, 40]), np.array([40.0, 80]), luma, chroma, luma))
    assert [(cut.old, cut.new) for cut in hard_cuts.hard_cuts(looks)] == [(0, 1)]


def chosen(monkeypatch, *candidates, elsewhere=1.0, between=()):
    """The cuts that are chosen of some candidates: old, new, lead; between: those with a look between."""
    looks = Looks(*[np.ones((30, 30))] * 3)
    looks.elsewhere = lambda old, new: elsewhere
    rows = {n: np.array([(*c[:2], 0.5 + c[2], c[2]) for c in some] or np.zeros((0, 4)), float)
            for n, some in enumerate((candidates, between, ()))}  # fmt: skip
    monkeypatch.setattr(hard_cuts, "_candidates", lambda looks, usual, gap: rows[gap])
    monkeypatch.setattr(hard_cuts, "cuts_in_movement", lambda looks, gaps: np.zeros((0, 4)))
    monkeypatch.setattr(hard_cuts, "is_pan", lambda looks, old, new: False)
    for step in ("_without_movement", "_without_flashes"):
        monkeypatch.setattr(hard_cuts, step, lambda looks, cuts: cuts)
    monkeypatch.setattr(hard_cuts, "_without_mixtures", lambda looks, cut: cut)
    return [(cut.old, cut.new, cut.change) for cut in hard_cuts.hard_cuts(looks)]


def test_the_clearest_cut_leaves_no_room_beside_it(monkeypatch):
    assert chosen(monkeypatch, (5, 6, 0.5), (3, 4, 0.25)) == [(3, 4, 0.75), (5, 6, 1.0)]
    assert chosen(monkeypatch, (5, 6, 0.5), (4, 5, 0.25)) == [(5, 6, 1.0)]
    assert chosen(monkeypatch, (5, 6, 0.5), (6, 7, 0.25)) == [(5, 6, 1.0)]
    assert chosen(monkeypatch, (28, 29, 0.5), (27, 28, 0.25)) == [(28, 29, 1.0)]
    assert chosen(monkeypatch, (5, 6, 0.5), elsewhere=0.05) == []
    # Of two that are equally clear: that with fewer looks between, whichever comes first.
    for other in ((4, 6, 0.58), (5, 7, 0.58)):
        assert chosen(monkeypatch, (5, 6, 0.5), between=[other]) == [(5, 6, 1.0)]


def test_limits_of_movement_and_of_flashes():
    looks = Looks(np.ones((40, 40)), np.full((40, 40), 30.0), np.ones((40, 40)))
    wide = HardCut(10, 12, 0.8)
    looks.shifts[10, 11] = looks.shifts[11, 12] = 0.04
    assert hard_cuts._without_movement(looks, [wide]) == []
    looks.turns[11, 12] = 35  # as much as no movement turns
    assert hard_cuts._without_movement(looks, [wide]) == [wide]
    looks.turns[11, 12], looks.shifts[11, 12] = 34, 0.05
    assert hard_cuts._without_movement(looks, [wide]) == [wide]
    cut = HardCut(10, 11, 0.5)
    for unlike, turned, back in ((0.25, 30, 0), (0.24, 30, 13), (1, 20, 0), (1, 19.5, 13)):
        looks.unlikes[10, 13], looks.turns[10, 13], looks.shifts[10, 13] = unlike, turned, 0.01
        assert hard_cuts._back(looks, cut) == back
    looks.turns[10, 13], looks.shifts[10, 13] = 19, 0.05
    assert hard_cuts._back(looks, cut) == 0
    first = HardCut(0, 1, 0.5)
    assert hard_cuts._without_flashes(Looks(*[np.full((9, 9), 30.0)] * 3), [first]) == [first]


@each(
    ("means", "lights", "detail", "light"),
    [
        ((50, 62, 62, 50), (100, -9), 0.5, False),  # brighter by twelve levels, and not by more
        ((50, 63, 62, 50), (100, -9), 0.5, True),
        ((50, 63, 63, 50), (100, -10), 0.5, False),  # a tenth of it is darker
        ((50, 63, 63, 50), (99, -9.95), 0.5, False),
        ((50, 63, 63, 50), (99, -9.85), 0.5, True),
        ((50, 63, 63, 50), (0.5, 0.5, -0.15), 0.5, False),
        ((50, 63, 63, 50), (100, -9), 0.6, False),
        ((50, 63, 63, 50), (100, -9), 0.59, True),
    ],
)
def test_limits_of_light(means, lights, detail, light):
    looks = Looks(*[np.ones((20, 20))] * 3)
    looks.mean = np.array([0.0] * 10 + list(means))
    looks.added_light, looks.other_detail = (lambda one, two: np.array(lights, float)), (lambda one, two: detail)
    assert hard_cuts._is_light(looks, HardCut(10, 11, 0.8), 13) is light


@each(
    ("share", "strange", "explained", "step", "usual", "is_mixed"),
    [
        (0.5, 0.12, 0.9, 0.5, 0.2, False),
        (0.94, 0.5, 0.9, 0.5, 0.2, False),
        (0.5, 0.5, 0.85, 0.5, 0.2, False),
        (0.5, 0.5, 0.9, 0.52, 0.25, False),
        (0.5, 0.5, 0.9, 0.53, 0.25, True),
    ],
)
def test_limits_of_mixtures(monkeypatch, share, strange, explained, step, usual, is_mixed):
    monkeypatch.setattr(hard_cuts, "is_mixture", lambda *places: False)
    looks = Looks(*[np.ones((20, 20))] * 3)
    looks.mixed = lambda *places: tuple(np.array([value]) for value in (share, strange, explained, 0.0))
    looks.unlikes[10, 9], looks.unlikes[9, 8] = step, usual
    assert hard_cuts._is_mixed(looks, 10, 9, 11) is is_mixed


def test_contents_and_movement_are_those_of_the_cut_itself():
    """In a fast pan the looks after a cut's first one may be as the old scene's."""
    unlike, turned, moved = (np.full((12, 12), value) for value in (0.35, 30.0, 0.5))
    for values, own in ((unlike, 0.4), (turned, 5.0), (moved, 0.1)):
        values[:6, :6] = values[6:, 6:] = own
        np.fill_diagonal(values, 0)
    looks, usual = Looks(unlike, turned, moved), np.full(11, 0.5)
    assert hard_cuts._candidates(looks, usual, 0).tolist() == [[5, 6, 0.35, pytest.approx(-0.05)]]
    # The exception of a side may be what follows at once.
    unlike[:6, 7] = unlike[7, :6] = 0.1
    turned[:6, 7] = turned[7, :6] = moved[:6, 7] = moved[7, :6] = 0.0
    assert hard_cuts._candidates(looks, usual, 0).tolist() == [[5, 6, 0.35, pytest.approx(-0.05)]]
    moved[5, 6] = 0.2
    assert hard_cuts._candidates(looks, usual, 0).tolist() == []


def test_a_cut_in_movement_at_a_film_s_end():
    unlike, turned, moved = (np.full((8, 8), value) for value in (0.35, 30.0, 0.5))
    for values, own in ((unlike, 0.4), (turned, 5.0)):
        values[:7, :7] = own
        np.fill_diagonal(values, 0)
    found = hard_cuts._candidates(Looks(unlike, turned, moved), np.full(7, 0.5), 0).tolist()
    assert found == [[6, 7, 0.35, pytest.approx(-0.05)]]
