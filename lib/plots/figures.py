"""Scatters of two columns (a density where there are many points), and sorted curves of one."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from lib.io.formats import counted
from lib.math.notes import NO_NOTE
from lib.plots.axes import BAR_COLOUR, OTHER_COLOUR, new_figure, say_nothing, set_axis, set_title, short
from lib.tables.columns import NOTE_COLUMN, Column, categories, is_rest, plain, read_column
from lib.tables.table import Table

# A scatter of more points would be a blob: they are drawn as a density.
MOST_POINTS = 20_000
# Cells of a density across and up: a few pixels each.
DENSITY_CELLS = (200, 130)
# Points of a curve: more than it has pixels.
MOST_CURVE_POINTS = 4000
# Distinguishable colours of a legend; further names are "other".
MOST_COLOURS = 12
COLOURS = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22", "#1b1b6f",
    "#f5c518", "#006d5b",
)  # fmt: skip
COLOUR_MAP = "viridis"
SCATTER_INCHES = (12.0, 8.0)
# Points of a category are spread over this part of its width, so that they do not hide each other.
STREWN = 0.6
SEED = 1
# Quantiles between which colours vary: with outliers the other values would have nearly one colour.
COLOURED_SPAN = (0.01, 0.99)


def scatter(table: Table, across: str, up: str, log_base: int = 0, highlight: str = "", down: bool = False) -> Figure:
    """Return a scatter of two columns; above MOST_POINTS points a density. down: the second column rises downwards.

    log_base: 0: logarithmic axes if the values span decades; 1: natural ones; from 2 on: of that base. highlight:
    a column whose values give the colours: categories (MOST_COLOURS of them and "other"), or a range of numbers.
    Raises MediaError for a missing column.
    """
    right, top = read_column(table, across, log_base), read_column(table, up, log_base)
    figure = _points(table, right, top, highlight, f"{up} over {across}")
    if down:
        figure.axes[0].invert_yaxis()
    return figure


def curve(table: Table, name: str, log_base: int = 0, highlight: str = "", order: str = "") -> Figure:
    """Return a column's values in rising order; or in the order of the rows, if they are sorted by the query `order`.

    log_base, highlight: as in `scatter`.
    """
    column = read_column(table, name, log_base)
    if not order:
        rows = np.argsort(column.values, kind="stable")
        table, column = table.take(rows), read_column(table.take(rows), name, log_base)
    by = f"rows in the order of {order}" if order else f"rows in the order of {name}"
    rank = Column(by, np.arange(1.0, len(table) + 1), lowest=1.0, highest=float(max(len(table), 2)))
    if highlight or (order and len(table) > MOST_POINTS):
        return _points(table, rank, column, highlight, name)
    figure = new_figure(SCATTER_INCHES)
    axes = figure.subplots()
    shown = np.flatnonzero(column.drawn)
    # Every n-th point of a long curve, and the last one.
    step = max(1, len(shown) // MOST_CURVE_POINTS) if not order else 1
    picked = np.union1d(shown[::step], shown[-1:])
    marker = "o" if len(shown) <= 200 else ""
    axes.plot(rank.values[picked], column.values[picked], color=BAR_COLOUR, marker=marker, markersize=5)
    _finish(axes, rank, column, name, len(shown))
    return figure


def _points(table: Table, right: Column, top: Column, highlight: str, title: str) -> Figure:
    figure = new_figure(SCATTER_INCHES)
    axes = figure.subplots()
    rows = np.flatnonzero(right.drawn & top.drawn)
    colours = Colours(table, highlight) if highlight else None
    if colours is not None and not colours.palette and not colours.column.drawn.any():
        title += f", not coloured: {highlight} is empty"
        colours = None
    if len(rows) > MOST_POINTS:
        _density(figure, axes, right, top, rows, colours)
    else:
        _dots(figure, axes, right, top, rows, colours)
    if colours is not None:
        title += f", coloured by {highlight}"
    _finish(axes, right, top, title, len(rows))
    return figure


def _finish(axes: Axes, right: Column, top: Column, title: str, count: int) -> None:
    if not count:
        say_nothing(axes)
    notes = "; ".join(f"{column.name} {column.note}" for column in (right, top) if column.note)
    set_title(axes, f"{title}: {counted(count, 'row')}", notes)
    for side, column in (("x", right), ("y", top)):
        set_axis(axes, "x" if side == "x" else "y", column)
        ends = column.spread(np.array([column.lowest, column.highest]))
        margin = 0.02 * (ends[1] - ends[0]) if column.names is None else 0.0
        low, high = (np.exp if column.base else np.asarray)(ends + np.array([-margin, margin]))
        (axes.set_xlim if side == "x" else axes.set_ylim)(float(low), float(high))
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


class Colours:
    """Colours of a column's values: a range of colours for numbers, or categories with a legend."""

    def __init__(self, table: Table, name: str) -> None:
        self.name = name
        self.column = read_column(table, name)
        self.palette: list[str] = []
        distinct = np.unique(self.column.values)
        if self.column.names is None and np.isfinite(distinct).sum() > MOST_COLOURS:
            return
        self.column = categories(table, name, MOST_COLOURS)
        pale = [is_rest(category) or (name, category) == (NOTE_COLUMN, NO_NOTE) for category in self.column.names or ()]
        self.palette = [OTHER_COLOUR if rest else COLOURS[n % MOST_COLOURS] for n, rest in enumerate(pale)]

    @property
    def norm(self) -> LogNorm | Normalize:
        """The mapping of numbers to the range of colours."""
        low, high = np.quantile(self.column.values[self.column.drawn], COLOURED_SPAN)
        return (LogNorm if self.column.base else Normalize)(float(low), max(float(high), np.nextafter(low, np.inf)))

    def legend(self, axes: Axes) -> None:
        """Put the names of the categories beside the picture."""
        names = self.column.names or ()
        labels = [f"{short(name)} ({count:,})".replace("$", r"\$") for name, count in zip(names, self.column.counts)]
        present = [bool(count) for count in self.column.counts]
        patches = [Patch(color=c, label=label) for c, label, here in zip(self.palette, labels, present) if here]
        title = self.name.replace("$", r"\$")
        axes.legend(handles=patches, title=title, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)

    def bar(self, figure: Figure, axes: Axes) -> None:
        """Put the range of colours beside the picture."""
        mappable = ScalarMappable(self.norm, COLOUR_MAP)
        with np.errstate(over="ignore"):  # the triangles at its ends go far beyond the values
            bar = figure.colorbar(
                mappable, ax=axes, extend="both", format=FuncFormatter(lambda v, _: self.column.shown(v))
            )
        bar.set_label(self.column.label, parse_math=False)


