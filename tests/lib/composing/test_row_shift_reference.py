"""Rows shifted, number by number: each is the mix of the two pixels that lie where it comes from."""

import math

import numpy as np

from lib.composing import row_shift
from lib.composing.row_shift import slide_rows
from tests.support.each import each
from tests.support.kernels import plain


@each("width", [1, 2, 5, 8])
@each("checked", [True, False])
def test_each_pixel_is_mixed_of_two(width, checked, monkeypatch):
    if checked:
        plain(monkeypatch, row_shift)
    random = np.random.default_rng(width)
    shifts = np.array([0, 1, -1, 0.5, -0.25, 2.75, -7.125, 30.0, -30.5, *random.uniform(-9, 9, 6)])
    bright = np.array([1, 0, 0.5, 1, 1, 0.25, 1, 1, *random.uniform(0, 1, 7)])
    picture = random.integers(0, 256, (len(shifts), width, 3), np.uint8)
    before = picture.copy()
    found = slide_rows(picture, shifts, bright)
    for row, shift in enumerate(shifts.tolist()):
        for column in range(width):
            at = column - shift
            first, part = math.floor(at), at - math.floor(at)
            mixed = (1 - part) * picture[row, first % width] + part * picture[row, (first + 1) % width]
            assert np.abs(found[row, column] - bright[row] * mixed).max() <= 0.5 + 1e-3
    assert np.array_equal(picture, before)
    # What is too bright is white.
    white = slide_rows(np.full((1, width, 3), 200, np.uint8), np.full(1, 0.5), np.array([1.5]))
    assert (white == 255).all()
