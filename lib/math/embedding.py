"""Maps of one to three dimensions in which points that were near stay near: t-SNE, by several engines.

Source: van der Maaten & Hinton, "Visualizing data using t-SNE", JMLR 9 (2008). Added here: in one
dimension, where points cannot pass each other, the start is a short path through them rather than their first
principal component; and in one and two dimensions the repulsion is computed on a grid (lib/math/repulsion.py).
"""

from __future__ import annotations

import ctypes
import os
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lib.math.engines import MOST_COMPONENTS, check_engine
from lib.math.near_graph import near_graph
from lib.math.paths import short_path
from lib.math.repulsion import repulsion

PERPLEXITY = 30.0
# With few points, the perplexity is this share of them: with 30, a hundred samples of four instruments merge along a
# line. A handful has this many neighbours, or a third of all.
SHARE_OF_POINTS, FEW_NEIGHBOURS = 1 / 12, 5.0
SEED = 1
# t-SNE needs a neighbour or two to choose among: fewer points are placed along their principal components.
FEWEST_POINTS = 4
# The learning rate is for this many points, and grows with their number: 150 makes it n / exaggeration, which suits a
# handful of points as well as millions. Source: Belkina et al., "Automated optimized parameters for t-SNE", Nature
# Communications 10 (2019).
POINTS_PER_RATE = 150
MOMENTUM = 0.8
# Spread (standard deviation) of a start: tiny, so that points find their clusters; but for a path this fraction of the
# number of points, close enough to the final spread that its order stays.
TINY, PATH_SPREAD = 1e-4, 1 / 8
# Neighbours among which a path is searched.
PATH_NEIGHBOURS = 10
# UMAP's number of neighbours, and the reach of its start: its authors' values.
UMAP_NEIGHBOURS, UMAP_SPAN = 15, 10.0
# Up to this number of points the neighbours of each are searched among all, which takes 40 s for as many in one thread,
# and four times as long for twice as many; Annoy takes 20 s, and twice as long.
MOST_EXACT = 100_000
# Iterations between two reports of progress.
TICK = 50
Notify = Callable[[int], object]
Graph = tuple[np.ndarray, np.ndarray]  # distances and indices of each point's nearest neighbours


class Phase(NamedTuple):
    """A part of the optimisation, and its exaggeration of attractions."""

    iterations: int
    exaggeration: float


# More iterations change little: they keep 0.3 % more neighbours at most.
ALONG_A_LINE = (Phase(250, 2.0), Phase(500, 1.0))
ANYWHERE = (Phase(250, 12.0), Phase(750, 1.0))


def iterations(components: int) -> int:
    """Return the number of iterations of an embedding, for a progress bar."""
    return sum(phase.iterations for phase in (ALONG_A_LINE if components == 1 else ANYWHERE))


def perplexity_of(count: int) -> float:
    """Return the perplexity for this number of points: 30, less for few points, at most a third of the others."""
    return min(PERPLEXITY, max(count * SHARE_OF_POINTS, FEW_NEIGHBOURS), (count - 1) / 3)


