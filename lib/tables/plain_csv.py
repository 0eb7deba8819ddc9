"""Tables in any dialect as plain CSV (UTF-8, commas, LF, decimal points), many at a time.

Tables of one dialect and header are joined and changed together. Only irregular ones (a truncated last line, a short
row) are read individually.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from lib.errors import HalfRead, MediaError
from lib.io.formats import counted
from lib.tables.decimals import group_decimals, with_points_in
from lib.tables.dialects import (
    MARKS,
    PLAIN,
    SEPARATORS,
    Dialect,
    decoded,
    find_separator,
    header_line,
    name_line,
    read_header,
)
from lib.tables.scan import scan, without
from lib.tables.table import Table, filled_rows, format_rows, parse_table

# Largest number of line breaks in a truncated quoted cell.
LINES_OF_A_CELL = 16
# A quoted cell that begins like a number with a comma.
_COMMA_NUMBER = re.compile(rb'"\s*[+-]?[0-9.]*,[0-9]')


@dataclass(frozen=True)
class Raw:
    """A table as read: its index in a list, its file, its bytes."""

    place: int
    path: str
    data: bytes


@dataclass
class Plain:
    """Tables as plain CSV.

    groups: (header line, indices of tables, rows of each, all rows as lines, or as text cells if they have been
    parsed); problems: by index; dialects: of the tables; decimals: the columns with decimal commas.
    """

    groups: list[tuple[bytes, list[int], list[int], bytes | pl.DataFrame]] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    dialects: set[Dialect] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)


def in_plain_csv(tables: list[Raw], numbers: AbstractSet[str]) -> Plain:
    """Return tables as plain CSV. A table with ambiguous numbers in a column of `numbers` is a problem."""
    plain = Plain()
    groups: dict[tuple[str, str, bool, bool, bytes], list[tuple[Raw, bytes]]] = {}
    apart = []
    separators: dict[bytes, str] = {}
    for raw in tables:
        found = _in_order(raw, separators)
        if found is None:
            apart.append(raw)
        else:
            key, body = found
            groups.setdefault(key, []).append((raw, body))
    for (separator, encoding, mark, named, header), members in groups.items():
        dialect = Dialect(separator, "\r\n" if header.endswith(b"\r\n") else "\n", encoding, mark, named)
        apart += _add_group(plain, dialect, header, members)
    for raw in apart:
        _add_one(plain, raw, numbers)
    return plain


def _in_order(raw: Raw, separators: dict[bytes, str]) -> tuple[tuple[str, str, bool, bool, bytes], bytes] | None:
    """Return what a table may have in common with others (its separator, encoding, whether it has a mark and names the
    separator, its header line), and its other lines, in UTF-8; None if it has to be read individually.

    separators: of header lines seen before.
    """
    try:
        data, encoding, mark = decoded(raw.data, raw.path)
    except MediaError:
        return None
    named, data = name_line(data)
    end = data.find(b"\n") + 1
    line = data[:end]
    if not line.strip(b"\r\n") or b"\r" in line.rstrip(b"\r\n"):
        return None
    if data.count(b'"') % 2 or line.count(b'"') % 2 or b"\0" in data or not is_text(data):
        return None
    if data.find(line.rstrip(b"\r\n"), end) > 0:  # the header again
        return None
    separator = named or separators.get(line) or _separator(data, line, separators)
    if re.search(rb'\n["%b]*\r?\n' % re.escape(separator.encode()), data):  # a row of empty cells
        return None
    body = data[end:]
    return (separator, encoding, mark, bool(named), line), body if body.endswith(b"\n") or not body else body + b"\n"


def _separator(data: bytes, line: bytes, separators: dict[bytes, str]) -> str:
    separator = find_separator(data.decode())
    if sum(mark.encode() in line for mark in SEPARATORS) == 1:  # otherwise other tables with this header may differ
        separators[line] = separator
    return separator


def _add_group(plain: Plain, dialect: Dialect, line: bytes, members: list[tuple[Raw, bytes]]) -> list[Raw]:
    """Add tables with one dialect and header line to `plain`; return those that have to be read individually."""
    names, _ = read_header(line.decode(), dialect.separator)
    width = len(names)
    while len(names) > 1 and names[-1] == "":
        names.pop()
    if width < 2 or len(set(names)) < len(names) or names[0].startswith("\ufeff"):
        return [raw for raw, _ in members]
    apart: list[Raw] = []
    joined = b"".join(body for _, body in members)
    ends = np.cumsum([len(body) for _, body in members])
    found = scan(joined, ends, dialect.separator, width)
    if not found.good.all():
        apart = [raw for (raw, _), good in zip(members, found.good) if not good]
        members = [member for member, good in zip(members, found.good) if good]
        joined = b"".join(body for _, body in members)
        ends = np.cumsum([len(body) for _, body in members])
        found = scan(joined, ends, dialect.separator, width)
    if not members:
        return apart
    tables, counts = [raw.place for raw, _ in members], found.counts.tolist()
    lines = without(joined, found.returns)
    body: bytes | pl.DataFrame = lines
    decimals: set[str] = set()
    if dialect.separator != "," or width > len(names) or _COMMA_NUMBER.search(lines):
        changed = _cells(lines, dialect, width, names, found.counts)
        if changed is None:  # something in these is ambiguous
            return apart + [raw for raw, _ in members]
        cells, decimals = changed
        body = cells
    plain.dialects.add(replace(dialect, trailing=width - len(names), decimal="," if decimals else "."))
    plain.decimals |= decimals
    plain.groups.append((header_line(names).encode(), tables, counts, body))
    return apart


def _cells(
    body: bytes, dialect: Dialect, width: int, names: list[str], counts: np.ndarray
) -> tuple[pl.DataFrame, set[str]] | None:
    """Return the cells of rows, text with points before decimals, and the columns that had commas.

    None if a cell stands in a column without a name, or a number is ambiguous.
    """
    numbered = dialect.separator.join(map(str, range(width))).encode() + b"\n"
    frame = pl.read_csv(numbered + body, separator=dialect.separator, infer_schema=False, glob=False).fill_null("")
    if frame.width != width or frame.height != counts.sum():
        return None
    if any((frame.to_series(n) != "").any() for n in range(len(names), width)):
        return None
    frame = frame.select(frame.columns[: len(names)])
    frame.columns = names
    if b"," in body or dialect.separator != ",":
        owners = np.repeat(np.arange(len(counts)), counts)
        where = group_decimals(frame, owners, len(counts))
        if where is None:
            return None
        frame = with_points_in(frame, where)
        return frame, set(where)
    return frame, set()


def _add_one(plain: Plain, raw: Raw, numbers: AbstractSet[str]) -> None:
    """Add an irregular table, or list its problem."""
    try:
        table, problem = _mended(raw.data, raw.path)
        table = filled_rows(table)
        for name in table.columns:
            if name in numbers:
                table.check_clear(name)
    except MediaError as error:
        plain.problems[raw.place] = str(error)
        return
    if problem:
        told = f"its sample table {raw.path} {problem}"
        plain.problems[raw.place] = HalfRead(told) if isinstance(problem, HalfRead) else told
    plain.dialects.add(replace(table.dialect, decimal="," if table.decimals else "."))
    plain.decimals |= table.decimals
    header = header_line(table.columns).encode() if table.columns else b""
    plain.groups.append((header, [raw.place], [len(table)], format_rows(table.frame, PLAIN).encode()))


def is_text(data: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    try:
        return data.isascii() or bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _mended(data: bytes, path: str) -> tuple[Table, str]:
    """Return the table in `data`, without a truncated last row, and its problem."""
    encoding = MARKS.get(data[:2])
    if encoding:
        text = data[2 : len(data) // 2 * 2].decode(encoding, "ignore")
        table, problem = _mended(text.encode(), path)
        return replace(table, dialect=replace(table.dialect, encoding=encoding, mark=True)), problem
    if not data.strip():
        return Table(pl.DataFrame(), path), "is empty: not even a header line"
    try:
        table = parse_table(data, path)
    except MediaError:
        whole = _whole_rows(data)
        if whole == data:
            raise
    else:
        whole = data if data.endswith((b"\n", b"\r")) else _whole_rows(data)
        if whole == data:
            return table, ""
    table = parse_table(whole, path)
    return table, HalfRead(f"is cut off in its last line: the {counted(len(table), 'row')} before it are used")


def _whole_rows(data: bytes) -> bytes:
    """Return a table without a truncated last row: too few cells, in a quoted cell, or within a character.

    A last row with all its cells but without a line break may be whole: it is taken to be.
    """
    lines = data.removesuffix(b"\n").split(b"\n")
    named, _ = name_line(data.lstrip(b"\r\n"))
    separator = named or find_separator(data.decode("utf-8", "replace"))
    reader = csv.reader((line.decode("utf-8", "replace") + "\n" for line in lines), delimiter=separator)
    records, begin = [], 0
    try:
        for cells in reader:
            records.append((begin, len(cells)))
            begin = reader.line_num
    except csv.Error:  # a lone carriage return in an unquoted cell, for example
        return data
    records = [(begin, cells) for begin, cells in records if cells]  # without blank lines
    if named:
        records = records[1:]
    if not records:
        return data
    first, width = records[-1]
    last = b"\n".join(lines[first:])
    within_letter = not data.endswith(b"\n") and not is_text(last)
    whole = width >= records[0][1] and last.count(b'"') % 2 == 0 and not within_letter
    # A quote that is never closed, followed by half a table, is another fault.
    if first == records[0][0] or whole or len(lines) - first > LINES_OF_A_CELL:
        return data
    return b"\n".join([*lines[:first], b""])
