"""The repulsion from the grid is that of all pairs, one by one."""

import numpy as np
import pytest

from lib.math.repulsion import FEW_POINTS, MOST, repulsion


def one_by_one(points):
    """The sums, point by point as they are defined."""
    forces = np.zeros_like(points)
    total = 0.0
    for n, point in enumerate(points):
        apart = point - np.delete(points, n, axis=0)
        near = 1 / (1 + (apart**2).sum(axis=1))
        forces[n] = (near[:, None] ** 2 * apart).sum(axis=0)
        total += near.sum()
    return forces, total


def error(found, wanted):
    return np.linalg.norm(found - wanted) / np.linalg.norm(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("extent", [1e-4, 1.0, 30.0, 300.0])
@pytest.mark.parametrize(("dimensions", "allowed"), [(1, 0.003), (2, 0.06)])
def test_forces_are_those_of_all_pairs(dimensions, allowed, extent):
    rng = np.random.default_rng(1)
    # In clusters, as in maps: of points spread evenly all forces cancel.
    centres = rng.uniform(0, extent, (8, dimensions))
    points = centres[rng.integers(0, 8, 900)] + rng.normal(0, extent / 20, (900, dimensions))
    forces, norm = repulsion(points)
    wanted, total = one_by_one(points)
    assert error(forces, wanted) < allowed
    assert norm == pytest.approx(total, rel=0.02)


@pytest.mark.parametrize("dimensions", [1, 2])
def test_few_points_are_exact_however_far_apart(dimensions):
    points = np.random.default_rng(2).normal(0, 1e4, (FEW_POINTS, dimensions))
    forces, norm = repulsion(points)
    wanted, total = one_by_one(points)
    assert forces == pytest.approx(wanted, rel=1e-9)
    assert norm == pytest.approx(total, rel=1e-9)


def test_two_points():
    # Two apart: w is 1/5; the force is w^2 times 2, away from the other; w counts for both of them.
    forces, norm = repulsion(np.array([[0.0, 1.0], [0.0, 3.0]]))
    assert forces == pytest.approx(np.array([[0, -2 / 25], [0, 2 / 25]]))
    assert norm == pytest.approx(2 / 5)


def test_action_is_reaction_and_the_place_of_the_whole_does_not_matter():
    points = np.random.default_rng(3).normal(0, 20, (700, 2))
    forces, norm = repulsion(points)
    assert np.abs(forces.sum(axis=0)).max() < 1e-9 * np.abs(forces).sum()
    moved, again = repulsion(points + np.array([1e3, -1e3]))
    assert moved == pytest.approx(forces, abs=1e-6 * np.abs(forces).max())
    assert again == pytest.approx(norm)


def test_points_that_are_very_far_do_not_need_endless_memory(monkeypatch):
    monkeypatch.setitem(MOST, 2, 256)
    points = np.random.default_rng(4).normal(0, 1, (500, 2))
    points[0] = 1e9
    forces, norm = repulsion(points)
    assert forces.shape == (500, 2)
    assert np.isfinite(forces).all()
    assert np.isfinite(norm)


def test_points_in_one_place():
    forces, norm = repulsion(np.ones((300, 2)))
    assert np.abs(forces).max() < 1e-6
    # w is 1 for each of 300 x 299 pairs.
    assert norm == pytest.approx(300 * 299, rel=1e-6)
