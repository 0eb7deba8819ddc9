"""Installed fonts: which of them have the letters that another font lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

# Letters that a hint shows; a placeholder font that has all of them, as boxes.
SHOWN_LETTERS = 6
PLACEHOLDER = "Last Resort"


def fallbacks(needed: Iterable[str], without: Sequence[str] = ()) -> tuple[list[str], set[str]]:
    """Return the files of a few installed fonts that have these letters, and the letters that none has."""
    left, found = set(needed), []
    candidates = [e.fname for e in font_manager.fontManager.ttflist if e.style == "normal" and e.weight == 400]
    having = {path: left & letters_of(path) for path in dict.fromkeys(candidates) if path not in without}
    while left:
        best = max(having, key=lambda path: len(having[path] & left), default="")
        if not best or not having[best] & left:
            break
        left -= having[best]
        found.append(best)
    return found, left


@cache
def letters_of(path: str) -> frozenset[str]:
    """Return the letters of a font; none for one that cannot be drawn (bitmaps of emoji), or has only boxes."""
    try:
        font = FT2Font(path)
        if not font.scalable or PLACEHOLDER in font.family_name:
            return frozenset()
        return frozenset(map(chr, font.get_charmap()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()


def hint(missing: Iterable[str]) -> str:
    """Return a line about letters that no font has ("": there are none)."""
    letters = sorted(missing)
    if not letters:
        return ""
    shown = " ".join(letters[:SHOWN_LETTERS]) + (" ..." if len(letters) > SHOWN_LETTERS else "")
    return f"no installed font has the letters {shown}: boxes take their place; the Noto fonts have them"
