"""The last touch on a picture: labels that do not overlap, and fonts with the letters of all names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from matplotlib import font_manager
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

# Pixels between two labels, at least.
GAP = 2.0
# Letters that a hint shows; a placeholder font that has all of them, as boxes.
SHOWN_LETTERS = 6
PLACEHOLDER = "Last Resort"


def finish(figure: Figure) -> str:
    """Give names the fonts that they need, and labels room; return a hint about letters without a font ("": none)."""
    with np.errstate(over="ignore"):
        return _finish(figure)


def _finish(figure: Figure) -> str:
    figure.draw_without_rendering()
    missing = _give_fonts(figure)
    for axes in figure.axes:
        if _overlap(axes.xaxis, "x"):
            axes.tick_params(axis="x", labelrotation=90)
            figure.draw_without_rendering()
    for axes in figure.axes:
        for axis, side in ((axes.xaxis, "x"), (axes.yaxis, "y")):
            _thin(axis, side)
    if not missing:
        return ""
    letters = " ".join(sorted(missing)[:SHOWN_LETTERS]) + (" ..." if len(missing) > SHOWN_LETTERS else "")
    return f"no installed font has the letters {letters}: boxes take their place; the Noto fonts have them"


def _labels(axis: Axis) -> list[Text]:
    return [label for label in axis.get_ticklabels() if label.get_visible() and label.get_text()]


def _overlap(axis: Axis, side: str) -> bool:
    """Return whether two neighbouring labels of an axis touch."""
    spans = sorted(_span(label, side) for label in _labels(axis))
    return any(end + GAP > begin for (_, end), (begin, _) in pairwise(spans))


def _span(label: Text, side: str) -> tuple[float, float]:
    box = label.get_window_extent()
    return (box.x0, box.x1) if side == "x" else (box.y0, box.y1)


def _thin(axis: Axis, side: str) -> None:
    """Hide labels that touch the previous one."""
    end = -float("inf")
    for label in sorted(_labels(axis), key=lambda label: _span(label, side)):
        begin, mine = _span(label, side)
        if begin < end + GAP:
            label.set_visible(False)
        else:
            end = mine


def _give_fonts(figure: Figure) -> set[str]:
    """Let texts fall back on fonts that have their letters; return the letters that none has."""
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]
    usual = font_manager.findfont(font_manager.FontProperties())
    needed = {c for text in texts for c in text.get_text() if c.isprintable() and not c.isspace()}
    needed -= _letters(usual)
    if not needed:
        return set()
    found, missing = fallbacks(needed, [usual])
    for text in texts:
        if found and needed & set(text.get_text()):
            text.set_fontfamily([font_manager.get_font(usual).family_name, *found])
    return missing


def fallbacks(needed: Iterable[str], without: Sequence[str] = ()) -> tuple[list[str], set[str]]:
    """Return the names of a few installed fonts that have these letters, and the letters that none has."""
    left, found = set(needed), []
    candidates = {e.fname: e.name for e in font_manager.fontManager.ttflist if e.style == "normal" and e.weight == 400}
    having = {path: left & _letters(path) for path in candidates if path not in without}
    while left:
        best = max(having, key=lambda path: len(having[path] & left), default="")
        if not best or not having[best] & left:
            break
        left -= having[best]
        found.append(candidates[best])
    return found, left


@cache
def _letters(path: str) -> frozenset[str]:
    """Return the letters of a font; none for one that cannot be drawn (bitmaps of emoji), or has only boxes."""
    try:
        font = FT2Font(path)
        if not font.scalable or PLACEHOLDER in font.family_name:
            return frozenset()
        return frozenset(map(chr, font.get_charmap()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()
