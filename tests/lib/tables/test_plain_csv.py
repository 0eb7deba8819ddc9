"""Tables of any dialect as plain CSV, many at a time: each as if it were read by itself."""

import csv
import io
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from lib.errors import MediaError
from lib.tables import plain_csv
from lib.tables.dialects import Dialect
from lib.tables.plain_csv import Raw, in_plain_csv, is_text
from tests.support.each import each


def raws(*tables):
    return [
        Raw(place, f"t{place}.csv", data if isinstance(data, bytes) else data.encode())
        for place, data in enumerate(tables)
    ]


def cells_of(plain):
    """The header and the rows of each table by its index."""
    out = {}
    for header, tables, counts, body in plain.groups:
        names = next(csv.reader([header.decode()]), [])
        if isinstance(body, bytes):
            rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
        else:
            assert body.columns == names
            rows = [list(row) for row in body.rows()]
        assert sum(counts) == len(rows)
        for table, count in zip(tables, counts):
            out[table] = names, rows[:count]
            rows = rows[count:]
    return out


def read(*tables, numbers=()):
    return in_plain_csv(raws(*tables), set(numbers))


PLAIN_ROWS = (["name", "x"], [["a", "1"], ["b,c", "2.5"]])


@each(
    ("data", "dialect"),
    [
        ('name,x\na,1\n"b,c",2.5\n', Dialect()),
        ('name,x\r\na,1\r\n"b,c",2.5\r\n', Dialect(ending="\r\n")),
        ('name,x\na,1\n"b,c",2.5', Dialect()),
        ("name;x\na;1\nb,c;2.5\n", Dialect(separator=";")),
        ("name\tx\na\t1\nb,c\t2.5\n", Dialect(separator="\t")),
        ("\ufeffname;x\na;1\nb,c;2.5\n", Dialect(separator=";", mark=True)),
        ('\ufeffname;x\r\na;1\r\n"b,c";2.5\r\n'.encode("utf-16-le"), Dialect(";", "\r\n", "utf-16-le", True)),
        ("sep=;\nname;x\na;1\nb,c;2.5\n", Dialect(separator=";", named=True)),
        ("sep=|\nname|x\na|1\nb,c|2.5\n", Dialect(separator="|", named=True)),
        ("name;x;;\na;1;;\nb,c;2.5;;\n", Dialect(separator=";", trailing=2)),
        ('name,x,\na,1,\n"b,c",2.5,\n', Dialect(trailing=1)),
        ("name;x\na;1\nb,c;2,5\n", Dialect(separator=";", decimal=",")),
    ],
)
def test_a_table_of_each_dialect(data, dialect):
    plain = read(data)
    assert plain.problems == {}
    assert plain.dialects == {dialect}
    if dialect.decimal == ",":
        assert plain.decimals == {"x"}
    assert cells_of(plain) == {0: PLAIN_ROWS}


def test_tables_that_differ_are_told_apart():
    plain = read("a;b\n1;2\n", "a,b\n3,4\n", "a;b\r\n5;6\r\n", "a;b\n7;8\n", "a;c\n9;0\n", "a;b\n", '"a;b",c\n1,2\n')
    assert cells_of(plain) == {
        0: (["a", "b"], [["1", "2"]]), 1: (["a", "b"], [["3", "4"]]), 2: (["a", "b"], [["5", "6"]]),
        3: (["a", "b"], [["7", "8"]]), 4: (["a", "c"], [["9", "0"]]), 5: (["a", "b"], []),
        6: (["a;b", "c"], [["1", "2"]]),
    }  # fmt: skip
    # Those of one dialect and header are one piece.
    assert sorted(tables for _, tables, _, _ in plain.groups) == [[0, 3, 5], [1], [2], [4], [6]]


