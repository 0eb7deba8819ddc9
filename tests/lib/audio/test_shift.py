"""Sounds at another pitch: a tone of known frequency is one of another, for another time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.audio.shift import shift_factor, shifted
from lib.errors import MediaError
from tests.support.each import each


@each(("semitones", "factor"), [(0, 1), (12, 2), (-24, 0.25), (36, 8), (-36, 1 / 8), (7, 1.4983070769)])
def test_an_octave_is_twice_the_speed(semitones, factor):
    assert shift_factor(semitones) == pytest.approx(factor)


@pytest.mark.parametrize("semitones", [36.01, -36.01, float("nan")])
def test_more_than_three_octaves_are_refused(semitones):
    with pytest.raises(MediaError, match=r"a shift of -?(36\.01|nan) semitones is out of range: give -36 to 36"):
        shift_factor(semitones)


@pytest.mark.parametrize("semitones", [12, -12, 5.5, -19])
def test_a_shifted_tone_is_another_tone(semitones):
    time = np.arange(9601) / 48_000
    tone = np.stack([0.5 * np.sin(2 * np.pi * 400 * time), 0.25 * np.cos(2 * np.pi * 600 * time)], axis=1)
    found = shifted(tone.astype(np.float32), semitones)
    factor = 2 ** (semitones / 12)
    assert (found.dtype, found.shape) == (np.float32, (round(9601 / factor), 2))
    time = np.arange(len(found)) / 48_000 * factor
    wanted = np.stack([0.5 * np.sin(2 * np.pi * 400 * time), 0.25 * np.cos(2 * np.pi * 600 * time)], axis=1)
    assert_allclose(found[400:-400], wanted[400:-400], rtol=0, atol=2e-3)


def test_nothing_is_done_to_a_sound_that_stays_or_is_empty():
    sound, nothing = np.ones((5, 2), np.float32), np.zeros((0, 2), np.float32)
    assert shifted(sound, 0.0) is sound
    assert shifted(nothing, 5.0) is nothing
    assert shifted(sound[:1], 36.0).shape == (0, 2)
