import numpy as np
import pytest

from lib.errors import MediaError
from lib.explorer.layouts import Placing, groups, has_place, near_order, placings
from lib.tables.table import Table

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


def test_a_grid_has_whole_numbers_and_one_sample_a_cell():
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
