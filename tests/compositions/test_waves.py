"""Waves: which clip fires when, how loud, and where it is pushed; worked out by hand on small grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions import waves as waves_script
from compositions.waves import Waves
from lib.composing.score import limit_voices
from tests.support.compositions import assert_refused, check_everything, check_odd, fastest, grid_composition, middles
from tests.support.each import each

FLAGS = {"steps": 2, "wd": 1600, "bd": 1000, "translate": 0.8, "scale": 1.5, "volr": (0.2, 1.0)}
# A 4x4 grid, row by row, from the middle outwards, clockwise from twelve o'clock.
OUTWARDS = [6, 10, 9, 5, 2, 7, 11, 14, 13, 8, 4, 1, 3, 15, 12, 0]
SHORT = ("-steps", "2", "-wd", "300", "-bd", "200")


def waves(grid="4x4", grid0=None, grid1=None, **flags):
    return grid_composition(Waves, grid, grid0, grid1, **{**FLAGS, **flags})


def test_from_the_middle_outwards_and_clockwise():
    score = waves().score
    assert score.clip.tolist() == OUTWARDS * 2
    assert score.ms == pytest.approx([*(1000 + 100 * np.arange(16)), *(2000 + 100 * np.arange(16))])


def test_only_what_is_visible_fires():
    # The first of two waves is on its way until halfway through the zoom: at a scale of 2 a 6x6 grid shows 3x3 cells,
    # so the middle 4x4 at least in part. When the second is over 2x2 cells are to be seen.
    score = waves("6x6", "6x6", "2x2").score
    assert len(score) == 16 + 4
    inner = {6 * row + column for row in range(1, 5) for column in range(1, 5)}
    assert set(score.clip[:16].tolist()) == inner
    assert score.ms[:16] == pytest.approx(1000 + 100 * np.arange(16))
    assert set(score.clip[16:].tolist()) == {14, 15, 20, 21}


def test_how_many_play_at_the_defaults():
    """At the ends of the eight waves 118, 94, 70, 52, 42, 36, 34 and 32 columns of 128 are seen, and as many rows. Of
    their plays some 22,430 are heard: of half of all clips, those near the middle more often."""
    flags = vars(waves_script.parser().parse_args([]))
    own = {name: flags[name] for name in ("translate", "scale", "steps", "wd", "bd", "volr")}
    piece = grid_composition(Waves, "128x128", "128x128", "32x32", pad0=1000, **own)
    assert len(piece.score) == sum(side**2 for side in (118, 94, 70, 52, 42, 36, 34, 32)) == 35_604
    heard = limit_voices(piece.score, piece.clips, piece.most_heard, piece.always_heard, False, 1, piece.heard_of_all)
    assert np.count_nonzero(heard.sounds) == pytest.approx(22_430, abs=300)


def test_volume_falls_outwards_and_swells_from_wave_to_wave():
    score = waves(steps=3).score
    assert score.volume[:16] == pytest.approx([0.2] * 16)  # sine(0)
    parts = (score.volume - 0.2) / 0.8
    # Nearness: 1 - sine(d / greatest), d / greatest: 1/3, sqrt(5)/3, 1. The first tenth of 16 clips: i / 1.6.
    nearness = np.array([0.75] * 4 + [1 - (1 - np.cos(np.pi * 5**0.5 / 3)) / 2] * 8 + [0] * 4)
    nearness[:2] *= [0.1, 0.1 + 0.9 * 0.625]
    for wave, swell in ((1, 0.5), (2, 1.0)):
        seeded = parts[16 * wave : 16 * wave + 12] / (nearness[:12] * swell)
        assert (seeded >= 0.33 - 1e-9).all()
        assert (seeded <= 1 + 1e-9).all()
        assert seeded.max() - seeded.min() > 0.3
    assert parts[-4:] == pytest.approx([0] * 4, abs=1e-12)


def test_the_seeded_factor_lies_evenly_between_a_third_and_one():
    composition = waves("16x16", steps=1)
    # All 256 fire, in order of distance: (n + 1/2, m + 1/2) cells from the middle. Those of the first tenth fade in.
    places = np.hypot(*np.meshgrid(np.arange(16) - 7.5, np.arange(16) - 7.5)).ravel()[composition.score.clip]
    nearness = (1 + np.cos(np.pi * places / places.max())) / 2
    seeded = ((composition.score.volume - 0.2) / 0.8 / np.maximum(nearness, 1e-9))[26:-20]
    assert 0.33 - 1e-9 <= seeded.min() < 0.35
    assert 0.98 < seeded.max() <= 1 + 1e-9
    # The standard deviation of one is 0.67 / sqrt(12), of the mean of 210 a fourteenth of that.
    assert seeded.mean() == pytest.approx(0.665, abs=0.04)


def test_the_only_wave_is_as_loud_as_a_last_one():
    alone = waves(steps=1).score.volume
    assert alone.max() > 0.2 + 0.8 * 0.75 * 0.33
    assert np.array_equal(alone, waves(steps=1).score.volume)
    assert not np.array_equal(alone, waves(steps=1, rand=2).score.volume)


def test_a_clip_is_pushed_away_and_comes_back():
    # Cells of 40 x 22.5, clip 6 is right above the middle, and fires at 1000; its length is -mcd: 1200.
    composition = waves(steps=1)
    start = np.array([100.0, 33.75])
    away = 0.8 * 22.5 * np.array([20, -11.25]) / np.hypot(20, 11.25)
    for ms, push in ((0, 0), (1000, 0), (1300, 0.5), (1400, 0.75), (1600, 1), (2200, 0.5), (2800, 0), (9000, 0)):
        layout = composition.layout(float(ms))
        assert middles(layout)[6] == pytest.approx(start + push * away), ms
        assert layout.width[6] == pytest.approx(40 * (1 + 0.5 * push))
        assert layout.height[6] == pytest.approx(22.5 * (1 + 0.5 * push))
        # Its peak: sine(1 - 1/3) = 0.75 of the way from 0.25 to 1.
        assert layout.every("brightness")[6] == pytest.approx(0.25 + push * 0.75 * 0.75), ms
    depth = composition.layout(0.0).every("depth")
    assert (np.diff(depth[OUTWARDS]) <= 0).all()
    assert depth[6] > depth[2] > depth[3]


def test_a_long_sound_is_a_long_push():
    composition = waves(steps=1, dur=2000)
    assert set(composition.score.length) == {3000}
    assert composition.layout(2000.0).width[6] == pytest.approx(60)
    assert composition.end_ms == pytest.approx(1000 + 1500 + 3000)


def test_all_return_to_their_cells_in_what_the_zoom_ends_at():
    composition = waves("4x4", "4x4", "2x2")
    first, last = composition.layout(0.0), composition.layout(composition.end_ms)
    assert first.width == pytest.approx([40] * 16)
    assert middles(last) == pytest.approx((middles(first) - [80, 45]) * 2 + [80, 45])
    assert set(last.every("brightness")) == {0.25}
    # Halfway in time the zoom is halfway, a quarter of the way an eighth.
    still = composition.layout(1500.0).width[0], composition.layout(2000.0).width[0]
    assert still == pytest.approx((40 * 1.125, 40 * 1.5))


@pytest.mark.slow
@pytest.mark.parametrize("bd", [1000, 100, 7])
def test_no_jumps_even_if_a_clip_fires_while_it_is_away(bd):
    composition = waves(steps=5, bd=bd)
    # 18 pixels in 600 ms along a sine: at most pi/2 times the mean speed.
    assert 0.5 * 18 / 600 < fastest(composition, 900, 5000).max() < 18 / 600 * np.pi / 2 + 1e-6


def test_who_is_heard():
    assert (waves().most_heard, waves().always_heard) == (8192, 256)
    assert (waves(maxa=5, keep=0).most_heard, waves(maxa=5, keep=0).always_heard) == (5, 0)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.sampled_from(["1x1", "2x2", "3x3", "4x2", "5x4", "1x3", "8x8"]),
    small=st.booleans(),
    flags=st.fixed_dictionaries(
        {
            **{"steps": st.integers(1, 5), "wd": st.integers(1, 3000), "bd": st.integers(1, 3000)},
            **{"translate": st.floats(-2, 2), "scale": st.floats(0, 3), "margin": st.sampled_from([0.0, 0.1, 0.9])},
            **{"volr": st.sampled_from([(0, 0), (0.9, 0.1), (0.3, 0.9)]), "mcd": st.integers(0, 3000)},
            **{"brightr": st.sampled_from([(0, 1), (0.8, 0.3)]), "rand": st.integers(0, 99)},
        }
    ),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_whatever_the_flags(grids, small, flags, parts):
    composition = grid_composition(Waves, grids, grids, "1x1" if small else grids, **flags)
    assert 1 <= len(composition.score) <= flags["steps"] * len(composition.clips)
    check_everything(composition, parts, flags["volr"])


@each(
    ("flags", "said"),
    [
        (("-steps", "0"), ""),
        (("-wd", "0"), ""),
        (("-bd", "-1"), ""),
        (("-scale", "-1"), ""),
        (("-translate", "nan"), ""),
        (("-steps", "x"), ""),
        (("-volr", "0.3"), "0.3: give two numbers"),
        (("-volr", "-1,1"), "-1,1: give numbers"),
    ],
)
def test_wrong_usage(flags, said, capsys):
    assert_refused(waves_script, flags, said, capsys)


@each(
    "flags",
    [
        ("-steps", "1"),
        ("-volr", "0.9,0.1"),
        ("-brightr", "1,0"),
        ("-scale", "0"),
        ("-translate", "-1"),
    ],
)
def test_odd_but_a_composition(flags, tmp_path):
    check_odd(waves_script, SHORT, flags, tmp_path)
