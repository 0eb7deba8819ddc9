"""The files wanted by a table's rows, their names below a folder, and those that cannot be there together."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from lib.archive.answers import ArchiveFile
from lib.errors import MediaError
from lib.io.names import local_path

# In the folder of the downloads: the record of `lib.archive.record`.
RECORD = ".media_tools_downloads"
# The limit of file systems for one part of a path, in bytes.
LONGEST_NAME = 255


@dataclass(frozen=True)
class WantedFile:
    """A file of an item. name: its path below the folder of the downloads; names: its possible names in the item,
    the likelier one first."""

    item: str
    name: str
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.name if self.name.startswith(f"{self.item}/") else f"{self.item}/{self.name}"

    def among(self, files: dict[str, ArchiveFile]) -> ArchiveFile | None:
        """Return this one among an item's files, by their names."""
        return next((files[name] for name in self.names or (self.name,) if name in files), None)


@dataclass
class Plan:
    """The files to have, each once, and (item, name, label, reason) of rows without an obtainable file."""

    wanted: list[WantedFile] = field(default_factory=list)
    impossible: list[tuple[str, str, str, str]] = field(default_factory=list)


class NameKeys:
    """Finds names that mean one file below a folder."""

    def __init__(self, out: str) -> None:
        # On some file systems Film.mp4 and film.mp4 are one file, and so are two spellings of an accent.
        self._folds = os.path.exists(os.path.join(out, RECORD.upper()))

    def of(self, name: str) -> str:
        """Return a key that is equal for two names of one file."""
        with suppress(MediaError):  # a name outside of the folder
            name = local_path(name)
        path = os.path.normpath(name)
        return unicodedata.normalize("NFC", path).casefold() if self._folds else path


def plan_files(items: Sequence[str], names: Sequence[str], out: str, source: str = "") -> Plan:
    """Return the files of these items (their identifiers) that the rows want below the folder `out`.

    Impossible is a name outside of the folder, one that two items offer (the first one gets it), one that is another
    file's folder, or that is blocked on the disk; or that of the table `source` itself ("": none).
    """
    keys, plan = NameKeys(out), Plan()
    holders: dict[str, WantedFile] = {}
    folders: dict[str, WantedFile] = {}
    in_folders = all(name.startswith(f"{item}/") for item, name in zip(items, names, strict=True))
    for row, (item, name) in enumerate(zip(items, names, strict=True), start=1):
        inside = name.removeprefix(f"{item}/")
        file = WantedFile(item, name, (inside, name) if in_folders else (name, inside))
        reason = "the row has no identifier" if not item.strip() else _refusal(name)
        if not reason:
            key = keys.of(name)
            reason = _clash(file, key, holders, folders) or _in_the_way(out, name, source)
            if not reason:
                holders.setdefault(key, file)
                for folder in _folders(key):
                    folders.setdefault(folder, file)
        if reason:
            label = file.label if name.strip() and item.strip() else f"line {row + 1}"
            plan.impossible.append((item, name, label, reason))
    plan.wanted = list(holders.values())
    return plan


def _folders(key: str) -> Iterator[str]:
    """Yield the folders of a file, below that of the downloads."""
    while key := os.path.dirname(key):
        yield key


def _clash(file: WantedFile, key: str, holders: dict[str, WantedFile], folders: dict[str, WantedFile]) -> str:
    """Return why a file cannot be beside those already wanted."""
    if key in holders:
        holder = holders[key].item
        same = f"clash: item {holder} offers the same name; download one of them into another folder"
        return same if holder != file.item else ""
    if key in folders:
        return f"clash: {folders[key].label} needs a folder of this name"
    for folder in _folders(key):
        if folder in holders:
            return f"clash: {holders[folder].label} has the name of a folder that this file needs"
    return ""


def _in_the_way(out: str, name: str, source: str) -> str:
    """Return what blocks the place of a file on the disk, or of a folder that it needs."""
    path = os.path.normpath(local_path(name))
    if source and os.path.realpath(os.path.join(out, path)) == os.path.realpath(source):
        return "refused: it would replace the table that lists it"
    if os.path.isdir(os.path.join(out, path)):
        return "there is a folder of this name"
    blocked = next((folder for folder in _folders(path) if os.path.isfile(os.path.join(out, folder))), "")
    return f"there is a file in the place of its folder {blocked}" if blocked else ""


def _refusal(name: str) -> str:
    """Return why a name is impossible for a file below the folder."""
    if not name.strip():
        return "the row has no filename"
    try:
        parts = os.path.normpath(local_path(name)).split(os.sep)
    except MediaError:
        return "refused: the name leads out of the folder"
    if name.endswith("/") or parts == ["."] or parts[-1] == RECORD:
        return "refused: no name for a file here"
    if any(len(os.fsencode(part)) > LONGEST_NAME for part in parts):
        return f"refused: a name of over {LONGEST_NAME} bytes"
    return ""
