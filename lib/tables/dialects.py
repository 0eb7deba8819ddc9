"""The dialects of CSV: the tables of spreadsheets and programs to plain CSV (UTF-8, commas, LF), and back.

A dialect is detected from the table's beginning: a byte order mark, a line `sep=;`, and the separator of the cells of
its header.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lib.errors import MediaError, NoTableError
from lib.io.files import MEDIA_ENDINGS

BOM = b"\xef\xbb\xbf"
MARK = "\ufeff"
MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
WIDER_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
# By default csv refuses cells over 128 KiB; descriptions from the archive can be long.
LONGEST_CELL = 1 << 27
# Characters and rows that are examined to detect the separator.
HEAD, HEAD_ROWS = 1 << 16, 100
# The first line of a table that names its separator, as Excel reads and writes it.
_NAMED = re.compile(rb"\"?sep=([\t !#-/:-@\[-`{-~])\"?(\r\n|\n|\r)", re.IGNORECASE)
# First bytes of spreadsheets' files: a ZIP archive (with a certain member), or Microsoft's older container.
ZIP, OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOKS = (
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)"),
    (b"xl/", "an Excel workbook (.xlsx)"),
    (b"[Content_Types].xml", "an Excel workbook (.xlsx)"),
    (b"Index/", "a Numbers spreadsheet (.numbers)"),
)
# How other files begin that spreadsheets and archives give (in small letters).
DOCUMENTS = {
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"<table": "a web page",
    b"<?xml": "an XML file",
    b"[{": "JSON",
    b'{"': "JSON",
    b"%pdf-": "a PDF",
    b"{\\rtf": "an RTF text",
}
# How compressed files begin.
COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\0": "xz",
    b"BZh": "bzip2",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!\x1a": "RAR",
    b"(\xb5/\xfd": "Zstandard",
}
SAVE_IT = "open it in the spreadsheet, save it as CSV (UTF-8), and give that file"


@dataclass(frozen=True)
class Dialect:
    """How a table is written as text.

    separator: between cells; ending: of lines; encoding, mark: of the text, and whether it begins with a byte order
    mark; named: whether its first line names the separator (`sep=;`); trailing: empty columns without a name after the
    last one; decimal: "." or ",", in new numbers.
    """

    separator: str = ","
    ending: str = "\n"
    encoding: str = "utf-8"
    mark: bool = False
    named: bool = False
    trailing: int = 0
    decimal: str = "."


PLAIN = Dialect()


@dataclass(frozen=True)
class Opened:
    """The bytes of a table as UTF-8 from its header on, without marks; before: blank lines in front of the header."""

    data: bytes
    text: str
    dialect: Dialect
    header: list[str]
    header_end: int
    before: int


def decoded(data: bytes, path: str) -> tuple[bytes, str, bool]:
    """Return a table as UTF-8 without its mark, its encoding, and whether there was a mark.

    Raises MediaError if it is not text, but a spreadsheet's workbook, for example.
    """
    encoding = MARKS.get(data[:2])
    if encoding and not data.startswith(WIDER_MARKS):
        try:
            return data[2:].decode(encoding).encode(), encoding, True
        except UnicodeError as error:
            raise MediaError("begins as UTF-16 text, but is cut off or damaged: save it again", path) from error
    if data.startswith((ZIP, OLD_WORKBOOK)):
        raise MediaError(f"is {_workbook(data)}, not CSV: {SAVE_IT}", path)
    if data.startswith(tuple(COMPRESSED)):
        kind = next(kind for mark, kind in COMPRESSED.items() if data.startswith(mark))
        raise MediaError(f"is compressed ({kind}): unpack it, and give the table in it", path)
    if b"\0" in data[:4096]:
        if data.startswith(WIDER_MARKS) or _is_wide(data[:4096]):
            raise MediaError("is UTF-16 or UTF-32 text without a mark of UTF-16: save the table as CSV in UTF-8", path)
        if Path(path).suffix.lower() in MEDIA_ENDINGS:
            raise NoTableError("is media, not a table", path)
        if b"\n" in data and data[:4096].replace(b"\0", b"").decode("utf-8", "replace").replace("\n", "").isprintable():
            line = line_at(data, data.index(b"\0"))
            raise MediaError(f"line {line} holds characters of value 0: the file is damaged: save it again", path)
        raise MediaError("is not a CSV table (it holds binary data)", path)
    begin = data[:100].removeprefix(BOM).lstrip().lower()
    if begin.startswith(tuple(DOCUMENTS)):
        what = next(what for mark, what in DOCUMENTS.items() if begin.startswith(mark))
        raise MediaError(f"is {what}, not CSV: {SAVE_IT}", path)
    return data.removeprefix(BOM), "utf-8", data.startswith(BOM)


def _is_wide(data: bytes) -> bool:
    """Return whether this is mostly Latin text in UTF-16: every second byte is 0, and no character is a control."""
    first, second = data[::2].count(0), data[1::2].count(0)
    if min(first, second) > 0 or max(first, second) * 4 <= len(data):
        return False
    text = data.decode("utf-16-be" if first else "utf-16-le", "replace")
    return not any(character < " " and character not in "\t\r\n" for character in text)


def _workbook(data: bytes) -> str:
    if data.startswith(OLD_WORKBOOK):
        return "an old Excel workbook (.xls)"
    return next((name for member, name in WORKBOOKS if member in data), "a ZIP archive")


def opened(data: bytes, path: str) -> Opened:
    """Detect how a table is written; see `lib.tables.table.read_table` for the errors."""
    stripped = data.lstrip(b"\r\n")
    before = blank_lines(data[: len(data) - len(stripped)])
    plain, encoding, mark = decoded(stripped, path)
    named, plain = name_line(plain)
    stripped = plain.lstrip(b"\r\n")
    before += blank_lines(plain[: len(plain) - len(stripped)])
    if not named:  # a mark, and then blank lines
        named, stripped = name_line(stripped)
    if not stripped.strip():
        raise MediaError("the table is empty: not even a header line", path)
    try:
        text = stripped.decode("utf-8")
    except UnicodeDecodeError as error:
        line = line_at(stripped, error.start) + before
        raise MediaError(f"line {line} is not UTF-8 text: save the table as CSV in UTF-8", path) from error
    separator = named or find_separator(text)
    header, end = read_header(text, separator)
    ending = next((e for e in ("\r\n", "\n", "\r") if text.endswith(e, 0, end)), "\n")
    if text.startswith("\r\r\n", end - 1):  # made of \r\n once more
        ending = "\r\n"
    dialect = Dialect(separator, ending, encoding, mark, bool(named))
    return Opened(stripped, text, dialect, header, len(text[:end].encode()), before)


def name_line(data: bytes) -> tuple[str, bytes]:
    """Return the separator that a table's first line names ("" if it is not such a line), and the table without it."""
    named = _NAMED.match(data) if data[:5].lower().lstrip(b'"').startswith(b"sep=") else None
    return (named[1].decode(), data[named.end() :]) if named else ("", data)


