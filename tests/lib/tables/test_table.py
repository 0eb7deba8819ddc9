"""Tables: what is read goes back out, cell for cell, and what cannot be read is said in one line."""

import csv
import io
import math
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.errors import MediaError, NoTableError
from lib.tables import table as table_module
from lib.tables.dialects import Dialect
from lib.tables.table import (
    Table,
    as_numbers,
    concatenate,
    format_table,
    parse_table,
    read_names,
    read_table,
    write_table,
)
from tests.support.each import each

# Everything that means something to a CSV reader, and what spreadsheets like to spoil; NUL is refused as binary.
PIECES = ('"', '""', ",", "\n", "\r", "\r\n", " ", "\t", "007", "1e5", "  x ", "#", ";", "'", "NULL", "nan", "\ufeff",
          "\u2028", "\x85", "\x1c", "\N{BIRD}", "e\u0301", "\\", "%s", "=1+1", "-", "a")  # fmt: skip
CELL = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=6),
)
# Python's csv (like most readers) takes a byte order mark at the very beginning for a mark, not for a name.
NAME = CELL.filter(lambda name: not name.startswith("\ufeff"))


@st.composite
def cells(draw):
    """Return (names, rows) of text cells."""
    names = draw(st.lists(NAME, min_size=1, max_size=4, unique=True))
    # Nameless columns at the end are taken for what spreadsheets leave there, unless something is in them.
    names = names if names[0].strip() and names[-1] else ["a", *(n for n in names[1:-1] if n not in ("a", "z")), "z"]
    rows = draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), max_size=5))
    return names, rows


def columns_of(rows, names):
    return {name: [row[n] for row in rows] for n, name in enumerate(names)}


def table_of(names, rows):
    return Table.of(columns_of(rows, names))


def seen(table):
    """The columns as they stand in the file: those with decimal commas have points in the table."""
    with_commas = {name: [cell.replace(".", ",") for cell in table.text(name)] for name in table.decimals}
    return table.columns, [with_commas.get(name, table.text(name)) for name in table.columns]


