"""Pictures of tables: histograms, scatters (a density where there are many points), and sorted curves."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from lib.math.notes import NO_NOTE
from lib.tables.columns import MOST_CATEGORIES, NOTE_COLUMN, Column, categories, is_rest, read_column
from lib.tables.table import Table

# A scatter of more points is a blob: it is drawn as a density.
MOST_POINTS = 20_000
# Cells of a density across and up: a few pixels each.
DENSITY_CELLS = (200, 130)
# Points of a curve: more than it has pixels.
MOST_CURVE_POINTS = 4000
# Names of a legend that can be told apart; the rest is "other".
MOST_COLOURS = 12
COLOURS = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22", "#1b1b6f",
    "#f5c518", "#006d5b",
)  # fmt: skip
OTHER_COLOUR = "#b8b8b8"
BAR_COLOUR, MEDIAN_COLOUR = "#4477aa", "#cc3311"
COLOUR_MAP = "viridis"
# Longer names of categories are cut in their middle.
LONGEST_NAME = 32
# Bars with longer names, or more of them, lie on their side, so that the names do not overlap.
LONGEST_UPRIGHT, MOST_UPRIGHT = 4, 14
SCATTER_INCHES = (12.0, 8.0)
# What the name of a bar needs, with a share of the title and the axis.
INCHES_PER_NAME = 0.28
# Points of a category are strewn over this part of its place, so that they do not hide each other.
STREWN = 0.6
SEED = 1
# Colours show the values but for the outermost hundredths, which would leave the others nearly one colour.
COLOURED_SPAN = (0.01, 0.99)
Side = Literal["x", "y"]


def new_figure(inches: tuple[float, float]) -> Figure:
    """Return an empty picture of this width and height."""
    # A font cannot have every script's letters: boxes in their place are no reason for a warning.
    warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
    return Figure(figsize=inches, layout="constrained")


def plain(value: float) -> str:
    """Return a number as it stands on an axis: 20,000, 0.05, 1e+09."""
    return f"{value:,.10g}" if value == 0 or 1e-3 <= abs(value) < 1e7 else f"{value:g}"


def short(name: str) -> str:
    """Return a category's name on one line, and not too long for a label."""
    name = "".join(c if c.isprintable() else " " for c in name)
    half = LONGEST_NAME // 2 - 1
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}...{name[-half:]}"


def _set_axis(axes: Axes, side: Side, column: Column) -> None:
    """Put a column's label, scale and ticks on an axis."""
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_label_text(column.label, parse_math=False)
    if column.names is not None:
        axis.set_ticks(range(len(column.names)), [short(name) for name in column.names], parse_math=False)
        return
    low, high = column.lowest, column.highest
    if not column.base:
        axis.set_major_locator(MaxNLocator(nbins=8, integer=column.step == 1, min_n_ticks=1))
        axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
        return
    set_scale = axes.set_xscale if side == "x" else axes.set_yscale
    set_scale("log", base=column.base)
    powers = math.log(high / low) / math.log(column.base)
    if column.base == 10.0 and 1 <= powers < 4:
        subs = (1.0, 2.0, 5.0) if powers < 3 else (1.0, 3.0)
        axis.set_major_locator(LogLocator(base=10.0, subs=subs, numticks=20))
    elif powers < 2:
        axis.set_major_locator(MaxNLocator(nbins=8))
    else:
        axis.set_major_locator(LogLocator(base=column.base, numticks=7))
    natural = column.base == math.e and powers >= 2
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"$e^{{{round(math.log(value))}}}$" if natural else plain(value))
    )
    axis.set_minor_locator(NullLocator())


def histograms(
    table: Table, names: Sequence[str], bins: int = 50, per_row: int = 3, inches: tuple[float, float] = (16.0, 8.0)
) -> Figure:
    """Return a picture with a histogram of each column: bars of numbers, or of how often each text occurs.

    bins: at most so many bars (few rows have fewer); per_row: histograms side by side; inches: width and height.
    Raises MediaError if there is no such column.
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

    Whole numbers have one each if these are few enough.
    """
    values = column.values[column.drawn]
    several = len(values) > 0 and values.min() < values.max()
    wanted = min(bins, math.ceil(2 * math.sqrt(len(values)))) if several else 1
    one_each = column.step == 1 and not column.base and column.highest - column.lowest < bins
    return column.edges(bins if one_each else wanted)


