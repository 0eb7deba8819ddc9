"""A search of the archive, and the files of the items found: one row per item (or file), saved as it grows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lib.archive.answers import ArchiveFile, Page, QueryError, RefusedError
from lib.archive.client import Archive
from lib.archive.rounds import in_two_rounds
from lib.errors import MediaError, OccupiedError, PlaceError
from lib.io.formats import counted
from lib.io.journal import Journal
from lib.io.progress import bar, each, human
from lib.tables.table import Table, write_table

# The marks of the journal's lines.
SETTINGS, PAGE, ITEM, DONE = "settings", "page", "item", "done"


@dataclass(frozen=True)
class Query:
    """The search: see `Archive.search`. Of each item, files count whose name ends with `ending` and that are of this
    `source` (original or derivative; "": any); the largest, or all if `multi`. folders: file names begin with the
    item's; size: a column with the files' sizes; limit: items (-1: all)."""

    host: str
    query: str
    keys: tuple[str, ...]
    sort: str
    ending: str
    multi: bool = False
    limit: int = -1
    folders: bool = False
    source: str = ""
    size: bool = False

    @property
    def wanted(self) -> str:
        """What is looked for in each item: "a .mp4 file", "an original .mp4 file"."""
        article = "an" if self.source[:1] in ("o", "a", "e", "i") else "a"
        return f"{article} {f'{self.source} {self.ending}'.strip()} file"


@dataclass
class Search:
    """The results: rows of [identifier, cells of the keys ...], and by identifier the files: pairs of a name and a
    size in bytes (None: not known); None for an item hidden by the archive. `failed`: (identifier, reason).
    """

    query: Query
    rows: list[list[str]] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    cursor: str = ""
    searched: bool = False
    files: dict[str, list[list[Any]] | None] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def items(self) -> list[list[str]]:
        """The rows of the requested items."""
        return self.rows if self.query.limit < 0 else self.rows[: self.query.limit]

    def left_out(self) -> tuple[int, int]:
        """Return the numbers of items without such a file, and of items that the archive does not show."""
        looked_up = [self.files[row[0]] for row in self.items if row[0] in self.files]
        return sum(names == [] for names in looked_up), sum(names is None for names in looked_up)

    def sizes(self) -> str:
        """Return the total size of the files as text, and the number of those of unknown size."""
        sizes = [size for row in self.items for _, size in self.files.get(row[0]) or []]
        unknown = sum(size is None for size in sizes)
        more = f" and {unknown} of unknown size" if unknown else ""
        return f"{human(sum(size or 0 for size in sizes))}{more}"

    def table(self) -> Table:
        """Return the rows: the columns of the keys, `filename`, and `size` if wanted."""
        found = [(row, *file) for row in self.items for file in self.files.get(row[0]) or []]
        columns = {key: [row[n] for row, _, _ in found] for n, key in enumerate(self.query.keys, start=1)}
        columns["filename"] = [f"{row[0]}/{name}" if self.query.folders else name for row, name, _ in found]
        if self.query.size:
            columns["size"] = ["" if size is None else str(size) for _, _, size in found]
        return Table.of(columns)

    def add(self, entry: dict[str, Any]) -> None:
        """Add a line of the journal."""
        if PAGE in entry:
            self.rows += entry[PAGE]
            self.totals.append(entry["total"])
            self.cursor = entry["cursor"]
            self.searched = not self.cursor or not entry[PAGE] or 0 <= self.query.limit <= len(self.rows)
        elif ITEM in entry:
            self.files[entry[ITEM]] = entry["files"]


def journal_path(out: str) -> Path:
    """Return the journal for the table `out`: hidden, beside it."""
    target = Path(os.path.realpath(out))
    return target.parent / f".{target.name}.progress"


def open_journal(out: str, query: Query, overwrite: bool) -> Journal | None:
    """Return the journal to continue; None if `out` exists, complete, and was made by the same search.

    Raises MediaError if `out` exists and was made by something else, so that it is not lost without `overwrite`.
    """
    if os.path.isdir(out):
        raise PlaceError("is a folder, and a file is needed", out)
    there, path = os.path.exists(out), journal_path(out)
    occupied = OccupiedError("already exists, and is not from the same search", out)
    if there and not path.exists() and not overwrite:
        raise occupied
    journal = Journal(path, SETTINGS)
    settings = json.loads(json.dumps({SETTINGS: asdict(query)}))
    same = journal.entries[:1] == [settings] and not overwrite
    done = {DONE: True} in journal.entries
    if there and not overwrite and (done or not same):
        journal.close()
        if same:
            return None
        raise occupied
    if not same or done:
        journal.restart(settings)
    return journal


def collect(archive: Archive, query: Query, journal: Journal, workers: int, page_size: int) -> Search:
    """Search, look up the items' files with `workers` threads, and return the results; continues from the journal.

    page_size: items per request. An item whose look-up failed is tried again last; if it fails again, it is in
    `failed`, with its reason, and the next run looks it up. Raises ArchiveError if the search fails, StopRunError if
    the archive is out of reach.
    """
    search = Search(query)

    def keep(entry: dict[str, Any]) -> None:
        journal.append(entry)
        search.add(entry)

    for entry in journal.entries:
        search.add(entry)
    if not search.searched:
        try:
            _find_items(archive, search, keep, page_size)
        except QueryError:
            if not search.cursor:
                raise
            # A place in a search (the cursor) does not last for ever: one from an earlier run may be refused.
            journal.restart(journal.entries[0])
            search = Search(query)
            _find_items(archive, search, keep, page_size)
    if len(set(search.totals)) > 1 or (not search.cursor and search.totals[-1] != len(search.rows)):
        archive.notify(
            f"the archive reported {' and then '.join(str(t) for t in dict.fromkeys(search.totals))} items "
            f"and returned {len(search.rows)}: it changed during the search, and a few may be missing"
        )
    left = [row[0] for row in search.items if row[0] not in search.files]
    outcomes = in_two_rounds(archive, archive.files, left, workers)
    for outcome in each(outcomes, len(left), "looking up files", "item"):
        if outcome.result is not None:
            keep({ITEM: outcome.job, "files": choose(outcome.result, query)})
        elif outcome.kind is not None and issubclass(outcome.kind, RefusedError):
            keep({ITEM: outcome.job, "files": None})
        else:
            search.failed.append(outcome.bad(outcome.job))
    return search


def _find_items(archive: Archive, search: Search, keep: Callable[[dict[str, Any]], None], page_size: int) -> None:
    """Read the remaining pages."""
    query = search.query
    known = {row[0] for row in search.rows}
    pages = archive.search(query.query, query.keys, query.sort, query.limit, page_size, known, search.cursor)
    with bar(None, "searching", "item") as progress:
        for page in pages:
            keep(_page_entry(page, query.keys))
            progress.total = page.total if query.limit < 0 else min(query.limit, page.total)
            progress.update(len(page.items))


def _page_entry(page: Page, keys: tuple[str, ...]) -> dict[str, Any]:
    rows = [[as_text(item["identifier"]), *(as_text(item.get(key)) for key in keys)] for item in page.items]
    return {PAGE: rows, "cursor": page.cursor, "total": page.total}


def as_text(value: object) -> str:
    """Return a metadata value as a cell: a list's values joined with `; `, nothing for none."""
    if isinstance(value, list):
        return "; ".join(as_text(v) for v in value)
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")  # JSON can hold halves of a character, which CSV cannot


