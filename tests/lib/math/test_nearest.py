"""Nearest neighbours against brute force, ties and threads."""

import numpy as np
import pytest

from lib.math.nearest import BATCH, nearest


@pytest.mark.parametrize("count", [1, 5, 40])
def test_they_are_those_of_a_full_comparison(count):
    rng = np.random.default_rng(3)
    points, queries = rng.normal(size=(40, 6)), rng.normal(size=(BATCH + 9, 6))
    rows, apart = nearest(points, queries, count)
    every = ((points[None] - queries[:, None]) ** 2).sum(axis=2)
    assert np.array_equal(rows, np.argsort(every, axis=1, kind="stable")[:, :count])
    assert apart == pytest.approx(np.sort(every, axis=1)[:, :count], abs=1e-8)
    assert np.array_equal(nearest(points, queries, count, threads=3)[0], rows)


def test_of_equally_near_ones_the_first_comes_first():
    points = np.array([[2.0], [1.0], [-1.0], [1.0], [0.5]])
    rows, apart = nearest(points, np.zeros((1, 1)), 4)
    assert rows.tolist() == [[4, 1, 2, 3]]
    assert apart.tolist() == [[0.25, 1, 1, 1]]


def test_no_query_has_no_answer():
    rows, apart = nearest(np.zeros((3, 2)), np.zeros((0, 2)), 2)
    assert rows.shape == apart.shape == (0, 2)
