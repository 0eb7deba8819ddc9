"""Columns that are there, but not as they are called: in other letters, or in a table that is separated otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What separates the cells of tables that are not CSV.
OTHER_SEPARATORS = ("|", ":", " ", "^", "~", "\x1f")


def meant_by(name: str, columns: Sequence[str]) -> str:
    """Return what is to be done where a column is there, but spelt or separated in another way, in brackets; or ""."""
    alike = next((column for column in columns if _letters(column) == _letters(name)), None)
    if alike is not None:
        return f" (rename {alike!r} to it)"
    if len(columns) == 1:
        mark = next((mark for mark in OTHER_SEPARATORS if name in columns[0].split(mark)), "")
        return f" (are the cells separated by {mark!r}? save the table with commas)" if mark else ""
    return ""


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
