"""Points laid out on a grid: one in each cell, near points in near cells.

Axes are normalised by rank, so that points are spread as evenly as cells, and the sum of the squared distances between
points and their cells is minimised: a linear assignment. It is fast because a grid of half the width and height is
solved first, for groups of near points, and gives a nearly right start, together with prices of the cells (dual
variables). Points may then go to near cells only, which is a sparse problem; with prices subtracted from the
costs, lapmod has little left to do. The prices of its solution show the points that prefer another cell of the grid.
These cells are candidates in the next round; without such points, this is the optimum.

Sources: Jonker & Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
Computing 38 (1987), and Volgenant, "Linear and semi-assignment problems: a core oriented approach", Computers &
Operations Research 23 (1996), which lapx implements; weak duality of linear programs for the proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import lap
import numpy as np
from scipy.optimize import linear_sum_assignment

from lib.errors import MediaError
from lib.math.bisection import bisect, groups_of
from lib.math.grid_kernels import better_cells, candidates, less_prices, settle_prices, swap
from lib.math.grid_rasterfairy import rasterfairy_cells

# Largest grid, in cells, that is solved densely, with all cells for all points: a tenth of a second.
DENSE_CELLS = 1024
# Method fast: largest grid, in cells, whose start is solved to its optimum: a tenth of a second.
FAST_CELLS = 4096
# Method auto: largest grid, in cells (256x256), that is solved to its optimum: some six seconds, or half a minute with
# all points on a line. For larger grids only the start is: some 0.03 % above the optimum, in minutes.
AUTO_CELLS = 65_536
# Columns and rows by which a point may move per round: fewer need more rounds, more need longer ones.
REACH = 3
SWAP_REACH = 2
# Rounds end when the cost is proved to be within this fraction of the optimum: after one to three, unless all
# points are on a line.
CLOSE_ENOUGH = 1e-5
MOST_ROUNDS = 6
# Rounding error of a cost, as a fraction of the largest one.
ROUNDING = 1e-12
# Prices settle after some hundreds of passes, most of which are short.
MOST_PASSES = 5000
# The line of a table's first row, as spreadsheets count.
FIRST_LINE = 2
# Bad rows listed in an error.
MOST_NAMED = 10
METHODS = ("auto", "optimal", "fast", "rasterfairy")
Notify = Callable[[int], object]


class Layout(NamedTuple):
    """The positions of points on the grid.

    cells: int64, shape (n, 2): column and row of each point, from 0. places: float64, shape (n, 2): the ideal position
    of each point, in cells. above: upper bound of the excess of the mean squared distance between the two over that of
    the best layout, as a fraction of it; NaN if the method gives none.
    """

    cells: np.ndarray
    places: np.ndarray
    above: float


class _Solution(NamedTuple):
    cells: np.ndarray
    prices: np.ndarray
    above: float


def lay_out(points: np.ndarray, width: int, height: int, method: str = "auto", notify: Notify | None = None) -> Layout:
    """Return the layout of points on a grid of `width` columns and `height` rows.

    points: float, shape (width * height, 2), finite; the first coordinate runs along the columns, the second down the
    rows. Scale and offset do not matter, only the order of coordinates. method: `optimal`: proved to be within
    CLOSE_ENOUGH; `fast`: the start is optimal for groups of points, and improved by exchanging neighbours (some 0.5 %
    above the optimum); `auto`: optimal up to AUTO_CELLS cells, above that like fast, from a start of AUTO_CELLS cells
    at most; `rasterfairy`: uses that package. notify: called with numbers of points as they are placed, `work` in all.

    The same points give the same layout. Raises MediaError if the number of points is not that of the cells, one is
    not finite (rows are counted from 1), the method is unknown, or its package is missing or fails.
    """
    if method not in METHODS:
        raise MediaError(f"{method!r} is not a method: choose one of {', '.join(METHODS)}")
    check_points(points)
    if len(points) != width * height or not len(points):
        raise MediaError(f"{len(points):,} points do not fill a grid of {width}x{height}: give {width * height:,}")
    places = rank_places(points, width, height)
    if method == "rasterfairy":
        cells, above = rasterfairy_cells(places, width, height), math.nan
    else:
        most = {"fast": FAST_CELLS, "auto": AUTO_CELLS}.get(method, len(points))
        cells, _, above = _solve(places, width, height, most, notify or (lambda count: None))
    return Layout(np.stack([cells % width, cells // width], axis=1), places, above)


def work(width: int, height: int) -> int:
    """Return the total number of placed points, on the grid and the coarser ones before it, for a progress bar."""
    count = width * height
    return count + work((width + 1) // 2, (height + 1) // 2) if count > DENSE_CELLS else count


def check_points(points: np.ndarray) -> None:
    """Raise MediaError that names the lines (FIRST_LINE and on) of coordinates that are not finite numbers."""
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1)) + FIRST_LINE
    if len(bad):
        more = f" and {len(bad) - MOST_NAMED:,} more" if len(bad) > MOST_NAMED else ""
        rows = ", ".join(map(str, bad[:MOST_NAMED].tolist())) + more
        raise MediaError(f"line{'s' * (len(bad) > 1)} {rows}: no finite number for a coordinate: remove such rows")


def rank_places(points: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return coordinates by their rank, spread evenly over the grid: float64, shape (n, 2), -0.5 to size - 0.5.

    Equal coordinates share the mean of their ranks: coincident points stay together, and no row has an advantage.
    """
    ranks = np.stack([_ranks(points[:, 0]), _ranks(points[:, 1])], axis=1)
    return np.ascontiguousarray((ranks - 0.5) / max(len(points), 1) * [width, height] - 0.5)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, 1 and up, equal values sharing the mean of theirs: float64, shape (n,).

    (As `scipy.stats.rankdata`, which takes as long to load as a small grid to be laid out.)
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def displacement(places: np.ndarray, cells: np.ndarray, width: int) -> float:
    """Return the mean squared distance between points and their cells (as numbers), in cells^2."""
    return float(((places - np.stack([cells % width, cells // width], axis=1)) ** 2).sum(axis=1).mean())


def _solve(places: np.ndarray, width: int, height: int, most: int, notify: Notify) -> _Solution:
    """Return the solution of one level; levels of more than `most` cells are not solved to their optimum."""
    count = width * height
    if count <= DENSE_CELLS:
        cells = _all_cells(places, width, height)
        prices = np.zeros(count)
    else:
        cells, prices = _from_coarse(places, width, height, most, notify)
    above = math.nan
    if count <= most:
        cells, prices, above = _improve(places, cells, prices, width, height)
    notify(count)
    return _Solution(cells, prices, above)


def _all_cells(places: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the optimum for a small grid."""
    cells = np.arange(width * height)
    across = (places[:, :1] - cells % width) ** 2
    _, best = linear_sum_assignment(across + (places[:, 1:] - cells // width) ** 2)
    return best.astype(np.int64)


def _from_coarse(
    places: np.ndarray, width: int, height: int, most: int, notify: Notify
) -> tuple[np.ndarray, np.ndarray]:
    """Return cells and prices to begin with, from the solution of a grid of half the width and height.

    Its points are groups of near ones. Each point is moved as its group was, and the remaining unevenness is settled by
    bisection and swaps.
    """
    from scipy.ndimage import map_coordinates  # only here: small grids do without

    size = np.array([width, height])
    half = (size + 1) // 2
    across, up = half.tolist()
    groups = groups_of(places, across * up)
    members = np.bincount(groups)
    means = np.stack([np.bincount(groups, places[:, axis]) / members for axis in (0, 1)], axis=1)
    coarse = _solve(np.ascontiguousarray((means + 0.5) * half / size - 0.5), across, up, most, notify)
    moved = (np.stack([coarse.cells % across, coarse.cells // across], axis=1) + 0.5) * size / half - 0.5
    cells = bisect(places + (moved - means)[groups], width, height)
    swap(places, cells, width, height, SWAP_REACH)
    rows, columns = ((np.arange(n) + 0.5) * c / n - 0.5 for n, c in ((height, up), (width, across)))
    grid = np.meshgrid(rows, columns, indexing="ij")
    prices = map_coordinates(coarse.prices.reshape(up, across), grid, order=1, mode="nearest")
    # Costs are squares of distances, which are larger on the finer grid.
    return cells, prices.ravel() * float((size / half).max()) ** 2


def _improve(places: np.ndarray, cells: np.ndarray, prices: np.ndarray, width: int, height: int) -> _Solution:
    """Return the optimum, or the best layout after MOST_ROUNDS."""
    slack = ROUNDING * (width**2 + height**2)
    extra = np.full(len(cells), -1, np.int64)
    above = math.inf
    for _ in range(MOST_ROUNDS):
        starts, columns, costs = candidates(places, cells, width, height, REACH, extra)
        reduced = less_prices(starts, columns, costs, prices)
        found = np.asarray(lap.lapmod(len(cells), reduced, starts, columns, return_cost=False)[0], np.int64)
        before = displacement(places, cells, width)
        if not is_layout(found, len(cells)) or displacement(places, found, width) > before + slack:
            break  # the solver failed: the previous layout stands
        settle_prices(found, starts, columns, costs, prices, slack, MOST_PASSES)
        cells = found
        extra, gap = better_cells(places, cells, prices, width, height, slack)
        cost, gap = displacement(places, cells, width), gap / len(cells)
        above = min(above, gap / (cost - gap) if cost > gap else (math.inf if gap else 0.0))
        if above <= CLOSE_ENOUGH:
            break
    return _Solution(cells, prices, above)


def is_layout(cells: np.ndarray, count: int) -> bool:
    """Return whether each of `count` cells is taken once."""
    return len(cells) == count and bool(((cells >= 0) & (cells < count)).all()) and len(np.unique(cells)) == count
