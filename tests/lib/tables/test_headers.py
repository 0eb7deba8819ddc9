"""The names of columns: none missing, none twice, and none of them again below."""

import numpy as np
import polars as pl
import pytest

from lib.errors import MediaError
from lib.tables.headers import HEAD_ROWS, check_names
from tests.support.each import each


def check(names, rows, first=2):
    frame = pl.DataFrame(rows, schema=[(f"c{n}", pl.String) for n in range(len(names))], orient="row")
    check_names(names, frame, np.arange(first, first + len(rows)), "t.csv")


@each("names", [["a"], ["a", "b"], ["", "b"], ["a", ""], [""], []])
def test_one_name_may_be_missing(names):
    check(names, [["1"] * len(names)])


@pytest.mark.parametrize(
    ("names", "columns"), [(["", ""], "1 and 2"), (["a", "", "b", ""], "2 and 4"), (["", "", ""], "1 and 2")]
)
def test_two_columns_without_a_name_are_reported(names, columns):
    with pytest.raises(MediaError, match=f"t.csv: columns {columns} have no name: give each one in the header line"):
        check(names, [["1"] * len(names)])


def test_the_line_that_seems_to_have_the_names_is_told():
    names = ["Sales", "", ""]
    rows = [["", "", ""], ["of", "2020", "x"], ["name", "size", " "], ["name", "size", "colour"], ["a", "b", "c"]]
    with pytest.raises(MediaError, match="columns 2 and 3 have no name: remove the lines above line 7, if the names"):
        check(names, rows, 4)
    # They may be in one of the first rows.
    filler = [["1", "", ""]] * (HEAD_ROWS - 1)
    with pytest.raises(MediaError, match=f"above line {HEAD_ROWS + 1}, if"):
        check(names, [*filler, ["a", "b", "c"]])
    with pytest.raises(MediaError, match="give each one"):
        check(names, [*filler, ["1", "", ""], ["a", "b", "c"]])


def test_ten_rows_are_looked_at():
    assert HEAD_ROWS == 10


@pytest.mark.parametrize(
    ("names", "twice"), [(["a", "b", "a"], "a"), (["a", "b", "b", "a"], "a"), (["c", "b", "b"], "b")]
)
def test_two_columns_of_one_name_are_reported(names, twice):
    with pytest.raises(MediaError, match=f"has two columns named '{twice}': rename one"):
        check(names, [["1"] * len(names)])


@each("mark", ["", "\ufeff"])
@each("place", [0, 1, 3])
def test_the_names_again_are_reported_with_their_line(mark, place):
    rows = [["1", "x", "2"], ["a", "b", "x"], ["a", "x", "c"], ["x", "b", "c"]]
    check(["a", "b", "c"], rows)
    rows.insert(place, [f"{mark}a", "b", "c"])
    with pytest.raises(MediaError, match=f"line {place + 5} has the names of the columns again: remove it"):
        check(["a", "b", "c"], rows, 5)
    with pytest.raises(MediaError, match=f"line {place + 5} has"):  # the first of them
        check(["a", "b", "c"], [*rows, ["a", "b", "c"]], 5)


def test_two_names_again_are_enough():
    with pytest.raises(MediaError, match="line 3 has the names of the columns again"):
        check(["a", "b"], [["1", "2"], ["a", "b"]])


def test_what_may_be_a_value_is_not_the_names_again():
    check(["a"], [["a"]])
    check(["1", "b"], [["1", "b"]])
    check(["a", "2.5"], [["a", "2.5"]])
    check(["a", "b"], [])
    check(["a", "b"], [["a", "a"], ["b", "b"]])
