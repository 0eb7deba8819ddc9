"""Repulsion in t-SNE, of all points from all others, computed on a grid: for maps of one or two dimensions.

Points are spread over the nodes of a grid with cubic B-splines, the kernels are applied there with an FFT, and forces
are interpolated with the same splines. Source: the particle-mesh method (Hockney & Eastwood, "Computer Simulation Using
Particles", 1988), first used for t-SNE by Linderman et al., "Fast interpolation-based t-SNE", Nature Methods 16 (2019).
With splines instead of Lagrange polynomials a coarser grid is as exact, in a quarter of the time of openTSNE's.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft

# Distance of the nodes, in units of the kernel's width: forces are right to 0.2 % in one dimension and 4 % in two (for
# random points, whose forces almost cancel), where a finer grid preserves no more neighbours.
SPACING = {1: 0.25, 2: 0.5}
# Nodes along a side: the least number, for points however close, and the largest, for points however far apart.
FEWEST, MOST = 50, {1: 1 << 20, 2: 1 << 11}
# A cubic B-spline reaches over four nodes.
SUPPORT = 4
# Up to this number points are compared pair by pair, which is as fast, and exact: a map of few points may be so wide
# that the rounding of the grid is not small relative to their forces.
FEW_POINTS = 200


@lru_cache(maxsize=2)
def _kernels(shape: tuple[int, ...], spacing: float) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return the transforms of w = 1 / (1 + d^2), real, and of w^2 d for each component of d; see `repulsion`.

    Both are divided by the splines' own transform, once for spreading and once for interpolation. The first is weighted
    for sums over half a spectrum and divided by the number of nodes.
    """
    offsets = [np.fft.fftfreq(size, 1 / size) * spacing for size in shape]
    distances = np.meshgrid(*offsets, indexing="ij", sparse=True)
    turns = [scipy.fft.fftfreq(size) for size in shape[:-1]] + [scipy.fft.rfftfreq(shape[-1])]
    spline = np.ones(1)
    for turn in np.meshgrid(*turns, indexing="ij", sparse=True):
        spline = spline * ((2 + np.cos(2 * np.pi * turn)) / 3) ** 2
    near = 1 / (1 + sum(d**2 for d in distances))
    total = scipy.fft.rfftn(near).real / spline / np.prod(shape)
    total[..., 1 : (shape[-1] + 1) // 2] *= 2
    return total, tuple(scipy.fft.rfftn(near**2 * d) / spline for d in distances)


def _splines(part: np.ndarray) -> np.ndarray:
    """Return the weights of the four nodes around a position: (dimensions, SUPPORT, points) for its parts of a cell."""
    rest = 1 - part
    middle = [(4 - 6 * t**2 + 3 * t**3) / 6 for t in (part, rest)]
    return np.stack([rest**3 / 6, *middle, part**3 / 6], axis=1)


def repulsion(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the forces that drive points apart, and their normalisation.

    points: float64, shape (n, 1) or (n, 2), finite. Forces: float64 of the same shape, for each point the sum over all
    others of w^2 d, where d points from the other to it and w = 1 / (1 + |d|^2). The normalisation is the sum of w
    over all pairs of two points, counted twice.
    """
    count, dimensions = points.shape
    if count <= FEW_POINTS:
        return _one_by_one(points)
    lowest = points.min(axis=0)
    extent = points.max(axis=0) - lowest
    widest = float(extent.max())
    spacing = min(max(SPACING[dimensions], widest / MOST[dimensions]), max(widest / FEWEST, np.finfo(float).tiny))
    # Twice the extent of the points, so that the two ends do not meet in the circular FFT.
    shape = tuple(scipy.fft.next_fast_len(2 * (int(side / spacing) + SUPPORT), real=True) for side in extent)
    places = ((points - lowest) / spacing).T
    cells = places.astype(np.int64)
    weights = _splines(places - cells)
    nodes = cells[:, None] + np.arange(SUPPORT)[:, None]
    if dimensions == 1:
        nodes, weights = nodes[0], weights[0]
    else:
        nodes = (nodes[0][:, None] * shape[1] + nodes[1]).reshape(-1, count)
        weights = (weights[0][:, None] * weights[1]).reshape(-1, count)
    grid = np.bincount(nodes.ravel(), weights.ravel(), int(np.prod(shape))).reshape(shape)
    spectrum = scipy.fft.rfftn(grid)
    total, kernels = _kernels(shape, spacing)
    # By Parseval's theorem the sum needs no inverse transform; each point met itself in it, with w = 1.
    norm = float((total * (spectrum.real**2 + spectrum.imag**2)).sum()) - count
    fields = [scipy.fft.irfftn(spectrum * kernel, shape).ravel() for kernel in kernels]
    return np.stack([np.einsum("kn,kn->n", weights, field[nodes]) for field in fields], axis=1), norm


def _one_by_one(points: np.ndarray) -> tuple[np.ndarray, float]:
    apart = points[:, None] - points
    near = 1 / (1 + (apart**2).sum(axis=2))
    return np.einsum("ij,ijk->ik", near**2, apart), float(near.sum()) - len(points)
