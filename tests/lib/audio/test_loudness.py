"""Loudness: the standard's own filter at 48 kHz, its calibration, and pyloudnorm as the reference."""

import numpy as np
import pyloudnorm
import pytest

from lib.audio import loudness
from lib.audio.features import measure_all, measure_stream
from lib.audio.loudness import SILENT_LUFS, k_weighting, momentary_loudness
from tests.support.each import each


def sine(hz, seconds, rate, amplitude=1.0):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_the_filter_at_48_khz_is_the_one_that_the_standard_prints():
    printed = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585],
        [1, -2, 1, 1, -1.99004745483398, 0.99007225036621],
    ]
    np.testing.assert_allclose(k_weighting(48000), printed, atol=1e-8)


@each("rate", [22050, 44100, 48000, 96000])
def test_a_full_scale_sine_has_the_level_that_the_standard_says(rate):
    assert momentary_loudness(sine(997, 1.0, rate), rate) == pytest.approx(-3.01, abs=0.05)


def test_one_window_is_what_pyloudnorm_measures_of_it():
    random = np.random.default_rng(1)
    meter = pyloudnorm.Meter(48000, block_size=0.4)
    for hz in (50, 200, 1000, 4000, 9000):
        sound = sine(hz, 0.4, 48000, 0.3) + 0.05 * random.standard_normal(19200).astype(np.float32)
        assert momentary_loudness(sound, 48000) == pytest.approx(meter.integrated_loudness(sound), abs=0.05)


def test_the_loudest_window_counts():
    quiet, loud = sine(997, 2.0, 48000, 0.05), sine(997, 0.4, 48000, 0.5)
    sound = np.concatenate([quiet, loud, quiet])
    assert momentary_loudness(sound, 48000) == pytest.approx(-3.01 - 6.02, abs=0.05)


def test_a_short_sound_is_measured_with_silence_after_it():
    # A fifth of a window: 10 log10(1 / 5) = -6.99 dB.
    assert momentary_loudness(sine(997, 0.08, 48000), 48000) == pytest.approx(-3.01 - 6.99, abs=0.1)


def test_silence_and_long_sounds(monkeypatch):
    assert momentary_loudness(np.zeros(100, np.float32), 22050) == SILENT_LUFS
    assert momentary_loudness(np.zeros(0, np.float32), 22050) == SILENT_LUFS
    sound = np.random.default_rng(2).standard_normal(70000).astype(np.float32)
    whole = momentary_loudness(sound, 22050)
    monkeypatch.setattr(loudness, "CHUNK_SECONDS", 1)
    assert momentary_loudness(sound, 22050) == pytest.approx(whole, abs=1e-9)


def test_it_is_among_the_features():
    features = measure_all([sine(997, 1.0, 22050, 0.5), np.zeros(2205, np.float32)])
    assert features[0].loudness == pytest.approx(-9.03, abs=0.06)
    assert features[1].loudness == SILENT_LUFS


def test_a_sample_in_blocks_is_as_loud_and_as_strong_as_in_one_piece(monkeypatch):
    from lib.audio import features

    monkeypatch.setattr(features, "LONGEST_ANALYSED", 30_000)
    swelling = np.linspace(0, 0.5, 90_000) * np.sin(2 * np.pi * 440 / 22_050 * np.arange(90_000))
    sound = swelling.astype(np.float32)
    (whole,) = measure_all([sound])
    pieces = measure_stream(iter(np.split(sound, [1, 700, 29_999, 31_234, 80_000])))
    assert pieces.loudness == pytest.approx(whole.loudness, abs=1e-9)
    assert pieces.power == pytest.approx(whole.power, rel=1e-6)
    assert (pieces.note, pieces.octave) == ("A", 4)
