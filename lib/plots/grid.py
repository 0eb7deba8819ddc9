"""A picture of a grid: each cell in the colour of its sample."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.plots.axes import OTHER_COLOUR, new_figure
from lib.plots.figures import COLOUR_MAP, SCATTER_INCHES, Colours
from lib.tables.table import Table


def grid_picture(table: Table, cells: np.ndarray, width: int, height: int, highlight: str) -> Figure:
    """Return a picture of a grid, its first row at the top.

    table: a row for each sample on the grid; cells: int, shape (rows, 2): its column and row, from 0; highlight: the
    column whose values give the colours: categories with a legend, or a range of numbers.
    """
    colours = Colours(table, highlight)
    kinds = colours.column.values
    known = np.isfinite(kinds)
    shades = np.tile(to_rgb(OTHER_COLOUR), (len(table), 1))
    if colours.palette:
        shades[known] = np.array([to_rgb(colour) for colour in colours.palette])[kinds[known].astype(int)]
    else:
        shades[known] = matplotlib.colormaps[COLOUR_MAP](colours.norm(kinds[known]))[:, :3]
    image = np.ones((height, width, 3))
    image[cells[:, 1], cells[:, 0]] = shades
    figure = new_figure(SCATTER_INCHES)
    axes = figure.subplots()
    axes.imshow(image, interpolation="nearest", extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    axes.set_title(f"grid of {width}x{height}, coloured by {highlight}", loc="left", fontsize=10, parse_math=False)
    if colours.palette:
        colours.legend(axes)
    else:
        colours.bar(figure, axes)
    return figure
