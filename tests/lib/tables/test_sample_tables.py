"""Many tables read together give what Python's csv reads from each of them."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.tables import sample_tables
from lib.tables.blocks import parse_lines
from lib.tables.sample_tables import batches, each_batch, read_tables
from tests.support.each import each

HEADERS = [["filename", "start", "dur"], ["filename", "start", "dur", "power", "note"], ["dur", "filename", "start"]]
NUMBERS = st.one_of(st.integers(0, 999).map(str), st.floats(-99, 99).map(lambda v: f"{v:.2f}"))
ODD = st.sampled_from(
    ["", " 7 ", "1e400", "nan", "x", "a,b", 'q"q', "two\nlines", "\N{BIRD}", "0x10", "1_0", "+.5", "1."]
)
CELLS = st.one_of(NUMBERS, NUMBERS, ODD)


def number(cell):
    """The number that a cell is, or None."""
    allowed = set("0123456789+-.eE")
    stripped = cell.strip()
    try:
        return float(stripped) if set(stripped) <= allowed and abs(float(stripped)) < float("inf") else None
    except ValueError:
        return None


def text_of(header, rows, quoting=csv.QUOTE_MINIMAL, ending="\n"):
    file = io.StringIO(newline="")
    csv.writer(file, quoting=quoting, lineterminator=ending).writerows([header, *rows])
    return file.getvalue()


@st.composite
def collections(draw):
    """Some tables: (header, rows, how their file is written)."""
    tables = []
    for _ in range(draw(st.integers(1, 6))):
        header = draw(st.sampled_from(HEADERS))
        plain = draw(st.booleans())
        cells = NUMBERS if plain else CELLS
        rows = draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), max_size=5))
        rows = [row for row in rows if any(row)]
        style = draw(st.sampled_from(["plain", "plain", "windows", "bom", "quoted", "no end", "gaps", "quoted gaps"]))
        tables.append((header, rows, style))
    return tables


def write(folder, tables):
    paths = []
    for n, (header, rows, style) in enumerate(tables):
        quoting = csv.QUOTE_ALL if "quoted" in style else csv.QUOTE_MINIMAL
        # A row of empty cells is not a row.
        written = [row for real in rows for row in (real, [""] * len(header))] if "gaps" in style else rows
        data = text_of(header, written, quoting, "\r\n" if style == "windows" else "\n").encode()
        data = b"\xef\xbb\xbf" + data if style == "bom" else data
        paths.append(str(Path(folder) / f"{n}.csv"))
        Path(paths[-1]).write_bytes(data.rstrip(b"\n") if style == "no end" and rows and rows[-1][-1] else data)
    return paths


@pytest.mark.slow
@given(collections())
def test_cells_and_lines_are_those_of_the_tables(tables):
    with tempfile.TemporaryDirectory() as folder:
        read = read_tables(write(folder, tables), ("power", "dur", "note"), text=("note",))
    assert not read.problems
    assert not read.missing
    assert sorted(t for block in read.blocks for t in block.tables) == list(range(len(tables)))
    for block in read.blocks:
        rows = [(t, row) for t in block.tables for row in tables[t][1]]
        assert block.counts == tuple(len(tables[t][1]) for t in block.tables)
        assert block.owners().tolist() == [block.tables.index(t) for t, _ in rows]
        for name in block.frame.columns:
            place = block.columns.index(name)
            cells = [row[place] for _, row in rows]
            if block.frame[name].dtype == pl.Float64:
                assert block.frame[name].to_list() == [number(cell) for cell in cells]
            else:
                assert block.frame[name].to_list() == cells
        # Every other row, the last first.
        chosen = np.arange(len(rows))[::-2]
        lines = b"".join(block.lines(chosen)).decode()
        assert list(csv.reader(io.StringIO(lines, newline=""))) == [rows[n][1] for n in chosen]


@pytest.mark.slow
@given(collections())
def test_numbers_are_read_as_numbers_only_if_all_are(tables):
    with tempfile.TemporaryDirectory() as folder:
        read = read_tables(write(folder, tables), ("dur",))
    for block in read.blocks:
        place = block.columns.index("dur")
        cells = [row[place] for t in block.tables for row in tables[t][1]]
        if block.frame["dur"].dtype == pl.Float64:
            assert all(number(cell) is not None for cell in cells)
        else:
            assert any(number(cell) is None or cell != cell.strip() for cell in cells)


@pytest.mark.slow
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=3), st.data())
def test_a_table_cut_off_anywhere_gives_its_whole_lines(rows, data):
    rows = [row for row in rows if any(row)]
    text = text_of(["filename", "start", "dur"], rows).encode()
    end = data.draw(st.integers(len("filename,start,dur\n"), len(text)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(text[:end])
        read = read_tables([str(path)], ("start",))
    [block] = read.blocks
    whole = [n for n in range(len(rows) + 1) if len(text_of(["filename", "start", "dur"], rows[:n]).encode()) <= end]
    # A last line that has all its cells may be whole or not: nobody can know.
    assert block.counts[0] in (max(whole), max(whole) + 1)
    if block.counts[0] == max(whole):
        complete = len(text_of(["filename", "start", "dur"], rows[: max(whole)]).encode()) == end
        assert complete or "cut off in its last line" in read.problems[0]
        lines = b"".join(block.lines(np.arange(block.counts[0]))).decode()
        assert list(csv.reader(io.StringIO(lines, newline=""))) == rows[: max(whole)]


@each("last", ["c,5", "c,5,", '"c', 'c,5,"two', 'c,5,"two\nlines', 'c,5,"two\n', "c"])
def test_a_table_cut_off_in_its_middle_keeps_the_rows_before(tmp_path, last):
    path = tmp_path / "x.csv"
    path.write_text(f"filename,start,dur\na,1,2\nb,3,4\n{last}")
    if last == "c,5,":  # as many cells as the header: nobody can know that something is missing
        assert read_tables([str(path)]).blocks[0].counts == (3,)
        return
    read = read_tables([str(path)], ("start",))
    assert read.blocks[0].frame["start"].to_list() == [1, 3]
    assert read.problems[0].endswith("x.csv is cut off in its last line: the 2 rows before it are used")


@each(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"filename,start,dur\na,1,2,3\nb,1,2\n", "line 2 has 4 cells but the header has 3"),
        (b"filename,start,dur\na\xff,1,2\n", "line 2 is not UTF-8"),
        (b"filename,start,start\na,1,2\n", "two columns named 'start'"),
        (b"\0PNG\0\0", "binary"),
        (b'filename,start,dur\n"a,1,2\n' + b"b,1,2\n" * 99, "never closed"),
    ],
)
def test_a_bad_table_is_named_and_the_others_are_read(tmp_path, content, said):
    good, bad, missing = tmp_path / "good.csv", tmp_path / "bad.csv", tmp_path / "missing.csv"
    good.write_text("filename,start,dur\na,1,2\n")
    bad.write_bytes(content)
    read = read_tables([str(bad), str(missing), str(good), str(tmp_path)], ("dur",))
    assert read.missing == [1]
    assert said in read.problems[0]
    assert "bad.csv" in read.problems[0]
    assert "cannot be read" in read.problems[3]  # a folder
    assert [block.frame["dur"].to_list() for block in read.blocks if block.tables == (2,)] == [[2.0]]


def test_lines_are_parsed_again_as_one_table():
    block = parse_lines(b"filename,n\n", [b"a,3\n", b"", b'"b,c",1\nd,2\n'], ("n",))
    assert block.frame["n"].to_list() == [3, 1, 2]
    assert b"".join(block.lines(np.array([1, 2, 0]))) == b'"b,c",1\nd,2\na,3\n'
    broken = parse_lines(b"filename,n\n", [b'"two\nlines",3\n', b"a,1\n"], ())
    assert broken.counts == (2,)
    assert b"".join(broken.lines(np.array([1, 0]))) == b'a,1\n"two\nlines",3\n'


def test_batches_hold_all_tables_in_order_and_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_tables, "BATCH_BYTES", 100)
    paths = []
    for n, size in enumerate([60, 30, 30, 500, 10, 10]):
        paths.append(str(tmp_path / str(n)))
        Path(paths[-1]).write_bytes(b"x" * size)
    paths.append(str(tmp_path / "missing"))
    runs = batches(paths)
    assert [first for first, _ in runs] == [0, 2, 3, 4]
    assert [path for _, run in runs for path in run] == paths


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_come_in_order(tmp_path, monkeypatch, threads):
    monkeypatch.setattr(sample_tables, "BATCH_BYTES", 1)
    paths = [str(tmp_path / f"{n}.csv") for n in range(20)]
    for path in paths:
        Path(path).write_text("a,b\n1,2\n")
    assert list(each_batch(lambda batch: batch, paths, threads, "test")) == [(n, [p]) for n, p in enumerate(paths)]


def test_an_error_in_a_batch_is_raised(tmp_path):
    def fail(batch):
        raise MemoryError

    with pytest.raises(MemoryError):
        list(each_batch(fail, [str(tmp_path)], 2, "test"))


def test_tables_that_are_missing_take_no_room_in_a_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_tables, "BATCH_BYTES", 1)
    paths = [str(tmp_path / f"{n}.csv") for n in range(5)]
    assert batches(paths) == [(0, paths)]
    (tmp_path / "2.csv").write_text("ab")
    assert batches(paths) == [(0, paths[:2]), (2, paths[2:3]), (3, paths[3:])]
