"""The ends of the cells and rows of many CSV tables, found in all of their bytes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

QUOTE, LF, CR = 34, 10, 13


def row_ends(data: bytes) -> np.ndarray:
    """Return the places after the line breaks that end rows (LF, those within quotes do not), int64, ascending."""
    codes = np.frombuffer(data, np.uint8)
    breaks = codes == LF
    if b'"' in data:
        breaks &= ~_inside(codes)
    return np.flatnonzero(breaks) + 1


def last_row_end(data: bytes) -> int:
    """Return the place after the last line break that ends a row; 0 if none does."""
    end, odd = len(data), data.count(b'"') % 2
    while end:
        place = data.rfind(b"\n", 0, end) + 1
        odd ^= data.count(b'"', place, end) % 2
        if not odd:
            return place
        end = place - 1
    return 0


def _inside(codes: np.ndarray) -> np.ndarray:
    """Return for each byte whether it lies within quotes: an opening quote does, a closing one does not."""
    quotes = (codes == QUOTE).view(np.uint8)
    return np.bitwise_xor.accumulate(quotes).view(bool)


@dataclass(frozen=True)
class Scan:
    """good: whether each table is in order, bool, shape (tables,); counts: its rows, int64; returns: the places of the
    carriage returns before line breaks that end rows.
    """

    good: np.ndarray
    counts: np.ndarray
    returns: np.ndarray


def scan(data: bytes, ends: np.ndarray, separator: str, width: int) -> Scan:
    """Check the rows of tables that lie one after the other, without their headers.

    ends: of each table (after a line break); each has an even number of quotes. A table is in order if all of its rows
    have `width` cells, at least 2, quotes stand only around cells (or doubled, within quotes), and a carriage return
    outside quotes only before a line break. Quotes of an irregular table do not affect the others.
    """
    codes = np.frombuffer(data, np.uint8)
    tables = len(ends)
    mark = ord(separator)
    rows, marks = codes == LF, codes == mark
    returns = np.flatnonzero(codes == CR) if b"\r" in data else np.empty(0, np.int64)
    wrong = [np.empty(0, np.int64)]
    if b'"' in data:
        inside = _inside(codes)
        quotes = np.flatnonzero(codes == QUOTE)
        opens = inside[quotes]
        before = codes[quotes[opens] - 1]
        first = quotes[opens] == 0
        wrong.append(quotes[opens][~(first | (before == LF) | (before == mark) | (before == QUOTE))])
        after = codes[quotes[~opens] + 1]
        wrong.append(quotes[~opens][~((after == LF) | (after == CR) | (after == mark) | (after == QUOTE))])
        outside = ~inside
        rows &= outside
        marks &= outside
        returns = returns[outside[returns]]
    wrong.append(returns[codes[returns + 1] != LF])
    places = np.flatnonzero(rows)
    cells = np.diff(np.searchsorted(np.flatnonzero(marks), places), prepend=0) + 1
    wrong.append(places[cells != width])
    bad = np.searchsorted(ends, np.concatenate(wrong), side="right")
    good = np.ones(tables, bool)
    good[bad] = False
    counts = np.bincount(np.searchsorted(ends, places, side="right"), minlength=tables)
    return Scan(good, counts, returns)


def without(data: bytes, places: np.ndarray) -> bytes:
    """Return data without the bytes at these places."""
    return np.delete(np.frombuffer(data, np.uint8), places).tobytes() if len(places) else data
