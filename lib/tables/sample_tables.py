"""The sample tables of a collection: thousands of small CSV files, read by column and many at a time.

Tables with the same header are joined and parsed in one go, so that the cost is that of the bytes and not of the files;
others (quotes, line ends of Windows, a truncated line) are read one by one. Threads share the work: the parser (polars)
releases Python's lock.
"""

from __future__ import annotations

import csv
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import polars as pl

from lib.errors import MediaError
from lib.io.progress import bar
from lib.parallel.jobs import worker_count
from lib.parallel.threads import run_threads
from lib.tables.table import BOM, Table, format_table, parse_table

# Bytes of tables per batch: enough for the cost of a call not to matter, few enough to bound memory.
BATCH_BYTES = 4 << 20
NEWLINE, COMMA = 10, 44
# Largest number of line breaks in a truncated quoted cell.
LINES_OF_A_CELL = 16
# The C library gives freed blocks of megabytes back to the system, and page by page gets them again for the next batch,
# which takes a fifth of the time. One larger block, freed at once and never written to, teaches it to keep them.
LARGEST_BLOCK = 31 << 20
Result = TypeVar("Result")


@dataclass(frozen=True)
class Block:
    """The rows of several tables with the same columns, one table after the other.

    frame: those columns that were asked for, as float64 if all their cells are numbers, else as text without nulls;
    columns: all that the tables have; tables: their places in the list that was read; counts: the rows of each.
    """

    frame: pl.DataFrame
    columns: tuple[str, ...]
    tables: tuple[int, ...]
    counts: tuple[int, ...]
    # The CSV file that the rows were read from, and whether each of its lines after the first is a row.
    _data: bytes = field(repr=False)
    _row_per_line: bool = True

    def owners(self) -> np.ndarray:
        """Return the index in `tables` of each row (0-based, int64)."""
        return np.repeat(np.arange(len(self.tables)), self.counts)

    @cached_property
    def _ends(self) -> np.ndarray:
        """Where each line ends: that of the header, then the rows."""
        return np.flatnonzero(np.frombuffer(self._data, np.uint8) == NEWLINE) + 1

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        """Return the bytes of each of these rows' lines, in a block of several tables."""
        return self._ends[rows + 1] - self._ends[rows]

    def lines(self, rows: np.ndarray) -> Iterator[bytes]:
        """Yield these rows as lines of a CSV file without its header, every cell as it was."""
        if not self._row_per_line:
            chosen = format_table(parse_table(self._data).take(rows))
            yield chosen[chosen.find(b"\n") + 1 :]
        elif len(rows):
            ends = self._ends
            # Consecutive rows are one slice.
            firsts = np.flatnonzero(np.diff(rows, prepend=rows[0] - 2) != 1)
            lasts = np.append(firsts[1:], len(rows)) - 1
            for begin, end in zip(ends[rows[firsts]].tolist(), ends[rows[lasts] + 1].tolist()):
                yield self._data[begin:end]


@dataclass
class Read:
    """The tables that were read as blocks, the missing ones, and the problems of others, by index in the list."""

    blocks: list[Block] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)


@dataclass
class _Group:
    """Tables with one header, and whether each of their lines is a row."""

    row_per_line: bool
    tables: list[int] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


def read_tables(paths: Sequence[str], columns: Sequence[str] = (), text: Sequence[str] = ()) -> Read:
    """Read those of `columns` that the sample tables have; the columns of `text` are never turned into numbers.

    A table that is cut off in its last line is read up to there, and listed in `problems`, as are those that are empty
    or cannot be read at all.
    """
    read = Read()
    groups: dict[tuple[bytes, int], _Group] = {}
    for place, path in enumerate(paths):
        try:
            with open(path, "rb", buffering=0) as file:
                data = file.read()
            rows, separate = _plain_rows(data), -1
            if rows is None:
                table, problem = _mended(data, path)
                if problem:
                    read.problems[place] = f"its sample table {path} {problem}"
                data, rows = format_table(replace(table, bom=False, crlf=False)), len(table)
                if data.count(b"\n") != rows + 1:  # line breaks in cells: this one is not joined with others
                    separate = place
        except FileNotFoundError:
            read.missing.append(place)
            continue
        except OSError as error:
            read.problems[place] = f"its sample table {path} cannot be read ({error.strerror})"
            continue
        except MediaError as error:
            read.problems[place] = str(error)
            continue
        group = groups.setdefault((data[: data.find(b"\n") + 1], separate), _Group(separate < 0))
        group.tables.append(place)
        group.data.append(data)
        group.counts.append(rows)
    for (header, _), group in groups.items():
        read.blocks.append(_parse_group(header, group, columns, text))
    return read


