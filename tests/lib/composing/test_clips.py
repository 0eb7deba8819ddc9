"""Which rows of a table a composition shows, and where their cells are."""

import numpy as np
import pytest

from lib.composing.clip_table import grid_of, load_clips
from lib.composing.clips import cells_of
from lib.composing.settings import Views
from lib.errors import MediaError
from lib.tables.table import write_table
from tests.support.each import each
from tests.support.grids import grid_table


def clips_of(tmp_path, table, *grids):
    write_table(table, tmp_path / "grid.csv")
    grid, first, last = (tuple(map(int, word.split("x"))) for word in (grids * 3 if len(grids) == 1 else grids))
    return load_clips(str(tmp_path / "grid.csv"), "", Views(grid, first, last))[0]


@each(("columns", "rows"), [(1, 1), (6, 1), (1, 4), (5, 3)])
def test_the_grid_of_a_table_reaches_to_its_last_places(tmp_path, columns, rows):
    write_table(grid_table(columns, rows), tmp_path / "grid.csv")
    assert grid_of(str(tmp_path / "grid.csv")) == (columns, rows)


@each(
    ("x", "y", "size"), [("2,,0", "1,,0", (3, 2)), (",,", ",,", None), ("3,,", ",,", None), ("1,9e9,0", "0,0,0", None)]
)
def test_samples_without_a_place_are_not_of_the_grid(tmp_path, x, y, size):
    path = tmp_path / "grid.csv"
    path.write_text(
        "filename,gridX,gridY\n" + "".join(f"a.wav,{a},{b}\n" for a, b in zip(x.split(","), y.split(","), strict=True))
    )
    assert grid_of(str(path)) == size
    path.write_text(path.read_text().replace("gridY", "row"))
    assert grid_of(str(path)) is None


def test_the_middle_of_the_grid_is_what_is_seen(tmp_path):
    clips = clips_of(tmp_path, grid_table(6, 4), "6x4", "2x2", "4x2")
    assert clips.part == (4, 2)
    assert sorted(zip(clips.row.tolist(), clips.column.tolist(), strict=True)) == [
        (r, c) for r in (1, 2) for c in (1, 2, 3, 4)
    ]


@each(("size", "seen"), [("2x2", (3, 2)), ("3x1", (3, 2)), ("1x3", (1, 4)), ("4x4", (5, 4)), ("5x4", (5, 4))])
def test_cells_of_which_half_is_seen_at_the_edge_are_there(tmp_path, size, seen):
    clips = clips_of(tmp_path, grid_table(5, 4), "5x4", size, size)
    assert clips.part == seen
    assert len(clips) == seen[0] * seen[1]
    # As many to the left as to the right of the middle, above as below.
    assert clips.from_middle_x.min() == -clips.from_middle_x.max() == -(seen[0] - 1) / 2
    assert clips.from_middle_y.min() == -clips.from_middle_y.max() == -(seen[1] - 1) / 2


