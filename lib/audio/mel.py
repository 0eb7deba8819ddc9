"""Mel spectra and the cosines that turn them into MFCCs."""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit

from lib.audio.spectra import ANALYSIS_RATE, FFT, frame_count, stft_of_many

MEL_BANDS = 128
# MFCCs
COEFFICIENTS = 13


@cache
def mel_filters() -> tuple[np.ndarray, np.ndarray]:
    """Return where each mel band begins and ends, int64 bins of shape (bands, 2), and the filters, float32."""
    import librosa.filters

    filters = librosa.filters.mel(sr=ANALYSIS_RATE, n_fft=FFT, n_mels=MEL_BANDS).astype(np.float32)
    inside = filters > 0
    return np.stack([inside.argmax(axis=1), filters.shape[1] - inside[:, ::-1].argmax(axis=1)], axis=1), filters


@njit(cache=True, nogil=True)
def _mel_power(spectra: np.ndarray, bounds: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Return the power of spectra (frames, BINS), complex64, in each mel band: float32, shape (frames, bands)."""
    out = np.empty((len(spectra), len(bounds)), np.float32)
    power = np.empty(spectra.shape[1], np.float32)
    for t in range(len(spectra)):
        for k in range(spectra.shape[1]):
            power[k] = spectra[t, k].real * spectra[t, k].real + spectra[t, k].imag * spectra[t, k].imag
        for band in range(len(bounds)):
            total = np.float32(0)
            for k in range(bounds[band, 0], bounds[band, 1]):
                total += power[k] * filters[band, k]
            out[t, band] = total
    return out


def mel_power(sound: np.ndarray) -> np.ndarray:
    """Return the power of a sound (mono float32 at ANALYSIS_RATE) in each mel band: float32, (frames, MEL_BANDS)."""
    frames = frame_count(len(sound))
    return _mel_power(stft_of_many(sound, np.array([0, frames]), np.array([0, len(sound)])), *mel_filters())


@cache
def mel_centres() -> np.ndarray:
    """Return the centre of each mel band in Hz, float64, shape (MEL_BANDS,)."""
    import librosa

    return librosa.mel_frequencies(MEL_BANDS + 2, fmin=0.0, fmax=ANALYSIS_RATE / 2)[1:-1]


@cache
def cosines() -> np.ndarray:
    """Return the orthonormal DCT-II that turns a column of bands into MFCCs, float64, shape (bands, coefficients)."""
    import scipy.fft

    return scipy.fft.dct(np.eye(MEL_BANDS), axis=0, norm="ortho")[:COEFFICIENTS].T
