"""The STFT: against librosa's on the whole signal, and on tones whose spectrum is known."""

import librosa
import numpy as np
import pytest
import scipy.fft
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.audio import spectra
from tests.support.each import each


def plain_stft(y):
    return librosa.stft(y, n_fft=2048, hop_length=512, pad_mode="reflect").T


@given(length=st.integers(1025, 9000), cuts=st.lists(st.integers(1, 4000), max_size=5), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_blocks_give_the_frames_of_the_whole(length, cuts, seed):
    y = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
    blocks = [b for b in np.split(y, np.cumsum(cuts)) if len(b)]
    ours = np.concatenate(list(spectra.stft_blocks(blocks)))
    np.testing.assert_allclose(ours, plain_stft(y), atol=1e-4)


@each("length", [1, 2, 100, 661, 1024, 1025, 1026, 2047, 2048, 2049])
def test_short_signals_are_mirrored_as_numpy_does(length):
    y = np.random.default_rng(length).standard_normal(length).astype(np.float32)
    padded = np.pad(y, 1024, mode="reflect")
    window = np.hanning(2049)[:-1]
    expected = [np.fft.rfft(padded[n * 512 : n * 512 + 2048] * window) for n in range(1 + length // 512)]
    blocks = np.concatenate(list(spectra.stft_blocks([y])))
    bounds = np.array([0, len(expected)]), np.array([0, length])
    np.testing.assert_allclose(blocks, expected, atol=1e-3)
    np.testing.assert_allclose(spectra.stft_of_many(y, *bounds), expected, atol=1e-3)


def test_no_samples_have_no_frames():
    assert list(spectra.stft_blocks([])) == []


def test_many_sounds_are_each_analysed_alone():
    rng = np.random.default_rng(0)
    sounds = [rng.standard_normal(n).astype(np.float32) for n in (3000, 1100, 22050)]
    frame_bounds = np.cumsum([0, *(spectra.frame_count(len(s)) for s in sounds)])
    sample_bounds = np.cumsum([0, *map(len, sounds)])
    ours = spectra.stft_of_many(np.concatenate(sounds), frame_bounds, sample_bounds)
    np.testing.assert_allclose(ours, np.concatenate([plain_stft(s) for s in sounds]), atol=1e-4)


def test_a_full_scale_tone_in_the_middle_of_a_bin_has_half_the_windows_sum():
    k = 100  # cycles in 2048 samples
    y = np.cos(2 * np.pi * k * np.arange(22050) / 2048).astype(np.float32)
    magnitude = np.abs(spectra.stft_of_many(y, np.array([0, 44]), np.array([0, 22050])))
    # The Hann window sums to 1024: a cosine of amplitude 1 gives half of that in its bin, a quarter beside it.
    assert magnitude[20, k] == pytest.approx(512, rel=1e-4)
    assert magnitude[20, k + 1] == pytest.approx(256, rel=1e-3)
    assert magnitude[20, k + 3] < 0.1


@each("count", [1, spectra.CHUNK - 1, spectra.CHUNK, 2 * spectra.CHUNK + 5])
def test_frames_transformed_in_chunks_are_those_of_one_call(count):
    sound = np.random.default_rng(2).standard_normal(spectra.HOP * count + spectra.FFT).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound, spectra.FFT)[:: spectra.HOP][:count]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(spectra.FFT) / spectra.FFT)
    wanted = scipy.fft.rfft(frames * window, axis=1).astype(np.complex64)
    piece = sound[: (count - 1) * spectra.HOP + spectra.FFT]
    assert (spectra.spectra_of(piece) == wanted).all()


@each("count", [1, 32, 33, 512])
def test_power_is_the_square_of_the_magnitude(count):
    sound = np.random.default_rng(4).standard_normal(spectra.HOP * (count - 1) + spectra.FFT).astype(np.float32)
    power = spectra.power_of(sound)
    assert power.dtype == np.float32
    np.testing.assert_array_equal(power, np.abs(spectra.spectra_of(sound)) ** 2)


@given(
    length=st.integers(1, 9000),
    cuts=st.lists(st.integers(1, 3000), max_size=5),
    hop=st.sampled_from([16, 20]),
    batch=st.integers(1, 40),
)
@settings(max_examples=60)
def test_pieces_hold_the_frames_of_the_whole_however_it_comes(length, cuts, hop, batch):
    fft = 64
    y = np.random.default_rng(length).standard_normal(length).astype(np.float32)
    blocks = [b for b in np.split(y, np.cumsum(cuts)) if len(b)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spectra, "BATCH", batch)
        pieces = list(spectra.frame_batches(blocks, fft, hop))
    counts = [1 + (len(piece) - fft) // hop for piece in pieces]
    assert counts[:-1] == [batch] * (len(counts) - 1)
    assert 1 <= counts[-1] <= batch
    padded = np.pad(y, fft // 2, mode="reflect")
    wanted = [padded[n * hop : n * hop + fft] for n in range(1 + length // hop)]
    found = [piece[n * hop : n * hop + fft] for piece, count in zip(pieces, counts, strict=True) for n in range(count)]
    np.testing.assert_array_equal(found, wanted)