@each("size", [2, 4, 6, 16])
def test_ring_r_of_an_even_square_has_8_r_less_4_cells(tmp_path, size):
    ring = clips_of(tmp_path, grid_table(size, size), f"{size}x{size}").ring
    assert np.bincount(ring).tolist() == [0] + [8 * r - 4 for r in range(1, size // 2 + 1)]


def test_rings_of_odd_and_oblong_grids(tmp_path):
    assert clips_of(tmp_path, grid_table(3, 3), "3x3").ring.tolist() == [1] * 9
    assert clips_of(tmp_path, grid_table(4, 2), "4x2").ring.tolist() == [2, 1, 1, 2] * 2


def test_pan_goes_from_left_to_right_of_what_is_seen(tmp_path):
    clips = clips_of(tmp_path, grid_table(5, 1), "5x1")
    assert clips.pan.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert clips_of(tmp_path, grid_table(1, 2), "1x2").pan.tolist() == [0, 0]


def test_cells_leave_the_margin_between_them_and_at_the_edges(tmp_path):
    clips = clips_of(tmp_path, grid_table(4, 2), "4x2")
    cells = cells_of(clips, 400, 120, 0.1)
    # Columns of 100 pixels, rows of 60; both lose a tenth of 100.
    assert cells.x.tolist() == [5, 105, 205, 305] * 2
    assert cells.y.tolist() == [5] * 4 + [65] * 4
    assert set(cells.w) == {90}
    assert set(cells.h) == {50}


@each(("margin", "height"), [(0.1, 5), (0.17, 1.5), (0.2, 1), (0.9, 1)])
def test_of_wide_cells_a_tenth_of_the_height_is_left(tmp_path, margin, height):
    # One column of 50 pixels, rows of 10: a margin of a fifth of the width would be all of their height.
    cells = cells_of(clips_of(tmp_path, grid_table(1, 8), "1x8"), 50, 80, margin)
    assert cells.h == pytest.approx([height] * 8)
    assert cells.y == pytest.approx([10 * row + (10 - height) / 2 for row in range(8)])


def test_rows_without_a_cell_are_left_out_and_video_columns_used_where_filled(tmp_path):
    table = grid_table(2, 2, vstart=["7", "", "8", "9"], vdur=["70", "", "80", "90"])
    table = table.with_columns({"gridX": [*table.text("gridX")[:3], "1"]})
    more = grid_table(1, 1, vstart=["1"], vdur=["1"]).with_columns({"gridX": [""], "gridY": [""]})
    joined = {name: table.text(name) + more.text(name) for name in table.columns}
    clips = clips_of(tmp_path, table.of(joined), "2x2")
    assert len(clips) == 4
    assert clips.vstart.tolist() == [7, 100, 8, 9]
    assert clips.vdur.tolist() == [70, 200, 80, 90]


@each(
    ("table", "grids", "words"),
    [
        (grid_table(3, 3), ["4x4"], r"fills 9 of the 16 cells of a grid of 4x4.*samples_to_grid\.py -grid auto"),
        (grid_table(4, 4), ["2x2"], "its grid is 4x4, not 2x2: ask for a grid of 4x4"),
        (grid_table(3, 2), ["2x2"], "its grid is 3x2, not 2x2: ask for a grid of 3x2"),  # one column, or row, more
        (grid_table(2, 3), ["2x2"], "its grid is 2x3, not 2x2: ask for a grid of 2x3"),
        (grid_table(2, 2, gridX=["0", "1", "0", "0"]), ["2x2"], "2 samples in one cell .gridX 0, gridY 1"),
        (grid_table(2, 2, gridX=["0", "1", "0", "0.5"]), ["2x2"], r"gridX is 0\.5"),
        (grid_table(2, 2, gridX=["0", "1", "0", "-1"]), ["2x2"], "gridX is -1"),
        (grid_table(2, 2, gridX=["", "", "", ""]), ["2x2"], r"no sample has a place.*samples_to_grid\.py -grid 2x2"),
        (
            grid_table(2, 2).select(["filename", "start", "dur"]),
            ["2x2"],
            r"no column 'gridX'; its columns are: file",
        ),
        (grid_table(2, 2), ["2x2", "4x4", "2x2"], "views of 4x4 and 2x2 are larger than the grid, 2x2"),
        (grid_table(2, 2, dur=["1", "-5", "1", "1"]), ["2x2"], "dur is -5"),
        (grid_table(2, 2, filename="../secret.mp4"), ["2x2"], "outside the media folder"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, table, grids, words):
    with pytest.raises(MediaError, match=words):
        clips_of(tmp_path, table, *grids)


@pytest.mark.parametrize(("name", "cell"), [("dur", "-5"), ("start", "soon"), ("gridX", "0.5")])
def test_a_bad_row_is_named_as_it_is_counted_in_the_table(tmp_path, name, cell):
    # Rows 1 and 3 have no place in the grid.
    more = {"gridX": ["", "0", "", "1", "0", "1"], "gridY": ["", "0", "", "0", "1", "1"]}
    table = grid_table(6, 1, **more)
    table = table.with_columns({name: [*table.text(name)[:3], cell, *table.text(name)[4:]]})
    with pytest.raises(MediaError, match=f"line 5: {name} is '?{cell}"):
        clips_of(tmp_path, table, "2x2")
