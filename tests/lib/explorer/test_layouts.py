import numpy as np
import pytest

from lib.errors import MediaError
from lib.explorer import layouts
from lib.explorer.layouts import Placing, groups, has_place, in_order, near_order, placings, positions, usual_columns
from lib.tables.table import Table
from tests.support.each import each

GRID = ("gridX", "gridY")


def table(**columns):
    return Table.of({name: [str(cell) for cell in cells] for name, cells in columns.items()})


def square(side):
    """A full grid, line by line."""
    return table(
        gridX=[x for _ in range(side) for x in range(side)], gridY=[y for y in range(side) for _ in range(side)]
    )


def test_what_is_wanted_comes_first_and_what_is_known_is_offered_too():
    both = table(gridX=[0, 1], gridY=[0, 0], tsne=[0.5, -3], tsne2=[1, 2], other=[1, 2])
    assert placings(both, GRID) == [Placing("gridX", "gridY", True), Placing("tsne", "tsne2", False)]
    assert placings(both, ("tsne", "tsne2"))[0] == Placing("tsne", "tsne2", False)
    assert placings(both, ("other", "tsne"))[0] == Placing("other", "tsne", False)
    assert len(placings(both, ("other", "tsne"))) == 3


def test_a_grid_has_integers_and_one_sample_a_cell():
    assert placings(table(gridX=[0, 1], gridY=[3, 3]), GRID)[0].grid
    assert not placings(table(gridX=[0, 0], gridY=[3, 3]), GRID)[0].grid
    assert not placings(table(gridX=[0, 1.5], gridY=[3, 3]), GRID)[0].grid
    assert not placings(table(gridX=[0, -1], gridY=[3, 3]), GRID)[0].grid


def test_columns_that_are_missing_or_empty():
    with pytest.raises(MediaError, match=r"no column 'gridY'"):
        placings(table(gridX=[1]), GRID)
    with pytest.raises(MediaError, match="no row has numbers in both gridX and gridY"):
        placings(table(gridX=[1, ""], gridY=["", 2]), GRID)
    assert placings(table(a=[1], b=[2], tsne=[""], tsne2=[""]), ("a", "b")) == [Placing("a", "b", True)]


def test_neighbours_follow_each_other_along_a_z():
    rows = near_order(square(4), Placing("gridX", "gridY", True)).tolist()
    # The four cells of the upper left quarter, then those of the upper right one, of the lower left one ...
    assert rows == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]


def test_a_run_of_a_large_grid_is_a_square():
    side = 32
    runs = groups(near_order(square(side), Placing("gridX", "gridY", True)), 256)
    assert [len(run) for run in runs] == [256] * 4
    for run in runs:
        x, y = np.array(run) % side, np.array(run) // side
        assert np.ptp(x) == np.ptp(y) == 15


def test_rows_without_a_place_come_last():
    places = table(gridX=["", 5, 4, 4], gridY=[1, 7, 7, "x"])
    assert has_place(places, *GRID).tolist() == [False, True, True, False]
    assert near_order(places, Placing("gridX", "gridY", True)).tolist() == [2, 1, 0, 3]


def test_clouds_of_any_extent_are_put_in_order():
    wide = table(tsne=[-1e9, 1e9, -1e9, 1e9], tsne2=[1e-9, 2e-9, 2e-9, 1e-9])
    assert near_order(wide, Placing("tsne", "tsne2", False)).tolist() == [0, 3, 2, 1]
    one = table(tsne=[3.5], tsne2=[3.5])
    assert near_order(one, Placing("tsne", "tsne2", False)).tolist() == [0]


def test_places_on_the_page_are_in_widths_of_a_cell():
    cells = table(gridX=[2, 5, "", 3], gridY=[7, 7, 1, 9])
    x, y, width, height = positions(cells, Placing("gridX", "gridY", True))
    assert x == pytest.approx([0, 3, np.nan, 1], nan_ok=True)
    assert y == pytest.approx([0, 0, np.nan, 1.5], nan_ok=True)  # cells are three quarters as high as wide
    assert (width, height) == pytest.approx((4, 2.25))
    # A cloud of three: its larger side has 1.7 cells for each root of a sample.
    cloud = table(a=[-1, 3, "x", 1], b=[0, 1, 1, 2])
    x, y, width, height = positions(cloud, Placing("a", "b", False))
    unit = 1.7 * 3**0.5 / 4
    assert x == pytest.approx([0, 4 * unit, np.nan, 2 * unit], nan_ok=True)
    assert y == pytest.approx([0, unit, np.nan, 2 * unit], nan_ok=True)
    assert (width, height) == pytest.approx((4 * unit + 1, 2 * unit + 0.75))
    alone = positions(table(a=[5], b=[5]), Placing("a", "b", False))
    assert [float(n) for n in (alone[0][0], alone[1][0], *alone[2:])] == [0, 0, 1, 0.75]


@each(("count", "across"), [(1, 1), (4, 2), (5, 3), (9, 3), (10, 4)])
def test_samples_in_an_order_lie_in_rows_of_nearly_a_square(count, across):
    times = np.random.default_rng(count).permutation(count)
    found = in_order(table(at=times), "at")
    cells = list(zip(found.numbers("gridX").tolist(), found.numbers("gridY").tolist(), strict=True))
    assert cells == [(time % across, time // across) for time in times.tolist()]


def test_the_columns_to_begin_with_are_those_that_have_places():
    wanted = ("a", "b")
    assert usual_columns(table(a=[1], b=[2], gridX=[0], gridY=[0]), wanted) == wanted
    assert usual_columns(table(a=[""], b=[2], gridX=[0], gridY=[0], tsne=[1], tsne2=[1]), wanted) == GRID
    assert usual_columns(table(gridX=[""], gridY=[0], tsne=[1], tsne2=[1]), wanted) == ("tsne", "tsne2")
    assert usual_columns(table(other=[1]), wanted) == wanted


@each(
    ("values", "grid", "steps"),
    [
        ([3, 4, 70_000], True, [0, 0, 65_535]),  # too wide for a step each
        ([3, 65_538], True, [0, 65_535]),
        ([3, 5, 4], True, [0, 2, 1]),
        ([3, 5, 4], False, [0, 65_535, 32_767]),
        ([7, 7], False, [0, 0]),
    ],
)
def test_places_are_sorted_in_steps(values, grid, steps):
    assert layouts._steps(np.array(values, float), grid).tolist() == steps


@each("pair", [(0, 0), (1, 0), (0, 1), (65_535, 0), (0, 65_535), (0b1011, 0b0110)])
def test_bits_of_both_places_take_turns(pair):
    x, y = (layouts._spread(np.array([value])) for value in pair)
    bits = "".join(b + a for a, b in zip(f"{pair[0]:016b}", f"{pair[1]:016b}", strict=True))
    assert (x | y << 1).tolist() == [int(bits, 2)]
