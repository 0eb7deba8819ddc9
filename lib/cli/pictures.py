"""What the scripts for pictures and totals share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib.cli.parser import Parser
from lib.cli.readers import output
from lib.errors import MediaError, PlaceError
from lib.io.endings import PICTURE_ENDINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def add_picture(parser: Parser) -> None:
    """Add `-out PICTURE`."""
    text = "picture to save: png, svg or pdf; left out: a window, or output/ if there is no display"
    parser.flag("out", "", text, kind=output(PICTURE_ENDINGS, "pictures", optional=True))


def save_named(figure: Figure, out: str, usual: str, source: str) -> str:
    """Save a picture to `out`, or as `lib.plots.output.save_or_show` does without one; return the line to print.

    Raises MediaError; where the usual place cannot be had, it says how to name another.
    """
    from lib.plots.output import save_or_show

    try:
        return save_or_show(figure, out, usual, source)
    except PlaceError as error:
        if out:
            raise
        raise MediaError(f"{error.reason}: name the picture with -out", error.file) from error


def present_columns(names: Sequence[str], present: Sequence[str], default: str, path: str) -> list[str]:
    """Return the columns that a flag names; of its default those that the table has.

    names: as `lib.cli.columns` reads them; default: the flag's, columns joined by commas; path: of the table. Raises
    MediaError if the table has none of the default's columns.
    """
    if list(names) != default.split(","):
        return list(names)
    found = [name for name in names if name in present]
    if not found:
        raise MediaError(f"the table has none of the columns {default}; its columns are: {', '.join(present)}", path)
    return found
