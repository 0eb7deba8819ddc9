"""Grids on a command line: quick to import, only the standard library."""

from __future__ import annotations

import argparse
import math
import re

AUTO = "auto"
# Automatic grids are at most this many times as wide as they are high.
WIDEST = 1.6
METHODS = ("auto", "optimal", "fast", "rasterfairy")


def read_size(word: str) -> tuple[int, int]:
    """Read the size of a grid: WIDTHxHEIGHT, in cells."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*[xX]\s*(\d{1,9})\s*", word, re.ASCII)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not width or not height:
        raise argparse.ArgumentTypeError(
            f"{word} is not the size of a grid: give WIDTHxHEIGHT in cells, such as 128x128"
        )
    return width, height


def read_size_or_auto(word: str) -> tuple[int, int] | None:
    """Read the size of a grid, or `auto`: None, whatever fits."""
    return None if word.strip().lower() == AUTO else read_size(word)


def best_size(count: int) -> tuple[int, int]:
    """Return the grid, wide or square, that leaves the fewest of `count` samples (1 or more) without a cell.

    The squarest of several: (width, height).
    """
    shapes = [(min(count // high, int(WIDEST * high)), high) for high in range(1, math.isqrt(count) + 1)]
    return max(shapes, key=lambda size: (size[0] * size[1], size[1]))


def sizes_that_fit(count: int, width: int, height: int) -> list[tuple[int, int]]:
    """Return grids that `count` samples (1 or more) fill, the largest first, each (width, height).

    One is as square as possible; the other has the proportions of the requested grid, or nearly.
    """
    side = math.isqrt(count)
    square = (side, count // side)
    shape = math.gcd(width, height)
    across, up = width // shape, height // shape
    times = math.isqrt(count // (across * up))
    if not times:  # proportions such as 127:128, which no smaller grid has
        across, up, times = _shrunk(count, width, height)
    alike = (across * times, up * times)
    return sorted({square, alike}, key=lambda size: (-size[0] * size[1], size))


def _shrunk(count: int, width: int, height: int) -> tuple[int, int, int]:
    """Return (width, height, 1) of a grid of nearly these proportions, of `count` cells at most."""
    across = min(max(1, math.isqrt(count * width // height)), count)
    return across, max(1, min(count // across, height * across // width)), 1
