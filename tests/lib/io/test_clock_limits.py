"""The limits of the shared clock: just below and just above each; and the longest rising row by brute force."""

import itertools
import math

import numpy as np
import pytest

from lib.io.clock import SharedClock, _extend, _Leap, _Line, last_length, longest_rising, rising
from tests.support.each import each


@each(
    ("end", "top", "ms", "goes_on"),
    [
        # It falls by more than 100 ms, and to more than 500 ms below what is to be shown.
        (5000, 5000, 4500, True), (5000, 5000, 4499, False), (5000, 5300, 4800, True), (5000, 5300, 4799, False),
        (5000, 6000, 4900, True), (5000, 6000, 4899, False), (5000, 5400, 4899, False), (5000, 5390, 4895, True),
        # Or it leaps ahead by more than a second.
        (5000, 5000, 6000, True), (5000, 5000, 6001, False), (5000, 9000, 6001, False), (5000, -math.inf, 0, True),
    ],
)  # fmt: skip
def test_what_is_no_leap(end, top, ms, goes_on):
    assert _Line(end, top, 0).goes_on_at(ms) is goes_on


@each(("first", "pause"), [(5000, False), (5001, True), (3_605_000, True), (3_605_001, False), (4999, False)])
def test_a_pause_is_ahead_and_of_an_hour_at_most(first, pause):
    assert _Leap(first, first, True, _Line(0, 0, 0)).is_pause_after(5000) is pause


@each(
    ("ms", "length", "shown", "end", "top"),
    [
        (200, 40, None, 240, 240), (200, 40, 280, 240, 320), (200, 40, 120, 240, 160), (None, 40, None, 140, 140),
        (None, 40, 300, 140, 340), (200, 40, 1200, 240, 1240), (200, 40, 1201, 240, 1240),  # a second above at most
        (20, 40, None, 60, 130),
    ],
)  # fmt: skip
def test_a_line_goes_to_the_end_of_a_packet(ms, length, shown, end, top):
    line = _Line(100, 130 if ms == 20 else 0, 0)
    _extend(line, ms, length, shown)
    assert (line.end, line.top) == (end, top)


def fed(clock, stamps, stream=0, begins=True):
    """The shifts that come out as each packet goes in."""
    return [[shift for _, shift in clock.add(None, stream, ms, 40.0, begins=begins)] for ms in stamps]


def test_three_packets_make_a_leap_and_two_are_outliers():
    clock = SharedClock(joins=False)
    assert fed(clock, [0, 40, 80, 5000, 5040, 5080, 5120]) == [[0], [0], [0], [], [], [0, 0, 0], [0]]
    assert not clock.leapt
    clock = SharedClock(joins=False)
    assert fed(clock, [0, 40, 80, 5000, 5040, 120]) == [[0], [0], [0], [], [], [None, None, 0]]
    assert clock.leapt
    # At the end two are believed, of a pause.
    clock = SharedClock(joins=False)
    assert fed(clock, [0, 40, 5000, 5040]) == [[0], [0], [], []]
    assert [shift for _, shift in clock.end()] == [0, 0]
    assert clock.end() == []
    # Another leap in place of the first: only the second is supported.
    clock = SharedClock(joins=False)
    assert fed(clock, [0, 40, 5000, 9000, 9040, 9080]) == [[0], [0], [], [], [], [None, 0, 0, 0]]


@pytest.mark.parametrize(("joins", "ahead", "shift"), [(True, 10_000, 0), (True, 10_001, -10_001), (False, 10_001, 0)])
def test_a_leap_of_all_is_closed_from_ten_seconds_on_in_streams_that_are_joined(joins, ahead, shift):
    clock = SharedClock(joins)
    first = 40 + 40 + ahead
    assert fed(clock, [0, 40, first, first + 40, first + 80])[-1] == [shift] * 3
    assert clock.leapt is bool(shift)


@pytest.mark.parametrize("joins", [True, False])
def test_no_pause_is_longer_than_an_hour(joins):
    for ahead in (3_600_000, 3_600_001):
        clock = SharedClock(joins)
        first = 80 + ahead
        shift = -ahead if joins or ahead > 3_600_000 else 0
        assert fed(clock, [0, 40, first, first + 40, first + 80])[-1] == [shift] * 3


@pytest.mark.parametrize(("sound", "shift"), [(1030, 1030), (1031, 1080)])
def test_streams_that_agree_go_on_where_they_were_and_others_after_what_is_shown(sound, shift):
    """Pictures are shown 80 ms after they are decoded: the last one ends at 1080, in the order of decoding at 1000."""
    clock = SharedClock(joins=True)
    out = clock.add("v", 0, 960, 40, 1040)
    out += clock.add("s", 1, sound - 40, 40)
    for n in range(3):
        out += clock.add("v", 0, 40 * n, 40, 40 * n + 80)
        out += clock.add("s", 1, 40 * n, 40)
    assert out[:2] == [("v", 0), ("s", 0)]
    assert [found for _, found in out[2:]] == [shift] * 6
    assert clock.leapt


