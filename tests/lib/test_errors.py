"""Errors and their messages."""

import os
import pickle

from lib.errors import (
    FolderError,
    MediaError,
    MissingColumnError,
    MissingError,
    OccupiedError,
    one_line,
    printable,
)
from tests.support.each import each


def test_an_error_has_a_reason_and_a_file():
    error = MediaError("is broken", "a.mp3")
    assert (error.reason, error.file, str(error)) == ("is broken", "a.mp3", "a.mp3: is broken")
    error = OccupiedError("is broken")
    assert (error.reason, error.file, str(error)) == ("is broken", "", "is broken")


@each(
    ("file", "name", "line"),
    [
        ("a/b.mp3", "b.mp3", "is broken"), ("a/b.mp3", "a/b.mp3", "is broken"),
        ("a/b.mp3", "c.mp3", "a/b.mp3: is broken"),
        ("ab.mp3", "b.mp3", "ab.mp3: is broken"), ("", "b.mp3", "is broken"), ("b.mp3", "a/b.mp3", "b.mp3: is broken"),
    ],
)  # fmt: skip
def test_a_file_is_named_beside_another_name_only(file, name, line):
    assert MediaError("is broken", file.replace("/", os.sep)).beside(name) == line


def test_a_missing_column_is_told_with_those_that_are_there():
    error = MissingColumnError("lacks it", "t.csv", "x", ("a", "b"))
    for one in (error, pickle.loads(pickle.dumps(error))):
        assert (one.reason, one.file, one.column, one.columns) == ("lacks it", "t.csv", "x", ("a", "b"))
        assert str(one) == "t.csv: lacks it"
    assert (MissingColumnError("x").column, MissingColumnError("x").columns) == ("", ())
    assert issubclass(FolderError, MissingError)


@each(
    ("error", "line"),
    [
        (OSError(2, "No such file", "a\nb"), "No such file: a\\nb"), (OSError(2, "No such file"), "No such file"),
        (OSError("plain"), "plain"), (OSError(), "OSError"), (ValueError(), "ValueError"),
        (ValueError("a\tb"), "a\\tb"),
        (MediaError("is broken", "a\r.mp3"), "a\\r.mp3: is broken"),
    ],
)  # fmt: skip
def test_messages_are_one_line(error, line):
    assert one_line(error) == line


def test_what_cannot_be_printed_is_escaped():
    assert printable("a b\u00e4'\"\\") == "a b\u00e4'\"\\"
    assert printable("\n\r\x1b\u2028\udcff") == "\\n\\r\\x1b\\u2028\\udcff"
