"""The limiter: peaks, loudness, and what is left as it is."""

import numpy as np
import pytest

from lib.audio.limiter import MOST_LIMITED_DB, brought_to, limited
from lib.audio.programme import measure

RATE = 48_000
CEILING = 10 ** (-1.5 / 20)


def tone(db, seconds=2.0, hz=997.0):
    wave = 10 ** (db / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def in_blocks(sound, length=7919):
    return [sound[first : first + length] for first in range(0, len(sound), length)]


def whole(blocks):
    return np.concatenate(list(blocks))


def test_a_soft_sound_is_only_amplified():
    sound = tone(-30)
    assert np.array_equal(whole(limited(in_blocks(sound), RATE, 2.0)), sound * np.float32(2))
    assert list(limited([], RATE)) == []


@pytest.mark.slow
@pytest.mark.parametrize("length", [100, 7919, 200_000])
def test_no_peak_is_above_the_ceiling_and_what_is_far_from_one_is_left(length):
    sound = tone(-20)
    sound[RATE] = 1.5, -3.0
    made = whole(limited(in_blocks(sound, length), RATE))
    assert made.shape == sound.shape
    assert measure([made], RATE)[1] <= CEILING * 1.005
    far = np.abs(np.arange(len(sound)) - RATE) > 0.1 * RATE + 2
    assert np.allclose(made[far], sound[far], atol=1e-6)
    assert made[RATE, 1] / sound[RATE, 1] == pytest.approx(made[RATE, 0] / sound[RATE, 0])
    assert np.allclose(made, whole(limited([sound], RATE)), atol=1e-6)


def test_a_sound_between_its_samples_counts():
    """A sine of a fourth of the rate, whose samples are all at 45 degrees: 3 dB below its peaks."""
    n = np.arange(RATE)
    sound = np.stack([np.sin(np.pi / 2 * n + np.pi / 4)] * 2, axis=1).astype(np.float32)
    made = whole(limited(in_blocks(sound), RATE))
    assert np.abs(made[5000:-5000]).max() == pytest.approx(CEILING * 0.5**0.5, rel=0.01)


@pytest.mark.slow
def test_a_sound_of_peaks_is_brought_to_a_loudness():
    """Clicks on a tone: by its gain alone it could be 4.5 dB louder, with the limiter it is where it has to be."""
    sound = tone(-26, 3.0)
    sound[RATE // 2 :: RATE // 2] = 0.5
    made = whole(brought_to(lambda: in_blocks(sound), RATE, -16.0)())
    loudness, peak = measure([made], RATE)
    assert loudness == pytest.approx(-16.0, abs=0.15)
    assert peak <= CEILING * 1.005
    assert np.array_equal(whole(brought_to(lambda: in_blocks(sound), RATE, -40.0)()) != 0, sound != 0)


def test_what_cannot_be_so_loud_comes_as_near_as_it_may():
    """A click alone on silence has next to no loudness."""
    sound = np.zeros((2 * RATE, 2), np.float32)
    sound[RATE : RATE + 40] = 0.5
    made = whole(brought_to(lambda: in_blocks(sound), RATE, 0.0)())
    assert np.abs(made).max() <= CEILING * 1.005
    assert MOST_LIMITED_DB < 20
    silence = np.zeros((RATE, 2), np.float32)
    assert np.array_equal(whole(brought_to(lambda: [silence], RATE, -14.0)()), silence)