def _plain_rows(data: bytes) -> int | None:
    """Return the number of rows of a table in which every comma and line break separates; None if it is not such."""
    if not data.endswith(b"\n") or b'"' in data or b"\r" in data or b"\0" in data or data.startswith(BOM):
        return None
    header = data[: data.find(b"\n")].split(b",")
    if len(header) < 2 or len(set(header)) < len(header) or not _is_text(data):
        return None
    codes = np.frombuffer(data, np.uint8)
    lines = int(np.count_nonzero(codes == NEWLINE))
    # Blank lines, and lines with too few or too many cells, do not add up.
    return lines - 1 if int(np.count_nonzero(codes == COMMA)) == lines * (len(header) - 1) else None


def _is_text(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _parse_group(header: bytes, group: _Group, columns: Sequence[str], text: Sequence[str]) -> Block:
    """Parse tables with one header together."""
    joined = b"".join([header, *(memoryview(data)[len(header) :] for data in group.data)])
    names = header_names(header)
    frame = _parse(joined, [c for c in names if c in columns], text)
    return Block(frame, tuple(names), tuple(group.tables), tuple(group.counts), joined, group.row_per_line)


def parse_lines(header: bytes, lines: Sequence[bytes], columns: Sequence[str], text: Sequence[str] = ()) -> Block:
    """Parse lines that blocks gave, under the header line that they have in common, as one table of one Block."""
    joined = b"".join([header, *lines])
    names = header_names(header)
    frame = _parse(joined, [c for c in names if c in columns] or names[:1], text)
    return Block(frame, tuple(names), (0,), (frame.height,), joined, joined.count(b"\n") == frame.height + 1)


def header_names(line: bytes) -> list[str]:
    """Return the column names that a CSV file's first line holds (UTF-8, with or without a byte order mark)."""
    return next(csv.reader(line.decode("utf-8-sig", "replace").splitlines(keepends=True)), [])


def _parse(data: bytes, wanted: Sequence[str], text: Sequence[str]) -> pl.DataFrame:
    """Read some columns of a CSV file that is known to be in order, as numbers where all cells are such."""
    if not wanted:
        return pl.DataFrame()
    kinds = {c: pl.String if c in text else pl.Float64 for c in wanted}
    frame = pl.read_csv(data, columns=list(wanted), schema_overrides=kinds, ignore_errors=True, glob=False)
    worded = [c.name for c in frame if c.dtype == pl.Float64 and (c.null_count() or not c.is_finite().all())]
    if worded:
        kinds |= dict.fromkeys(worded, pl.String)
        frame = pl.read_csv(data, columns=list(wanted), schema_overrides=kinds, ignore_errors=True, glob=False)
    return frame.with_columns(pl.col(pl.String).fill_null(""))


def _mended(data: bytes, path: str) -> tuple[Table, str]:
    """Return the table in `data`, without a last row that is cut off, and what is wrong with it."""
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
    return table, f"is cut off in its last line: the {len(table)} rows before it are used"


def _whole_rows(data: bytes) -> bytes:
    """Return a table without its last row if that is cut off: too few cells, in a quoted cell, or within a letter.

    A last row without a line break at its end that has all its cells may be whole: it is taken for that.
    """
    lines = data.removesuffix(b"\n").split(b"\n")
    reader = csv.reader(line.decode("utf-8", "replace") + "\n" for line in lines)
    records, begin = [], 0
    for cells in reader:
        records.append((begin, len(cells)))
        begin = reader.line_num
    first, width = records[-1]
    last = b"\n".join(lines[first:])
    within_letter = not data.endswith(b"\n") and not _is_text(last)
    whole = width >= records[0][1] and last.count(b'"') % 2 == 0 and not within_letter
    # A quote that is never closed, with half a table behind it, is another fault.
    if first == 0 or whole or len(lines) - first > LINES_OF_A_CELL:
        return data
    return b"\n".join([*lines[:first], b""])


def batches(paths: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the tables in runs of some BATCH_BYTES: (place of the first, paths)."""
    runs: list[tuple[int, list[str]]] = []
    held = 0
    for place, path in enumerate(paths):
        try:
            size = os.stat(path).st_size
        except OSError:
            size = 0
        if not runs or held + size > BATCH_BYTES:
            runs.append((place, []))
            held = 0
        runs[-1][1].append(path)
        held += size
    return runs


def each_batch(
    function: Callable[[tuple[int, list[str]]], Result], paths: Sequence[str], threads: int, label: str
) -> Iterator[Result]:
    """Yield `function` of each batch of tables, in order, computed by `threads` workers (-1: all cores)."""
    bytearray(LARGEST_BLOCK)
    jobs = batches(paths)
    held: dict[int, Result] = {}
    stop = threading.Event()
    coming = 0
    with bar(len(paths), label, "table") as progress:
        for outcome in run_threads(function, jobs, worker_count(threads), stop, fatal=(Exception,)):
            assert outcome.result is not None
            held[outcome.index] = outcome.result
            progress.update(len(outcome.job[1]))
            while coming in held:
                yield held.pop(coming)
                coming += 1
