"""Names of files in tables and on disk: `/` in every table, and on disk a name that the system allows.

A table says `disc 1/track.wav` on every system, so that it can be read on another. The rules are those of the running
system, or of the one whose module (posixpath, ntpath) is given.
"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Iterable
from types import ModuleType

from lib.errors import MediaError
from lib.io.states import text_digest

# Bytes of a file's name on most file systems; characters of an extension that is kept.
LONGEST_NAME, LONGEST_ENDING = 255, 16

# Windows: characters that names cannot have, names of devices (with any extension), and last characters that it drops.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_IMPOSSIBLE = re.compile(r'[<>:"|?*\x00-\x1f]|[. ]\Z')
_DEVICES = re.compile(r"(con|prn|aux|nul|(?:com|lpt)[0-9\xb9\xb2\xb3])[ ]*(\..*)?", re.IGNORECASE | re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z]:")


def _is_windows(flavour: ModuleType) -> bool:
    return flavour.sep == "\\"


def in_table(path: str, flavour: ModuleType | None = None) -> str:
    """Return a relative path as in tables: with `/`. On other systems than Windows, `\\` is an ordinary character."""
    return path.replace("\\", "/") if _is_windows(flavour or os.path) else path


def each_once(filenames: Iterable[str]) -> list[str]:
    """Return filenames as in tables, each file once: `a.wav` and `./a.wav` are one."""
    files: dict[str, str] = {}
    for name in map(in_table, filenames):
        files.setdefault(posixpath.normpath(name) if name else name, name)
    return list(files.values())


def windows_name(name: str) -> str:
    """Return a name that Windows allows for a file or folder: other characters become % and their code.

    `a: b?.mp4` becomes `a%3A b%3F.mp4`, `con.mp4` `co%6E.mp4`, `end.` `end%2E`. No two names become the same, unless
    one already contains such a code.
    """
    name = _IMPOSSIBLE.sub(lambda found: f"%{ord(found[0]):02X}", name)
    if device := _DEVICES.fullmatch(name):
        last = device.end(1) - 1
        name = f"{name[:last]}%{ord(name[last]):02X}{name[last + 1 :]}"
    return name


def local_path(filename: str, flavour: ModuleType | None = None) -> str:
    """Return a table's relative file name as a path of this system.

    Raises MediaError if it is empty, absolute, names a drive, or climbs out of its folder with `..`.
    """
    flavour = flavour or os.path
    windows = _is_windows(flavour)
    if not filename.strip() or "\0" in filename:
        raise MediaError("a row has no filename")
    drive = windows and _DRIVE.match(filename)
    parts = in_table(filename, flavour).split("/")
    depth = 0
    for part in parts:
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            break
    if parts[0] == "" or drive or depth < 0:
        raise MediaError("refused: outside the media folder; give names relative to it, without '..'", filename)
    if not windows:
        return filename
    return flavour.sep.join(part if part in ("", ".", "..") else windows_name(part) for part in parts)


def other_spellings(filename: str) -> list[str]:
    """Return the relative paths under which another system may have stored or named a table's file.

    A name with `\\` comes from a table of Windows, and a file stored by Windows has a name that Windows allows. macOS
    writes a letter and its accent as two characters, others as one.
    """
    names = [filename, filename.replace("\\", "/")]
    if not filename.isascii():
        names += [unicodedata.normalize(form, name) for form in ("NFC", "NFD") for name in names[:2]]
    others = []
    for name in names:
        path = "/".join(part if part in ("", ".", "..") else windows_name(part) for part in name.split("/"))
        others += [name, path]
    return [other for other in dict.fromkeys(others) if other != filename and not _DRIVE.match(other)]


def fitting_name(path: str, spare: int = 0) -> str:
    """Return a path whose last part is no longer than a file's name may be: a longer one is cut, with a digest of it.

    spare: bytes to be left for a number. Names that come from other names need it: those of films and recordings, in
    scripts with several bytes per character, are often as long as they may be.
    """
    folder, name = os.path.split(path)
    most = LONGEST_NAME - spare
    if len(os.fsencode(name)) <= most:
        return path
    ending = os.path.splitext(name)[1]
    ending = f"~{text_digest(name, 8)}{ending if len(ending) <= LONGEST_ENDING else ''}"
    kept = os.fsencode(name)[: most - len(os.fsencode(ending))].decode("utf-8", "ignore")
    return os.path.join(folder, kept + ending)


def filled_in(pattern: str, name: str) -> str:
    """Return the path that a pattern such as "tables/%s.csv" has for a name; see `fitting_name`."""
    return fitting_name(pattern.replace("%s", name))


def relative_name(path: str, folder: str) -> str:
    """Return a file's name for a table: relative to `folder`. Raises MediaError if it is not inside it."""
    try:
        name = os.path.relpath(path, folder or ".")
    except ValueError:  # on another drive
        name = os.pardir
    if in_table(name).split("/")[0] == os.pardir:
        raise MediaError(
            f"is not inside the media folder {folder}: give the folder that holds the files, or none", path
        )
    return in_table(name)


def says_slash(name: str) -> str:
    """Return, in brackets, that folders are separated by `/`, if a name has `\\` and this system does not; or ""."""
    return r" (folders are separated by / here, not by \)" if os.sep == "/" and "\\" in name else ""
