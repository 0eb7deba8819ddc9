"""The progress of a long stage, kept beside its output, from which the same command continues."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lib.errors import MediaError
from lib.io.files import atomic_path, open_regular
from lib.io.owners import check_folder, claim_folder, is_our_folder, remove_folder
from lib.io.pipes import is_stream
from lib.io.states import DIGITS, bytes_digest, digest, text_digest
from lib.io.temporary import KEPT_NAME
from lib.tables.table import Table, read_table, write_table

HOLDS = "the parts of an unfinished table"
# Names of parts: a digest.
_NAME = re.compile(rf"[0-9a-f]{{{DIGITS}}}\.(csv|piece)")
# Seconds of work on one file that are lost at most when a run ends early.
SECONDS_BETWEEN_CHUNKS = 20.0
# The first step of a file that takes this long is saved at its end, so that together they lose no more than that.
SECONDS_WORTH_SAVING = 5.0


class Parts:
    """Tables of the parts of one output, in a hidden folder beside it, until the output itself is written.

    Each is named by a digest of its inputs and settings, so that a part is never reused for others. Of a pipe none are
    kept.
    """

    def __init__(self, target: str | Path) -> None:
        target = Path(target)
        # A long name would be too long with the additions, and names may share their beginnings.
        digest = text_digest(target.name, 8)
        name = target.name if len(target.name) <= KEPT_NAME else f"{target.name[:KEPT_NAME]}.{digest}"
        self._folder = target.parent / f".{name}.parts"
        self._keeps = not is_stream(target)

    def _path(self, made_from: object) -> Path:
        return self._folder / f"{digest(made_from)}.csv"

    def load(self, made_from: object) -> Table | None:
        """Return the part made from this (a JSON value), or None."""
        path = self._path(made_from)
        try:
            return read_table(path) if is_our_folder(self._folder) and path.is_file() else None
        except MediaError:  # not ours, or damaged: it is made again
            return None

    def save(self, made_from: object, table: Table) -> None:
        """Save a part."""
        if not self._keeps:
            return
        try:
            self._write(made_from, table)
        except MediaError:
            # Another run of the same command may have just ended, and removed the folder.
            self._write(made_from, table)

    def _write(self, made_from: object, table: Table) -> None:
        claim_folder(self._folder, HOLDS)
        write_table(table, self._path(made_from))

    def check(self) -> None:
        """Raise PlaceError if a folder of this name is someone's. Call it before the work."""
        check_folder(self._folder, HOLDS)

    def is_begun(self) -> bool:
        """Return whether any parts are kept."""
        with suppress(OSError):
            return is_our_folder(self._folder) and any(_NAME.fullmatch(entry.name) for entry in self._folder.iterdir())
        return False

    def remove(self) -> None:
        """Remove the parts: the output exists, or a new start is wanted."""
        remove_folder(self._folder, _NAME)

    def _chunk(self, made_from: object) -> Path:
        return self._folder / f"{digest(made_from)}.piece"

    def load_chunk(self, made_from: object) -> bytes | None:
        """Return the bytes saved under this (a JSON value), or None, also if they are damaged."""
        try:
            if not is_our_folder(self._folder):
                return None
            with open_regular(self._chunk(made_from)) as file:
                data = file.read()
        except OSError:
            return None
        check, data = data[:DIGITS], data[DIGITS:]
        return data if check and check == bytes_digest([data]).encode() else None

    def save_chunk(self, made_from: object, data: bytes) -> None:
        """Save some bytes. If that fails (a full disk), they will be computed again."""
        if not self._keeps:
            return
        with suppress(MediaError, OSError):
            claim_folder(self._folder, HOLDS)
            with atomic_path(self._chunk(made_from), follow=False) as part, open(part, "wb") as file:
                file.write(bytes_digest([data]).encode())
                file.write(data)

    def drop_chunk(self, made_from: object) -> None:
        """Remove bytes that are no longer needed."""
        with suppress(OSError):
            if is_our_folder(self._folder):
                self._chunk(made_from).unlink(missing_ok=True)


class Checkpoint:
    """The intermediate results for one file, in chunks, kept among the parts of an output while the file is processed.

    target: the output; made_from: the file's state and the settings (a JSON value): chunks made from others are not
    found. A series is a name and what else its chunks depend on; its chunks follow each other, each with its place.
    unsaved: by the name of a series, what saves that of it which is not saved yet.
    """

    def __init__(self, target: str, made_from: object) -> None:
        self._parts, self._made_from = Parts(target), made_from
        self._begun = self._saved = time.monotonic()
        self._places: dict[str, set[int]] = {}
        self.unsaved: dict[str, Callable[[], object]] = {}

    @property
    def is_due(self) -> bool:
        """Whether SECONDS_BETWEEN_CHUNKS of work are not saved yet."""
        return time.monotonic() - self._saved >= SECONDS_BETWEEN_CHUNKS

    @property
    def is_long(self) -> bool:
        """Whether the file has been processed for so long that intermediate results are worth saving."""
        return time.monotonic() - self._begun >= min(SECONDS_WORTH_SAVING, SECONDS_BETWEEN_CHUNKS)

    def load(self, series: object, place: int = 0) -> bytes | None:
        """Return the chunk of a series at a place, or None."""
        return self._parts.load_chunk([self._made_from, series, place])

    def chunks(self, series: object) -> Iterator[tuple[int, bytes]]:
        """Yield (place, chunk) of a series from its beginning on, by the saved place of the next one."""
        place = 0
        while (data := self.load(series, place)) is not None and (after := int.from_bytes(data[:8], "little")) > place:
            self._places.setdefault(digest(series), set()).add(place)
            yield place, data[8:]
            place = after

    def save(self, series: object, data: bytes, place: int = 0, after: int | None = None) -> None:
        """Save a chunk; after: the place of the next one, if `chunks` is to find it."""
        head = b"" if after is None else after.to_bytes(8, "little")
        self._places.setdefault(digest(series), set()).add(place)
        self._parts.save_chunk([self._made_from, series, place], head + data)
        self._saved = time.monotonic()

    def drop(self, series: object) -> None:
        """Remove the chunks of a series that this run has found or saved."""
        self.unsaved.pop(str(series), None)
        for place in self._places.pop(digest(series), ()):
            self._parts.drop_chunk([self._made_from, series, place])


@contextmanager
def saved_at_interrupt(kept: Checkpoint | None) -> Iterator[None]:
    """Save what a checkpoint (None: none) has not saved yet if Ctrl-C or SIGTERM ends the `with` block."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        for save in list(kept.unsaved.values()) if kept is not None else ():
            save()
        raise
