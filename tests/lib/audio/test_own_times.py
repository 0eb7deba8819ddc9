"""Samples at the times of their table, by the meaning of each column."""

import pytest

from lib.audio.mix_plays import Play
from lib.audio.own_times import at_own_times, until_its_end
from lib.errors import MediaError
from lib.tables.table import Table
from tests.support.each import each


def placed(lead=100.0, **columns):
    count = len(next(iter(columns.values())))
    table = Table.of({"filename": ["a.wav"] * count, "time": [str(500 * n) for n in range(count)]} | columns)
    plays = [Play(0.0, "a.wav", 10.0 * n, 400.0, volume=0.5) for n in range(count)]
    return at_own_times(plays, table, "time", lead)


def test_each_begins_at_its_time():
    plays, end = placed(other=["", "", ""])
    assert [(play.time_ms, play.start_ms, play.dur_ms, play.volume, play.shift, play.curve) for play in plays] == [
        (100, 0, 400, 0.5, 0, ()), (600, 10, 400, 0.5, 0, ()), (1100, 20, 400, 0.5, 0, ()),
    ]  # fmt: skip
    assert (plays[0].fade_in, plays[0].fade_out) == (0.1, 0.5)
    assert end == 1500
    assert placed(time=[])[1] == 100


def test_volumes_multiply_and_shifts_change_the_length():
    plays, end = placed(volume=["2", "", "0"], shift=["", "-12", "12"])
    assert [play.volume for play in plays] == [1, 0.5, 0]
    assert [play.shift for play in plays] == [0, -12, 12]
    assert end == 600 + 800  # an octave down it lasts twice as long
    assert placed(shift=["36", "-36"])[0][1].shift == -36


def test_an_end_shortens_and_fades_quickly():
    plays, end = placed(until=["150", "", "1050", "9999"], shift=["", "", "12", ""])
    # The third is an octave up: in the 50 ms that are left it plays 100 ms of its file.
    assert [play.dur_ms for play in plays] == [150, 400, 100, 400]
    assert [(play.fade_in, play.fade_out) for play in plays] == [(0.02, 0.15), (0.1, 0.5), (0.02, 0.15), (0.02, 0.15)]
    assert end == 1600 + 400
    assert placed(until=["0", "100"])[0][1].dur_ms == 0  # before its beginning
    assert until_its_end(Play(5.0, dur_ms=80.0), 90).dur_ms == 80


def test_gains_along_a_sample():
    assert [play.curve for play in placed(curve=["1 -2.5", "", " 60 -60 "])[0]] == [(1, -2.5), (), (60, -60)]


@each(
    ("columns", "message"),
    [
        ({"volume": ["1", "-0.1"]}, "line 3: volume is '-0.1': it must be 0 or more"),
        ({"shift": ["36.5"]}, "line 2: shift is '36.5': it must be -36 to 36 semitones"),
        ({"shift": ["x"]}, "line 2: shift is 'x'"),
        ({"until": ["-1"]}, "line 2: until is '-1': it must be 0 or more"),
        ({"curve": ["1", "60.5"]}, "line 3: curve is '60.5': it must be numbers of dB from -60 to 60"),
        ({"curve": ["1 x"]}, "line 2: curve is '1 x'"),
        ({"time": ["", "5"]}, "line 2: time"),
    ],
)
def test_what_is_out_of_range_is_named(columns, message):
    with pytest.raises(MediaError, match=message):
        placed(**columns)
