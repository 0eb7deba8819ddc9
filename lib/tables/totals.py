"""Totals and medians of a table's columns, as lines to read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lib.errors import MediaError
from lib.io.formats import aligned, counted, hours
from lib.tables.columns import SECONDS
from lib.tables.kinds import UNITS, words_of
from lib.tables.queries import filter_rows
from lib.tables.query_language import Filter
from lib.tables.table import Table

# Seconds are shown as h:mm:ss; the median of milliseconds would be 0:00:00.
IN_HOURS = "s"
# Beyond this, a float64 does not hold every integer: only its first digits are shown.
EXACT = 2.0**53


def totals(table: Table, names: Sequence[str], query: Filter, optional: bool = False) -> list[str]:
    """Return lines with the rows, the total and the median of each column, over the rows that meet a filter.

    Values of 0 or less (none, or none measured), and cells that are not numbers, are left out, column by column. The
    last lines count the latter. optional: conditions on columns that the table lacks are ignored. Raises MediaError if
    a column is missing, none holds numbers, or no row is left.
    """
    table.require(*names)
    used = [c for c in query.conditions if not optional or c.key in table.columns]
    shown = "&".join(map(str, used))
    chosen = table.take(filter_rows(table, query, optional))
    if not len(chosen):
        why = (
            f"none of {counted(len(table), 'row')} meets the filter {shown}" if len(table) else "the table has no rows"
        )
        raise MediaError(why, table.path)
    if all(map(partial(_is_text, chosen), names)):
        raise MediaError(f"no column of these holds numbers: {', '.join(names)}", table.path)
    lines = [["", "rows", "total", "median"]]
    for name in names:
        values = chosen.numbers(name)
        values = values[values > 0]
        cells = [f"{len(values):,}", "-", "-"]
        if len(values):
            with np.errstate(over="ignore"):
                # (of halves: the mean of the two in the middle could overflow)
                cells[1:] = _total(name, float(values.sum())), _median(name, 2 * float(np.median(values / 2)))
        lines.append([name, *cells])
    head = f"{len(chosen):,} of {counted(len(table), 'row')} meet {shown}" if shown else counted(len(table), "row")
    return [head, *aligned(lines), *(note for name in names if (note := _words(chosen, name)))]


def _words(table: Table, name: str) -> str:
    """Return a line about the cells that are words in a column of numbers ("": none)."""
    rows = words_of(table, name)
    if not len(rows) or _is_text(table, name):
        return ""
    first = f"the first in line {table.line(int(rows[0]))}: {table.frame[name][int(rows[0])]!r}"
    return f"cells of {name} that are not numbers, and left out: {len(rows):,}, {first}"


def _is_text(table: Table, name: str) -> bool:
    """Return whether a column has filled cells, and none of them is a number."""
    return bool(np.isnan(table.numbers(name)).all()) and any(map(str.strip, table.text(name)))


def _total(name: str, value: float) -> str:
    seconds = value * SECONDS.get(UNITS.get(name, ""), np.inf)
    return hours(seconds) if seconds < EXACT else _number(value)


def _median(name: str, value: float) -> str:
    unit = UNITS.get(name, "")
    return hours(value) if unit == IN_HOURS and value < EXACT else f"{_number(value)} {unit}".rstrip()


def _number(value: float) -> str:
    if value >= EXACT:
        return f"{value:.6g}" if value < np.inf else f"over {np.finfo(float).max:.1e}"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
