"""The parts of an embedding: starts, rates, and what each engine is asked for."""

import sys
import types

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.math import embedding, engines
from lib.math.embedding import embed, iterations, neighbours_kept, perplexity_of
from tests.support.each import each

ONE, MORE = embedding.ALONG_A_LINE, embedding.ANYWHERE


def test_iterations_are_those_of_both_phases():
    assert [iterations(components) for components in (1, 2, 3)] == [750, 1000, 1000]


@each(
    ("count", "perplexity"),
    [(60, 5), (61, 61 / 12), (59, 5), (359, 359 / 12), (361, 30), (15, 14 / 3), (16, 5), (2, 1 / 3)],
)
def test_the_perplexity_has_three_limits(count, perplexity):
    assert perplexity_of(count) == pytest.approx(perplexity)


@each(("count", "neighbours"), [(5, 4), (13, 12), (16, 15), (17, 16), (120, 31), (400, 91)])
def test_neighbours_are_three_for_each_of_the_perplexity(count, neighbours):
    points = np.random.default_rng(count).normal(size=(count, 3))
    distances, indices = embedding._neighbours(points, 1)
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(apart, np.inf)
    assert indices.shape == (count, neighbours)
    assert np.array_equal(indices, np.argsort(apart, axis=1, kind="stable")[:, :neighbours])
    assert_allclose(distances, np.sort(apart, axis=1)[:, :neighbours], rtol=1e-6)


def test_principal_components_are_those_of_the_covariance():
    points = np.random.default_rng(1).normal(size=(30, 4)) * [1, 5, 2, 3] + [7, 8, 9, 10]
    found = embedding._principal(points, 3)
    values, vectors = np.linalg.eigh(np.cov(points.T, bias=True))
    for n in range(3):
        axis = vectors[:, -1 - n]
        axis = axis * np.sign(axis[np.abs(axis).argmax()])  # its largest part is positive
        assert found[:, n] == pytest.approx((points - points.mean(axis=0)) @ axis)
        assert found[:, n].var() == pytest.approx(values[-1 - n])
    # There are no more components than dimensions.
    assert embedding._principal(points[:, :2], 3)[:, 2].tolist() == [0] * 30
    assert embedding._principal(points, 1).shape == (30, 1)


def test_a_start_is_tiny_and_no_two_points_coincide():
    points = np.random.default_rng(2).normal(size=(50, 5))
    points[:20] = points[0]
    found = embedding._tiny(points, 2)
    along = embedding._principal(points, 2)
    assert len(np.unique(found, axis=0)) == 50
    # Its spread is 1e-4; the noise a hundredth of that.
    wanted = along * (1e-4 / along[:, 0].std())
    assert np.abs(found - wanted).max() < 6e-6
    assert (found - wanted).std() == pytest.approx(1e-6, rel=0.4)
    assert np.array_equal(found, embedding._tiny(points, 2))


def test_a_start_along_a_path_has_the_distances_of_the_path():
    order = np.random.default_rng(3).permutation(16)
    points = np.stack([order.astype(float) ** 2, np.zeros(16)], axis=1)
    apart = np.abs(points[:, :1] - points[:, 0])
    found = embedding._along_a_path(points, np.argsort(apart, axis=1)[:, 1:13])
    assert found.shape == (16, 1)
    assert found.mean() == pytest.approx(0, abs=1e-12)
    assert found.std() == pytest.approx(16 / 8)
    # On a line the path is the line: in its proportions, either way.
    along = (points[:, 0] - points[:, 0].mean()) / points[:, 0].std() * 2
    assert np.abs(found[:, 0]) == pytest.approx(np.abs(along))
    assert abs((found[:, 0] * along).mean()) == pytest.approx(4)


def test_only_ten_neighbours_are_tried_for_a_path(monkeypatch):
    asked = []
    monkeypatch.setattr(embedding, "short_path", lambda points, near: (asked.append(near.shape), np.arange(20))[1])
    embedding._along_a_path(np.arange(20.0)[:, None], np.zeros((20, 15), int))
    assert asked == [(20, 10)]


