"""Sizes and methods as a command line names them."""

import argparse

import pytest

from lib.cli.grids import read_size, sizes_that_fit


@pytest.mark.parametrize(
    ("word", "size"), [("16x9", (16, 9)), ("1X1", (1, 1)), (" 2 x 500 ", (2, 500)), ("007x10", (7, 10))]
)
def test_sizes(word, size):
    assert read_size(word) == size


@pytest.mark.parametrize(
    "word", ["", "16", "16x", "x9", "0x5", "5x0", "-2x3", "2x3x4", "1.5x2", "axb", "٣x٣", "9999999999x1"]
)
def test_what_is_no_size_is_told(word):
    with pytest.raises(argparse.ArgumentTypeError, match="WIDTHxHEIGHT"):
        read_size(word)


@pytest.mark.parametrize(
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
