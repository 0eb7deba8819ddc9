"""Tables of samples, one per row: filename, start, dur."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from lib.errors import MediaError
from lib.io.caches import check_cache
from lib.io.files import check_outputs, media_path
from lib.io.names import local_path
from lib.tables.kinds import words_of
from lib.tables.table import Table, read_filled

SAMPLE_COLUMNS = ("filename", "start", "dur")


def read_samples(path: str, out: str) -> Table:
    """Read a table of samples, and add the other columns of the table `out` if it has the same samples.

    So one table can collect the columns of several runs. Raises MediaError if a column is missing, or there are no
    samples.
    """
    table = read_filled(path)
    table.require(*SAMPLE_COLUMNS)
    if not len(table):
        raise MediaError("there are no samples in this table", path)
    if os.path.isfile(out) and not os.path.samefile(path, out):
        old = read_filled(out)
        same = set(SAMPLE_COLUMNS) <= set(old.columns)
        if same and old.select(SAMPLE_COLUMNS).frame.equals(table.select(SAMPLE_COLUMNS).frame):
            table = table.with_columns({name: old.text(name) for name in old.columns if name not in table.columns})
    return table


def read_for_cache(path: str, out: str, folder: str, cache: str) -> Table:
    """Read a table of samples as `read_samples`, for a stage that writes `out` and keeps arrays of their media.

    folder: of the media; cache: file of arrays. Raises MediaError also if one of these files would be replaced.
    """
    table = read_samples(path, out)
    media = media_of(table, folder)
    check_outputs([out], media)
    check_outputs([cache], [path, out, *media])
    check_cache(cache)
    return table


def media_of(table: Table, folder: str) -> list[str]:
    """Return the media files that a table names, so that none of them is replaced; bad names are left out."""
    paths = []
    for name in dict.fromkeys(table.text("filename")):
        with suppress(MediaError):
            paths.append(media_path(folder, name))
    return paths


def check_filenames(table: Table) -> None:
    """Raise MediaError with the line of the first filename that is empty, or leaves the folder of the media."""
    names = table.text("filename")
    for name in dict.fromkeys(names):
        try:
            local_path(name)
        except MediaError as error:
            line = table.line(names.index(name))
            reason = f"line {line}: {error}" if name.strip() else f"line {line} has no filename"
            raise MediaError(reason, table.path) from error


def check_times(table: Table, names: Sequence[str] = ("start", "dur")) -> None:
    """Raise MediaError if a column is missing, or one of its cells is not a number or negative."""
    for name in names:
        values = table.all_numbers(name)
        if (values < 0).any():
            row = int((values < 0).argmax())
            raise MediaError(f"line {table.line(row)}: {name} is {values[row]:g}: it must be 0 or more", table.path)


def check_words(table: Table, name: str) -> None:
    """Raise MediaError with the line of a column's first cell that is neither a number nor stands for a missing one."""
    for row in words_of(table, name)[:1].tolist():
        raise MediaError(f"line {table.line(row)}: {name} is {table.frame[name][row]!r}, not a number", table.path)


def sample_spans(table: Table) -> dict[str, dict[int, tuple[float, float]]]:
    """Return the samples of each file: filename -> row -> (start, length) in ms.

    Raises MediaError if a column is missing, a filename is empty or refused, or a time is not a number or negative.
    """
    spans: dict[str, dict[int, tuple[float, float]]] = {}
    check_filenames(table)
    check_times(table)
    columns = (table.text("filename"), table.all_numbers("start").tolist(), table.all_numbers("dur").tolist())
    for row, (filename, start, length) in enumerate(zip(*columns)):
        spans.setdefault(filename, {})[row] = (start, length)
    return spans
