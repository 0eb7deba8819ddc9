"""Orbits: which ring turns when, who passes three o'clock, and that all come home; by hand on small grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions import orbits as orbits_script
from compositions.orbits import Orbits
from lib.errors import MediaError
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

# An 8x8 grid has 4 rings: 2 beats forth, 2 back. From ring to ring 3, 2 (halfway along a sine), 1 beats; the places in
# the beat are 0, 1/2, 1/4, 3/4: so rings begin at 0, 3.5, 5.25, 6.75 beats of 800 ms, after 1000 ms.
FLAGS = {"beat": 800, "bdivision": 2, "roffset": 3, "volr": (0.2, 1.0)}
STARTS = [1000, 3800, 5200, 6400]
# From the left upper corner clockwise; three o'clock is between the last cell of the upper half and the next.
RING_1 = [27, 28, 36, 35]
RING_2 = [18, 19, 20, 21, 29, 37, 45, 44, 43, 42, 34, 26]
SHORT = ("-beat", "300", "-bdivision", "1", "-roffset", "1")


def orbits(grid="8x8", grid0=None, grid1=None, **flags):
    return grid_composition(Orbits, grid, grid0, grid1, **{**FLAGS, **flags})


def test_when_rings_begin():
    assert orbits().starts[1:].tolist() == STARTS


@pytest.mark.parametrize(
    ("bdivision", "places"),
    [(0, [0, 0, 0, 0, 0, 0, 0, 0]), (1, [0, 4, 0, 4, 0, 4, 0, 4]), (3, [0, 4, 2, 6, 1, 5, 3, 7])],
)
def test_places_in_the_beat(bdivision, places):
    starts = orbits("16x16", roffset=1, bdivision=bdivision).starts[1:]
    assert np.mod((starts - 1000) / 800 * 8, 8).tolist() == places
    assert np.floor((starts - 1000) / 800).tolist() == list(range(8))


def test_who_passes_three_o_clock():
    score = orbits().score
    assert len(score) == 4 * 4
    # Ring 1: between 28 and 36 passes 28, then 27, and on the way back 27, then 28; ring 2 between 29 and 37.
    for ring, clips in ((0, [28, 27, 27, 28]), (1, [29, 21, 21, 29])):
        part = slice(4 * ring, 4 * ring + 4)
        assert score.clip[part].tolist() == clips
        assert score.ms[part].tolist() == [STARTS[ring] + 800 * beats for beats in (0.5, 1.5, 2.5, 3.5)]
        falls = np.array([1, 3, 5, 7]) / 8
        assert score.volume[part] == pytest.approx(0.2 + 0.8 * (1 + np.cos(np.pi * falls)) / 2)
    assert set(score.pan) == {0}
    assert score.sounds.all()


def test_clips_flash_there_and_fade_evenly():
    composition = orbits()
    bright = lambda ms: composition.layout(float(ms)).every("brightness")  # noqa: E731
    for ms, want in ((0, 0.25), (1399, 0.25), (1400, 1), (2000, 0.625), (2300, 0.4375), (2600, 0.25), (3800, 1)):
        assert bright(ms)[28] == pytest.approx(want), ms
    assert bright(1400).tolist().count(0.25) == 63
    # Where it flashes, it is halfway between the two cells at three o'clock: in the middle of the picture's height.
    assert middles(composition.layout(1400.0))[28] == pytest.approx([90, 45])
    assert middles(composition.layout(3800 + 400.0))[29] == pytest.approx([110, 45])


def test_a_ring_turns_clockwise_cell_by_cell_and_back():
    composition = orbits()  # of 160 x 90: cells of 20 x 11.25
    home = middles(composition.layout(0.0))
    at = lambda ms, clip: middles(composition.layout(ms))[clip].tolist()  # noqa: E731
    assert at(1000.0, RING_1) == home[RING_1].tolist()
    assert at(1200.0, 27) == pytest.approx([home[27][0] + 20 / 16, home[27][1]])  # a quarter of a cubic ease
    for ms, turned in ((1800.0, 1), (2600.0, 2), (3400.0, 1), (4200.0, 0), (9000.0, 0)):
        assert at(ms, RING_1) == pytest.approx(home[np.roll(RING_1, -turned)]), ms
    assert at(3800 + 1600.0, RING_2) == pytest.approx(home[np.roll(RING_2, -2)])
    assert at(3800.0, RING_2) == pytest.approx(home[RING_2])


def test_all_come_home():
    composition = orbits()
    assert alike(composition.layout(0.0), composition.layout(composition.end_ms))
    assert composition.end_ms == 6400 + 3.5 * 800 + 1200
    still = orbits(dur=100, vdur=300)
    assert 6400 + 4 * 800 <= still.end_ms <= 6400 + 3.5 * 800 + 500
    assert alike(still.layout(0.0), still.layout(still.end_ms))


@pytest.mark.slow
def test_no_jumps():
    across, down = fastest(orbits(), 900, 10_000)
    # A cell a beat, three times as fast in the middle of the ease.
    assert across == pytest.approx(3 * 20 / 800, rel=0.02)
    assert down == pytest.approx(3 * 11.25 / 800, rel=0.02)


def test_the_zoom():
    composition = orbits("8x8", "4x4", "8x8")
    # From 80 % of the way to the start of ring 3, to the start of ring 4.
    for ms, width in ((0, 40), (1000 + 0.8 * 4200, 40), (4360 + 510, 37.5), (4360 + 1020, 30), (6400, 20), (9e4, 20)):
        assert composition.layout(float(ms)).width[0] == pytest.approx(width), ms


def test_rings_beyond_the_last_view_turn_too():
    composition = orbits("8x8", "8x8", "4x4")
    # Two rings are seen at the end: 1 beat forth, 1 back; from ring to ring 3 beats, then 1.
    assert len(composition.score) == 4 * 2
    assert (composition.starts[1:] - 1000).tolist() == [0, 800 * 3.5, 800 * 4.25, 800 * 5.75]
    assert composition.layout(composition.end_ms).width[0] == 40


def test_the_middle_of_an_odd_grid_stays():
    composition = orbits("5x5")
    # Two rings: 1 beat forth, 1 back. Three o'clock is where sample 13 is: 8 arrives there, and then 13 again.
    assert composition.score.clip[:2].tolist() == [8, 13]
    assert composition.score.ms[:2].tolist() == [1800, 2600]
    home = middles(composition.layout(0.0))
    turned = middles(composition.layout(1800.0))
    assert turned[12].tolist() == home[12].tolist()
    assert turned[[6, 7, 8, 13, 18, 17, 16, 11]] == pytest.approx(home[[7, 8, 13, 18, 17, 16, 11, 6]])


@pytest.mark.slow
@pytest.mark.parametrize("grid", ["6x4", "4x6", "7x3", "5x6", "2x9", "3x2"])
def test_rings_of_any_grid_close(grid):
    composition = orbits(grid, bdivision=0, roffset=1)
    cells = {tuple(place) for place in middles(composition.layout(0.0)).round(6)}
    for beat in range(12):  # all rings begin with a beat: then all are in cells, one in each
        assert {tuple(place) for place in middles(composition.layout(1000.0 + 800 * beat)).round(6)} == cells
    across, down = fastest(composition, 900, 9000)
    assert across <= 3 * 160 / int(grid[0]) / 800 * 1.001
    assert down <= 3 * 90 / int(grid[2]) / 800 * 1.001


def test_an_odd_number_of_rings_turns_by_whole_cells():
    composition = orbits("6x6")  # three rings: 2 beats forth, 2 back
    assert len(composition.score) == 3 * 4
    home = middles(composition.layout(0.0))
    assert middles(composition.layout(1000.0 + 1600))[[14, 15, 21, 20]] == pytest.approx(home[[21, 20, 14, 15]])


def test_one_ring():
    composition = orbits("2x2")
    assert composition.score.clip.tolist() == [1, 1]
    assert composition.score.ms.tolist() == [1400, 2200]
    assert middles(composition.layout(1800.0))[1] == pytest.approx([120, 67.5])


@pytest.mark.parametrize("grid", ["1x1", "1x8", "8x1"])
def test_nothing_can_turn_in_a_line(grid):
    with pytest.raises(MediaError, match=f"-grid0 {grid}, -grid1 {grid}: orbits need two columns and two rows"):
        orbits(grid)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.sampled_from(["2x2", "3x3", "4x2", "5x4", "2x7", "8x8"]),
    small=st.sampled_from([(True, False), (False, True), (False, False)]),
    flags=st.fixed_dictionaries(
        {
            **{"beat": st.integers(1, 2000), "bdivision": st.integers(0, 10), "roffset": st.integers(0, 9)},
            **{"volr": st.sampled_from([(0, 0), (0.9, 0.1)]), "mcd": st.integers(0, 3000)},
            **{"brightr": st.sampled_from([(0, 1), (0.8, 0.3)])},
        }
    ),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_whatever_the_flags(grids, small, flags, parts):
    views = ["2x2" if less else grids for less in small]
    composition = grid_composition(Orbits, grids, *views, **flags)
    check_everything(composition, parts, flags["volr"])
    first, last = composition.layout(0.0), composition.layout(composition.end_ms)
    assert (middles(last) - [80, 45]) / composition.scales[1] == pytest.approx(
        (middles(first) - [80, 45]) / composition.scales[0]
    )


@each(
    ("flags", "said"),
    [
        (("-beat", "0"), ""),
        (("-roffset", "-1"), ""),
        (("-bdivision", "x"), ""),
        (("-volr", "-1,0"), "-1,0: give numbers"),
    ],
)
def test_wrong_usage(flags, said, capsys):
    assert_refused(orbits_script, flags, said, capsys)


@each(
    "flags",
    [
        ("-roffset", "0"),
        ("-beat", "1"),
        ("-bdivision", "10"),
        ("-grid0", "1x1"),
        ("-volr", "1,0"),
    ],
)
def test_odd_but_a_composition(flags, tmp_path):
    check_odd(orbits_script, SHORT, flags, tmp_path)


def test_the_film_ends_when_all_rings_are_still_or_the_last_clip_has_been_seen():
    # The last of the rings begins after 6.75 beats, and is back after four more.
    short, long = orbits(beat=2000, dur=10, vdur=10, mcd=0), orbits(beat=2000, dur=10, vdur=3000, mcd=0)
    assert short.end_ms == 1000 + (6.75 + 4) * 2000
    assert long.end_ms > short.end_ms
    assert long.end_ms == (long.score.ms + long.score.length).max()
