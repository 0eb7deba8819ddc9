"""The harmonic part: against numpy's medians, and librosa's separation."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.audio import harmonic
from lib.audio.spectra import frame_count, stft_of_many


def padded_median(values, axis):
    pad = [(0, 0), (0, 0)]
    pad[axis] = (15, 15)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, pad, mode="symmetric"), 31, axis=axis)
    return np.median(windows, axis=-1).astype(np.float32)


@given(frames=st.integers(1, 40), bins=st.integers(1, 200), levels=st.integers(1, 1000), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_running_medians_are_exact(frames, bins, levels, seed):
    values = np.random.default_rng(seed).integers(0, levels, (frames, bins)).astype(np.float32)
    over_frames = harmonic.median_over_frames(values, np.array([0, frames]), harmonic.NETWORK)
    np.testing.assert_array_equal(over_frames, padded_median(values, 0))
    np.testing.assert_array_equal(harmonic.median_over_bins(values, harmonic.NETWORK), padded_median(values, 1))


def test_sounds_side_by_side_do_not_meet_in_the_median():
    values = np.random.default_rng(0).random((20, 50)).astype(np.float32)
    both = harmonic.median_over_frames(values, np.array([0, 7, 20]), harmonic.NETWORK)
    np.testing.assert_array_equal(both[:7], padded_median(values[:7], 0))
    np.testing.assert_array_equal(both[7:], padded_median(values[7:], 0))


def test_the_network_finds_the_middle_of_every_order():
    rng = np.random.default_rng(0)
    values = np.empty((30, 64), np.float32)
    for lane in range(64):
        values[:, lane] = rng.permutation(30)
    harmonic._run_network(values, harmonic.NETWORK)
    assert (values[14] == 14).all()
    assert (values[15] == 15).all()


@pytest.mark.parametrize("length", [2000, 6613, 22050])
def test_the_harmonic_part_is_librosas(length):
    rng = np.random.default_rng(length)
    time = np.arange(length) / 22050
    y = (np.sin(2 * np.pi * 440 * time) + rng.standard_normal(length) * np.exp(-time * 20)).astype(np.float32)
    separated = librosa.decompose.hpss(librosa.stft(y, pad_mode="reflect"), margin=4)[0]
    expected = np.abs(librosa.stft(librosa.istft(separated, length=length), pad_mode="reflect")).T
    frames, samples = np.array([0, frame_count(length)]), np.array([0, length])
    spectra = stft_of_many(y, frames, samples)
    ours = harmonic.harmonic_part(spectra, np.abs(spectra), frames, samples)
    assert np.abs(ours - expected).max() < 1e-5 * expected.max()


def test_the_mask_is_the_share_of_the_squares():
    random = np.random.default_rng(2)
    spectrum = (random.normal(size=(9, 8)) + 1j * random.normal(size=(9, 8))).astype(np.complex64)
    levels = [0, 1e-39, 1.3e-38, 1e-30, 1, 2, 3e38, 5]
    h = random.choice(levels, (9, 8)).astype(np.float32)
    p = random.choice(levels, (9, 8)).astype(np.float32) / 8  # (four times as much is a number still)
    h[0], p[0] = 0, 0
    h[1], p[1] = 1.1e-38, 0
    found = harmonic._mask(spectrum, h, p)
    for place in np.ndindex(9, 8):
        one, four = float(h[place]), 4 * float(p[place])
        share = one**2 / (one**2 + four**2) if max(one, four) >= 1.2e-38 else 0
        assert found[place] == pytest.approx(spectrum[place] * share, rel=1e-4, abs=1e-7)


def test_frames_are_added_by_brute_force():
    """Each sample is the mean of what the frames say of it, by the squares of their windows; 0 where none do."""
    random = np.random.default_rng(3)
    window = harmonic.hann32()
    lengths = [1, 700, 2500]
    counts = [frame_count(n) for n in lengths]
    pieces = random.normal(size=(sum(counts), 2048)).astype(np.float32)
    found = harmonic._overlap_add(pieces, window, np.cumsum([0, *counts]), np.cumsum([0, *lengths]))
    begin, place = 0, 0
    for length, count in zip(lengths, counts, strict=True):
        sums, weights = np.zeros(length), np.zeros(length)
        for t in range(count):
            for n in range(2048):
                at = 512 * t - 1024 + n
                if 0 <= at < length:
                    sums[at] += float(pieces[place + t, n]) * float(window[n])
                    weights[at] += float(window[n]) ** 2
        np.testing.assert_allclose(found[begin : begin + length], sums / weights, rtol=1e-3, atol=1e-4)
        begin, place = begin + length, place + count
    # Windows that are next to nothing there are not divided by.
    tiny = np.full(2048, 1e-20, np.float32)
    made = harmonic._overlap_add(pieces[:1], tiny, np.array([0, 1]), np.array([0, 1]))
    assert made[0] == pytest.approx(pieces[0, 1024] * 1e-20, rel=1e-3)