def blank_lines(data: bytes) -> int:
    """Return how many lines end in these bytes."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def line_at(data: bytes, place: int) -> int:
    """Return the line of a place, from 1, as spreadsheets count: line breaks in quotes do not end one."""
    return 1 + sum(map(blank_lines, data[:place].split(b'"')[::2]))


def find_separator(text: str) -> str:
    """Return the separator of a table's cells: the one by which its rows have as many cells as its header."""
    head = text[:HEAD]
    first = head[: next((n for n, c in enumerate(head) if c in "\r\n"), len(head))]
    if '"' not in first and not any(c in first for c in ";\t"):
        return ","
    csv.field_size_limit(LONGEST_CELL)
    found: list[tuple[bool, bool, int, bool, str]] = []
    for separator in SEPARATORS:
        rows = _rows(head, separator)
        width, body = len(rows[0]), [row for row in rows[1:] if row]
        if len(body) > 1 and (len(head) < len(text) or not text.endswith(("\n", "\r"))):
            body.pop()  # it may be cut off
        if width > 1 and (not body or any(len(row) > 1 for row in body)):
            even = all(len(row) >= width and not any(row[width:]) for row in body)
            found.append((_is_well_quoted(head, separator), even, width, separator == ",", separator))
    return max(found)[-1] if found else ","


def _is_well_quoted(head: str, separator: str) -> bool:
    """Return whether quotes in the first row end where a cell does, as they do with the right separator."""
    try:
        next(csv.reader(io.StringIO(head, newline=""), delimiter=separator, strict=True), None)
    except csv.Error:
        return False
    return True


def _rows(head: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), HEAD_ROWS):
            rows.append(row)
    except csv.Error:
        pass
    return rows or [[]]


def read_header(text: str, separator: str) -> tuple[list[str], int]:
    """Return the cells of a table's first row, and where it ends."""
    csv.field_size_limit(LONGEST_CELL)
    lines = io.StringIO(text, newline="")
    header = next(csv.reader(lines, delimiter=separator))
    header[0] = header[0].lstrip(MARK)  # another mark, or one within quotes: it would be lost on writing
    return header, lines.tell()


def header_line(names: Sequence[str], dialect: Dialect = PLAIN) -> str:
    """Return the first row of a table as text. Whatever could be taken for a separator stands in quotes."""
    special = {*(() if dialect.named else SEPARATORS), dialect.separator, '"', "\r", "\n"}
    alone = len(names) == 1 and not dialect.trailing
    cells = [
        '"' + name.replace('"', '""') + '"' if special & set(name) or (alone and not name) else name for name in names
    ]
    return dialect.separator.join([*cells, *[""] * dialect.trailing]) + dialect.ending


def encoded(text: str, dialect: Dialect) -> bytes:
    """Return the text of a table, from its header on, as the bytes of its file."""
    named = f"sep={dialect.separator}{dialect.ending}" if dialect.named else ""
    return ((MARK if dialect.mark else "") + named + text).encode(dialect.encoding)
