"""Falling: how the grid slides, who is touched when, and where a clip is thrown; worked out by hand on small grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compositions import falling as falling_script
from compositions.falling import Falling
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

FLAGS = {"maxcd": 4, "waves": 1, "gridc": 2, "duration": 10, "translate": 0.5, "rotate": 12.0, "prad": 1.0,
         "volr": (0.2, 1.0), "dpdur": 0}  # fmt: skip
# It is 10 s long, from 1 s on; it looks for the nearest moment every 10000 / 900 ms or more often.
NEARLY_MS = 16.0
SHORT = ("-duration", "2", "-prad", "2", "-dpdur", "0")


def falling(grid="8x8", grid0=None, grid1="4x4", **flags):
    return grid_composition(Falling, grid, grid0, grid1, **{**FLAGS, **flags})


def bell(n):
    return (1 - np.cos(2 * np.pi * n)) / 2


@pytest.mark.parametrize(
    ("n", "sideways", "upwards"),
    [
        (0, 0, 0),
        (1 / 8, 4 * 0.25 * 0.5, 8 / 16),  # x = 1/4: root of x/16, sin 90 degrees; x^2 turns of 8 cells
        (1 / 4, 0, 8 / 4),
        (3 / 8, -4 * 0.25 * 0.75**0.5, 8 * 9 / 16),
        (1 / 2, 0, 8),
        (5 / 8, 4 * 0.25 * 0.75**0.5, 16 - 8 * 9 / 16),  # as long before the end as 3/8 is after the beginning
        (3 / 4, 0, 14),
        (7 / 8, -0.5, 15.5),
        (1, 0, 16),
    ],
)
def test_the_slide(n, sideways, upwards):
    assert falling().slide(n) == pytest.approx((sideways, upwards), abs=1e-12)


def test_the_grid_is_where_it_slides_to_and_comes_in_again():
    composition = falling(prad=0.0)  # of 160 x 90, 4x4 cells in view: cells of 40 x 22.5
    first = middles(composition.layout(1000.0))
    # Sample 27 is left above the middle, in row 3, column 3.
    assert first[27] == pytest.approx([60, 33.75])
    assert middles(composition.layout(500.0)) == pytest.approx(first)
    assert middles(composition.layout(2250.0))[27] == pytest.approx([60 + 20, 33.75 - 11.25])
    # 2 cells up; the uppermost two rows have come in from below: 8 cells further down.
    assert middles(composition.layout(3500.0))[27] == pytest.approx([60, 33.75 - 45])
    assert middles(composition.layout(3500.0))[3] == pytest.approx(first[3] + [0, (8 - 2) * 22.5])
    assert middles(composition.layout(6000.0)) == pytest.approx(first)
    assert len(composition.score) == 0
    assert composition.end_ms == 11_000


def test_each_is_touched_once_per_pass_at_its_nearest_moment():
    # Only upwards; of the columns only the middle two are within 1 cell. A clip y cells below the middle is nearest
    # after y, and after 8 + y cells: in the first half 8 (2n)^2 of them, in the second 16 - 8 (2 - 2n)^2.
    composition = falling(maxcd=0)
    want = {}
    for y in np.arange(8) + 0.5:
        row = int(y + 3.5) % 8
        early, late = np.sqrt(y / 8) / 2, 1 - np.sqrt(1 - y / 8) / 2
        for column in (3, 4):
            want[8 * row + column] = [1000 + 10_000 * early, 1000 + 10_000 * late]
    score = composition.score
    assert len(score) == 32
    for clip, times in want.items():
        assert score.ms[score.clip == clip] == pytest.approx(times, abs=NEARLY_MS), clip
    assert set(score.volume) == {0.2}  # it does not swing
    assert score.length == pytest.approx(1200 * (1.5 + 0.5 * bell((score.ms - 1000) / 10_000)))


def test_silence_at_the_beginning():
    composition = falling(maxcd=0, dpdur=3000)
    assert (composition.score.sounds == (composition.score.ms >= 4000)).all()
    assert 0 < composition.score.sounds.sum() < 32
    assert len(composition.score) == 32


def test_a_hit_by_one_that_only_climbs():
    composition = falling(maxcd=0)
    play = int(np.flatnonzero(composition.score.clip == 27)[0])  # half a cell above the middle: nearest after 7.5 cells
    n = (composition.score.ms[play] - 1000) / 10_000
    assert n == pytest.approx(np.sqrt(7.5 / 8) / 2, abs=0.0016)
    nearness = 1 - 0.5 / 1.0
    down = 22.5 * 0.5 * 2 * bell(n) * nearness
    for part, strength in ((0, 0), (0.25, 0.5), (0.5, 1), (0.75, 0.5), (0.999999, 0)):
        ms = composition.score.ms[play] + part * composition.score.length[play]
        layout, unthrown = composition.layout(ms), falling(maxcd=0, prad=0.0).layout(ms)
        move = middles(layout)[27] - middles(unthrown)[27]
        assert np.mod(move + 90, 180) - 90 == pytest.approx([0, down * strength], abs=0.3), part
        assert layout.every("brightness")[27] == pytest.approx(0.25 + 0.75 * nearness * strength, abs=0.005)
        assert layout.every("rotation")[27] == 0


def test_against_the_motion_and_turned():
    composition, unmoved = (falling(waves=2, gridc=1, prad=prad) for prad in (3.0, 0.0))
    score = composition.score
    for play in range(len(score)):
        n = (score.ms[play] - 1000) / 10_000
        clip = score.clip[play]
        peak = score.ms[play] + 0.5 * score.length[play]
        motion = composition.slide(n + 1e-4)[0] - composition.slide(n - 1e-4)[0]
        now, unthrown = composition.layout(peak), unmoved.layout(peak)
        aside = middles(now)[clip][0] - middles(unthrown)[clip][0]
        turn = now.every("rotation")[clip]
        loud = (score.volume[play] - 0.2) / 0.8
        if loud > 0.01:
            # Thrown to the right it turns counter-clockwise, to the left clockwise.
            assert np.sign(aside) == -np.sign(turn) == -np.sign(motion)
        # aside = h translate bell nearness speed, loud = nearness speed; turn = 12 degrees x bell x speed.
        assert abs(aside) == pytest.approx(22.5 * 0.5 * bell(n) * loud, abs=1e-6)
        assert 12 * bell(n) * loud - 1e-9 <= abs(turn) <= 12 * bell(n) + 1e-9
    assert len(score) > 30


@pytest.mark.parametrize("prad", [1.2, 1.5])
def test_against_a_plain_search(prad):
    composition = falling("6x8", "6x8", "4x4", waves=3, maxcd=12, gridc=1, prad=prad, vdur=500, dur=1)
    n = np.linspace(0, 1, 8001)
    sideways, upwards = composition.slide(n)
    speed = np.abs(np.gradient(sideways))
    speed = np.minimum(speed / (speed.max() / 2), 1)
    want = []
    for clip in range(48):
        x = np.mod(clip % 6 - 2.5 + sideways + 3, 6) - 3
        y = np.mod(clip // 6 - 3.5 - upwards + 4, 8) - 4
        away = np.hypot(x, y)
        side = (round(prad) + 2) / 2
        near = np.flatnonzero((away < prad) & (np.abs(x) <= side) & (np.abs(y) <= side))
        for run in np.split(near, np.flatnonzero(np.diff(near) > 1) + 1):
            best = run[away[run].argmin()] if len(run) else 0
            if 0 < best < 8000:
                volume = 0.2 + 0.8 * (1 - away[best] / prad) * speed[best]
                want.append((1000 + 10_000 * n[best], clip, volume))
    for clip in range(48):  # what is nearest again within two lengths, of 500 ms, is not touched
        free_at = 0
        for play in sorted(w for w in want if w[1] == clip):
            if play[0] < free_at:
                want.remove(play)
            else:
                free_at = play[0] + 1000
    score = composition.score
    assert len(score) == len(want) > 30
    for clip in range(48):
        mine = score.clip == clip
        times = sorted(w[::2] for w in want if w[1] == clip)
        assert score.ms[mine] == pytest.approx([time for time, _ in times], abs=60)
        assert score.volume[mine] == pytest.approx([volume for _, volume in times], abs=0.05)


def test_a_clip_rests_for_two_lengths():
    score = falling(dur=2000, prad=2.0, gridc=8).score
    for clip in set(score.clip.tolist()):
        assert (np.diff(np.sort(score.ms[score.clip == clip])) >= 4000).all()
    assert len(score) < len(falling(dur=100, prad=2.0, gridc=8).score)


def test_what_is_touched_lies_within_a_square_too():
    # A radius of 8 reaches 5 cells to each side; in the corners of that square 5 x 1.41 is near enough.
    score = falling("32x32", grid1="16x16", prad=8.0, maxcd=0, gridc=1, vdur=1, dur=1).score
    assert set((score.clip % 32).tolist()) == set(range(11, 21))


def test_the_length_of_a_throw():
    # 2000 ms from the picture; 1.5 to 2 times as long. Never less than a second.
    score = falling(vdur=2000, maxcd=0).score
    assert score.length == pytest.approx(2000 * (1.5 + 0.5 * bell((score.ms - 1000) / 10_000)))
    assert falling(dur=1, vdur=1, maxcd=0).score.length.min() == 1000


def test_where_all_of_the_torus_is_near_a_pass_is_once_around():
    score = falling("4x4", "4x4", "4x4", maxcd=0, gridc=3, prad=9.0, dur=1, mcd=0).score
    # Three times by; but what is nearest when it all begins or ends does not count.
    assert all(2 <= (score.clip == clip).sum() <= 3 for clip in range(16))


@pytest.mark.slow
def test_no_jumps_but_for_the_wrap():
    composition = falling(prad=2.0, gridc=1)
    # At most 2 x 1 x 8 cells in 10 s upwards, and thrown by 22.5 in half of 1800 ms along a sine.
    climb, throw = 16 / 10_000 * 22.5, 22.5 / 900 * np.pi / 2
    _, down = fastest(composition, 900, 11_100, period=(8 * 40, 8 * 22.5))
    assert climb * 0.9 < down < climb + throw


@pytest.mark.parametrize("grid1", ["4x4", "8x8"])
def test_the_last_layout_is_the_first(grid1):
    composition = falling(grid1=grid1, prad=3.0, margin=0.05)
    assert len(composition.score) > 0
    assert alike(composition.layout(0.0), composition.layout(composition.end_ms))
    assert len(composition.layout(0.0).x) == 64
    assert not alike(composition.layout(0.0), composition.layout(3000.0))


def test_where_all_of_it_is_seen_it_is_seen_at_both_edges():
    layout = falling(grid1="8x8", prad=0.0).layout(1000 + 1250.0)  # half a cell up, half a cell to the right
    seen = layout.on_screen(160, 90)
    assert seen.sum() == 9 * 9
    assert np.bincount(layout.shows[seen], minlength=64).max() == 4


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.sampled_from(
        [("1x1", "1x1"), ("2x2", "2x2"), ("3x3", "1x1"), ("4x2", "2x2"), ("5x4", "5x4"), ("7x3", "2x3")]
    ),
    flags=st.fixed_dictionaries(
        {
            **{"maxcd": st.integers(0, 40), "waves": st.integers(0, 9), "gridc": st.integers(0, 5)},
            **{"duration": st.integers(1, 4), "translate": st.floats(-2, 2), "rotate": st.floats(-360, 360)},
            **{"prad": st.floats(0, 9), "dpdur": st.integers(0, 5000), "mcd": st.integers(0, 3000)},
            **{
                "volr": st.sampled_from([(0, 0), (0.9, 0.1), (0.3, 0.9)]),
                "brightr": st.sampled_from([(0, 1), (0.8, 0.3)]),
            },
        }
    ),
    parts=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_whatever_the_flags(grids, flags, parts):
    composition = grid_composition(Falling, grids[0], grids[0], grids[1], **flags)
    check_everything(composition, parts, flags["volr"])


@each(
    ("flags", "said"),
    [
        (("-duration", "0"), ""),
        (("-maxcd", "-1"), ""),
        (("-prad", "-1"), ""),
        (("-rotate", "inf"), ""),
        (("-dpdur", "-1"), ""),
        (("-volr", "x"), "x: give two numbers"),
        (("-brightr", "0,3"), "0,3: give numbers"),
    ],
)
def test_wrong_usage(flags, said, capsys):
    assert_refused(falling_script, flags, said, capsys)


@pytest.mark.parametrize(
    "flags",
    [
        ("-gridc", "0"),
        ("-maxcd", "0"),
        ("-waves", "0"),
        ("-prad", "0"),
        ("-prad", "99"),
        ("-volr", "0.8,0.2"),
    ],
)
def test_odd_but_a_composition(flags, tmp_path):
    check_odd(falling_script, SHORT, flags, tmp_path)
