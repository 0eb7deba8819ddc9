"""Which time stamps of packets can be trusted."""

from fractions import Fraction
from types import SimpleNamespace

import pytest

from lib.audio.packet_stamps import is_no_sound, without_outliers
from tests.support.each import each

LENGTH = 100  # ms of a packet


def packet(ms, stream=0, size=9, dts=None, base=Fraction(1, 1000), duration=LENGTH):
    return SimpleNamespace(pts=ms, dts=dts, stream_index=stream, size=size, time_base=base, duration=duration)


def trusted(packets):
    """The stamps in the order in which they come out, and whether each is trusted."""
    return [(one.pts, sure) for one, sure in without_outliers(iter(packets), 0)]


def test_stamps_that_go_on_are_trusted():
    stamps = [5000, 5100, 5200, 5310]
    assert trusted([packet(ms) for ms in stamps]) == [(ms, True) for ms in stamps]
    assert trusted([packet(None, dts=ms) for ms in stamps]) == [(None, True)] * 4


@each("leap", [90_000, -90_000])
@each("count", [1, 5])
def test_stamps_that_leap_and_are_back_at_once_are_not(leap, count):
    stamps = [100_000 + LENGTH * n for n in range(20)]
    away = [ms + leap if 8 <= n < 8 + count else ms for n, ms in enumerate(stamps)]
    assert trusted([packet(ms) for ms in away]) == [(ms, not 8 <= n < 8 + count) for n, ms in enumerate(away)]


@pytest.mark.parametrize("leap", [90_000, -90_000])
def test_stamps_that_leap_for_good_are_trusted(leap):
    stamps = [100_000 + LENGTH * n + (leap if n >= 8 else 0) for n in range(40)]
    assert trusted([packet(ms) for ms in stamps]) == [(ms, True) for ms in stamps]
    # Also if the file ends before it is known.
    assert trusted([packet(ms) for ms in stamps[:10]]) == [(ms, True) for ms in stamps[:10]]


def test_other_streams_and_packets_without_a_stamp_pass():
    packets = [packet(0), packet(70, stream=1), packet(None), packet(100), packet(99_999, stream=1), packet(200)]
    assert trusted(packets) == [(one.pts, True) for one in packets]
    away = [packet(0), packet(100), packet(90_000), packet(70, stream=1), packet(200 + LENGTH)]
    # What waits comes after what is of another stream.
    assert trusted(away) == [(0, True), (100, True), (70, True), (90_000, False), (300, True)]


@pytest.mark.parametrize("duration", [0, LENGTH])
def test_packets_without_a_stamp_stay_in_their_place_behind_one_that_leaps(duration):
    stamps = [0, None, 200, None, 90_000, None, None, 90_300, None, None, *(90_600 + 300 * n for n in range(300))]
    found = trusted([packet(ms, duration=duration) for ms in stamps])
    assert [ms for ms, _ in found] == stamps
    assert all(sure for ms, sure in found if ms is not None)


def test_the_end_waits_for_nothing():
    away = [packet(0), packet(100), packet(90_000), packet(None, size=0)]
    assert trusted(away) == [(0, True), (100, True), (90_000, True), (None, True)]


@each(
    ("head", "junk"),
    [
        (b"\xff\xfb\x90", False),
        (b"\xff\xe0", False),
        (b"\xff\xdf\x00", True),
        (b"\x0b\x77\x00", False),
        (b"\x0b\x78", True),
        (b"TAG", True),
        (b"\xff", True),
        (b"", True),
        (b"\xfe\xfb", True),
    ],
)
def test_frames_begin_with_their_mark(head, junk):
    assert is_no_sound(head) is junk