def model(data):
    """What Python's csv reads."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    names, body = rows[0], rows[1:]
    if len(names) > 1:
        body = [row for row in body if row]
    return names, [[row[n] if row else "" for row in body] for n in range(len(names))]


@pytest.mark.slow
@given(cells(), st.booleans(), st.booleans())
@example((["a", "b"], [["", ""], ["\r", "\n"]]), True, True)
@example((["a"], [[""], [""]]), False, False)
@example((["a\nb"], []), True, False)
@example((["a", ""], [["1", "2"]]), False, False)
@example((['"', ""], [["1", "2"]]), False, False)
def test_what_is_written_is_read_again_by_us_and_by_others(content, crlf, bom):
    names, rows = content
    frame = table_of(names, rows).frame
    dialect = Dialect(ending="\r\n" if crlf else "\n", mark=bom)
    data = format_table(Table(frame, dialect=dialect))
    expected = names, list(columns_of(rows, names).values())
    again = parse_table(data)
    assert seen(again) == expected
    assert model(data) == expected
    assert again.dialect == dialect
    assert format_table(again) == data
    assert data.endswith(b"\r\n" if crlf else b"\n")


@st.composite
def csv_files(draw):
    """Return the bytes of a CSV file, as any program may have written it, and its cells."""
    names, rows = draw(cells())
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    lines = []
    for row in [names, *rows]:
        written = []
        for cell in row:
            # Any separator in the header's names decides, unless it stands in quotes.
            quoted = any(c in cell for c in '",\r\n') or (row is names and any(c in cell for c in ";\t"))
            quoted = quoted or (len(row) == 1 and not cell) or draw(st.booleans())
            written.append('"' + cell.replace('"', '""') + '"' if quoted else cell)
        lines.append(",".join(written))
    text = ending.join(lines) + draw(st.sampled_from(["", ending]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode(), names, rows


@pytest.mark.slow
@given(csv_files())
def test_files_of_other_programs_are_read_cell_for_cell(content):
    data, names, rows = content
    assert seen(parse_table(data)) == (names, list(columns_of(rows, names).values())) == model(data)


@pytest.mark.slow
@given(csv_files(), st.data())
def test_a_changed_column_leaves_the_others_as_they_were(content, data):
    raw, names, rows = content
    table = parse_table(raw)
    name = data.draw(st.sampled_from(names))
    new = ["new"] * len(rows)
    again = parse_table(format_table(table.with_columns({name: new, "added by us": new})))
    for column in names:
        assert again.text(column) == (new if column == name else table.text(column))
    assert again.columns == [*names, "added by us"]


@pytest.mark.slow
def test_a_large_file_with_line_breaks_in_its_cells_is_read_like_a_small_one():
    """Polars divides large files among threads; a line break in a cell must not be where it does so."""
    rng = np.random.default_rng(1)
    texts = ["a\nb", 'say "x"\r\n', "plain", "", ",,,", "\n\n\n", "0012"]
    rows = [[texts[n] for n in rng.integers(len(texts), size=3)] for _ in range(30_000)]
    names = ["one", "two", "three"]
    data = format_table(table_of(names, rows))
    assert seen(parse_table(data)) == (names, list(columns_of(rows, names).values())) == model(data)


@each(
    ("data", "names", "columns"),
    [
        (b"a,b\n1\n2,3\n", ["a", "b"], [["1", "2"], ["", "3"]]),
        (b"a,b\n1,2\n\n3,4\n\n\n", ["a", "b"], [["1", "3"], ["2", "4"]]),
        (b"\r\n\na,b\n1,2\n", ["a", "b"], [["1"], ["2"]]),
        (b"a,b", ["a", "b"], [[], []]),
        (b"a,b\r\n", ["a", "b"], [[], []]),
        (b"a\n\n1\n\n", ["a"], [["", "1", ""]]),
        (b"a\r\n\r\n", ["a"], [[""]]),
        (b"a\r1\r2\r", ["a"], [["1", "2"]]),
        (b"a\r1\r2", ["a"], [["1", "2"]]),
        (b'a,b\r1,"x\ny"\r2,\r', ["a", "b"], [["1", "2"], ["x\ny", ""]]),
        (b'a,b\n1"x,"2"\n', ["a", "b"], [['1"x'], ["2"]]),
        (b"#a,b\n#1,2\n", ["#a", "b"], [["#1"], ["2"]]),
        (b"a,b,\n1,2,\n", ["a", "b"], [["1"], ["2"]]),
        (b"a,b,\n1,2,3\n", ["a", "b", ""], [["1"], ["2"], ["3"]]),
        (b"a;b\n1;2\n", ["a", "b"], [["1"], ["2"]]),
    ],
)
def test_odd_files_are_read_as_one_would_expect(data, names, columns):
    assert seen(parse_table(data)) == (names, columns)


NAMELESS = "t.csv: columns {} and {} have no name"


@each(
    ("data", "said"),
    [
        (b"", "t.csv: the table is empty: not even a header line"),
        (b"\xef\xbb\xbf \r\n\n", "t.csv: the table is empty: not even a header line"),
        (b"a,b\n1,2,3\n", "t.csv: line 2 has 3 cells but the header has 2: is a comma missing its quotes?"),
        (b'a,b\n1,"x\ny"\n1,2,3\n', "t.csv: line 3 has 3 cells but the header has 2: is a comma missing its quotes?"),
        (
            b'a,b\n1,"2\n3,4\n',
            't.csv: line 2: a quote (") is opened and never closed: is it a mistake, or is the file cut off?',
        ),
        (
            b'a,b\n1,2\n3,"',
            't.csv: line 3: a quote (") is opened and never closed: is it a mistake, or is the file cut off?',
        ),
        (b'a\n"x', 't.csv: line 2: a quote (") is opened and never closed: is it a mistake, or is the file cut off?'),
        (b'a\n"x\n', 't.csv: line 2: a quote (") is opened and never closed: is it a mistake, or is the file cut off?'),
        (b'"a', 't.csv: line 1: a quote (") is opened and never closed: is it a mistake, or is the file cut off?'),
        (b"Mine,,\na,b,c\n", f"{NAMELESS.format(2, 3)}: remove the lines above line 2, if the names are there"),
        (b";;\n\n;;\na;b;c\n1;2;3", f"{NAMELESS.format(1, 2)}: remove the lines above line 4, if the names are there"),
        (b"a,,\n1,2,3\nx,,z\n", f"{NAMELESS.format(2, 3)}: give each one in the header line"),
        (
            b"Mine\na,b,c\n",
            "t.csv: line 2 has 3 cells but the header has 1: remove the lines above the names of the columns, "
            "if line 2 has these",
        ),
        (
            b'[{"a": 1}]',
            "t.csv: is JSON, not CSV: open it in the spreadsheet, save it as CSV (UTF-8), and give that file",
        ),
        (b"a,b,a\n1,2,3\n", "t.csv: has two columns named 'a': rename one"),
        (b"a,b\n1,2\n1,\xff\n", "t.csv: line 3 is not UTF-8 text: save the table as CSV in UTF-8"),
        (b"\xff\xfea\0,\0b", "t.csv: begins as UTF-16 text, but is cut off or damaged: save it again"),
        (b"ID3\x04\0\0\0\0", "t.csv: is not a CSV table (it holds binary data)"),
    ],
)
def test_what_is_not_a_table_is_reported(workplace, data, said):
    (workplace / "t.csv").write_bytes(data)
    with pytest.raises(MediaError) as failure:
        read_table("t.csv")
    assert str(failure.value) == said


def test_a_missing_file_or_something_else_is_reported(workplace):
    with pytest.raises(MediaError, match=re.escape("none.csv: there is no such table")):
        read_table("none.csv")
    (workplace / "folder.csv").mkdir()
    with pytest.raises(MediaError, match=re.escape("folder.csv: is a folder, not a table")):
        read_table("folder.csv")
    (workplace / "song.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    with pytest.raises(NoTableError, match=re.escape("song.wav: is media, not a table")):
        read_table("song.wav")


def test_a_file_that_is_read_and_written_is_the_same_byte_for_byte(workplace):
    original = b'\xef\xbb\xbfid,title\r\n007,"a ""b"", c\nd"\r\n1e5,  x \r\n,\r\n'
    (workplace / "t.csv").write_bytes(original)
    write_table(read_table("t.csv"), "t.csv")
    assert (workplace / "t.csv").read_bytes() == original


# Unicode's white space; Python also counts four control characters as such.
BLANKS = "".join(chr(n) for n in range(0x3001) if chr(n).isspace() and not 0x1C <= n <= 0x1F)


def decimal_number(cell):
    """Return what a cell is worth as a number, or None: blanks around it are allowed, words such as inf are not."""
    stripped = cell.strip(BLANKS)
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", stripped):
        return None
    return float(stripped) if math.isfinite(float(stripped)) else None


WORDS = st.lists(st.sampled_from(["1", "0", "9", ".", "-", "+", "e", "E", " ", "_", ",", "inf", "nan", "x", "\t"]))


@pytest.mark.slow
@given(st.lists(st.one_of(WORDS.map("".join), st.floats().map(str), st.integers().map(str), CELL), max_size=20))
@example(["", " ", "-", "+", ".", "e5", "1e400", "-1e-400", "1_000", "0x10", "Infinity", "\u0663"])
def test_numbers_are_the_decimal_ones_and_no_others(texts):
    assert as_numbers(pl.Series(texts, dtype=pl.String)).to_list() == [decimal_number(text) for text in texts]


def test_a_column_of_numbers_has_nan_where_there_is_none():
    table = Table.of({"n": ["1", "", "x", "-2.5e1", "inf"]})
    np.testing.assert_array_equal(table.numbers("n"), [1, np.nan, np.nan, -25, np.nan])
    assert table.numbers("n").dtype == np.float64
    with pytest.raises(MediaError, match=re.escape("the table: line 3: n is '', not a number")):
        table.all_numbers("n")
    np.testing.assert_array_equal(table.take([3, 0]).all_numbers("n"), [-25, 1])


def test_a_missing_column_is_named_with_those_present():
    table = Table.of({"filename": [], "start": []}, "m.csv")
    message = "m.csv: has no column 'hz'; its columns are: filename, start"
    for ask in (table.text, table.numbers, table.require, lambda name: table.select(["start", name])):
        with pytest.raises(MediaError) as failure:
            ask("hz")
        assert str(failure.value) == message


def test_rows_are_taken_in_order_and_none_can_be():
    table = Table.of({"a": ["0", "1", "2"], "b": ["x", "y", "z"]})
    assert seen(table.take([2, 0, 2])) == (["a", "b"], [["2", "0", "2"], ["z", "x", "z"]])
    assert seen(table.take([])) == (["a", "b"], [[], []])
    assert len(table.take([])) == 0


def test_a_bad_row_is_named_as_it_is_counted_in_its_file():
    table = Table.of({"n": ["1", "2", "x", "4", "y"]}).take([4, 3, 2, 1])
    assert [table.line(row) for row in range(4)] == [6, 5, 4, 3]
    with pytest.raises(MediaError, match="line 4: n is 'x'"):
        table.take([1, 2]).with_columns({"m": ["", ""]}).all_numbers("n")
    joined = concatenate([table.take([1]), Table.of({"n": ["z"]})])
    with pytest.raises(MediaError, match="line 3: n is 'z'"):
        joined.all_numbers("n")


def test_numbers_are_those_of_the_new_column_after_it_was_replaced():
    table = Table.of({"a": ["1", "2"]})
    assert table.numbers("a").tolist() == [1, 2]
    assert table.with_columns({"a": ["3", "4"]}).numbers("a").tolist() == [3, 4]
    assert table.take([1]).numbers("a").tolist() == [2]


def test_tables_are_joined_with_the_union_of_their_columns():
    joined = concatenate([Table.of({"a": ["1"], "b": ["2"]}), Table.of({"c": ["3"], "a": ["4"]}), Table.of({"a": []})])
    assert seen(joined) == (["a", "b", "c"], [["1", "4"], ["2", ""], ["", "3"]])
    assert len(concatenate([])) == 0


TOKENS = (b'"', b",", b"\n", b"\r", b"\r\n", b'""', b"a", b"1", b" ", b"\t", b"\xef\xbb\xbf", b"\xff", b"\0", b";",
          b'"x"', b"\xe2\x80\xa8", b"1e999", b"nan", b"#")  # fmt: skip


@pytest.mark.slow
@given(st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(TOKENS), max_size=25).map(b"".join)))
@example(b"\n\xef\xbb\xbf")
@example(b'\n\xef\xbb\xbf"a"\n1')
@example(b'"\xef\xbb\xbfa",b\n1,2\n')
@example(b'""\t')
def test_any_bytes_are_a_table_that_is_written_as_it_was_read_or_are_refused(data):
    try:
        table = parse_table(data)
    except MediaError:
        return
    assert seen(parse_table(format_table(table))) == seen(table)
    for name in table.columns:
        assert table.numbers(name).shape == (len(table),)


def test_marks_of_byte_order_are_not_part_of_a_name():
    for data in (b"\n\xef\xbb\xbfa,b\n1,2\n", b'\xef\xbb\xbf"\xef\xbb\xbfa",b\n1,2\n', b'"\xef\xbb\xbfa",b\n1,2\n'):
        assert seen(parse_table(data)) == (["a", "b"], [["1"], ["2"]])


def test_names_of_a_large_table_are_those_of_its_header_alone(tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    path.write_text('filename;start;"a ""b"""\n' + "x.wav;1,5;2\n" * 3000)
    seen = []
    real = table_module.parse_table
    monkeypatch.setattr(table_module, "parse_table", lambda data, path: seen.append(len(data)) or real(data, path))
    assert read_names(path) == ["filename", "start", 'a "b"']
    assert seen == [max(n for n in range(table_module.HEAD_BYTES + 1) if path.read_bytes()[n - 1 : n] == b"\n")]


