"""Histograms of a table's columns: bars of numbers, or of the frequency of each text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lib.io.formats import counted
from lib.plots.axes import (
    BAR_COLOUR,
    MEDIAN_COLOUR,
    OTHER_COLOUR,
    Side,
    new_figure,
    say_nothing,
    set_axis,
    set_title,
)
from lib.plots.figures import COLOUR_MAP, Colours
from lib.tables.columns import MOST_CATEGORIES, Column, is_rest, plain, read_column
from lib.tables.table import Table

# Bars with longer names, or more bars, are horizontal, so that the names do not overlap.
LONGEST_UPRIGHT, MOST_UPRIGHT = 4, 14
# Height of a bar's name, with a share of the title and the axis.
INCHES_PER_NAME = 0.28
# Parts of a range of numbers that colour bars: of as many rows each as can be.
COLOURED_PARTS = 5
# Length of the axis, in that of the longest bar.
ROOM = 1.05


def histograms(
    table: Table, names: Sequence[str], bins: int = 50, per_row: int = 3, inches: tuple[float, float] = (16.0, 8.0),
    highlight: str = "",
) -> Figure:  # fmt: skip
    """Return a picture with a histogram of each column: bars of numbers, or of the frequency of each text.

    bins: maximum number of bars (few rows have fewer); per_row: histograms side by side; inches: width and height;
    highlight: a column whose values colour parts of the bars: categories, or COLOURED_PARTS ranges of numbers. Raises
    MediaError for a missing column.
    """
    figure = new_figure(inches)
    across = min(per_row, len(names))
    grid = figure.subplots(-(-len(names) // across), across, squeeze=False)
    bars = int(np.clip(inches[1] / len(grid) / INCHES_PER_NAME, 5, MOST_CATEGORIES))
    shares = _coloured(grid[0][-1], Colours(table, highlight)) if highlight else [(np.full(len(table), True), "")]
    for axes, name in zip(grid.flat, names):
        column = read_column(table, name, most=bars)
        if column.names is not None:
            _bars(axes, column, shares)
        else:
            _histogram(axes, column, bins, shares)
    for axes in list(grid.flat)[len(names) :]:
        axes.remove()
    return figure


def _coloured(axes: Axes, colours: Colours) -> list[tuple[np.ndarray, str]]:
    """Return the rows of each colour (bool, shape (rows,)), those without one last; put the legend beside the axes."""
    values, known = colours.column.values, np.isfinite(colours.column.values)
    if colours.palette:
        colours.legend(axes)
        found = [(values == n, colour) for n, colour in enumerate(colours.palette)]
    else:
        ends = np.unique(np.quantile(values[known], np.linspace(0, 1, COLOURED_PARTS + 1)))
        part = np.clip(np.searchsorted(ends, values, "right") - 1, 0, len(ends) - 2)
        shades = [to_hex(shade) for shade in colormaps[COLOUR_MAP](np.linspace(0, 1, len(ends) - 1))]
        found = [(known & (part == n), shade) for n, shade in enumerate(shades)]
        words = [f"{colours.column.shown(a)} to {colours.column.shown(b)}" for a, b in pairwise(ends)]
        handles = [
            Patch(color=shade, label=f"{text} ({int(rows.sum()):,})")
            for (rows, shade), text in zip(found, words, strict=True)
        ]
        title = colours.column.label.replace("$", r"\$")
        axes.legend(handles=handles, title=title, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    return [*found, (~known, OTHER_COLOUR)]


def bin_edges(column: Column, bins: int) -> np.ndarray:
    """Return the edges of a histogram's bins, at most `bins` of them, and fewer for few rows (two per root of n).

    Integers have one bin each if these are few enough.
    """
    values = column.values[column.drawn]
    several = len(values) > 0 and values.min() < values.max()
    wanted = min(bins, math.ceil(2 * math.sqrt(len(values)))) if several else 1
    one_each = column.step == 1 and not column.base and column.highest - column.lowest < bins
    return column.edges(bins if one_each else wanted)


def _histogram(axes: Axes, column: Column, bins: int, shares: Sequence[tuple[np.ndarray, str]]) -> None:
    values = column.values[column.drawn]
    title = f"{column.name}: {counted(len(values), 'row')}"
    set_axis(axes, "x", column)
    if len(values):
        edges = bin_edges(column, bins)
        widths = np.diff(edges)
        # Single integers have gaps between them, like categories.
        gap = 0.15 if column.step == 1 and widths[0] == 1 else 0.0
        below = np.zeros(len(widths), int)
        for rows, colour in shares:
            counts, _ = np.histogram(column.values[column.drawn & rows], edges)
            look: dict[str, Any] = {"color": colour or BAR_COLOUR, "edgecolor": "white", "linewidth": 0.3}
            axes.bar(edges[:-1] + widths * gap / 2, counts, widths * (1 - gap), below, align="edge", **look)
            below += counts
        axes.set_ylim(0, ROOM * below.max())
        middle = float(np.median(values))
        axes.axvline(middle, color=MEDIAN_COLOUR, linestyle="--", linewidth=1.2)
        title += f", median {column.with_unit(middle)}"
        axes.set_xlim(edges[0], edges[-1])
    else:
        say_nothing(axes)
    set_title(axes, title, column.note)
    _count_axis(axes, "y")


def _bars(axes: Axes, column: Column, shares: Sequence[tuple[np.ndarray, str]]) -> None:
    """Draw the frequency of each category."""
    assert column.names is not None
    total = sum(column.counts)
    set_title(axes, f"{column.name}: {counted(total, 'row')}", column.note)
    if not total:
        say_nothing(axes)
        return
    places = range(len(column.names))
    upright = len(column.names) <= MOST_UPRIGHT and max(map(len, column.names)) <= LONGEST_UPRIGHT
    below = np.zeros(len(places), int)
    for rows, colour in shares:
        colours = [colour or (OTHER_COLOUR if is_rest(name) else BAR_COLOUR) for name in column.names]
        counts = np.bincount(column.values[column.drawn & rows].astype(int), minlength=len(places))
        if upright:
            axes.bar(places, counts, bottom=below, color=colours)
        else:
            axes.barh(places, counts, left=below, color=colours)
        below += counts
    if upright:
        axes.set_ylim(0, ROOM * below.max())
        set_axis(axes, "x", column)
        _count_axis(axes, "y")
    else:
        set_axis(axes, "y", column)
        axes.set_xlim(0, ROOM * below.max())
        axes.invert_yaxis()
        _count_axis(axes, "x")


def _count_axis(axes: Axes, side: Side) -> None:
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_label_text("rows")
    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=side, alpha=0.3)
    axes.set_axisbelow(True)
