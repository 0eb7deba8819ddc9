"""A folder's record of its downloads: where each file came from, and what the archive refuses."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from lib.archive.plan import RECORD, NameKeys
from lib.io.journal import Journal
from lib.io.states import file_state

# Seconds after which a refused file is requested again: a day.
REFUSAL_HOLDS = 24 * 3600.0


class Record:
    """A journal in the folder `out`: which file came from which item, and its state when it was verified.

    It saves verifying a whole collection again, distinguishes files of the same name from different items, and lets a
    loop end that repeats a command until everything obtainable is there. token: see
    `lib.archive.download.Job`. Raises MediaError if the folder cannot be created or written to, or another run is
    writing there.
    """

    def __init__(self, out: str) -> None:
        self._journal = Journal(Path(out) / RECORD, "file", "token")
        self._keys = NameKeys(out)
        self._states: dict[str, tuple[str, str]] = {}
        self._refusals: dict[tuple[str, str], tuple[str, float]] = {}
        self.token = ""
        for entry in self._journal.entries:
            if isinstance(entry, dict):
                self._take_in(entry)
        if not self.token:
            self._append({"token": secrets.token_hex(16)})

    def close(self) -> None:
        """Let another run write there."""
        self._journal.close()

    def _take_in(self, entry: dict) -> None:
        if entry.keys() >= {"file", "item", "state"}:
            self._states[self._keys.of(entry["file"])] = (entry["item"], entry["state"])
            self._refusals.pop((entry["item"], entry["file"]), None)
        elif entry.keys() >= {"file", "item", "refused", "time"}:
            self._refusals[entry["item"], entry["file"]] = (str(entry["refused"]), float(entry["time"]))
        elif "token" in entry:
            self.token = str(entry["token"])

    def is_whole(self, item: str, name: str, path: str) -> bool:
        """Return whether the file is in the state in which it was verified."""
        known = self._states.get(self._keys.of(name))
        return known is not None and os.path.isfile(path) and known == (item, file_state(path))

    def holder(self, name: str) -> str:
        """Return the item that the file of this name came from ("": not known)."""
        return self._states.get(self._keys.of(name), ("", ""))[0]

    def keep(self, item: str, name: str, path: str) -> None:
        """Record a file as complete."""
        self._append({"file": name, "item": item, "state": file_state(path)})

    def refuse(self, item: str, name: str, reason: str, holds: bool) -> None:
        """Record that a file is refused, and why; holds: it need not be requested again for a while."""
        self._append({"file": name, "item": item, "refused": reason, "time": time.time() if holds else 0.0})

    def _append(self, entry: dict) -> None:
        self._journal.append(entry)
        self._take_in(entry)

    def is_refused(self, item: str, name: str) -> bool:
        """Return whether the file was refused recently."""
        found = self._refusals.get((item, name))
        return found is not None and abs(time.time() - found[1]) < REFUSAL_HOLDS

    def is_known(self, item: str, name: str, reason: str) -> bool:
        """Return whether an earlier run has reported this reason."""
        return self._refusals.get((item, name), ("", 0.0))[0] == reason
