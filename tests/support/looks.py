"""Looks of a film of which only the dissimilarities are known: for the rules that decide by these."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Looks:
    """In place of a FrameSimilarity: matrices (n, n) of dissimilarities, of differences of contents, and when moved."""

    unlikes: np.ndarray
    turns: np.ndarray
    shifts: np.ndarray
    spread: np.ndarray = field(default_factory=lambda: np.zeros(0))
    elsewheres: float = 1.0

    @property
    def count(self):
        return len(self.unlikes) or len(self.spread)

    def neighbours(self, apart):
        return np.diagonal(self.unlikes, apart)

    def unlike(self, one, two):
        return self.unlikes[one, two]

    def contents(self, one, two):
        return self.turns[one, two]

    def moved(self, one, two):
        return self.shifts[one, two]

    def roughly(self, one, two):
        return self.unlikes[one, two]


def mirrored(values):
    """Return a matrix of dissimilarities: those above the diagonal, and none from a look to itself."""
    above = np.triu(values, 1)
    return above + above.T
