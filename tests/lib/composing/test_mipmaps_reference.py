"""Pyramids again, pixel by pixel: the sizes of all levels, and each pixel the mean of its share of the level above."""

import math
from fractions import Fraction

import numpy as np
import pytest

from lib.composing import mipmaps
from lib.composing.mipmaps import level_sizes, pyramid, pyramid_bytes
from lib.video.linear import to_linear
from tests.support.each import each
from tests.support.kernels import plain

LEVELS = np.linspace(0, 255, 20_001)
LIGHT = to_linear(LEVELS)


def sizes_of(width, height):
    found = [(width, height)]
    while width > 1 and height > 1:
        long, short = max(width, height), min(width, height)
        halved = [math.ceil(width / 2), math.ceil(height / 2)]
        if long > 2 * short:  # it alone is halved
            halved = [halved[0], height] if width == long else [width, halved[1]]
        width, height = halved
        found.append((width, height))
    return found


def test_the_sizes_of_all_levels():
    for width in range(1, 40):
        for height in range(1, 40):
            sizes = sizes_of(width, height)
            assert list(level_sizes(width, height)) == sizes
            assert pyramid_bytes(width, height) == sum(3 * a * b for a, b in sizes)


def shares(count, less):
    """Return of each of `less` pixels {pixel: share} of the `count` that it is the mean of."""
    box = Fraction(count, less)
    found = []
    for n in range(less):
        low, high = n * box, (n + 1) * box
        parts = {m: (min(high, m + 1) - max(low, m)) / box for m in range(count)}
        found.append({m: part for m, part in parts.items() if part > 0})
    return found


@each("count", range(1, 14))
def test_the_pixels_that_are_averaged_are_three_at_most(count):
    for less in {count, (count + 1) // 2}:
        index, weight = mipmaps._taps(count, less)
        for n, want in enumerate(shares(count, less)):
            found = {}
            for m, share in zip(index[n].tolist(), weight[n].tolist(), strict=True):
                assert 0 <= m < count
                found[m] = found.get(m, 0) + share
            assert {m: part for m, part in found.items() if part} == pytest.approx(
                {m: float(p) for m, p in want.items()}
            )


@each("size", [(8, 8), (7, 5), (13, 5), (3, 11), (1, 4), (1, 1), (2, 2)])
@each("checked", [False, True])
def test_each_pixel_is_the_mean_light_of_its_share_of_the_level_above(size, checked, monkeypatch):
    if checked:
        plain(monkeypatch, mipmaps)
    width, height = size
    picture = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    data, begin, above = pyramid(picture), 0, None
    for columns, rows in sizes_of(width, height):
        level = data[begin : begin + 3 * columns * rows].reshape(rows, columns, 3)
        begin += level.size
        if above is None:
            assert np.array_equal(level, picture)
        else:
            light = to_linear(above)
            for i, down in enumerate(shares(above.shape[0], rows)):
                for j, across in enumerate(shares(above.shape[1], columns)):
                    mean = sum(float(a * b) * light[y, x] for y, a in down.items() for x, b in across.items())
                    # Half a level is rounded away, and light has steps of 1/32768: a tenth of the darkest level.
                    assert np.abs(level[i, j] - np.interp(mean, LIGHT, LEVELS)).max() <= 0.5 + 0.12
        above = level
    assert begin == len(data)


def test_the_darkest_levels_are_rounded_to_the_nearest_step_of_light():
    # A level there has five steps of light: the mean is within half of one.
    picture = np.random.default_rng(4).integers(0, 5, (96, 96, 3), dtype=np.uint8)
    half = pyramid(picture)[picture.size :][: 48 * 48 * 3].reshape(48, 48, 3)
    mean = to_linear(picture).reshape(48, 2, 48, 2, 3).mean(axis=(1, 3))
    away = half - np.interp(mean, LIGHT, LEVELS)
    assert np.abs(away).max() <= 0.5 + 0.5 / (32_768 * (to_linear(1) - to_linear(0))) + 0.001
