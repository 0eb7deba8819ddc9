"""Points halved again and again: down to the cells of a grid, or to groups of near ones.

All parts are halved together, by one sort: a million points take three seconds, and compiled code, which is twice as
fast, would take as long to compile.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def bisect(places: Floats, width: int, height: int) -> Integers:
    """Return cells for all points: halve the grid along its longer side, and the points with it, down to one cell.

    places: float64, shape (n, 2), in cells; the result, int64, shape (n,), is the cell y * width + x of each point.
    Points at the same coordinate stay in the order of an earlier cut, at first that of the rows.
    """
    order = np.arange(len(places))
    x, y, across, up = (np.array([n]) for n in (0, 0, width, height))
    while (across * up).max() > 1:
        wide = across >= up
        order = _sorted_within(order, across * up, places, wide)
        left, top = np.where(wide, across // 2, across), np.where(wide, up, up // 2)
        x, y = _pairs(x, x + np.where(wide, left, 0)), _pairs(y, y + np.where(wide, 0, top))
        across = _pairs(left, np.where(wide, across - left, across))
        up = _pairs(top, np.where(wide, up, up - top))
        kept = across * up > 0  # single cells have an empty half
        x, y, across, up = x[kept], y[kept], across[kept], up[kept]
    cells = np.empty(len(places), np.int64)
    cells[order] = y * width + x
    return cells


def groups_of(places: Floats, count: int) -> Integers:
    """Return the group of each point, of `count` groups of near ones: int64, shape (n,); sizes differ by one or two.

    The points are halved across the longer extent of their places, and so on; `count` is n at most.
    """
    order = np.arange(len(places))
    sizes, segments = np.array([len(places)]), np.array([count])
    while segments.max() > 1:
        starts, mine = np.cumsum(sizes) - sizes, places[order]
        across, up = (np.maximum.reduceat(mine, starts) - np.minimum.reduceat(mine, starts)).T
        order = _sorted_within(order, sizes, places, across >= up)
        half = segments // 2
        first = sizes * half // segments
        sizes, segments = _pairs(first, sizes - first), _pairs(half, segments - half)
        sizes, segments = sizes[segments > 0], segments[segments > 0]
    groups = np.empty(len(places), np.int64)
    groups[order] = np.repeat(np.arange(count), sizes)
    return groups


def _sorted_within(order: Integers, sizes: Integers, places: Floats, wide: npt.NDArray[np.bool_]) -> Integers:
    """Return points sorted within parts of these sizes: by their first coordinate where `wide`, or by the second."""
    part = np.repeat(np.arange(len(sizes)), sizes)
    return order[np.lexsort((places[order, np.where(wide, 0, 1)[part]], part))]


def _pairs(first: Integers, second: Integers) -> Integers:
    return np.stack([first, second], axis=1).ravel()
