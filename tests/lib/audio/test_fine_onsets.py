"""Fine onsets: their peaks by brute force, and their rises by the definition."""

import numpy as np
import pytest

from lib.audio.fine_onsets import pick, spans, strength
from lib.audio.mel_scale import mel_bank
from tests.support.each import each


@each("over", [0.0, 0.3, 1.0])
@each("seed", range(4))
def test_a_peak_is_the_highest_around_and_over_the_mean(seed, over):
    random = np.random.default_rng(seed)
    values = random.exponential(1, 80) if seed else np.repeat(random.exponential(1, 20), 4)  # with plateaus
    expected = []
    for n, value in enumerate(values):
        around, wide = values[max(n - 3, 0) : n + 4], values[max(n - 10, 0) : n + 8]
        if value == around.max() and value >= wide.mean() + over - 1e-12 and not (expected and n - expected[-1] <= 3):
            expected.append(n)
    assert pick(values, over).tolist() == expected


def test_no_frames_have_no_peaks():
    assert pick(np.zeros(0), 1.0).tolist() == []


def test_strength_is_the_mean_rise_of_the_bands_over_three_frames():
    random = np.random.default_rng(7)
    sound = (random.standard_normal(9000) * np.repeat([0.001, 1, 0.01], 3000)).astype(np.float32)
    # Frames of 1024 samples, 220 apart, the first around the beginning.
    wide = np.pad(sound.astype(float), 512)
    frames = np.lib.stride_tricks.sliding_window_view(wide, 1024)[::220] * np.hanning(1025)[:-1]
    bands = np.abs(np.fft.rfft(frames)) ** 2 @ mel_bank(22050, 1024, 80, 27.5, 11025).T
    found = strength([sound[:4000], sound[4000:]])
    levels = 10 * np.log10(np.maximum(bands, 1e-10))
    levels = 10 * np.log10(10 ** ((levels - levels.max()) / 10) + 1e-6)
    rises = np.maximum(levels[3:] - levels[:-3], 0).mean(axis=1)
    assert len(found) in (len(levels), len(levels) - 1)
    assert found[:3].tolist() == [0, 0, 0]
    # But for the frames that reach beyond the ends.
    assert found[6:38] == pytest.approx(rises[3:35], abs=0.1)


def test_an_attack_is_looked_for_50_ms_before_its_frame_and_30_ms_after():
    sound = np.random.default_rng(8).standard_normal(22050).astype(np.float32) * 0.001
    sound[11025:] *= 300
    (span,) = spans([sound])
    assert span[2] == pytest.approx(500, abs=20)
    assert span[2] - span[0] == pytest.approx(50)
    assert span[1] - span[2] == pytest.approx(30)
