"""Names that people take for the same: of a missing file, the one whose name differs in capitals or spaces, say."""

from __future__ import annotations

import html
import os
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

# Marks around names that were copied with them.
QUOTES = "\"'`´‘’“”„«»‹›"
NO_FILE = "no such file"
# Folders whose names are held.
HELD = 16


def missing(path: str) -> str:
    """Return why a file is missing: "no such file", and what there is in its place.

    All files that are missing for the same reason have the same text.
    """
    if os.path.islink(path):
        return f"{NO_FILE} (a link that leads nowhere)"
    if lookalike(path):
        return f"{NO_FILE} (there is one whose name differs in capitals, spaces or other details)"
    return NO_FILE


def lookalike(path: str) -> str:
    """Return the path of the file or folder that `path` is likely to mean, although its name is another; "": none.

    The differences are those that people do not see: capitals, spaces, quotation marks, the form of accents.
    """
    rest: list[str] = []
    folder = path.rstrip(os.sep)
    while folder and not os.path.isdir(folder):
        folder, name = os.path.split(folder)
        if not name:
            return ""
        rest.append(name)
    found = folder
    for name in reversed(rest):
        known = _names(found or ".", _changed(found or "."))
        others = [name] if os.path.lexists(os.path.join(found, name)) else map(known.get, _meant(name))
        other = next(filter(None, others), "")
        if not other:
            return ""
        found = os.path.join(found, other)
    return found if rest else ""


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


@lru_cache(HELD)
def _names(folder: str, changed: int) -> dict[str, str]:
    """Return the names in a folder by what they have in common with similar ones; changed: when it was."""
    try:
        return {_folded(name): name for name in sorted(os.listdir(folder), reverse=True)}
    except OSError:
        return {}


def _folded(name: str) -> str:
    """Return a name without what people do not see: capitals, spaces, quotation marks, forms of the same letter."""
    same = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(letter for letter in same if not letter.isspace() and letter not in QUOTES)


def _meant(name: str) -> dict[str, None]:
    """Return what a name may have been before a web page, an address or a wrong encoding changed it, folded."""
    names = [name, unquote(name), html.unescape(name)]
    for encoding in ("cp1252", "latin-1", "mac_roman"):
        try:
            names.append(name.encode(encoding).decode("utf-8"))
        except UnicodeError:
            continue
    return dict.fromkeys(map(_folded, names))