@each(
    ("rate", "phases", "count", "first", "lasting"),
    [(150, ONE, 300, 150, 150), (150, MORE, 300, 25, 150), (150, MORE, 3600, 300, 300), (30, MORE, 1800, 30, 30)],
)
def test_rates_grow_with_the_number_of_points(rate, phases, count, first, lasting):
    assert embedding._rate(rate, phases[0], count) == pytest.approx(first)
    assert embedding._lasting_rate(rate, phases, count) == pytest.approx(lasting)


class Engine:
    """Stands for another package's class; notes its settings, and doubles its start."""

    def __init__(self, n_components=None, **settings):
        self.settings = settings | {"n_components": n_components}
        Engine.last = self

    def fit_transform(self, points):
        self.points = points
        return (self.settings["init"] * 2).astype(np.float32)


def cloud(count):
    return np.random.default_rng(count).normal(size=(count, 6))


def test_what_scikit_learn_is_asked_for(monkeypatch):
    import sklearn.manifold

    monkeypatch.setattr(sklearn.manifold, "TSNE", Engine)
    told = []
    places = embed(cloud(40), 3, rate=120, angle=0.3, notify=told.append)  # in three dimensions it is the fastest
    asked, near = Engine.last.settings, Engine.last.points
    assert places.dtype == np.float64
    assert places == pytest.approx(2 * asked["init"], rel=1e-6)
    assert asked["init"].dtype == np.float32
    assert (asked["n_components"], asked["perplexity"], asked["early_exaggeration"]) == (3, 5, 12)
    assert (asked["max_iter"], asked["angle"], asked["metric"]) == (1000, 0.3, "precomputed")
    assert asked["learning_rate"] == 30  # its gradient is four times the others'
    assert told == [1000]
    # Of each point itself, at no distance, and its nearest others.
    assert near.shape == (40, 40)
    assert np.diff(near.indptr).tolist() == [17] * 40
    points = cloud(40)
    for n in range(40):
        row = slice(near.indptr[n], near.indptr[n + 1])
        assert (near.indices[row][0], near.data[row][0]) == (n, 0)
        assert near.data[row] == pytest.approx(np.linalg.norm(points[near.indices[row]] - points[n], axis=1))
    embed(cloud(40), 1, engine="sklearn")
    assert (Engine.last.settings["early_exaggeration"], Engine.last.settings["max_iter"]) == (2, 750)


@each(("count", "neighbours"), [(9, 8), (16, 15), (17, 15), (40, 15)])
def test_what_umap_is_asked_for(monkeypatch, count, neighbours):
    monkeypatch.setattr(engines, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "umap", types.SimpleNamespace(UMAP=Engine))
    places = embed(cloud(count), 2, engine="umap")
    asked = Engine.last.settings
    assert places.dtype == np.float64
    assert places == pytest.approx(2 * asked["init"])
    assert (asked["n_neighbors"], asked["n_components"], asked["n_jobs"]) == (neighbours, 2, 1)
    assert np.abs(asked["init"]).max() == pytest.approx(10)
    assert Engine.last.points == pytest.approx(cloud(count))


def test_what_multicore_is_asked_for(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "MulticoreTSNE", types.SimpleNamespace(MulticoreTSNE=Engine))
    embed(cloud(400), 2, rate=300, engine="multicore")
    asked = Engine.last.settings
    assert 29.99 < asked["perplexity"] < 30
    assert asked["early_exaggeration"] == 12
    assert (asked["n_iter"], asked["n_iter_early_exag"], asked["learning_rate"]) == (1000, 250, 300)
    embed(cloud(4), 1, engine="multicore")
    asked = Engine.last.settings
    assert 0.99 < asked["perplexity"] < 1
    assert (asked["n_iter"], asked["n_iter_early_exag"], asked["early_exaggeration"]) == (750, 250, 2)


