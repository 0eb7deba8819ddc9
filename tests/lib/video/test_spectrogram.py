import numpy as np
import pytest

from lib.video.spectrogram import pitch_colours, spectrogram
from tests.support.each import each
from tests.support.media_factory import tone

RATE = 48_000
# 7 octaves of 12 semitones: with 84 rows each row is one, the lowest that of 55 Hz.
ROWS = 84


def row_of(hertz):
    """The row that a pitch is in, from above."""
    return ROWS - 1 - int(np.floor(12 * np.log2(hertz / 55)))


@each("hertz", [113.0, 452.0, 1810.0, 5120.0])
def test_a_tone_is_bright_in_its_row(hertz):
    picture = spectrogram(tone(hertz, 0.5, RATE), RATE, 40, ROWS)
    assert picture.shape == (ROWS, 40, 3)
    assert picture.dtype == np.uint8
    level = picture.max(axis=2)[:, 20].astype(int)
    # Low down, several rows share a bin of the spectrum.
    assert abs(np.flatnonzero(level == level.max()).mean() - row_of(hertz)) <= 1
    assert level.max() > 240
    # An octave below there is none of it.
    assert level[min(row_of(hertz) + 12, ROWS - 1)] < 120


def test_time_goes_from_left_to_right():
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), tone(440, 0.5, RATE)])
    level = spectrogram(sound, RATE, 40, ROWS).max(axis=2).max(axis=0)
    assert level[:14].max() == 0
    assert level[26:].min() > 200


def test_hue_is_the_pitch_class():
    a, b, cs, f = pitch_colours(np.array([440.0, 493.88, 554.37, 698.46]))
    assert a.tolist() == pytest.approx([1, 0, 0])
    assert b.tolist() == pytest.approx([1, 1, 0])  # two semitones are 60 degrees
    assert cs.tolist() == pytest.approx([0, 1, 0])
    assert f.tolist() == pytest.approx([0, 0, 1])
    octaves = pitch_colours(440.0 * 2.0 ** np.arange(-3, 4))
    assert (octaves == octaves[0]).all()


def test_the_colour_is_that_of_what_sounds():
    # A, then C sharp, then E with its octave and twelfth below and above it.
    chord = sum(tone(hz, 0.5, RATE, 0.2) for hz in (329.63, 659.26, 1318.5))
    sound = np.concatenate([tone(440, 0.5, RATE), tone(554.37, 0.5, RATE), chord])
    picture = spectrogram(sound, RATE, 60, ROWS).astype(float)
    # A short window lets neighbouring semitones in a little.
    for column, colour in ((10, (1, 0, 0)), (30, (0, 1, 0)), (50, (0, 0.5, 1))):
        bright = picture[:, column].reshape(-1, 3)[picture[:, column].max(axis=1).argmax()] / 255
        assert bright.tolist() == pytest.approx(colour, abs=0.25)


def test_noise_has_little_colour():
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, RATE).astype(np.float32)
    picture = spectrogram(noise, RATE, 60, ROWS).astype(float)
    middle = picture[:, 10:-10].reshape(-1, 3).mean(axis=0)
    assert middle.max() - middle.min() < 0.3 * middle.max()
    pure = spectrogram(tone(440, 1.0, RATE), RATE, 60, ROWS).astype(float)[:, 10:-10].reshape(-1, 3).mean(axis=0)
    assert pure.max() - pure.min() > 0.8 * pure.max()


@each("length", [0, 1, 100, 48_000])
def test_silence_is_black(length):
    picture = spectrogram(np.zeros(length, np.float32), RATE, 96, 72)
    assert picture.shape == (72, 96, 3)
    assert not picture.any()


def test_very_short_sounds_and_levels():
    assert spectrogram(np.array([0.5], np.float32), RATE, 96, 72).any()
    loud = tone(440, 0.2, RATE)
    quiet = spectrogram(loud * np.float32(2.0**-10), RATE, 96, 72)
    assert (quiet == spectrogram(loud, RATE, 96, 72)).all()