@each(
    ("data", "rows", "problem"),
    [
        ("a;b\n1;2\n3;4\n5", [["1", "2"], ["3", "4"]], "is cut off in its last line: the 2 rows before it are used"),
        ('a;b\n1;2\n3;"4', [["1", "2"]], "is cut off in its last line: the 1 row before it are used"),
        ("a;b\n1;2\n3;4", [["1", "2"], ["3", "4"]], ""),
        ("a;b\n1;2\n3\n4;5\n", [["1", "2"], ["3", ""], ["4", "5"]], ""),
        ("a;b\n\n1;2\n;\n3;4\n", [["1", "2"], ["3", "4"]], ""),
        ("a;b\r1;2\r3;4\r", [["1", "2"], ["3", "4"]], ""),
        ('a;b\n1;x"y\n', [["1", 'x"y']], ""),
        ("\n\na;b\n1;2\n", [["1", "2"]], ""),
    ],
)
def test_irregular_tables_are_read_by_themselves(data, rows, problem):
    plain = read("a;b\n8;9\n", data)
    assert cells_of(plain)[1] == (["a", "b"], rows)
    assert cells_of(plain)[0] == (["a", "b"], [["8", "9"]])
    assert plain.problems == ({1: f"its sample table t1.csv {problem}"} if problem else {})


@each(
    ("data", "said"),
    [
        ("a;a\n1;2\n", "two columns named 'a'"),
        ("a;b\n1;2;3\n4;5\n", "line 2 has 3 cells but the header has 2"),
        ("a;b\na;b\n1;2\n", "line 2 has the names of the columns again"),
        (b"a;b\n\xff;2\n", "line 2 is not UTF-8"),
        (b"PK\x03\x04xl/", "is an Excel workbook"),
        ("a;b\n1;x\n;;3\n", "line 3 has 3 cells"),
    ],
)
def test_tables_that_cannot_be_read_are_problems(data, said):
    plain = read("a;b\n8;9\n", data)
    assert said in plain.problems[1]
    assert list(cells_of(plain)) == [0]


def test_an_empty_table_has_no_columns():
    plain = read("", "\n\n")
    assert cells_of(plain) == {0: ([], []), 1: ([], [])}
    assert plain.problems == {n: f"its sample table t{n}.csv is empty: not even a header line" for n in (0, 1)}


def test_ambiguous_numbers_are_a_problem_where_they_are_needed():
    table = "a;x\nb;1,234\n"
    assert "x is '1,234', which could mean" in read(table, numbers=["x"]).problems[0]
    plain = read(table, numbers=["a"])
    assert plain.problems == {}
    assert cells_of(plain) == {0: (["a", "x"], [["b", "1,234"]])}
    # Beside a clear one it is a decimal; in another table it is not.
    plain = read("a;x\nb;1,234\nc;0,5\n", table, numbers=["x"])
    assert cells_of(plain) == {0: (["a", "x"], [["b", "1.234"], ["c", "0.5"]])}
    assert list(plain.problems) == [1]


@pytest.mark.parametrize(("header", "name"), [('"a\nb"', "a\nb"), ('"a""\nb"', 'a"\nb'), ('"a""\n""b"', 'a"\n"b')])
def test_a_header_of_two_lines(header, name):
    assert cells_of(read(f"{header};c\n1;2\n", "x;c\n3;4\n")) == {
        0: ([name, "c"], [["1", "2"]]),
        1: (["x", "c"], [["3", "4"]]),
    }


def test_commas_in_quotes_may_be_decimals():
    assert cells_of(read('a,x\nb,"1,5"\nc,"2"\n')) == {0: (["a", "x"], [["b", "1.5"], ["c", "2"]])}
    assert cells_of(read('a,x\nb,"u, v"\n')) == {0: (["a", "x"], [["b", "u, v"]])}
    assert cells_of(read('a,x\nb,"1, v"\n')) == {0: (["a", "x"], [["b", "1, v"]])}


def test_a_cell_without_a_name_is_irregular():
    plain = read("a;b;\n1;2;\n", "a;b;\n3;4;5\n")
    assert cells_of(plain) == {0: (["a", "b"], [["1", "2"]]), 1: (["a", "b", ""], [["3", "4", "5"]])}
    assert plain.problems == {}


@each(
    ("data", "text"),
    [(b"abc", True), ("\u00e4".encode(), True), (b"\xff", False), (b"", True), ("\u00e4".encode()[:1], False)],
)
def test_what_is_text(data, text):
    assert is_text(data) is text


