"""Fundamental frequency of a sample: a pooled autocorrelation with octave guards.

Method: autocorrelation of Hann-windowed frames divided by that of the window (Boersma 1993, "Accurate short-term
analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound", Proc. IFA 17, 97-110).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft

FloatArray = NDArray[np.floating]

MIN_HZ = 26.0  # below A0 (27.5 Hz), the lowest note of the piano
MAX_HZ = 5000.0  # above C8 (4186 Hz), the highest
FRAME = 4096  # 186 ms at 22,050 Hz: five periods of A0
MAX_FRAMES = 6
ATTACK_SECONDS = 0.03  # the attack of a struck or plucked note is noise
UPSAMPLING = 4  # C8 has a period of only 5.3 samples
OCTAVE_COST = 0.02  # a period that is twice as long must be this much clearer (Boersma, page 106)
MIN_PERIODICITY = 0.5  # autocorrelation at the period, of 1 for a periodic sound; white noise stays below


@lru_cache(maxsize=64)
def _window(length: int, size: int) -> tuple[FloatArray, FloatArray]:
    """Hann window of `length` samples and its normalised autocorrelation, upsampled."""
    window = np.hanning(length + 2)[1:-1].astype(np.float32)
    power = np.abs(fft.rfft(window.astype(np.float64), size)) ** 2
    correlation = fft.irfft(power, UPSAMPLING * size)
    return window, (correlation / correlation[0]).astype(np.float64)


def _frames(y: FloatArray, sr: int) -> FloatArray:
    """Overlapping frames after the attack, shape (frames, length)."""
    body = y[min(round(ATTACK_SECONDS * sr), len(y) // 8) :]
    length = min(FRAME, len(body))
    count = min(-(-(len(body) - length) // (length // 2)) + 1, MAX_FRAMES)
    starts = np.linspace(0, len(body) - length, count).astype(int)
    return np.stack([body[s : s + length] for s in starts])


@njit(cache=True, nogil=True)
def _best_lag(ac: FloatArray, first: int, cost: float) -> tuple[float, float]:
    """Lag (in steps of `ac`) of the strongest key maximum after the first zero crossing, and its height."""
    k = 1
    while k < len(ac) and ac[k] > 0:
        k += 1
    best, lag, height = -1e9, 0.0, 0.0
    for i in range(max(k, first, 1), len(ac) - 1):
        if ac[i] > ac[i - 1] and ac[i] >= ac[i + 1]:
            score = ac[i] - cost * np.log2(i)
            if score > best:
                bend = ac[i - 1] - 2 * ac[i] + ac[i + 1]
                best, height = score, ac[i]
                lag = i + 0.5 * (ac[i - 1] - ac[i + 1]) / bend
    return lag, height


def estimate_hz(y: FloatArray, sr: int = 22050) -> float:
    """Fundamental frequency in Hz of one sample `y` (mono, shape (n,)), or 0.0 where it is not periodic."""
    if len(y) < 64:
        return 0.0
    frames = _frames(np.asarray(y, dtype=np.float32), sr)
    frames = frames - frames.mean(axis=1, keepdims=True)
    length = frames.shape[1]
    size = fft.next_fast_len(2 * length, real=True)
    window, window_ac = _window(length, size)
    power = np.abs(fft.rfft(frames * window, size, axis=1)) ** 2
    energy = power.sum(axis=1)
    if not energy.max() > 1e-9:
        return 0.0
    pooled = (power / np.sqrt(np.maximum(energy, 1e-12) * energy.max())[:, None]).sum(axis=0)
    ac = fft.irfft(pooled.astype(np.float64), UPSAMPLING * size)
    lags = min(int(sr / MIN_HZ * UPSAMPLING) + 2, int(0.8 * length * UPSAMPLING))
    ac = ac[:lags] / ac[0] / np.maximum(window_ac[:lags], 1e-3)
    lag, height = _best_lag(ac, int(sr / MAX_HZ * UPSAMPLING), OCTAVE_COST)
    return UPSAMPLING * sr / lag if height >= MIN_PERIODICITY else 0.0


def estimate_hz_batch(samples: Sequence[FloatArray], sr: int = 22050) -> NDArray[np.float64]:
    """`estimate_hz` of each sample, shape (samples,)."""
    return np.array([estimate_hz(y, sr) for y in samples], dtype=np.float64)
