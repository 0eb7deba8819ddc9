"""The rows that a composition takes of a table, against a plain loop over its cells; and what it takes of each."""

import pytest

from lib.composing.clip_table import grid_of, load_clips
from lib.composing.settings import Views
from lib.errors import MediaError
from lib.tables.table import Table, write_table
from tests.support.each import each
from tests.support.grids import grid_table


def load(tmp_path, table, grid, first=None, last=None):
    path = tmp_path / "grid.csv"
    write_table(table, path)
    return load_clips(str(path), "media", Views(grid, first or grid, last or grid))


@each("grid", [(5, 4), (4, 5), (6, 3)])
@each(("first", "last"), [((2, 3), (1, 1)), ((1, 1), (3, 2)), ((4, 1), (1, 3)), ((4, 3), (2, 1))])
def test_the_rows_whose_cells_are_seen_in_part_at_least(tmp_path, grid, first, last):
    columns, rows = grid
    table = grid_table(columns, rows, filename="a")
    clips, kept = load(tmp_path, table, grid, first, last)
    want = []
    for n in range(columns * rows):
        # The view is in the middle: a cell is seen if it reaches into one of both, across and down.
        reaches = []
        for place, side, a, b in ((n % columns, columns, first[0], last[0]), (n // columns, rows, first[1], last[1])):
            low, high = (side - max(a, b)) / 2, (side + max(a, b)) / 2
            reaches.append(place < high and place + 1 > low)
        if all(reaches):
            want.append(n)
    assert kept.text("tsne") == [str(n) for n in want]
    assert clips.column.tolist() == [n % columns for n in want]
    assert clips.row.tolist() == [n // columns for n in want]
    assert clips.start.tolist() == [100 * n for n in want]
    assert (clips.no_cell, clips.unseen) == (0, columns * rows - len(want))
    assert (clips.grid, clips.views) == (grid, (first, last))


def test_each_film_is_known_once_in_the_order_of_the_rows(tmp_path):
    names = ["b.mp4", "a.mp4", "b.mp4", "c.mp4"]
    table = grid_table(2, 2).with_columns({"filename": names})
    clips, _ = load(tmp_path, table, (2, 2))
    assert clips.filenames == ("b.mp4", "a.mp4", "c.mp4")
    assert clips.film.tolist() == [0, 1, 0, 2]
    assert [path.replace("\\", "/") for path in clips.films] == ["media/b.mp4", "media/a.mp4", "media/c.mp4"]


def test_rows_without_one_of_both_places_are_counted(tmp_path):
    table = Table.of(
        {
            "filename": ["a"] * 5, "start": list("01234"), "dur": ["9"] * 5, "gridX": ["0", "", "1", " ", "0"],
            "gridY": ["0", "0", "0", "", "  "],
        }
    )  # fmt: skip
    clips, kept = load(tmp_path, table, (2, 1))
    assert clips.start.tolist() == [0, 2]
    assert (clips.no_cell, clips.unseen, len(kept)) == (3, 0, 2)


def test_the_picture_is_that_of_the_sound_unless_it_has_times_of_its_own(tmp_path):
    table = grid_table(6, 1, vstart=["0", "7", "-1", "", "nan", "inf"], vdur=["0", "0.5", "1", "-2", "", "1.5"])
    clips, _ = load(tmp_path, table, (6, 1))
    assert clips.vstart.tolist() == [0, 7, 200, 300, 400, 500]
    assert clips.vdur.tolist() == [1, 1, 1, 200, 200, 1.5]  # a millisecond at least


def test_a_sample_may_begin_at_0_and_last_for_0(tmp_path):
    clips, _ = load(tmp_path, grid_table(2, 1, start=["0", "0"], dur=["0", "5"]), (2, 1))
    assert (clips.start.tolist(), clips.dur.tolist(), clips.vdur.tolist()) == ([0, 0], [0, 5], [1, 5])


@pytest.mark.parametrize(("x", "size"), [("999999999", (1_000_000_000, 1)), ("1000000000", None), ("1.2e9", None)])
def test_places_from_a_thousand_million_on_are_of_no_grid(tmp_path, x, size):
    for name, other, wanted in (("gridX", "gridY", size), ("gridY", "gridX", size and size[::-1])):
        path = tmp_path / "t.csv"
        write_table(Table.of({"filename": ["a"], name: [x], other: ["0"]}), path)
        assert grid_of(str(path)) == wanted


@each(
    ("cells", "grid", "words"),
    [
        ((["0", "1", "1"], ["0", "0", "0"]), (2, 1), "2 samples in one cell .gridX 1, gridY 0"),
        ((["2", "1", "2", "0", "0", "1"], ["1"] * 3 + ["0"] * 3), (3, 2), "2 samples in one cell .gridX 0, gridY 0"),
        ((["0", "1"], ["0", "0"]), (2, 2), "fills 2 of the 4 cells of a grid of 2x2: run .* -grid auto"),
        ((["0", "1", "", ""], ["0", "0", "", ""]), (2, 2), "fills 2 of the 4 cells of .*: run .* -grid 2x2"),
        ((["0", "1", ""], ["0", "0", ""]), (2, 2), "fills 2 of the 4 cells of .*: run samples_to_grid.py -grid auto"),
        ((["", ""], ["", ""]), (2, 1), "no sample has a place in a grid: run samples_to_grid.py -grid 2x1"),
        ((["0", "2"], ["0", "0"]), (2, 1), "its grid is 3x1, not 2x1"),
        ((["0", "1"], ["0", "1"]), (2, 1), "its grid is 2x2, not 2x1"),
        (([], []), (2, 1), "the table has no rows"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_places(tmp_path, cells, grid, words):
    x, y = cells
    table = Table.of(
        {"filename": ["a"] * len(x), "start": ["0"] * len(x), "dur": ["1"] * len(x), "gridX": x, "gridY": y}
    )
    with pytest.raises(MediaError, match=words):
        load(tmp_path, table, grid)


@pytest.mark.parametrize(("first", "last"), [((3, 1), (1, 1)), ((1, 1), (1, 2)), ((1, 2), (2, 1))])
def test_a_view_is_no_larger_than_the_grid(tmp_path, first, last):
    with pytest.raises(MediaError, match="are larger than the grid, 2x1"):
        load(tmp_path, grid_table(2, 1), (2, 1), first, last)
