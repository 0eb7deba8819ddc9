"""Layouts: the optimum (by another solver), every shape, points in one place, and what cannot be laid out."""

import itertools
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from lib.errors import MediaError
from lib.math import grid
from lib.math.bisection import bisect, groups_of
from lib.math.grid import CLOSE_ENOUGH, lay_out, rank_places, work
from lib.math.grid_kernels import better_cells, candidates, settle_prices, swap
from tests.support.each import each

SHAPES = [(1, 1), (1, 7), (9, 1), (2, 3), (5, 5), (2, 40), (31, 3)]


def cloud(count, seed=0):
    """Clusters of different sizes, as maps have them."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 12, count)
    spread = rng.uniform(0.3, 3, (12, 1))[kind]
    return rng.normal(0, 10, (12, 2))[kind] + spread * rng.standard_normal((count, 2))


def cost(layout):
    """The mean squared distance between places and cells, in the plainest way."""
    return float(np.mean([(p[0] - c[0]) ** 2 + (p[1] - c[1]) ** 2 for p, c in zip(layout.places, layout.cells)]))


def best(places, width, height):
    """What the best layout costs, by SciPy's solver over all pairs."""
    cells = np.array([(x, y) for y in range(height) for x in range(width)])
    costs = ((places[:, None] - cells) ** 2).sum(axis=2)
    return costs[linear_sum_assignment(costs)].mean()


def assert_full(layout, width, height):
    assert sorted(map(tuple, layout.cells.tolist())) == list(itertools.product(range(width), range(height)))


@pytest.mark.slow
def test_four_corners_go_to_the_four_cells():
    # The first coordinate runs along the columns, the second down the rows.
    layout = lay_out(np.array([[9, 9], [1, 1], [9, 1], [1, 9.0]]), 2, 2)
    assert layout.cells.tolist() == [[1, 1], [0, 0], [1, 0], [0, 1]]
    assert layout.above == 0


def test_places_are_ranks_spread_over_the_grid():
    places = rank_places(np.array([[5, 1], [-3, 1], [100, 1], [7, 1.0]]), 8, 2)
    # Four ranks over eight columns: two columns each, so their middles; equal ones share the middle of all.
    assert places.tolist() == [[2.5, 0.5], [0.5, 0.5], [6.5, 0.5], [4.5, 0.5]]


@pytest.mark.parametrize("kinds", [1, 2, 9, 10**9])
def test_ranks_are_those_of_scipy(kinds):
    for count in (0, 1, 2, 7, 100):
        values = np.random.default_rng(count).integers(-kinds, kinds, count) / -7  # -0.0 and 0.0 are equal
        assert np.array_equal(grid._ranks(values), rankdata(values))


@each("method", ["auto", "optimal", "fast"])
@each(("width", "height"), SHAPES)
def test_every_shape_is_filled_at_the_lowest_cost(width, height, method):
    layout = lay_out(cloud(width * height), width, height, method)
    assert_full(layout, width, height)
    assert cost(layout) == pytest.approx(best(layout.places, width, height), abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(33, 32), (41, 26), (2, 600), (1100, 1), (17, 70)])
def test_the_sparse_way_finds_the_optimum_too(width, height):
    assert width * height > grid.DENSE_CELLS
    layout = lay_out(cloud(width * height, 1), width, height, "optimal")
    assert_full(layout, width, height)
    assert cost(layout) == pytest.approx(best(layout.places, width, height), rel=CLOSE_ENOUGH)
    assert layout.above <= CLOSE_ENOUGH


