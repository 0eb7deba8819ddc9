"""Clusters are found where they are, numbered by size, the same on every run and whatever the order of labels."""

import numpy as np
import pytest

from lib.math.clusters import clusters, medoid, numbered
from tests.support.each import each


def blobs(sizes, seed=1):
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(0, 0.3, (len(kinds), 6)) + 10 * np.eye(6)[kinds], kinds


@pytest.mark.parametrize("count", [-1, 3])
def test_blobs_are_found_and_the_largest_is_1(count):
    points, kinds = blobs([20, 60, 35])
    found = clusters(points, count)
    expected = np.array([3, 1, 2])[kinds]
    assert (found[found > 0] == expected[found > 0]).all()
    assert (found > 0).mean() > 0.6
    assert (clusters(points, count) == found).all()


def test_what_lies_between_is_in_none():
    points, _ = blobs([30, 30])
    far = np.array([[99.0] * 6])
    assert clusters(np.concatenate([points, far]))[-1] == 0


def test_numbers_go_by_size_then_by_appearance():
    assert numbered(np.array([5, 5, -1, 2, 2, 9, 9, 9])).tolist() == [2, 2, 0, 3, 3, 1, 1, 1]
    assert numbered(np.array([-1, -1])).tolist() == [0, 0]


@each("count", [1, 2, 5, -1])
def test_few_points(count):
    assert clusters(np.zeros((0, 3)), count).tolist() == []
    alike = clusters(np.ones((4, 3)), count).tolist()
    assert alike == ([0] * 4 if count < 0 else [1] * 4)
    assert len(clusters(np.arange(6.0).reshape(3, 2), count)) == 3


def test_the_medoid_is_nearest_to_the_mean():
    assert medoid(np.array([[0.0], [4.0], [5.0], [11.0]])) == 2
