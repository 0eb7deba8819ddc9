"""The last touch on a picture: labels that do not overlap, and fonts with the letters of all names."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib import font_manager
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from lib.text.fonts import fallbacks, hint, letters_of

# Pixels between two labels, at least.
GAP = 2.0


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
    return hint(missing)


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
    needed -= letters_of(usual)
    if not needed:
        return set()
    found, missing = fallbacks(needed, [usual])
    names = [font_manager.get_font(path).family_name for path in found]
    for text in texts:
        if found and needed & set(text.get_text()):
            text.set_fontfamily([font_manager.get_font(usual).family_name, *names])
    return missing
