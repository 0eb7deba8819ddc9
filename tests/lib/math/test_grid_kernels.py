"""The compiled parts of a grid's layout, beside plain loops and exact small numbers."""

import itertools

import numpy as np
import pytest

from lib.math.bisection import bisect, groups_of
from lib.math.grid_kernels import better_cells, candidates, less_prices, settle_prices, swap
from tests.support.each import each

SHAPES = [(1, 1), (1, 5), (6, 1), (2, 3), (3, 2), (4, 7), (7, 4), (5, 5)]


def whole_places(count, seed, most=5):
    """Return random points with whole coordinates: many are equal, and sums are exact."""
    return np.random.default_rng(seed).integers(0, most, (count, 2)).astype(float)


def halved(places, mine, x, y, width, height):
    """Return the cell of each point by the definition: sort along the longer side, halve, and so on."""
    if width * height == 1:
        return {mine[0]: (x, y)}
    if width >= height:
        mine = sorted(mine, key=lambda n: places[n][0])
        half = width // 2
        left, right = mine[: half * height], mine[half * height :]
        return halved(places, left, x, y, half, height) | halved(places, right, x + half, y, width - half, height)
    mine = sorted(mine, key=lambda n: places[n][1])
    half = height // 2
    upper, lower = mine[: half * width], mine[half * width :]
    return halved(places, upper, x, y, width, half) | halved(places, lower, x, y + half, width, height - half)


@each(("width", "height"), SHAPES)
def test_bisection_is_that_of_the_definition(width, height):
    for seed in range(5):
        places = whole_places(width * height, seed)
        wanted = halved(places, range(width * height), 0, 0, width, height)
        cells = [y * width + x for x, y in (wanted[n] for n in range(width * height))]
        assert bisect(places, width, height).tolist() == cells


def grouped(places, mine, segments):
    """Return lists of points by the definition: halve across the longer extent, with as many points per group."""
    if segments == 1:
        return [mine]
    extents = [max(places[n][k] for n in mine) - min(places[n][k] for n in mine) for k in (0, 1)]
    axis = 0 if extents[0] >= extents[1] else 1
    mine = sorted(mine, key=lambda n: places[n][axis])
    half = segments // 2
    middle = len(mine) * half // segments
    return grouped(places, mine[:middle], half) + grouped(places, mine[middle:], segments - half)


