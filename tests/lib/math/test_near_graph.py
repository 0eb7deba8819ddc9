"""The nearest neighbours of very many points, beside those found by comparing all."""

import numpy as np
import pytest

from lib.math import embedding, near_graph


def all_compared(points, count):
    """Return the distances and indices of the nearest others, found by sorting all."""
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(apart, np.inf)
    order = np.argsort(apart, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(apart, order, axis=1), order


def share_found(indices, wanted):
    """Return which share of the wanted neighbours is among the indices."""
    return np.mean([len(np.intersect1d(mine, others)) for mine, others in zip(indices, wanted)]) / wanted.shape[1]


@pytest.fixture
def points():
    rng = np.random.default_rng(3)
    return rng.standard_normal((30, 6))[rng.integers(0, 30, 600)] * 3 + rng.standard_normal((600, 6))


def test_almost_all_are_found_the_nearest_first(points):
    distances, indices = near_graph.near_graph(points, 7)
    assert share_found(indices, all_compared(points, 7)[1]) > 0.95
    apart = np.linalg.norm(points[indices] - points[:, None], axis=2)
    np.testing.assert_allclose(distances, apart, rtol=1e-5)
    assert (np.diff(distances) >= 0).all()
    assert all(len(set(row)) == 7 and n not in row for n, row in enumerate(indices.tolist()))


def test_the_result_is_the_same_with_any_number_of_threads_and_when_made_again(points, monkeypatch):
    monkeypatch.setattr(near_graph, "TREES", 1)  # few are found by one: other trees would find others
    monkeypatch.setattr(near_graph, "LOOKED_UP", 70)  # the last part is shorter
    distances, indices = near_graph.near_graph(points, 7)
    assert share_found(indices, all_compared(points, 7)[1]) < 0.95
    for threads in (1, 2, 3):
        again = near_graph.near_graph(points, 7, threads)
        assert (again[0] == distances).all()
        assert (again[1] == indices).all()


def test_equal_points_are_neighbours_of_each_other():
    points = np.repeat(np.eye(3), [1000, 1, 1], axis=0)
    distances, indices = near_graph.near_graph(points, 12)
    assert (distances[:1000] == 0).all()
    assert (indices[:1000] < 1000).all()
    assert all(len(set(row)) == 12 and n not in row for n, row in enumerate(indices.tolist()))
    assert distances[1000] == pytest.approx(np.sqrt(2))


def test_a_map_of_very_many_points_is_made_from_them(points, monkeypatch):
    asked = []
    real = near_graph.near_graph
    monkeypatch.setattr(embedding, "near_graph", lambda *words: asked.append(words[1:]) or real(*words))
    monkeypatch.setattr(embedding, "MOST_EXACT", 599)
    distances, indices = embedding._neighbours(points, 2)
    assert asked == [(91, 2)]
    wanted = all_compared(points, 91)
    assert share_found(indices, wanted[1]) > 0.95
    np.testing.assert_allclose(distances[:, 0], wanted[0][:, 0], rtol=1e-5)
