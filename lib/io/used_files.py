"""Which files a table was made from: for the next run, which skips them, in the user's cache folder.

It knows then which of them have changed since, and which could be read only in part.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from lib.errors import MediaError
from lib.io.files import media_path
from lib.io.pipes import is_stream
from lib.io.states import file_state
from lib.io.user_cache import keep, recall

KIND = "used"


class UsedFiles:
    """The files that a stage has used for a table, with their states; use it in a `with`: it is saved at the end.

    table: the table's name, with or without %s; stage: what is made of them; folder, names: of all files that are asked
    for now; source: the table that rows of this one come from, if it is new: what is known of their files goes with
    them.
    """

    def __init__(self, table: str, stage: str, folder: str, names: Iterable[str], source: str = "") -> None:
        self._key = _key(table, stage)
        # Before they are read: one that changes meanwhile has changed since.
        self._now = {name: _state(folder, name) for name in names}
        own = _recalled(self._key)
        self._known = own or (_recalled(_key(source, stage)) if source else {})
        self._used: set[str] = set()
        self._is_new = bool(self._known) and not own

    def __enter__(self) -> UsedFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self.save()

    def save(self) -> None:
        """Save what was noted."""
        if self._is_new and self._key is not None:
            keep(KIND, self._key, self._known)

    def note(self, name: str, problem: str = "") -> None:
        """Note that a file was used; problem: where it could not be read ("": nowhere)."""
        if self._now.get(name):
            self._known[name] = [self._now[name], problem]
            self._used.add(name)
            self._is_new = True

    def skipped(self, bad: Iterable[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str]]]:
        """Return what is known of the files that this run has not used, without the bad ones, by (name, reason).

        Those that have changed since (missing ones have not), and (name, reason) of the unchanged ones that could be
        read only in part.
        """
        refused = {name for name, _ in bad}
        told = {name: self._told(name) for name in self._now if name not in self._used and name not in refused}
        changed = [name for name, (state, _) in told.items() if state and self._now[name] not in ("", state)]
        partly = [(name, problem) for name, (state, problem) in told.items() if problem and state == self._now[name]]
        return sorted(changed), sorted(partly)

    def _told(self, name: str) -> tuple[str, str]:
        match self._known.get(name):
            case [str(state), str(problem)]:
                return state, problem
        return "", ""


def _key(table: str, stage: str) -> list[str] | None:
    return None if is_stream(table) else [os.path.realpath(table), stage]


def _recalled(key: list[str] | None) -> dict[str, list[str]]:
    known = recall(KIND, key) if key is not None else None
    return known if isinstance(known, dict) else {}


def _state(folder: str, name: str) -> str:
    try:
        return file_state(media_path(folder, name))
    except (OSError, ValueError, MediaError):  # missing, or refused
        return ""
