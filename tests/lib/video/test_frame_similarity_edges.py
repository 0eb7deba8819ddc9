"""The similarity of looks where a rule ends: pairs as far apart as they may be, flat looks, odd sizes, few looks."""

import itertools

import numpy as np
import pytest

from lib.video.alignment import unlike_moved
from lib.video.frame_similarity import FrameSimilarity, within_bars
from lib.video.thumbnails import COLUMNS, ROWS, Thumbnails
from tests.support.each import each


def similarity(luma, chroma=None):
    luma = np.asarray(luma).astype(np.uint8)
    chroma = np.full((len(luma), 2, 18, 24), 128, np.uint8) if chroma is None else chroma
    begins = 40.0 * np.arange(len(luma))
    return FrameSimilarity(Thumbnails(begins, begins + 40, luma, chroma, luma))


def blurred(luma):
    wide = np.asarray(luma, float)
    high = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
    return (high[:, :, :-2] + 2 * high[:, :, 1:-1] + high[:, :, 2:]) / 4


def flat(pictures):
    return pictures - pictures.mean(axis=(1, 2), keepdims=True)


@pytest.fixture(scope="module")
def many():
    """Sixty looks at random shapes, of other brightness and contrast each."""
    random = np.random.default_rng(31)
    shapes = np.kron(random.normal(0, 1, (60, ROWS // 4, COLUMNS // 4)), np.ones((4, 4)))
    return (120 + np.arange(60)[:, None, None] + random.uniform(5, 40, (60, 1, 1)) * shapes).clip(0, 255)


@pytest.fixture(scope="module")
def looks(many):
    return similarity(many)


def at(*places):
    return [np.array([place]) for place in places]


def test_pairs_are_compared_up_to_their_distance_and_no_further(looks, many):
    exact = flat(blurred(many.astype(np.uint8)))
    alike = (exact[2] * exact[14]).mean()
    noise = np.clip(looks._noise[[2, 14]].max(), 0.25, 16)
    own = np.sqrt(((exact[2] ** 2).mean() + noise) * ((exact[14] ** 2).mean() + noise))
    assert looks.structure(*at(2, 14))[0] >= 1 - (alike + noise) / own - 1e-4
    with pytest.raises(IndexError):
        looks.structure(*at(2, 15))
    small = flat(many.astype(np.uint8).astype(float).reshape(60, ROWS // 2, 2, COLUMNS // 2, 2).mean(axis=(2, 4)))
    for one, two in [(1, 57), (57, 1), (0, 56)]:
        both, first, second = ((small[a] * small[b]).mean() + 1 for a, b in ((one, two), (one, one), (two, two)))
        assert looks.roughly(*at(one, two))[0] == pytest.approx(1 - both / np.sqrt(first * second), abs=1e-4)
    assert looks.roughly_apart(56)[1] == pytest.approx(looks.roughly(*at(1, 57))[0], abs=1e-6)
    for measure in (looks.roughly, looks.moved):
        with pytest.raises(IndexError):
            measure(*at(1, 58))


def test_looks_are_moved_to_fit_whichever_is_named_first(looks):
    one, two = np.array([3, 59, 59, 3, 20, 58, 0]), np.array([59, 3, 58, 4, 20, 59, 56])
    first, second = np.minimum(one, two), np.maximum(one, two)
    expected = unlike_moved(looks._detail, looks._noise, first, second)
    assert looks.moved(one, two) == pytest.approx(expected, abs=1e-6)
    assert looks.moved(two, one) == pytest.approx(expected, abs=1e-6)


def noise_of(luma):
    """Four times half the squared change of neighbours where it is low: the 8th of the 25 around, from 0.25 to 16."""
    exact = flat(blurred(luma))
    changes = (np.diff(exact, axis=0) ** 2).mean(axis=(1, 2)) / 2
    last = len(changes) - 1
    found = []
    for n in range(len(luma)):
        around = range(min(n, last) - 12, min(n, last) + 13)
        if len(changes) > 12:  # mirrored at the ends, else continued
            around = [abs(k) if k <= last else 2 * last - k for k in around]
        found.append(sorted(changes[min(max(k, 0), last)] for k in around)[7])
    return np.clip(4 * np.array(found), 0.25, 16)


@each("count", [2, 3, 12, 13, 14, 20])
def test_the_noise_of_a_few_looks(count):
    random = np.random.default_rng(count)
    luma = (100 + random.uniform(1, 7, (count, 1, 1)) * random.normal(0, 1, (count, ROWS, COLUMNS))).astype(np.uint8)
    assert similarity(luma)._noise == pytest.approx(noise_of(luma), rel=1e-3)


def test_a_look_alone_has_the_least_noise():
    # A variance of a fourth: contrast of less than four times that, one level squared, is none.
    for columns, least, most, has in ((6, 0.7, 1.0, False), (9, 1.0, 1.4, True)):
        luma = np.full((1, ROWS, COLUMNS), 100)
        luma[..., :columns] += 3
        assert least < blurred(luma).var() < most
        assert similarity(luma).elsewhere(0, 0) == pytest.approx(0 if has else 1, abs=1e-6)


@pytest.mark.parametrize(("step", "has"), [(0, True), (-1, True), (1, False)])
def test_contrast_that_is_just_enough(looks, step, has):
    rest = looks._detail[7] + looks.mean[7]
    changes = np.abs(rest - rest)
    old = rest[changes <= 0] - rest[changes <= 0].mean()
    quarter = np.float32((old * old).mean()) / np.float32(4)
    kept = looks._noise.copy()
    looks._noise[:] = np.nextafter(quarter, np.float32(step * np.inf)) if step else quarter
    assert (looks.elsewhere(7, 7) < 0.01) == has
    looks._noise[:] = kept


def test_both_looks_need_contrast_elsewhere():
    luma = np.full((4, ROWS, COLUMNS), 100)
    luma[1:, ::6], luma[1:, 1::6], luma[1:, 2::6] = 130, 130, 130
    found = similarity(luma)
    assert found.elsewhere(0, 2) == found.elsewhere(2, 0) == 1.0
    assert found.elsewhere(1, 2) == pytest.approx(0, abs=1e-6)


def test_brightness_counts_as_one_structure_at_most():
    # Without contrast, and with the least noise: 20 times half a level.
    for step, expected in ((4, 0.4), (9, 0.9), (10, 1.0), (11, 1.0), (155, 1.0)):
        found = similarity(100 + step * np.array([0, 1, 0, 1, 1])[:, None, None] * np.ones((ROWS, COLUMNS)))
        assert found.structure(np.array([0, 1, 3]), np.array([1, 0, 4])) == pytest.approx([expected, expected, 0])
        assert found.structure(*at(0, 2))[0] == pytest.approx(0, abs=1e-6)


def test_brightness_is_measured_by_the_greater_contrast():
    luma = np.full((3, ROWS, COLUMNS), 100.0)
    luma[1:] += 12
    luma[2, : ROWS // 2] += 30
    found, exact = similarity(luma), blurred(luma)
    noise = noise_of(luma)
    for one, two in ((0, 2), (2, 0), (1, 2), (2, 1), (0, 1)):
        a, b = flat(exact[[one, two]])
        n = max(noise[one], noise[two])
        unlike = 1 - ((a * b).mean() + n) / np.sqrt(((a * a).mean() + n) * ((b * b).mean() + n))
        contrast = np.sqrt(max((a * a).mean(), (b * b).mean()) + n)
        expected = unlike + min(abs(exact[one].mean() - exact[two].mean()) / (20 * contrast), 1)
        assert found.structure(*at(one, two))[0] == pytest.approx(expected, abs=1e-4)


@each(("top", "left", "bottom", "right"), [(3, 0, 0, 0), (0, 5, 0, 0), (1, 1, 2, 2), (0, 7, 3, 0)])
def test_an_odd_row_or_column_between_bars_is_left_out_of_large_shapes(many, top, left, bottom, right):
    luma = many.astype(np.uint8)[:9]
    luma = luma // 2 + 60
    inside = luma[:, top : ROWS - bottom, left : COLUMNS - right].astype(float)
    for bar in (np.s_[:, :top], np.s_[:, ROWS - bottom :], np.s_[:, :, :left], np.s_[:, :, COLUMNS - right :]):
        luma[bar] = 10
    high, wide = (side // 2 * 2 for side in inside.shape[1:])
    small = flat(inside[:, :high, :wide].reshape(9, high // 2, 2, wide // 2, 2).mean(axis=(2, 4)))
    products = np.einsum("iyx,jyx->ij", small, small) / small[0].size + 1
    found = similarity(luma)
    for one, two in ((0, 1), (5, 2), (8, 0)):
        wanted = 1 - products[one, two] / np.sqrt(products[one, one] * products[two, two])
        assert found.roughly(*at(one, two))[0] == pytest.approx(wanted, abs=1e-4)


def test_a_look_of_one_colour_has_no_detail_of_its_own():
    luma = np.full((3, ROWS, COLUMNS), 100)
    luma[1, ::4] += 2
    luma[1, :, ::3] += 1
    found = similarity(luma)
    steps = np.diff(blurred(luma)[1], axis=1)
    assert found.other_detail(0, 1) == pytest.approx((steps**2).sum(), rel=1e-4)  # by one square at least
    assert found.other_detail(1, 0) == 0


def test_a_mixture_of_looks_of_hardly_any_contrast():
    random = np.random.default_rng(8)
    luma = 100 + (random.uniform(0, 1, (5, ROWS, COLUMNS)) < 0.3) * np.array([0, 1, 2, 3, 1])[:, None, None]
    small = flat(luma.reshape(5, ROWS // 2, 2, COLUMNS // 2, 2).mean(axis=(2, 4)))
    products = np.einsum("iyx,jyx->ij", small, small) / small[0].size
    found = similarity(luma)
    for look, one, two in ((1, 2, 3), (2, 0, 3), (4, 3, 0), (3, 3, 3), (0, 1, 2)):
        own = np.array([[products[one, one] + 1, products[one, two]], [products[one, two], products[two, two] + 1]])
        other = products[look, [one, two]]
        shares, whole = np.linalg.solve(own, other), products[look, look] + 1
        alone = max(other / np.sqrt(whole * np.diag(own))) ** 2
        got = [float(value[0]) for value in found.mixed(*at(look, one, two))]
        assert got == pytest.approx([*shares, shares @ other / whole, alone], abs=1e-5)


def test_a_bar_is_dark_in_all_but_three_of_a_hundred_looks():
    for bright, bar in ((3, 6), (4, 0)):
        luma = np.zeros((100, ROWS, COLUMNS), np.uint8)
        luma[:, 6:] = 90
        luma[:bright] = 200
        assert within_bars(luma)[0] == slice(bar, ROWS)


@pytest.mark.parametrize("plane", [0, 1])
def test_contents_of_chroma_near_its_limits(plane):
    def contents(chroma):
        """Shares of every second value below each fourth level, from 64 up; values beyond count as the limits."""
        shares = []
        for one in chroma:
            values = [min(max(int(v), 64), 191) for v in one.ravel()[::2]]
            shares += [sum(v < edge for v in values) / len(values) for edge in range(68, 196, 4)]
        return 2 * np.array(shares)

    levels = [0, 60, 63, 64, 67, 68, 71, 72, 127, 128, 186, 187, 188, 190, 191, 192, 195, 255]
    chroma = np.full((len(levels), 2, 18, 24), 128, np.uint8)
    for n, level in enumerate(levels):
        chroma[n, plane] = level
    chroma[3, plane, ::3] = 90
    found = similarity(np.full((len(levels), ROWS, COLUMNS), 100), chroma)
    of = [contents(one) for one in chroma]
    for one, two in itertools.combinations(range(len(levels)), 2):
        assert found.contents(*at(one, two))[0] == pytest.approx(np.abs(of[one] - of[two]).sum(), abs=1e-4)
