"""Tables as spreadsheets write them: read as they are meant, and written back in the same way."""

import gzip
import io
import re
import zipfile
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import MediaError
from lib.tables.dialects import PLAIN, Dialect, find_separator
from lib.tables.sample_tables import read_tables
from lib.tables.table import Table, concatenate, format_table, parse_table, read_table
from tests.support.each import each
from tests.support.spreadsheets import random_samples, random_writing

SEMICOLONS = Dialect(separator=";", decimal=",")


@each(
    ("data", "dialect", "columns"),
    [
        (b"a,b\n1,2\n", PLAIN, {"a": ["1"], "b": ["2"]}),
        (b"a;b\r\n1;2\r\n", replace(SEMICOLONS, ending="\r\n"), {"a": ["1"], "b": ["2"]}),
        (b"a\tb\n1,5 x\t2\n", replace(PLAIN, separator="\t"), {"a": ["1,5 x"], "b": ["2"]}),
        (b"sep=;\r\na;b\r\n1;2\r\n", replace(SEMICOLONS, ending="\r\n", named=True), {"a": ["1"], "b": ["2"]}),
        (b"SEP=\t\na\tb\n1\t2\n", replace(PLAIN, separator="\t", named=True), {"a": ["1"], "b": ["2"]}),
        (b"sep=|\na|b\n1|2\n", replace(PLAIN, separator="|", named=True), {"a": ["1"], "b": ["2"]}),
        (b"sep=,\na,b;c\n1,2\n", replace(PLAIN, named=True), {"a": ["1"], "b;c": ["2"]}),
        (b"\xef\xbb\xbfa;b\n1;2\n", replace(SEMICOLONS, mark=True), {"a": ["1"], "b": ["2"]}),
        ("\ufeffa\tb\r\n\N{BIRD}\t2\r\n".encode("utf-16-le"),
         Dialect("\t", "\r\n", "utf-16-le", True), {"a": ["\N{BIRD}"], "b": ["2"]}),
        ("\ufeffa,b\n1,2\n".encode("utf-16-be"), Dialect(",", "\n", "utf-16-be", True), {"a": ["1"], "b": ["2"]}),
        (b"a\rx\ry\r", replace(PLAIN, ending="\r"), {"a": ["x", "y"]}),
        (b'a;b\r"1\n2";3\r', replace(SEMICOLONS, ending="\r"), {"a": ["1\n2"], "b": ["3"]}),
        (b"a,b,,\n1,2,,\n", replace(PLAIN, trailing=2), {"a": ["1"], "b": ["2"]}),
        (b"a;b;\n1;2;\n", replace(SEMICOLONS, trailing=1), {"a": ["1"], "b": ["2"]}),
        (b"a;b\n1.5;2\n", replace(SEMICOLONS, decimal="."), {"a": ["1.5"], "b": ["2"]}),
        (b"a;b\n0,5;x,y\n", SEMICOLONS, {"a": ["0.5"], "b": ["x,y"]}),
        (b'a,b\n"0,5",x\n', replace(PLAIN, decimal=","), {"a": ["0.5"], "b": ["x"]}),
        # Where a header has several of them, its rows say which one separates.
        (b"Title, en;Size\nx;1\ny, z;2\n", SEMICOLONS, {"Title, en": ["x", "y, z"], "Size": ["1", "2"]}),
        (b'"a;b",c\nx,y\n', PLAIN, {"a;b": ["x"], "c": ["y"]}),
        (b"007;1e5;  x \n007;1e5;  x \n", SEMICOLONS, {"007": ["007"], "1e5": ["1e5"], "  x ": ["  x "]}),
    ],
)  # fmt: skip
def test_a_table_is_read_as_it_is_meant_and_written_back_as_it_was(data, dialect, columns):
    table = parse_table(data)
    assert table.dialect == dialect
    assert {name: table.text(name) for name in table.columns} == columns
    # (Whatever could be taken for a separator in the header is quoted.)
    assert format_table(table) == data.replace(b"SEP", b"sep").replace(b"Title, en", b'"Title, en"')


@pytest.mark.slow
@given(st.integers(0, 10**9))
def test_any_dialect_is_read_and_written_cell_for_cell(seed):
    random = Random(seed)
    writing = random_writing(random)
    rows = random_samples(random, writing, "a, b.wav")
    table = parse_table(writing.bytes_of(rows))
    points = [[c.replace(",", ".") if writing.comma and n in (3, 4) else c for n, c in enumerate(r)] for r in rows[1:]]
    assert table.columns == rows[0]
    assert [table.text(name) for name in table.columns] == [list(cells) for cells in zip(*points)]
    assert writing.rows_of(format_table(table)) == rows


