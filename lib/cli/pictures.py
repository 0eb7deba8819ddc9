"""Common parts of the scripts for pictures and totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lib.cli.parser import Parser
from lib.cli.readers import output
from lib.errors import MediaError, PlaceError
from lib.io.endings import PICTURE_ENDINGS


def add_picture(parser: Parser) -> None:
    """Add `-out PICTURE`."""
    text = "picture to save: png, svg or pdf; if omitted: a window, or output/ if there is no display"
    parser.flag("out", "", text, kind=output(PICTURE_ENDINGS, "pictures", optional=True))


@contextmanager
def picture_place(out: str) -> Iterator[None]:
    """Let an error about the place of a picture that nobody named (`out` is "") tell how to name another."""
    try:
        yield
    except PlaceError as error:
        if out:
            raise
        raise MediaError(f"{error.reason}: name the picture with -out", error.file) from error


def present_columns(flag: str, names: Sequence[str], present: Sequence[str], default: str, path: str) -> list[str]:
    """Return the columns named by a flag; of its default those in the table.

    flag: its name; names: its value; default: its default, columns joined by commas; path: of the table. Raises
    MediaError if the table has none of the default's columns.
    """
    if list(names) != default.split(","):
        return list(names)
    found = [name for name in names if name in present]
    if not found:
        others = f"name others with -{flag}, of {', '.join(present)}"
        raise MediaError(f"the table has none of the columns {default}: {others}", path)
    return found
