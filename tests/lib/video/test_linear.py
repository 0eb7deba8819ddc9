"""Shrinking in linear light: each pixel is the mean of its area, worked out with overlaps in double precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.video.linear import mean_light, shrink_rgb
from tests.support.light import encoded, linear

LIGHT = np.linspace(0, 1, 256, dtype=np.float32)


def overlaps(source, made):
    """Return the share of each source pixel in each made one, shape (made, source): each row adds up to 1."""
    edges = np.arange(made + 1)[:, None] * source / made
    covered = np.clip(np.arange(source)[None] + 1 - edges[:-1], 0, 1)
    covered = np.minimum(covered, np.clip(edges[1:] - np.arange(source)[None], 0, 1))
    return covered / covered.sum(axis=1, keepdims=True)


def test_means_of_whole_pixels():
    picture = np.zeros((2, 4, 3), np.uint8)
    picture[0, :, 1] = 0, 51, 102, 153
    picture[1, :, 1] = 51, 102, 153, 204
    made = mean_light(picture, (0, 0, 4, 2), LIGHT, 2, 1)
    assert made[0, :, 1] == pytest.approx([0.2, 0.6], abs=1e-6)
    assert not made[:, :, [0, 2]].any()
    assert mean_light(picture, (1, 1, 2, 1), LIGHT, 1, 1)[0, 0, 1] == pytest.approx(0.5, abs=1e-6)


@given(st.integers(1, 17), st.integers(1, 17), st.data())
def test_each_pixel_is_the_mean_of_its_area(columns, rows, data):
    width, height = data.draw(st.integers(1, columns)), data.draw(st.integers(1, rows))
    left, top = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    picture = random.integers(0, 256, (top + rows + 2, left + columns + 2, 3), np.uint8)
    part = picture[top : top + rows, left : left + columns] / 255
    wanted = np.einsum("yr,xc,rcn->yxn", overlaps(rows, height), overlaps(columns, width), part)
    assert mean_light(picture, (left, top, columns, rows), LIGHT, width, height) == pytest.approx(wanted, abs=1e-5)


def test_half_black_half_white_is_no_middle_grey():
    """The mean of the light, not of the levels: 188 of 255 by the curve of sRGB."""
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[::2] = 255
    wanted = encoded(linear([0, 255]).mean())
    assert shrink_rgb(picture, (0, 0, 8, 8), 2, 2) == pytest.approx(np.full((2, 2, 3), wanted), abs=2)
