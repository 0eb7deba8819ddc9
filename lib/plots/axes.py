"""Common parts of all pictures of tables: an empty figure, numbers and names as text, an axis for a column."""

from __future__ import annotations

import math
import warnings
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from lib.tables.columns import Column, plain

OTHER_COLOUR = "#b8b8b8"
BAR_COLOUR, MEDIAN_COLOUR = "#4477aa", "#cc3311"
# Longer names of categories are cut in their middle.
LONGEST_NAME = 32
# Ticks of a span of time, at least and at most: with these, every span has a unit whose intervals fit.
DATE_TICKS = (None, 3, 8)
Side = Literal["x", "y"]


def new_figure(inches: tuple[float, float]) -> Figure:
    """Return an empty picture of this width and height."""
    # No font has the letters of every script: boxes in their place need no warning.
    warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
    # Nor does a picture that is too small for its labels.
    warnings.filterwarnings("ignore", message="constrained_layout not applied", category=UserWarning)
    return Figure(figsize=inches, layout="constrained")


def short(name: str) -> str:
    """Return a category's name on one line, short enough for a label."""
    name = "".join(c if c.isprintable() else " " for c in name)
    half = LONGEST_NAME // 2 - 1
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}...{name[-half:]}"


def set_axis(axes: Axes, side: Side, column: Column) -> None:
    """Put a column's label, scale and ticks on an axis."""
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_label_text(column.label, parse_math=False)
    if column.names is not None:
        axis.set_ticks(range(len(column.names)), [short(name) for name in column.names], parse_math=False)
        return
    low, high = column.lowest, column.highest
    if column.is_date:
        locator = AutoDateLocator(*DATE_TICKS)
        axis.set_major_locator(locator)
        axis.set_major_formatter(ConciseDateFormatter(locator))
        return
    if not column.base:
        axis.set_major_locator(MaxNLocator(nbins=8, integer=column.step == 1, min_n_ticks=1))
        axis.set_major_formatter(FuncFormatter(lambda value, _: column.shown(value)))
        return
    set_scale = axes.set_xscale if side == "x" else axes.set_yscale
    set_scale("log", base=column.base)
    powers = (math.log(high) - math.log(low)) / math.log(column.base)
    if column.base == 10.0 and 1 <= powers < 4:
        subs = (1.0, 2.0, 5.0) if powers < 3 else (1.0, 3.0)
        axis.set_major_locator(LogLocator(base=10.0, subs=subs, numticks=20))
    elif powers < 2:
        axis.set_major_locator(MaxNLocator(nbins=8))
    else:
        axis.set_major_locator(LogLocator(base=column.base, numticks=7))
    natural = column.base == math.e and powers >= 2

    def shown(value: float, _: object) -> str:
        if not 0 < value < math.inf:  # a tick beyond the ends of the axis, and of the range of numbers
            return ""
        return f"$e^{{{round(math.log(value))}}}$" if natural else plain(value)

    axis.set_major_formatter(FuncFormatter(shown))
    axis.set_minor_locator(NullLocator())


def set_title(axes: Axes, title: str, note: str) -> None:
    """Put a title over a picture, and a note on a separate line."""
    text = f"{title}\n{note}" if note else title
    axes.set_title(text, loc="left", fontsize=10, parse_math=False)


def say_nothing(axes: Axes) -> None:
    """Write into an empty picture that there is nothing to draw."""
    axes.text(0.5, 0.5, "nothing to draw", transform=axes.transAxes, ha="center", va="center", color="grey")
