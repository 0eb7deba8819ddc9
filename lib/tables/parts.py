"""The progress of a long stage, kept beside its output, from which the same command continues."""

from __future__ import annotations

import re
from pathlib import Path

from lib.errors import MediaError
from lib.io.owners import check_folder, claim_folder, is_our_folder, remove_folder
from lib.io.states import DIGITS, digest, text_digest
from lib.io.temporary import KEPT_NAME
from lib.tables.table import Table, read_table, write_table

# How parts are called: by a digest.
_NAME = re.compile(rf"[0-9a-f]{{{DIGITS}}}\.csv")


class Parts:
    """Tables of the parts of one output, in a hidden folder beside it, until the output itself is written.

    Each is named by a digest of its inputs and settings, so that a part is never reused for others.
    """

    def __init__(self, target: str | Path) -> None:
        target = Path(target)
        # A long name would be too long with our additions, and names may share their beginnings.
        digest = text_digest(target.name, 8)
        name = target.name if len(target.name) <= KEPT_NAME else f"{target.name[:KEPT_NAME]}.{digest}"
        self._folder = target.parent / f".{name}.parts"

    def _path(self, made_from: object) -> Path:
        return self._folder / f"{digest(made_from)}.csv"

    def load(self, made_from: object) -> Table | None:
        """Return the part made from this (a JSON value), or None."""
        path = self._path(made_from)
        try:
            return read_table(path) if is_our_folder(self._folder) and path.is_file() else None
        except MediaError:  # not written by us, or damaged: it is made again
            return None

    def save(self, made_from: object, table: Table) -> None:
        """Keep a part."""
        try:
            self._write(made_from, table)
        except MediaError:
            # Another run of the same command may have ended just then, and removed the folder.
            self._write(made_from, table)

    def _write(self, made_from: object, table: Table) -> None:
        claim_folder(self._folder)
        write_table(table, self._path(made_from))

    def check(self) -> None:
        """Raise PlaceError if there is a folder of this name that is someone's. To be called before the work."""
        check_folder(self._folder)

    def remove(self) -> None:
        """Remove the parts: the output is there, or a new start is wanted."""
        remove_folder(self._folder, _NAME)
