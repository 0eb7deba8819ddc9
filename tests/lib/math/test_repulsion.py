"""The repulsion from the grid is that of all pairs, one by one."""

import numpy as np
import pytest

from lib.math import repulsion as of_grid
from lib.math.repulsion import FEW_POINTS, MOST, repulsion
from tests.support.each import each


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


@each("shape", [(8,), (9,), (6, 10), (5, 9), (4, 5)])
def test_sums_over_half_a_spectrum_are_those_over_the_whole(shape):
    # 1 / (1 + d^2) between all pairs of nodes, without the splines: a sum over all nodes of the whole transform.
    spacing = 0.75
    places = [np.minimum(np.arange(size), size - np.arange(size)) * spacing for size in shape]
    turns = [np.arange(size) / size for size in shape]
    squares, spline = np.zeros(shape), np.ones(shape)
    for index in np.ndindex(shape):
        for axis, n in enumerate(index):
            squares[index] += places[axis][n] ** 2
            spline[index] *= ((2 + np.cos(2 * np.pi * turns[axis][n])) / 3) ** 2
    whole = np.fft.fftn(1 / (1 + squares)).real / spline
    values = np.random.default_rng(5).normal(size=shape)
    wanted = (whole * np.abs(np.fft.fftn(values)) ** 2).sum() / values.size
    total, _ = of_grid._kernels(shape, spacing)
    assert (total * np.abs(np.fft.rfftn(values)) ** 2).sum() == pytest.approx(wanted, rel=1e-12)


def fast_length(least):
    """Return the first length from `least` on that only 2, 3 and 5 divide: quick for a real FFT."""
    while True:
        rest = least
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return least
        least += 1


@each(
    ("extent", "nodes"),
    [
        ((51 * 0.5, 32 * 0.5), (51, 32)),  # half a unit apart; 110 is 11 times 10
        ((1 / 64, 1 / 128), (50, 25)),  # very close points: 50 along the longer side
        ((1 / 128, 1 / 64), (25, 50)),
        ((2.0**20, 1.0), (2048, 0)),  # very far ones: 2048
        ((51 * 0.25,), (51,)),  # in one dimension a quarter of a unit
        ((1 / 64,), (50,)),
    ],
)
def test_the_nodes_of_the_grid(monkeypatch, extent, nodes):
    shapes = []

    def noted(shape, spacing):
        shapes.append(shape)
        return np.zeros(1), (np.zeros(1),)

    monkeypatch.setattr(of_grid, "_kernels", noted)
    points = np.zeros((FEW_POINTS + 1, len(extent)))
    points[-1] = extent
    repulsion(points)
    # Twice as many as the points cover, and four for the splines.
    assert shapes == [tuple(fast_length(2 * (n + 4)) for n in nodes)]


def test_up_to_200_points_are_compared_pair_by_pair(monkeypatch):
    asked = []
    monkeypatch.setattr(of_grid, "_one_by_one", lambda points: asked.append(len(points)))
    for count in (199, 200):
        repulsion(np.zeros((count, 1)))
    repulsion(np.arange(201.0)[:, None])
    assert asked == [199, 200]
