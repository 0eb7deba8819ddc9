"""How loud a sample of a mosaic plays: volumes and courses that are worked out from tones of known level."""

import math

import numpy as np
import pytest

from lib.audio import mosaic_volumes
from lib.audio.mix_plays import Play
from lib.audio.mosaic_volumes import Level, _along, levels_of
from lib.errors import MediaError
from tests.support.each import each

RATE = 22_050


@each(
    ("own", "target", "gains"),
    [
        # Relative to the median of the differences, in whole dB.
        ([-20, -20, -20], [-30, -20, -10], (-10, 0, 10)),
        ([-20, -25, -20], [-10, -10, -10], (0, 5, 0)),
        ([-20, -20, -20], [-60, -20, 20], (-20, 0, 12)),  # lowered by 20 dB at most, raised by 12
        ([-20, -20, -20], [-20.4, -20, -19.6], ()),  # nothing to do
        ([-20, -20, -20], [-20.6, -20, -19.6], (-1, 0, 0)),
        ([-20, -20], [-40, -20, 99], (-10, 10)),  # as far as both last
        ([-20, -20, 99], [-40, -20], (-10, 10)),
    ],
)
def test_a_sample_takes_the_course_of_its_target(own, target, gains):
    assert _along(np.array(own, float), np.array(target, float)) == gains


def tone(seconds, level=0.1):
    """1 kHz, which the K-weighting raises by 0.691 dB or so: a full-scale one is at -3.01 LUFS."""
    return (level * np.sin(2 * np.pi * 997 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def found_of(monkeypatch, sounds, plays, wanted, curves):
    """The levels of plays of these sounds, by path."""

    def read(path, rate, channels, ranges):
        assert (rate, channels) == (RATE, 1)
        if sounds[path] is None:
            raise MediaError("gone", path)
        for n, (start, length) in enumerate(ranges):
            yield n, sounds[path][round(start * RATE / 1000) :][: round(length * RATE / 1000)]

    monkeypatch.setattr(mosaic_volumes, "read_ranges", read)
    return levels_of(plays, wanted, curves)


def volume_of(db):
    return math.exp(db / 20)


FLAT = np.full(40, -23.0)
PLAIN = {"dur_ms": 2000.0, "fade_in": 0.0, "fade_out": 0.0}


@each(("wanted", "db"), [(-23.01, 0), (-30.0, -6.99), (-10.0, 13.01), (40.0, 40), (-69.0, -40)])
def test_the_volume_makes_the_loudness(monkeypatch, wanted, db):
    # A tenth of full scale: -23.01 LUFS.
    (level,) = found_of(monkeypatch, {"a": tone(2)}, [Play(0, "a", **PLAIN)], [wanted], [FLAT])
    assert level.volume == pytest.approx(volume_of(db), abs=0.01)
    assert level.curve == ()


def test_what_cannot_be_read_stays_and_silence_is_silent(monkeypatch):
    sounds = {"a": tone(2), "b": None, "c": np.zeros(2 * RATE, np.float32), "d": tone(2, 3e-4)}
    plays = [Play(0, path, **PLAIN) for path in "badca"]
    levels = found_of(monkeypatch, sounds, plays, [-20.0] * 5, [FLAT] * 5)
    assert levels[0] == Level(1.0)
    assert levels[1] == levels[4]
    assert levels[1].volume == pytest.approx(volume_of(3.01), abs=0.01)
    assert levels[2] == levels[3] == Level(0.0)  # below -70 LUFS


def test_fades_and_courses_count_in_what_is_measured(monkeypatch):
    # The first half is 12 dB softer than the target's, which is even: it is raised by 6, and the second lowered by 6.
    sound = np.concatenate([tone(1, 0.05), tone(1, 0.2)])
    (level,) = found_of(monkeypatch, {"a": sound}, [Play(0, "a", **PLAIN)], [-23.01], [FLAT])
    assert level.curve == (6,) * 20 + (-6,) * 20
    # Then both are a tenth of full scale, but for the ramp between them.
    assert level.volume == pytest.approx(volume_of(0), abs=0.02)
    # Faded in over half of it and out over the other half, the loudest 400 ms are those in the middle.
    faded = Play(0, "a", dur_ms=2000.0, fade_in=0.5, fade_in_most_ms=5000.0, fade_out=0.5)
    (level,) = found_of(monkeypatch, {"a": tone(2)}, [faded], [-23.01], [FLAT])
    shares = 1 - np.abs(np.linspace(-0.2, 0.2, 1001))
    assert level.volume == pytest.approx(volume_of(-10 * np.log10(np.mean(shares**2))), abs=0.02)


def test_a_shifted_sample_is_measured_as_it_will_sound(monkeypatch):
    # Two octaves up the 997 Hz are 3,988 Hz, which the head raises by 3.3 dB more (ITU-R BS.1770: its shelf).
    (level,) = found_of(monkeypatch, {"a": tone(2)}, [Play(0, "a", shift=24.0, **PLAIN)], [-23.01], [FLAT])
    assert 20 * math.log(level.volume) == pytest.approx(-3.3, abs=0.2)
    assert level.curve == ()
