"""The credits of a table: as Markdown, or as a film in which they roll."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lib.errors import MediaError
from lib.io.files import atomic_path, check_outputs, find_media
from lib.io.formats import hours
from lib.io.progress import bar
from lib.io.results import is_made, put_made
from lib.io.states import digest, file_state
from lib.tables.table import Table, read_filled
from lib.text.credits import credits_of, markdown_of
from lib.text.missing import without_font
from lib.text.title_style import title_style
from lib.video.planes import RGB
from lib.video.roll import Roll
from lib.video.writer import VideoWriter, check_film

# Files that are missing from the manifest are named up to this number.
MOST_NAMED = 3


@dataclass(frozen=True)
class RollSettings:
    """How credits roll: size of the picture, pictures per second, seconds in which a line crosses the picture, and the
    factor of the size of its letters."""

    size: tuple[int, int]
    fps: Fraction
    seconds: float
    res: float = 1.0


def make_credits(tables: str, manifest: str, out: str, heading: str, roll: RollSettings | None, overwrite: bool) -> str:
    """Write the credits of a table, or of those that a pattern matches, to `out`; return a line about what was done.

    manifest: the description of the files ("": the tables themselves); roll: None for Markdown, else a film; overwrite:
    replace an existing file. Raises MediaError if a table cannot be read, OccupiedError if `out` exists and was not
    made from the same.
    """
    paths = _tables(tables)
    sources = [path for path in (*paths, manifest) if path]
    check_outputs([out], sources)
    if roll:
        check_film(out)
    read = [read_filled(path) for path in paths]
    about = read_filled(manifest) if manifest else _joined(read)
    made_from = digest([heading, str(roll), sorted(map(file_state, sources))])
    if not overwrite and is_made(out, made_from):
        return f"{out}: already exists"
    names = [name for table in read for name in table.text("filename")]
    if not names:
        raise MediaError("the table has no rows", tables)
    told, unknown = credits_of(names, about)
    text = markdown_of(told, heading)
    size = _write_film(text, out, roll) if roll else _write_text(text, out)
    letters = without_font([text]) if roll else ""
    put_made(out, made_from)
    missing = ""
    if manifest and unknown:
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        missing = f"; nothing known from {manifest} of: {', '.join(unknown[:MOST_NAMED])}{more}"
    return f"{out}: sources: {len(told)}{size}{missing}{letters and '; '}{letters}"


def _tables(spec: str) -> list[str]:
    """Return the tables meant by a name: that one, or those that a pattern matches."""
    if os.path.exists(spec) or not any(mark in spec for mark in "*?["):
        return [spec]
    found = find_media(spec)
    return [os.path.join(found.folder, name) for name in found.filenames]


def _joined(tables: Sequence[Table]) -> Table:
    """Return one manifest of all rows that are not empty."""
    columns = list(dict.fromkeys(name for table in tables for name in table.columns))
    cells: dict[str, list[str]] = {name: [] for name in columns}
    for table in tables:
        for name in columns:
            cells[name] += table.text(name) if name in table.columns else [""] * len(table)
    return Table.of(cells)


def _write_text(text: str, out: str) -> str:
    with atomic_path(out) as part:
        Path(part).write_text(text, "utf-8", newline="\n")
    return ""


def _write_film(text: str, out: str, roll: RollSettings) -> str:
    made = Roll(text, title_style(res=roll.res), *roll.size, roll.fps, roll.seconds)
    with (
        VideoWriter(out, roll.size, roll.fps, made.frames, "high", RGB) as film,
        bar(made.frames, "film", "picture") as progress,
    ):
        for picture in made.pictures():
            film.write(picture.data)
            progress.update()
    seconds = float(made.frames / roll.fps)
    return f", {seconds:.3f} s ({hours(seconds)}), pictures: {made.frames}"
