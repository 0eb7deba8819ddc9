"""The mel scale beside librosa's, and at frequencies that its definition names."""

import warnings

import librosa
import numpy as np
import pytest

from lib.audio.mel_scale import hz_to_mel, mel_bank, mel_frequencies
from tests.support.each import each


@each(("hz", "mel"), [(0, 0), (200, 3), (1000, 15), (6400, 42), (1000 * 6.4**0.5, 28.5)])
def test_frequencies_that_the_definition_names(hz, mel):
    assert hz_to_mel(hz) == pytest.approx(mel)


def test_frequencies_between_two_are_evenly_spaced_in_mel():
    assert mel_frequencies(15, 0, 6400) == pytest.approx(
        [*range(0, 1001, 200), *(1000 * 6.4 ** (k / 9) for k in range(1, 10))]
    )


@pytest.mark.parametrize(
    ("fft", "bands", "lowest", "highest"),
    [(2048, 138, 27.5, 16000.0), (2048, 128, 0.0, 11025.0), (1024, 80, 27.5, 11025.0)],
)
def test_banks_are_those_of_librosa(fft, bands, lowest, highest):
    with warnings.catch_warnings():  # bands above half the rate are empty
        warnings.simplefilter("ignore", UserWarning)
        other = librosa.filters.mel(sr=22050, n_fft=fft, n_mels=bands, fmin=lowest, fmax=highest)
    found = mel_bank(22050, fft, bands, lowest, highest)
    assert found.dtype == np.float32
    assert np.array_equal(found, other)
