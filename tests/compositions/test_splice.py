"""Splice: how rows slide and fade, and which clips play when and where; worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions import splice as splice_script
from compositions.splice import Splice
from tests.support.compositions import assert_refused, check_everything, check_odd, grid_composition, same
from tests.support.each import each

# Two cycles: 2000 ms in the middle, 4000 at the edges; after a second. Cells of 40 x 22.5.
FLAGS = {"crange": (1000, 2000), "cycles": 2, "cdur": 100, "mstep": 10, "cprange": (800, 400), "srange": (2, 4),
         "volr": (0.2, 1.0), "mcd": 0}  # fmt: skip
PICTURE = np.random.default_rng(1).integers(0, 256, (5, 8, 3), dtype=np.uint8)
COS36, COS72 = np.cos(np.radians([36, 72]))
SHORT = ("-crange", "600,900", "-cprange", "300,200")


def splice(grid="4x4", grid0=None, grid1=None, **flags):
    return grid_composition(Splice, grid, grid0, grid1, **{**FLAGS, **flags})


def plays(score, begin, end):
    """Return the plays that begin then, as (clip, ms) of the left column, and of the right one, in time."""
    within = (score.ms >= begin - 1e-9) & (score.ms < end - 1e-9)
    order = np.flatnonzero(within)[np.argsort(score.ms[within], kind="stable")]
    left = score.clip[order] % 4 < 2
    return [[score.clip[order[which]].tolist(), score.ms[order[which]].tolist()] for which in (left, ~left)]


@pytest.mark.slow
def test_the_picture_is_whole_before_and_black_in_the_end():
    composition = splice()
    for ms in (0.0, 1000.0):
        assert np.array_equal(composition.finish(PICTURE, ms), PICTURE)
    assert not composition.finish(PICTURE, 5000.0).any()
    assert not composition.finish(PICTURE, 9000.0).any()


def test_the_row_in_the_middle_slides_left_and_fades_first():
    composition = splice()
    middle = lambda ms: composition.finish(PICTURE, float(ms))[2]  # noqa: E731
    # A quarter of its way along the ease is an eighth of two widths; half of it is one width.
    assert np.array_equal(middle(1500), np.roll(PICTURE[2], -2, axis=0))
    assert np.array_equal(middle(2000), PICTURE[2])
    # Three quarters: 7/8 of two widths. From 1/2 on it darkens in proportion: a quarter is left.
    assert np.abs(middle(2500) - np.roll(PICTURE[2], -14, axis=0) / 4).max() <= 0.5 + 1e-9
    assert not middle(3000).any()


def test_odd_rows_slide_right_and_later():
    composition = splice()
    # The row at 0.3 of the height takes 2 x (2000 - 1000 bell(0.3)); of two quadratic eases that is 1 - 2 x 0.4^2.
    run = 2 * (2000 - 1000 * 0.68)
    for row in (1, 3):
        assert np.array_equal(composition.finish(PICTURE, 1000 + run / 4)[row], np.roll(PICTURE[row], 2, axis=0))
        assert np.array_equal(composition.finish(PICTURE, 1000 + run / 2)[row], PICTURE[row])
        assert composition.finish(PICTURE, 1000 + run * 0.9)[row].any()
        assert not composition.finish(PICTURE, 1000 + run)[row].any()
    # Times in the other order: the edges first.
    swapped = splice(crange=(2000, 1000)).finish(PICTURE, 3990.0)
    assert not swapped[[0, 4]].any()
    assert swapped[2].max() > 60


def test_rows_move_smoothly():
    composition = splice()
    before = PICTURE.astype(float)
    # At most 2 x 2 widths a run of 2000 ms: 8 x 4 / 2000 pixels a ms; neighbours differ by 255 at most.
    for ms in range(1005, 5200, 5):
        now = composition.finish(PICTURE, float(ms)).astype(float)
        assert np.abs(now - before).max() <= 255 * 5 * (32 / 2000 + np.pi / 2 / 1000) + 1
        before = now


def test_two_columns_play_up_and_down_in_turns():
    score = splice().score
    assert plays(score, 1000, 1800) == [
        [[13, 9, 5, 1], pytest.approx([1000, 1000 + 800 / 3, 1400, 1000 + 800 * 2 / 3])],
        [[2, 6, 10, 14], pytest.approx([1000, 1000 + 800 / 3, 1400, 1000 + 800 * 2 / 3])],
    ]  # a sine ease is at 1/4 after a third, at 3/4 after two thirds
    # The next loop is shorter: sine(0.2) on its way from 800 to 400.
    length = 800 - 400 * (1 - COS36) / 2
    left, right = plays(score, 1800, 1800 + length)
    assert (left[0], right[0]) == ([1, 5, 9, 13], [14, 10, 6, 2])
    assert left[1] == pytest.approx([1800 + length * n for n in (0, 1 / 3, 1 / 2, 2 / 3)])
    assert score.ms.max() < 5000


def test_rows_are_skipped_rather_than_hurried():
    left, right = plays(splice(mstep=201).score, 1000, 1800)
    assert left == [[13, 9, 1], pytest.approx([1000, 1000 + 800 / 3, 1000 + 800 * 2 / 3])]
    assert right == [[2, 6, 14], pytest.approx([1000, 1000 + 800 / 3, 1000 + 800 * 2 / 3])]
    left, _ = plays(splice(mstep=5000).score, 1000, 9000)
    assert left == [[13], [1000]]


def test_clips_are_drawn_out_and_glow_for_as_long():
    composition = splice()
    first = int(np.flatnonzero((composition.score.clip == 1) & (composition.score.ms == 1800))[0])
    long = 100 * (2 + 2 * (1 - COS36) / 2)
    assert composition.score.dur[first] == 100
    assert composition.score.stretch[first] == composition.score.length[first] == pytest.approx(long)
    bright = lambda ms: composition.layout(ms).every("brightness")[1]  # noqa: E731
    assert bright(1000.0) == 0.25
    assert bright(1800 + long * 0.2) == pytest.approx(1)
    assert bright(1800 + long * 0.6) == pytest.approx(0.625)
    assert splice(dur=40).score.stretch.min() == 80
    assert set(splice(mcd=1200).score.length) == {1200}


def test_loud_at_the_top_and_halfway():
    score = splice().score
    assert score.volume[score.ms == 1000] == pytest.approx([0.2, 0.2])
    at = dict(zip(score.clip[score.ms == 1800].tolist(), score.volume[score.ms == 1800].tolist(), strict=True))
    # Heights 1/8 and 7/8 of the picture; bell(0.2).
    swell = 0.8 * (1 - COS72) / 2
    assert at == pytest.approx({1: 0.2 + swell * 7 / 8, 14: 0.2 + swell / 8})


def test_sounds_go_with_the_slices():
    score = splice().score
    run = 2 * (2000 - 1000 / 8)  # of clips in the uppermost and lowest row, at 1/8 and 7/8 of the height
    ways = lambda ms: 2 * 2 * (ms / run) ** 2 * 2  # noqa: E731 (two cycles, a quadratic ease, two sides apart)
    for clip, since, pan in ((13, 0, -0.25), (2, 0, 0.25), (1, 800, -0.25), (14, 800, 0.25)):
        play = int(np.flatnonzero((score.clip == clip) & (score.ms == 1000 + since))[0])
        way = 1 if pan < 0 else -1
        assert score.pan[play] == pytest.approx(pan + way * ways(since))
        assert score.pan_to[play] == pytest.approx(pan + way * ways(since + score.stretch[play]))
    left = score.clip % 4 == 1
    assert (score.pan_to[left] >= score.pan[left]).all()
    assert (score.pan_to[~left] <= score.pan[~left]).all()
    # What has left at the right is at the left again.
    assert score.pan[left].min() < -0.3
    assert np.abs(score.pan).max() <= 1


def test_the_columns_stay_a_quarter_in_from_the_sides_of_what_is_seen():
    composition = splice("8x8", "8x8", "2x2")
    first, last = composition.score.ms < 1800, composition.score.ms > 5000 - 400
    assert set(composition.score.clip[first] % 8) == {2, 5}
    assert len(np.unique(composition.score.clip[first])) == 16
    assert set(composition.score.clip[last].tolist()) <= {27, 28, 35, 36}
    # A cubic ease: a quarter of the way it has 1/16.
    assert [composition.layout(ms).width[0] for ms in (1000.0, 2000.0, 5000.0)] == pytest.approx(
        [20, 20 * (1 + 3 / 16), 80]
    )


def test_all_returns():
    composition = splice()
    assert same(composition.layout(0.0), composition.layout(composition.end_ms))


def test_how_it_sounds():
    playback = splice(mdb=-20, rvb=30).playback
    assert (playback.level_db, playback.most_db, playback.reverb) == (-20, None, 30)
    assert (playback.fade_in, playback.fade_out) == (0.2, 0.8)
    assert playback.fade_in_most_ms > 60_000


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.sampled_from(["1x1", "2x2", "3x3", "4x2", "5x4", "1x3", "8x8"]),
    small=st.booleans(),
    flags=st.fixed_dictionaries(
        {
            **{"crange": st.sampled_from([(1, 1), (500, 3000), (2000, 10)]), "cycles": st.integers(1, 3)},
            **{"cprange": st.sampled_from([(1, 2000), (900, 300)]), "mstep": st.integers(1, 900)},
            **{
                "cdur": st.integers(1, 300),
                "srange": st.sampled_from([(0.5, 2), (30, 20)]),
                "dur": st.integers(0, 300),
            },
            **{"mcd": st.integers(0, 2000), "volr": st.sampled_from([(0, 0), (0.9, 0.1), (0.3, 0.9)])},
            **{"brightr": st.sampled_from([(0, 1), (0.8, 0.3)]), "margin": st.sampled_from([0.0, 0.1, 0.9])},
        }
    ),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_whatever_the_flags(grids, small, flags, parts):
    composition = grid_composition(Splice, grids, grids, "1x1" if small else grids, **flags)
    assert len(composition.score) >= 1
    check_everything(composition, parts, flags["volr"])
    for part in parts:
        assert composition.finish(PICTURE, part * composition.end_ms).shape == PICTURE.shape


@each(
    ("flags", "said"),
    [
        (("-cycles", "0"), ""),
        (("-cdur", "0"), ""),
        (("-mstep", "0"), ""),
        (("-crange", "0,100"), "0,100: give numbers that are 1 or more"),
        (("-cprange", "100"), "100: give two numbers"),
        (("-srange", "0,1"), "0,1: give numbers"),
        (("-volr", "0.3"), "0.3: give two numbers"),
    ],
)
def test_wrong_usage(flags, said, capsys):
    assert_refused(splice_script, flags, said, capsys)


@each(
    "flags",
    [
        ("-crange", "900,600"),
        ("-cprange", "1,900"),
        ("-cdur", "1"),
        ("-mstep", "9000"),
        ("-srange", "5,0.1"),
    ],
)
def test_odd_but_a_composition(flags, tmp_path):
    check_odd(splice_script, SHORT, flags, tmp_path)
