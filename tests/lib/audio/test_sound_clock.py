"""Where frames of sound belong by their time stamps: frames of 100 ms, and what is silent, left out or delayed."""

import pytest

from lib.audio.sound_clock import Drift, SoundClock, Stamped, runs_away
from tests.support.each import each

LENGTH = 0.1


def placed(stamps, failures=(), restarts=()):
    """(silence, left out, end) of each frame, rounded to a tenth of a ms; None: a frame without a stamp."""
    clock, found = SoundClock(), []
    for n, stamp in enumerate(stamps):
        found += clock.add(Stamped(stamp, LENGTH, n not in failures and n > 0, n, n in restarts))
    found += clock.end()
    assert [one.item for one in found] == list(range(len(stamps)))
    return [(round(one.silence, 4), round(one.left_out, 4), round(one.end, 4)) for one in found]


def even(count, first=0.0, step=LENGTH):
    return [first + step * n for n in range(count)]


def plain(count, begin=0.0):
    """What is placed one after the other."""
    return [(0, 0, round(begin + LENGTH * (n + 1), 4)) for n in range(count)]


def test_frames_in_step_follow_each_other():
    assert placed(even(30)) == plain(30)
    assert placed([None] * 5 + even(5, 0.5) + [None] * 5) == plain(15)
    assert placed([]) == []
    # Jitter of less than 50 ms moves nothing.
    assert placed([stamp + (0.049 if n % 2 else 0) for n, stamp in enumerate(even(30))]) == plain(30)


def test_the_sound_begins_when_its_first_stamp_says():
    assert placed(even(20, 0.5))[0] == (0.5, 0, 0.6)
    assert placed(even(20, 0.002))[0] == (0.002, 0, 0.102)
    assert placed(even(20, 0.0012))[0] == (0.0012, 0, 0.1012)
    assert placed(even(20, 0.0009))[0] == (0, 0, 0.1)  # rounding
    # A little before the beginning is rounding too; what is further before is not heard.
    assert placed(even(20, -0.04))[0] == (0, 0, 0.1)
    assert placed(even(20, -0.25))[:3] == [(0, 0.1, 0), (0, 0.1, 0), (0, 0.05, 0.05)]
    assert placed(even(40, -3.0)) == plain(40)  # another clock
    assert placed(even(20, 4000.0)) == plain(20)  # no pause that somebody recorded


@each(("hole", "silence"), [(0.049, 0), (0.051, 0.051), (0.5, 0.5), (3599.0, 3599.0), (3601.0, 0)])
def test_a_step_that_stays_is_a_hole(hole, silence):
    found = placed(even(10) + even(20, 1 + hole))
    assert found[:10] == plain(10)
    assert found[10] == (silence, 0, round(1.1 + silence, 4))
    assert found[11:] == plain(19, 1.1 + silence)


@pytest.mark.parametrize("hole", [0.002, 0.03])
def test_after_a_failure_a_small_step_is_a_hole(hole):
    stamps = even(10) + even(20, 1 + hole)
    assert placed(stamps)[10][0] == 0
    assert placed(stamps, failures={10})[10] == (hole, 0, round(1.1 + hole, 4))


@pytest.mark.parametrize("back", [0.06, 0.25, 0.9])
def test_a_small_step_back_is_an_overlap_whose_known_part_is_left_out(back):
    found = placed(even(15) + even(25, 1.5 - back))
    assert sum(left_out for _, left_out, _ in found) == pytest.approx(back, abs=1e-3)
    assert found[15][1] == min(round(back, 4), 0.1)
    assert found[-1][2] == pytest.approx(4.0 - back, abs=1e-3)


@pytest.mark.parametrize("back", [1.1, 1.5])
def test_a_clock_that_falls_back_far_has_restarted(back):
    assert placed(even(15) + even(25, 1.5 - back)) == plain(40)
    # From there on holes are holes by the new clock.
    found = placed(even(15) + even(15, 1.5 - back) + even(15, 3.0 - back + 0.4))
    assert found[30] == (0.4, 0, 3.5)


@each("leap", [0.3, -0.4, 70.0, -70.0])
@each("count", [1, 3])
def test_a_stamp_that_leaps_and_is_back_moves_nothing(leap, count):
    stamps = even(40)
    for n in range(12, 12 + count):
        stamps[n] += leap
    assert placed(stamps) == plain(40)


def test_a_link_that_begins_anew_continues():
    assert placed(even(15) + even(15), restarts={15}) == plain(30)
    assert placed(even(15) + even(15, 0.5), restarts={15})[15] == (0.5, 0, 2.1)  # it begins with a hole


