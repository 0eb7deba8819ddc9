"""Texts about samples: captions of pictures, and titles of chapters, from the cells of their table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib.audio.mix_plays import Play
from lib.errors import MissingColumnError
from lib.tables.table import Table
from lib.video.chapters import Chapter
from lib.video.cue_sheet import clock, one_line

TIME = "time"
_FIELD = re.compile(r"%(%|\w+)")
# If a column has more values than this, in the order of the film, its chapters are PARTS equal parts of the film.
MOST_CHAPTERS = 20
PARTS = 10


def check_caption(pattern: str, table: Table) -> None:
    """Raise MissingColumnError if a caption names a column that the table does not have."""
    table.require(*(name for name in _FIELD.findall(pattern) if name not in ("%", TIME)))


def captions(pattern: str, rows: Table) -> list[str]:
    """Return the caption of each row: %COLUMN becomes its cell, %time its in-point, %% a percent sign."""
    if not pattern:
        return [""] * len(rows)
    names = {name for name in _FIELD.findall(pattern) if name != "%"}
    cells = {name: rows.text(name) for name in names if name in rows.columns}
    if TIME in names and TIME not in cells:
        cells[TIME] = [clock(ms) for ms in rows.all_numbers("start").tolist()]
    cells["%"] = ["%"] * len(rows)
    return [one_line(_FIELD.sub(lambda field: cells[field[1]][n], pattern)) for n in range(len(rows))]  # noqa: B023


def chapters_of(rows: Table, column: str, plays: Sequence[Play]) -> list[Chapter]:
    """Return the chapters of plays in order: where the value of a column changes, titled with it.

    If it changes often, as numbers do, there are PARTS of equal numbers of samples, titled with the value of the first.
    Raises MissingColumnError.
    """
    if column not in rows.columns:
        raise MissingColumnError(f"there is no column {column!r}", rows.path, column, tuple(rows.columns))
    cells = rows.text(column)
    changes = [n for n in range(len(cells)) if n == 0 or cells[n] != cells[n - 1]]
    if len(changes) > MOST_CHAPTERS:
        changes = sorted({part * len(cells) // PARTS for part in range(PARTS)})
    return [Chapter(plays[n].time_ms, f"{column} {cells[n]}".strip()) for n in changes]
