"""The shape of a sample in a file of its own: its fades and its level, worked out for squares and sines."""

import numpy as np
import pytest

from lib.pack.sample_files import shaped


def square(level, frames=24_000, channels=2):
    signs = np.where(np.arange(frames) // 50 % 2, 1.0, -1.0)
    return (level * signs[:, None] * np.ones(channels)).astype(np.float32)


def inner(sound):
    return sound[5000:-5000]


@pytest.mark.parametrize("lossy", [False, True])
def test_a_sample_is_left_at_its_level_with_short_fades(lossy):
    sound, level, softer = shaped(square(0.5), 48_000, None, lossy)
    assert np.abs(inner(sound)) == pytest.approx(0.5)
    assert level == pytest.approx(-6.02, abs=0.1)
    assert not softer
    # Straight lines over 2 ms, from 0 and to 0.
    assert np.abs(sound[:96, 0]) / 0.5 == pytest.approx(np.arange(96) / 96, abs=1e-6)
    assert np.abs(sound[-96:, 1]) / 0.5 == pytest.approx(np.arange(96)[::-1] / 96, abs=1e-6)
    assert sound.dtype == np.float32


@pytest.mark.parametrize(("own", "wanted"), [(0.5, -20.0), (0.01, -20.0), (0.2, -1.0)])
def test_a_sample_is_brought_to_a_level(own, wanted):
    sound, level, softer = shaped(square(own), 48_000, wanted, False)
    assert np.abs(inner(sound)) == pytest.approx(10 ** (wanted / 20), rel=0.01)
    assert level == pytest.approx(20 * np.log10(own), abs=0.1)
    assert not softer


@pytest.mark.parametrize("lossy", [False, True])
def test_what_would_be_beyond_full_scale_is_lowered_as_a_whole(lossy):
    loud = square(0.01)
    loud[12_000:12_010] = 0.9  # a click, 29 dB over its level
    sound, _, softer = shaped(loud, 48_000, -20.0, lossy)
    assert softer
    peak = np.abs(sound).max()
    assert peak == pytest.approx(10 ** (-1 / 20) if lossy else 1.0)  # a lossy codec adds to it
    assert np.abs(sound[10_000]) == pytest.approx(peak * 0.01 / 0.9, rel=1e-3)
    assert not shaped(loud, 48_000, -40.0, lossy)[2]


def test_silence_and_short_samples():
    sound, level, softer = shaped(np.zeros((100, 1), np.float32), 48_000, -20.0, False)
    assert (sound.any(), level, softer) == (False, -200.0, False)
    short = shaped(square(0.5, 9, 1), 48_000, None, False)[0]
    assert short.shape == (9, 1)
    assert np.abs(short).max() == pytest.approx(0.5)
    assert shaped(square(0.5, 1, 1), 48_000, None, False)[0].shape == (1, 1)
