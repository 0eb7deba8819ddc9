"""The rows of an irregular table: short rows, blank lines, quotes in unquoted cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from lib.errors import MediaError
from lib.tables.dialects import SEPARATORS, Opened

# The line of a table's first row, below its header.
FIRST_LINE = 2
_END = "the end of the table"


def read_rows(found: Opened, path: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows of a table below its header, each of that width, and their lines as a spreadsheet counts them.

    Blank lines are not rows, except in a table of one column. Raises MediaError if a row has too many cells, or a quote
    is never closed.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    width, separator, text = len(found.header), found.dialect.separator, found.text
    # A quote that is never closed swallows all that follows, including this mark.
    ended = text.endswith(("\n", "\r"))
    reader = csv.reader(io.StringIO(text + ("" if ended else "\n") + _END, newline=""), delimiter=separator)
    line = found.before
    try:
        for row in reader:
            line += 1
            if line == found.before + 1:
                continue
            if len(row) > width:
                _check_width(row, width, line, separator, path)
                del row[width:]
            if row or width == 1:
                rows.append(row + [""] * (width - len(row)))
                lines.append(line)
    except csv.Error as error:
        raise MediaError(f"line {line + 1} is not CSV ({error})", path) from error
    if not rows or rows.pop()[0] != _END:
        reason = f'line {line}: a quote (") is opened and never closed: is it a mistake, or is the file cut off?'
        raise MediaError(reason, path)
    return rows, lines[:-1]


def _check_width(row: Sequence[str], width: int, line: int, separator: str, path: str) -> None:
    """Raise MediaError if a row has more cells than the header, and these are not empty."""
    if any(row[width:]):
        mark = SEPARATORS.get(separator, repr(separator))
        why = f"is a {mark} missing its quotes?"
        if width == 1 and len(row) > 2:  # a title, as spreadsheets have it
            why = f"remove the lines above the names of the columns, if line {line} has these"
        raise MediaError(f"line {line} has {len(row)} cells but the header has {width}: {why}", path)
