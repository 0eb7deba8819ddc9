"""The shared clock: stamps in, times out; every leap and every disorder that real files have, as numbers."""

import itertools

import pytest

from lib.io.clock import SharedClock, last_length, longest_rising, rising
from tests.support.each import each

FRAME = 40.0
VIDEO, SOUND = 0, 1


def moved(packets, joins=True):
    """The shift of each packet of (stream, ms), by its place in the file."""
    clock = SharedClock(joins)
    found = []
    for number, (stream, ms) in enumerate(packets):
        found += clock.add(number, stream, ms, FRAME)
    found += clock.end()
    assert [number for number, _ in found] == list(range(len(packets)))  # none is lost, and their order stays
    return [shift for _, shift in found]


def row(stream, first, count):
    return [(stream, first + FRAME * n) for n in range(count)]


def mixed(first, pictures, sounds):
    """Packets of both streams, as they lie in a file."""
    return sorted(row(VIDEO, first, pictures) + row(SOUND, first, sounds), key=lambda packet: packet[1])


def test_stamps_in_order_are_left_alone():
    assert moved(mixed(500, 100, 110)) == [0] * 210


@each("leap", [30_000, -30_000, 23_855_000])
@each("joins", [True, False])
@each("place", [1, 50, 99])
@each("stream", [VIDEO, SOUND])
def test_an_outlier_is_not_believed_and_shifts_nothing(leap, joins, place, stream):
    packets = mixed(40_000, 100, 100)
    n = [number for number, packet in enumerate(packets) if packet[0] == stream][place]
    packets[n] = stream, packets[n][1] + leap
    found = moved(packets, joins)
    if not (place == 99 and leap > 0 and not joins):  # at the very end it may be a last frame after a pause
        assert found[n] is None
    assert [shift for m, shift in enumerate(found) if m != n] == [0] * (len(packets) - 1)


@pytest.mark.parametrize("second", [0, 1000, 90_000_000])
def test_joined_files_continue_where_the_longer_stream_ended(second):
    # 100 pictures and 116 pieces of sound: the sound ends at 4640 ms. What follows is moved alike in both streams.
    packets = mixed(0, 100, 116) + mixed(second, 100, 116) + mixed(second, 100, 116)
    found = moved(packets)
    assert found == [0] * 216 + [4640 - second] * 216 + [2 * 4640 - second] * 216


@pytest.mark.parametrize("second", [40_000, -40_000])
def test_a_film_whose_clock_leaps_goes_on_in_the_order_of_decoding(second):
    """Pictures are shown two frames after they are decoded, or one before those decoded after them."""
    for place, begins in ((30, False), (40, True)):
        clock = SharedClock(joins=True)
        found = []
        for n in range(80):
            ms = 50_000 + FRAME * n + (second if n >= place else 0)
            shown = ms + FRAME * (4, 1, 1)[n % 3]
            found += clock.add((VIDEO, n), VIDEO, ms, FRAME, shown, begins and n == place)
            found += clock.add((SOUND, n), SOUND, ms - 400, FRAME)
        found += clock.end()
        assert [shift for _, shift in found] == [0] * 2 * place + [-second] * 2 * (80 - place)


def test_a_silent_film_that_was_joined_continues():
    assert moved(row(VIDEO, 0, 50) + row(VIDEO, 0, 50)) == [0] * 50 + [2000] * 50


@each("pause", [2000, 9000])
@each("joins", [True, False])
def test_a_held_picture_is_a_pause(pause, joins):
    pictures = row(VIDEO, 0, 50) + row(VIDEO, 2000 + pause, 50)
    packets = sorted(pictures + row(SOUND, 0, 100 + int(pause / FRAME)), key=lambda packet: packet[1])
    assert moved(packets, joins) == [0] * len(packets)


def test_a_long_pause_of_all_is_closed_only_in_streams_that_are_joined():
    packets = mixed(0, 50, 50) + mixed(30_000, 50, 50)
    assert moved(packets, joins=False) == [0] * 200
    assert moved(packets, joins=True) == [0] * 100 + [2000 - 30_000] * 100


def test_a_stream_that_falls_back_alone_continues_alone():
    # The sound restarts at 0 while the picture goes on: it stays where it was.
    pictures, sounds = row(VIDEO, 40_000, 900), row(SOUND, 40_000, 100) + row(SOUND, 0, 800)
    packets = [packet for pair in zip(pictures, sounds, strict=True) for packet in pair]
    assert moved(packets) == [0] * 200 + [0, 44_000] * 800


def test_packets_without_stamps_are_not_leaps():
    packets = mixed(0, 50, 50)
    packets[20], packets[31] = (packets[20][0], None), (packets[31][0], None)
    assert moved(packets) == [0] * 100


def times(stamps, usual=FRAME):
    found = list(rising(enumerate(stamps), usual))
    assert [n for n, _ in found] == list(range(len(stamps)))  # no frame is lost
    ms = [t for _, t in found]
    assert all(a < b for a, b in itertools.pairwise(ms))
    return ms


def test_rising_stamps_are_the_times():
    stamps = [0, 33, 34, 100, 5000, 5001]
    assert times(stamps) == stamps


@each("odd", [30_000, -30_000, None])
@each("place", [1, 20, 38])
def test_one_odd_stamp_is_replaced_by_the_middle(odd, place):
    stamps = [FRAME * n for n in range(40)]
    assert times([odd if n == place else s for n, s in enumerate(stamps)]) == stamps


def test_a_stamp_that_is_repeated_is_spread():
    assert times([0, 40, 40, 120, 160]) == [0, 40, 80, 120, 160]


def test_without_stamps_frames_are_of_the_usual_length():
    assert times([None] * 50, 20) == [20 * n for n in range(50)]
    assert times([0, 100, None, None]) == [0, 100, 140, 180]


def test_frames_that_are_late_are_squeezed_in():
    found = times([*(FRAME * n for n in range(25)), *(600 + FRAME * n for n in range(25))])
    assert found[:25] == [FRAME * n for n in range(25)]
    assert found[36:] == [600 + FRAME * n for n in range(11, 25)]


def test_a_frame_is_handed_out_as_soon_as_the_next_is_there():
    asked = []

    def frames():
        for n in range(10):
            asked.append(n)
            yield n, FRAME * n

    assert next(rising(frames(), FRAME)) == (0, 0)
    assert asked == [0, 1]


@each(
    ("stamps", "above", "places"),
    [([], 0, []), ([1, 2, 3], 0, [0, 1, 2]), ([5, 1, 2], 0, [1, 2]), ([1, 1], 0, [0]), ([None, 4, 3, 5], 2, [1, 3]),
     ([1, 2], 2, [])],
)  # fmt: skip
def test_the_longest_rising_row(stamps, above, places):
    assert longest_rising(stamps, above) == places


def test_the_last_frame_stays_as_long_as_it_says_only_if_it_is_decoded_last():
    assert last_length(0, 40, 40, True) == 40
    assert last_length(5000, 40, 40, True) == 5000
    assert last_length(5000, 40, 40, False) == 40
    assert last_length(120, 40, 140, False) == 120
