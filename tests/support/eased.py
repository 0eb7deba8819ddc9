"""Sizes and easings from their definitions, for the compositions that are worked out a second time."""

import math


def size(word):
    """Return (columns, rows) of a grid such as 8x4."""
    return tuple(int(side) for side in word.split("x"))


def clamped(n):
    return min(max(n, 0), 1)


def sine(n):
    """A sine from 0 to 1."""
    return (1 - math.cos(math.pi * clamped(n))) / 2


def quad(n):
    """Two parabolas from 0 to 1."""
    n = clamped(n)
    return 2 * n * n if n < 0.5 else 1 - 2 * (1 - n) ** 2
