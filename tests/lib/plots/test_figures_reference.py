"""Scatters, densities and curves: sizes, colours, ends and cells of what is drawn, asked of the figures."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import LogNorm, Normalize, to_hex, to_rgb

from lib.plots import figures
from lib.plots.axes import BAR_COLOUR, OTHER_COLOUR
from lib.plots.figures import COLOURS, Colours, curve, scatter
from lib.tables.table import Table
from tests.support.each import each


def table(**columns):
    return Table.of({name: [str(cell) for cell in cells] for name, cells in columns.items()})


def dots_of(figure):
    return [found for found in figure.axes[0].collections if isinstance(found, PathCollection)]


@each(
    ("count", "size", "alpha"),
    # 40,000 shared out, in points squared, from 6 to 60; many are paler.
    [(1, 60, 0.9), (666, 60, 0.9), (800, 50, 0.9), (999, 40_000 / 999, 0.9), (1000, 40, 0.6), (5000, 8, 0.6),
     (8000, 6, 0.6)],
)  # fmt: skip
def test_the_more_points_the_smaller(count, size, alpha):
    values = np.arange(count)
    (dots,) = dots_of(scatter(table(x=values, y=values), "x", "y"))
    assert dots.get_sizes().tolist() == pytest.approx([size])
    assert dots.get_alpha() == alpha
    assert dots.get_linewidths().tolist() == [0]
    assert to_hex(dots.get_facecolor()[0]) == BAR_COLOUR
    assert dots.get_offsets().tolist() == [[n, n] for n in values]


def test_the_picture_is_twelve_by_eight_inches():
    for made in (scatter(table(x=[1, 2], y=[1, 2]), "x", "y"), curve(table(x=[1, 2]), "x")):
        assert made.get_size_inches().tolist() == [12, 8]


def test_ends_have_a_margin_of_a_fiftieth():
    (axes,) = scatter(table(x=[0, 50, 100], y=[-1, 0, 1]), "x", "y").axes
    assert axes.get_xlim() == pytest.approx((-2, 102))
    assert axes.get_ylim() == pytest.approx((-1.04, 1.04))
    # On a logarithmic axis, of its length there: a factor of 10 ** 0.04.
    (axes,) = scatter(table(x=[1, 10, 100], y=[1, 2, 4]), "x", "y", 10).axes
    assert axes.get_xlim() == pytest.approx((10**-0.04, 100 * 10**0.04))
    assert axes.get_ylim() == pytest.approx((4**-0.02, 4 * 4**0.02))
    # Categories have half a place.
    (axes,) = scatter(table(x=["a", "b", "b"], y=[1, 2, 3]), "x", "y").axes
    assert axes.get_xlim() == (-0.5, 1.5)


def test_points_of_a_category_are_strewn_over_three_fifths_of_its_width():
    (dots,) = dots_of(scatter(table(k=["a", "b"] * 500, y=np.arange(1000)), "k", "y"))
    x, y = dots.get_offsets().T
    away = x - np.round(x)
    assert sorted(set(np.round(x).tolist())) == [0, 1]
    assert -0.3 <= away.min() < -0.28
    assert 0.28 < away.max() <= 0.3
    assert y.tolist() == list(range(1000))
    again = dots_of(scatter(table(k=["a", "b"] * 500, y=np.arange(1000)), "k", "y"))[0]
    assert np.array_equal(again.get_offsets(), dots.get_offsets())


@pytest.mark.parametrize(("kinds", "is_range"), [(2, False), (12, False), (13, True)])
def test_a_dozen_numbers_are_names_and_more_a_range(kinds, is_range):
    numbers = [n % kinds + 100 for n in range(60)]
    colours = Colours(table(k=numbers), "k")
    assert (colours.palette == []) == is_range
    if not is_range:
        assert colours.palette == list(COLOURS[:kinds])
    figure = scatter(table(x=range(60), y=range(60), k=numbers), "x", "y", highlight="k")
    assert len(figure.axes) == 1 + is_range  # a bar of colours beside it, or a legend
    assert (figure.axes[0].get_legend() is None) == is_range


def test_thirteen_names_are_a_dozen_and_the_rest():
    names = [chr(97 + n) for n in range(14) for _ in range(20 - n)]
    colours = Colours(table(k=names), "k")
    assert colours.palette == [*COLOURS, OTHER_COLOUR]
    assert colours.column.names[-1] == "other (2 names)"
    assert Colours(table(note=["C", "-", "D"]), "note").palette[-1] == OTHER_COLOUR


def test_colours_vary_between_the_outer_hundredths():
    values = [*range(1, 100), 100_000]
    norm = Colours(table(k=values), "k").norm
    kept = [float(v) for v in values if v <= 100]
    assert type(norm) is Normalize
    assert (norm.vmin, norm.vmax) == pytest.approx((np.quantile(kept, 0.01), np.quantile(kept, 0.99)))
    # Frequencies from 20 to 20,000: a logarithmic range.
    hz = [20 * 1000 ** (n / 99) for n in range(100)]
    norm = Colours(table(hz=hz), "hz").norm
    assert type(norm) is LogNorm
    assert (norm.vmin, norm.vmax) == pytest.approx((np.quantile(hz, 0.01), np.quantile(hz, 0.99)))


def test_rows_without_a_colour_are_grey_and_lie_below():
    figure = scatter(table(x=[1, 2, 3], y=[1, 2, 3], k=["a", "", "b"]), "x", "y", highlight="k")
    grey, coloured = dots_of(figure)
    assert grey.get_offsets().tolist() == [[2, 2]]
    assert to_hex(grey.get_facecolor()[0]) == OTHER_COLOUR
    assert coloured.get_offsets().tolist() == [[1, 1], [3, 3]]
    assert [to_hex(colour) for colour in coloured.get_facecolors()] == list(COLOURS[:2])
    numbers = [*range(100, 113), ""]
    grey, coloured = dots_of(scatter(table(x=range(14), y=range(14), k=numbers), "x", "y", highlight="k"))
    assert grey.get_offsets().tolist() == [[13, 13]]
    assert coloured.get_array().tolist() == list(range(100, 113))


@pytest.fixture
def few(monkeypatch):
    """A density is drawn from 11 points on, in 4 x 2 cells."""
    monkeypatch.setattr(figures, "MOST_POINTS", 10)
    monkeypatch.setattr(figures, "DENSITY_CELLS", (4, 2))


# Of 8 x 4: cells of 2 x 2.
X = [0.1, 0.2, 0.3, 1.9, 2.1, 4.5, 7.9, 7.8, 7.7, 0.0, 8.0, 5.0]
Y = [0.1, 0.2, 3.9, 1.9, 1.1, 3.5, 3.9, 3.8, 3.7, 0.0, 4.0, 3.0]
CELLS = [[4, 1, 0, 0], [1, 0, 2, 4]]


def mesh_of(figure):
    (mesh,) = [found for found in figure.axes[0].collections if isinstance(found, QuadMesh)]
    return mesh


def test_many_points_are_counted_in_cells(few):
    figure = scatter(table(x=X, y=Y), "x", "y")
    mesh = mesh_of(figure)
    counts = mesh.get_array().reshape(2, 4)
    assert counts.filled(0).tolist() == CELLS
    assert (mesh.norm.vmin, mesh.norm.vmax) == (1, 4)
    assert not dots_of(figure)
    assert figure.axes[1].get_ylabel() == "rows in each cell"
    assert len(dots_of(scatter(table(x=X[:10], y=Y[:10]), "x", "y"))) == 1
    spread = scatter(table(x=[*range(11)], y=[*range(11)], z=[0] * 11), "x", "y")
    assert mesh_of(spread).norm.vmax >= 2


def test_cells_have_the_colour_of_their_most_frequent_kind(few):
    kinds = ["a", "b", "b", "b", "", "b", "a", "a", "b", "", "a", "b"]
    figure = scatter(table(x=X, y=Y, k=kinds), "x", "y", highlight="k")
    shades = mesh_of(figure).get_array().reshape(2, 4, 4)
    # b is the more frequent one, and comes first: it has the first colour, and counts where both are equal.
    colour = {name: to_rgb(COLOURS[n]) for n, name in enumerate("ba")}
    for row, column, name in ((0, 0, "b"), (1, 0, "b"), (1, 2, "b"), (1, 3, "a")):
        assert shades[row, column, :3].tolist() == pytest.approx(list(colour[name]))
        strength = 1 / 3 + 2 / 3 * np.log1p(CELLS[row][column]) / np.log1p(4)
        assert shades[row, column, 3] == pytest.approx(strength)
    for row, column in ((0, 1), (0, 2), (0, 3), (1, 1)):  # the only one there has no kind, or none is there
        assert shades[row, column, 3] == 0


def test_cells_have_the_mean_of_numbers(few):
    many = [*range(100, 109), "", 109, 110]
    names = scatter(table(x=[*X, 1.0, 1.0], y=[*Y, 1.0, 1.0], k=[*many, 111, 112]), "x", "y", highlight="k")
    means = mesh_of(names).get_array().reshape(2, 4)
    want = {(0, 0): (100 + 101 + 103 + 111 + 112) / 5, (1, 0): 102, (0, 1): 104, (1, 2): (105 + 110) / 2,
            (1, 3): (106 + 107 + 108 + 109) / 4}  # fmt: skip
    for row, column in np.ndindex(2, 4):
        if (row, column) in want:
            assert means[row, column] == pytest.approx(want[row, column])
        else:
            assert means.mask[row, column]


def test_cells_of_frequencies_have_their_geometric_mean(few):
    hz = [20 * 2 ** (n % 10) for n in range(12)]
    hz += [21, 30_000, 40, 50]
    figure = scatter(table(x=[*X, 7, 7, 3, 3], y=[*Y, 1, 1, 3, 3], hz=hz), "x", "y", highlight="hz")
    means = mesh_of(figure).get_array().reshape(2, 4)
    assert means[0, 3] == pytest.approx((21 * 30_000) ** 0.5)
    assert means[1, 1] == pytest.approx((40 * 50) ** 0.5)


@pytest.mark.parametrize(("count", "marker"), [(200, "o"), (201, "")])
def test_a_curve_of_few_points_shows_them(count, marker):
    (line,) = curve(table(n=range(count)), "n").axes[0].lines
    assert line.get_marker() in ((marker,) if marker else ("", "None"))
    assert line.get_markersize() == 5
    assert line.get_color() == BAR_COLOUR


@each(("count", "step"), [(4, 1), (7, 1), (8, 2), (11, 2), (12, 3)])
def test_of_a_long_curve_every_nth_point_is_drawn(monkeypatch, count, step):
    monkeypatch.setattr(figures, "MOST_CURVE_POINTS", 4)
    (line,) = curve(table(n=range(count)), "n").axes[0].lines
    assert line.get_xdata().tolist() == [n + 1 for n in sorted({*range(0, count, step), count - 1})]
    assert line.get_ydata().tolist() == [n - 1 for n in line.get_xdata()]
    (whole,) = curve(table(n=range(count)), "n", order="n=asc").axes[0].lines
    assert len(whole.get_xdata()) == count


def test_a_curve_begins_at_the_first_row_and_ends_at_the_last():
    (axes,) = curve(table(n=[5, 3, 4]), "n").axes
    assert axes.get_xlim() == pytest.approx((1 - 0.04, 3 + 0.04))
    (axes,) = curve(table(n=[5]), "n").axes
    assert axes.get_xlim() == pytest.approx((1 - 0.02, 2 + 0.02))


def test_an_ordered_curve_of_many_rows_is_a_density(few):
    assert mesh_of(curve(table(n=range(11)), "n", order="n=asc")).get_array().sum() == 11
    assert curve(table(n=range(10)), "n", order="n=asc").axes[0].lines
    assert curve(table(n=range(11)), "n").axes[0].lines
