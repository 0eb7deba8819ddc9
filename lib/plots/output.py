"""The destination of pictures: a window if there is a display, else a file."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends import BackendFilter, backend_registry
from matplotlib.figure import Figure

from lib.errors import MediaError
from lib.io.files import atomic_path, check_outputs
from lib.io.stamps import free_path, put_stamp
from lib.plots.finish import finish
from lib.tables.table import Table

# The formats, each with the metadata turned off that would make two equal pictures differ.
FORMATS: dict[str, dict[str, None]] = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
# Element names in an SVG file are hashed with this rather than with a random number.
SALT = "media-tools"


def has_display() -> bool:
    """Return whether a window can be opened: there is a display, and a toolkit for matplotlib."""
    import matplotlib.pyplot as plt  # chooses a backend

    return plt.get_backend().lower() in backend_registry.list_builtin(BackendFilter.INTERACTIVE)


def save_picture(figure: Figure, out: str | Path) -> str:
    """Save a picture as png, svg or pdf, by the extension of `out`, and return a line about it.

    The same picture gives the same bytes. Raises MediaError for another extension, or if the file cannot be written.
    """
    ending = Path(out).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise MediaError(f"pictures are saved as {', '.join(FORMATS)}: give a name with one of these extensions", out)
    hint = finish(figure)
    with atomic_path(out) as temporary, matplotlib.rc_context({"svg.hashsalt": SALT}), np.errstate(over="ignore"):
        figure.savefig(temporary, format=ending, metadata=FORMATS[ending])
    return f"picture: {out} ({hint})" if hint else f"picture: {out}"


def show_or_save(figure: Figure, out: str | Path, source: str) -> str:
    """Show a picture in a window, until it is closed; without a display save it. Return the line to print.

    source: the table that it shows. If `out` is another picture, it gets a number: only one of this table is
    replaced.
    """
    if not has_display():
        owner = f"a picture of {os.path.abspath(source)}"
        path = free_path(out, owner)
        line = save_picture(figure, path)
        put_stamp(path, "", owner)
        return line
    import matplotlib.pyplot as plt

    hint = finish(figure)
    plt.figure(figure)
    plt.show()
    return f"picture: shown ({hint})" if hint else "picture: shown"


def save_or_show(figure: Figure, out: str, usual: str, source: str) -> str:
    """Save a picture to `out`; without one, show it, or save it under the name `usual`. Return the line to print.

    source: as for `show_or_save`, never replaced. Raises as `save_picture`.
    """
    if not out:
        return show_or_save(figure, usual, source)
    check_outputs([out], [source])
    return save_picture(figure, out)


def show_sorted(table: Table, key: str, out: str | Path, source: str) -> str:
    """Show the sorted curve of a column, or save it to `out` without a display. Return the line to print.

    source: as for `show_or_save`.
    """
    from lib.plots.figures import curve

    return show_or_save(curve(table, key), out, source)
