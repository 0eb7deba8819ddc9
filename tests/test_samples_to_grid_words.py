"""What samples_to_grid.py says of its layout, and of rows and numbers that do not fit."""

import math

import numpy as np
import pytest

import samples_to_grid
from lib.errors import MediaError
from lib.math.grid import Layout
from lib.tables.query_language import parse_sort
from lib.tables.table import Table


@pytest.mark.parametrize(
    ("above", "said"),
    [(math.nan, ""), (0.0, ", the optimum"), (0.9e-9, ", the optimum"),
     (1.1e-9, ", at most 1.1e-07 % above the optimum"),
     (0.0025, ", at most 0.25 % above the optimum")],
)  # fmt: skip
def test_how_near_a_layout_is_to_the_best(above, said):
    assert samples_to_grid.nearness(Layout(None, None, above)) == said


def places(*cells):
    return Table.of({"x": [c for c, _ in cells], "y": [c for _, c in cells]}, "t.csv")


def test_coordinates_of_a_map():
    found = samples_to_grid.coordinates(places(("1", "2"), ("3", "4.5")), ("y", "x"))
    assert found.tolist() == [[2, 1], [4.5, 3]]
    assert samples_to_grid.coordinates(places(), ("x", "y")).shape == (0, 2)


@pytest.mark.parametrize(
    ("bad", "said"),
    [([0], "t.csv: line 2: no place in x, y; "), ([0, 3], "lines 2, 5: no place"),
     (list(range(10)), "10, 11: no place"),
     (list(range(12)), "10, 11 and 2 more: no place")],
)  # fmt: skip
def test_rows_without_a_place_are_named(bad, said):
    rows = [("", "1") if n in bad else ("1", "2") for n in range(15)]
    with pytest.raises(MediaError, match=said) as raised:
        samples_to_grid.coordinates(places(*rows), ("x", "y"))
    assert 'samples_subset.py -in "t.csv" -ffilter "x>-1e99&y>-1e99" -out NEW' in str(raised.value)


def test_a_column_without_numbers_is_no_map():
    with pytest.raises(MediaError, match="its column 'y' holds no numbers"):
        samples_to_grid.coordinates(places(("1", "a"), ("2", "b")), ("x", "y"))


def test_which_rows_are_placed():
    table = Table.of({"power": ["5", "9", "1", "7"]}, "t.csv")
    best = parse_sort("power=desc")
    assert samples_to_grid.choose(table, 2, 2, best).tolist() == [0, 1, 2, 3]
    assert samples_to_grid.choose(table, 3, 1, best).tolist() == [0, 1, 3]
    assert samples_to_grid.choose(table, 1, 1, best).tolist() == [1]
    # The usual sort leaves out what the table lacks; another one does not.
    assert samples_to_grid.choose(table, 2, 1, parse_sort(samples_to_grid.SORT)).tolist() == [1, 3]
    with pytest.raises(MediaError, match="no column 'clarity'"):
        samples_to_grid.choose(table, 2, 1, parse_sort("clarity=desc"))
    with pytest.raises(
        MediaError, match=r"has 4 samples, too few for the 6 cells of a grid of 3x2: they fill -grid 2x2 \(4\)"
    ):
        samples_to_grid.choose(table, 3, 2, best)
    with pytest.raises(MediaError, match="there are no samples to lay out"):
        samples_to_grid.choose(Table.of({"power": []}), 1, 1, best)


def test_equal_rows_are_placed_in_their_order():
    table = Table.of({"power": ["1"] * 5})
    assert np.array_equal(samples_to_grid.choose(table, 3, 1, parse_sort("power")), [0, 1, 2])
