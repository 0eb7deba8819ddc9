"""A cache of small arrays in one file, keyed by a digest of everything they were computed from.

It is an SQLite database: saved arrays survive a crash or a kill, several runs can share it, and only requested arrays
are read. Every array has a checksum. A damaged file is detected and replaced: its contents can be computed again.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lib.errors import MediaError, PlaceError
from lib.io.files import SEPARATORS, make_folder, open_regular

# Marks a database as ours: "MTac" in the field that SQLite has for this.
APPLICATION = 0x4D546163
# Raised when the table changes: caches of earlier versions are replaced.
LAYOUT = 1
# Seconds to wait while another run writes.
PATIENCE = 60.0
# Keys per query; SQLite allows at least 999.
ASKED = 500
# The first bytes of a database, and the position of the mark in its header (https://www.sqlite.org/fileformat.html).
MAGIC, MARK = b"SQLite format 3\0", slice(68, 72)
# The file that SQLite writes beside a database, with its first bytes (it writes no others in the mode used here, and
# would take existing ones for its own). https://www.sqlite.org/fileformat.html#the_rollback_journal
JOURNAL, JOURNAL_MAGIC = "-journal", bytes.fromhex("d9d505f920a163d7")
OTHER_SIDE_FILES = ("-wal", "-shm")


class ArrayCache:
    """float32 arrays of one length in the file `path`, which is created if missing; use it in a `with`.

    check: first read the whole file for damage (once per run is enough). note: a line about damage that was found ("":
    none). After a failed write (a full disk, a removed file) the cache continues without saving. Raises MediaError if
    the file cannot be made or opened, or is not a cache of ours: someone's file stays unchanged.
    """

    def __init__(self, path: str, length: int, check: bool = True) -> None:
        self.path, self.length, self.note = path, length, ""
        self._broken = False
        make_folder(Path(path).parent)
        check_cache(path)
        try:
            try:
                self._open(check)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                self._replace(error)
        except sqlite3.Error as error:
            self.close()
            raise PlaceError(f"the cache cannot be used ({error})", path) from error

    def __enter__(self) -> ArrayCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; saved arrays stay."""
        if hasattr(self, "_database"):
            self._database.close()

    def _open(self, check: bool) -> None:
        """Open the file; sqlite3.DatabaseError if it is damaged or of another version."""
        self._database = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            if not self._ask("SELECT count(*) FROM sqlite_master"):
                self._database.execute("CREATE TABLE arrays (key BLOB PRIMARY KEY, value BLOB, crc INTEGER)")
                self._database.execute(f"PRAGMA application_id = {APPLICATION}")
                self._database.execute(f"PRAGMA user_version = {LAYOUT}")
            elif self._ask("PRAGMA user_version") != LAYOUT:
                raise sqlite3.DatabaseError("it is of another version")
        if check and (state := self._ask("PRAGMA quick_check(1)")) != "ok":
            raise sqlite3.DatabaseError(state)

    def _ask(self, query: str) -> object:
        return self._database.execute(query).fetchone()[0]

    def _replace(self, error: sqlite3.Error) -> None:
        self.note = f"{self.path}: the cache was damaged and is replaced ({' '.join(str(error).split())})"
        self.close()
        _unlink(self.path)
        self._open(check=False)

    def get(self, keys: Sequence[str]) -> dict[int, np.ndarray]:
        """Return the cached arrays: place in `keys` -> float32 array, shape (length,)."""
        digests = [_digest(key) for key in keys]
        found: dict[bytes, np.ndarray] = {}
        try:
            for first in range(0, len(digests), ASKED):
                asked = digests[first : first + ASKED]
                # Only question marks are put into the statement.
                query = f"SELECT key, value, crc FROM arrays WHERE key IN ({','.join('?' * len(asked))})"  # noqa: S608
                for key, value, crc in self._database.execute(query, asked):
                    if isinstance(value, bytes) and len(value) == 4 * self.length and crc == zlib.crc32(key + value):
                        found[key] = np.frombuffer(value, "<f4").astype(np.float32)
        except sqlite3.OperationalError as error:
            raise PlaceError(f"the cache cannot be read ({error})", self.path) from error
        except sqlite3.DatabaseError as error:
            self._replace(error)
            return {}
        return {place: found[digest] for place, digest in enumerate(digests) if digest in found}

    def put(self, keys: Sequence[str], arrays: np.ndarray) -> None:
        """Save arrays, float32 of shape (len(keys), length): all of them, or none if the run is killed."""
        if self._broken:
            return
        values = [row.tobytes() for row in np.asarray(arrays, "<f4").reshape(len(keys), self.length)]
        digests = [_digest(key) for key in keys]
        rows = [(digest, value, zlib.crc32(digest + value)) for digest, value in zip(digests, values)]
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.executemany("INSERT OR REPLACE INTO arrays VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            self._broken = True
            self.note = f"{self.path}: the cache can no longer be written ({error}): going on without it"


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()[:16]


def _is_foreign(path: str) -> bool:
    """Return whether a file exists that is not our cache; MediaError if it is a folder, or cannot be read."""
    if os.path.isdir(path) or path.endswith(SEPARATORS):
        raise PlaceError("is a folder, and a file is needed", path)
    try:
        with open_regular(path) as file:
            head = file.read(MARK.stop)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise MediaError(f"the cache cannot be read ({error.strerror})", path) from error
    return bool(head) and not (head.startswith(MAGIC) and head[MARK] == APPLICATION.to_bytes(4, "big"))


def _has_foreign_journal(path: str) -> bool:
    try:
        with open_regular(path + JOURNAL) as file:
            head = file.read(len(JOURNAL_MAGIC))
    except FileNotFoundError:
        return False
    except OSError:
        return os.path.lexists(path + JOURNAL)
    return os.path.islink(path + JOURNAL) or (bool(head.strip(b"\0")) and head != JOURNAL_MAGIC)


def check_cache(path: str) -> None:
    """Raise PlaceError if a file that is not ours is in its place, or in that of SQLite's files beside it."""
    if _is_foreign(path):
        raise PlaceError("already exists, and is not a cache of this tool", path)
    if _has_foreign_journal(path):
        raise PlaceError("already exists, and was not made by this tool", path + JOURNAL)
    for ending in OTHER_SIDE_FILES:
        if os.path.lexists(path + ending):
            raise PlaceError("already exists, and was not made by this tool", path + ending)


def remove_cache(path: str) -> None:
    """Remove a cache, if it exists; a file of another kind stays. MediaError if it cannot be removed."""
    if not _is_foreign(path):
        _unlink(path)


def _unlink(path: str) -> None:
    for ending in ("", JOURNAL):
        try:
            if not ending or not _has_foreign_journal(path):
                os.unlink(path + ending)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise MediaError(f"the cache cannot be removed ({error.strerror})", path) from error
