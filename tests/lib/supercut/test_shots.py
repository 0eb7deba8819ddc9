"""What is seen when: from times to pictures, worked out by hand and by brute force."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.audio.mix_plays import Play
from lib.supercut.shots import LATE_MS, first_picture, moment, one_by_one, side_by_side, source_ms
from tests.support.each import each

FPS = Fraction(25)


def plays(*spans):
    """Return plays of (time, length) in ms."""
    return [Play(time, "a", 1000.0, dur) for time, dur in spans]


def spans_of(found):
    return [(s.play, s.first, s.end) for s in found.shots]


def test_a_sample_is_seen_from_the_picture_that_is_nearest_to_its_beginning():
    # Pictures of 40 ms: one shows the middle of its time, so that it is half a picture early or late at most.
    assert [first_picture(ms, FPS) for ms in (0, 20, 20.1, 60, 61, 400)] == [0, 0, 1, 1, 2, 10]
    assert moment(np.array([0, 1, 10]), FPS).tolist() == [20, 60, 420]
    assert moment(np.array([0]), Fraction(30000, 1001))[0] == pytest.approx(500 * 1001 / 30000)


def test_what_began_last_is_seen_until_the_next_one():
    found = one_by_one(plays((100, 300), (300, 300), (420, 100)), 800, FPS, 0)
    assert found.count == 20
    assert spans_of(found) == [(0, 2, 7), (1, 7, 10), (2, 10, 20)]
    assert found.unseen == 0


def test_what_still_sounds_is_seen_again():
    # Pictures of 40 ms. The first sounds until 4 s (100), the second from 1 s (25) to 3 s (75), the third from 1.4 (35)
    # to 1.8 s (45). Each of the earlier ones has more than half a second left.
    found = one_by_one(plays((0, 4000), (1000, 2000), (1400, 400)), 5000, FPS, 0)
    assert spans_of(found) == [(0, 0, 25), (1, 25, 35), (2, 35, 45), (1, 45, 75), (0, 75, 125)]
    assert found.unseen == 0
    # Of the first less than half a second is left: the picture of the second stays.
    found = one_by_one(plays((0, 3400), (1000, 2000)), 4000, FPS, 0)
    assert spans_of(found) == [(0, 0, 25), (1, 25, 100)]
    # Of 3520 ms 13 pictures are left, 520 ms.
    found = one_by_one(plays((0, 3520), (1000, 2000)), 4000, FPS, 0)
    assert spans_of(found) == [(0, 0, 25), (1, 25, 75), (0, 75, 100)]
    # Nor is it seen again for less than that before the next one begins.
    found = one_by_one(plays((0, 4000), (1000, 2000), (3400, 200)), 4000, FPS, 0)
    assert spans_of(found) == [(0, 0, 25), (1, 25, 85), (2, 85, 100)]


def test_a_dissolve_keeps_what_is_beneath_and_is_no_longer_than_the_sample():
    found = one_by_one(plays((0, 400), (400, 80), (480, 400)), 1000, FPS, 160)
    assert spans_of(found) == [(0, 0, 12), (1, 10, 16), (2, 12, 25)]
    # Four pictures; of the second, which has two, these.
    assert [shot.fade_in for shot in found.shots] == [4, 2, 4]
    assert [found.shots[0].opacity(n) for n in range(5)] == [0.125, 0.375, 0.625, 0.875, 1]
    assert [found.shots[1].opacity(n) for n in (10, 11, 12)] == [0.25, 0.75, 1]
    # The film ends in black.
    assert [found.shots[2].opacity(n) for n in (20, 21, 24)] == [1, 0.875, 0.125]


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 500)), min_size=1, max_size=40),
    st.sampled_from([Fraction(12), Fraction(24), Fraction(30000, 1001)]),
    st.sampled_from([0, 40, 300]),
)
def test_each_sample_is_seen_where_there_is_a_picture_for_it(spans, fps, fade):
    made = plays(*spans)
    found = one_by_one(made, 4000, fps, fade)
    firsts = [shot.first for shot in found.shots]
    assert firsts == sorted(set(firsts))
    known = set()
    for shot in found.shots:
        late = shot.first - first_picture(made[shot.play].time_ms, fps)
        assert 0 <= late <= 1 or (shot.play in known and late > 1)
        assert shot.end > shot.first
        known.add(shot.play)
    assert len(known) + found.unseen == len(made)
    # Two that begin in one picture are both seen, in this and the next, if nothing else begins there.
    wanted = sorted(first_picture(play.time_ms, fps) for play in made)
    if all(wanted.count(n) + wanted.count(n + 1) <= 2 for n in wanted):
        assert found.unseen == 0
    # At most two lie over each other, and after the first one has begun something covers the frame or fades.
    for seen in found.by_picture():
        assert len(seen) <= 2


def test_many_that_begin_at_once_are_counted():
    found = one_by_one(plays(*[(90 + n, 5) for n in range(10)]), 1000, FPS, 0)
    assert len(found.shots) == 2
    assert found.unseen == 8


def test_what_sounds_together_shares_the_frame():
    found = side_by_side(plays((0, 400), (200, 400), (400, 400)), 1000, FPS, 0)
    # Two together at most: four cells. The third takes the one that has been empty for longest.
    assert found.side == 2
    assert [(s.play, s.cell, s.first, s.end) for s in found.shots] == [(0, 0, 0, 10), (1, 1, 5, 15), (2, 2, 10, 20)]


@each(("together", "side"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4), (16, 4), (30, 4)])
def test_there_are_as_many_cells_as_are_needed(together, side):
    found = side_by_side(plays(*[(40 * n, 2000) for n in range(together)]), 4000, FPS, 0)
    assert found.side == side
    for picture, seen in enumerate(found.by_picture()):
        cells = [shot.cell for _, shot in seen]
        assert len(set(cells)) == len(cells) <= side**2
        # Of more than there is room for those that began last are seen.
        assert {shot.play for _, shot in seen} >= {picture} - set(range(together, 100))


def test_a_short_sample_has_two_pictures_in_its_cell():
    found = side_by_side(plays((100, 5), (110, 300)), 1000, FPS, 80)
    assert [(s.first, s.end) for s in found.shots] == [(2, 4), (3, 10)]
    assert found.shots[0].fade_in == found.shots[0].fade_out == 1


def test_the_source_runs_with_the_sound_and_stops_at_the_end_of_the_sample():
    play = Play(500.0, "a", 2000.0, 100.0)
    assert source_ms(play, 100, np.array([480.0, 520, 580, 700])).tolist() == [
        2000 + LATE_MS, 2020 + LATE_MS, 2080 + LATE_MS, 2099 + LATE_MS,
    ]  # fmt: skip
    # An octave up it is heard, and seen, twice as fast.
    high = Play(500.0, "a", 2000.0, 100.0, shift=12.0)
    assert source_ms(high, 100, np.array([520.0])).tolist() == [2040 + LATE_MS]
