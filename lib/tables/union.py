"""Several tables of samples as one: the union of their columns, and the samples that more than one of them holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import polars as pl

from lib.tables.blocks import Block, parse_lines
from lib.tables.dialects import header_line
from lib.tables.sample_tables import each_batch, read_tables
from lib.tables.scan import row_ends
from lib.tables.table import format_rows
from lib.tables.translation import columns_of

# Without these a row does not identify a sound.
REQUIRED = ("filename", "start", "dur")
# Columns of numbers that identify a sample, and which time a table has it: "\0" is in no name of a column.
START, DUR, TIME, TABLE = "\0start", "\0dur", "\0time", "\0table"


class SharedFilesError(Exception):
    """Several tables hold samples of one file: tables has their indices."""

    def __init__(self, tables: Sequence[int]) -> None:
        super().__init__(tables)
        self.tables = tables


class Owners:
    """Which tables hold samples of which files."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self._shared: set[int] = set()

    def add(self, table: int, filename: str) -> None:
        """Note that a table has samples of a file."""
        first = self._first.setdefault(filename, table)
        if first != table:
            self._shared |= {first, table}

    def check(self) -> None:
        """Raise SharedFilesError if a file has samples in several tables."""
        if self._shared:
            raise SharedFilesError(sorted(self._shared))


def union_of_columns(paths: Sequence[str]) -> list[str]:
    """Return the columns of all sample tables, in order of appearance; other tables are ignored."""
    columns: dict[str, None] = {}
    known: set[bytes] = set()
    for path in paths:
        names = columns_of(path, known)
        columns |= dict.fromkeys(names if set(REQUIRED) <= set(names) else [])
    return list(columns)


def lines_of(block: Block, rows: np.ndarray, union: Sequence[str], apart: bool) -> Iterator[tuple[int, bytes]]:
    """Yield rows of a block as (table, lines with all columns of the result); apart: those of each table separately."""
    counts = np.bincount(block.owners()[rows], minlength=len(block.tables))
    ends = np.cumsum(counts)
    lines = b"".join(block.lines(rows))
    several = apart and len(block.tables) > 1
    if list(union) != list(block.columns):
        own = parse_lines(header_line(block.columns).encode(), [lines], block.columns, block.columns).frame
        lines = format_rows(own.select(pl.col(n) if n in own.columns else pl.lit("").alias(n) for n in union)).encode()
        places = np.concatenate([[0], row_ends(lines)]) if several else np.zeros(1)
    elif several:
        places = np.concatenate([[0], np.cumsum(block.sizes(rows))])
    if not several:
        yield block.tables[0], lines
        return
    for table, (begin, end) in zip(block.tables, pairwise(places[np.concatenate([[0], ends])].tolist())):
        yield table, lines[begin:end]


def join(
    paths: Sequence[str], union: Sequence[str], numbers: Sequence[str], text: Sequence[str], threads: int, out: str
) -> int:
    """Write the rows of several tables to one plain table, each sample once; return how many rows that are fewer.

    A sample (filename, start, dur) of several tables has its place in the first, and in each column its first filled
    cell. A sample that one table holds twice stays there twice. numbers, text: the columns that are to be read as in
    `read_tables`.
    """
    header = header_line(union).encode()
    parts = []
    for lines in each_batch(partial(_rows, union, numbers, text), paths, threads, "joining"):
        parts += [
            parse_lines(header, [own], union, union).frame.with_columns(pl.lit(table).alias(TABLE))
            for table, own in lines
            if own
        ]
    rows = pl.concat(sorted(parts, key=lambda part: int(part[TABLE][0])))
    sample = ["filename", START, DUR]
    rows = rows.with_columns(_number("start").alias(START), _number("dur").alias(DUR))
    rows = rows.with_columns(pl.int_range(pl.len()).over(TABLE, *sample).alias(TIME))
    filled = [pl.col(name).filter(pl.col(name) != "").first().fill_null("") for name in union if name != "filename"]
    once = rows.group_by(*sample, TIME, maintain_order=True).agg(filled)
    with open(out, "wb") as file:
        file.write(header)
        file.write(format_rows(once.select(union)).encode())
    return len(rows) - len(once)


def _number(name: str) -> pl.Expr:
    """Return a column such that equal numbers are equal texts."""
    return pl.coalesce(pl.col(name).cast(pl.Float64, strict=False).cast(pl.String), pl.col(name))


def _rows(
    union: Sequence[str], numbers: Sequence[str], text: Sequence[str], batch: tuple[int, list[str]]
) -> list[tuple[int, bytes]]:
    """Return all rows of a batch of tables: (table, lines)."""
    first, paths = batch
    read = read_tables(paths, numbers, text)
    blocks = [block for block in read.blocks if set(REQUIRED) <= set(block.columns)]
    return [
        (first + table, lines)
        for block in blocks
        for table, lines in lines_of(block, np.arange(sum(block.counts)), union, apart=True)
    ]
