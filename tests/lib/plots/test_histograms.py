"""Histograms: how many bars, which way they lie, how wide and how coloured they are; asked of the figures."""

import math

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lib.plots.axes import BAR_COLOUR, MEDIAN_COLOUR, OTHER_COLOUR
from lib.plots.histograms import bin_edges, histograms
from lib.tables.columns import read_column
from lib.tables.table import Table
from tests.support.each import each


def names(count, length=1):
    """Return `count` different names of a length."""
    return [f"{chr(97 + n // 26)}{chr(97 + n % 26)}".rjust(length, "x")[:length] if length > 1 else chr(97 + n)
            for n in range(count)]  # fmt: skip


def numbers(*values):
    return Table.of({"x": [str(value) for value in values]})


def is_upright(axes):
    return axes.get_ylabel() == "rows"


@each(("count", "length", "upright"), [(14, 4, True), (15, 4, False), (14, 5, False), (2, 5, False)])
def test_few_bars_with_short_names_stand(count, length, upright):
    cells = names(count, length)
    (axes,) = histograms(Table.of({"k": [*cells, cells[0]]}), ["k"], per_row=1).axes
    assert is_upright(axes) == upright
    places = axes.get_xticks() if upright else axes.get_yticks()
    assert places.tolist() == list(range(count))
    lengths = [bar.get_height() if upright else bar.get_width() for bar in axes.patches]
    assert lengths == [2] + [1] * (count - 1)
    low, high = axes.get_ylim() if upright else axes.get_xlim()
    assert (low, high) == pytest.approx((0, 2 * 1.05))
    assert axes.yaxis_inverted() == (not upright)  # the most frequent is the uppermost


@each(
    ("inches", "per_row", "columns", "named"),
    # 0.28 inches a name, of the height of a row of histograms; never fewer than 5, nor more than 20.
    [(2.85, 1, 1, 10), (2.75, 1, 1, 9), (5.7, 1, 2, 10), (5.7, 2, 3, 10), (2.85, 3, 3, 10), (1.0, 1, 1, 5),
     (9.0, 1, 1, 20)],
)  # fmt: skip
def test_as_many_names_as_there_is_room_for(inches, per_row, columns, named):
    cells = names(25, 5)
    table = Table.of({f"k{n}": cells for n in range(columns)})
    figure = histograms(table, table.columns, per_row=per_row, inches=(9.0, inches))
    assert len(figure.axes) == columns
    for axes in figure.axes:
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == [*cells[:named], f"other ({25 - named} names)"]
        colours = [to_hex(bar.get_facecolor()) for bar in axes.patches]
        assert colours == [BAR_COLOUR] * named + [OTHER_COLOUR]


@each(("count", "per_row", "shape"), [(1, 3, (1, 1)), (3, 3, (1, 3)), (4, 3, (2, 3)), (6, 3, (2, 3)), (7, 3, (3, 3))])
def test_no_more_columns_of_histograms_than_there_are_histograms(count, per_row, shape):
    table = Table.of({f"x{n}": ["1", "2"] for n in range(count)})
    figure = histograms(table, table.columns, per_row=per_row)
    assert len(figure.axes) == count
    assert {axes.get_subplotspec().get_geometry()[:2] for axes in figure.axes} == {shape}


def test_what_is_not_said_is_50_bars_3_side_by_side_on_16_by_8_inches():
    values = [str(n + 0.25) for n in range(1000)]
    figure = histograms(Table.of({f"x{n}": values for n in range(4)}), [f"x{n}" for n in range(4)])
    assert figure.get_size_inches().tolist() == [16, 8]
    assert {axes.get_subplotspec().get_geometry()[:2] for axes in figure.axes} == {(2, 3)}
    assert {len(axes.patches) for axes in figure.axes} == {50}


@each("count", [*range(1, 12), 50, 625, 626, 700])
@each("bins", [1, 5, 50])
def test_few_rows_have_two_bars_for_each_root_of_their_number(count, bins):
    column = read_column(numbers(*(n * math.pi for n in range(1, count + 1))), "x")
    # The least number whose half, squared, is not below the number of rows.
    wanted = next(n for n in range(1, 99) if n * n >= 4 * count) if count > 1 else 1
    assert len(bin_edges(column, bins)) - 1 == min(bins, wanted)


def test_rows_without_a_value_do_not_count():
    column = read_column(numbers(*(n * math.pi for n in range(1, 5)), "", "", "", "", ""), "x")
    assert len(bin_edges(column, 50)) - 1 == 4
    assert len(bin_edges(read_column(numbers(0.123456, 0.123456), "x"), 50)) - 1 == 1
    assert len(bin_edges(read_column(numbers("", ""), "x"), 50)) - 1 == 1