@pytest.mark.slow
@each(
    "points",
    [
        np.ones((484, 2)),
        np.repeat([[0, 0], [1, 1.0]], 242, axis=0),
        np.random.default_rng(0).integers(0, 3, (484, 2)).astype(float),
        np.stack([np.arange(484.0), np.zeros(484)], axis=1),
        np.stack([np.zeros(484), np.arange(484.0)], axis=1),
        np.stack([np.arange(484.0), -np.arange(484.0)], axis=1),
        np.concatenate([np.ones((242, 2)), cloud(242)]),
    ],
    ids=["one place", "two places", "nine places", "across", "down", "diagonal", "half in one place"],
)
def test_points_in_one_place_and_on_a_line(monkeypatch, points):
    monkeypatch.setattr(grid, "DENSE_CELLS", 483)  # SciPy's solver takes a second for a thousand of these
    layout = lay_out(points, 22, 22)
    assert_full(layout, 22, 22)
    assert cost(layout) == pytest.approx(best(layout.places, 22, 22), rel=1e-4)


@pytest.mark.slow
def test_the_bound_is_true_and_fast_is_near():
    optimum = lay_out(cloud(70 * 60), 70, 60, "optimal")
    fast = lay_out(cloud(70 * 60), 70, 60, "fast")
    assert_full(fast, 70, 60)
    assert np.isnan(fast.above)
    assert cost(optimum) < cost(fast) < 1.02 * cost(optimum)


@pytest.mark.slow
def test_large_grids_are_optimal_only_as_far_as_auto_goes(monkeypatch):
    points = cloud(1600)
    monkeypatch.setattr(grid, "AUTO_CELLS", 1599)
    assert np.isnan(lay_out(points, 40, 40).above)
    monkeypatch.setattr(grid, "AUTO_CELLS", 1600)
    assert lay_out(points, 40, 40).above <= CLOSE_ENOUGH


@pytest.mark.slow
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_any_small_cloud(width, height, seed, values):
    points = np.random.default_rng(seed).integers(0, values, (width * height, 2)).astype(float)
    layout = lay_out(points, width, height)
    assert_full(layout, width, height)
    assert cost(layout) == pytest.approx(best(layout.places, width, height), abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["optimal", "fast"])
@pytest.mark.parametrize(("scale", "offset"), [(1e-6, 0), (1e6, 0), (1, -1000), (1e6, 1e9), (1e-6, 3)])
def test_scale_and_offset_do_not_matter(method, scale, offset):
    points = cloud(1156).round(5)
    cells = lay_out(points, 34, 34, method).cells
    assert (lay_out(points * scale + offset, 34, 34, method).cells == cells).all()
    assert (lay_out(points * [scale, 1], 34, 34, method).cells == cells).all()


def test_the_same_points_give_the_same_layout():
    first, second = (lay_out(cloud(900), 30, 30) for _ in range(2))
    assert (first.cells == second.cells).all()


@pytest.mark.slow
def test_progress_counts_what_is_reported_to_be_the_work():
    told = []
    lay_out(cloud(80 * 60), 80, 60, notify=told.append)
    assert told == [40 * 30 // 2 // 2, 40 * 30, 80 * 60]  # 20x15, 40x30, 80x60
    assert sum(told) == work(80, 60)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_coordinates_other_than_numbers_are_reported_by_row(bad):
    points = cloud(20)
    points[[2, 18], [0, 1]] = bad
    with pytest.raises(MediaError, match=r"lines 4, 20: no finite number"):
        lay_out(points, 4, 5)
    points[:] = bad
    with pytest.raises(MediaError, match=r"lines 2, 3, .*, 11 and 10 more"):
        lay_out(points, 4, 5)


@pytest.mark.parametrize(("points", "said"), [(cloud(5), "5 points do not fill a grid of 2x3"), (cloud(7), "give 6")])
def test_another_number_of_points_is_reported(points, said):
    with pytest.raises(MediaError, match=said):
        lay_out(points, 2, 3)


def test_an_unknown_method_is_reported():
    with pytest.raises(MediaError, match="'best' is not a method"):
        lay_out(cloud(4), 2, 2, "best")


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [lambda n: np.zeros(n, np.int32), lambda n: np.full(n, -1, np.int32), lambda n: np.arange(n, dtype=np.int32)],
    ids=["one cell", "infeasible", "worse"],
)
def test_a_solver_that_fails_leaves_the_layout_it_was_given(monkeypatch, broken):
    points = cloud(1600)
    fast = lay_out(points, 40, 40, "fast")
    monkeypatch.setattr(grid, "lap", SimpleNamespace(lapmod=lambda n, *_, **__: (broken(n), None)))
    layout = lay_out(points, 40, 40, "optimal")
    assert_full(layout, 40, 40)
    assert cost(layout) <= 1.05 * cost(fast)
    assert layout.above == np.inf


