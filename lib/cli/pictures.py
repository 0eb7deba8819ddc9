"""Flags that the scripts for pictures and totals share. Only the standard library is imported here."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

from lib.errors import MediaError

# A picture of more inches across is of no use, and takes gigabytes.
MOST_INCHES = 200.0


def log_base(word: str) -> int:
    """Read the base of a logarithm: 0 for none, 1 for the natural one, or 2 and more."""
    value = int(word)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{word} is no base: give 2 or more, 1 for the natural logarithm, 0 for none")
    return value


def inches(word: str) -> tuple[float, float]:
    """Read the size of a picture: WIDTH,HEIGHT."""
    try:
        width, height = (float(part) for part in word.split(","))
    except ValueError:
        width = height = math.nan
    if not (0 < width <= MOST_INCHES and 0 < height <= MOST_INCHES):
        raise argparse.ArgumentTypeError(f"{word} is no size: give inches from 1 to {MOST_INCHES:g}, such as 16,8")
    return width, height


def column_names(given: str, present: Sequence[str], default: str) -> list[str]:
    """Return the columns that a flag names, joined by commas; of its default those that the table has.

    Raises MediaError if a name is empty, or none of the default's columns is there.
    """
    names = [name.strip() for name in given.split(",")]
    if not all(names):
        raise MediaError(f"{given!r}: give columns joined by commas, such as {default}")
    if given != default:
        return names
    names = [name for name in names if name in present]
    if not names:
        raise MediaError(f"the table has none of the columns {default}; its columns are: {', '.join(present)}")
    return names