@each(("highest", "bins", "bars"), [(9, 9, 9), (9, 8, 5), (10, 10, 10), (10, 9, 5)])
def test_integers_have_a_bar_each_if_there_are_bars_for_all(highest, bins, bars):
    # (So few rows would have 5 bars, of two numbers each.)
    column = read_column(numbers(1, highest, 2, 3, 4), "x")
    edges = bin_edges(column, bins)
    assert len(edges) - 1 == bars
    assert edges[0] == 0.5


def test_bars_of_single_numbers_leave_gaps_and_others_none():
    (axes,) = histograms(numbers(1, 2, 2, 4), ["x"], bins=50).axes
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in axes.patches]
    assert np.array(bars) == pytest.approx(
        np.array([(n - 0.5 + 0.075, 0.85, count) for n, count in ((1, 1), (2, 2), (3, 0), (4, 1))])
    )
    assert axes.get_xlim() == (0.5, 4.5)
    (axes,) = histograms(numbers(1, 2, 2, 4), ["x"], bins=2).axes
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in axes.patches]
    assert np.array(bars) == pytest.approx(np.array([(0.5, 2, 3), (2.5, 2, 1)]))
    (axes,) = histograms(numbers(1.5, 2.5, 4.5), ["x"], bins=3).axes
    widths = [bar.get_width() for bar in axes.patches]
    assert sum(widths) == pytest.approx(np.diff(axes.get_xlim())[0])
    assert axes.get_ylim() == pytest.approx((0, 1.05 * max(bar.get_height() for bar in axes.patches)))


def test_the_median_of_what_is_drawn_is_a_line():
    (axes,) = histograms(numbers(1, 2, 7, 9, ""), ["x"]).axes
    (line,) = axes.lines
    assert (line.get_xdata(), line.get_color(), line.get_linestyle()) == ([4.5, 4.5], MEDIAN_COLOUR, "--")
    assert axes.get_title(loc="left") == "x: 4 rows, median 4.5\nnot drawn: 1 empty"


@pytest.mark.parametrize("cells", [["", ""], ["nan", ""]])
def test_without_a_value_there_is_nothing_to_draw(cells):
    for name in ("x", "note"):
        (axes,) = histograms(Table.of({name: cells if name == "x" else ["", ""]}), [name]).axes
        assert [text.get_text() for text in axes.texts] == ["nothing to draw"]
        assert not axes.patches
        assert axes.get_title(loc="left").startswith(f"{name}: 0 rows")


@pytest.mark.parametrize("upright", [True, False])
def test_bars_lie_below_the_next_colour_in_front_of_the_grid(upright):
    cells = ["a", "a", "b"] if upright else ["long name a", "long name a", "long name b"]
    table = Table.of({"k": cells, "by": ["one", "two", "two"], "other": ["1", "2", "3"]})
    first, last = histograms(table, ["k", "other"], highlight="by").axes
    assert (first.get_legend() is None, last.get_legend() is None) == (True, False)
    ends = [
        (bar.get_y(), bar.get_height()) if upright else (bar.get_x(), bar.get_width())
        for bar in first.patches
    ]  # fmt: skip
    assert ends == [(0, 1), (0, 1), (1, 1), (1, 0), (2, 0), (1, 0)]
    assert first.get_axisbelow() is True
    shown = {side: first.spines[side].get_visible() for side in ("top", "right", "left", "bottom")}
    assert shown == {"top": False, "right": False, "left": True, "bottom": True}


def test_five_ranges_of_colours_share_the_rows_out_evenly():
    # 23 rows in rising order: the ends are at 0, 4.4, 8.8, 13.2, 17.6 and 22 rows.
    table = Table.of({"n": ["1"] * 24, "by": [*(str(100 + n) for n in range(23)), ""]})
    (axes,) = histograms(table, ["n"], highlight="by").axes
    bars = [bar for bar in axes.patches if bar.get_height()]
    assert [bar.get_height() for bar in bars] == [5, 4, 5, 4, 5, 1]
    shades = [to_hex(bar.get_facecolor()) for bar in bars]
    # viridis: from violet to yellow; grey without a number.
    assert (shades[0], shades[4], shades[5]) == ("#440154", "#fde725", OTHER_COLOUR)
    legend = axes.get_legend()
    assert [text.get_text().rpartition(" ")[2] for text in legend.get_texts()] == ["(5)", "(4)", "(5)", "(4)", "(5)"]
    assert [to_hex(patch.get_facecolor()) for patch in legend.get_patches()] == shades[:5]
