"""Readers of numbers with limits: the help of a flag shows those limits that its text does not name."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lib.cli.meant import number_meant
from lib.cli.readers import integer, real

Number = TypeVar("Number", int, float)
# A limit from here on only keeps what is calculated finite: nobody wants to read it.
SHOWN_BELOW = 1e9


@dataclass(frozen=True)
class Range(Generic[Number]):
    """A reader of numbers from `lowest` to `highest`, or from above `lowest`. what: of which kind they are."""

    read: Callable[[str], Number]
    lowest: Number
    highest: Number
    what: str
    above: bool = False

    def __call__(self, word: str) -> Number:
        """Return the number, or say what it has to be."""
        value = self.read(word)
        low_enough = value <= self.highest
        if not (low_enough and (value > self.lowest if self.above else value >= self.lowest)):
            raise argparse.ArgumentTypeError(f"{word}: give {self.what}{' ' if self.above else ' from '}{self.limits}")
        return value

    @property
    def limits(self) -> str:
        """Return the limits in words."""
        if self.above:
            return f"above {self.lowest:g}" + (f", up to {self.highest:g}" if self.highest < math.inf else "")
        return f"{_plain(self.lowest)} to {_plain(self.highest)}"

    def lacking_in(self, text: str) -> str:
        """Return the limits in words, unless a text names them ("")."""
        ends = {_plain(abs(end)) for end in (self.lowest, self.highest) if end < math.inf}
        shown = self.highest < SHOWN_BELOW or self.highest == math.inf
        return self.limits if shown and not ends <= set(re.findall(r"\d+(?:\.\d+)?", text)) else ""


def _plain(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def between(lowest: int, highest: int) -> Range[int]:
    """Return a reader of integers within a range."""
    return Range(integer, lowest, highest, "an integer")


def real_between(lowest: float, highest: float) -> Range[float]:
    """Return a reader of numbers within a range."""
    return Range(real, lowest, highest, "a number")


def above(lowest: float, highest: float = math.inf) -> Range[float]:
    """Return a reader of numbers above `lowest`, up to `highest`."""
    return Range(real, lowest, highest, "a number", above=True)


def or_minus_1(least: int, what: str, without: str) -> Callable[[str], int]:
    """Return a reader of integers that are `least` or more, or -1. what: a number so read; without: what -1 is for.

    >>> or_minus_1(20, "a length", "to cut at onsets")("-1")
    -1
    """
    wanted = f": give {least} or more, or -1 {without}"

    def read(word: str) -> int:
        try:
            value = int(word)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{word!r} is not an integer{number_meant(word, int) or wanted}") from None
        if value < least and value != -1:
            raise argparse.ArgumentTypeError(f"{word} is not {what}{wanted}")
        return value

    return read


count_or_all = or_minus_1(1, "a number of workers", "for all cores")
limit = or_minus_1(1, "a limit", "for no limit")
