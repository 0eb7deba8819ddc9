"""The parts of a sequence: rows of a table, each a film, a title, or a composition to be rendered."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lib.errors import MediaError, MissingError, NoTableError, NoVideoError
from lib.io.ffmpeg import open_media
from lib.io.stamps import is_fresh, put_stamp
from lib.io.states import digest, file_state
from lib.tables.table import Table, read_table
from lib.text.markdown import Paragraph, parse

ROOT: Final = Path(__file__).parents[2]
FILM, TEXT, SCRIPT = "film", "text", "script"
# By the extension of a row's file; all other files are films.
KINDS: Final = {".md": TEXT, ".markdown": TEXT, ".txt": TEXT, ".py": SCRIPT}
COLUMNS: Final = ("piece", "title", "seconds", "crossfade", "flags")
# Where another file, or another table, was given.
A_SEQUENCE: Final = "A sequence is a table: in each row of its column 'piece' a film, a Markdown file or a composition"
# Where a cell is not what belongs there
UNQUOTED: Final = "is a separator before it missing its quotes?"
# Time for which a title is shown, unless its row says another.
CARD_SECONDS: Final = 6.0
_LENGTH = re.compile(r"^(\d+(?:\.\d+)?) s \(", re.M)


@dataclass(frozen=True)
class Row:
    """A part of a sequence.

    path: its file; kind: FILM, TEXT or SCRIPT; title: of its chapter ("": none); seconds: time of a title;
    crossfade_ms: with the previous part (None: as for the whole); flags: of a script; note: what of
    the row has no effect ("": nothing).
    """

    path: str
    kind: str
    title: str
    seconds: float = CARD_SECONDS
    crossfade_ms: float | None = None
    flags: tuple[str, ...] = ()
    note: str = field(default="", repr=False)


def read_rows(path: str) -> list[Row]:
    """Return the parts that a table lists, in its order. Raises MediaError for a missing file or a wrong cell.

    piece: a film, a Markdown file, or the script of a composition (its name is enough); the other columns may be left
    out. Rows without a piece are left out.
    """
    try:
        table = read_table(path)
    except NoTableError as error:
        raise NoTableError(f"{error.reason}. {A_SEQUENCE}", path) from error
    table.require("piece", hint=A_SEQUENCE)
    cells = {name: table.text(name) if name in table.columns else [""] * len(table) for name in COLUMNS}
    rows = []
    for n, piece in enumerate(cells["piece"]):
        if not piece.strip():
            continue
        where = f"line {table.line(n)}"
        file, kind = _file(piece.strip(), where, _following(table, n))
        seconds, fade = (_number(cells[name][n], name, where, path) for name in ("seconds", "crossfade"))
        flags = cells["flags"][n].strip()
        if flags and kind != SCRIPT:
            raise MediaError(f"{where}: {piece.strip()} takes no flags: only compositions do ({UNQUOTED})", path)
        try:
            words = tuple(shlex.split(flags))
        except ValueError as error:
            raise MediaError(f"{where}: flags cannot be read ({error}): {flags}", path) from None
        title = cells["title"][n].strip() or _title(file, kind)
        note = f"{where}: {piece.strip()} is shown whole: only titles have seconds" if seconds and kind != TEXT else ""
        rows.append(Row(file, kind, title, CARD_SECONDS if seconds is None else seconds, fade, words, note))
    if not rows:
        raise MediaError("lists no pieces", path)
    return rows


def _number(cell: str, name: str, where: str, path: str) -> float | None:
    hint = ""
    try:
        number = float(cell) if cell.strip() else None
    except ValueError:
        number, hint = -1.0, f" ({UNQUOTED})"
    if (number is not None and not 0 <= number < 1e6) or (name == "seconds" and number == 0):
        raise MediaError(f"{where}: {name} is {cell!r}: give a number above 0, or leave it empty{hint}", path)
    return number


def _following(table: Table, row: int) -> list[str]:
    """Return the cells of a row after its piece: the rest of its name, where that has separators without quotes."""
    return list(table.frame.row(row))[table.columns.index("piece") + 1 :]


def _file(piece: str, where: str, following: Sequence[str]) -> tuple[str, str]:
    """Return a row's file and its kind. A bare name is that of a composition in this project.

    following: the row's other cells. Raises MissingError, or MediaError if they are a part of the name.
    """
    own = ROOT / "compositions" / f"{piece}.py"
    if not os.path.exists(piece) and re.fullmatch(r"[a-z]\w*", piece) and own.exists():
        return str(own), SCRIPT
    for place in (Path(piece), ROOT / piece):
        kind = KINDS.get(place.suffix.lower(), FILM)
        if place.is_file() and (place == Path(piece) or kind != FILM):
            return str(place), kind
    for mark in (",", ";", "\t"):
        for count in range(1, len(following) + 1):
            if os.path.isfile(name := mark.join([piece, *following[:count]])):
                raise MediaError(f'is not in quotes in {where}: write "{name}"', name)
    raise MissingError(f"there is no such file ({where})", piece)


def _title(file: str, kind: str) -> str:
    if kind != TEXT:
        return Path(file).stem
    blocks = parse(Path(file).read_text("utf-8", "replace"))
    first = next((block for block in blocks if isinstance(block, Paragraph)), None)
    return "".join(run.text for run in first.runs).replace("\n", " ") if first else Path(file).stem


def length_of(row: Row, words: Sequence[str]) -> float:
    """Return the length of a composition's film, in seconds. words: the flags that make it print that."""
    return _seconds(_run(row, words), row)


def picture_seconds(path: str) -> float:
    """Return the length of a film's picture, in seconds. Raises NoVideoError if it has none, MediaError as is."""
    with open_media(path) as container:
        if not container.streams.video:
            raise NoVideoError("has no picture", path)
        stream = container.streams.video[0]
        ends = (p.pts + (p.duration or 0) for p in container.demux(stream) if p.pts is not None)
        last = max(ends, default=0) * (stream.time_base or 0)
        return float(last) - (container.start_time or 0) / 1_000_000


def render(row: Row, words: Sequence[str], film: str, overwrite: bool = False) -> bool:
    """Render a composition into `film` and return True; return False if it exists and was made from the same.

    overwrite: render it in any case; words: flags besides the row's own, which say where it goes. Tables and texts that
    its flags name are compared; the media of its tables are not.
    """
    named = sorted(word for word in row.flags if os.path.isfile(word))
    made_from = digest([row.flags, list(words), file_state(row.path), [[name, file_state(name)] for name in named]])
    if not overwrite and is_fresh(film, made_from):
        return False
    _run(row, words)
    put_stamp(film, made_from)
    return True


def _run(row: Row, words: Sequence[str]) -> str:
    """Run a script, whose messages go where ours do; return its standard output."""
    command = [sys.executable, row.path, *row.flags, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        raise MediaError(f"ended with status {done.returncode}: its own message is above", row.path)
    return done.stdout


def _seconds(printed: str, row: Row) -> float:
    found = _LENGTH.search(printed)
    if not found:
        raise MediaError("does not say how long its film would be: only compositions that make films can be listed",
                         row.path)  # fmt: skip
    return float(found[1])