@each("count", [1, 2, 3, 10, 31])
def test_groups_are_those_of_the_definition(count):
    for seed, segments in itertools.product(range(4), {1, 2, count // 3, count - 1, count} - {0}):
        if segments <= count:
            places = whole_places(count, seed, 9) * [1, 1 + seed % 2]
            wanted = grouped(places, list(range(count)), segments)
            found = groups_of(places, segments).tolist()
            assert [sorted(np.flatnonzero(np.equal(found, n))) for n in range(segments)] == list(map(sorted, wanted))


def cost(places, cells, width):
    return sum((p[0] - c % width) ** 2 + (p[1] - c // width) ** 2 for p, c in zip(places.tolist(), cells.tolist()))


def exchanges(cells, width, reach):
    """Yield the layouts with two points exchanged, whose cells are up to `reach` columns and rows apart."""
    for a, b in itertools.combinations(range(len(cells)), 2):
        one, two = int(cells[a]), int(cells[b])
        if max(abs(one % width - two % width), abs(one // width - two // width)) <= reach:
            other = cells.copy()
            other[[a, b]] = other[[b, a]]
            yield other


@each(("width", "height"), SHAPES)
@each("reach", [1, 2, 3])
def test_no_exchange_within_reach_lowers_the_cost_after_swaps(width, height, reach):
    rng = np.random.default_rng(reach)
    for seed in range(2):
        places, cells = whole_places(width * height, seed, 8), rng.permutation(width * height)
        before = cost(places, cells, width)
        swap(places, cells, width, height, reach)
        after = cost(places, cells, width)
        assert sorted(cells.tolist()) == list(range(width * height))
        assert after <= before
        assert all(cost(places, other, width) >= after for other in exchanges(cells, width, reach))


def test_swaps_change_nothing_without_a_gain_or_a_reach():
    places, cells = whole_places(12, 1), np.random.default_rng(1).permutation(12)
    before = cells.copy()
    swap(places, cells, 4, 3, 0)
    assert cells.tolist() == before.tolist()
    for width, height in [(3, 1), (1, 3), (3, 2)]:
        cells = np.arange(width * height)[::-1].copy()
        swap(np.ones((width * height, 2)), cells, width, height, 2)
        assert cells.tolist() == list(range(width * height))[::-1]


@each(("width", "height"), [(1, 1), (5, 1), (1, 5), (4, 7), (8, 3)])
@each("reach", [1, 2, 3])
def test_candidates_are_all_within_reach_and_the_extra_one(width, height, reach):
    count = width * height
    rng = np.random.default_rng(count + reach)
    places, cells, extra = whole_places(count, reach), rng.permutation(count), rng.integers(-1, count, count)
    starts, columns, costs = candidates(places, cells, width, height, reach, extra)
    assert (starts.dtype, columns.dtype, costs.dtype) == (np.int32, np.int32, np.float64)
    assert (starts[0], starts[-1]) == (0, len(columns))
    assert len(columns) == len(costs)
    for point, cell in enumerate(cells.tolist()):
        x, y = cell % width, cell // width
        near = {c for c in range(count) if max(abs(c % width - x), abs(c // width - y)) <= reach}
        wanted = sorted(near | ({int(extra[point])} - {-1}))
        mine = slice(starts[point], starts[point + 1])
        assert columns[mine].tolist() == wanted
        px, py = places[point]
        assert costs[mine].tolist() == [(px - c % width) ** 2 + (py - c // width) ** 2 for c in wanted]


def sparse(costs):
    """Return the compressed rows of a matrix whose missing entries are NaN."""
    rows = [[(column, cost) for column, cost in enumerate(row) if not np.isnan(cost)] for row in costs]
    starts = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    columns = np.array([column for row in rows for column, _ in row], np.int32)
    return starts, columns, np.array([cost for row in rows for _, cost in row], np.float64)


def some_costs(count, seed):
    """Return a matrix of whole costs, one of three missing, none on the diagonal, which is lowest in total."""
    rng = np.random.default_rng(seed)
    potential = rng.integers(0, 9, count)
    # Shifts of whole columns and rows change no optimum: the diagonal is 0 before them, and the rest is more.
    costs = rng.integers(0, 7, (count, count)).astype(float)
    costs[rng.random((count, count)) < 0.3] = np.nan
    np.fill_diagonal(costs, 0)
    return costs + potential - potential[::-1][:, None] + 5


@each("count", [1, 2, 5, 12])
def test_costs_less_prices_have_a_lowest_of_0_for_each_point(count):
    for seed in range(3):
        costs = some_costs(count, seed)
        prices = np.random.default_rng(seed).integers(-5, 6, count).astype(float)
        reduced = less_prices(*sparse(costs), prices)
        wanted = costs - prices
        wanted -= np.nanmin(wanted, axis=1, keepdims=True)
        assert reduced.tolist() == wanted[~np.isnan(costs)].tolist()


def shortest(costs, cells, prices):
    """Return the settled prices by shortest paths over all cells (Floyd and Warshall)."""
    count = len(costs)
    far = np.full((count, count), np.inf)
    for point, cell in enumerate(cells):
        far[cell] = np.nan_to_num(costs[point] - costs[point][cell], nan=np.inf)
    for middle, one, two in itertools.product(range(count), repeat=3):
        far[one, two] = min(far[one, two], far[one, middle] + far[middle, two])
    return [min(prices[one] + far[one, two] for one in range(count)) for two in range(count)]


@each("count", [1, 2, 5, 12])
def test_settled_prices_are_those_of_the_shortest_paths(count):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        order = rng.permutation(count)
        costs = some_costs(count, seed)[order]  # point n belongs in cell order[n]
        prices = rng.integers(-9, 10, count).astype(float)
        wanted = shortest(costs, order, prices)
        settle_prices(order, *sparse(costs), prices, 0.0, 1000)
        assert prices.tolist() == wanted


def chain(count, step):
    """Return costs of 0 for own cells, and of 1 from each cell to the next by `step`."""
    costs = np.full((count, count), np.nan)
    np.fill_diagonal(costs, 0)
    for cell in range(count):
        if 0 <= cell + step < count:
            costs[cell, cell + step] = 1
    return sparse(costs)


@each(("step", "most", "settled"), [(1, 0, 0), (1, 1, 5), (-1, 1, 1), (-1, 2, 5), (1, 2, 5)])
def test_passes_over_the_prices_go_forwards_and_backwards(step, most, settled):
    prices = np.full(6, 100.0)
    first = 0 if step > 0 else 5
    prices[first] = 0
    settle_prices(np.arange(6), *chain(6, step), prices, 0.0, most)
    along = prices[::step].tolist()
    assert along == [*map(float, range(settled + 1)), *[100.0] * (5 - settled)]


@pytest.mark.parametrize(("slack", "lowered"), [(2.0, False), (1.75, True), (2.25, False)])
def test_prices_within_the_slack_are_settled(slack, lowered):
    prices = np.array([0.0, 3.0])
    settle_prices(np.arange(2), *chain(2, 1), prices, slack, 10)  # 3 is 2 more than 0 + 1
    assert prices.tolist() == [0, 1 if lowered else 3]


@each(("width", "height"), SHAPES)
@each("dear", [0, 3, 60])
def test_better_cells_are_the_lowest_of_all(width, height, dear):
    count = width * height
    for seed in range(3):
        rng = np.random.default_rng(seed)
        places, cells = whole_places(count, seed, 8), rng.permutation(count)
        prices = rng.integers(0, dear + 1, count).astype(float)
        slack = float(seed)  # 0: any lower one; 1 and 2: by more than that
        found, gap = better_cells(places, cells, prices, width, height, slack)
        wanted, sum_of_gaps = [], 0.0
        for (px, py), cell in zip(places.tolist(), cells.tolist(), strict=True):
            values = [(px - c % width) ** 2 + (py - c // width) ** 2 - prices[c] for c in range(count)]
            lowest = min(values)
            better = lowest < values[cell] - slack
            wanted.append(values.index(lowest) if better else -1)
            sum_of_gaps += values[cell] - lowest if better else 0
        assert found.tolist() == wanted
        assert gap == sum_of_gaps
