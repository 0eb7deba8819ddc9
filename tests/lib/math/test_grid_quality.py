"""Figures of layouts, worked out by hand and by loops."""

import itertools
import math

import numpy as np
import pytest

from lib.math import grid_quality
from lib.math.grid_quality import distance_preservation, neighbours_kept, quality
from tests.support.each import each


def cells_of(width, height):
    return np.array([(x, y) for y in range(height) for x in range(width)])


def slow_dpq(places, cells, some=None, norm=16):
    """The definition, point by point; some: of these points only."""
    count = len(places)
    near_cells, near_places, everything = np.zeros(count - 1), np.zeros(count - 1), []
    some = range(count) if some is None else some
    for a in some:
        others = [b for b in range(count) if b != a]
        far = {b: math.dist(places[a], places[b]) for b in others}
        by_cell = sorted(others, key=lambda b: (math.dist(cells[a], cells[b]), far[b]))
        by_place = sorted(far.values())
        for k in range(1, count):
            near_cells[k - 1] += sum(far[b] for b in by_cell[:k]) / k / len(some)
            near_places[k - 1] += sum(by_place[:k]) / k / len(some)
        everything += by_place
    mean = sum(everything) / len(everything)
    gains = [sum(max(0, (mean - d) / mean) ** norm for d in near) ** (1 / norm) for near in (near_cells, near_places)]
    return gains[0] / gains[1]


def test_points_on_their_cells_are_perfect():
    cells = cells_of(6, 5)
    found = quality(cells.astype(float), cells)
    assert found.displacement == 0
    # Of the 8 nearest of an inner point all are around it. Edges: the 8 nearest of a corner hold 3 that are.
    assert 0.5 < found.neighbours < 1
    assert found.dpq == pytest.approx(1)


def test_displacement_is_the_mean_of_squares():
    cells = cells_of(2, 2)
    places = cells + np.array([[1, 0], [0, -2], [0, 0], [1, 1.0]])
    assert quality(places, cells).displacement == (1 + 4 + 0 + 2) / 4


def test_neighbours_of_a_row_by_hand():
    # Ten points in a row: of the 8 nearest of each the one or two beside it are around its cell.
    cells = cells_of(10, 1)
    places = np.stack([np.arange(10.0), np.zeros(10)], axis=1)
    assert neighbours_kept(places, cells) == (8 * 2 + 2 * 1) / 80
    # Fewer than 8 others: all of them count.
    assert neighbours_kept(places[:3], cells[:3]) == (1 + 2 + 1) / 6
    assert neighbours_kept(places[:1], cells[:1]) == 1


def test_points_in_one_place_are_not_their_own_neighbours():
    assert neighbours_kept(np.zeros((9, 2)), cells_of(9, 1)) <= 16 / 72
    assert neighbours_kept(np.zeros((9, 2)), cells_of(3, 3)) == (4 * 3 + 4 * 5 + 8) / 72


@pytest.mark.parametrize("count", [10, 12, 40])
def test_more_points_in_one_place_than_a_cell_has_neighbours(count):
    # Two heaps: the nearest 8 of each point are of its own, whichever they are, and never itself.
    places = np.repeat([[0.0, 0.0], [50.0, 50.0]], count, axis=0)
    together = np.repeat([[0, 0], [9, 9]], count, axis=0)
    assert neighbours_kept(places, together) == 1
    spread = together.copy()
    spread[count:, 0] += 2 * np.arange(count)  # no two of the second heap are in cells that touch
    assert neighbours_kept(places, spread) == 0.5


@pytest.mark.parametrize(("width", "height"), [(4, 4), (5, 3), (12, 1)])
def test_dpq_is_as_defined(width, height):
    rng = np.random.default_rng(width)
    places = rng.random((width * height, 2)) * 5
    for cells in itertools.islice((rng.permutation(cells_of(width, height)) for _ in itertools.count()), 3):
        assert distance_preservation(places, cells) == pytest.approx(slow_dpq(places, cells), abs=1e-9)


def test_dpq_tells_good_from_bad_and_keeps_to_its_range():
    cells = cells_of(20, 20)
    rng = np.random.default_rng(0)
    good = distance_preservation(cells + rng.normal(0, 0.5, (400, 2)), cells)
    bad = distance_preservation(rng.permutation(cells).astype(float), cells)
    assert 0 <= bad < 0.5
    assert 0.9 < good <= 1


def test_dpq_of_a_sample_is_near_that_of_all_and_always_the_same():
    cells = cells_of(30, 30)
    places = cells + np.random.default_rng(0).normal(0, 2, (900, 2))
    whole = distance_preservation(places, cells)
    sampled = [distance_preservation(places, cells, most=900 * 200) for _ in range(2)]
    assert sampled[0] == sampled[1] != whole
    assert sampled[0] == pytest.approx(whole, abs=0.03)


@pytest.mark.parametrize("places", [np.zeros((1, 2)), np.array([[0, 0], [5, 5.0]]), np.ones((6, 2))])
def test_dpq_where_there_is_nothing_to_preserve(places):
    assert distance_preservation(places, cells_of(len(places), 1)) == 1


@each(("most", "size"), [(99, 9), (30, 3), (29, 2), (19, 1), (10, 1), (1, 1)])
def test_a_sample_has_as_many_points_as_allowed_and_at_least_one(most, size):
    rng = np.random.default_rng(3)
    places, cells = rng.random((10, 2)) * 5, cells_of(5, 2)
    found = distance_preservation(places, cells, most)
    each = (slow_dpq(places, cells, some) for some in itertools.combinations(range(10), size))
    assert min(abs(found - one) for one in each) < 1e-9


def test_all_distances_are_taken_up_to_the_limit():
    places, cells = np.random.default_rng(4).random((10, 2)), cells_of(2, 5)
    assert distance_preservation(places, cells, 100) == distance_preservation(places, cells)


def test_above_2896_points_are_a_sample(monkeypatch):
    def asked(seed):
        raise KeyError(seed)

    monkeypatch.setattr(np.random, "default_rng", asked)
    with pytest.raises(KeyError):
        quality(np.zeros((2897, 2)), np.zeros((2897, 2), int))


@each(("chunk", "blocks"), [(36, [3, 3, 3, 3]), (35, [2] * 6), (60, [5, 5, 2]), (1, [1] * 12)])
def test_distances_are_computed_block_by_block(monkeypatch, chunk, blocks):
    places, cells = np.random.default_rng(5).random((12, 2)), cells_of(4, 3)
    whole, seen, of = distance_preservation(places, cells), [], np.cumsum
    monkeypatch.setattr(grid_quality, "CHUNK", chunk)
    monkeypatch.setattr(np, "cumsum", lambda values, axis: (seen.append(len(values)), of(values, axis=axis))[1])
    assert distance_preservation(places, cells) == pytest.approx(whole, rel=1e-12)
    assert seen[::2] == seen[1::2] == blocks
