"""The common dialect of many tables, and a plain table translated to it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import BinaryIO

import polars as pl

from lib.errors import MediaError
from lib.io.files import open_regular
from lib.tables.blocks import parse_lines
from lib.tables.dialects import MARKS, PLAIN, Dialect, encoded, header_line, opened
from lib.tables.scan import last_row_end
from lib.tables.table import format_rows

# A longer first line is not a header.
HEADER_BYTES = 1 << 16
# Bytes translated at a time.
CHUNK_BYTES = 4 << 20


def columns_of(path: str, known: set[bytes]) -> list[str]:
    """Return the columns of a table in any dialect, from its beginning; [] if it cannot be read.

    known: the beginnings of the tables seen before, to which this one's is added; for one of them it is [] too.
    """
    try:
        with open_regular(path) as file:
            line = file.readline(HEADER_BYTES)
            # A byte order mark, a line break or the name of the separator may precede the header.
            encoding = "utf-16" if line[:2] in MARKS else "utf-8-sig"
            first = line.decode(encoding, "ignore").strip("\r\n").lstrip('"')
            header_first = first and not first.lower().startswith("sep=")
            begin = line if header_first else line + file.readline(HEADER_BYTES)
            if begin in known:
                return []
            known.add(begin)
            begin += file.read(HEADER_BYTES)
    except OSError:
        return []
    try:
        # A character that is cut off in the middle is not needed.
        if begin[:2] in MARKS:
            begin = begin[: len(begin) // 2 * 2]
        elif len(begin) > HEADER_BYTES:
            begin = begin[: begin.rfind(b"\n") + 1]
        names = opened(begin, path).header
    except MediaError:
        return []
    while len(names) > 1 and not names[-1]:
        names.pop()
    return names


def common_dialect(dialects: Collection[Dialect], tables: int) -> Dialect:
    """Return the common dialect of tables, else plain CSV."""
    alike = {replace(dialect, trailing=0, decimal=".") for dialect in dialects}
    if len(alike) != 1:
        return PLAIN
    dialect = next(iter(dialects))
    # With commas as separators, decimal ones are rare: all tables have to have them.
    comma = (
        any(d.decimal == "," for d in dialects) if dialect.separator != "," else all(d.decimal == "," for d in dialects)
    )
    return replace(dialect, trailing=dialect.trailing if tables == 1 else 0, decimal="," if comma else ".")


def translate(path: str, columns: Sequence[str], dialect: Dialect, decimals: AbstractSet[str]) -> None:
    """Rewrite the plain table at `path` in a dialect, with decimal commas in some columns, a part at a time.

    A file that is not regular (a pipe) stays as it is.
    """
    if dialect.decimal != ",":
        decimals = frozenset()
    if dialect == PLAIN or not os.path.isfile(path):
        return
    header = header_line(columns).encode()
    folder = os.path.dirname(path) or "."
    with open(path, "r+b") as file, tempfile.TemporaryFile(dir=folder) as target:
        file.read(len(header))
        target.write(encoded(header_line(columns, dialect), dialect))
        for rows in _chunks(file):
            target.write(_translated(header, rows, columns, dialect, decimals))
        target.seek(0)
        file.seek(0)
        file.truncate()
        shutil.copyfileobj(target, file)


def _translated(
    header: bytes, rows: bytes, columns: Sequence[str], dialect: Dialect, commas: AbstractSet[str]
) -> bytes:
    simple = dialect.separator == "," and not commas and not dialect.trailing and dialect.encoding == "utf-8"
    if simple and (dialect.ending == "\n" or b'"' not in rows):
        return rows.replace(b"\n", dialect.ending.encode())
    separator = dialect.separator.encode()
    if not commas and not dialect.trailing and b'"' not in rows and separator not in rows:  # every comma separates
        changed = rows.replace(b",", separator).replace(b"\n", dialect.ending.encode())
        return changed if dialect.encoding == "utf-8" else changed.decode().encode(dialect.encoding)
    frame: pl.DataFrame = parse_lines(header, [rows], columns, columns).frame
    return format_rows(frame, dialect, commas).encode(dialect.encoding)


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    """Yield whole rows of a plain table, some megabytes at a time."""
    held = b""
    while data := source.read(CHUNK_BYTES):
        held += data
        if end := last_row_end(held):
            yield held[:end]
            held = held[end:]
    if held:
        yield held
