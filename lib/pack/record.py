"""The record of a pack of samples: which files were made, from what, and which may be replaced or removed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress

from lib.errors import OccupiedError
from lib.io.journal import Journal
from lib.io.stamps import CHANGED, FOREIGN
from lib.io.states import file_state

RECORD = ".samples.jsonl"
# The first entry: the settings. The others: names about to be written, and written files.
SETTINGS, PLANNED, MADE = "settings", "planned", "made"
# Index of a file's state in an entry of a written file
STATE = 1


class Record:
    """The record in a folder of ours, locked by one run; use it in a `with`. Raises as `Journal`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._journal = Journal(os.path.join(folder, RECORD), SETTINGS)
        self.settings: object = None
        self.made: dict[str, list[object]] = {}
        self._planned: set[str] = set()
        for entry in self._journal.entries:
            self.settings = entry.get(SETTINGS, self.settings)
            self.made |= entry.get(MADE, {})
            self._planned |= set(entry.get(PLANNED, ()))

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *exc: object) -> None:
        self._journal.close()

    def path(self, name: str) -> str:
        """Return the path of a name of the pack."""
        return os.path.join(self._folder, *name.split("/"))

    def is_unchanged(self, name: str) -> bool:
        """Return whether a file is as this tool made it."""
        with suppress(OSError):
            path = self.path(name)
            return name in self.made and not os.path.islink(path) and self.made[name][STATE] == file_state(path)
        return False

    def check(self, names: Iterable[str]) -> None:
        """Raise OccupiedError if one of these names is occupied by a file that this tool did not make.

        Files that an interrupted run was about to write are its own, unless they were written and changed since.
        """
        for name in names:
            path = self.path(name)
            if not os.path.lexists(path) or self.is_unchanged(name):
                continue
            if name in self.made:
                raise OccupiedError(CHANGED, path)
            if name not in self._planned or not os.path.isfile(path) or os.path.islink(path):
                raise OccupiedError(FOREIGN, path)

    def begin(self, settings: object, names: Iterable[str]) -> None:
        """Note the settings, and the files to be written; our other files stay known."""
        self.settings = settings
        self._journal.restart({SETTINGS: settings}, {MADE: self.made}, {PLANNED: list(names)})

    def add(self, made: Mapping[str, list[object]]) -> None:
        """Note files that were written."""
        self.made |= made
        self._journal.append({MADE: dict(made)})

    def remove_others(self, names: Iterable[str]) -> list[str]:
        """Remove our unchanged files that are not among these, and end the record of the run; return them."""
        kept = set(names)
        gone = sorted(name for name in set(self.made) - kept if self.is_unchanged(name))
        for name in gone:
            os.unlink(self.path(name))
        self.made = {name: made for name, made in self.made.items() if name in kept}
        self._journal.restart({SETTINGS: self.settings}, {MADE: self.made})
        return gone
