"""What is said of letters that no font has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lib.text.markdown import Run
from lib.text.title_style import FONTS, REGULAR
from lib.text.typesetting import Face, lacking


def without_font(texts: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Return a line about the letters of texts that no font has ("": there are none).

    files: fonts that are used beside the included ones and those that are installed.
    """
    face = Face((*files, FONTS / REGULAR), 16.0)
    needed = lacking([Run(text) for text in dict.fromkeys(texts)], face, face)
    if not needed:
        return ""
    from lib.text.fonts import fallbacks, hint

    return hint(fallbacks(needed)[1])
