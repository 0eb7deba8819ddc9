"""Tables: CSV in and out, as columns of text exactly as they were read, with typed views of the columns in use."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from lib.errors import MediaError, MissingColumnError, MissingError
from lib.io.files import atomic_path
from lib.io.interrupts import let_ctrl_c_end_waits

BOM = b"\xef\xbb\xbf"
# csv refuses cells over 128 KiB unless it is told otherwise; descriptions from the archive can be long.
LONGEST_CELL = 1 << 27
_END = "the end of the table"


@dataclass(frozen=True)
class Table:
    """Columns of text, with the marks of the file they came from.

    frame: one polars String column per CSV column, no nulls; path: the file it was read from, for messages;
    crlf, bom: how that file ended its lines and whether it began with a byte order mark, kept on writing; used: the
    columns whose cells have been asked for, of this table or of one that was taken from it.
    """

    frame: pl.DataFrame
    path: str = "the table"
    crlf: bool = False
    bom: bool = False
    _numbers: dict[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)
    _taken: np.ndarray | None = field(default=None, repr=False, compare=False)
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
                reason = f"has no column {name!r}; its columns are: {present}{hint and '. ' + hint}"
                raise MissingColumnError(reason, self.path, name, tuple(self.columns))

    def text(self, name: str) -> list[str]:
        """Return a column's cells as they were read."""
        self.require(name)
        self.used.add(name)
        return self.frame[name].to_list()

    def numbers(self, name: str) -> np.ndarray:
        """Return a column as float64, shape (rows,), NaN where a cell is empty or no finite number."""
        self.require(name)
        self.used.add(name)
        if name not in self._numbers:
            self._numbers[name] = as_numbers(self.frame[name]).fill_null(float("nan")).to_numpy()
        return self._numbers[name]

    def all_numbers(self, name: str) -> np.ndarray:
        """Return a column as float64; MediaError naming the first cell that is no number."""
        values = self.numbers(name)
        wrong = np.flatnonzero(np.isnan(values))
        if wrong.size:
            cell = self.frame[name][int(wrong[0])]
            raise MediaError(f"row {self.row_in_file(int(wrong[0]))}: {name} is {cell!r}, not a number", self.path)
        return values

    def row_in_file(self, row: int) -> int:
        """Return which row of its file a row (0-based) was, counted from 1 below the header, for messages."""
        return (row if self._taken is None else int(self._taken[row])) + 1

    def take(self, rows: Sequence[int] | np.ndarray) -> Table:
        """Return the table with these rows (0-based) in this order."""
        taken = np.asarray(rows, dtype=np.int64)
        frame = self.frame[pl.Series(taken, dtype=pl.Int64)] if len(taken) else self.frame.clear()
        return replace(self, frame=frame, _numbers={}, _taken=taken if self._taken is None else self._taken[taken])

    def with_columns(self, columns: Mapping[str, Sequence[str]]) -> Table:
        """Return the table with these columns put in place of those of the same name, or added at the end."""
        new = [_text_column(name, cells) for name, cells in columns.items()]
        return replace(self, frame=self.frame.with_columns(new), _numbers={})

    def select(self, names: Sequence[str]) -> Table:
        """Return the table with only these columns, in this order."""
        self.require(*names)
        return replace(self, frame=self.frame.select(list(names)), _numbers={})


def _text_column(name: str, cells: Sequence[str]) -> pl.Series:
    try:
        return pl.Series(name, list(cells), dtype=pl.String)
    except UnicodeEncodeError as error:
        raise MediaError(
            f"{error.object!r} is not UTF-8 text, and so cannot stand in a table: rename the file"
        ) from error