class Embedding:
    """Stands for openTSNE's."""

    def __init__(self, start, affinities, **settings):
        self.start, self.affinities, self.settings, self.phases = start, affinities, settings, []
        Embedding.last = self

    def optimize(self, count, **how):
        self.phases.append((count, how))
        for _ in range(count // self.settings["callbacks_every_iters"]):
            assert self.settings["callbacks"](0, 0.0, None) is None  # another answer would end it

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.start, dtype)


@pytest.mark.parametrize(
    ("components", "engine", "exaggeration", "counts"),
    [(1, "auto", 2, (250, 500)), (2, "auto", 12, (250, 750)), (3, "opentsne", 12, (250, 750))],
)
def test_what_opentsne_is_asked_for(monkeypatch, components, engine, exaggeration, counts):
    import openTSNE

    monkeypatch.setattr(openTSNE, "TSNEEmbedding", Embedding)
    told = []
    embed(cloud(60), components, rate=300, angle=0.4, threads=2, engine=engine, notify=told.append)
    made = Embedding.last
    assert (made.settings["theta"], made.settings["n_jobs"]) == (0.4, 2)
    assert (made.settings["negative_gradient_method"] == "bh") is (engine == "opentsne")
    assert made.affinities.perplexity == 5
    assert [count for count, _ in made.phases] == list(counts)
    assert [how["exaggeration"] for _, how in made.phases] == [exaggeration, 1]
    # 300 for 150 points, less the exaggeration
    assert [how["learning_rate"] for _, how in made.phases] == pytest.approx([120 / exaggeration, 120])
    assert all(how["momentum"] == 0.8 and how["inplace"] for _, how in made.phases)
    assert told == [50] * (sum(counts) // 50)


def test_three_points_are_not_embedded_and_four_are(monkeypatch):
    monkeypatch.setattr(embedding, "_neighbours", lambda points, threads: 1 / 0)
    assert embed(cloud(3), 2).shape == (3, 2)
    with pytest.raises(ZeroDivisionError):
        embed(cloud(4), 2)


def divergence(places, P):
    """The gradient of t-SNE over 4 and its divergence (Kullback and Leibler's), pair by pair."""
    count = len(places)
    near = np.zeros((count, count))
    for a in range(count):
        for b in range(count):
            near[a, b] = 1 / (1 + ((places[a] - places[b]) ** 2).sum()) if a != b else 0
    q = near / near.sum()
    gradient = np.zeros_like(places)
    for a in range(count):
        for b in range(count):
            gradient[a] += (P[a, b] - q[a, b]) * near[a, b] * (places[a] - places[b])
    return gradient, (P[P > 0] * np.log(P[P > 0] / q[P > 0])).sum()


@pytest.mark.parametrize("components", [1, 2])
def test_the_gradient_is_that_of_all_pairs(components):
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(5)
    places = np.ascontiguousarray(rng.normal(0, 3, (20, components)))
    P = rng.random((20, 20)) * (rng.random((20, 20)) < 0.4)
    np.fill_diagonal(P, 0)
    P = (P + P.T) / (P + P.T).sum()
    wanted, error = divergence(places, P)
    found = embedding._grid_gradient(places, csr_matrix(P), 1.0, 1, should_eval_error=True)
    assert found[1] == pytest.approx(wanted, abs=1e-6)
    assert found[0] == pytest.approx(error, rel=1e-4)
    assert embedding._grid_gradient(places, csr_matrix(P), 1.0, 1)[0] == 0


def test_kept_neighbours_by_loops():
    rng = np.random.default_rng(6)
    points, places = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
    for count in (None, 1, 3, 29, 50):
        most = min(count or 10, 29)
        kept = 0
        for n in range(30):
            sets = []
            for x in (points, places):
                order = sorted((m for m in range(30) if m != n), key=lambda m: np.linalg.norm(x[m] - x[n]))
                sets.append(set(order[:most]))
            kept += len(sets[0] & sets[1]) / most / 30
        found = neighbours_kept(points, places) if count is None else neighbours_kept(points, places, count)
        assert found == pytest.approx(kept)