def test_a_step_of_the_last_frames_is_believed_if_it_is_short():
    assert placed(even(12) + even(3, 1.2 + 0.9))[12][0] == pytest.approx(0.9)
    assert placed(even(12) + even(3, 1.2 + 1.1))[12][0] == pytest.approx(1.1)  # the frames after it count
    assert placed(even(12) + even(1, 1.2 + 0.9))[12][0] == pytest.approx(0.9)
    assert placed(even(12) + even(1, 1.2 + 1.1)) == plain(13)
    assert placed(even(12) + even(3, 1.2 + 1.3)) == plain(15)


def test_many_holes_do_not_add_up_to_days():
    stamps, at = [], 0.0
    for _ in range(9):
        stamps += even(12, at)
        at = stamps[-1] + LENGTH + 3000.0
    silences = [silence for silence, _, _ in placed(stamps) if silence]
    assert silences == [3000.0] * 7  # six hours at most


@each(
    ("errors", "length", "runs"),
    [
        ([0, 0.08, 0.16], 1.0, True),
        ([0, -0.08, -0.16], 1.0, True),
        ([0, 0.07, 0.14], 1.0, False),
        ([0, 0.07, 0.14], 0.9, True),
        ([0, 0.2, 0.25], 1.0, False),  # in one half only
        ([0, 0.2, 0.1], 1.0, False),  # to and fro
        ([0.5], 1.0, False),
        ([0, 0.01, 0.08, 0.09, 0.17], 1.0, True),
    ],
)
def test_stamps_that_run_away_are_no_clock(errors, length, runs):
    assert runs_away(errors, length) is runs


def corrections(offs, length=1.0):
    """The correction after each segment whose errors are these."""
    drift = Drift()
    return [round(drift.segment([off] * 5, length), 6) for off in offs]


@each(
    ("offs", "found"),
    [
        ([0.004, 0.008, 0.012], [0, 0, 0.012]),  # it grows to 10 ms over three segments
        ([0.003, 0.006, 0.009], [0, 0, 0]),
        ([0.004, 0.008, 0.01], [0, 0, 0.01]),
        ([0.0, 0.0, 0.04], [0, 0, 0.04]),
        ([-0.004, -0.008, -0.012], [0, 0, -0.012]),
        ([0.008, 0.004, 0.012], [0, 0, 0]),  # it does not grow
        ([0.004, -0.008, 0.012], [0, 0, 0]),  # nor in one direction
        ([0.012, 0.012, 0.012], [0, 0, 0]),
        ([0.0, 0.0, 0.041], [0, 0, 0.041]),  # or it is far off at once
        ([0.0, 0.0, 0.039], [0, 0, 0]),
        ([0.041, 0.05, 0.05, 0.03], [0.041, 0.05, 0.05, 0.03]),  # from then on it follows
        ([0.5, 0.5, 0.5], [0.1, 0.2, 0.3]),  # by a tenth at most
        ([-0.5, -0.5], [-0.1, -0.2]),
        ([0.004, 0.008, 0.009, 0.011], [0, 0, 0, 0.011]),
    ],
)
def test_a_drift_is_followed_once_it_is_known(offs, found):
    assert corrections(offs) == found


def test_segments_of_other_lengths_and_without_stamps():
    assert corrections([0.5, 0.5], 2.0) == [0.2, 0.4]
    drift = Drift()
    assert drift.segment([]) == 0
    assert drift.segment([0.02, 0.05, 0.9]) == 0.05  # the median
    assert drift.segment([]) == 0.05
    assert drift.segment([0.0, 0.2, 0.4]) == 0.05  # no clock


def test_a_sound_that_drifts_is_delayed_at_the_end_of_each_second():
    clock, marks = SoundClock(), []
    for n in range(80):  # eight frames in a second, each 1.25 ms later
        for one in clock.add(Stamped(n * 0.125 * 1.01, 0.125, n > 0, n)):
            if one.mark is not None:
                marks.append((one.end, one.mark))
    assert [end for end, _ in marks] == list(range(1, 11))
    # The median error of each second, from the third on.
    assert [mark for _, mark in marks] == pytest.approx([0, 0, *(0.024375 + 0.01 * n for n in range(8))], abs=1e-6)


def test_steps_of_exactly_the_limits_are_rounding():
    assert placed(even(20, 0.001)) == plain(20)
    assert placed(even(20, -0.05)) == plain(20)
    for stamp, silence in ((0.05, 0), (0.0501, 0.0501)):
        clock = SoundClock()
        found = list(clock.add(Stamped(0.0, 0.0, False, 0)))  # of no samples: the next is expected at once
        for n in range(20):
            found += clock.add(Stamped(stamp + LENGTH * n, LENGTH, True, n + 1))
        assert sum(one.silence for one in found) == pytest.approx(silence)
