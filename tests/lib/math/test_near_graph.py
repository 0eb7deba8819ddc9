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


@pytest.fixture
def points():
    rng = np.random.default_rng(3)
    return rng.standard_normal((30, 6))[rng.integers(0, 30, 600)] * 3 + rng.standard_normal((600, 6))


def test_up_to_the_number_that_is_compared_all_are_found(points, monkeypatch):
    monkeypatch.setattr(near_graph, "HELD", 5_000)
    distances, indices = near_graph.near_graph(points, 7)
    wanted = all_compared(points, 7)
    np.testing.assert_allclose(distances, wanted[0], atol=1e-12)
    assert (indices == wanted[1]).all()


def test_beyond_it_almost_all_are_found_with_any_threads(points, monkeypatch):
    monkeypatch.setattr(near_graph, "REGION", 20)
    monkeypatch.setattr(near_graph, "COMPARED", 40)
    distances, indices = near_graph.near_graph(points, 7)
    wanted = all_compared(points, 7)
    found = [len(np.intersect1d(mine, others)) for mine, others in zip(indices, wanted[1])]
    assert 0.9 < np.mean(found) / 7 < 1.0
    for row in (0, 300, 599):
        apart = np.linalg.norm(points[indices[row]] - points[row], axis=1)
        np.testing.assert_allclose(distances[row], apart, atol=1e-12)
        assert row not in indices[row]
    again = near_graph.near_graph(points, 7, threads=3)
    assert (again[0] == distances).all()
    assert (again[1] == indices).all()


def test_equal_points_are_neighbours_of_each_other(monkeypatch):
    monkeypatch.setattr(near_graph, "REGION", 5)
    monkeypatch.setattr(near_graph, "COMPARED", 10)
    points = np.repeat(np.eye(3), [40, 1, 1], axis=0)
    distances, indices = near_graph.near_graph(points, 12)
    assert (distances[:40] == 0).all()
    assert (indices[:40] < 40).all()
    assert all(len(set(row)) == 12 and n not in row for n, row in enumerate(indices.tolist()))
    assert distances[40] == pytest.approx(np.sqrt(2))


def test_a_map_of_very_many_points_is_made_from_them(points, monkeypatch):
    asked = []
    real = near_graph.near_graph
    monkeypatch.setattr(embedding, "near_graph", lambda *words: asked.append(words[1:]) or real(*words))
    monkeypatch.setattr(embedding, "MOST_EXACT", 599)
    distances, indices = embedding._neighbours(points, 2)
    assert asked == [(91, 2)]
    wanted = all_compared(points, 91)
    assert (indices == wanted[1]).all()
    np.testing.assert_allclose(distances, wanted[0], atol=1e-12)
