"""Mel bands: where they lie, and the power in them."""

import numpy as np
import pytest

from lib.audio.mel import MEL_BANDS, cosines, mel_centres, mel_filters, mel_power
from lib.audio.spectra import ANALYSIS_RATE, FFT


def test_each_filter_is_highest_at_its_centre_and_ends_at_its_neighbours():
    bounds, filters = mel_filters()
    centres, step = mel_centres(), ANALYSIS_RATE / FFT
    assert centres.shape == (MEL_BANDS,)
    assert filters.argmax(axis=1) * step == pytest.approx(centres, abs=step)
    edges = np.array([0, *centres, ANALYSIS_RATE / 2])
    for n, (first, end) in enumerate(bounds.tolist()):
        assert (filters[n, first:end] > 0).all()
        assert not filters[n, :first].any()
        assert not filters[n, end:].any()
        assert edges[n] < first * step <= edges[n] + step
        assert edges[n + 2] - step <= (end - 1) * step < edges[n + 2]


def test_a_tone_is_in_the_band_of_its_frequency():
    for band in (30, 60, 100):
        hz = mel_centres()[band]
        tone = np.sin(2 * np.pi * hz * np.arange(8192) / ANALYSIS_RATE).astype(np.float32)
        assert set(mel_power(tone)[3:-3].argmax(axis=1).tolist()) == {band}


def test_cosines_are_those_of_the_transform():
    n = (np.arange(MEL_BANDS) + 0.5) / MEL_BANDS
    for k in range(13):
        scale = np.sqrt((1 if k == 0 else 2) / MEL_BANDS)
        assert cosines()[:, k] == pytest.approx(scale * np.cos(np.pi * k * n), abs=1e-12)
    assert cosines().shape == (MEL_BANDS, 13)
