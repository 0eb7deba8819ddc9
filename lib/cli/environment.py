"""What a script inherits from where it is started: the current folder, and variables that libraries read."""

from __future__ import annotations

import os

from lib.errors import MediaError

# Which kind of window or file matplotlib draws; it refuses to be imported with a name that it does not know.
BACKEND = "MPLBACKEND"
BACKENDS = frozenset(
    [
        "agg",
        "cairo",
        "gtk3agg",
        "gtk3cairo",
        "gtk4agg",
        "gtk4cairo",
        "macosx",
        "pdf",
        "pgf",
        "ps",
        "qt5agg",
        "qt5cairo",
        "qtagg",
        "qtcairo",
        "svg",
        "template",
        "tkagg",
        "tkcairo",
        "webagg",
        "wx",
        "wxagg",
        "wxcairo",
    ]
)
# The date that files are to have (reproducible-builds.org), in seconds since 1970, before the year 10000. NumPy and
# matplotlib read it.
DATE, LATEST = "SOURCE_DATE_EPOCH", 253402300799


def forget_backend() -> None:
    """Forget a backend that cannot be used here: that of a notebook or an IDE, whose shell passes it on, or none."""
    if os.environ.get(BACKEND, "").lower() not in {"", *BACKENDS}:
        del os.environ[BACKEND]


def check_here() -> None:
    """Raise MediaError if the working directory was removed, as no name would mean anything, or the date is none."""
    try:
        os.getcwd()
    except OSError:
        raise MediaError("the current folder no longer exists: change to another one (cd), and run it again") from None
    date = os.environ.get(DATE)
    if date is not None and not (date.isascii() and date.isdigit() and int(date[:20]) <= LATEST):
        raise MediaError(f"the environment variable {DATE} is {date[:40]!r}: give it seconds since 1970, or unset it")
