"""Pictures of grids: every cell has the colour of its sample."""

import io
import warnings

import numpy as np
from matplotlib.colors import to_rgb

from lib.plots.figures import COLOURS
from lib.plots.grid import grid_picture
from lib.tables.table import Table


def test_cells_have_the_colours_of_their_categories():
    table = Table.of({"filename": ["a", "b", "a", "a"]})
    figure = grid_picture(table, np.array([[2, 0], [0, 0], [1, 1], [0, 1]]), 3, 2, "filename")
    image = np.asarray(figure.axes[0].images[0].get_array())
    first, second, empty = to_rgb(COLOURS[0]), to_rgb(COLOURS[1]), (1, 1, 1)
    assert np.allclose(image, [[second, empty, first], [first, first, empty]])
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["a (3)", "b (1)"]
    # Rows count downwards.
    low, high = figure.axes[0].get_ylim()
    assert (low, high) == (1.5, -0.5)
    for width, height in ((3, 2), (26, 22), (200, 1)):
        (axes,) = grid_picture(table, np.array([[0, 0]] * 4), width, height, "filename").axes
        for ticks in (axes.get_xticks(), axes.get_yticks()):
            assert np.array_equal(ticks, np.round(ticks))


def test_numbers_have_a_range_of_colours():
    table = Table.of({"hz": [str(n) for n in range(100, 120)] + [""]})
    figure = grid_picture(table, np.array([(n % 7, n // 7) for n in range(21)]), 7, 3, "hz")
    image = np.asarray(figure.axes[0].images[0].get_array())
    assert len({tuple(colour) for colour in image.reshape(-1, 3).tolist()}) > 15
    assert len(figure.axes) == 2  # the bar beside it


def test_names_in_any_script_are_drawn_without_a_warning():
    table = Table.of({"filename": ["\u65e5\u672c $a_b$ \N{CLAPPER BOARD}.mp4", "_b"]})
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        figure = grid_picture(table, np.array([[0, 0], [1, 0]]), 2, 1, "filename")
        figure.savefig(io.BytesIO(), format="png")
    assert told == []
    assert len(figure.axes[0].get_legend().get_texts()) == 2
