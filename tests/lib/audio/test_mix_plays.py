"""Plays: what they are unless something is said, and their fades."""

import math

import numpy as np
import pytest

from lib.audio.mix_plays import Play, fades_of, is_levelled, is_long
from tests.support.each import each


def test_a_play_of_nothing_but_a_time():
    """As the description says: unchanged but for a tenth of fading in, 100 ms at most, and a half of fading out."""
    play = Play(5.0)
    assert (play.path, play.start_ms, play.dur_ms, play.sound) == ("", 0, 0, None)
    assert (play.volume, play.pan, play.pan_to, play.level_db, play.most_db) == (1, 0, None, None, None)
    assert (play.fade_in, play.fade_in_most_ms, play.fade_out) == (0.1, 100, 0.5)
    assert (play.reverb, play.backwards, play.shift, play.curve, play.stretch_ms, play.seed) == (
        0, False, 0, (), None, 0,
    )  # fmt: skip
    with pytest.raises(AttributeError):
        play.volume = 2.0
    assert not hasattr(play, "__dict__")  # of many thousands in a mix


@each(
    ("play", "frames", "fades"),
    [
        (Play(0), 1000, (100, 500)),
        (Play(0), 47_990, (4799, 23_995)),
        (Play(0), 48_010, (4800, 24_005)),  # 100 ms
        (Play(0, fade_in_most_ms=10), 48_000, (480, 24_000)),
        (Play(0, fade_in=0.5, fade_in_most_ms=math.inf, fade_out=0), 48_000, (24_000, 0)),
        (Play(0, fade_in=0.25, fade_out=0.75), 10, (2, 8)),  # 2.5 and 7.5, to the even number
        (Play(0), 0, (0, 0)),
    ],
)
def test_fades_are_shares_of_what_is_heard(play, frames, fades):
    assert fades_of(play, frames) == fades


def test_a_level_is_asked_for_in_two_ways():
    levels = [Play(0), Play(0, level_db=-20), Play(0, most_db=-20), Play(0, level_db=0, most_db=0)]
    assert [is_levelled(play) for play in levels] == [False, True, True, True]


def test_two_minutes_are_held_in_memory_and_what_is_changed_in_length_always():
    plain, long = Play(0, "a", 0, 120_000), Play(0, "a", 0, 120_001, backwards=True, pan_to=0.5, reverb=9)
    assert not is_long([plain])
    assert is_long([long])
    assert is_long([long, long])
    for changed in ({"stretch_ms": 5.0}, {"stretch_ms": 0.0}, {"shift": -1.0}, {"curve": (0.0,)}):
        other = Play(0, "a", 0, 120_001, **changed)
        assert not is_long([other])
        assert not is_long([long, other])


def test_a_play_of_a_sound_keeps_it():
    sound = np.zeros((3, 2), np.float32)
    assert Play(0, sound=sound).sound is sound
