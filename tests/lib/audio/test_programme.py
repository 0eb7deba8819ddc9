"""Loudness of a whole programme: sines of known loudness, gates, and peaks between samples."""

import numpy as np
import pytest

from lib.audio.programme import measure

RATE = 48_000


def sine(db, seconds, hz=997.0, phase=0.0):
    wave = 10 ** (db / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE + phase)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def in_blocks(sound, length=7919):
    return [sound[first : first + length] for first in range(0, len(sound), length)]


@pytest.mark.parametrize("db", [-6.0, -20.0, -40.0])
def test_a_sine_of_997_hz_in_both_channels_is_as_loud_as_its_peak(db):
    # -3.01 LUFS at full scale in one channel; 3.01 more in two.
    assert measure(in_blocks(sine(db, 3)), RATE)[0] == pytest.approx(db, abs=0.1)


def test_silence_and_soft_parts_do_not_count():
    loud = sine(-20, 4)
    for rest in (np.zeros_like(loud), sine(-45, 4)):
        assert measure(in_blocks(np.concatenate([loud, rest])), RATE)[0] == pytest.approx(-20, abs=0.5)
    assert measure([np.zeros((RATE, 2), np.float32)], RATE) == (-70.0, 0.0)
    assert measure([], RATE) == (-70.0, 0.0)


def test_peaks_between_samples():
    # A quarter of the rate, 45 degrees from its samples, which are all at 0.707 of its peak.
    sound = sine(0.0, 1, RATE / 4, np.pi / 4) * np.hanning(RATE).astype(np.float32)[:, None]
    assert np.abs(sound).max() == pytest.approx(0.5**0.5, abs=1e-3)
    assert measure(in_blocks(sound), RATE)[1] == pytest.approx(1.0, abs=0.02)
