"""Blocks of rows: their cells, their owners, and their lines."""

import csv
import io
import itertools

import numpy as np
import polars as pl

from lib.tables.blocks import block_of, header_names, parse_lines
from tests.support.each import each

HEADER = b'name,"x,y",z\n'
BODIES = [b'a,1,2\n"b\nc",3,4\n', b"", b'"d""e",5,x\n']
ROWS = [["a", "1", "2"], ["b\nc", "3", "4"], ['d"e', "5", "x"]]


def blocks():
    """The same rows as bytes, as cells, and as both."""
    frames = [
        pl.DataFrame([r for r in rows], schema=["name", "x,y", "z"], orient="row") for rows in (ROWS[:2], ROWS[2:])
    ]
    wanted = ("x,y", "name", "z", "other")
    for bodies in (BODIES, frames, [BODIES[0], frames[1]], [frames[0], BODIES[2]]):
        yield block_of(HEADER, bodies, [7, 3, 5], [2, 0, 1], wanted, ["name"])


def test_columns_are_numbers_if_all_cells_are():
    for block in blocks():
        assert block.columns == ("name", "x,y", "z")
        assert block.frame.columns == ["name", "x,y", "z"]
        assert block.frame["name"].to_list() == ["a", "b\nc", 'd"e']
        assert block.frame["x,y"].to_list() == [1.0, 3.0, 5.0]
        assert block.frame["z"].to_list() == ["2", "4", "x"]
        assert (block.tables, block.counts) == ((7, 3, 5), (2, 0, 1))
        assert block.owners().tolist() == [0, 0, 2]


def test_lines_of_any_rows():
    for block in blocks():
        for count in range(4):
            for rows in itertools.permutations(range(3), count):
                lines = b"".join(block.lines(np.array(rows, np.int64))).decode()
                assert list(csv.reader(io.StringIO(lines, newline=""))) == [ROWS[n] for n in rows]
                assert block.sizes(np.array(rows, np.int64)).sum() == len(lines)
        # Neighbouring rows are one piece.
        assert len(list(block.lines(np.array([0, 1, 2])))) == 1
        assert len(list(block.lines(np.array([0, 2, 1])))) == 3
        assert len(list(block.lines(np.array([1, 2, 0])))) == 2


@each(
    ("cells", "numbers"),
    [
        (["1", "2.5"], [1, 2.5]),
        (["1", ""], None),
        (["1", "nan"], None),
        (["1", "inf"], None),
        (["1", "x"], None),
        ([], []),
    ],
)
def test_a_column_of_anything_else_is_text(cells, numbers):
    body = "".join(f"a,{cell}\n" for cell in cells).encode()
    frame = pl.DataFrame({"n": ["a"] * len(cells), "x": cells}, schema={"n": pl.String, "x": pl.String})
    for bodies in ([body], [frame]):
        found = block_of(b"n,x\n", bodies, [0], [len(cells)], ["x"], []).frame
        assert found.columns == ["x"]
        assert found["x"].to_list() == (cells if numbers is None else numbers)
        assert block_of(b"n,x\n", bodies, [0], [len(cells)], ["x"], ["x"]).frame["x"].to_list() == cells


def test_lines_are_parsed_as_one_table():
    block = parse_lines(HEADER, BODIES, ["x,y"])
    assert (block.tables, block.counts, block.columns) == ((0,), (3,), ("name", "x,y", "z"))
    assert block.frame["x,y"].to_list() == [1, 3, 5]
    assert parse_lines(HEADER, BODIES, ["x,y"], ["x,y"]).frame["x,y"].to_list() == ["1", "3", "5"]
    # Without any column the rows are counted by the first.
    assert parse_lines(HEADER, BODIES, []).counts == (3,)
    assert parse_lines(HEADER, [], []).counts == (0,)


def test_the_names_in_a_header():
    assert header_names(b'\xef\xbb\xbfa,"b ""c""",d\r\n') == ["a", 'b "c"', "d"]
    assert header_names(b'"a\nb",c\n') == ["a\nb", "c"]
    assert header_names(b"") == []