@pytest.mark.slow
@given(st.integers(0, 10**9))
def test_tables_read_together_are_those_read_alone(tmp_path_factory, seed):
    random = Random(seed)
    folder = tmp_path_factory.mktemp("tables")
    paths, alone = [], []
    for n in range(3):
        writing = random_writing(random)
        path = folder / f"{n}.csv"
        path.write_bytes(writing.bytes_of(random_samples(random, writing, f"{n}.wav")))
        paths.append(str(path))
        alone.append(read_table(path))
    read = read_tables(paths, ("title", "power"), ("title", "power"))
    assert not read.problems
    for name in ("title", "power"):
        together = {}
        for block in read.blocks:
            cells = iter(block.frame[name].to_list())
            for place, count in zip(block.tables, block.counts, strict=True):
                together[place] = [next(cells) for _ in range(count)]
        assert together == {n: table.text(name) for n, table in enumerate(alone)}


def test_new_numbers_are_written_as_the_table_has_them():
    table = parse_table(b"filename;hz\na, b.wav;99,08\n").with_columns({"power": ["1.25"], "note": ["1.5 x"]})
    assert format_table(table) == b"filename;hz;power;note\na, b.wav;99,08;1,25;1.5 x\n"
    assert table.numbers("power").tolist() == [1.25]
    # Semicolons are what a spreadsheet writes that has commas in numbers.
    assert format_table(parse_table(b"a;b\nx;1\n").with_columns({"c": ["2.5"]})) == b"a;b;c\nx;1;2,5\n"
    assert format_table(parse_table(b"a;b\nx;1.5\n").with_columns({"c": ["2.5"]})) == b"a;b;c\nx;1.5;2.5\n"


def test_a_number_is_never_written_so_that_it_could_be_thousands():
    table = parse_table(b"a;b\nx;1\ny;2\n").with_columns({"duration": ["12.345", "101.250"]})
    data = format_table(table)
    assert data == b"a;b;duration\nx;1;12,3450\ny;2;101,2500\n"
    assert parse_table(data).numbers("duration").tolist() == [12.345, 101.25]
    # Beside a number that is clear all stay as they are.
    clear = parse_table(b"a;b\nx;0,5\ny;1,234\n")
    assert clear.numbers("b").tolist() == [0.5, 1.234]
    assert format_table(clear) == b"a;b\nx;0,5\ny;1,234\n"
    assert format_table(clear.take([1])) == b"a;b\ny;1,2340\n"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["440", "1,234"], "line 3: hz is '1,234', which could mean 1.234 or 1234: write it without ','"),
        (["1,234", "NaN"], "line 2: hz is '1,234', which could mean 1.234 or 1234"),
        (["7", "1,234,567"], "line 3: hz is '1,234,567', with marks between thousands: write 1234567"),
        (["1,234.5", "1"], "line 2: hz is '1,234.5', with marks between thousands: write 1234.5"),
        (["1.234,5", "1"], "line 2: hz is '1.234,5', with marks between thousands: write 1234.5"),
        (["212.09", "2,509.81"], "line 3: hz is '2,509.81', with marks between thousands: write 2509.81"),
        (["212.09", "1,234"], "line 3: hz is '1,234', which could mean 1.234 or 1234: write it without ','"),
        (["2 509,81", "212,09"], "line 2: hz is '2 509,81', with marks between thousands: write 2509.81"),
        (["212,09", "2\u202f509,81"], r"line 3: hz is '2\u202f509,81', with marks between thousands: write 2509.81"),
        (["0,5", "12.5"], "line 2: hz is '0,5', beside numbers with a point: write 0.5"),
    ],
)
@pytest.mark.parametrize("write", ['x,y\n"{}",a\n"{}",b\n', "x;y\r\n{};a\r\n{};b\r\n"])
def test_a_number_that_could_mean_two_things_is_reported_when_it_is_used(tmp_path, write, cells, said):
    path = tmp_path / "t.csv"
    path.write_text(write.format(*cells).replace("x", "hz", 1), newline="")
    table = read_table(path)
    assert table.text("hz") == cells
    expected = path.read_bytes().decode()
    for cell in cells:
        expected = expected if "," in cell else expected.replace(f'"{cell}"', cell)
    assert format_table(table) == expected.encode()
    for use in (table.numbers, table.all_numbers, table.take([0, 1]).numbers):
        with pytest.raises(MediaError, match=re.escape(said)):
            use("hz")
    assert said in read_tables([str(path)], ("hz",)).problems[0]
    assert not read_tables([str(path)], ("y",)).problems


def test_thousands_with_points_beside_decimal_commas_are_reported():
    table = parse_table(b"a;b;c\n0,5;1.234;x\n1,5;12;y\n")
    assert table.numbers("a").tolist() == [0.5, 1.5]
    with pytest.raises(MediaError, match=re.escape("line 2: b is '1.234', which could mean 1.234 or 1234")):
        table.numbers("b")


def test_columns_of_other_things_with_commas_stay_text():
    table = parse_table(b"a;b;c\n1,5;1,5;\n2,5;x;1,2,3\n")
    assert table.decimals == {"a"}
    assert table.text("b") == ["1,5", "x"]
    assert table.text("c") == ["", "1,2,3"]


