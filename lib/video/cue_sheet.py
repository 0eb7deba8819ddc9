"""Files beside a film for archivists: a cue sheet (NAME.cues.csv) of what is heard when, and subtitles (NAME.srt) that
name the sources."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lib.errors import PlaceError
from lib.io.files import atomic_path, check_outputs
from lib.io.names import fitting_name
from lib.io.stamps import check_free, put_stamp
from lib.io.states import digest
from lib.tables.table import Table, write_table

# A subtitle can be read in this time; cues that begin within it share the subtitle.
SHORTEST_MS = 2000.0
# Sources that a subtitle names; the others are counted.
MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Cue:
    """One play in a film.

    ms: its start in the film; length_ms: how long it is heard, or shown; filename: its source, as in the table, and
    start_ms: the in-point there; volume: 0 if it is seen and not heard; cell: its column and row in a grid.
    """

    ms: float
    length_ms: float
    filename: str
    start_ms: float
    volume: float = 1.0
    cell: tuple[int, int] | None = None


def beside(film: str) -> tuple[str, str]:
    """Return the names of a film's cue sheet and of its subtitles."""
    path = Path(film)
    return fitting_name(str(path.with_name(f"{path.stem}.cues.csv"))), str(path.with_suffix(".srt"))


def check_cue_files(film: str, inputs: Iterable[str], overwrite: bool) -> None:
    """Raise MediaError if a file that `write_cues` would write is an input, or someone's.

    overwrite: files of this tool, made for another film, may be replaced. Call it before the work.
    """
    paths = beside(film)
    check_outputs(paths, inputs)
    for path in paths:
        check_free(path, _owner(film), overwrite)


def write_cues(film: str, cues: Sequence[Cue], length_ms: float) -> None:
    """Write the cue sheet and the subtitles of a film of this length, for these plays in any order.

    Raises MediaError if they cannot be written.
    """
    cues = sorted(cues, key=lambda cue: (cue.ms, cue.filename, cue.start_ms))
    sheet, subtitles = beside(film)
    for path in (sheet, subtitles):
        if Path(path).is_symlink():
            raise PlaceError("is a link: remove it", path)
    write_table(cue_table(cues), sheet)
    _mark(sheet, film)
    with atomic_path(subtitles, follow=False) as part:
        Path(part).write_text(subtitles_of(cues, length_ms), "utf-8", "surrogateescape", newline="\n")
    _mark(subtitles, film)


def _mark(path: str, film: str) -> None:
    """Put the stamp of a new file. Without one the file is removed: it would be taken for someone's."""
    try:
        put_stamp(path, digest([film]), _owner(film))
    except BaseException:
        with suppress(OSError):
            os.unlink(path)
        raise


def cue_table(cues: Sequence[Cue]) -> Table:
    """Return the cue sheet: times in whole ms, the first also as h:mm:ss.mmm; gridX and gridY if there are cells."""
    columns = {
        "time": [str(round(cue.ms)) for cue in cues],
        "timecode": [clock(cue.ms) for cue in cues],
        "length": [str(round(cue.length_ms)) for cue in cues],
    }
    if any(cue.cell is not None for cue in cues):
        for axis, name in enumerate(("gridX", "gridY")):
            columns[name] = ["" if cue.cell is None else str(cue.cell[axis]) for cue in cues]
    columns["filename"] = [cue.filename for cue in cues]
    columns["start"] = [str(round(cue.start_ms)) for cue in cues]
    columns["volume"] = [f"{cue.volume:.4g}" for cue in cues]
    return Table.of(columns)


def subtitles_of(cues: Sequence[Cue], length_ms: float) -> str:
    """Return subtitles (SubRip) that name the sources that are heard; cues: rising in time.

    A subtitle begins with a play, and covers all plays of the next `SHORTEST_MS`; it stays until the next one, or until
    its plays are over. If several begin together, the sources with the most plays are named.
    """
    heard = [cue for cue in cues if cue.volume > 0 and cue.ms < length_ms and cue.ms + cue.length_ms > 0]
    groups: list[list[Cue]] = []
    for cue in heard:
        if not groups or max(cue.ms, 0.0) - max(groups[-1][0].ms, 0.0) >= SHORTEST_MS:
            groups.append([])
        groups[-1].append(cue)
    begins = [max(group[0].ms, 0.0) for group in groups] + [length_ms]
    shown: list[tuple[float, float, str]] = []
    for group, begin, latest in zip(groups, begins, begins[1:]):
        end = min(max(begin + SHORTEST_MS, *(cue.ms + cue.length_ms for cue in group)), latest, length_ms)
        text = _names(group)
        goes_on = shown and shown[-1][2] == text and shown[-1][1] >= begin
        shown.append((shown.pop()[0] if goes_on else begin, end, text))
    lines = (f"{n}\n{_srt_clock(a)} --> {_srt_clock(b)}\n{text}\n" for n, (a, b, text) in enumerate(shown, 1))
    return "\n".join(lines)


def clock(ms: float) -> str:
    """Return a time as h:mm:ss.mmm: 3723456.2 is 1:02:03.456."""
    seconds, rest = divmod(round(ms), 1000)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}.{rest:03}"


def _srt_clock(ms: float) -> str:
    hours, rest = clock(ms).split(":", 1)
    return f"{hours.zfill(2)}:{rest}".replace(".", ",")


def _names(group: Sequence[Cue]) -> str:
    """Return the lines of a subtitle: a source each; of a single play also its in-point."""
    counts = Counter(cue.filename for cue in group)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    lines = [one_line(name) for name in names[:MOST_NAMES]]
    if len(group) == 1:
        lines[0] += f" {clock(group[0].start_ms)}"
    if len(names) > MOST_NAMES:
        lines.append(f"+ {len(names) - MOST_NAMES}")
    return "\n".join(lines)


def one_line(text: str) -> str:
    """Return a text on one line: unprintable characters are spaces."""
    return "".join(c if c.isprintable() else " " for c in text).strip() or "-"


def _owner(film: str) -> str:
    return f"the cues of {Path(film).name}"
