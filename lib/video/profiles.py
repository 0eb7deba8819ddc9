"""Profiles of looks: the means of their rows, and those of their columns, in luma and chroma.

A pan leaves the profile across its direction nearly as it is, however fast it is and however much it blurs; a cut
replaces it. And the profile of a mixture of two pictures is the mixture of theirs, wherever they move along.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Places = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]

# Variance that is not structure, in levels of luma squared; and the least change within a scene, in levels.
NOISE, LEAST = 1.0, 0.5


class Profiles:
    """The profiles of looks. luma: shape (n, rows, columns), without bars; chroma: shape (n, 2, rows, columns)."""

    def __init__(self, luma: Bytes, chroma: Bytes) -> None:
        self._luma, self._chroma = luma, chroma

    def _of(self, places: Places, axis: int) -> tuple[Floats, Floats]:
        """Return the profiles of luma and of chroma of some looks. axis: 2 means of rows, 1 of columns."""
        luma = self._luma[places].mean(axis=axis, dtype=np.float32)
        chroma = self._chroma[places].mean(axis=axis + 1, dtype=np.float32)
        return luma, chroma.reshape(len(places), -1)

    def _compared(self, one: Places, two: Places, axis: int) -> tuple[Floats, Floats]:
        """Return by how many levels the profiles of pairs of looks differ (RMS), and their dissimilarity in luma."""
        places, pairs = np.unique(np.concatenate([one, two]), return_inverse=True)
        luma, chroma = self._of(places, axis)
        one, two = pairs[: len(one)], pairs[len(one) :]
        levels = np.concatenate([luma, chroma], axis=1)
        flat = luma - luma.mean(axis=1, keepdims=True)
        spreads = (flat * flat).mean(axis=1) + NOISE
        alike = ((flat[one] * flat[two]).mean(axis=1) + NOISE) / np.sqrt(spreads[one] * spreads[two])
        return np.sqrt(((levels[one] - levels[two]) ** 2).mean(axis=1)), 1 - alike

    def leads(self, across: tuple[Places, Places], within: list[tuple[Places, Places]]) -> tuple[Floats, Floats]:
        """Return by how many times profiles differ more across places than they do within their sides at most.

        The second result is by how many levels they differ across.

        across: pairs of looks, shape (n,) each; within: pairs of each of these places. It is the profile that is the
        more similar within the sides: that across the movement.
        """
        count = len(across[0])
        pairs = [across, *within]
        one, two = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
        found, unlike = [], []
        for axis in (2, 1):
            levels, dissimilarity = (values.reshape(len(pairs), count) for values in self._compared(one, two, axis))
            found.append((levels[0] / np.maximum(levels[1:].max(axis=0), LEAST), levels[0]))
            unlike.append(dissimilarity[1:].max(axis=0))
        rows = unlike[0] <= unlike[1]
        return np.where(rows, found[0][0], found[1][0]), np.where(rows, found[0][1], found[1][1])

    def shares(self, look: int, own: int, before: int, other: int) -> tuple[float, float, float]:
        """Return how much of another scene a look contains, how much more its own scene seems to contain from look to
        look, and how much of the look's difference from its own scene the other one explains (0 to 1).

        own, before: the look beside it in its own scene, and the one beside that; other: the other scene's.
        """
        places = np.array([look, own, before, other])
        best = min((1, 2), key=lambda axis: float(self._compared(places[1:2], places[2:3], axis)[1][0]))
        now, here, there, new = np.concatenate(self._of(places, best), axis=1)
        whole = new - here
        length = max(float(whole @ whole), NOISE)
        step = now - here
        along = float(step @ whole)
        explained = along * along / length / max(float(step @ step), 1e-6)
        return along / length, abs(float((here - there) @ whole)) / length, explained
