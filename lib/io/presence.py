"""Whether the files that a table names are in the folder in which they are searched for."""

from __future__ import annotations

import os
from collections.abc import Iterable

from lib.errors import FolderError, MediaError
from lib.io.files import media_path
from lib.io.lookalikes import lookalike
from lib.io.names import fitting_name, says_slash

# A file's table of samples is FILENAME with this.
TABLE_ENDING = ".csv"


def _paths(folder: str, filenames: Iterable[str]) -> dict[str, str]:
    """Return the path of each filename; without refused ones, which are reported where they are used."""
    paths = {}
    for name in filenames:
        try:
            paths[name] = media_path(folder, name)
        except MediaError:
            continue
    return paths


def check_there(folder: str, filenames: Iterable[str], tables: bool = False) -> None:
    """Raise FolderError if none of these files is in the folder: another folder is meant.

    filenames: relative to `folder`; tables: their sample tables are searched for, FILENAME.csv, not the media. Every
    stage calls it before anything is changed. Some missing files are not an error: these are reported one by one. Nor
    are no filenames at all.
    """
    paths = _paths(folder, filenames)
    ending, other = (TABLE_ENDING, "") if tables else ("", TABLE_ENDING)
    if not paths or any(os.path.exists(fitting_name(path + ending)) for path in paths.values()):
        return
    if folder and os.path.isfile(folder):
        raise FolderError("is a file, and a folder is needed", folder)
    if folder and not os.path.isdir(folder):
        alike = lookalike(folder)
        raise FolderError("there is no such folder" + (f" (there is {alike})" if alike else ""), folder)
    mistaken = next((name for name, path in paths.items() if os.path.exists(fitting_name(path + other))), None)
    if mistaken is not None and tables:
        reason = f"these are media ({mistaken}), not sample tables, which audio_to_samples.py makes"
    elif mistaken is not None:
        reason = f"these are sample tables ({mistaken}{TABLE_ENDING}), not media"
    else:
        what = "sample table" if tables else "file"
        first = next(iter(paths))
        alike = lookalike(paths[first] + ending)
        hint = f" (there is {alike})" if alike else says_slash(first)
        count = f"none of the {len(paths):,} {what}s is there, such as" if len(paths) > 1 else f"there is no {what}"
        reason = f"{count} {first}{ending}{hint}"
    raise FolderError(reason, folder)
