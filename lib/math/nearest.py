"""The nearest of many points, found exactly, in the same order on every machine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

# Queries answered at a time.
BATCH = 256
# Further neighbours compared with the last ones: the search rounds differently from the result.
MARGIN = 8
# Decimals of squared distances: points that differ by less are equally far, and the row decides.
DECIMALS = 9


def squared(points: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Return the squared distance of each point, float64 of shape (n, size), from a query (size,), rounded."""
    return np.square(points - query).sum(axis=1).round(DECIMALS)


def nearest(points: np.ndarray, queries: np.ndarray, count: int, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the `count` nearest points of each query, the nearest first: rows and squared distances.

    points: float64, shape (n, size), n >= count >= 1; queries: float64, shape (m, size); both results (m, count). All
    points are compared (scikit-learn, brute force: with some dozens of dimensions a tree is no faster). Of equally far
    points the first comes first. threads: queries at a time; the result does not depend on it.
    """
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    more = min(count + MARGIN, len(points))
    with threadpool_limits(1):
        search = NearestNeighbors(n_neighbors=more, algorithm="brute").fit(points)

    def answered(first: int) -> tuple[np.ndarray, np.ndarray]:
        batch = queries[first : first + BATCH]
        with threadpool_limits(1):  # of this thread
            found = search.kneighbors(batch, return_distance=False)
        rows, distances = np.empty((len(batch), count), np.int64), np.empty((len(batch), count))
        for n, query in enumerate(batch):
            apart = squared(points[found[n]], query)
            order = np.lexsort((found[n], apart))[:count]
            rows[n], distances[n] = found[n][order], apart[order]
        return rows, distances

    if not len(queries):
        return np.zeros((0, count), np.int64), np.zeros((0, count))
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        parts = list(pool.map(answered, range(0, len(queries), BATCH)))
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([apart for _, apart in parts])
