"""Dithering: means are kept, and what has 8 bits stays."""

import numpy as np
import pytest

from lib.math.dither import dithered, thresholds
from lib.video.linear import from_linear, level_of, light_of_levels, to_linear
from tests.support.each import each


@each("level", [0.0, 0.25, 3.5, 100.3, 254.9, 255.0])
def test_the_mean_of_a_level_is_kept(level):
    found = dithered(np.full((16, 24, 3), level, np.float32))
    assert found.mean() == pytest.approx(level, abs=1 / 64)
    assert set(np.unique(found)) <= {int(np.floor(level)), int(np.ceil(level))}


def test_whole_levels_stay_and_a_slope_has_no_steps():
    levels = np.random.default_rng(1).integers(0, 256, (9, 13, 3)).astype(np.float32)
    assert np.array_equal(dithered(levels), levels)
    slope = np.linspace(10, 12, 512, dtype=np.float32)[None, :, None] * np.ones((8, 1, 1), np.float32)
    means = dithered(slope)[..., 0].reshape(8, 64, 8).mean(axis=(0, 2))
    assert np.abs(means - slope[0, :, 0].reshape(64, 8).mean(axis=1)).max() < 0.05


def test_the_pattern_has_each_value_once():
    assert sorted(thresholds().ravel() * 128) == list(range(1, 128, 2))


def test_levels_go_to_light_and_back():
    assert from_linear(light_of_levels()) == pytest.approx(np.arange(256), abs=1 / 250)
    half = np.arange(255) + 0.5
    assert from_linear(to_linear(half).astype(np.float32)) == pytest.approx(half, abs=0.13)
    assert from_linear(np.array([-1.0, 2.0], np.float32)).tolist() == [0, 255]


def test_the_formula_from_light_to_levels():
    levels = np.arange(0, 255.01, 0.25)
    assert level_of.py_func(to_linear(levels).astype(np.float32)) == pytest.approx(levels, abs=1 / 100)


def test_the_pattern_is_bayers():
    """By its definition: the bits of x ^ y and of y, interleaved and reversed."""
    for y in range(8):
        for x in range(8):
            value = 0
            for bit in range(3):
                value = value * 4 + 2 * ((x >> bit ^ y >> bit) & 1) + (y >> bit & 1)
            assert thresholds()[y, x] == (value + 0.5) / 64


@each(("height", "width"), [(1, 1), (8, 8), (9, 7), (3, 17), (16, 25)])
def test_levels_are_rounded_by_the_pattern(height, width):
    levels = np.random.default_rng(height).uniform(-3, 259, (height, width, 3)).astype(np.float32)
    found = dithered(levels)
    assert found.shape == (height, width, 3)
    for y, x, k in np.ndindex(height, width, 3):
        wanted = np.floor(levels[y, x, k] + thresholds()[y % 8, x % 8])
        assert found[y, x, k] == min(max(wanted, 0), 255)
