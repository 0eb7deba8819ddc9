"""Long numbers: drawn as differences where they differ in their last digits."""

from decimal import Decimal

import numpy as np

from lib.tables.long_numbers import differences, offset_of
from tests.support.each import each


def offset(cells):
    return offset_of(np.array([float(cell or "nan") for cell in cells]), cells)


@each(
    ("cells", "least"),
    [
        (["10000000", "10000999"], "10000000"),
        (["9999999", "10000000"], "0"),  # one is not long
        (["10000000", "10001001"], "0"),  # they differ by more than a ten thousandth
        (["10000000", "10001000.1"], "10000000"),  # by less than that of the larger one
        (["-10000000", "-10000999"], "-10000999"),
        (["-10000000", "10000000"], "0"),
        (["1000000000000000001", "1000000000000000000"], "1000000000000000000"),
        ([" 20000000.5 ", "", "20000001"], "20000000.5"),
        (["20000000"], "20000000"),
        (["", ""], "0"),
        ([], "0"),
    ],
)
def test_the_offset_is_the_least_of_long_numbers_that_are_nearly_equal(cells, least):
    assert offset(cells) == Decimal(least)


def test_numbers_that_differ_by_just_a_ten_thousandth_are_far_apart():
    # 2^-13 is more than 1e-4, and 1e8 - 1e4 exact.
    assert offset(["99990000", "100000000"]) == 0
    assert offset(["99990001", "100000000"]) == 99_990_001


def test_differences_are_exact():
    cells = ["1000000000000000001", "", " 1000000000000000000 ", "1000000000000000000.25"]
    values = np.array([1e18, np.nan, 1e18, 1e18])
    found = differences(values, cells, Decimal(10) ** 18)
    assert found[[0, 2, 3]].tolist() == [1, 0, 0.25]
    assert np.isnan(found[1])
