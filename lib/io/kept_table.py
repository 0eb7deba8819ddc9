"""A table that is kept between runs, with a note beside it of its input."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib.errors import MediaError, OccupiedError, PlaceError
from lib.io.files import atomic_path, check_writable, make_folder
from lib.io.holds import keep_hold
from lib.io.names import fitting_name
from lib.io.stamps import FOREIGN, check_free, check_own_json, put_stamp, read_own_json
from lib.io.states import file_state, follow_writing, text_digest

# Digits of the digest of a path that makes a name unique.
PATH_DIGITS = 8
_KEYS = ("version", "in", "files", "table")


class TakenError(MediaError):
    """A name is taken: `ours` says whether by a result of this tool, which can be made again."""

    def __init__(self, error: MediaError) -> None:
        super().__init__(error.reason, error.file)
        self.ours = isinstance(error, OccupiedError)


def candidates(name: str, source: str) -> list[str]:
    """Return the possible names of an input's results: its own, and if that is taken, one with a digest."""
    return [name, f"{name}-{text_digest(os.path.abspath(source), PATH_DIGITS)}"]


def find_place(
    folder: str,
    results: Mapping[str, str],
    source: str,
    files: Sequence[tuple[str, str]],
    version: int,
    overwrite: bool,
) -> tuple[str, KeptTable]:
    """Return the first name that neither a file of someone's nor another input occupies, and its table.

    folder: of the tables; results: by name, another file that it stands for ("": none); the others: see KeptTable.
    overwrite: changed results are made again; if there is only one name, also those of another input. Raises
    TakenError if a table occupies every name, OccupiedError or PlaceError if the other file does, MediaError if the
    folder cannot be written to: no other name helps there.
    """
    try:
        check_writable(folder)
    except PlaceError as error:
        raise MediaError(f"{error.reason}: change to a folder that can be written to", error.file) from error
    failures: list[MediaError] = []
    take = overwrite and len(results) == 1
    for name, result in results.items():
        kept = KeptTable(fitting_name(os.path.join(folder, f"{name}.csv"), 1), os.path.abspath(source), files, version)
        try:
            kept.check(overwrite, take)
        except (OccupiedError, PlaceError) as error:
            failures.append(TakenError(error))
            continue
        try:
            if result:
                check_free(result, kept.owner, take)
            return name, kept
        except (OccupiedError, PlaceError) as error:
            failures.append(error)
    raise failures[0]


class KeptTable:
    """The table `path`, made from the input `source` (a file's, a folder's or a pattern's absolute name).

    files: (name, path) of each; version: a table of another version is made again; owner: stands in the stamps of the
    results made from the table. is_edited: whether somebody else wrote it last (known once `begin` was called): it is
    never this tool's own, however often it is used.
    """

    def __init__(self, path: str, source: str, files: Sequence[tuple[str, str]], version: int) -> None:
        self.path, self.note = path, str(Path(path).with_suffix(".json"))
        self.owner = f"sorted from {source}"
        self.is_edited = False
        states = [[name, file_state(file)] for name, file in files]
        # As JSON returns it, whatever the names.
        self._now = json.loads(json.dumps({"version": version, "in": source, "files": states}))

    def check(self, overwrite: bool, take: bool) -> None:
        """Raise MediaError if the existing file is someone's: not made by this tool, or changed since.

        overwrite: a changed table is made again regardless; take: also one made from another input.
        """
        make_folder(os.path.dirname(self.path))
        check_own_json(self.note, *_KEYS)
        known = read_own_json(self.note, *_KEYS)
        if not os.path.lexists(self.path):
            return
        if known is None or os.path.islink(self.path) or not os.path.isfile(self.path):
            raise PlaceError(FOREIGN, self.path)
        if known["in"] != self._now["in"] and not take:
            raise OccupiedError(f"holds the samples of another input, {known['in']}", self.path)
        if not self._is_same(known) and self._was_changed(known) and not (overwrite or take):
            raise OccupiedError("was changed since it was made, and its input too", self.path)

    def begin(self, overwrite: bool, results: Sequence[str] = ()) -> None:
        """Remove the table unless it was made from the present input, and note that input; hold it until the run ends.

        Until then it is noted in which state this process writes the table and its `results` ("": none): columns
        that it adds to an edited table do not make that ours, nor does an edit while the run goes on. Raises
        MediaError if another run holds the table.
        """
        keep_hold(self.note)
        known = read_own_json(self.note, *_KEYS)
        if overwrite or known is None or not self._is_same(known):
            Path(self.path).unlink(missing_ok=True)
            self._write("")
        else:
            self.is_edited = os.path.exists(self.path) and self._was_changed(known)
        if not self.is_edited:
            follow_writing(self.path, self._write)
        for result in filter(None, results):
            follow_writing(result, lambda _, result=result: put_stamp(result, "", self.owner))

    def _is_same(self, known: dict[str, object]) -> bool:
        return {name: known[name] for name in self._now} == self._now

    def _was_changed(self, known: dict[str, object]) -> bool:
        return known["table"] != file_state(self.path)

    def _write(self, state: str) -> None:
        with atomic_path(self.note, follow=False) as part:
            Path(part).write_text(json.dumps({**self._now, "table": state}, indent=1) + "\n", "ascii")
