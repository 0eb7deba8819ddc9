"""Tables: CSV in and out, as columns of text exactly as they were read, with typed views of the columns in use."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from lib.errors import MediaError, MissingColumnError, MissingError, NoTableError
from lib.io.files import atomic_path, open_regular
from lib.io.interrupts import let_ctrl_c_end_waits
from lib.io.lookalikes import lookalike
from lib.io.pipes import open_input
from lib.io.stamps import free_path
from lib.io.states import bytes_digest, is_changed
from lib.tables.decimals import all_numbers, find_decimals, unclear_reason, with_commas, with_points
from lib.tables.dialects import PLAIN, Dialect, Opened, encoded, header_line, opened
from lib.tables.headers import check_names
from lib.tables.records import FIRST_LINE, read_rows
from lib.tables.spelling import meant_by

# Bytes read of a table if only the names are needed.
HEAD_BYTES = 1 << 14


@dataclass(frozen=True)
class Table:
    """Columns of text, and the dialect of their file.

    frame: one polars String column per CSV column, no nulls; path: the file it was read from, for messages; dialect: of
    that file, kept on writing; state: a digest of its bytes ("": there is none); decimals: the columns whose
    numbers have a comma in the file (here a point); unclear: the columns with ambiguous numbers, and the message about
    it; used: the columns whose cells have been requested, from this table or from one taken from it.
    """

    frame: pl.DataFrame
    path: str = "the table"
    dialect: Dialect = PLAIN
    decimals: frozenset[str] = frozenset()
    unclear: Mapping[str, str] = field(default_factory=dict)
    state: str = field(default="", compare=False)
    _numbers: dict[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)
    _lines: np.ndarray | None = field(default=None, repr=False, compare=False)
    used: set[str] = field(default_factory=set, repr=False, compare=False)

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[str]], path: str = "the table") -> Table:
        """Make a table of text columns of one length."""
        return cls(_frame(columns), path)

    def __len__(self) -> int:
        return self.frame.height

    @property
    def columns(self) -> list[str]:
        """The column names in the file's order."""
        return self.frame.columns

    def require(self, *names: str, hint: str = "") -> None:
        """Raise MissingColumnError that names the first column of `names` that is missing, and lists those present."""
        for name in names:
            if name not in self.frame.columns:
                present = ", ".join(self.columns) or "none"
                meant = meant_by(name, self.columns)
                reason = f"has no column {name!r}{meant}; its columns are: {present}{hint and '. ' + hint}"
                # No stage is to make a column that is there.
                raise MissingColumnError(reason, self.path, "" if meant else name, tuple(self.columns))

    def text(self, name: str) -> list[str]:
        """Return a column's cells as they were read, except that decimal commas are points."""
        self.require(name)
        self.used.add(name)
        return self.frame[name].to_list()

    def numbers(self, name: str) -> np.ndarray:
        """Return a column as float64, shape (rows,), NaN for cells that are empty or not a finite number.

        Raises MediaError if its numbers are ambiguous.
        """
        self.check_clear(name)
        self.used.add(name)
        if name not in self._numbers:
            self._numbers[name] = as_numbers(self.frame[name]).fill_null(float("nan")).to_numpy()
        return self._numbers[name]

    def all_numbers(self, name: str) -> np.ndarray:
        """Return a column as float64; MediaError naming the first cell that is not a number."""
        values = self.numbers(name)
        wrong = np.flatnonzero(np.isnan(values))
        if wrong.size:
            cell = self.frame[name][int(wrong[0])]
            raise MediaError(f"line {self.line(int(wrong[0]))}: {name} is {cell!r}, not a number", self.path)
        return values

    def check_clear(self, *names: str) -> None:
        """Raise MediaError if a column is missing, or its numbers are ambiguous (1,234)."""
        self.require(*names)
        for name in names:
            if name in self.unclear:
                raise MediaError(self.unclear[name], self.path)

    def line(self, row: int) -> int:
        """Return the line of a row (0-based) in its file as a spreadsheet counts it, from 1, for messages."""
        return row + FIRST_LINE if self._lines is None else int(self._lines[row])

    def take(self, rows: Sequence[int] | np.ndarray) -> Table:
        """Return the table with these rows (0-based) in this order."""
        taken = np.asarray(rows, dtype=np.int64)
        frame = self.frame[pl.Series(taken, dtype=pl.Int64)] if len(taken) else self.frame.clear()
        lines = taken + FIRST_LINE if self._lines is None else self._lines[taken]
        return replace(self, frame=frame, _numbers={}, _lines=lines)

    def with_columns(self, columns: Mapping[str, Sequence[str]]) -> Table:
        """Return the table with these columns in place of those of the same name, or added at the end.

        Numbers have points; in a file with decimal commas they are written with commas.
        """
        new = [_text_column(name, cells) for name, cells in columns.items()]
        numbers = {cells.name for cells in new if self.dialect.decimal == "," and all_numbers(cells)}
        unclear = {name: reason for name, reason in self.unclear.items() if name not in columns}
        decimals = self.decimals - set(columns) | numbers
        frame = self.frame.with_columns(new)
        return replace(self, frame=frame, decimals=decimals, unclear=unclear, _numbers={})

    def select(self, names: Sequence[str]) -> Table:
        """Return the table with only these columns, in this order."""
        self.require(*names)
        return replace(self, frame=self.frame.select(list(names)), _numbers={})


