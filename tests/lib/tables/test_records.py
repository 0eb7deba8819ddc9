"""Irregular rows: their cells, and their lines as a spreadsheet counts them."""

import pytest

from lib.errors import MediaError
from lib.tables.dialects import opened
from lib.tables.records import read_rows
from tests.support.each import each


def rows_of(text):
    return read_rows(opened(text.encode(), "t.csv"), "t.csv")


@each(
    ("text", "rows", "lines"),
    [
        ("a,b\n1,2\n3,4\n", [["1", "2"], ["3", "4"]], [2, 3]),
        ("a,b\n1,2\n3,4", [["1", "2"], ["3", "4"]], [2, 3]),
        ("a,b\r\n1\r\n\r\n3,4\r\n", [["1", ""], ["3", "4"]], [2, 4]),  # a short row, and a blank line
        ("\n\na,b\n1,2\n", [["1", "2"]], [4]),
        ("a,b\n", [], []),
        ("a,b", [], []),
        ('a,b\n"1\n2",x"y\n3,4\n', [["1\n2", 'x"y'], ["3", "4"]], [2, 3]),  # a row of two lines is one
        ("a,b\n1,2,,\n3,4\n", [["1", "2"], ["3", "4"]], [2, 3]),  # cells too many, but empty ones
        ("a\n1\n\n2\n", [["1"], [""], ["2"]], [2, 3, 4]),  # in one column an empty line is an empty cell
        ("a;b;c\n1;2\n", [["1", "2", ""]], [2]),
    ],
)
def test_rows_and_their_lines(text, rows, lines):
    assert rows_of(text) == (rows, lines)


@each(
    ("text", "said"),
    [
        ("a,b\n1,2\n1,2,3\n", "line 3 has 3 cells but the header has 2: is a comma missing its quotes"),
        ("a;b\n1;2;;4\n", "line 2 has 4 cells but the header has 2: is a semicolon missing its quotes"),
        ("a\tb\n1\t2\t3\n", "line 2 has 3 cells but the header has 2: is a tab missing its quotes"),
        ("Title\nx\na,b,c\n", "line 3 has 3 cells but the header has 1: remove the lines above"),
        ("Title\na,b\n", "line 2 has 2 cells but the header has 1: is a comma missing its quotes"),
        ('a,b\n1,2\n"3,4\n5,6\n', r'line 3: a quote \("\) is opened and never closed'),
        ('a,b\n1,"2', r'line 2: a quote \("\) is opened and never closed'),
    ],
)
def test_rows_that_cannot_be_read_are_reported_with_their_line(text, said):
    with pytest.raises(MediaError, match=said):
        rows_of(text)