def _frame(columns: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    frame = pl.DataFrame([_text_column(name, cells) for name, cells in columns.items()])
    frame.columns = list(columns)  # polars gives a nameless column without rows a name
    return frame


def as_numbers(cells: pl.Series) -> pl.Series:
    """Return text cells as Float64, null where a cell is no finite decimal number (blanks around it are allowed)."""
    values = cells.str.strip_chars().cast(pl.Float64, strict=False)
    return pl.select(pl.when(values.is_finite()).then(values)).to_series()


def concatenate(tables: Sequence[Table], path: str = "the table") -> Table:
    """Join tables one under the other: the union of their columns, cells that a table lacks empty."""
    if not tables:
        return Table(pl.DataFrame(), path)
    frame = pl.concat([t.frame for t in tables], how="diagonal").fill_null("")
    return replace(tables[0], frame=frame, path=path, _numbers={}, _taken=None)


def read_table(path: str | Path) -> Table:
    """Read a CSV file (UTF-8, a byte order mark is allowed, RFC 4180 quoting), every cell as text.

    Raises MediaError if there is no such file, it is empty, is not UTF-8, names a column twice, or has a row that
    cannot be told apart (too many cells, a quote that is never closed).
    """
    path = str(path)
    let_ctrl_c_end_waits()  # polars is loaded by now
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise MissingError("there is no such table", path) from None
    except OSError as error:
        raise MediaError(f"cannot be read ({error.strerror})", path) from error
    return parse_table(data, path)


def parse_table(data: bytes, path: str = "the table") -> Table:
    """Read the bytes of a CSV file; see `read_table`."""
    data = data.lstrip(b"\r\n")
    bom = data.startswith(BOM)
    data = data.removeprefix(BOM).lstrip(b"\r\n")
    if not data.strip():
        raise MediaError("the table is empty: not even a header line", path)
    if b"\0" in data[:4096]:
        raise MediaError("is no CSV table (it holds binary data)", path)
    header, crlf = _header(data, path)
    # polars takes a blank line for a row of empty cells, and does not know a lone carriage return (old Macs) as an end.
    blank_lines = len(header) > 1 and (b"\n\n" in data or b"\n\r\n" in data)
    old_mac = b"\r" in data and b"\n" not in data
    try:
        frame = None if blank_lines or old_mac else pl.read_csv(data, infer_schema=False, glob=False)
    except pl.exceptions.PolarsError:
        frame = None
    if frame is None or frame.columns != header:
        frame = _read_leniently(data, header, path)
    return Table(frame.fill_null(""), path, crlf, bom)


def _header(data: bytes, path: str) -> tuple[list[str], bool]:
    """Return the column names, checked, and whether their line ends in CR LF."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MediaError(f"line {line} is not UTF-8 text: save the table as CSV in UTF-8", path) from error
    csv.field_size_limit(LONGEST_CELL)
    lines = io.StringIO(text, newline="")
    header = next(csv.reader(lines))
    header[0] = header[0].lstrip("\ufeff")  # one more mark, or one within quotes: it would be lost on writing
    if len(header) == 1 and not header[0].strip():
        raise MediaError("the table is empty: not even a header line", path)
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise MediaError(f"has two columns named {twice!r}: rename one", path)
    return header, text.endswith("\r\n", 0, lines.tell())


def _read_leniently(data: bytes, header: list[str], path: str) -> pl.DataFrame:
    """Read what polars refuses: a quote inside an unquoted cell, rows that are too short."""
    rows = []
    text = data.decode("utf-8")
    # A quote that is never closed swallows all that follows it: this mark too.
    ended = text.endswith(("\n", "\r"))
    reader = csv.reader(io.StringIO(text + ("" if ended else "\n") + _END, newline=""))
    try:
        next(reader)
        for row in reader:
            if len(row) > len(header):
                raise MediaError(
                    f"line {reader.line_num} has {len(row)} cells but the header has {len(header)}: "
                    "is a comma missing its quotes?",
                    path,
                )
            if row or len(header) == 1:
                rows.append(row + [""] * (len(header) - len(row)))
    except csv.Error as error:
        raise MediaError(f"line {reader.line_num} is no CSV ({error})", path) from error
    if not rows or rows.pop()[0] != _END:
        raise MediaError('a quote (") is opened and never closed: is the file cut off?', path)
    return _frame({name: [row[n] for row in rows] for n, name in enumerate(header)})


def format_table(table: Table) -> bytes:
    """Return the table as the bytes of a CSV file."""
    frame = table.frame
    if frame.width > 1:  # an empty cell is written as nothing; alone on its line it needs its quotes
        frame = frame.select(pl.all().replace("", None))
    ending = "\r\n" if table.crlf else "\n"
    body = frame.write_csv(line_terminator=ending) if frame.width else ""
    return (BOM if table.bom else b"") + body.encode("utf-8")


def write_table(table: Table, path: str | Path) -> None:
    """Write the table to `path` in one step: the old file or the new one is there, never a part.

    Raises MediaError if the folder cannot be made or written to, or the disk is full.
    """
    with atomic_path(path) as temporary:
        Path(temporary).write_bytes(format_table(table))