WHOLE = [
    "a,b\n1,2\n", "a,b\n1,2", "a,b\n", "a,b", "", "a,b\n1,2\n3,4,5", 'a,b\n1,"2\n3"', "sep=;\na;b\n1;2",
    'a,b\n"1,2\n' + "3,4\n" * 16,
]  # fmt: skip
CUT = {
    "a,b\n1,2\n3": "a,b\n1,2\n", "a,b\n1,2\n3\n": "a,b\n1,2\n", 'a,b\n1,2\n3,"4': "a,b\n1,2\n",
    'a,b\n1,2\n3,"4\n5\n6': "a,b\n1,2\n", "sep=;\na;b\n1;2\n3": "sep=;\na;b\n1;2\n", "a;b\n1;2\n3": "a;b\n1;2\n",
    'a,b\n"1,2\n' + "3,4\n" * 15: "a,b\n", 'a,b\n"1\n2",3\n4': 'a,b\n"1\n2",3\n', "\n\na,b\n1,2\n3": "\n\na,b\n1,2\n",
    "\nsep=;\na;b\n1;2\n3": "\nsep=;\na;b\n1;2\n",
}  # fmt: skip


@each("text", WHOLE)
def test_a_last_row_with_all_its_cells_is_taken_to_be_whole(text):
    assert plain_csv._whole_rows(text.encode()) == text.encode()


@each("text", CUT)
def test_a_last_row_that_is_cut_off_is_left_out(text):
    assert plain_csv._whole_rows(text.encode()) == CUT[text].encode()


def test_a_last_row_that_is_cut_off_within_a_letter():
    assert plain_csv._whole_rows("a,b\n1,2\n3,\u00e4".encode()[:-1]) == b"a,b\n1,2\n"
    assert plain_csv._whole_rows("a,b\n1,2\n3,\u00e4\n".encode()) == "a,b\n1,2\n3,\u00e4\n".encode()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_wide_table_that_is_cut_off(encoding):
    data = "\ufeffa;b\n1;2\n3;4\n".encode(encoding)
    assert cells_of(read(data[:-1])) == {0: (["a", "b"], [["1", "2"], ["3", "4"]])}
    plain = read(data[:-5])
    assert cells_of(plain) == {0: (["a", "b"], [["1", "2"]])}
    assert "is cut off in its last line" in plain.problems[0]
    assert plain.dialects == {Dialect(";", "\n", encoding, True)}


def test_tables_together_are_as_each_by_itself():
    rng = np.random.default_rng(1)
    endings, separators = ["\n", "\r\n"], [",", ";", "\t"]
    options = ["1", "2,5", "1,234", "x", "", "a b", "3.5", "u;v", "w,x"]
    texts = []
    for _ in range(60):
        separator = separators[rng.integers(0, 3)]
        file = io.StringIO(newline="")
        writer = csv.writer(file, delimiter=separator, lineterminator=endings[rng.integers(0, 2)])
        writer.writerow(["name", "x", "y"][: rng.integers(2, 4)])
        width = 3 if "y" in file.getvalue() else 2
        few = rng.choice(options, 3)
        for _ in range(rng.integers(0, 4)):
            writer.writerow([f"n{rng.integers(0, 9)}", *rng.choice(few, width - 1)])
        texts.append(file.getvalue()[: -1 if rng.random() < 0.2 else None])
    together = read(*texts)
    found = cells_of(together)
    for n, text in enumerate(texts):
        alone = in_plain_csv([Raw(n, f"t{n}.csv", text.encode())], set())
        assert alone.problems.get(n) == together.problems.get(n)
        assert cells_of(alone).get(n) == found.get(n)
        assert {replace(d, decimal=".") for d in alone.dialects} <= {replace(d, decimal=".") for d in together.dialects}
        assert alone.decimals <= together.decimals


def test_a_table_that_cannot_be_parsed_even_without_its_last_row_raises():
    with pytest.raises(MediaError):
        plain_csv._mended(b"a,b\n1,2,3\n4,5\n", "t.csv")
    assert plain_csv._mended(b" \n", "t.csv")[1] == "is empty: not even a header line"
    assert isinstance(plain_csv._mended(b"a,b\n1,2\n", "t.csv")[0].frame, pl.DataFrame)
