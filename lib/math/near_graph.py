"""The nearest neighbours of each of very many points, among those of the regions around it: almost all are found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# Points of a region on average, and the steps that move its centre into the middle of its points.
REGION, ROUNDS = 100, 2
# A point is compared with all of the nearest regions that together hold this many points, or more.
COMPARED = 8_000
# Distances held at a time by each thread (16 MB).
HELD = 1 << 21
SEED = 1


def near_graph(points: np.ndarray, count: int, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances and indices of the `count` nearest others of each point, the nearest first: (n, count).

    points: float64, shape (n, size), n > count; threads: regions at a time; the result does not depend on it. The time
    grows with n, that of comparing all with its square. Up to COMPARED points the result is exact.
    """
    regions = _regions(points)
    centres = np.array([points[region].mean(axis=0) for region in regions])
    sizes = np.array([len(region) for region in regions])
    enough = max(COMPARED, count + 1)
    distances, indices = np.empty((len(points), count)), np.empty((len(points), count), np.int64)
    lengths = np.square(points).sum(axis=1)

    def fill(number: int) -> None:
        order = np.argsort(_apart(centres[number : number + 1], centres)[0], kind="stable")
        used = order[: int(np.searchsorted(np.cumsum(sizes[order]), enough)) + 1]
        others = np.sort(np.concatenate([regions[other] for other in used]))
        among, region = points[others], regions[number]
        step = max(HELD // len(others), 1)
        for rows in (region[first : first + step] for first in range(0, len(region), step)):
            apart = lengths[others] - 2 * (points[rows] @ among.T)  # and a constant of each row
            apart[np.arange(len(rows)), np.searchsorted(others, rows)] = np.inf
            found = others[np.argpartition(apart, count - 1, axis=1)[:, :count]]
            found.sort(axis=1)
            exact = np.array([np.sqrt(np.square(points[near] - points[row]).sum(axis=1))
                              for row, near in zip(rows, found)])  # fmt: skip
            nearest = np.argsort(exact, axis=1, kind="stable")
            indices[rows] = np.take_along_axis(found, nearest, axis=1)
            distances[rows] = np.take_along_axis(exact, nearest, axis=1)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(len(regions))))
    return distances, indices


def _apart(some: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the squared distances of points from centres, but for a constant of each point."""
    return np.square(centres).sum(axis=1) - 2 * some @ centres.T


def _regions(points: np.ndarray) -> list[np.ndarray]:
    """Return the points (indices, ascending) that are nearest to each of some centres; none is empty.

    Source: S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28 (1982).
    """
    count = max(len(points) // REGION, 1)
    centres = points[np.sort(np.random.default_rng(SEED).choice(len(points), count, replace=False))]
    for _ in range(ROUNDS):
        centres = np.array([points[region].mean(axis=0) for region in _nearest(points, centres)])
    return list(_nearest(points, centres))


def _nearest(points: np.ndarray, centres: np.ndarray) -> Iterator[np.ndarray]:
    step = max(HELD // len(centres), 1)
    own = np.concatenate([_apart(points[n : n + step], centres).argmin(axis=1) for n in range(0, len(points), step)])
    order = np.argsort(own, kind="stable")
    ends = np.searchsorted(own[order], np.arange(1, len(centres)))
    return (region for region in np.split(order, ends) if len(region))
