"""Slices: rows that slide and darken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.composing.row_shift import slide_rows

RANDOM = np.random.default_rng(5).integers(0, 256, (4, 6, 3), dtype=np.uint8)
LIT = np.ones(4)


def test_whole_pixels_are_moved_and_wrap():
    slid = slide_rows(RANDOM, np.array([0.0, 1.0, -2.0, 15.0]), LIT)
    for row, right in enumerate((0, 1, -2, 3)):
        assert np.array_equal(slid[row], np.roll(RANDOM[row], right, axis=0))


def test_between_pixels_is_interpolated():
    slid = slide_rows(RANDOM, np.full(4, 0.25), LIT)
    want = 0.75 * RANDOM + 0.25 * np.roll(RANDOM, 1, axis=1)
    assert np.abs(slid - want).max() <= 0.5 + 1e-9


def test_rows_darken():
    slid = slide_rows(RANDOM, np.zeros(4), np.array([1.0, 0.5, 0.1, 0.0]))
    assert np.array_equal(slid[0], RANDOM[0])
    assert np.abs(slid[1] - RANDOM[1] / 2).max() <= 0.5
    assert np.abs(slid[2] - RANDOM[2] / 10).max() <= 0.5 + 1e-6
    assert not slid[3].any()


def test_the_picture_is_left_as_it_is():
    picture = RANDOM.copy()
    slide_rows(picture, np.full(4, 1.5), LIT / 2)
    assert np.array_equal(picture, RANDOM)


@given(right=st.floats(-1e6, 1e6), width=st.integers(1, 9))
def test_any_way_wraps(right, width):
    picture = RANDOM[:, :1].repeat(width, axis=1) if width > 6 else RANDOM[:, :width]
    slid = slide_rows(picture, np.full(4, right), LIT)
    # The mean of a row stays, whichever way it goes round, and a whole width further it is the same.
    assert np.abs(slid.mean(axis=1) - picture.mean(axis=1)).max() <= 0.5 + 1e-6
    again = slide_rows(picture, np.full(4, right + 3 * width), LIT)
    assert np.abs(slid.astype(int) - again).max() <= 1


@pytest.mark.parametrize("right", [-1e-17, 6 - 1e-17])
def test_rounding_at_the_edge(right):
    assert np.array_equal(slide_rows(RANDOM, np.full(4, right), LIT), RANDOM)
