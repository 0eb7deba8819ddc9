"""The sizes of cells and the bit rates that samples_to_explorer.py takes."""

import argparse

import pytest

import samples_to_explorer


@pytest.mark.parametrize(
    ("word", "good"),
    [
        ("12", True),
        ("96", True),
        ("480", True),
        ("11", False),
        ("13", False),
        ("0", False),
        ("492", False),
        ("100", False),
    ],
)
def test_cells_are_multiples_of_12(word, good):
    if good:
        assert samples_to_explorer.cell_width(word) == int(word)
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            samples_to_explorer.cell_width(word)


@pytest.mark.parametrize(
    ("word", "good"),
    [("0", True), ("12", True), ("256", True), ("1", False), ("11", False), ("257", False), ("-1", False)],
)
def test_bit_rates_are_those_of_opus(word, good):
    if good:
        assert samples_to_explorer.bit_rate(word) == int(word)
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            samples_to_explorer.bit_rate(word)