def test_bisection_halves_the_longer_side():
    # Along the columns first: 0 and 1 to the left half, then by rows.
    places = np.array([[0, 5], [1, 0], [6, 9], [7, 1], [8, 5], [9, 0.0]])
    assert bisect(places, 3, 2).tolist() == [3, 0, 4, 1, 5, 2]


def test_swaps_lower_the_cost_until_no_pair_can():
    places = rank_places(cloud(100), 10, 10)
    cells = np.random.default_rng(1).permutation(100)
    before = grid.displacement(places, cells, 10)
    swap(places, cells, 10, 10, 9)
    assert sorted(cells.tolist()) == list(range(100))
    after = grid.displacement(places, cells, 10)
    assert after < before
    for a, b in itertools.combinations(range(100), 2):
        other = cells.copy()
        other[[a, b]] = other[[b, a]]
        assert grid.displacement(places, other, 10) >= after - 1e-12


@each(("count", "segments"), [(10, 10), (10, 1), (100, 7), (65, 17)])
def test_groups_are_of_nearly_one_size_and_near(count, segments):
    groups = groups_of(cloud(count), segments)
    sizes = np.bincount(groups)
    assert len(sizes) == segments
    assert sizes.min() >= 1
    assert sizes.max() - sizes.min() <= 2


def test_groups_of_two_clusters_are_the_clusters():
    points = np.array([[0, 0], [100, 0], [1, 0], [101, 0], [0, 1], [100, 1.0]])
    assert groups_of(points, 2).tolist() == [0, 1, 0, 1, 0, 1]


def test_candidates_are_the_cells_around_and_one_more():
    places = np.array([[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2.5, 1]])
    extra = np.array([5, -1, 0, 4, -1, 3])
    starts, columns, costs = candidates(places, np.arange(6), 3, 2, 1, extra)
    rows = [columns[a:b].tolist() for a, b in itertools.pairwise(starts)]
    assert rows == [[0, 1, 3, 4, 5], [0, 1, 2, 3, 4, 5], [0, 1, 2, 4, 5], [0, 1, 3, 4], [0, 1, 2, 3, 4, 5],
                    [1, 2, 3, 4, 5]]  # fmt: skip
    assert costs[starts[5] : starts[6]].tolist() == [3.25, 1.25, 6.25, 2.25, 0.25]