def embed(
    points: np.ndarray,
    components: int,
    rate: float = 150.0,
    angle: float = 0.5,
    threads: int = 1,
    engine: str = "auto",
    notify: Notify = lambda done: None,
) -> np.ndarray:
    """Return a map of the points by t-SNE: float64, shape (n, components), the same on every run and with any threads.

    points: float, shape (n, features), finite; components: 1 to 3; rate: learning rate of 150 points, in openTSNE's
    units; angle: Barnes-Hut's, 0 (exact) to 1, for the engines that use it; threads: workers, 1 or more.

    engine: `opentsne`, `sklearn`, `multicore` (Barnes-Hut all three), or `auto`, the fastest: openTSNE with a grid,
    which needs no angle, in one and two dimensions, scikit-learn in three (there it keeps more neighbours); or `umap`,
    another method (McInnes, Healy & Melville, arXiv:1802.03426), for which rate, angle and threads have no meaning.
    notify: called with the number of iterations since its last call; only openTSNE calls it before the end.
    Raises MediaError if the engine is not installed. Identical points may share a place.
    """
    check_engine(engine)
    points = np.ascontiguousarray(points, np.float64)
    count = len(points)
    if count == 0 or (points == points[0]).all():
        return np.zeros((count, components))
    # Threads that busy-wait for each other after each of a thousand steps take twenty times as long when another
    # program needs a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Imported first: limits apply to loaded libraries only.
    import openTSNE  # noqa: F401
    from threadpoolctl import threadpool_limits

    # BLAS sums in another order with other threads; the slow parts do not use it.
    with threadpool_limits(1, "blas"), threadpool_limits(threads, "openmp"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if count < FEWEST_POINTS:
            return _principal(points, components)
        # Other threads choose other neighbours among equally near ones.
        with threadpool_limits(1, "openmp"):
            graph = _neighbours(points, threads)
            start = _along_a_path(points, graph[1]) if components == 1 else _tiny(points, components)
        phases = ALONG_A_LINE if components == 1 else ANYWHERE
        if engine == "umap":
            out = _umap(points, start)
        elif engine == "multicore":
            out = _multicore(points, start, phases, rate, angle)
        elif engine == "sklearn" or (engine == "auto" and components == MOST_COMPONENTS):
            out = _sklearn(graph, start, phases, rate, angle)
        else:
            method = _grid_gradient if engine == "auto" else "bh"
            return _opentsne(graph, start, phases, rate, method, angle, threads, notify)
        notify(iterations(components))
        return out


def _neighbours(points: np.ndarray, threads: int) -> Graph:
    """Return the distances and indices of each point's nearest others: float64 and int, shape (n, k).

    Of very many points almost all are found, else all.
    """
    count = min(int(3 * perplexity_of(len(points)) + 1), len(points) - 1)  # the number that scikit-learn requires
    if len(points) > MOST_EXACT:
        return near_graph(points, count, threads)
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=count).fit(points).kneighbors()


def _principal(points: np.ndarray, components: int) -> np.ndarray:
    """Return the coordinates along the principal components, zeros if there are fewer of them."""
    centred = points - points.mean(axis=0)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    # The sign of a component is arbitrary: its largest part is made positive.
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    along = left * sizes * signs
    out = np.zeros((len(points), components))
    out[:, : min(components, along.shape[1])] = along[:, :components]
    return out


def _tiny(points: np.ndarray, components: int) -> np.ndarray:
    """Return a start: the principal components, tiny, with a little noise so that no two points coincide."""
    out = _principal(points, components)
    out *= TINY / out[:, 0].std()
    return out + np.random.default_rng(SEED).normal(0, TINY / 100, out.shape)


