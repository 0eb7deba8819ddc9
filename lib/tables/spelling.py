"""Columns that are there, but not as they are called: in other letters, as part of a sort, in a table that is separated
otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib.tables.query_language import QUOTES, sort_meant

# What separates the cells of tables that are not CSV.
OTHER_SEPARATORS = ("|", ":", " ", "^", "~", "\x1f")


def meant_by(name: str, columns: Sequence[str]) -> str:
    """Return, in brackets, what is to be done where a column is there, but spelt or separated in another way; or ""."""
    alike = next((column for column in columns if _letters(column) == _letters(name)), None)
    called = f" (it has {alike!r}: the names must be the same)"
    if alike is not None and name.strip(QUOTES + '"')[:1].isalnum():  # (-power is a sort)
        return called
    parts = name.split()
    if len(parts) > 1 and set(parts) <= set(columns):
        return f" (columns are joined by commas: {','.join(parts)})"
    sort = sort_meant(name)
    if sort and set(sort.columns) <= set(columns):
        others = "; elsewhere columns are joined by commas" if len(sort.keys) > 1 else ""
        return f" (in a sort: {sort.text}{others})"
    if alike is not None:
        return called
    if len(columns) == 1:
        mark = next((mark for mark in OTHER_SEPARATORS if name in columns[0].split(mark)), "")
        return f" (are the cells separated by {mark!r}? save the table with commas)" if mark else ""
    return ""


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
