"""A journal: the progress of a long run, one JSON line per entry; after a kill the same command continues from it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lib.errors import MediaError, PlaceError
from lib.io.files import atomic_path, make_folder
from lib.io.stamps import FOREIGN
from lib.io.system import hold_file


class Journal:
    """The entries (JSON values) of an append-only file, locked by one process at a time. Use it in a `with`.

    Each entry is in the file as soon as `append` returns. A last line that a kill cut off is dropped on opening.
    keys: those of its first entry, which distinguish it from someone else's file. Raises MediaError if the
    file cannot be written, another run holds it, or it is not ours.
    """

    def __init__(self, path: str | Path, *keys: str) -> None:
        self.path, self._keys = Path(path), keys
        make_folder(self.path.parent)
        self._open()

    def _open(self) -> None:
        other = self.path.exists() and not self.path.is_file() and not self.path.is_dir()
        if other or self.path.is_symlink():
            raise PlaceError(FOREIGN, self.path)
        try:
            self._file = open(self.path, "a+b", buffering=0)  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            raise PlaceError(f"cannot be written ({error.strerror})", self.path) from error
        try:
            if not hold_file(self._file):
                raise MediaError("another run is writing here: wait until it ends", self.path.parent)
            self.entries = self._read()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _read(self) -> list[Any]:
        """Return the complete entries, and truncate the file after them."""
        self._file.seek(0)
        data = self._file.read()
        if not self._is_ours(data):
            raise PlaceError(FOREIGN, self.path)
        entries, whole = [], 0
        for line in data.splitlines(keepends=True):
            try:
                entries.append(json.loads(line))
            except (ValueError, RecursionError):  # not ours, or damaged
                break
            if not line.endswith(b"\n"):
                entries.pop()
                break
            whole += len(line)
        if whole < len(data):
            os.ftruncate(self._file.fileno(), whole)
        return entries

    def _is_ours(self, data: bytes) -> bool:
        """Return whether a file begins as this journal does; a kill may have cut off its first line."""
        first, ended, _ = data.partition(b"\n")
        if not ended:
            begins = [b'{"' + key.encode("ascii") + b'"' for key in self._keys] or [b"{"]
            return any(first.startswith(begin) or begin.startswith(first) for begin in begins)
        try:
            entry = json.loads(first)
        except (ValueError, RecursionError):
            return False
        return not self._keys or (isinstance(entry, dict) and any(key in entry for key in self._keys))

    def append(self, entry: Any) -> None:
        """Add an entry (a JSON value)."""
        line = memoryview(json.dumps(entry).encode("ascii") + b"\n")
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise MediaError(f"cannot be written ({error.strerror})", self.path) from error
        self.entries.append(entry)

    def restart(self, *entries: Any) -> None:
        """Replace the journal by these entries, atomically: a kill leaves the old ones or the new ones."""
        self._file.close()  # Windows cannot replace an open file
        try:
            with atomic_path(self.path, follow=False) as temporary:
                Path(temporary).write_bytes(b"".join(json.dumps(entry).encode("ascii") + b"\n" for entry in entries))
        finally:
            self._open()

    def remove(self) -> None:
        """Release the file, and remove it."""
        self.close()
        self.path.unlink()