def choose(files: list[ArchiveFile], query: Query) -> list[list[Any]]:
    """Return the name and size (None: not known) of the files of an item that a query wants.

    Endings count in any case. A file without a size counts as 0 bytes; of equally large ones the first is taken.
    """
    matching = [
        f
        for f in files
        if f.name.lower().endswith(query.ending.lower()) and query.source in ("", f.source.strip().lower())
    ]
    if not query.multi:
        matching = sorted(matching, key=lambda f: -(f.size or 0))[:1]
    return [[as_text(f.name), f.size] for f in matching]


def finish(search: Search, journal: Journal, out: str) -> Table:
    """Write the table to `out` and return it; if nothing failed, mark the search as done in the journal.

    Raises MediaError, with nothing written, if there are no rows.
    """
    table, query = search.table(), search.query
    if not len(table) and not search.failed:
        journal.remove()
        if not search.items:
            raise MediaError(f"no item of the archive matches the query {query.query!r}")
        lacking, dark = search.left_out()
        raise MediaError(
            f"none of the {counted(len(search.items), 'item')} found has {query.wanted} ({lacking} without one, "
            f"{dark} hidden by the archive): try another extension{' or source' if query.source else ''}"
        )
    if len(table):
        write_table(table, out)
    if not search.failed:
        journal.restart(journal.entries[0], {DONE: True})
    return table
