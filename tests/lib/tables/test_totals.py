"""Totals and medians, worked out by hand."""

import pytest

from lib.errors import MediaError
from lib.tables.query_language import parse_filter
from lib.tables.table import Table
from lib.tables.totals import totals
from tests.support.each import each


def of(columns, names=None, query="", optional=False):
    """Return the first line, and the cells of the columns."""
    head, title, *lines = totals(Table.of(columns, "t.csv"), list(names or columns), parse_filter(query), optional)
    assert title.split() == ["rows", "total", "median"]
    return head, {line.split()[0]: line.split()[1:] for line in lines[: len(names or columns)]}


def test_totals_and_medians():
    columns = {"duration": ["60", "30", "3510", "0", "-1", "", "x"], "samples": ["2", "3", "4.5", "1000", "", "", ""]}
    assert of(columns) == ("7 rows", {"duration": ["3", "1:00:00", "0:01:00"], "samples": ["4", "1,009.50", "3.75"]})


def test_cells_that_are_not_numbers_are_counted_and_the_first_is_named():
    columns = {"power": ["0", "1", "26. Mai", "", "NaN", "x", "5"], "name": list("abcdefg"), "dur": ["1"] * 7}
    table = Table.of(columns)
    lines = totals(table, list(columns), parse_filter(""))
    assert lines[5:] == ["cells of power that are not numbers, and left out: 2, the first in line 4: '26. Mai'"]
    later = totals(table, ["power"], parse_filter("name>c"))
    assert later[3:] == ["cells of power that are not numbers, and left out: 1, the first in line 7: 'x'"]


@each(
    ("name", "cells", "shown"),
    [
        ("duration", ["3600", "3723.4"], ["2", "2:02:03", "1:01:02"]),  # (a median of 3661.7 s)
        ("dur", ["60000", "61000"], ["2", "0:02:01", "60,500", "ms"]),
        ("dur", ["0.5"], ["1", "0:00:00", "0.50", "ms"]),
        ("hz", ["440", "442"], ["2", "882", "441", "Hz"]),
        ("x", ["1", "2", "4"], ["3", "7", "2"]),
        ("x", ["0.25", "0.5"], ["2", "0.75", "0.38"]),
        ("x", ["0", "-3"], ["0", "-", "-"]),
        ("x", ["9007199254740991"], ["1", "9,007,199,254,740,991", "9,007,199,254,740,991"]),
        ("x", ["9007199254740992"], ["1", "9.0072e+15", "9.0072e+15"]),
        ("duration", ["9007199254740992"], ["1", "9.0072e+15", "9.0072e+15", "s"]),
        ("duration", ["9007199254740000"], ["1", "2501999792983:20:00", "2501999792983:20:00"]),
        ("x", ["1e308", "1e308", "1.5e308"], ["3", "over", "1.8e+308", "1e+308"]),
        ("x", ["1.5e308", "1.7e308"], ["2", "over", "1.8e+308", "1.6e+308"]),
    ],
)
def test_how_totals_are_shown(name, cells, shown):
    assert of({name: cells})[1][name] == shown


def test_only_rows_that_meet_the_filter_count():
    columns = {"x": ["1", "2", "4"], "y": ["a", "b", "b"]}
    assert of(columns, ["x"], "y=b") == ("2 of 3 rows meet y=b", {"x": ["2", "6", "3"]})
    assert of(columns, ["x"], "y=b&z>1", optional=True) == ("2 of 3 rows meet y=b", {"x": ["2", "6", "3"]})
    assert of(columns, ["x"], "z>1", optional=True) == ("3 rows", {"x": ["3", "7", "2"]})
    with pytest.raises(MediaError, match="no column 'z'"):
        totals(Table.of(columns), ["x"], parse_filter("y=b&z>1"))


@pytest.mark.parametrize(
    ("columns", "query", "said"),
    [
        ({"x": ["1"]}, "x>1", "none of 1 row meets the filter x>1"),
        ({"x": []}, "", "the table has no rows"),
        ({"x": ["a", "", "c"], "y": ["", "b", ""]}, "", "no column of these holds numbers: x, y"),
    ],
)
def test_what_has_no_totals_is_reported(columns, query, said):
    with pytest.raises(MediaError, match=said):
        of(columns, None, query)


def test_a_column_without_any_cell_is_not_text():
    assert of({"x": ["", " "], "y": ["a", ""]}, ["x"])[1] == {"x": ["0", "-", "-"]}
    assert of({"x": ["", "1"], "y": ["a", ""]})[1]["y"] == ["0", "-", "-"]
