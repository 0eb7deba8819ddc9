"""Dates in tables, as the archive and people write them: 1931, 1931-05, 1931-05-01, 1931-05-01T00:00:00Z."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

# Years that are plausible for media, and that every computer's calendar has.
_DATE = re.compile(
    r"\s*([12]\d{3})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])"
    r"(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?\s*(?:Z|UTC|\+00:?00)?)?)?)?\s*",
    re.ASCII,
)
DAY = 86_400.0


def days(cell: str) -> float:
    """Return a date as days since 1970-01-01 (of a year or a month its beginning), NaN if it is not a date."""
    found = _DATE.fullmatch(cell)
    if not found:
        return math.nan
    year, month, day, *clock = found.groups()
    try:
        whole = np.datetime64(f"{year}-{month or '01'}-{day or '01'}", "D")
    except ValueError:  # 30 February
        return math.nan
    hours, minutes, seconds = (int(part or 0) for part in clock)
    return float(whole.astype(np.int64)) + (3600 * hours + 60 * minutes + seconds) / DAY


def dates(cells: Sequence[str]) -> np.ndarray | None:
    """Return a column of dates as days since 1970-01-01, float64, NaN for other cells; None if it is another column.

    Most of the filled cells must be dates, and at least one more than a year: years alone are numbers.
    """
    values = np.array([days(cell) for cell in cells])
    filled = sum(cell != "" for cell in cells)
    known = int(np.isfinite(values).sum())
    if known * 2 <= filled or not any("-" in cells[n] for n in np.flatnonzero(np.isfinite(values)).tolist()):
        return None
    return values


def shown(value: float) -> str:
    """Return the date of a number of days since 1970-01-01: 1931-05-01."""
    return str(np.datetime64("1970-01-01", "D") + np.timedelta64(math.floor(value), "D"))
