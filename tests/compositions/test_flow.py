"""Flow: where clips are on their circles, how bright, and which play when; worked out by hand on small grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions import flow as flow_script
from compositions.flow import Flow
from lib.errors import MediaError
from tests.support.compositions import (
    alike,
    assert_refused,
    check_everything,
    check_odd,
    fastest,
    grid_composition,
    middles,
    same,
)
from tests.support.each import each
from tests.support.grids import composition_of, grid_table

# Cells of 40 x 22.5. Two rotations of a second, after a second.
FLAGS = {"radius": 1.0, "freq": (1, 1), "rdur": 1000, "rot": 2, "ctp": 4, "pdur": 500, "volr": (0.2, 1.0)}
START, END = 1000.0, 3000.0
SHORT = ("-rot", "2", "-rdur", "400", "-pdur", "300", "-ctp", "5")


def flow(grid="4x4", grid0=None, grid1=None, **flags):
    return grid_composition(Flow, grid, grid0, grid1, **{**FLAGS, **flags})


def moved(composition, ms, clip):
    return middles(composition.layout(ms))[clip] - middles(composition.layout(0.0))[clip]


def test_clips_circle_counter_clockwise_each_later_than_the_next():
    composition = flow()
    # The left lower corner is first, at three o'clock. Two thirds of a rotation: 240 degrees; bell(1/3) = 3/4.
    assert moved(composition, START + 2000 / 3, 12) == pytest.approx(0.75 * 22.5 * np.array([-0.5, np.sqrt(0.75)]))
    # A quarter of a rotation is up: an eighth of the whole, bell(1/8) = (1 - cos 45 degrees) / 2.
    assert moved(composition, START + 250, 12) == pytest.approx(22.5 * np.array([0, -(1 - np.sqrt(0.5)) / 2]))
    # Halfway circles are largest; the other corners are half a turn behind, or a whole one.
    for clip, across in ((12, 22.5), (0, -22.5), (15, -22.5), (3, 22.5)):
        assert moved(composition, 2000.0, clip) == pytest.approx([across, 0])
    # One step to the right or upwards is a sixth of a turn behind.
    for clip in (13, 8):
        assert moved(composition, 2000.0, clip) == pytest.approx(22.5 * np.array([0.5, np.sqrt(0.75)]))


def test_the_frequency_changes_with_the_size_of_the_circles():
    composition = flow(freq=(0, 1.5))
    # Halfway 1.5 turns from corner to corner, a quarter of the way half of that: right upper corner, after 1/2 turn.
    assert moved(composition, 2000.0, 3) == pytest.approx([-22.5, 0])
    angle = 2 * np.pi * (0.5 - 0.75)
    assert moved(composition, 1500.0, 3) == pytest.approx(22.5 / 2 * np.array([np.cos(angle), -np.sin(angle)]))


def test_light_lies_halfway_between_the_middle_and_the_rim():
    composition = flow()
    rest = {0.0: 0, START: 0, START + 2000 / 3: 0.75, 2000.0: 1, END: 0, 99000.0: 0}
    for ms, swell in rest.items():
        bright = composition.layout(ms).every("brightness")
        # Dark at half a cell and at one and a half: the four in the middle are between, all others are further away.
        assert bright[5] == pytest.approx(0.25 + 0.75 * swell * (1 - np.cos(2 * np.pi * (0.5**0.5 - 0.5))) / 2), ms
        assert np.delete(bright, [5, 6, 9, 10]) == pytest.approx([0.25] * 12)


def test_light_lies_within_the_inscribed_circle():
    # From the middle to the right: dark up to 1/2 cell and from 4 cells on, brightest at 2 1/4.
    for grid, row in (("9x9", 4), ("13x9", 4), ("9x13", 6)):
        columns = int(grid.partition("x")[0])
        bright = flow(grid, ctp=1).layout(2000.0).every("brightness").reshape(-1, columns)
        across = bright[row, columns // 2 :][:5]
        want = [(1 - np.cos(2 * np.pi * np.clip((d - 0.5) / 3.5, 0, 1))) / 2 for d in range(5)]
        assert across == pytest.approx(0.25 + 0.75 * np.array(want))
        assert across[2:3] > 0.9
        assert bright[0] == pytest.approx(0.25)
        assert bright[:, -1] == pytest.approx(0.25)


def test_all_come_back():
    composition = flow()
    assert same(composition.layout(0.0), composition.layout(START))
    assert alike(composition.layout(0.0), composition.layout(END))
    assert same(composition.layout(END), composition.layout(composition.end_ms))


def test_no_jumps():
    # A circle of 22.5 pixels in a second.
    assert 0.13 < fastest(flow(), 900, 3100).max() < 2 * np.pi * 22.5 / 1000
    # At most a turn of frequency more, in half of the time, along a sine.
    faster = 2 * np.pi * 22.5 * (1 / 1000 + np.pi / 2 / 1000)
    assert 0.15 < fastest(flow(freq=(0, 1)), 900, 3100).max() < faster


def test_the_view_widens_over_the_whole():
    composition = flow("4x4", "2x2", "4x4")
    for ms, scale in ((0, 2), (1000, 2), (1500, 1.875), (2000, 1.5), (3000, 1), (9000, 1)):
        assert composition.layout(float(ms)).width == pytest.approx([40 * scale] * 16), ms
    # Also the circles: halfway the left lower corner, at (20, 78.75), is 22.5 to its right.
    assert middles(composition.layout(2000.0))[12] == pytest.approx([80 + 1.5 * (42.5 - 80), 45 + 1.5 * (78.75 - 45)])


def test_the_brightest_play_in_the_order_of_stsne(tmp_path):
    table = grid_table(4, 4, stsne=lambda n: -n)
    score = composition_of(Flow, tmp_path, table, "4x4", **FLAGS).score
    assert score.clip.tolist() == [10, 9, 6, 5]
    # One every (2000 - 500) / 4, half a rotation early.
    assert score.ms.tolist() == [1000, 1000, 1250, 1625]
    assert set(score.stretch) == set(score.length) == {500}
    assert score.sounds.all()
    # Their places in a rotation of 1000 ms: 375 ms, 750 ms, 125 ms in the second one.
    places = np.array([0, 3 / 8, 3 / 4, 1 / 8])
    swell = (1 - np.cos(2 * np.pi * np.array([0, 375, 750, 1125]) / 2000)) / 2
    assert score.volume == pytest.approx((0.2 + 0.8 * (1 - np.cos(2 * np.pi * places)) / 2) * swell)


def test_without_stsne_tsne_is_the_order_and_without_both_it_says_so(tmp_path):
    assert flow().score.clip.tolist() == [5, 6, 9, 10]
    names = ["filename", "start", "dur", "gridX", "gridY"]
    with pytest.raises(MediaError, match=r"grid.csv: there is no column 'stsne' or 'tsne'.*samples_to_tsne\.py -pre"):
        composition_of(Flow, tmp_path, grid_table(4, 4).select(names), "4x4", **FLAGS)


def test_fewer_clips_than_are_asked_for_share_the_time():
    score = flow(ctp=512).score
    assert len(score) == 16
    assert score.ms[-1] == pytest.approx(1000 + 1500 / 16 * 15 - 500)


def test_how_it_sounds_and_ends():
    composition = flow(mdb=-20, rvb=30)
    assert (composition.playback.level_db, composition.playback.most_db, composition.playback.reverb) == (-20, None, 30)
    assert (composition.playback.fade_in, composition.playback.fade_out) == (0.1, 0.9)
    assert composition.playback.fade_in_most_ms > 60_000
    # Six seconds after all, at least: of these -pad1 is added later.
    assert [flow(pad1=ms).end_ms + ms for ms in (0, 3000, 6000, 9000)] == [9000, 9000, 9000, 12000]
    # Plays that are longer than the whole begin together.
    longer = flow(pdur=5000, pad1=6000)
    assert set(longer.score.ms) == {1000}
    assert longer.end_ms == 6000


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.sampled_from(["1x1", "2x2", "3x3", "4x2", "5x4", "1x3", "8x8"]),
    small=st.booleans(),
    flags=st.fixed_dictionaries(
        {
            **{"rot": st.integers(1, 5), "rdur": st.integers(1, 3000), "pdur": st.integers(1, 3000)},
            **{"ctp": st.integers(1, 70), "radius": st.floats(-9, 9), "pad1": st.integers(0, 9000)},
            **{"freq": st.sampled_from([(0, 0), (3, -2), (0.5, 2)]), "margin": st.sampled_from([0.0, 0.1, 0.9])},
            **{
                "volr": st.sampled_from([(0, 0), (0.9, 0.1), (0.3, 0.9)]),
                "brightr": st.sampled_from([(0, 1), (0.8, 0.3)]),
            },
        }
    ),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_whatever_the_flags(grids, small, flags, parts):
    composition = grid_composition(Flow, grids, grids, "1x1" if small else grids, **flags)
    assert len(composition.score) == min(flags["ctp"], len(composition.clips))
    check_everything(composition, parts, [0.0, *flags["volr"]])


@each(
    ("flags", "said"),
    [
        (("-rot", "0"), ""),
        (("-rdur", "0"), ""),
        (("-ctp", "0"), ""),
        (("-pdur", "0"), ""),
        (("-radius", "inf"), ""),
        (("-freq", "2"), "2: give two numbers"),
        (("-volr", "loud"), "loud: give two numbers"),
        (("-brightr", "0,2"), "0,2: give numbers from 0 to 1"),
    ],
)
def test_wrong_usage(flags, said, capsys):
    assert_refused(flow_script, flags, said, capsys)


@each(
    "flags",
    [
        ("-rot", "1"),
        ("-ctp", "1"),
        ("-freq", "3,-2"),
        ("-radius", "-1"),
        ("-pdur", "9000"),
        ("-volr", "0.9,0.1"),
    ],
)
def test_odd_but_a_composition(flags, tmp_path):
    check_odd(flow_script, SHORT, flags, tmp_path)
