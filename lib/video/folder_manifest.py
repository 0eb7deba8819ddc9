"""A local folder as a collection: a manifest with one row per media file, from the files' own tags."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lib.errors import FolderError, MediaError, OccupiedError
from lib.io.files import MEDIA_ENDINGS, check_outputs
from lib.io.formats import counted
from lib.io.names import relative_name
from lib.io.pipes import is_stream
from lib.io.progress import each
from lib.io.stamps import put_stamp, stamped_from
from lib.io.states import digest
from lib.parallel.run import run_many
from lib.tables.table import Table, concatenate, read_filled, write_table
from lib.video.tags import COLUMNS, Tags, read_tags, text_name

HEADER = ("filename", *COLUMNS, "size", "format")
# The placeholder of a file that macOS keeps in iCloud is called .NAME and this.
PLACEHOLDER = ".icloud"


@dataclass
class FolderReport:
    """What became of a folder: rows in the table, new ones among them, bytes of all files; how many files were left out
    as other than media, by their extensions (`unlike`), as hidden media, and links not followed; rows whose file is
    gone or has another size; media that are in iCloud only (`clouded`); (name, reason) of bad files, and of folders
    that cannot be read.
    """

    rows: int = 0
    new: int = 0
    size: int = 0
    others: int = 0
    unlike: int = 0
    hidden: int = 0
    links: int = 0
    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    clouded: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Return lines about what was left out, and what differs from the table."""
        left = [counted(self.others, "file") + (" that is not media" if self.others == 1 else " that are not media")]
        left += [counted(self.unlike, "file") + " with other extensions"]
        left += [counted(self.hidden, "hidden media file"), counted(self.links, "link") + " (not followed)"]
        left += [counted(self.clouded, "file") + " that iCloud has not downloaded"]
        left = [words for words in left if not words.startswith("0 ")]
        stale = {"gone": self.gone, "of another size than in the table": self.changed}
        notes = [f"left out: {', '.join(left)}"] if left else []
        return notes + [f"{what}: {len(names)}, the first {names[0]}" for what, names in stale.items() if names]


@dataclass(frozen=True)
class _File:
    path: str
    filename: str


def add_folder(folder: str, out: str, ending: str, overwrite: bool) -> FolderReport:
    """Write one row for each media file in `folder` and its subfolders into the table `out`; return a report.

    ending: of the files that count, in any case ("": any of a media file). A table made earlier from the same folder
    keeps its rows and all their cells, and gets rows for new files; overwrite: replace it. Raises MediaError if there
    are no media files, OccupiedError if `out` exists and was made by something else.
    """
    if not os.path.isdir(folder):
        missing = not os.path.lexists(folder)
        raise FolderError("there is no such folder" if missing else "is not a folder", folder)
    check_outputs([out], [])
    made_from = digest({"folder": os.path.realpath(folder)})
    old = _table_so_far(out, made_from, overwrite)
    report = FolderReport()
    files = sorted(_media(folder, ending, report), key=lambda file: file.filename)
    known = set(old.text("filename")) if old is not None else set()
    fresh = [file for file in files if file.filename not in known]
    found: dict[int, list[str]] = {}
    for outcome in each(run_many(_row, fresh), len(fresh), "reading tags"):
        if outcome.result is None:
            report.bad.append(outcome.bad(printable_name(outcome.job.filename)))
        elif outcome.result:
            found[outcome.index] = outcome.result
        else:
            report.others += 1
    rows = [found[index] for index in sorted(found)]
    if not rows and old is None:
        if files:
            raise MediaError(f"none of {counted(len(files), 'file')} in this folder can be read as media", folder)
        clouded = f"; iCloud has not downloaded {counted(report.clouded, 'file')}" if report.clouded else ""
        raise MediaError(f"no {ending or 'media'} files in this folder{clouded}", folder)
    new = Table.of({name: [row[n] for row in rows] for n, name in enumerate(HEADER)}, out)
    table = new if old is None else _joined(old, new)
    report.rows, report.new = len(table), len(new)
    sizes = {file.filename: os.path.getsize(file.path) for file in files}
    _compare(table, sizes, folder, report)
    if rows or old is None:
        write_table(table, out)
        put_stamp(out, made_from)
    return report


def printable_name(name: str) -> str:
    """Return a name in which characters that are not text are escaped."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _table_so_far(out: str, made_from: str, overwrite: bool) -> Table | None:
    """Return the table that an earlier run made of this folder; None if there is none, or it is to be replaced."""
    if not os.path.exists(out) or is_stream(out) or overwrite:
        return None
    if stamped_from(out) != made_from:
        made = "was made from another folder" if stamped_from(out) else "is not known to be made from this folder"
        raise OccupiedError(f"already exists, and {made}", out)
    table = read_filled(out)
    table.require("filename")
    return table


def _in_cloud(name: str) -> str:
    """Return the name of a file that macOS keeps in iCloud only, where this is the name of its placeholder, else ""."""
    return name[1 : -len(PLACEHOLDER)] if name.startswith(".") and name.endswith(PLACEHOLDER) else ""


def _media(folder: str, ending: str, report: FolderReport) -> Iterator[_File]:
    """Yield the media files below a folder by their extensions; count the others, and note folders that cannot be read.

    Hidden folders are skipped. Raises MediaError if the folder itself cannot be read.
    """
    wanted = ending.lower()

    def unreadable(error: OSError) -> None:
        reason = f"the folder cannot be read ({error.strerror})"
        if os.path.abspath(error.filename) == os.path.abspath(folder):
            raise MediaError(reason, folder) from error
        report.bad.append((printable_name(relative_name(error.filename, folder)), reason))

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        shown = [f for f in folders if not f.startswith(".")]
        report.links += sum(os.path.islink(os.path.join(parent, f)) for f in shown)
        folders[:] = shown
        for name in names:
            path = os.path.join(parent, name)
            counts = name.lower().endswith(wanted) if wanted else Path(name).suffix.lower() in MEDIA_ENDINGS
            stored = _in_cloud(name)
            if stored:
                report.clouded += Path(stored).suffix.lower() in MEDIA_ENDINGS
            elif name.startswith("."):
                report.hidden += counts
            elif os.path.islink(path):
                report.links += 1
            elif wanted and not counts:
                report.unlike += 1
            elif not counts or not os.path.isfile(path):  # not a file but, say, a pipe: opening it would block
                report.others += 1
            else:
                yield _File(path, relative_name(path, folder))


def _row(file: _File) -> list[str]:
    """Return the cells of a file; an empty list if it has neither sound nor picture."""
    name = text_name(file.filename)
    tags: Tags = read_tags(file.path)
    if not tags.is_media:
        return []
    return [name, *(tags.cells[column] for column in COLUMNS), str(os.path.getsize(file.path)), tags.format]


def _joined(old: Table, new: Table) -> Table:
    """Return the old rows and the new ones: sorted by name if the old ones are, else one after the other."""
    table = concatenate([old, new], old.path)
    before, names = old.text("filename"), table.text("filename")
    order = list(range(len(names)))
    if before == sorted(before):
        order.sort(key=names.__getitem__)
    return replace(table.take(order), path=old.path, state=old.state)


def _compare(table: Table, sizes: dict[str, int], folder: str, report: FolderReport) -> None:
    """List the rows whose file is gone, or has another size."""
    told = table.text("size") if "size" in table.columns else [""] * len(table)
    for name, size in zip(table.text("filename"), told):
        if name in sizes:
            report.size += sizes[name]
            if size and size != str(sizes[name]):
                report.changed.append(name)
        elif not os.path.isfile(os.path.join(folder, name)):
            report.gone.append(name)
