"""Quality of a grid: displacement, neighbours, and distance preservation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

# Neighbours of a cell.
NEIGHBOURS = 8
# Barthel et al. found that people's preferences agree best with the 16-norm.
DPQ_NORM = 16
# Distances (from some points to all) examined by DPQ: a second or two. Up to 2,896 points these are all distances.
MOST_DISTANCES = 1 << 23
SEED = 1
# Distances per block, to bound memory.
CHUNK = 1 << 21


class Quality(NamedTuple):
    """Figures of a layout; see the functions of the same names."""

    displacement: float
    neighbours: float
    dpq: float


def quality(places: np.ndarray, cells: np.ndarray) -> Quality:
    """Return all figures of a layout; places: float64, cells: int64, both of shape (n, 2), as in a Layout."""
    displacement = float(((places - cells) ** 2).sum(axis=1).mean())
    return Quality(displacement, neighbours_kept(places, cells), distance_preservation(places, cells))


def neighbours_kept(places: np.ndarray, cells: np.ndarray) -> float:
    """Return the fraction of each point's 8 nearest points (or all others) that lies in the cells around it.

    The mean over all points, 0-1; 1 for a single point. At the edge of the grid fewer than 8 can.
    """
    count = len(places)
    nearest = min(NEIGHBOURS, count - 1)
    if not nearest:
        return 1.0
    _, found = cKDTree(places).query(places, nearest + 1)
    # A point is its own nearest one, but not always the first of several coincident ones.
    others = found != np.arange(count)[:, None]
    others[others.all(axis=1), -1] = False
    mine = found[others].reshape(count, nearest)
    return float((np.abs(cells[mine] - cells[:, None]).max(axis=2) <= 1).mean())


def distance_preservation(places: np.ndarray, cells: np.ndarray, most: int = MOST_DISTANCES) -> float:
    """Return the distance preservation quality DPQ_16 of a layout: at most 1, where all distances are preserved.

    For k = 1 ... n - 1 let D_k be the mean distance of a point's place to those of its k nearest neighbours on the grid
    (equally near ones in the order of their places' distances, as in the authors' program), averaged over all points;
    D'_k the same with the k nearest places, and D the mean of all distances. The gains are max(0, (D - D_k) / D), and
    the quality is the ratio of the gains' 16-norm to that of the gains with D'_k. A random layout has some 0.4, since
    the nearest of its four neighbours comes first. Source: Barthel, Hezel, Jung & Schall, "Improved evaluation and
    generation of grid layouts using distance preservation quality and linear assignment sorting", Computer Graphics
    Forum 42 (2023), arXiv:2205.04255.

    The means are taken over all points if these have at most `most` distances to all others (up to 2,896 points by
    default), else over a seeded random sample of points, each with its distances to all others. With all places the
    same there is nothing to preserve: 1.
    """
    count = len(places)
    chosen = np.arange(count)
    if count * count > most:
        chosen = np.sort(np.random.default_rng(SEED).permutation(count)[: max(1, most // count)])
    on_grid, in_plane = np.zeros(count), np.zeros(count)
    step = max(1, CHUNK // count)
    for first in range(0, len(chosen), step):
        some = chosen[first : first + step]
        distances = np.sqrt(((places[some, None] - places) ** 2).sum(axis=2))
        apart = ((cells[some, None] - cells) ** 2).sum(axis=2)
        # Squared distances of cells are integers: the fraction has room for the order of ties.
        # The point itself, at 0, comes first in both.
        largest = distances.max() * (1 + 1e-9) or 1.0
        keys = np.sort(apart + distances / largest, axis=1)
        on_grid += np.cumsum((keys - np.floor(keys)) * largest, axis=1).sum(axis=0)
        distances.sort(axis=1)
        in_plane += np.cumsum(distances, axis=1).sum(axis=0)
    if not in_plane[-1]:
        return 1.0
    # Means over the neighbours; sums over the points, whose number cancels below.
    sizes = np.arange(1, count)
    means, best = on_grid[1:] / sizes, in_plane[1:] / sizes
    gains, most_gains = (np.maximum(0, 1 - m / best[-1]) for m in (means, best))
    norm, most_norm = (float(np.linalg.norm(g, DPQ_NORM)) for g in (gains, most_gains))
    # Without any possible gain, as with two points, every layout is optimal.
    return norm / most_norm if most_norm > 1e-12 else 1.0
