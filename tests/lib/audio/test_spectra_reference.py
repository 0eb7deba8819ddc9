"""Spectra of signals in blocks, with windows of a few samples, by plain transforms of the whole."""

import numpy as np
import pytest

from lib.audio import spectra
from lib.audio.spectra import BINS, CENTRE, FFT, HOP, frame_batches, frame_count, frames_of, hann, hann32, stft_blocks
from tests.support.each import each


def whole(signal, fft, hop):
    """Of the mirrored signal: one frame for each hop, and one more."""
    padded = np.pad(signal.astype(float), fft // 2, mode="reflect")
    window = [np.sin(np.pi * n / fft) ** 2 for n in range(fft)]
    return np.array([np.fft.rfft(padded[k * hop : k * hop + fft] * window) for k in range(1 + len(signal) // hop)])


@each(("fft", "hop"), [(8, 3), (16, 4), (12, 5), (8, 8)])
def test_blocks_by_brute_force(monkeypatch, fft, hop):
    random = np.random.default_rng(fft + hop)
    for length in [1, 2, fft // 2, fft // 2 + 1, fft, fft + 1, 37, 100, *random.integers(1, 90, 12)]:
        signal = random.normal(size=length).astype(np.float32)
        expected = whole(signal, fft, hop)
        blocks = np.split(signal, np.sort(random.integers(0, length + 1, random.integers(0, 8))))
        for batch in (1, 2, 5, 512):
            monkeypatch.setattr(spectra, "BATCH", batch)
            parts = list(stft_blocks(blocks, fft, hop))
            assert [len(part) for part in parts[:-1]] == [batch] * (len(parts) - 1)
            assert 0 < len(parts[-1]) <= batch
            assert all(part.dtype == np.complex64 for part in parts)
            np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-5)
    assert list(stft_blocks([], fft, hop)) == list(stft_blocks([np.zeros(0, np.float32)], fft, hop)) == []


def test_frames_come_as_soon_as_what_mirrors_the_end_is_not_in_them(monkeypatch):
    monkeypatch.setattr(spectra, "BATCH", 2)
    signal, come = np.random.default_rng(1).normal(size=60).astype(np.float32), []
    taken = 0

    def blocks():
        nonlocal taken
        for n in range(60):
            taken = n + 1
            yield signal[n : n + 1]

    for piece in frame_batches(blocks(), 8, 3):
        come += [taken] * (1 + (len(piece) - 8) // 3)
    # Frame k ends at sample 3 k + 4; the next hop and five samples more have to be there for the last of a piece. The
    # last pieces come at the end.
    assert come[:16] == [3 * (k // 2 * 2 + 1) + 4 + 3 + 5 for k in range(16)]
    assert come[16:] == [60] * 5


def test_the_window_and_the_frames():
    assert (FFT, HOP, BINS, CENTRE) == (2048, 512, 1025, 1024)
    expected = [np.sin(np.pi * n / 2048) ** 2 for n in range(2048)]
    assert hann() == pytest.approx(np.array(expected), abs=1e-12)
    assert (hann32().dtype, hann().dtype) == (np.float32, np.float64)
    assert hann32() == pytest.approx(np.array(expected), abs=1e-7)
    assert [frame_count(n) for n in (0, 511, 512, 1023, 1024)] == [1, 1, 2, 2, 3]
    padded = np.arange(5000)
    assert np.array_equal(frames_of(padded, 3), [padded[n : n + 2048] for n in (0, 512, 1024)])


def test_several_sounds_by_brute_force():
    random = np.random.default_rng(4)
    sounds = [random.normal(size=n).astype(np.float32) for n in (1, 2, 3, 511, 512, 900, 1024, 1025, 2600)]
    counts = [frame_count(len(sound)) for sound in sounds]
    found = spectra.stft_of_many(np.concatenate(sounds), np.cumsum([0, *counts]), np.cumsum([0, *map(len, sounds)]))
    np.testing.assert_allclose(found, np.concatenate([whole(sound, 2048, 512) for sound in sounds]), atol=1e-3)
    assert (found.shape[1], found.dtype) == (1025, np.complex64)


@each(("fft", "hop", "samples"), [(8, 3, 8), (8, 3, 10), (8, 3, 11), (12, 5, 400), (16, 4, 16 + 31 * 4)])
def test_spectra_and_powers_of_a_piece(fft, hop, samples):
    """With 32 frames at a time, and with fewer and more."""
    piece = np.random.default_rng(samples).normal(size=samples).astype(np.float32)
    window = np.sin(np.pi * np.arange(fft) / fft) ** 2
    expected = np.array([np.fft.rfft(piece[n : n + fft] * window) for n in range(0, samples - fft + 1, hop)])
    found, power = spectra.spectra_of(piece, fft, hop), spectra.power_of(piece, fft, hop)
    assert (found.dtype, power.dtype) == (np.complex64, np.float32)
    assert found.shape == power.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(power, np.abs(expected) ** 2, rtol=1e-4, atol=1e-6)