def test_a_picture_that_needs_others_goes_on_in_the_order_of_decoding():
    clock = SharedClock(joins=True)
    clock.add("v", 0, 960, 40, 1040)
    clock.add("s", 1, 1460, 40)
    out = []
    for n in range(3):
        out += clock.add("v", 0, 40 * n, 40, 40 * n + 80, begins=False)
        out += clock.add("s", 1, 40 * n, 40)
    assert [found for _, found in out] == [1000] * 6  # where the pictures ended, not the sound


def test_others_are_waited_for_among_400_packets():
    clock = SharedClock(joins=True)
    fed(clock, [40_000, 40_040], 0)
    fed(clock, [40_000], 1)
    # The sound begins again at 40 ms, the pictures go on.
    packets = [(stream, 40.0 * n + 40_040 * (stream == 0)) for n in range(1, 300) for stream in (1, 0)]
    for stream, ms in packets[:400]:
        out = clock.add(stream, stream, ms, 40)
    # The sound alone goes on at 40,040 ms.
    assert out == [(1, 40_000), (0, 0)] * 200
    assert fed(clock, [40.0 * 201], 1) == [[40_000]]


@pytest.mark.parametrize(("silent", "waits"), [(300, True), (301, False)])
def test_a_stream_without_a_packet_among_300_is_not_waited_for(silent, waits):
    clock = SharedClock(joins=True)
    clock.add("s", 1, 0, 40)
    fed(clock, [100_000 + 40.0 * n for n in range(silent - 3)])
    # The pictures begin again: the third of them is this number of packets after the sound.
    out = fed(clock, [0, 40, 80])
    assert [len(found) for found in out] == ([0, 0, 0] if waits else [0, 0, 3])


def test_after_a_new_start_streams_that_have_ended_may_begin_anywhere():
    clock = SharedClock(joins=True)
    clock.restart()
    assert fed(clock, [5_000_000]) == [[0]]
    clock.restart()
    assert fed(clock, [0, 40]) == [[0], [0]]
    assert not clock.leapt


def slowly(stamps, above):
    """The longest strictly rising row by all subsets: its length for each last place."""
    longest = [0] * len(stamps)
    for count in range(1, len(stamps) + 1):
        for row in itertools.combinations(range(len(stamps)), count):
            values = [stamps[n] for n in row]
            if None in values or values[0] <= above:
                continue
            if all(a < b for a, b in itertools.pairwise(values)):
                longest[row[-1]] = count
    return longest


def test_the_longest_rising_row_is_that_of_all_subsets():
    rng = np.random.default_rng(1)
    for _ in range(150):
        stamps = [None if n == 9 else float(n) for n in rng.integers(0, 10, rng.integers(0, 8))]
        above = float(rng.integers(-1, 4))
        longest, found = slowly(stamps, above), longest_rising(stamps, above)
        assert len(found) == max(longest, default=0)
        if found:
            # It ends as low and as early as can be, and each before it is the earliest that can be.
            ends = [n for n, length in enumerate(longest) if length == len(found)]
            assert found[-1] == min(ends, key=lambda n: (stamps[n], n))
            for k in range(len(found) - 1, 0, -1):
                places = [m for m in range(found[k]) if longest[m] == k and stamps[m] < stamps[found[k]]]
                assert found[k - 1] == places[0]


def asked_for(stamps, count):
    """How many frames are taken before the first `count` are handed out, and these."""
    asked = []

    def frames():
        for n, ms in enumerate(stamps):
            asked.append(n)
            yield n, ms

    return [next_one for next_one in itertools.islice(rising(frames(), 40.0), count)], len(asked)


@each(
    ("stamps", "count", "taken"),
    [
        ([None] * 40, 1, 17),
        ([0, None, *[40.0 * n for n in range(2, 40)]], 1, 17),
        ([0, 40, 80], 1, 2),
        ([5, 4, 3], 1, 3),
    ],
)
def test_frames_are_looked_at_17_together(stamps, count, taken):
    assert asked_for(stamps, count)[1] == taken


@each(
    ("stamps", "times"),
    [
        # Those that are all behind take small steps until they pass: of a frame's length by their number and one.
        ([100, 100, 100], [100, 100 + 40 / 3, 100 + 40 / 3 + 40 / 2]),
        ([None, None, 120], [40, 80, 120]),
        ([None, 100], [60, 100]),
        ([0, None, None, None, 200], [0, 50, 100, 150, 200]),
        ([0, 100, 50, 200], [0, 100, 150, 200]),
        ([0, 100, 50, 60, 70], [0, 25, 50, 60, 70]),
        ([1000, 0, 40], [-40, 0, 40]),
        ([0, None, None], [0, 40, 80]),
        ([7], [7]),
        ([None], [0]),
    ],
)
def test_times_between_those_that_are_believed_are_even(stamps, times):
    assert [ms for _, ms in rising(enumerate(stamps), 40.0)] == pytest.approx(times)


@each(
    ("own", "usual", "gap", "last", "stays"),
    [(0, 40, 40, True, 40), (-5, 40, 99, True, 40), (1, 40, 40, True, 1), (500, 40, 100, True, 500),
     (500, 40, 100, False, 100), (500, 40, 20, False, 40), (30, 40, 20, False, 30), (500, 40, 0, False, 40),
     (0, 40, 90, False, 40)],
)  # fmt: skip
def test_the_length_of_the_last_frame(own, usual, gap, last, stays):
    assert last_length(own, usual, gap, last) == stays
