"""t-SNE: any number of points, the same on every run, and neighbours stay neighbours."""

import hashlib
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from lib.errors import MediaError
from lib.math import embedding, engines
from lib.math.embedding import embed, iterations, neighbours_kept, perplexity_of
from lib.math.engines import check_engine
from tests.support.each import each

ROOT = Path(__file__).parents[3]
HERE = [engine for engine in engines.ENGINES if engine not in ("multicore", "umap")]


def clusters(count, kinds, seed):
    """Points of several kinds, each on a surface of its own: (points, kinds)."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, kinds, count)
    centres, axes = rng.normal(0, 2, (kinds, 39)), rng.normal(size=(kinds, 4, 39))
    within = np.einsum("nj,njd->nd", rng.normal(0, 0.6, (count, 4)), axes[kind])
    return centres[kind] + within + rng.normal(0, 0.2, (count, 39)), kind


@pytest.mark.slow
@pytest.mark.parametrize("engine", HERE)
@each("components", [1, 2, 3])
@each("count", [0, 1, 2, 3, 4, 5, 9, 40])
def test_any_number_of_points(count, engine, components):
    points = np.random.default_rng(count).normal(size=(count, 39))
    places = embed(points, components, engine=engine)
    assert places.shape == (count, components)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == count


@pytest.mark.slow
@pytest.mark.parametrize("components", [1, 2, 3])
def test_identical_points(components):
    assert not embed(np.ones((50, 39)), components).any()
    rng = np.random.default_rng(1)
    # Half of them silent: the others are still apart from these.
    points = np.concatenate([np.zeros((60, 39)), rng.normal(3, 1, (60, 39))])
    places = embed(points, components)
    assert np.isfinite(places).all()
    middle = places[60:].mean(axis=0)
    assert (
        np.linalg.norm(places[:60] - middle, axis=1).min() > 0.5 * np.linalg.norm(places[60:] - middle, axis=1).mean()
    )


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3, 5, 12, 60, 400])
def test_points_on_a_line_keep_their_order(count):
    order = np.random.default_rng(count).permutation(count)
    places = embed(np.outer(order, np.ones(39)), 1)
    assert abs(spearmanr(order, places[:, 0]).statistic) == pytest.approx(1)


def test_three_points_lie_along_their_principal_component():
    points = np.zeros((3, 39))
    points[:, 7] = [0, 3, 9]
    places = embed(points, 3)
    assert places[:, 0] == pytest.approx([-4, -1, 5])
    assert not places[:, 1:].any() or np.abs(places[:, 1:]).max() < 1e-9


@each(("count", "perplexity"), [(4, 1), (10, 3), (16, 5), (60, 5), (120, 10), (360, 30), (9999, 30)])
def test_the_perplexity_shrinks_with_the_count(count, perplexity):
    assert perplexity_of(count) == pytest.approx(perplexity)


# Scikit-learn's early exaggeration lasts 250 iterations. What differs at all differs after these.
PRINT_DIGESTS = """
import sys
sys.path.insert(0, sys.argv[1])
import hashlib
import numpy as np
from lib.math import embedding
embedding.ALONG_A_LINE, embedding.ANYWHERE = ((embedding.Phase(250, e), embedding.Phase(20, 1.0)) for e in (2.0, 12.0))
rng = np.random.default_rng(1)
# Many are equally near: silent samples, and integer features. Of 256 points or fewer, one thread does the search.
points = np.concatenate([np.zeros((75, 39)), rng.integers(0, 3, (225, 39))]).astype(float)
for threads in (3, 1):
    for components, engine in ((1, "auto"), (2, "auto"), (3, "auto"), (2, "opentsne")):
        places = embedding.embed(points, components, threads=threads, engine=engine)
        print(components, engine, hashlib.sha256(places.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_result_is_the_same_with_any_threads():
    # In a process of its own: how threads are limited depends on what is loaded already.
    command = [sys.executable, "-c", PRINT_DIGESTS, str(ROOT)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 8
    assert lines[:4] == lines[4:]


def kept_by_sklearn(points, components):
    with threadpool_limits(1):  # its threads would wait for those of other tests
        places = TSNE(components, perplexity=perplexity_of(len(points)), random_state=0).fit_transform(points)
    return neighbours_kept(points, places)


@pytest.mark.slow
def test_along_a_line_more_neighbours_are_kept_than_by_sklearn():
    points, _ = clusters(800, 12, 3)
    # By the start along a path; without it, it is as many.
    assert neighbours_kept(points, embed(points, 1)) > kept_by_sklearn(points, 1) + 0.02


@pytest.mark.slow
def test_on_a_plane_as_many_neighbours_are_kept_as_by_sklearn():
    sets = [clusters(120, 12, 1)[0], clusters(100, 30, 2)[0]]
    ours = [neighbours_kept(points, embed(points, 2)) for points in sets]
    theirs = [kept_by_sklearn(points, 2) for points in sets]
    assert np.mean(ours) > np.mean(theirs) - 0.01


def test_along_a_line_kinds_stay_together():
    points, kinds = clusters(240, 4, 3)
    sequence = kinds[np.argsort(embed(points, 1)[:, 0], kind="stable")]
    assert (sequence[1:] == sequence[:-1]).mean() > 0.95


def digest(*words, **how):
    return hashlib.sha256(embed(*words, **how).tobytes()).digest()


@pytest.mark.slow
def test_flags_have_their_effect(monkeypatch):
    for name in ("ALONG_A_LINE", "ANYWHERE"):
        first, last = getattr(embedding, name)
        monkeypatch.setattr(embedding, name, (first, last._replace(iterations=20)))
    points, _ = clusters(60, 4, 4)
    for components in (1, 2, 3):
        assert digest(points, components, rate=150) == digest(points, components, rate=150)
        assert digest(points, components, rate=150) != digest(points, components, rate=30)
    for engine in ("opentsne", "sklearn"):
        assert digest(points, 2, angle=0.1, engine=engine) != digest(points, 2, angle=0.9, engine=engine)
    # The grid has no angle; in three dimensions there is no grid.
    assert digest(points, 2, angle=0.1) == digest(points, 2, angle=0.9)
    assert digest(points, 3, angle=0.1) != digest(points, 3, angle=0.9)


@pytest.mark.slow
@pytest.mark.parametrize("engine", HERE)
@pytest.mark.parametrize("components", [1, 2])
def test_progress_adds_up(components, engine):
    told = []
    embed(clusters(60, 3, 5)[0], components, engine=engine, notify=told.append)
    assert sum(told) == iterations(components)


def test_an_engine_that_is_missing_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(MediaError, match=r"pip install MulticoreTSNE.*CMAKE_POLICY_VERSION_MINIMUM"):
        embed(np.zeros((9, 2)), 2, engine="multicore")
    with pytest.raises(MediaError, match="auto, opentsne"):
        check_engine("pca")


class FakeMulticore:
    """Stands for MulticoreTSNE, which is seldom installed: it ends the program if the perplexity is too large."""

    def __init__(self, **settings):
        self.settings = settings
        FakeMulticore.last = self

    def fit_transform(self, points):
        assert len(points) - 1 >= 3 * self.settings["perplexity"]
        return self.settings["init"] * 2


@each("count", [4, 7, 11, 50, 91, 400])
def test_multicore_is_asked_for_what_it_can_do(count, monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "MulticoreTSNE", types.SimpleNamespace(MulticoreTSNE=FakeMulticore))
    points = np.random.default_rng(count).normal(size=(count, 39))
    places = embed(points, 2, rate=150, angle=0.3, threads=4, engine="multicore")
    asked = FakeMulticore.last.settings
    assert places.tobytes() == (asked["init"] * 2).tobytes()
    assert asked["n_components"] == 2
    assert asked["angle"] == 0.3
    # With more, it gives another map on every run.
    assert asked["n_jobs"] == 1
    assert asked["learning_rate"] == 150


def test_neighbours_that_are_kept_are_counted():
    line = np.arange(6.0)[:, None]
    assert neighbours_kept(line, line * -3, 2) == 1
    # Each point's nearest by twos: 0-1, 2-3, 4-5. In the map 1 and 2 have changed places: only 4-5 is left.
    pairs = np.array([0, 1, 10, 11, 20, 21.0])[:, None]
    assert neighbours_kept(pairs, pairs[[0, 2, 1, 3, 4, 5]], 1) == pytest.approx(2 / 6)
    assert neighbours_kept(pairs, pairs[::-1], 10) == 1