def _along_a_path(points: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """Return a start in one dimension: the distance of each point along a short path, (n, 1)."""
    path = short_path(points, neighbours[:, :PATH_NEIGHBOURS])
    along = np.cumsum(np.linalg.norm(np.diff(points[path], axis=0, prepend=points[path[:1]]), axis=1))
    along = (along - along.mean()) / along.std() * len(points) * PATH_SPREAD
    out = np.empty((len(points), 1))
    out[path, 0] = along
    return out


def _rate(rate: float, phase: Phase, count: int) -> float:
    return rate * count / POINTS_PER_RATE / phase.exaggeration


def _lasting_rate(rate: float, phases: tuple[Phase, ...], count: int) -> float:
    """Return a learning rate for all phases together: with the rate of the first alone, few points hardly move."""
    return max(rate, _rate(rate, phases[0], count))


def _opentsne(
    graph: Graph,
    start: np.ndarray,
    phases: tuple[Phase, ...],
    rate: float,
    method: str | Callable[..., tuple[float, np.ndarray]],
    angle: float,
    threads: int,
    notify: Notify,
) -> np.ndarray:
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    count = len(start)
    index = PrecomputedNeighbors(graph[1], graph[0])
    affinities = PerplexityBasedNN(perplexity=perplexity_of(count), knn_index=index, n_jobs=threads)
    places = TSNEEmbedding(
        start,
        affinities,
        negative_gradient_method=method,
        theta=angle,
        n_jobs=threads,
        random_state=SEED,
        callbacks=lambda iteration, error, embedding: notify(TICK) and None,
        callbacks_every_iters=TICK,
    )
    for phase in phases:
        eta = _rate(rate, phase, count)
        places.optimize(
            phase.iterations, exaggeration=phase.exaggeration, learning_rate=eta, momentum=MOMENTUM, inplace=True
        )
    return np.array(places, np.float64)


def _grid_gradient(
    embedding: np.ndarray, P: Any, dof: float, n_jobs: int, should_eval_error: bool = False, **_: object
) -> tuple[float, np.ndarray]:
    """Return (divergence, gradient) as openTSNE requires, with the repulsion from the grid."""
    from openTSNE import _tsne

    forces, norm = repulsion(np.asarray(embedding))
    gradient = np.ascontiguousarray(forces / -norm)
    attraction = (P.indices, P.indptr, P.data, embedding, embedding, gradient, dof)
    total, divergence = _tsne.estimate_positive_gradient_nn(
        *attraction, num_threads=n_jobs, should_eval_error=should_eval_error
    )
    return divergence + total * np.log(norm) if should_eval_error else 0.0, gradient


def _sklearn(graph: Graph, start: np.ndarray, phases: tuple[Phase, ...], rate: float, angle: float) -> np.ndarray:
    from scipy.sparse import csr_matrix
    from sklearn.manifold import TSNE

    count = len(start)
    # Each point's first neighbour is itself here.
    distances = np.hstack([np.zeros((count, 1)), graph[0]])
    indices = np.hstack([np.arange(count)[:, None], graph[1]])
    ends = np.arange(count + 1) * indices.shape[1]
    # Its gradient is 4 times the others'. The early exaggeration always lasts 250 iterations.
    engine = TSNE(
        n_components=start.shape[1],
        perplexity=perplexity_of(count),
        early_exaggeration=phases[0].exaggeration,
        learning_rate=_lasting_rate(rate, phases, count) / 4,
        max_iter=sum(phase.iterations for phase in phases),
        init=start.astype(np.float32),
        angle=angle,
        metric="precomputed",
        random_state=SEED,
    )
    nearest = csr_matrix((distances.ravel(), indices.ravel(), ends), shape=(count, count))
    return engine.fit_transform(nearest).astype(np.float64)


def _multicore(
    points: np.ndarray, start: np.ndarray, phases: tuple[Phase, ...], rate: float, angle: float
) -> np.ndarray:
    from MulticoreTSNE import MulticoreTSNE

    engine = MulticoreTSNE(
        n_components=start.shape[1],
        # It aborts the whole program if 3 * perplexity, however rounded, exceeds the number of a point's neighbours.
        perplexity=min(PERPLEXITY, np.nextafter(perplexity_of(len(points)), 0)),
        early_exaggeration=phases[0].exaggeration,
        learning_rate=_lasting_rate(rate, phases, len(points)),
        n_iter=sum(phase.iterations for phase in phases),
        n_iter_early_exag=phases[0].iterations,
        init=start,
        angle=angle,
        # With more threads its sums, and so its maps, differ from run to run.
        n_jobs=1,
    )
    # Its search for neighbours draws from the C library's random numbers, which it does not seed.
    ctypes.CDLL(None if os.name == "posix" else "ucrtbase").srand(SEED)
    return engine.fit_transform(points)


def _umap(points: np.ndarray, start: np.ndarray) -> np.ndarray:
    from umap import UMAP

    # Seeded, it works in one thread.
    neighbours = min(UMAP_NEIGHBOURS, len(points) - 1)
    spread = start / np.abs(start).max() * UMAP_SPAN
    engine = UMAP(n_neighbors=neighbours, n_components=start.shape[1], init=spread, random_state=SEED, n_jobs=1)
    return engine.fit_transform(points).astype(np.float64)


def neighbours_kept(points: np.ndarray, places: np.ndarray, count: int = 10) -> float:
    """Return the preservation of neighbours: the share of each point's nearest among its nearest in the map.

    points: float, shape (n, features); places: float, shape (n, components); count: number of nearest
    points (fewer for few points). Between 0 and 1.
    """
    from sklearn.neighbors import NearestNeighbors

    count = min(count, len(points) - 1)
    before, after = (
        np.sort(NearestNeighbors(n_neighbors=count).fit(x).kneighbors(return_distance=False)) for x in (points, places)
    )
    return float(np.mean([len(np.intersect1d(a, b, assume_unique=True)) for a, b in zip(before, after)])) / count
