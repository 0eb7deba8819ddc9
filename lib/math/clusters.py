"""Clusters of points: by density (HDBSCAN) or a given number of them (k-means), numbered by their sizes."""

from __future__ import annotations

import numpy as np

# The smallest cluster; of many points this share.
FEWEST, SHARE = 5, 1 / 100
# If the most stable of the clusters holds more than this share of all, as with sounds that merge into each other, the
# leaves of the hierarchy are taken.
MOST_OF_ALL = 2 / 3
SEED, STARTS = 1, 10
# The number of points in no cluster.
NO_CLUSTER = 0


def clusters(points: np.ndarray, count: int = -1) -> np.ndarray:
    """Return the cluster of each point: int64, shape (n,), from 1, the largest, on; NO_CLUSTER for those in none.

    points: float, shape (n, features), finite; count: k-means with this many clusters, or with one for each different
    point, if these are fewer; -1: HDBSCAN, which finds their number, and leaves out points between them. Of equally
    large clusters the one whose first point comes first has the lower number. The same on every run.
    Source: Campello, Moulavi & Sander, "Density-based clustering based on hierarchical density estimates", 2013.
    """
    from threadpoolctl import threadpool_limits

    points = np.ascontiguousarray(points, np.float64)
    if not len(points):
        return np.zeros(0, np.int64)
    if count > 0:
        from sklearn.cluster import KMeans

        most = min(count, len(np.unique(points, axis=0)))
        with threadpool_limits(1):
            found = KMeans(most, n_init=STARTS, random_state=SEED).fit_predict(points)
    elif len(points) < 2 * FEWEST:
        found = np.full(len(points), -1)
    else:
        from sklearn.cluster import HDBSCAN

        fewest = max(FEWEST, round(SHARE * len(points)))
        with threadpool_limits(1):
            found = HDBSCAN(min_cluster_size=fewest, copy=True, n_jobs=1).fit_predict(points)
            if numbered(found).tolist().count(1) > MOST_OF_ALL * len(points):
                leaves = HDBSCAN(min_cluster_size=fewest, cluster_selection_method="leaf", copy=True, n_jobs=1)
                found = leaves.fit_predict(points)
    return numbered(found)


def numbered(labels: np.ndarray) -> np.ndarray:
    """Return labels (int, shape (n,), negative: none) as numbers from 1 in the order of size, then of appearance."""
    names, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    out = np.full(len(labels), NO_CLUSTER, np.int64)
    order = [n for n in np.lexsort((first, -sizes)) if names[n] >= 0]
    for number, n in enumerate(order, 1):
        out[labels == names[n]] = number
    return out


def medoid(points: np.ndarray) -> int:
    """Return the index of the point, of float (n, features), nearest to their mean: the first of equals."""
    return int(np.square(points - points.mean(axis=0)).sum(axis=1).argmin())
