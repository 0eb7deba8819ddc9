"""The inputs of a stage that takes media as well as tables of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.errors import MediaError
from lib.io.files import find_media, may_be_table
from lib.io.names import each_once
from lib.tables.table import Table, read_filled

# Columns of a manifest that mark a file without sound: 0.
SOUND_COLUMNS = ("duration", "hasAudio")


@dataclass(frozen=True)
class Source:
    """The media files of a stage: `filenames` relative to `folder`, each once, and the manifest they come from."""

    folder: str
    filenames: tuple[str, ...]
    manifest: Table | None = None


def find_input(spec: str, folder: str = "") -> Source:
    """Return the media files meant by a name and a folder: a CSV manifest, a file, a folder, or a pattern.

    Raises MediaError if there is nothing, the manifest has no column `filename`, or a row has no filename.
    """
    if not may_be_table(spec):
        found = find_media(spec, folder)
        return Source(found.folder, found.filenames)
    table = read_filled(spec)
    names = table.text("filename")
    if not names:
        raise MediaError("the table has no rows", spec)
    blank = next((n for n, name in enumerate(names) if not name.strip()), None)
    if blank is not None:
        raise MediaError(f"line {table.line(blank)} has no filename", spec)
    return Source(folder, tuple(each_once(names)), table)


def audible(source: Source) -> list[str]:
    """Return the filenames without those that have no duration, or no sound, by their manifest row."""
    if source.manifest is None:
        return list(source.filenames)
    silent = says_silent(source.manifest)
    return each_once(n for n, skip in zip(source.manifest.text("filename"), silent) if not skip)


def says_silent(manifest: Table) -> np.ndarray:
    """Return for each row of a manifest whether its file has no duration, or no sound, by that row: bool, (rows,)."""
    present = [c for c in SOUND_COLUMNS if c in manifest.columns]
    silent = [manifest.numbers(c) == 0 for c in present]
    return np.any(silent, axis=0) if silent else np.zeros(len(manifest), bool)
