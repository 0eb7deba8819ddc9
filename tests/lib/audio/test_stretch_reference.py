"""Stretching by plain transforms, window by window, with the phases that the generator gives."""

import math

import numpy as np
import pytest

from lib.audio.stretch import faded, stretch, stretch_roughly
from tests.support.each import each


def stretched(sound, frames, seed, window):
    """Windows of the sound, as far apart as they are to be, each bin turned by a byte of the generator over 256."""
    hop, count = window // 2, len(sound)
    windows = math.ceil(frames / hop) + 1
    hann = np.array([math.sin(math.pi * n / window) ** 2 for n in range(window)])
    hann /= math.sqrt((hann**2).mean())  # so that a steady sound keeps its level
    sine = np.array([math.sin(math.pi * n / window) for n in range(window)])
    padded = np.concatenate([sound, np.zeros((window, 2))])
    out, random = np.zeros(((windows + 1) * hop, 2)), np.random.PCG64(seed)
    for first in range(0, windows, 16):  # sixteen at a time, first those of the left channel
        here = range(first, min(first + 16, windows))
        data = random.random_raw(2 * len(here) * hop // 8).view(np.uint8).reshape(2, len(here), hop)
        for channel in range(2):
            for n, k in enumerate(here):
                begin = min(round(k * hop / frames * count), count)
                spectrum = np.fft.rfft(padded[begin : begin + window, channel] * hann)
                for bin in range(1, hop):
                    spectrum[bin] *= np.exp(2j * np.pi * data[channel, n, bin] / 256)
                # What is real changes its sign at most: by the second lowest bit, and by the lowest.
                spectrum[0] *= -1 if data[channel, n, 0] & 2 else 1
                spectrum[hop] *= -1 if data[channel, n, 0] & 1 else 1
                out[k * hop : k * hop + window, channel] += np.fft.irfft(spectrum, window) * sine
    return out[hop : hop + frames]


@pytest.mark.parametrize("window", [16, 32])
@pytest.mark.parametrize(("count", "frames"), [(1, 5), (7, 8), (40, 9), (40, 100), (100, 300), (300, 64), (33, 33)])
def test_stretching_by_brute_force(window, count, frames):
    sound = np.random.default_rng(count).normal(0, 0.1, (count, 2)).astype(np.float32)
    found = stretch(sound, frames, 5, window)
    assert (found.shape, found.dtype) == ((frames, 2), np.float32)
    np.testing.assert_allclose(found, stretched(sound.astype(float), frames, 5, window), atol=2e-6)


@each(("count", "frames"), [(1, 1), (2, 9), (5001, 801), (5000, 1600)])
def test_a_rough_stretch_is_one_of_pairs_of_frames_with_those_between(count, frames):
    sound = np.random.default_rng(count).normal(0, 0.1, (count, 2)).astype(np.float32)
    pairs = [(sound[n].astype(float) + sound[min(n + 1, count - 1)]) / 2 for n in range(0, count, 2)]
    made = stretch(np.array(pairs, np.float32), (frames + 1) // 2 + 1, 3, 6000)
    expected = [made[n // 2] if n % 2 == 0 else (made[n // 2] + made[n // 2 + 1]) / 2 for n in range(frames)]
    found = stretch_roughly(sound, frames, 3)
    assert found.shape == (frames, 2)
    np.testing.assert_allclose(found, np.array(expected), atol=1e-6)


def test_of_nothing_comes_silence():
    for make in (stretch, stretch_roughly):
        assert make(np.zeros((0, 2), np.float32), 5, 1).tolist() == [[0, 0]] * 5
        assert make(np.ones((9, 2), np.float32), 0, 1).shape == make(np.ones((9, 2), np.float32), -3, 1).shape == (0, 2)
        assert make(np.zeros((0, 2), np.float32), -3, 1).shape == (0, 2)


@each(("fade_in", "fade_out"), [(0, 0), (5, 0), (0, 7), (6, 20), (0.5, 0.5), (100, 100), (1, 1)])
def test_fades_before_stretching_by_brute_force(fade_in, fade_out):
    sound = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32)
    expected = [sound[n] * min(n / max(fade_in, 1), 1) * min((19 - n) / max(fade_out, 1), 1) ** 2.5 for n in range(20)]
    assert faded(sound, fade_in, fade_out) == pytest.approx(np.array(expected), abs=1e-6)
