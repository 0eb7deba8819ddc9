"""The rows of several tables with the same columns, as plain CSV and as arrays."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from lib.tables.scan import row_ends
from lib.tables.table import format_rows


@dataclass(frozen=True)
class Block:
    """The rows of several tables with the same columns, one table after the other.

    frame: the requested columns, as float64 if all their cells are numbers, else as text without nulls;
    columns: all that the tables have; tables: their indices in the list that was read; counts: the rows of each.
    """

    frame: pl.DataFrame
    columns: tuple[str, ...]
    tables: tuple[int, ...]
    counts: tuple[int, ...]
    # The plain CSV file that the rows were read from, with numbers for names; or all of their cells, text.
    _read_from: bytes | pl.DataFrame = field(repr=False)

    @cached_property
    def _data(self) -> bytes:
        if isinstance(self._read_from, bytes):
            return self._read_from
        return _numbers(self.columns) + format_rows(self._read_from).encode()

    def owners(self) -> np.ndarray:
        """Return the index in `tables` of each row (0-based, int64)."""
        return np.repeat(np.arange(len(self.tables)), self.counts)

    @cached_property
    def _ends(self) -> np.ndarray:
        """The end of each row: that of the header, then the others."""
        return row_ends(self._data)

    def sizes(self, rows: np.ndarray) -> np.ndarray:
        """Return the bytes of each of these rows' lines."""
        return self._ends[rows + 1] - self._ends[rows]

    def lines(self, rows: np.ndarray) -> Iterator[bytes]:
        """Yield these rows as lines of a plain CSV file without its header, every cell as it was."""
        if len(rows):
            ends = self._ends
            # Consecutive rows are one slice.
            firsts = np.flatnonzero(np.diff(rows, prepend=rows[0] - 2) != 1)
            lasts = np.append(firsts[1:], len(rows)) - 1
            for begin, end in zip(ends[rows[firsts]].tolist(), ends[rows[lasts] + 1].tolist()):
                yield self._data[begin:end]


def block_of(
    header: bytes, bodies: Sequence[bytes | pl.DataFrame], tables: Sequence[int], counts: Sequence[int],
    columns: Sequence[str], text: Sequence[str],
) -> Block:  # fmt: skip
    """Parse the rows of plain tables that have one header line; each of `bodies` is of one table or several.

    Frames of text, which are already parsed, become lines only if necessary.
    """
    names = header_names(header)
    wanted = [c for c in names if c in columns]
    frames = [body for body in bodies if isinstance(body, pl.DataFrame)]
    if frames and len(frames) == len(bodies):
        cells = pl.concat(frames)
        frame = pl.DataFrame([cells[c] if c in text else _as_numbers(cells[c]) for c in wanted])
        return Block(frame, tuple(names), tuple(tables), tuple(counts), cells)
    parts = [format_rows(body).encode() if isinstance(body, pl.DataFrame) else body for body in bodies]
    data = b"".join([_numbers(names), *parts])
    return Block(_parse(data, names, wanted, text), tuple(names), tuple(tables), tuple(counts), data)


def _as_numbers(cells: pl.Series) -> pl.Series:
    """Return a column as numbers if all of its cells are numbers."""
    numbers = cells.cast(pl.Float64, strict=False)
    return numbers if not numbers.null_count() and numbers.is_finite().all() else cells


def parse_lines(header: bytes, lines: Sequence[bytes], columns: Sequence[str], text: Sequence[str] = ()) -> Block:
    """Parse lines from blocks, under their common header line, as one table of one Block."""
    names = header_names(header)
    data = b"".join([_numbers(names), *lines])
    frame = _parse(data, names, [c for c in names if c in columns] or names[:1], text)
    return Block(frame, tuple(names), (0,), (frame.height,), data)


def _numbers(names: Sequence[str]) -> bytes:
    """Return a header line of numbers in place of names: polars leaves quotes in names doubled."""
    return ",".join(map(str, range(len(names)))).encode() + b"\n"


def header_names(line: bytes) -> list[str]:
    """Return the column names that a plain CSV file's first line holds."""
    return next(csv.reader(line.decode("utf-8-sig", "replace").splitlines(keepends=True)), [])


def _parse(data: bytes, names: Sequence[str], wanted: Sequence[str], text: Sequence[str]) -> pl.DataFrame:
    """Read columns of a plain CSV file with numbers for names, as numbers if all cells are (except `text`)."""
    if not wanted:
        return pl.DataFrame()
    numbered = {str(names.index(c)): c for c in wanted}
    kinds = {n: pl.String if c in text else pl.Float64 for n, c in numbered.items()}
    frame = pl.read_csv(data, columns=list(numbered), schema_overrides=kinds, ignore_errors=True, glob=False)
    worded = [c.name for c in frame if c.dtype == pl.Float64 and (c.null_count() or not c.is_finite().all())]
    if worded:
        kinds |= dict.fromkeys(worded, pl.String)
        frame = pl.read_csv(data, columns=list(numbered), schema_overrides=kinds, ignore_errors=True, glob=False)
    return frame.with_columns(pl.col(pl.String).fill_null("")).rename(numbered)
