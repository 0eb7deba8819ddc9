"""The columns of a table from its beginning, the dialect of several, and a plain table in every dialect."""

import csv
import io
import itertools
import os

import pytest

from lib.tables import translation
from lib.tables.dialects import PLAIN, Dialect
from lib.tables.translation import columns_of, common_dialect, translate
from tests.support.each import each


@each(
    ("data", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]), ("a;b\n1;2\n", ["a", "b"]), ("sep=;\na;b\n", ["a", "b"]),
        ('"sep=;"\na;b\n', ["a", "b"]),
        ("\na,b\n", ["a", "b"]), ("\ufeffa,b\n", ["a", "b"]), ("\ufeff\na,b\n", ["a", "b"]), ("a,b,,\n", ["a", "b"]),
        (",\n", [""]), ("", []), ("\n\n", []), ("a", ["a"]),
        ("\ufeffa;\u00e4\n1;2\n".encode("utf-16-le"), ["a", "\u00e4"]),
        ("\ufeffa;b\n1;2\n".encode("utf-16-be")[:-1], ["a", "b"]), (b"PK\x03\x04a,b\n", []), (b"a,\xff\n", []),
        ('"a\nb",c\n1,2\n', ["a\nb", "c"]),
    ],
)  # fmt: skip
def test_columns_of_a_table(tmp_path, data, names):
    path = tmp_path / "t.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    known = set()
    assert columns_of(str(path), known) == names
    assert columns_of(str(path), known) == []  # it is known
    assert len(known) == 1
    assert columns_of(str(tmp_path / "none.csv"), known) == columns_of(str(tmp_path), known) == []


def test_a_letter_that_is_cut_off_behind_the_header_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.setattr(translation, "HEADER_BYTES", 16)
    path = tmp_path / "t.csv"
    for shift in range(4):
        path.write_text("a,b\n" + "x" * shift + "\u00e4,1\n" * 20, "utf-8")
        assert columns_of(str(path), set()) == ["a", "b"]
        path.write_bytes(("\ufeffa,b\n" + "x" * shift + "\u00e4,1\n" * 20).encode("utf-16-le"))
        assert columns_of(str(path), set()) == ["a", "b"]


OPTIONS = [
    Dialect(";"),
    Dialect(";", decimal=","),
    Dialect(";", trailing=2),
    Dialect(","),
    Dialect(",", decimal=","),
    Dialect(";", "\r\n"),
]


@pytest.mark.parametrize("tables", [1, 2])
def test_the_common_dialect_of_tables(tables):
    for count in (1, 2, 3):
        for dialects in itertools.combinations(OPTIONS, count):
            found = common_dialect(dialects, tables)
            kinds = {(d.separator, d.ending) for d in dialects}
            if len(kinds) > 1:
                assert found == PLAIN
                continue
            commas = [d.decimal == "," for d in dialects]
            comma = any(commas) if dialects[0].separator == ";" else all(commas)
            assert (found.separator, found.ending) == kinds.pop()
            assert found.decimal == ("," if comma else ".")
            assert found.trailing == (dialects[0].trailing if tables == 1 else 0)
    assert common_dialect((), tables) == PLAIN


HEADER = ["name", "x"]
ROWS = {
    "simple": [["a", "1.5"], ["b c", "2"], ["", "1.25"]],
    "quoted": [["a,b", "1.5"], ['c"d', "2"], ["e\nf", "1.25"], ["g;h\ti", "3"]],
    "none": [],
}


@each("kind", ROWS)
@each("chunk", [7, 1 << 20])
def test_a_plain_table_in_every_dialect(tmp_path, monkeypatch, kind, chunk):
    monkeypatch.setattr(translation, "CHUNK_BYTES", chunk)
    path = tmp_path / "t.csv"
    every = itertools.product(",;\t", ("\n", "\r\n"), ("utf-8", "utf-16-le"), (False, True), (0, 2), ".,")
    step = 5 if chunk > 7 else 11  # (neither is a factor of their number)
    for separator, ending, encoding, named, trailing, decimal in itertools.islice(every, 0, None, step):
        dialect = Dialect(separator, ending, encoding, encoding != "utf-8", named, trailing, decimal)
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *ROWS[kind]])
        translate(str(path), HEADER, dialect, {"x"})
        text = path.read_bytes().decode(encoding)
        if dialect.mark:
            assert text[0] == "\ufeff"
            text = text[1:]
        if named:
            assert text.startswith(f"sep={separator}{ending}")
            text = text.removeprefix(f"sep={separator}{ending}")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        numbers = [[name, x.replace(".", decimal)] for name, x in ROWS[kind]]
        assert rows == [[*row, *[""] * trailing] for row in (HEADER, *numbers)]
        assert text.replace("e\nf", "").count(ending) == len(rows)
        if ending == "\n":
            assert "\r" not in text
    assert os.listdir(tmp_path) == ["t.csv"]


def test_other_columns_keep_their_points(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1.5,2.5\n")
    translate(str(path), ["a", "b"], Dialect(";", decimal=","), {"b"})
    assert path.read_text() == "a;b\n1.5;2,5\n"
    path.write_text("a,b\n1.5,2.5\n")
    translate(str(path), ["a", "b"], PLAIN, {"b"})
    assert path.read_text() == "a,b\n1.5,2.5\n"


def test_a_pipe_stays_as_it_is(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    translate(str(tmp_path / "pipe"), ["a"], Dialect(";"), set())
