"""The sample tables of a collection: those of a manifest's files, or tables given directly."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lib.errors import MediaError, NoTableError, PlaceError
from lib.io.files import MEDIA_ENDINGS, check_outputs, find_media, has_media, may_be_table
from lib.io.formats import counted
from lib.io.names import each_once
from lib.io.pipes import is_stream
from lib.io.presence import check_there
from lib.tables.queries import filter_rows, sort_rows
from lib.tables.query_language import Filter, Sort
from lib.tables.sample_tables import table_path
from lib.tables.table import Table, read_filled

# A table with these columns is one of samples, not of media files.
SAMPLE_COLUMNS = ("start", "dur")
BLACKLIST = "_blacklist.csv"


@dataclass
class Sources:
    """Sample tables: their names for the user (the media file, or the table itself) and their paths, in order.

    folder: of a manifest's tables; by_name: they may hold the samples of several files; bad: (name, reason) of rows
    without a usable name; notes: lines about what was left out.
    """

    names: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    folder: str = ""
    by_name: bool = False
    bad: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def bad_of(self, missing: Sequence[int], problems: Mapping[int, str]) -> list[tuple[str, str]]:
        """Return (name, reason) of everything bad: rows, missing tables, and tables with problems."""
        reasons = {place: f"has no sample table in {self.folder}" for place in missing} | dict(problems)
        return self.bad + [(self.names[place], reasons[place]) for place in sorted(reasons)]


class NoManifestError(MediaError):
    """Media files are to be filtered or sorted, but tables of samples were given."""


def find_sources(
    spec: str, folder: str, out: str, wanted: Filter, order: Sort, default_filter: bool = False
) -> Sources:
    """Return the sample tables meant by a name and a folder, of the wanted media files.

    spec: a manifest, whose rows are filtered and sorted (without those that its blacklist names), and whose tables are
    `FOLDER/FILENAME.csv`; or sample tables: a file, a folder, a pattern. out: the table to write ("": none), which must
    not be one of these (PlaceError).
    default_filter: conditions on columns that the manifest lacks are left out. Raises MediaError if nothing is found,
    NoManifestError if media files are to be chosen and there are none.
    """
    if may_be_table(spec):
        manifest = read_filled(spec)
        if not set(SAMPLE_COLUMNS) <= set(manifest.columns):
            return _of_manifest(manifest, folder, wanted, order, default_filter)
    if order or (wanted and not default_filter):
        raise NoManifestError("its rows are samples: only media files of a manifest are filtered and sorted", spec)
    if is_stream(spec):
        raise MediaError("is a pipe, and samples are read more than once: give a file", spec)
    if os.path.isfile(spec) and Path(spec).suffix.lower() in MEDIA_ENDINGS:
        raise NoTableError("is media, not a table", spec)
    tables = os.path.join(glob.escape(spec), "**", "*.csv") if os.path.isdir(spec) else spec
    if tables != spec and not glob.glob(tables, recursive=True):
        reason = "there are no sample tables in this folder"
        raise NoTableError(f"{reason}, but media", spec) if has_media(spec) else MediaError(reason, spec)
    found = find_media(tables)
    paths = [os.path.join(found.folder, name) for name in found.filenames]
    if out:
        _check_out(spec, paths, out)
    return Sources(paths, paths, by_name=True)


def _check_out(spec: str, paths: Sequence[str], out: str) -> None:
    """Raise PlaceError if the table to write is one of those to read."""
    try:
        check_outputs([out], paths)
    except PlaceError as error:
        if len(paths) == 1:
            raise
        raise PlaceError(f"is one of the tables that {spec} means, and would be replaced", out) from error


def blacklist_path(path: str) -> str:
    """Return the path of a manifest's blacklist, whether it exists or not."""
    return str(Path(path).with_name(Path(path).stem + BLACKLIST))


def _blacklist(path: str) -> set[str]:
    """Return the filenames in the blacklist beside a manifest."""
    beside = Path(blacklist_path(path))
    return set(read_filled(beside).text("filename")) if beside.exists() else set()


def _of_manifest(manifest: Table, folder: str, wanted: Filter, order: Sort, default_filter: bool) -> Sources:
    rows = len(manifest)
    manifest.require("filename")
    if not rows:
        raise MediaError("the table has no rows", manifest.path)
    sources = Sources(folder=folder)
    unwanted = _blacklist(manifest.path)
    if unwanted:
        names = manifest.text("filename")
        manifest = manifest.take([row for row, name in enumerate(names) if name not in unwanted])
        sources.notes.append(f"{rows - len(manifest):,} of {counted(rows, 'row')} are on the blacklist")
    met = filter_rows(manifest, wanted, optional=default_filter)
    if len(met) < len(manifest):
        sources.notes.append(f"{len(met):,} of {counted(len(manifest), 'row')} meet the filter {wanted.text}")
    manifest = manifest.take(met)
    if not len(manifest):
        raise MediaError(f"no row is left: {'; '.join(sources.notes)}", manifest.path)
    manifest = manifest.take(sort_rows(manifest, order))
    for name in each_once(manifest.text("filename")):
        try:
            sources.paths.append(table_path(folder, name))
            sources.names.append(name)
        except MediaError as error:
            sources.bad.append((name or manifest.path, error.reason))
    if not sources.paths:
        raise MediaError(f"no row names a file that can be used; the first: {sources.bad[0][1]}", manifest.path)
    check_there(folder, sources.names, tables=True)
    return sources