def test_prices_prove_an_optimum_and_find_what_is_better():
    places = rank_places(cloud(60), 10, 6)
    cells = np.array(linear_sum_assignment(((places[:, None] - [(c % 10, c // 10) for c in range(60)]) ** 2).sum(2))[1])
    nothing = np.full(60, -1)
    prices = np.zeros(60)
    settle_prices(cells, *candidates(places, cells, 10, 6, 10, nothing), prices, 1e-12, 1000)
    found, gap = better_cells(places, cells, prices, 10, 6, 1e-9)
    assert (found == -1).all()
    assert gap == 0
    # Two points exchanged: some point would rather be elsewhere, and the bound lies below the optimum.
    optimum = grid.displacement(places, cells, 10)
    cells[[0, 40]] = cells[[40, 0]]
    found, gap = better_cells(places, cells, prices, 10, 6, 1e-9)
    assert (found >= 0).any()
    assert grid.displacement(places, cells, 10) - gap / 60 <= optimum + 1e-9


class Fairy:
    """A stand-in for the package: it sorts by rows, then within each row, of coordinates truncated to integers."""

    def __init__(self, spoil=None):
        self.spoil = spoil
        self.given = None

    def transformPointCloud2D(self, points, target):
        print("the package talks")
        assert np.array([1.5], dtype=np.float) == 1.5  # names that NumPy dropped: the package uses them
        assert np.array([1.5], dtype=np.int) == 1
        self.given = points
        width, height = target
        result = np.empty_like(points)
        order = np.argsort(points[:, 1].astype(int), kind="stable")
        for row in range(height):
            mine = order[row * width : (row + 1) * width]
            mine = mine[np.argsort(points[mine, 0].astype(int), kind="stable")]
            result[mine] = np.stack([np.arange(width), np.full(width, row)], axis=1)
        return (result if self.spoil is None else self.spoil(result)), (width, height)


def test_rasterfairy_gets_integers_and_says_nothing(monkeypatch, capsys):
    fairy = Fairy()
    monkeypatch.setitem(sys.modules, "rasterfairy", fairy)
    points = cloud(35)
    layout = lay_out(points, 7, 5, "rasterfairy")
    assert_full(layout, 7, 5)
    assert np.isnan(layout.above)
    assert (fairy.given == np.round(fairy.given)).all()
    # Ranks, whatever the scale: nothing is lost when coordinates are cut.
    assert sorted(fairy.given[:, 0].tolist()) == [2 * n - 1 for n in range(1, 36)]
    assert (lay_out(points / 1e6, 7, 5, "rasterfairy").cells == layout.cells).all()
    first = points[np.argsort(layout.cells[:, 1] * 7 + layout.cells[:, 0])[:7]]
    assert (np.sort(first[:, 1]) == np.sort(points[:, 1])[:7]).all()
    assert capsys.readouterr().out == ""
    assert not hasattr(np, "float")
    assert not hasattr(np, "int")


def crash(result):
    raise AttributeError("module 'numpy' has no attribute 'float'.\nmore lines")


@each(
    ("spoil", "said"),
    [
        (crash, r"fails here \(AttributeError: module 'numpy' has no attribute 'float'.\): use the method auto"),
        (lambda cells: cells[:-1], "fails here"),
        (lambda cells: cells * 0, "several points one cell"),
        (lambda cells: cells + 1, "several points one cell"),
        (lambda cells: cells + 0.5, "several points one cell"),
        (lambda cells: cells * np.nan, "several points one cell"),
    ],
)
def test_a_broken_rasterfairy_is_reported(monkeypatch, spoil, said):
    monkeypatch.setitem(sys.modules, "rasterfairy", Fairy(spoil))
    with pytest.raises(MediaError, match=said) as told:
        lay_out(cloud(12), 4, 3, "rasterfairy")
    assert "\n" not in str(told.value)


def test_a_missing_rasterfairy_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterfairy", None)
    with pytest.raises(MediaError, match="is not installed: use the method auto"):
        lay_out(cloud(12), 4, 3, "rasterfairy")


@pytest.mark.parametrize(("close", "rounds"), [(-1.0, 6), (1e9, 1)])
def test_rounds_end_when_the_cost_is_close_enough_or_there_were_six(monkeypatch, close, rounds):
    asked = []

    def counted(*given):
        asked.append(given[-2])
        return candidates(*given)

    monkeypatch.setattr(grid, "candidates", counted)
    monkeypatch.setattr(grid, "CLOSE_ENOUGH", close)
    places = np.random.default_rng(1).uniform(0, 1, (30, 2)) * (6, 5)
    grid._improve(places, np.arange(30), np.zeros(30), 6, 5)
    assert asked == [3] * rounds


@pytest.mark.parametrize(
    ("width", "height", "levels"), [(32, 32, [1024]), (41, 25, [1025, 21 * 13]), (64, 33, [2112, 32 * 17])]
)
def test_the_work_is_that_of_all_levels_above_1024_cells(width, height, levels):
    assert work(width, height) == sum(levels)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (2, 5)])
def test_small_grids_are_solved_over_all_cells(width, height):
    places = np.random.default_rng(width).integers(0, 4, (width * height, 2)).astype(float)
    cells = grid._all_cells(places, width, height)
    assert sorted(cells.tolist()) == list(range(width * height))
    assert grid.displacement(places, cells, width) == pytest.approx(best(places, width, height))


@each(
    ("cells", "count", "layout"),
    [([1, 0, 2], 3, True), ([0, 1], 3, False), ([0, 1, 2], 2, False), ([0, 1, 3], 3, False), ([0, 1, -1], 3, False),
     ([0, 1, 1], 3, False), ([], 0, True)],
)  # fmt: skip
def test_a_layout_takes_each_cell_once(cells, count, layout):
    assert grid.is_layout(np.array(cells, np.int64), count) is layout


@each(
    ("bad", "said"),
    [
        ([0], "line 2: no"),
        ([0, 3], "lines 2, 5: no"),
        (list(range(10)), "10, 11: no"),
        (list(range(11)), "10, 11 and 1 more: no"),
    ],
)
def test_up_to_ten_lines_are_named(bad, said):
    points = np.zeros((20, 2))
    points[bad, 1] = np.nan
    with pytest.raises(MediaError, match=said):
        grid.check_points(points)
    grid.check_points(np.zeros((20, 2)))


def test_nothing_is_no_grid():
    with pytest.raises(MediaError, match="0 points do not fill a grid of 0x3: give 0"):
        lay_out(np.zeros((0, 2)), 0, 3)


@pytest.mark.parametrize(("method", "most"), [("fast", 4096), ("auto", 65_536), ("optimal", 6)])
def test_methods_are_solved_up_to_their_size(monkeypatch, method, most):
    asked = []

    def solved(places, width, height, limit, notify):
        asked.append(limit)
        return grid._Solution(np.arange(6), np.zeros(6), 0.25)

    monkeypatch.setattr(grid, "_solve", solved)
    layout = lay_out(cloud(6), 3, 2, method)
    assert asked == [most]
    assert layout.cells.tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    assert layout.above == 0.25


@pytest.mark.parametrize(("most", "improved"), [(5, False), (6, True), (7, True)])
def test_a_level_is_improved_up_to_the_limit(monkeypatch, most, improved):
    called = []
    monkeypatch.setattr(grid, "_improve", lambda *words: (called.append(1), grid._Solution(words[1], words[2], 0.5))[1])
    told = []
    found = grid._solve(np.random.default_rng(1).random((6, 2)), 3, 2, most, told.append)
    assert bool(called) is improved
    assert told == [6]
    assert np.isnan(found.above) is not improved


def test_the_excess_is_bounded_by_the_gap(monkeypatch):
    """The cost less the gap is a lower bound of the optimum: of 4 and a gap of 1 the excess is a third at most."""
    places = np.zeros((4, 2))
    monkeypatch.setattr(grid, "MOST_ROUNDS", 1)
    costs = iter([4.0, 4.0, 4.0])
    monkeypatch.setattr(grid, "displacement", lambda *words: next(costs))
    for gap, above in [(4.0, 1 / 3), (0.0, 0.0), (16.0, np.inf), (20.0, np.inf)]:
        costs = iter([4.0, 4.0, 4.0])
        monkeypatch.setattr(grid, "better_cells", lambda *words, gap=gap: (np.full(4, -1), gap))
        assert grid._improve(places, np.arange(4), np.zeros(4), 2, 2).above == pytest.approx(above)


def test_rasterfairy_gets_twice_the_ranks_also_of_equal_points(monkeypatch):
    fairy = Fairy()
    monkeypatch.setitem(sys.modules, "rasterfairy", fairy)
    points = np.array([[1, 5], [1, 6], [2, 7], [3, 8], [3, 9], [3, 10.0]])
    lay_out(points, 3, 2, "rasterfairy")
    # Ranks from 1; equal ones share their mean: 1.5, 1.5, 3, 5, 5, 5. Twice that, less one.
    assert fairy.given[:, 0].tolist() == [2, 2, 5, 9, 9, 9]
    assert fairy.given[:, 1].tolist() == [1, 3, 5, 7, 9, 11]