def _dots(figure: Figure, axes: Axes, right: Column, top: Column, rows: np.ndarray, colours: Colours | None) -> None:
    """Draw a point for each row; the more rows, the smaller the points."""
    size = float(np.clip(40_000 / max(len(rows), 1), 6, 60))
    x, y = _strewn(right, rows), _strewn(top, rows)
    look: dict[str, Any] = {"s": size, "alpha": 0.9 if len(rows) < 1000 else 0.6, "linewidths": 0}
    if colours is None:
        axes.scatter(x, y, color=BAR_COLOUR, **look)
        return
    kinds = colours.column.values[rows]
    coloured = np.isfinite(kinds)
    axes.scatter(x[~coloured], y[~coloured], color=OTHER_COLOUR, **look)
    if colours.palette:
        # One call for all categories: points are drawn in the order of the rows, and no category covers the others.
        shades = np.array([to_rgb(colour) for colour in colours.palette])[kinds[coloured].astype(int)]
        axes.scatter(x[coloured], y[coloured], c=shades, **look)
        colours.legend(axes)
    else:
        axes.scatter(x[coloured], y[coloured], c=kinds[coloured], cmap=COLOUR_MAP, norm=colours.norm, **look)
        colours.bar(figure, axes)


def _strewn(column: Column, rows: np.ndarray) -> np.ndarray:
    """Return the positions of these rows on the axis."""
    values = column.values[rows]
    if column.names is None:
        return values
    return values + STREWN * (np.random.default_rng(SEED).random(len(values)) - 0.5)


def _density(figure: Figure, axes: Axes, right: Column, top: Column, rows: np.ndarray, colours: Colours | None) -> None:
    """Draw the number of rows in each cell; with colours, their most frequent category or their mean."""
    edges = [_cell_edges(column, cells) for column, cells in zip((right, top), DENSITY_CELLS)]
    x, y = right.values[rows], top.values[rows]

    def cells(chosen: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        counts, _, _ = np.histogram2d(x[chosen], y[chosen], edges, weights=weights)
        return counts.T

    every = np.ones(len(rows), bool)
    counts = cells(every)
    if colours is None:
        norm = LogNorm(1, max(counts.max(), 2))
        mesh = axes.pcolormesh(*edges, np.ma.masked_equal(counts, 0), norm=norm, cmap=COLOUR_MAP, rasterized=True)
        bar = figure.colorbar(mesh, ax=axes, format=FuncFormatter(lambda value, _: plain(value)))
        bar.set_label("rows in each cell")
        return
    kinds = colours.column.values[rows]
    if colours.palette:
        of_kind = np.stack([cells(kinds == kind) for kind in range(len(colours.palette))])
        shades = np.array([to_rgb(colour) for colour in colours.palette])[of_kind.argmax(axis=0)]
        # The more rows, the stronger the colour: from a third for one row to full strength for the fullest cell.
        strength = 1 / 3 + 2 / 3 * np.log1p(counts) / np.log1p(counts.max())
        strength[of_kind.sum(axis=0) == 0] = 0
        axes.pcolormesh(*edges, np.dstack([shades, strength]), rasterized=True)
        colours.legend(axes)
        return
    coloured = np.isfinite(kinds)
    spread = colours.column.spread(kinds[coloured])
    with np.errstate(invalid="ignore"):
        means = cells(coloured, spread) / cells(coloured)
    means = np.exp(means) if colours.column.base else means
    axes.pcolormesh(*edges, np.ma.masked_invalid(means), norm=colours.norm, cmap=COLOUR_MAP, rasterized=True)
    colours.bar(figure, axes)


def _cell_edges(column: Column, cells: int) -> np.ndarray:
    return np.arange(len(column.names) + 1) - 0.5 if column.names is not None else column.edges(cells)
