"""Short paths visit every point once, and are short."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from lib.math.paths import short_path
from tests.support.each import each

# All ways through eight points.
ORDERS = np.array(list(itertools.permutations(range(8))))


def path_of(points, count=10):
    points = np.asarray(points, float)
    count = min(count, len(points) - 1)
    return short_path(points, NearestNeighbors(n_neighbors=count).fit(points).kneighbors(return_distance=False))


def length(points, path):
    return np.linalg.norm(np.diff(np.asarray(points, float)[list(path)], axis=0), axis=1).sum()


@each("count", [2, 3, 10, 500])
def test_points_on_a_line_are_visited_in_their_order(count):
    places = np.random.default_rng(1).permutation(count)
    path = path_of(np.outer(places, [3.0, 4.0, 0.0]))
    visited = places[path].tolist()
    assert visited in (list(range(count)), list(range(count))[::-1])


@each("seed", range(12))
def test_a_path_is_not_much_longer_than_the_shortest(seed):
    points = np.random.default_rng(seed).normal(size=(8, 3))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    shortest = distances[ORDERS[:, :-1], ORDERS[:, 1:]].sum(axis=1).min()
    assert shortest <= length(points, path_of(points)) + 1e-9
    assert length(points, path_of(points)) < 1.35 * shortest


def test_clusters_are_left_once():
    rng = np.random.default_rng(2)
    kinds = rng.permutation(np.repeat(np.arange(6), 80))
    centres = rng.normal(0, 100, (6, 20))
    path = path_of(centres[kinds] + rng.normal(size=(480, 20)))
    assert (np.diff(kinds[path]) != 0).sum() == 5


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60),
    st.integers(1, 12),
)
def test_every_point_is_visited_once_even_if_many_are_in_one_place(points, count):
    path = path_of(points, count)
    assert sorted(path.tolist()) == list(range(len(points)))


def test_a_thousand_points_in_one_place_and_some_elsewhere():
    points = np.zeros((1200, 5))
    points[1000:] = np.random.default_rng(3).normal(9, 1, (200, 5))
    path = path_of(points)
    assert sorted(path.tolist()) == list(range(1200))
    assert (np.diff(path < 1000) != 0).sum() == 1