def _histogram(axes: Axes, column: Column, bins: int) -> None:
    values = column.values[column.drawn]
    title = f"{column.name}: {len(values):,} row{'s' * (len(values) != 1)}"
    _set_axis(axes, "x", column)
    if len(values):
        edges = bin_edges(column, bins)
        counts, _ = np.histogram(values, edges)
        widths = np.diff(edges)
        # Single whole numbers stand apart, like categories.
        gap = 0.15 if column.step == 1 and widths[0] == 1 else 0.0
        look: dict[str, Any] = {"color": BAR_COLOUR, "edgecolor": "white", "linewidth": 0.3}
        axes.bar(edges[:-1] + widths * gap / 2, counts, widths * (1 - gap), align="edge", **look)
        middle = float(np.median(values))
        axes.axvline(middle, color=MEDIAN_COLOUR, linestyle="--", linewidth=1.2)
        title += f", median {plain(float(f'{middle:.4g}'))} {column.unit}".rstrip()
        axes.set_xlim(edges[0], edges[-1])
    else:
        _say_nothing(axes)
    _title(axes, title, column.note)
    _count_axis(axes, "y")


def _bars(axes: Axes, column: Column) -> None:
    """Draw how often each category occurs."""
    assert column.names is not None
    total = sum(column.counts)
    _title(axes, f"{column.name}: {total:,} row{'s' * (total != 1)}", column.note)
    if not total:
        _say_nothing(axes)
        return
    places = range(len(column.names))
    colours = [OTHER_COLOUR if is_rest(name) else BAR_COLOUR for name in column.names]
    if len(column.names) <= MOST_UPRIGHT and max(map(len, column.names)) <= LONGEST_UPRIGHT:
        axes.bar(places, column.counts, color=colours)
        _set_axis(axes, "x", column)
        _count_axis(axes, "y")
    else:
        axes.barh(places, column.counts, color=colours)
        _set_axis(axes, "y", column)
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


def _title(axes: Axes, title: str, note: str) -> None:
    text = f"{title}\n{note}" if note else title
    axes.set_title(text, loc="left", fontsize=10, parse_math=False)


def _say_nothing(axes: Axes) -> None:
    axes.text(0.5, 0.5, "nothing to draw", transform=axes.transAxes, ha="center", va="center", color="grey")


def scatter(table: Table, across: str, up: str, log_base: int = 0, highlight: str = "") -> Figure:
    """Return a scatter of two columns; above MOST_POINTS points a density.

    log_base: 0: logarithmic axes where the values span decades; 1: natural ones; from 2 on: of that base. highlight:
    a column whose values give the colours: categories (MOST_COLOURS of them and "other"), or a range of numbers.
    Raises MediaError if there is no such column.
    """
    right, top = read_column(table, across, log_base), read_column(table, up, log_base)
    return _points(table, right, top, highlight, f"{up} over {across}")


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
    # Of a long curve every n-th point, and the last.
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
        _say_nothing(axes)
    notes = "; ".join(f"{column.name} {column.note}" for column in (right, top) if column.note)
    _title(axes, f"{title}: {count:,} row{'s' * (count != 1)}", notes)
    for side, column in (("x", right), ("y", top)):
        _set_axis(axes, "x" if side == "x" else "y", column)
        ends = column.spread(np.array([column.lowest, column.highest]))
        margin = 0.02 * (ends[1] - ends[0]) if column.names is None else 0.0
        low, high = (np.exp if column.base else np.asarray)(ends + np.array([-margin, margin]))
        (axes.set_xlim if side == "x" else axes.set_ylim)(float(low), float(high))
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


class Colours:
    """What a column's values are coloured with: numbers with a range of colours, or categories with a legend."""

    def __init__(self, table: Table, name: str) -> None:
        self.name = name
        self.column = read_column(table, name)
        self.palette: list[str] = []
        distinct = np.unique(table.numbers(name))
        if self.column.names is None and np.isfinite(distinct).sum() > MOST_COLOURS:
            return
        self.column = categories(table, name, MOST_COLOURS)
        pale = [is_rest(category) or (name, category) == (NOTE_COLUMN, NO_NOTE) for category in self.column.names or ()]
        self.palette = [OTHER_COLOUR if rest else COLOURS[n % MOST_COLOURS] for n, rest in enumerate(pale)]

    @property
    def norm(self) -> LogNorm | Normalize:
        """How numbers are spread over the range of colours."""
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
        bar = figure.colorbar(mappable, ax=axes, extend="both", format=FuncFormatter(lambda v, _: plain(v)))
        bar.set_label(self.column.label, parse_math=False)


def _dots(figure: Figure, axes: Axes, right: Column, top: Column, rows: np.ndarray, colours: Colours | None) -> None:
    """Draw a point for each row, the smaller the more there are."""
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
    """Return where the points of these rows lie on the axis."""
    values = column.values[rows]
    if column.names is None:
        return values
    return values + STREWN * (np.random.default_rng(SEED).random(len(values)) - 0.5)


def _density(figure: Figure, axes: Axes, right: Column, top: Column, rows: np.ndarray, colours: Colours | None) -> None:
    """Draw how many rows fall into each cell; or with colours, of which category most are, or their mean number."""
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
        # The more rows, the stronger the colour: from a third for one row to all of it for the fullest cell.
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
