"""Readers of flags' values: each takes a word and returns its value, or raises an error that says what is wrong.

That error, `argparse.ArgumentTypeError`, ends a script with status 2 and a line that names the flag.
"""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from lib.cli.meant import QUOTES, number_meant
from lib.errors import MediaError
from lib.io.endings import FILE_ENDINGS, TABLE_ENDINGS

Value = TypeVar("Value")
Pair = tuple[float, float]
# A variable of a shell, as it is written in Unix and in Windows.
_VARIABLE = re.compile(r"\$\{?(\w+)\}?|%(\w+)%")
# A wider picture is useless, and takes gigabytes.
MOST_INCHES = 200.0
# Protocols of Dask: https://distributed.dask.org/en/stable/communications.html
SCHEDULERS = ("tcp", "tls", "ucx", "ucxx", "ws", "wss")
LAST_PORT = 65535


def integer(word: str) -> int:
    """Read an integer."""
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is not an integer{number_meant(word, int)}") from None


def real(word: str) -> float:
    """Read a finite number."""
    try:
        value = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number{number_meant(word, float)}") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{word}: give a finite number")
    return value


def positive(word: str) -> int:
    """Read an integer that is 1 or more."""
    value = integer(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{word} is too small: give 1 or more")
    return value


def not_negative(word: str) -> int:
    """Read an integer that is 0 or more."""
    value = integer(word)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{word} is negative: give 0 or more")
    return value


def at_least_0(word: str) -> float:
    """Read a number that is 0 or more."""
    value = real(word)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{word} is negative: give a number that is 0 or more")
    return value


def pair(lowest: float = 0.0, highest: float = math.inf) -> Callable[[str], Pair]:
    """Return a reader of two numbers within a range, such as `0.25,1.0`."""

    def numbers(word: str) -> Pair:
        try:
            first, second = (real(part) for part in word.split(","))
        except (ValueError, argparse.ArgumentTypeError):
            raise argparse.ArgumentTypeError(f"{word}: give two numbers joined by a comma, such as 0.25,1.0") from None
        if not (lowest <= first <= highest and lowest <= second <= highest):
            limits = f"from {lowest:g} to {highest:g}" if highest < math.inf else f"that are {lowest:g} or more"
            raise argparse.ArgumentTypeError(f"{word}: give numbers {limits}")
        return first, second

    return numbers


def log_base(word: str) -> int:
    """Read the base of a logarithm: 0 for none, 1 for the natural one, or 2 and more."""
    value = integer(word)
    if value < 0:
        raise argparse.ArgumentTypeError(
            f"{word} is not a base: give 2 or more, 1 for the natural logarithm, 0 for none"
        )
    return value


def one_of(choices: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of one of these words."""
    words = tuple(choices)

    def choice(word: str) -> str:
        if word not in words:
            raise argparse.ArgumentTypeError(f"{word!r} is not one of {', '.join(words)}")
        return word

    return choice


def inches(word: str) -> tuple[float, float]:
    """Read the size of a picture: WIDTH,HEIGHT."""
    try:
        width, height = (float(part) for part in word.split(","))
    except ValueError:
        width = height = math.nan
    if not (0 < width <= MOST_INCHES and 0 < height <= MOST_INCHES):
        raise argparse.ArgumentTypeError(
            f"{word}: give width and height in inches, up to {MOST_INCHES:g} each, such as 16,8"
        )
    return width, height


def column(word: str) -> str:
    """Read the name of a column."""
    if not word.strip():
        raise argparse.ArgumentTypeError("give the name of a column")
    return word


def columns(word: str) -> tuple[str, ...]:
    """Read the names of one column or more, joined by commas."""
    names = tuple(name.strip() for name in word.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"{word!r}: give columns joined by commas, without empty ones")
    return names


def one_or_two_columns(word: str) -> tuple[str, ...]:
    """Read the name of a column, or of two joined by a comma."""
    names = tuple(name.strip() for name in word.split(","))
    if not all(names) or len(names) > 2:
        raise argparse.ArgumentTypeError(f"{word!r}: give one column, or two joined by a comma")
    return names


def two_columns(word: str) -> tuple[str, str]:
    """Read the names of two different columns, joined by a comma."""
    names = [name.strip() for name in word.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise argparse.ArgumentTypeError(
            f"{word!r}: give two columns, different ones, joined by a comma, such as tsne,tsne2"
        )
    return names[0], names[1]


def output(endings: Sequence[str], what: str, optional: bool = False) -> Callable[[str], str]:
    """Return a reader of the name of an output, by its extension (case-insensitive); what: its kind, in the plural.

    optional: an empty name is allowed too.
    """

    def file(word: str) -> str:
        place(word)
        if not (optional and not word) and os.path.splitext(word)[1].lower() not in endings:
            marks = word[:1] in QUOTES and word[-1:] in QUOTES and len(word) > 1
            without = ", without quotation marks in their names" if marks else ""
            raise argparse.ArgumentTypeError(f"{word!r}: {what} end in {', '.join(filter(None, endings))}{without}")
        return word

    return file


def place(word: str) -> str:
    """Read the name of a file or folder to write ("" too): not in a folder called ~, which a shell left in quotes."""
    first = re.split(r"[/\\]", word, maxsplit=1)[0]
    variable = _VARIABLE.fullmatch(first)
    if first.startswith("~") and (first == "~" or os.path.expanduser(first) != first):
        raise argparse.ArgumentTypeError(f"{word!r}: ~ is your own folder only outside quotes: write its whole name")
    if variable and {*variable.groups()} & {"HOME", "USERPROFILE", *os.environ}:
        what = f"{first} is a folder only where the shell replaces it"
        raise argparse.ArgumentTypeError(f"{word!r}: {what}: write its whole name")
    return word


def file_name(word: str) -> str:
    """Read the name of a file or of a folder."""
    if not word.strip():
        raise argparse.ArgumentTypeError("give the name of a file or folder")
    return word


def folder(word: str) -> str:
    """Read the name of a folder to write. One that ends like a file's needs a separator after it, if nothing of that
    name exists; and none may hold %s, which stands for the name of a file.
    """
    place(word)
    if "%s" in word:
        raise argparse.ArgumentTypeError(f"{word!r}: give the name of a folder, without %s")
    if os.path.splitext(word)[1].lower() in FILE_ENDINGS and not os.path.lexists(word):
        raise argparse.ArgumentTypeError(f"{word!r} is the name of a file: give that of a folder, or {word + '/'!r}")
    return file_name(word)


def optional_table(word: str) -> str:
    """Read the name of a table to write, with a table's extension or none; "" means: into the input."""
    return output((*TABLE_ENDINGS, ""), "tables")(word)


def table(word: str) -> str:
    """Read the name of a table to write, with a table's extension or none."""
    if word.endswith("%s"):
        raise argparse.ArgumentTypeError(f"{word!r}: tables would have the names of the media: give {word + '.csv'!r}")
    return optional_table(file_name(word))


def parsed(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """Return a reader that parses with `parse`, whose MediaErrors become wrong usage."""

    def query(word: str) -> Value:
        try:
            return parse(word)
        except MediaError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return query


def address(word: str) -> str:
    """Read the address of a web server."""
    scheme, _, rest = word.partition("://")
    if scheme.lower() not in ("http", "https") or not rest.strip("/ "):
        raise argparse.ArgumentTypeError(
            f"{word!r} is not the address of a server: give one such as https://archive.org"
        )
    return word.rstrip("/")


def cluster_address(word: str) -> str:
    """Read the address of a Dask scheduler, such as tcp://scheduler:8786 or scheduler:8786; "": none."""
    scheme, separator, place = word.strip().rpartition("://")
    host, _, port = place.rstrip("/").rpartition(":")
    known = not separator or scheme.lower() in SCHEDULERS
    if word and not (known and host and port.isascii() and port.isdigit() and 0 < int(port) <= LAST_PORT):
        web = ", and not that of its dashboard" if scheme.lower() in ("http", "https") else ""
        raise argparse.ArgumentTypeError(
            f"{word!r} is not the address of a Dask scheduler: give one such as tcp://scheduler:8786{web}"
        )
    return word.strip()


def plain_name(word: str) -> str:
    """Read a name for files, without a folder in it."""
    if word in ("", ".", "..") or any(c in word for c in ("/", os.sep)):
        raise argparse.ArgumentTypeError(f"{word!r}: give a plain name, without a folder")
    return word
