"""Sizes and methods as a command line names them."""

import argparse

import pytest

from lib.cli.grids import best_size, read_size, read_size_or_auto, sizes_that_fit
from tests.support.each import each


@each(("word", "size"), [("16x9", (16, 9)), ("1X1", (1, 1)), (" 2 x 500 ", (2, 500)), ("007x10", (7, 10))])
def test_sizes(word, size):
    assert read_size(word) == size


@each("word", ["", "16", "16x", "x9", "0x5", "5x0", "-2x3", "2x3x4", "1.5x2", "axb", "٣x٣", "9999999999x1"])
def test_what_is_not_a_size_is_reported(word):
    with pytest.raises(argparse.ArgumentTypeError, match="WIDTHxHEIGHT"):
        read_size(word)


@each(
    ("count", "wanted", "fitting"),
    [
        (610, (256, 256), [(24, 25), (24, 24)]),  # 24 x 25 = 600 <= 610 < 24 x 26
        (100, (16, 9), [(10, 10)]),  # 16x9 is 144: there is no smaller grid of whole 16 by 9
        (600, (32, 18), [(24, 25), (32, 18)]),  # 2 x (16 x 9) = 576
        (7, (3, 3), [(2, 3), (2, 2)]),
        (1, (4, 4), [(1, 1)]),
        (5, (1, 9), [(1, 5), (2, 2)]),
        (3, (1000, 1), [(3, 1)]),
    ],
)
def test_sizes_that_fit(count, wanted, fitting):
    found = sizes_that_fit(count, *wanted)
    assert set(fitting) <= set(found)
    assert len(found) <= 2
    assert all(width * height <= count for width, height in found)
    assert [w * h for w, h in found] == sorted((w * h for w, h in found), reverse=True)


def test_the_shape_that_fits():
    assert read_size_or_auto("auto") is None
    assert read_size_or_auto("4x3") == (4, 3)
    assert best_size(1) == (1, 1)
    assert best_size(12) == (4, 3)
    assert best_size(256) == (16, 16)
    for count in range(1, 400):
        width, height = best_size(count)
        # By brute force: no other shape, from a square to half as wide again and a bit, leaves fewer out.
        shapes = [(w, h) for h in range(1, 21) for w in range(h, 33) if w * h <= count and w <= 1.6 * h]
        assert width * height == max(w * h for w, h in shapes)
        assert (width, height) in shapes


def test_the_best_size_is_the_squarest_of_the_largest():
    for count in range(1, 300):
        shapes = [(w, h) for h in range(1, 18) for w in range(h, 30) if w * h <= count and w <= 1.6 * h]
        most = max(w * h for w, h in shapes)
        assert best_size(count) == max((s for s in shapes if s[0] * s[1] == most), key=lambda s: s[1])


def test_sizes_that_fit_are_a_square_and_one_like_the_grid():
    for count in range(1, 60):
        for width, height in [(1, 1), (4, 3), (3, 4), (16, 9), (5, 5), (2, 10), (10, 2), (7, 3), (127, 128), (1, 30)]:
            found = sizes_that_fit(count, width, height)
            # As square as possible: the largest side whose square has enough samples, and rows for the rest.
            side = max(n for n in range(1, 60) if n * n <= count)
            square = (side, max(n for n in range(1, 60) if side * n <= count))
            assert square in found
            # Of the same proportions: the largest multiple of the smallest such grid.
            alike = [(w, h) for w in range(1, 61) for h in range(1, 61) if w * height == h * width and w * h <= count]
            if alike:
                assert max(alike) in found
            assert len(found) == len({square, *([max(alike)] if alike else found)})
            assert all(w >= 1 and h >= 1 and w * h <= count for w, h in found)


@each(
    ("count", "wanted", "found"),
    [
        (100, (127, 128), (9, 9)),
        (50, (31, 2), (27, 1)),
        (50, (2, 31), (1, 15)),
        (7, (100, 1), (7, 1)),
        (7, (1, 100), (1, 7)),
    ],
)
def test_a_grid_of_nearly_the_same_proportions(count, wanted, found):
    # Its columns: the root of count * width / height, an integer; its rows by the proportions, where they fit.
    assert found in sizes_that_fit(count, *wanted)
