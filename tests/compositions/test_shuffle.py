"""Shuffle: what plays when, what slides where, and that all comes back; worked out by hand on an 8x8 grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions import shuffle as shuffle_script
from compositions.shuffle import Shuffle
from tests.support.compositions import (
    alike,
    assert_refused,
    check_everything,
    check_odd,
    fastest,
    grid_composition,
    middles,
)
from tests.support.each import each

FLAGS = {"count": 3, "bps": 2, "beat": 800, "bdivision": 2, "transition": 1000, "mos": 5, "volr": (0.5, 0.75)}
# Loops at 1000, 3600, 6200, of 1600 ms each; slides at 2600 and 5200, undone at 8800 and 7800.
# Rows (and columns) slide by 1 at the edge and 5 in the middle; 1/3 of the way along a sine is a quarter: 4, then 2.
MOVES = [1, -2, 4, -5, 5, -4, 2, -1]
# The middle columns 2 to 5, in rows 3 and 4 in turn. After the rows have slid: row 3 by 5 to the left, row 4 by 5 to
# the right. After the columns have: column 2 by 4 down, so from row 7, where it came from column 3, and so on.
LOOPS = [[26, 35, 28, 37], [31, 38, 25, 32], [59, 13, 50, 4]]
SHORT = ("-count", "2", "-beat", "200", "-bps", "1", "-bdivision", "1", "-transition", "300")


def shuffle(grid="8x8", grid0=None, grid1=None, **flags):
    return grid_composition(Shuffle, grid, grid0, grid1, **{**FLAGS, **flags})


def plays(composition, **what):
    """Return (ms, clip, volume) of the plays that are stretched and backwards, or not."""
    score = composition.score
    chosen = np.flatnonzero(((score.stretch > 0) == what["stretched"]) & (score.backwards == what["backwards"]))
    return [(float(score.ms[n]), int(score.clip[n]), float(score.volume[n])) for n in chosen]


def test_the_loops():
    want = [
        (begin + 200.0 * n, loop[n % 4], (0.75, 0.5)[n % 2])
        for begin, loop in zip((1000, 3600, 6200), LOOPS, strict=True)
        for n in range(8)
    ]
    composition = shuffle()
    assert plays(composition, stretched=False, backwards=False) == want
    assert set(composition.score.length[composition.score.stretch == 0]) == {1200}


def test_what_plays_while_it_slides_and_on_the_way_back():
    composition = shuffle()
    forth = [(begin, clip, 0.5) for begin, loop in ((2600, LOOPS[0]), (5200, LOOPS[1])) for clip in loop]
    back = [(begin, clip, 0.5) for begin, loop in ((8800, LOOPS[0]), (7800, LOOPS[1])) for clip in loop]
    assert plays(composition, stretched=True, backwards=False) == forth
    assert plays(composition, stretched=True, backwards=True) == back
    slow = composition.score.stretch > 0
    assert set(composition.score.stretch[slow]) == set(composition.score.length[slow]) == {1250}
    assert len(composition.score) == 24 + 16
    assert composition.playback.level_db == -16
    assert composition.playback.most_db is None


def test_a_sound_is_where_its_clip_is_seen():
    score = shuffle().score
    pan = {(float(score.ms[n]), int(score.clip[n])): float(score.pan[n]) for n in range(len(score))}
    assert [pan[1000 + 200 * n, LOOPS[0][n]] for n in range(4)] == pytest.approx([-3 / 7, -1 / 7, 1 / 7, 3 / 7])
    assert [pan[3600 + 200 * n, LOOPS[1][n]] for n in range(4)] == pytest.approx([-3 / 7, -1 / 7, 1 / 7, 3 / 7])
    # Sample 26 has slid from column 2 to column 5 when that is undone.
    assert pan[2600, 26] == pytest.approx(-3 / 7)
    assert pan[8800, 26] == pytest.approx(3 / 7)


def test_slides_ease_from_the_middle_to_the_edge():
    # Of 16 rows, n = 0 to 7 from the middle outwards: 8 - 7 (1 - cos(pi n / 7)) / 2 cells, rounded.
    moved = np.abs(shuffle("16x16", mos=8, count=2).offsets[1][0].reshape(16, 16))
    assert moved[8:, 0].tolist() == [8, 8, 7, 5, 4, 2, 1, 1]
    assert (moved == moved[::-1]).all()
    assert (moved == moved[:, :1]).all()


def test_the_slides():
    composition = shuffle()  # of 160 x 90: cells of 20 x 11.25
    first = middles(composition.layout(0.0))
    cells = lambda ms: (middles(composition.layout(ms))[:64] - first) / [20, 11.25]  # noqa: E731
    assert cells(2600.0) == pytest.approx(np.zeros((64, 2)))
    third = cells(2600 + 1000 / 3)  # a quarter of the way
    assert third[8 * 4 + 1] == pytest.approx([1.25, 0])
    assert third[8 * 3 + 5] == pytest.approx([-1.25, 0])
    assert third[8 * 0 + 5] == pytest.approx([0.25, 0])
    after = cells(3600.0)
    for row, move in enumerate(MOVES):
        assert np.mod(after[8 * row : 8 * row + 8, 0], 8) == pytest.approx(np.full(8, move % 8)), row
    assert after[:, 1] == pytest.approx(np.zeros(64))
    later = cells(6200.0)
    # Sample 35 (row 4, column 3) came to column 0, which slides down by 1; 26 to column 5: up by 4, out at the top.
    assert later[35] == pytest.approx([-3, 1])
    assert later[26] == pytest.approx([3, 4])
    assert cells(7800.0) == pytest.approx(later)
    assert cells(8800.0) == pytest.approx(after, abs=1e-9)
    assert cells(7800 + 1000 / 3)[35] == pytest.approx([-3, 0.75])
    assert cells(9800.0) == pytest.approx(np.zeros((64, 2)), abs=1e-9)


def test_all_returns():
    composition = shuffle(margin=0.1, count=5)
    assert alike(composition.layout(0.0), composition.layout(composition.end_ms))
    middle = middles(composition.layout(8000.0))
    assert not np.allclose(middle[:64], middles(composition.layout(0.0)))


def test_what_is_partly_out_is_seen_at_the_other_edge():
    layout = shuffle().layout(2600 + 1000 / 3)
    seen = layout.on_screen(160, 90)
    # Each row has slid by part of a cell (by a quarter of 1, 2, 4, 5 cells): one more than eight are seen of those that
    # are not moved by a whole cell.
    assert np.bincount(layout.y[seen].round(6).astype(int)).max() == 9
    assert seen.sum() == 6 * 9 + 2 * 8
    assert (layout.width[seen] == 20).all()


@pytest.mark.slow
@pytest.mark.parametrize("grids", [("8x8", "8x8", "8x8"), ("8x8", "4x4", "8x8")])
def test_no_jumps_but_for_the_wrap(grids):
    composition = shuffle(*grids)
    wide, high = (8 * 20 * composition.scales[1], 8 * 11.25 * composition.scales[1])
    across, down = fastest(composition, 5200, 9900, period=(wide, high))
    # 5 (of 4x4 in view also 5) cells in a second along a sine.
    assert across < 5 * 20 / 1000 * np.pi / 2
    assert down < 5 * 11.25 / 1000 * np.pi / 2
    assert min(across / 20, down / 11.25) > 4.9 / 1000 * np.pi / 2


@pytest.mark.slow
def test_brightness_does_not_jump_either():
    composition = shuffle(beat=400)
    before, most = composition.layout(900.0).every("brightness")[:64], 0.0
    for ms in np.arange(905.0, composition.end_ms, 5):
        now = composition.layout(ms).every("brightness")[:64]
        most, before = max(most, np.abs(now - before).max()), now
    # From 0.25 to 1 in a fifth of 1200 ms along a sine.
    assert 0.01 < most < 0.75 * 5 / 240 * np.pi / 2 + 1e-9
    glow = shuffle().layout(1240.0).every("brightness")
    assert glow[26] == 1
    assert glow[28] == 0.25
    assert shuffle().layout(2600 + 250.0).every("brightness")[LOOPS[0]] == pytest.approx(np.ones(4))


def test_the_zoom():
    composition = shuffle("8x8", "8x8", "4x4")
    # Over half of 1000 to 7800, cubic: at the middle halfway; at a quarter 4/64 of the way.
    for ms, width in ((0, 20), (1000, 20), (1000 + 850, 20 * (1 + 1 / 16)), (2700, 30), (4400, 40), (9e4, 40)):
        assert composition.layout(float(ms)).width[0] == pytest.approx(width), ms


@pytest.mark.parametrize("grid1", ["4x4", "2x2"])
def test_the_edge_is_that_of_the_smaller_view(grid1):
    composition = shuffle("8x8", "8x8", grid1, mos=3, count=2)
    moved = np.abs(composition.offsets[1][0].reshape(8, 8)[:, 0])
    if grid1 == "4x4":  # 3 in the middle, 1 at the edge of the view, and beyond
        assert moved.tolist() == [1, 1, 1, 3, 3, 1, 1, 1]
    else:
        assert set(moved) == {1}


def test_one_shuffle_slides_nothing():
    composition = shuffle(count=1)
    assert len(composition.score) == 8
    assert alike(composition.layout(0.0), composition.layout(5000.0))
    assert composition.end_ms == 1000 + 1400 + 1200


def test_fewer_columns_than_the_beat_has_parts():
    score = shuffle("4x4", "2x2", "4x4", bdivision=3, count=1).score
    # Only two columns are seen from the beginning on: columns 1 and 2, rows 1 and 2 in turn.
    assert score.clip.tolist() == [5, 10] * 8
    assert score.ms == pytest.approx(1000 + 100 * np.arange(16))


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.sampled_from(["1x1", "2x2", "3x3", "4x2", "5x4", "1x3", "6x6"]),
    small=st.booleans(),
    flags=st.fixed_dictionaries(
        {
            **{"count": st.integers(1, 5), "bps": st.integers(1, 3), "beat": st.integers(1, 1500)},
            **{"bdivision": st.integers(0, 4), "transition": st.integers(1, 2000), "mos": st.integers(1, 20)},
            **{"volr": st.sampled_from([(0, 0), (0.9, 0.1)]), "mcd": st.integers(0, 3000), "margin": st.just(0.1)},
            **{"brightr": st.sampled_from([(0, 1), (0.8, 0.3)])},
        }
    ),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_whatever_the_flags(grids, small, flags, parts):
    composition = grid_composition(Shuffle, grids, "1x1" if small else grids, grids, **flags)
    check_everything(composition, parts, flags["volr"])
    first, last = composition.layout(0.0), composition.layout(composition.end_ms)
    assert (middles(last) - [80, 45]) / composition.scales[1] == pytest.approx(
        (middles(first) - [80, 45]) / composition.scales[0]
    )


@each(
    ("flags", "said"),
    [
        (("-count", "0"), ""),
        (("-beat", "0"), ""),
        (("-bps", "0"), ""),
        (("-bdivision", "11"), ""),
        (("-bdivision", "-1"), ""),
        (("-mos", "0"), ""),
        (("-volr", "1,2,3"), "1,2,3: give two numbers"),
    ],
)
def test_wrong_usage(flags, said, capsys):
    assert_refused(shuffle_script, flags, said, capsys)


@each(
    "flags",
    [
        ("-count", "1"),
        ("-mos", "99"),
        ("-bdivision", "5"),
        ("-bps", "3"),
        ("-mdb", "-9999"),
        ("-volr", "1,0"),
    ],
)
def test_odd_but_a_composition(flags, tmp_path):
    check_odd(shuffle_script, SHORT, flags, tmp_path)
