"""The similarity of looks, by the definitions, pair by pair and in double precision."""

import numpy as np
import pytest

from lib.video.frame_similarity import FrameSimilarity, within_bars
from lib.video.thumbnails import COLUMNS, ROWS, Thumbnails
from tests.support.each import each

COUNT = 40


def thumbnails(luma, chroma=None):
    count = len(luma)
    chroma = np.full((count, 2, 18, 24), 128, np.uint8) if chroma is None else chroma
    return Thumbnails(np.arange(count) * 40.0, np.arange(1, count + 1) * 40.0, luma, chroma, luma)


@pytest.fixture(scope="module")
def film():
    """Two scenes, each moving now and then and flickering a little, with ever more noise; its luma and chroma."""
    random = np.random.default_rng(5)
    scenes = random.normal(120, 40, (2, ROWS + 9, COLUMNS))
    places = [(n // 25, n // 5) for n in range(COUNT)]
    noise = [random.normal(0, 0.8 + n / 16, (ROWS, COLUMNS)) for n in range(COUNT)]
    luma = np.array([scenes[k][row : row + ROWS] + n % 3 + noise[n] for n, (k, row) in enumerate(places)])
    chroma = random.normal(128, 30, (COUNT, 2, 18, 24))
    return luma.clip(0, 255).astype(np.uint8), chroma.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def looks(film):
    return FrameSimilarity(thumbnails(*film))


@pytest.fixture(scope="module")
def blurred(film):
    """Luma, blurred by (1 2 1) / 4 in both directions, where all of that is within the picture."""
    wide = film[0].astype(float)
    high = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
    return (high[:, :, :-2] + 2 * high[:, :, 1:-1] + high[:, :, 2:]) / 4


def centred(pictures):
    return pictures - pictures.mean(axis=(1, 2), keepdims=True)


PAIRS = [(0, 0), (0, 1), (7, 8), (24, 25), (20, 30), (39, 28), (30, 30), (26, 22)]


def test_means_and_spreads(looks, blurred):
    assert looks.mean == pytest.approx(blurred.mean(axis=(1, 2)), rel=1e-5)
    assert looks.spread == pytest.approx(blurred.std(axis=(1, 2)), rel=1e-4)


def noise_of(blurred):
    """Four times half the squared change from look to look, where that is low: the 8th of the 25 around; in 0.25-16."""
    changes = (np.diff(centred(blurred), axis=0) ** 2).mean(axis=(1, 2)) / 2
    around = [np.abs(np.arange(n - 12, n + 13)) for n in range(len(changes))]
    mirrored = [[k if k < len(changes) else 2 * (len(changes) - 1) - k for k in places] for places in around]
    quiet = [sorted(changes[places])[7] for places in mirrored]
    return np.clip(4 * np.array([*quiet, quiet[-1]]), 0.25, 16)


def structure(blurred, noise, one, two):
    a, b = centred(blurred)[[one, two]]
    n = max(noise[one], noise[two])
    unlike = 1 - ((a * b).mean() + n) / np.sqrt(((a * a).mean() + n) * ((b * b).mean() + n))
    contrast = np.sqrt(max((a * a).mean(), (b * b).mean()) + n)
    return unlike + min(abs(blurred[one].mean() - blurred[two].mean()) / (20 * contrast), 1)


def colour(chroma, one, two):
    """The mean change of chroma, where four of its pixels make one."""
    small = chroma.astype(float).reshape(len(chroma), 2, 9, 2, 12, 2).mean(axis=(3, 5))
    return np.abs(small[one] - small[two]).mean()


def test_structure_and_colour(film, looks, blurred):
    noise = noise_of(blurred)
    assert 0.25 < noise.min() < noise.max() < 16
    one, two = np.array(PAIRS).T
    expected = [structure(blurred, noise, *pair) for pair in PAIRS]
    assert looks.structure(one, two) == pytest.approx(expected, abs=1e-4)
    assert expected[1] < 0.1
    assert expected[3] > 0.9
    both = [e + colour(film[1], *pair) / 40 for e, pair in zip(expected, PAIRS, strict=True)]
    assert looks.unlike(one, two) == pytest.approx(both, abs=1e-4)
    for apart in (1, 3, 12):
        expected = [
            structure(blurred, noise, n, n + apart) + colour(film[1], n, n + apart) / 40 for n in range(COUNT - apart)
        ]
        assert looks.neighbours(apart) == pytest.approx(expected, abs=1e-4)
    assert len(FrameSimilarity(thumbnails(film[0][:2])).neighbours(3)) == 0


@pytest.mark.parametrize(("step", "least", "most"), [(0.0, 0.25, 0.25), (9.0, 16, 16)])
def test_noise_has_limits(step, least, most):
    # Without noise a change of one level in one row counts; with too much, changes are changes.
    random = np.random.default_rng(6)
    luma = (100 + random.normal(0, step * 4, (20, ROWS, COLUMNS))).astype(np.uint8)
    luma[0, :9] += 30
    looks = FrameSimilarity(thumbnails(luma))
    wide = luma.astype(float)
    high = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
    blurred = (high[:, :, :-2] + 2 * high[:, :, 1:-1] + high[:, :, 2:]) / 4
    noise = np.full(20, least)
    assert least == most
    expected = [structure(blurred, noise, 0, 1), structure(blurred, noise, 5, 9)]
    assert looks.structure(np.array([0, 5]), np.array([1, 9])) == pytest.approx(expected, abs=1e-4)


def test_one_look_is_like_itself():
    luma = np.full((1, ROWS, COLUMNS), 90, np.uint8)
    luma[0, :20] = 91
    looks = FrameSimilarity(thumbnails(luma))
    zero = np.array([0])
    assert looks.structure(zero, zero) == pytest.approx([0], abs=1e-6)
    assert len(looks.neighbours(1)) == 0


def test_large_shapes_only(film, looks):
    small = centred(film[0].astype(float).reshape(COUNT, ROWS // 2, 2, COLUMNS // 2, 2).mean(axis=(2, 4)))
    products = np.einsum("iyx,jyx->ij", small, small) / small[0].size

    def unlike(a, b):
        return 1 - (products[a, b] + 1) / np.sqrt((products[a, a] + 1) * (products[b, b] + 1))

    pairs = [*PAIRS, (0, 39), (38, 2)]
    assert looks.roughly(*np.array(pairs).T) == pytest.approx([unlike(*pair) for pair in pairs], abs=1e-4)
    for apart in (1, 9):
        expected = [unlike(n, n + apart) for n in range(COUNT - apart)]
        assert looks.roughly_apart(apart) == pytest.approx(expected, abs=1e-4)
    # A mixture by least squares, a little of each being noise.
    for look, one, two in [(10, 0, 20), (25, 24, 26), (3, 39, 3)]:
        own = np.array([[products[one, one] + 1, products[one, two]], [products[one, two], products[two, two] + 1]])
        other = np.array([products[look, one], products[look, two]])
        shares = np.linalg.solve(own, other)
        whole = products[look, look] + 1
        alone = max(other / np.sqrt(whole * np.diag(own))) ** 2
        found = [value[0] for value in looks.mixed(*(np.array([place]) for place in (look, one, two)))]
        assert found == pytest.approx([*shares, shares @ other / whole, alone], abs=1e-3)


def shares_below(values, edges):
    return np.array([(values < edge).mean() for edge in edges])


def test_contents_wherever_they_are(film, looks):
    luma, chroma = film[0].astype(float), film[1].astype(float)

    def contents(n):
        """Every second level of luma and of chroma, as shares below each fourth level; steps down and across."""
        taken = [luma[n, ::2, ::2].ravel(), *(plane.ravel()[::2].clip(64, 191) for plane in chroma[n])]
        edges = [np.arange(4, 260, 4), np.arange(68, 196, 4), np.arange(68, 196, 4)]
        parts = [weight * shares_below(v, e) for weight, v, e in zip((4, 2, 2), taken, edges, strict=True)]
        steps = [np.abs(np.diff(luma[n], axis=axis)).mean() for axis in (0, 1)]
        return np.concatenate([*parts, steps])

    found = looks.contents(*np.array([*PAIRS, (0, 39)]).T)
    expected = [np.abs(contents(a) - contents(b)).sum() for a, b in [*PAIRS, (0, 39)]]
    assert found == pytest.approx(expected, abs=1e-3)
    assert looks.contents(np.array([[0], [5]]), np.array([[1, 2]])).shape == (2, 2)


def test_light_and_detail_of_one_look_and_another(looks, blurred):
    for one, two in PAIRS:
        assert looks.added_light(one, two) == pytest.approx(blurred[two] - blurred[one], abs=1e-3)
        own, now = (np.diff(centred(blurred)[n], axis=1).ravel() for n in (one, two))
        whole = own @ own + 1
        rest = now - own @ now / whole * own
        assert looks.other_detail(one, two) == pytest.approx(rest @ rest / whole, rel=1e-3, abs=1e-5)


def test_what_changes_in_part_is_the_same_elsewhere(looks, blurred):
    noise = noise_of(blurred)
    for one, two in PAIRS:
        changes = np.abs(blurred[two] - blurred[one]).ravel()
        rest = changes <= np.quantile(changes, 0.9)  # all but a tenth
        old, new = (blurred[n].ravel()[rest] - blurred[n].ravel()[rest].mean() for n in (one, two))
        n = max(noise[one], noise[two])
        expected = 1 - ((old * new).mean() + n) / np.sqrt(((old**2).mean() + n) * ((new**2).mean() + n))
        assert looks.elsewhere(one, two) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("contrast", "has"), [(3.2, False), (6.0, True)])
def test_what_has_no_contrast_elsewhere_has_no_structure_there(contrast, has):
    # Noise is 0.5 levels at least: a variance of four times that is 1 level squared, in a blurred checkerboard.
    luma = np.full((8, ROWS, COLUMNS), 100, np.uint8)
    luma[:, :, COLUMNS // 2 :] += round(contrast / 2)
    luma[4:, :3] = 200
    found = FrameSimilarity(thumbnails(luma)).elsewhere(3, 4)
    assert (found < 0.1) if has else found == 1.0


@each(
    ("rows", "columns", "level", "expected"),
    [
        ((0, ROWS), (0, COLUMNS), 200, ((0, ROWS), (0, COLUMNS))),
        ((5, 30), (0, COLUMNS), 200, ((5, 30), (0, COLUMNS))),
        ((0, ROWS), (7, 41), 25, ((0, ROWS), (7, 41))),
        ((0, ROWS), (7, 41), 24, ((0, ROWS), (0, COLUMNS))),  # black all over
        ((5, 17), (9, 25), 200, ((5, 17), (9, 25))),  # twelve rows and sixteen columns are enough
        ((5, 16), (9, 25), 200, ((0, ROWS), (0, COLUMNS))),
        ((5, 17), (9, 24), 200, ((0, ROWS), (0, COLUMNS))),
    ],
)
def test_bars_are_left_out(rows, columns, level, expected):
    luma = np.full((4, ROWS, COLUMNS), 10, np.uint8)
    luma[:, rows[0] : rows[1], columns[0] : columns[1]] = level
    found = [(part.start, part.stop) for part in within_bars(luma)]
    assert found == list(expected)


def test_a_bar_that_is_bright_in_one_look_of_a_hundred_is_one():
    luma = np.zeros((100, ROWS, COLUMNS), np.uint8)
    luma[:, 6:] = 90
    luma[3:5] = 200
    assert within_bars(luma)[0] == slice(6, ROWS)
    luma[3:9] = 200
    assert within_bars(luma)[0] == slice(0, ROWS)


def test_only_the_picture_between_bars_counts(film):
    luma = film[0].copy()
    luma[:, :5] = 16
    luma[:, :, -6:] = 16
    looks = FrameSimilarity(thumbnails(luma))
    inside = luma[:, 5:, :-6].astype(float)
    high = (inside[:, :-2] + 2 * inside[:, 1:-1] + inside[:, 2:]) / 4
    assert looks.mean == pytest.approx(
        ((high[:, :, :-2] + 2 * high[:, :, 1:-1] + high[:, :, 2:]) / 4).mean(axis=(1, 2)), rel=1e-5
    )
    # An odd row or column at the end is not part of large shapes.
    small = centred(inside[:, :30, :42].reshape(COUNT, 15, 2, 21, 2).mean(axis=(2, 4)))
    a, b = small[0].ravel(), small[1].ravel()
    expected = 1 - (a @ b / a.size + 1) / np.sqrt((a @ a / a.size + 1) * (b @ b / b.size + 1))
    assert looks.roughly(np.array([0]), np.array([1])) == pytest.approx([expected], abs=1e-4)
