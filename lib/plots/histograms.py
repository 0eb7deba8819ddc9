"""Histograms of a table's columns: bars of numbers, or of the frequency of each text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
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
from lib.tables.columns import MOST_CATEGORIES, Column, is_rest, plain, read_column
from lib.tables.table import Table

# Bars with longer names, or more bars, are horizontal, so that the names do not overlap.
LONGEST_UPRIGHT, MOST_UPRIGHT = 4, 14
# Height of a bar's name, with a share of the title and the axis.
INCHES_PER_NAME = 0.28


def histograms(
    table: Table, names: Sequence[str], bins: int = 50, per_row: int = 3, inches: tuple[float, float] = (16.0, 8.0)
) -> Figure:
    """Return a picture with a histogram of each column: bars of numbers, or of the frequency of each text.

    bins: maximum number of bars (few rows have fewer); per_row: histograms side by side; inches: width and height.
    Raises MediaError for a missing column.
    """
    figure = new_figure(inches)
    across = min(per_row, len(names))
    grid = figure.subplots(-(-len(names) // across), across, squeeze=False)
    bars = int(np.clip(inches[1] / len(grid) / INCHES_PER_NAME, 5, MOST_CATEGORIES))
    for axes, name in zip(grid.flat, names):
        column = read_column(table, name, most=bars)
        if column.names is not None:
            _bars(axes, column)
        else:
            _histogram(axes, column, bins)
    for axes in list(grid.flat)[len(names) :]:
        axes.remove()
    return figure


def bin_edges(column: Column, bins: int) -> np.ndarray:
    """Return the edges of a histogram's bins, at most `bins` of them, and fewer for few rows (two per root of n).

    Integers have one bin each if these are few enough.
    """
    values = column.values[column.drawn]
    several = len(values) > 0 and values.min() < values.max()
    wanted = min(bins, math.ceil(2 * math.sqrt(len(values)))) if several else 1
    one_each = column.step == 1 and not column.base and column.highest - column.lowest < bins
    return column.edges(bins if one_each else wanted)


def _histogram(axes: Axes, column: Column, bins: int) -> None:
    values = column.values[column.drawn]
    title = f"{column.name}: {counted(len(values), 'row')}"
    set_axis(axes, "x", column)
    if len(values):
        edges = bin_edges(column, bins)
        counts, _ = np.histogram(values, edges)
        widths = np.diff(edges)
        # Single integers have gaps between them, like categories.
        gap = 0.15 if column.step == 1 and widths[0] == 1 else 0.0
        look: dict[str, Any] = {"color": BAR_COLOUR, "edgecolor": "white", "linewidth": 0.3}
        axes.bar(edges[:-1] + widths * gap / 2, counts, widths * (1 - gap), align="edge", **look)
        middle = float(np.median(values))
        axes.axvline(middle, color=MEDIAN_COLOUR, linestyle="--", linewidth=1.2)
        title += f", median {column.with_unit(middle)}"
        axes.set_xlim(edges[0], edges[-1])
    else:
        say_nothing(axes)
    set_title(axes, title, column.note)
    _count_axis(axes, "y")


def _bars(axes: Axes, column: Column) -> None:
    """Draw the frequency of each category."""
    assert column.names is not None
    total = sum(column.counts)
    set_title(axes, f"{column.name}: {counted(total, 'row')}", column.note)
    if not total:
        say_nothing(axes)
        return
    places = range(len(column.names))
    colours = [OTHER_COLOUR if is_rest(name) else BAR_COLOUR for name in column.names]
    if len(column.names) <= MOST_UPRIGHT and max(map(len, column.names)) <= LONGEST_UPRIGHT:
        axes.bar(places, column.counts, color=colours)
        set_axis(axes, "x", column)
        _count_axis(axes, "y")
    else:
        axes.barh(places, column.counts, color=colours)
        set_axis(axes, "y", column)
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