def _text_column(name: str, cells: Sequence[str]) -> pl.Series:
    try:
        return pl.Series(name, list(cells), dtype=pl.String)
    except UnicodeEncodeError as error:
        raise MediaError(f"{error.object!r} is not UTF-8 text, which a table cannot hold: rename the file") from error


def _frame(columns: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    frame = pl.DataFrame([_text_column(name, cells) for name, cells in columns.items()])
    frame.columns = list(columns)  # polars gives a nameless column without rows a name
    return frame


def as_numbers(cells: pl.Series) -> pl.Series:
    """Return text cells as Float64, null for others than finite decimal numbers (blanks around it are allowed)."""
    values = cells.str.strip_chars().cast(pl.Float64, strict=False)
    return pl.select(pl.when(values.is_finite()).then(values)).to_series()


def concatenate(tables: Sequence[Table], path: str = "the table") -> Table:
    """Join tables one under the other: the union of their columns, missing cells are empty."""
    if not tables:
        return Table(pl.DataFrame(), path)
    frame = pl.concat([t.frame for t in tables], how="diagonal").fill_null("")
    decimals = frozenset().union(*(t.decimals for t in tables))
    unclear = {name: reason for t in tables for name, reason in t.unclear.items()}
    return Table(frame, path, tables[0].dialect, decimals, unclear, used=tables[0].used)


def read_table(path: str | Path) -> Table:
    """Read a CSV file in any dialect of spreadsheets, every cell as text.

    Raises MediaError if the file does not exist, is empty, is not CSV (but a workbook, for example), names a column
    twice, or has a row whose cells are unclear (too many cells, a quote that is never closed).
    """
    path = str(path)
    let_ctrl_c_end_waits()  # polars is loaded by now
    try:
        with open_input(path) as file:
            data = file.read()
    except FileNotFoundError:
        alike = lookalike(path)
        raise MissingError("there is no such table" + (f" (there is {alike})" if alike else ""), path) from None
    except OSError as error:
        if os.path.isdir(path):  # on Windows this is "permission denied"
            raise NoTableError("is a folder, not a table", path) from error
        raise MediaError(f"cannot be read ({error.strerror})", path) from error
    return replace(parse_table(data, path), state=bytes_digest([data]))


def read_filled(path: str | Path) -> Table:
    """Read a table as `read_table`, without rows of empty cells, which spreadsheets leave below the others."""
    return filled_rows(read_table(path))


def filled_rows(table: Table) -> Table:
    """Return a table without its rows of empty cells."""
    if not table.frame.width:
        return table
    filled = table.frame.select(pl.any_horizontal(pl.all() != "")).to_series().to_numpy()
    return table if filled.all() else table.take(np.flatnonzero(filled))


def read_names(path: str | Path) -> list[str]:
    """Return the names of a CSV file's columns; a large file is read in part. Raises as `read_table`."""
    with suppress(OSError, MediaError), open_regular(path) as file:
        head = file.read(HEAD_BYTES)
        whole = head[: head.rfind(b"\n") + 1]
        if len(head) == HEAD_BYTES and b"\n" in whole[:-1]:
            return parse_table(whole, str(path)).columns
    return read_table(path).columns


def parse_table(data: bytes, path: str = "the table") -> Table:
    """Read the bytes of a CSV file; see `read_table`."""
    found = opened(data, path)
    names = found.header
    frame, lines = _cells(found, path)
    dialect, names = found.dialect, list(names)
    while len(names) > 1 and names[-1] == "" and (frame.to_series(len(names) - 1) == "").all():
        names.pop()
    if len(names) == 1 and not names[0].strip():
        raise MediaError("the table is empty: not even a header line", path)
    dialect = replace(dialect, trailing=frame.width - len(names))
    frame = frame.select(frame.columns[: len(names)])
    line_of = lines if lines is not None else np.arange(frame.height) + FIRST_LINE
    check_names(names, frame, line_of, path)
    frame.columns = names
    decimals: tuple[str, ...] = ()
    unclear = {}
    if dialect.separator != "," or b'"' in found.data:  # otherwise no cell has a comma
        means = find_decimals(frame, dialect.separator == ";")
        frame = with_points(frame, means.columns)
        decimals = means.columns
        dialect = replace(dialect, decimal="," if means.comma else ".")
        unclear = {n: f"line {line_of[row]}: {unclear_reason(n, cell)}" for n, (row, cell) in means.unclear.items()}
    return Table(frame, path, dialect, frozenset(decimals), unclear, _lines=lines)


def _cells(found: Opened, path: str) -> tuple[pl.DataFrame, np.ndarray | None]:
    """Return the rows below the header, columns "0", "1", ..., and their lines if these do not simply follow it."""
    width, data, dialect = len(found.header), found.data, found.dialect
    # polars takes a blank line for a row of empty cells, and does not treat a lone carriage return (old Macs) as an
    # end.
    blank_lines = width > 1 and (b"\n\n" in data or b"\n\r\n" in data)
    frame = None
    plain_lines = not blank_lines and not found.before and dialect.ending != "\r"
    if plain_lines and found.header_end < len(data):  # (a quote in the header may never be closed)
        # Names may occur twice in it, which polars would change.
        numbered = dialect.separator.join(map(str, range(width))).encode() + b"\n"
        try:
            frame = pl.read_csv(
                numbered + data[found.header_end :], separator=dialect.separator, infer_schema=False, glob=False
            )
        except pl.exceptions.PolarsError:
            frame = None
    if frame is not None and frame.width == width:
        return frame.fill_null(""), None
    rows, lines = read_rows(found, path)
    frame = _frame({str(n): [row[n] for row in rows] for n in range(width)})
    plain = not lines or lines == list(range(FIRST_LINE, FIRST_LINE + len(lines)))
    return frame, None if plain else np.array(lines)


def format_table(table: Table) -> bytes:
    """Return the table as the bytes of a CSV file, in its dialect."""
    if not table.frame.width:
        return b""
    dialect = table.dialect
    body = format_rows(table.frame, dialect, table.decimals)
    return encoded(header_line(table.columns, dialect) + body, dialect)


def format_rows(frame: pl.DataFrame, dialect: Dialect = PLAIN, decimals: Iterable[str] = ()) -> str:
    """Return rows as the lines of a CSV file; decimals: the columns of numbers with a decimal comma."""
    frame = with_commas(frame, decimals).clone()
    frame.columns = [str(n) for n in range(frame.width)]
    frame = frame.with_columns(pl.lit("").alias(str(frame.width + n)) for n in range(dialect.trailing))
    if frame.width > 1:  # an empty cell is written as nothing; alone on its line it needs quotes
        frame = frame.select(pl.all().replace("", None))
    return frame.write_csv(include_header=False, separator=dialect.separator, line_terminator=dialect.ending)


def write_table(table: Table, path: str | Path) -> Table:
    """Write the table to `path` atomically: the old file or the new one is there, never a part.

    Return it with its new state. Raises MediaError if the folder cannot be created or written to, or
    the disk is full; and if somebody has changed the file since the table was read from it: then theirs stays, and the
    table is written beside it.
    """
    changed = is_changed(path, table.path, table.state)
    target, data = free_path(path, "") if changed else path, format_table(table)
    with atomic_path(target) as temporary:
        Path(temporary).write_bytes(data)
    if changed:
        raise MediaError(
            f"was changed by another program since it was read, and stays: the result is in {target}", path
        )
    return replace(table, path=str(path), state=bytes_digest([data]))