@each("data", [b'a,"b\n' + b"x,y\n" * 9000, "a,b\n1,2\n".encode("utf-16") * 3000, b"", b"PK\3\4" * 9000])
def test_names_and_errors_of_a_table_are_those_of_reading_it(tmp_path, data):
    (tmp_path / "t.csv").write_bytes(data)

    def outcome(read):
        try:
            return read(tmp_path / "t.csv")
        except MediaError as error:
            return error.reason

    assert outcome(read_names) == outcome(lambda path: read_table(path).columns)


@each(
    ("data", "rows", "one_by_one"),
    [
        (b"a,b\n1,2\n", 1, False),
        (b"a;b\r\n1;2\r\n", 1, False),
        (b'a,b\n"1,2",\n', 1, False),
        (b"a\n\n1\n", 2, False),  # of one column a blank line is a row
        (b"a,b\n\n1,2\n", 1, True),
        (b"a,b\r\n\r\n1,2\r\n", 1, True),
        (b"a,b\r1,2\r", 1, True),
    ],
)
def test_a_table_in_order_is_read_at_once(monkeypatch, data, rows, one_by_one):
    asked, real = [], table_module.read_rows
    monkeypatch.setattr(table_module, "read_rows", lambda *given: asked.append(1) or real(*given))
    assert len(parse_table(data, "a.csv")) == rows
    assert bool(asked) == one_by_one
