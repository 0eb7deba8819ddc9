"""Stretch: when which clip stretches, how high, what makes way, and how it repeats; worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions import stretch as stretch_script
from compositions.stretch import Stretch
from tests.support.compositions import (
    assert_refused,
    check_everything,
    check_odd,
    fastest,
    grid_composition,
    middles,
    same,
)
from tests.support.each import each

# Two pairs on a 4x4 grid, whose cells are 40 x 22.5: all takes 400 + 2 x 1000 ms. The upper middle row: clips 4 to 7.
FLAGS = {"sdur": 1000, "stms": 800, "step": 400, "tba": 0.5, "volr": (0.2, 1.0), "mcd": 0}
SHORT = ("-sdur", "400", "-stms", "300", "-step", "100")


def stretch(grid="4x4", grid0=None, grid1=None, **flags):
    return grid_composition(Stretch, grid, grid0, grid1, **{**FLAGS, **flags})


def test_a_clip_stretches_to_the_height_of_the_picture_and_back():
    composition = stretch()
    # Along a quadratic ease from 22.5 to 90 + 22.5; the middle pair from 1000 to 2000, and, from half of all, back.
    parts = {0: 0, 1000: 0, 1000 + 1000 / 3: 2 / 9, 1500: 0.5, 2000: 1, 2200: 1, 2700: 0.5, 3200: 0, 9000: 0}
    for ms, part in parts.items():
        layout = composition.layout(float(ms))
        for clip in (5, 6):
            assert layout.height[clip] == pytest.approx(22.5 + 90 * part), ms
            assert middles(layout)[clip] == pytest.approx([60 if clip == 5 else 100, 33.75])
        assert layout.width == pytest.approx([40] * 16)
    full = composition.layout(2100.0)
    assert (full.y[5], full.y[5] + full.height[5]) == (-22.5, 90)


def test_the_rest_of_the_column_makes_way():
    composition = stretch()
    layout = composition.layout(1000 + 1000 / 3)  # 20 pixels higher
    assert middles(layout)[[1, 9, 13], 1] == pytest.approx([11.25 - 10, 56.25 + 10, 78.75 + 10])
    assert layout.height[[1, 9, 13]] == pytest.approx([22.5] * 3)
    outside = composition.layout(2000.0).on_screen(160, 90)
    assert np.flatnonzero(outside[[1, 5, 9, 13]]).tolist() == [1]


def test_pair_after_pair_and_back_in_the_same_order():
    composition = stretch()
    # The outer pair stretches from 1400 to 2400; 100 ms after the first it would shrink, but is not there yet.
    for clip in (4, 7):
        height = [composition.layout(ms).height[clip] for ms in (1400.0, 1900.0, 2400.0, 2900.0, 3400.0)]
        assert height == pytest.approx([22.5, 67.5, 112.5, 67.5, 22.5])
    assert composition.end_ms == 3400
    # Four pairs, 2300 ms in all: 37.5 ms apart, but for the last one, which is not stretched before 1300.
    wider = stretch("8x2", step=100)
    assert wider.shrinks[[3, 2, 1, 0]].tolist() == [2150, 2187.5, 2225, 2300]
    assert wider.shrinks[[4, 5, 6, 7]].tolist() == [2150, 2187.5, 2225, 2300]


def test_all_return():
    composition = stretch()
    assert same(composition.layout(0.0), composition.layout(composition.end_ms))
    for tba in (0.0, 0.9, 1.0):
        composition = stretch(tba=tba)
        assert same(composition.layout(0.0), composition.layout(composition.end_ms)), tba


def test_no_jumps():
    # Those that make way move by 45 pixels in a second, at most twice as fast as that along the ease.
    assert 0.08 < fastest(stretch(), 900, 3500).max() < 0.09 + 1e-9


def test_in_a_view_that_widens_the_clip_is_as_high_as_the_grid():
    composition = stretch("4x4", "2x2", "4x4", step=4000, sdur=500)
    # Of 5000 ms the view widens for 2500: a fifth of that on its way, a cubic ease has 4 / 125.
    layout = composition.layout(1500.0)
    scale = 2 - 0.032
    # The height of the whole grid and a cell, however much of it is seen.
    assert layout.height[5] == pytest.approx((90 + 22.5) * scale)
    assert layout.width[5] == pytest.approx(40 * scale)
    assert layout.y[5] + layout.height[5] >= 90
    assert layout.y[5] <= 0
    assert [composition.layout(ms).width[0] for ms in (1000.0, 2250.0, 3500.0)] == pytest.approx([80, 60, 40])


def test_repeats_follow_each_other_ever_longer_and_quieter():
    composition = stretch(vdur=1)
    score = composition.score
    # 200 ms, longer by 600 x what is over of 1000 ms: 200, then 200 + 600 x 0.2, then 200 + 600 x 0.52.
    begins, lengths = np.array([0, 200, 520]), np.array([200, 320, 512])
    for clip, start, near in ((5, 1000, 1), (6, 1000, 1), (4, 1400, 0.5), (7, 1400, 0.5)):
        own = np.flatnonzero(score.clip == clip)
        assert score.ms[own] == pytest.approx(start + begins)
        assert score.length[own] == pytest.approx(np.maximum(lengths, composition.shown_ms[clip]))
        # The first is as it is.
        assert score.stretch[own] == pytest.approx([0, *lengths[1:]])
        assert score.volume[own] == pytest.approx(0.2 + 0.8 * near * (1 - begins / 1000))
    assert len(score) == 12
    assert score.sounds.all()


def test_each_repeat_glows():
    composition = stretch(brightr=(0.25, 1.0))
    # As long as the picture, 1200 ms; from 1200 and 1520 ms on the next ones rise as the one before falls.
    peaks = {1000: 0.25, 1120: 0.625, 1240: 1, 1440: 1, 1760: 1, 1520 + 1200: 0.25, 9000: 0.25}
    for ms, bright in peaks.items():
        assert composition.layout(float(ms)).every("brightness")[5] == pytest.approx(bright), ms
    assert composition.layout(1240.0).every("brightness")[[1, 9, 4]] == pytest.approx([0.25] * 3)
    assert set(stretch(vdur=2000).score.length) == {2000}
    assert stretch(mcd=1500).score.length.min() >= 1500


def test_sounds_that_are_long_already_repeat_as_they_are():
    score = stretch(dur=900).score
    assert sorted(score.ms) == [1000, 1000, 1400, 1400, 1900, 1900, 2300, 2300]
    assert set(score.stretch) == {0}


def test_sounds_without_length_come_to_an_end():
    score = stretch(dur=0, stms=1).score
    assert np.unique(score.ms[score.clip == 5]).tolist() == [1000 + 50 * n for n in range(20)]


def test_odd_grids():
    composition = stretch("5x3")
    begins = {int(clip): composition.stretches[clip] for clip in np.unique(composition.score.clip)}
    assert begins == {7: 1000, 6: 1400, 8: 1400, 5: 1800, 9: 1800}
    # Only as many as -grid1 has.
    assert np.unique(stretch("4x4", "4x4", "2x2").score.clip).tolist() == [5, 6]


def test_how_it_sounds():
    playback = stretch(mdb=-20, rvb=30).playback
    assert (playback.level_db, playback.most_db, playback.reverb) == (-20, None, 30)
    assert playback.fades_out(stretched=True) == 0.8


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.sampled_from(["1x1", "2x2", "3x3", "4x2", "5x4", "1x3", "8x8"]),
    small=st.booleans(),
    flags=st.fixed_dictionaries(
        {
            **{"sdur": st.integers(1, 3000), "stms": st.integers(1, 3000), "step": st.integers(0, 2000)},
            **{"tba": st.floats(0, 1), "margin": st.sampled_from([0.0, 0.1, 0.9]), "mcd": st.integers(0, 2000)},
            **{
                "volr": st.sampled_from([(0, 0), (0.9, 0.1), (0.3, 0.9)]),
                "brightr": st.sampled_from([(0, 1), (0.8, 0.3)]),
            },
        }
    ),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_whatever_the_flags(grids, small, flags, parts):
    composition = grid_composition(Stretch, grids, grids, "1x1" if small else grids, **flags)
    assert len(composition.score) >= 1
    check_everything(composition, parts, flags["volr"])


@each(
    ("flags", "said"),
    [
        (("-sdur", "0"), ""),
        (("-stms", "0"), ""),
        (("-step", "-1"), ""),
        (("-tba", "1.5"), ""),
        (("-tba", "half"), ""),
        (("-volr", "0.3"), "0.3: give two numbers"),
        (("-brightr", "1"), "1: give two numbers"),
    ],
)
def test_wrong_usage(flags, said, capsys):
    assert_refused(stretch_script, flags, said, capsys)


@each(
    "flags",
    [
        ("-step", "0"),
        ("-tba", "0"),
        ("-tba", "1"),
        ("-stms", "1"),
        ("-sdur", "1"),
        ("-volr", "0.9,0.1"),
    ],
)
def test_odd_but_a_composition(flags, tmp_path):
    check_odd(stretch_script, SHORT, flags, tmp_path)
