"""A catalogue of what a search of the archive finds: one row per item (or file), saved as it grows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lib.archive.answers import ArchiveFile, Page, RefusedError, StoppedError, StopRunError
from lib.archive.client import Archive
from lib.errors import MediaError, OccupiedError
from lib.io.journal import Journal
from lib.io.progress import bar, each
from lib.parallel.threads import run_threads
from lib.tables.table import Table, write_table

# The marks of the journal's lines.
SETTINGS, PAGE, ITEM, DONE = "settings", "page", "item", "done"


@dataclass(frozen=True)
class Search:
    """What is looked for: see `Archive.search`; `ending`: of the file names that count; `multi`: all such files."""

    host: str
    query: str
    keys: tuple[str, ...]
    sort: str
    ending: str
    multi: bool
    rows: int


@dataclass
class Catalogue:
    """What was found: rows of [identifier, cells of the keys ...], and by identifier the file names (None: dark)."""

    search: Search
    rows: list[list[str]] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    cursor: str = ""
    searched: bool = False
    files: dict[str, list[str] | None] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def items(self) -> list[list[str]]:
        """The rows of items that were asked for."""
        return self.rows if self.search.rows < 0 else self.rows[: self.search.rows]

    def left_out(self) -> tuple[int, int]:
        """Return how many items have no such file, and how many the archive does not show."""
        looked_up = [self.files[row[0]] for row in self.items if row[0] in self.files]
        return sum(names == [] for names in looked_up), sum(names is None for names in looked_up)

    def table(self) -> Table:
        """Return the rows: the columns of the keys, and `filename`."""
        pairs = [(row, name) for row in self.items for name in self.files.get(row[0]) or []]
        columns = {key: [row[n] for row, _ in pairs] for n, key in enumerate(self.search.keys, start=1)}
        return Table.of(columns | {"filename": [name for _, name in pairs]})

    def add(self, entry: dict[str, Any]) -> None:
        """Take in a line of the journal."""
        if PAGE in entry:
            self.rows += entry[PAGE]
            self.totals.append(entry["total"])
            self.cursor = entry["cursor"]
            self.searched = not self.cursor or not entry[PAGE] or 0 <= self.search.rows <= len(self.rows)
        elif ITEM in entry:
            self.files[entry[ITEM]] = entry["files"]


def journal_path(out: str) -> Path:
    """Return where the progress towards the table `out` is kept: hidden, beside it."""
    target = Path(os.path.realpath(out))
    return target.parent / f".{target.name}.progress"


def open_journal(out: str, search: Search, overwrite: bool) -> Journal | None:
    """Return the journal to go on with; None if `out` is there, whole, and was made by the same search.

    Raises MediaError if `out` is there and was made by something else, so that it is not lost without `overwrite`.
    """
    if os.path.isdir(out):
        raise MediaError("is a folder: give a file name", out)
    there, path = os.path.exists(out), journal_path(out)
    occupied = OccupiedError("is there already, and not from the same search", out)
    if there and not path.exists() and not overwrite:
        raise occupied
    journal = Journal(path, SETTINGS)
    settings = json.loads(json.dumps({SETTINGS: asdict(search)}))
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


def collect(archive: Archive, search: Search, journal: Journal, workers: int) -> Catalogue:
    """Search, look the items' files up with `workers` threads, and return the catalogue; goes on from the journal.

    An item whose look-up failed is in `failed`, with its reason, and is looked up again by the next run. Raises
    ArchiveError if the search fails, StopRunError if the archive is out of reach.
    """
    catalogue = Catalogue(search)

    def keep(entry: dict[str, Any]) -> None:
        journal.append(entry)
        catalogue.add(entry)

    for entry in journal.entries:
        catalogue.add(entry)
    if not catalogue.searched:
        try:
            _search(archive, catalogue, keep)
        except RefusedError:
            if not catalogue.cursor:
                raise
            # A place in a search (the cursor) is not kept for ever: one from an earlier run may be refused.
            journal.restart(journal.entries[0])
            catalogue = Catalogue(search)
            _search(archive, catalogue, keep)
    if len(set(catalogue.totals)) > 1 or (not catalogue.cursor and catalogue.totals[-1] != len(catalogue.rows)):
        archive.notify(
            f"the archive spoke of {' and then of '.join(str(t) for t in dict.fromkeys(catalogue.totals))} items "
            f"and gave {len(catalogue.rows)}: it changed while it was searched, a few may be missing"
        )

    def look_up(identifier: str) -> list[str] | None:
        found = archive.files(identifier)
        return None if found is None else choose(found, search.ending, search.multi)

    left = [row[0] for row in catalogue.items if row[0] not in catalogue.files]
    outcomes = run_threads(look_up, left, workers, archive.stop, (StopRunError, StoppedError))
    for outcome in each(outcomes, len(left), "looking up files", "item"):
        if outcome.error:
            catalogue.failed.append(outcome.bad(outcome.job))
        else:
            keep({ITEM: outcome.job, "files": outcome.result})
    return catalogue


def _search(archive: Archive, catalogue: Catalogue, keep: Callable[[dict[str, Any]], None]) -> None:
    """Read the pages that are left."""
    search = catalogue.search
    known = {row[0] for row in catalogue.rows}
    pages = archive.search(search.query, search.keys, search.sort, search.rows, known, catalogue.cursor)
    with bar(None, "searching", "item") as progress:
        for page in pages:
            keep(_page_entry(page, search.keys))
            progress.total = page.total if search.rows < 0 else min(search.rows, page.total)
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


def choose(files: list[ArchiveFile], ending: str, multi: bool) -> list[str]:
    """Return the names of the files whose name ends with `ending` (in any case): the largest, or all if `multi`.

    A file without a size counts as 0 bytes; of equally large ones the first is taken.
    """
    matching = [f for f in files if f.name.lower().endswith(ending.lower())]
    if not multi:
        matching = sorted(matching, key=lambda f: -(f.size or 0))[:1]
    return [as_text(f.name) for f in matching]


def finish(catalogue: Catalogue, journal: Journal, out: str) -> Table:
    """Write the table to `out` and return it; if nothing failed, mark the search as done in the journal.

    Raises MediaError, with nothing written, if there are no rows.
    """
    table, search = catalogue.table(), catalogue.search
    if not len(table) and not catalogue.failed:
        journal.remove()
        if not catalogue.items:
            raise MediaError(f"no item of the archive matches the query {search.query!r}")
        lacking, dark = catalogue.left_out()
        raise MediaError(
            f"none of the {len(catalogue.items)} items that were found has a {search.ending} file ({lacking} without, "
            f"{dark} that the archive does not show): try another ending"
        )
    if len(table):
        write_table(table, out)
    if not catalogue.failed:
        journal.restart(journal.entries[0], {DONE: True})
    return table
