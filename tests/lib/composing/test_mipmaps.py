"""Pyramids: sizes, and means over areas."""

import numpy as np
import pytest

from lib.composing.mipmaps import level_sizes, pyramid, pyramid_bytes
from tests.support.light import mean_level

# In levels: how far means may be off, since the curve of sRGB is a cubic, and levels are rounded.
CURVE = 2.0


def levels(picture):
    """Return the levels of a picture's pyramid as pictures."""
    height, width, _ = picture.shape
    whole, begin, found = pyramid(picture), 0, []
    for w, h in level_sizes(width, height):
        found.append(whole[begin : begin + w * h * 3].reshape(h, w, 3))
        begin += w * h * 3
    assert begin == len(whole) == pyramid_bytes(width, height)
    return found


def test_sizes_are_halved_and_rounded_up_until_a_side_is_one():
    assert level_sizes(13, 7) == ((13, 7), (7, 4), (4, 2), (2, 1))
    assert level_sizes(1, 9) == ((1, 9),)


def test_a_side_that_is_far_longer_is_halved_alone():
    assert level_sizes(13, 4) == ((13, 4), (7, 4), (4, 2), (2, 1))
    assert level_sizes(4, 33) == ((4, 33), (4, 17), (4, 9), (4, 5), (2, 3), (1, 2))
    picture = np.random.default_rng(0).integers(0, 256, (16, 4, 3), dtype=np.uint8)
    half = levels(picture)[1]
    assert np.abs(half - mean_level(picture.reshape(8, 2, 4, 3), axis=1)).max() <= CURVE


def test_even_levels_are_means_of_four():
    picture = np.random.default_rng(0).integers(0, 256, (8, 4, 3), dtype=np.uint8)
    whole, half, *_ = levels(picture)
    assert np.array_equal(whole, picture)
    assert np.abs(half - mean_level(picture.reshape(4, 2, 2, 2, 3), axis=(1, 3))).max() <= CURVE


def test_an_odd_side_is_shared_by_area():
    # Three pixels into two: each is the mean of one and a half.
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[:, 0], picture[:, 1], picture[:, 2] = 30, 90, 240
    small = levels(picture)[1]
    assert small[0, :, 0] == pytest.approx([mean_level([30, 30, 90]), mean_level([90, 240, 240])], abs=CURVE)


def test_black_and_white_become_the_grey_of_half_the_light():
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[::2] = 255
    assert all(np.abs(level.astype(int) - 188).max() <= 1 for level in levels(picture)[1:])


def test_a_flat_picture_stays_flat():
    picture = np.full((37, 61, 3), 201, np.uint8)
    assert all((level == 201).all() for level in levels(picture))