def workbook(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members:
            archive.writestr(name, text)
    return file.getvalue()


@each(
    ("data", "said"),
    [
        (workbook(("[Content_Types].xml", ""), ("xl/workbook.xml", "")), "is an Excel workbook (.xlsx), not CSV"),
        (workbook(("mimetype", "application/vnd.oasis.opendocument.spreadsheet")),
         "is an OpenDocument spreadsheet (.ods), not CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old Excel workbook (.xls), not CSV"),
        (workbook(("a.txt", "x")), "is a ZIP archive, not CSV"),
        ("a,b\n1,2\n".encode("utf-16-le"), "is UTF-16 or UTF-32 text without a mark of UTF-16"),
        ("ā,b\n1,2\n".encode("utf-16-be"), "is UTF-16 or UTF-32 text without a mark of UTF-16"),
        (b"\0\1\2", "is not a CSV table (it holds binary data)"),
        (b"\1\0\2\0\0\3\0\4" * 9, "is not a CSV table (it holds binary data)"),
        ("\ufeffa,b\n1,2\n".encode("utf-32-le"), "is UTF-16 or UTF-32 text without a mark of UTF-16"),
        ("\ufeffa,b\n1,2\n".encode("utf-16-le")[:-1], "begins as UTF-16 text, but is cut off or damaged"),
        (b"a,b\n1,M\xfcnchen\n", "line 2 is not UTF-8 text: save the table as CSV in UTF-8"),
        (b'a,b\n1,"x\ny\nz"\n1,M\xfcnchen\n', "line 3 is not UTF-8 text"),
        (b'a;b\n1;"x\n\ny"\n1;2;3\n', "line 3 has 3 cells but the header has 2: is a semicolon missing its quotes?"),
        (b"sep=\t\n\na\tb\n1\t2\t3\n", "line 3 has 3 cells but the header has 2: is a tab missing its quotes?"),
        (b"a,b\n\n1,2\n\n1,2,3\n", "line 5 has 3 cells but the header has 2: is a comma missing its quotes?"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "is compressed (gzip): unpack it, and give the table in it"),
        (b"a,b\n1,2\n3,\0\0\n", "line 3 holds characters of value 0: the file is damaged"),
        (b"a,b\n1,2\na,b\n3,4\n", "line 3 has the names of the columns again: remove it"),
        (b'a;b\n1;"2\n"\n\xef\xbb\xbfa;b\n3;4\n', "line 3 has the names of the columns again: remove it"),
        (b"a,,b,\n1,2,3,4\n", "columns 2 and 4 have no name: give each one in the header line"),
    ],
)  # fmt: skip
def test_what_is_not_a_table_is_named(data, said):
    with pytest.raises(MediaError, match=re.escape(said)):
        parse_table(data, "t.csv")


@each("data", [b"a\nb\na\n", b"1,2\n1,2\n", b"a,b\na,1\n1,b\n", b"a,b\n"])
def test_cells_may_be_like_names_where_no_row_is_the_header_again(data):
    assert len(parse_table(data, "t.csv")) == data.count(b"\n") - 1


def test_lines_are_those_of_the_spreadsheet():
    table = parse_table(b'a,n\n"x\ny",1\n\nz,word\n')
    with pytest.raises(MediaError, match="line 4: n is 'word', not a number"):
        table.all_numbers("n")
    with pytest.raises(MediaError, match="line 4: n is 'word', not a number"):
        table.take([1]).all_numbers("n")
    with pytest.raises(MediaError, match="line 3: n is 'word'"):
        parse_table(b"\na,n\nword,word\n").all_numbers("n")


def test_empty_cells_beyond_the_header_are_none():
    assert parse_table(b"a,b\n1,2,,\n3,4\n").text("b") == ["2", "4"]


def test_a_name_with_a_separator_in_it_is_quoted():
    for names in (["a;b"], ["a\tb", "c"], ["sep=;", "x"]):
        data = format_table(Table.of({name: ["1"] for name in names}))
        assert parse_table(data).columns == names
        assert parse_table(data).dialect == PLAIN


def test_a_separator_by_which_quotes_end_within_a_cell_is_not_meant():
    table = Table.of({"name;dur;title;": ["box 7/a"], ";": [' b.wav;0;1.770";5']})
    assert parse_table(format_table(table)).frame.equals(table.frame)


def test_joined_tables_keep_the_first_dialect():
    joined = concatenate([parse_table(b"a;b\n0,5;x\n"), Table.of({"a": ["1.25"], "b": ["y"]})])
    assert format_table(joined) == b"a;b\n0,5;x\n1,25;y\n"


@pytest.mark.parametrize(("end", "separator"), [("\n", ";"), ("\r\n", ";"), ("", ",")])
def test_a_last_row_without_an_end_may_be_cut_off(end, separator):
    """With commas the last row has a cell too few: one that may be cut off decides nothing."""
    assert find_separator(f"x,y;z\n1,2;3\n4;5{end}") == separator
