"""Compiled parts of laying points out on a grid (lib/math/grid.py).

Everywhere: `places` float64, shape (n, 2), in cells, where the cell in column x and row y is the square around (x, y);
`cells` int64, shape (n,), the cell y * width + x of each point; costs are squared distances in cells. Each kernel is
called with one set of types only, so that processes sharing numba's cache do not corrupt it for each other.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Swaps end by themselves, after some dozens of passes; the bound is for points that rounding swaps back and forth.
MOST_PASSES = 200


@njit(cache=True, nogil=True)
def swap(places: np.ndarray, cells: np.ndarray, width: int, height: int, reach: int) -> None:
    """Exchange points whose cells are up to `reach` columns and rows apart, in `cells`, while that lowers the cost."""
    points = np.empty(width * height, np.int64)
    for point in range(len(cells)):
        points[cells[point]] = point
    for _ in range(MOST_PASSES):
        changed = False
        for here in range(width * height):
            x, y = here % width, here // width
            for dy in range(min(reach, height - 1 - y) + 1):
                for dx in range(max(-reach, -x) if dy else 1, min(reach, width - 1 - x) + 1):
                    there = here + dy * width + dx
                    a, b = points[here], points[there]
                    # The cost changes by twice this: the squares cancel.
                    if (places[b, 0] - places[a, 0]) * dx + (places[b, 1] - places[a, 1]) * dy < 0:
                        points[here], points[there] = b, a
                        changed = True
        if not changed:
            break
    for cell in range(width * height):
        cells[points[cell]] = cell


@njit(cache=True, nogil=True)
def candidates(
    places: np.ndarray, cells: np.ndarray, width: int, height: int, reach: int, extra: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cells that each point may go to, and their costs, as compressed sparse rows.

    They are those within `reach` columns and rows of its own, in rising order, and `extra` (int64, shape (n,); -1 for
    none). The result is (starts int32 (n + 1,), columns int32, costs float64), as lapmod requires.
    """
    count = len(cells)
    starts = np.zeros(count + 1, np.int32)
    columns = np.empty(count * ((2 * reach + 1) ** 2 + 1), np.int32)
    costs = np.empty(len(columns))
    filled = 0
    for point in range(count):
        x0, y0 = cells[point] % width, cells[point] // width
        waiting = extra[point]
        for y in range(max(0, y0 - reach), min(height, y0 + reach + 1)):
            for x in range(max(0, x0 - reach), min(width, x0 + reach + 1)):
                cell = y * width + x
                if 0 <= waiting <= cell:
                    if waiting < cell:
                        columns[filled] = waiting
                        filled += 1
                    waiting = -1
                columns[filled] = cell
                filled += 1
        if waiting >= 0:
            columns[filled] = waiting
            filled += 1
        starts[point + 1] = filled
        for entry in range(starts[point], filled):
            x, y = columns[entry] % width, columns[entry] // width
            costs[entry] = (places[point, 0] - x) ** 2 + (places[point, 1] - y) ** 2
    return starts, columns[:filled].copy(), costs[:filled].copy()


@njit(cache=True, nogil=True)
def less_prices(starts: np.ndarray, columns: np.ndarray, costs: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Return the costs less the prices of the cells, and less the lowest of each point, which becomes 0."""
    reduced = np.empty_like(costs)
    for point in range(len(starts) - 1):
        lowest = np.inf
        for entry in range(starts[point], starts[point + 1]):
            reduced[entry] = costs[entry] - prices[columns[entry]]
            lowest = min(lowest, reduced[entry])
        for entry in range(starts[point], starts[point + 1]):
            reduced[entry] -= lowest
    return reduced


@njit(cache=True, nogil=True)
def settle_prices(
    cells: np.ndarray,
    starts: np.ndarray,
    columns: np.ndarray,
    costs: np.ndarray,
    prices: np.ndarray,
    slack: float,
    most: int,
) -> None:
    """Lower `prices` (float64, of each cell) until no point prefers another of its candidates.

    That is possible if `cells` is the cheapest assignment among the candidates: cost less price is then lowest at
    each point's own cell, up to `slack`. Bellman and Ford's shortest paths, from cell to cell, over the cells whose
    price has changed; `most` passes at most.
    """
    points = np.empty(len(cells), np.int64)
    own = np.empty(len(cells))
    for point in range(len(cells)):
        points[cells[point]] = point
        for entry in range(starts[point], starts[point + 1]):
            if columns[entry] == cells[point]:
                own[point] = costs[entry]
    changed = np.ones(len(cells), np.bool_)
    for sweep in range(most):
        quiet = True
        for step in range(len(cells)):
            cell = step if sweep % 2 == 0 else len(cells) - 1 - step
            if not changed[cell]:
                continue
            changed[cell] = False
            point = points[cell]
            base = prices[cell] - own[point]
            for entry in range(starts[point], starts[point + 1]):
                if base + costs[entry] < prices[columns[entry]] - slack:
                    prices[columns[entry]] = base + costs[entry]
                    changed[columns[entry]] = True
                    quiet = False
        if quiet:
            return


# All numbers are finite, so the minimum may be taken over several at a time.
@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def better_cells(
    places: np.ndarray, cells: np.ndarray, prices: np.ndarray, width: int, height: int, slack: float
) -> tuple[np.ndarray, float]:
    """Return for each point the cell of all where cost less price is lowest, -1 if that is its own; and the gap.

    The gap is the sum of these differences. By weak duality no assignment costs less than the present one minus
    the gap: if it is 0, the present one is optimal.
    """
    best = np.full(len(cells), -1, np.int64)
    dearest = np.empty(height)
    for y in range(height):
        dearest[y] = prices[y * width : (y + 1) * width].max()
    gap = 0.0
    for point in range(len(cells)):
        x0, y0 = places[point, 0], places[point, 1]
        cell = cells[point]
        own = (x0 - cell % width) ** 2 + (y0 - cell // width) ** 2 - prices[cell]
        lowest, row = own - slack, -1
        for y in range(height):
            up = (y0 - y) ** 2
            if up - dearest[y] >= lowest:
                continue
            inside = lowest - up
            least = inside
            for x in range(width):
                value = (x0 - x) * (x0 - x) - prices[y * width + x]
                least = value if value < least else least
            if least < inside:
                lowest, row = up + least, y
        if row >= 0:
            gap += own - lowest
            low = np.inf
            for x in range(width):
                value = (x0 - x) * (x0 - x) - prices[row * width + x]
                if value < low:
                    low, best[point] = value, row * width + x
    return best, gap
