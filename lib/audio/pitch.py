"""The fundamental frequency of a sample.

Autocorrelation of Hann-windowed frames divided by that of their window (Boersma 1993, "Accurate short-term analysis of
the fundamental frequency and the harmonics-to-noise ratio of a sampled sound", Proc. IFA 17, 97-110), summed over the
steady part, finds the periods; the partials of the same frames say which of them is the note (`lib.audio.partials`).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from scipy import fft

from lib.audio.partials import MIN_HZ, PEAK_REACH, find_candidates, find_partials, height_at, plausibility

FRAME_SECONDS = 0.186  # five periods of A0; longer frames blur vibrato, and no note was found better with them
MOST_FRAMES = 6
LENGTH_STEP = 128  # samples: frames are cut to multiples, so that few windows have to be kept
LONGEST_LAG = 0.8  # of a frame: beyond, too little of the Hann window overlaps itself
SMALLEST_OVERLAP = 0.02  # of the window's autocorrelation: what is divided by less would be noise
SHORTEST = 64  # samples: less does not hold two periods of anything but the highest octave
UPSAMPLING = 2  # C8 has a period of 5.3 samples at 22,050 Hz
# The autocorrelation hears high partials less (first order, from here up): those of stiff strings and struck bars are
# no multiples of the fundamental, and would shift its maxima.
EVEN_BELOW = 1000.0
RUMBLE = 20.0

# A sample begins where it rises within 12 dB of its loudest 5 ms (onsets are put into the quiet before it); then 30 ms,
# or a fifth of a short sample, are its attack: noise, or a voice that slides to its note.
BLOCK_SECONDS, BEGIN_LEVEL = 0.005, 10 ** (-12 / 10)
ATTACK_SECONDS, ATTACK_SHARE = 0.03, 0.2
SILENCE = 1e-12  # of the power of the loudest: what 32-bit numbers leave of DC

# White noise of 100 ms stays below 0.15 on both, nine in ten pieces of pink noise below 0.3 and 0.55, longer ones far
# below; 998 in 1000 rendered notes reach one of them. Bright notes with a chorus have little of the first, mixtures of
# many notes little of the second.
PERIODIC = 0.4  # normalised autocorrelation of the whole spectrum at the period
TONAL, TONES = 0.55, 5  # share of the power in the strongest partials


@lru_cache(maxsize=128)
def _window(length: int, size: int, sr: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a Hann window (length,), its normalised autocorrelation (UPSAMPLING * size,), a gain (size // 2 + 1,)."""
    window = np.hanning(length + 2)[1:-1]
    overlap = fft.irfft(np.abs(fft.rfft(window, size)) ** 2, UPSAMPLING * size)
    frequencies = np.arange(size // 2 + 1) * sr / size
    gain = np.where(frequencies < RUMBLE, 0, 1 / (1 + (frequencies / EVEN_BELOW) ** 2))
    overlap = np.maximum(overlap / overlap[0], SMALLEST_OVERLAP)
    return window.astype(np.float32), overlap.astype(np.float32), gain.astype(np.float32)


@njit(cache=True, nogil=True)
def _steady_start(y: np.ndarray, block: int, attack: int) -> int:
    """Return where the steady part of a sample begins."""
    count = max(len(y) // block, 1)
    energies = np.zeros(count)
    for n in range(count):
        for value in y[n * block : (n + 1) * block]:
            energies[n] += value * value
    begin = 0
    while energies[begin] < energies.max() * BEGIN_LEVEL:
        begin += 1
    begin *= block
    return begin + min(attack, int((len(y) - begin) * ATTACK_SHARE))


def _frames(y: np.ndarray, sr: int) -> np.ndarray:
    """Return half-overlapping frames of the steady part, without DC, shape (frames, length), float32."""
    body = y[_steady_start(y, max(round(BLOCK_SECONDS * sr), 1), round(ATTACK_SECONDS * sr)) :]
    longest = round(FRAME_SECONDS * sr) // LENGTH_STEP * LENGTH_STEP
    length = min(longest, len(body) // LENGTH_STEP * LENGTH_STEP) or len(body)
    spare = len(body) - length
    count = min(1 + -(-2 * spare // length), MOST_FRAMES) if spare >= LENGTH_STEP else 1
    starts = np.linspace(0, spare, count).astype(int)
    frames = np.stack([body[s : s + length] for s in starts])
    return frames - frames.mean(axis=1, keepdims=True)


@njit(cache=True, nogil=True)
def _correlation_at(power: np.ndarray, turn: float) -> float:
    """Return the normalised autocorrelation of a power spectrum at a lag that turns its first bin by `turn` radians."""
    total, match = 0.0, 0.0
    for k in range(1, len(power)):
        total += power[k]
        match += power[k] * np.cos(turn * k)
    return match / total


@njit(cache=True, nogil=True)
def _tonal_share(power: np.ndarray, step: float, resolution: float, hz: np.ndarray, levels: np.ndarray) -> float:
    """Return which share of the power lies in the strongest TONES partials."""
    tonal, total = 0.0, power.sum()
    for n in np.argsort(-levels, kind="mergesort")[:TONES]:
        first = max(int(np.ceil((hz[n] - PEAK_REACH * resolution) / step)), 0)
        end = int((hz[n] + PEAK_REACH * resolution) / step) + 1
        tonal += power[first:end].sum()
    return tonal / total


@njit(cache=True, nogil=True)
def _fundamental(
    power: np.ndarray, correlation: np.ndarray, overlap: np.ndarray, sr: float, step: float, resolution: float
) -> float:
    """Return the most plausible fundamental of a spectrum and its autocorrelation, or 0 where it is not periodic."""
    rate = sr * UPSAMPLING
    hz, levels = find_partials(power, step, resolution)
    best, fundamental = -np.inf, 0.0
    for f in find_candidates(correlation, rate, hz, levels, resolution):
        score = plausibility(f, height_at(correlation, rate / f), hz, levels, resolution)
        if score > best:
            best, fundamental = score, f
    if fundamental == 0.0 or _tonal_share(power, step, resolution, hz, levels) >= TONAL:
        return fundamental
    whole = _correlation_at(power, 2 * np.pi * step / fundamental) / overlap[int(rate / fundamental + 0.5)]
    return fundamental if whole >= PERIODIC else 0.0


def estimate_hz(y: np.ndarray, sr: int = 22050) -> float:
    """Return the fundamental frequency of one sample in Hz, MIN_HZ to MAX_HZ, or 0.0 where it is not periodic.

    y: mono, shape (n,), any length (a sample of 100 ms is enough from about 50 Hz up), without NaN; sr: Hz. The level
    makes no difference. Noise, clicks, silence and DC are not periodic; a sound of few partials that are no multiples
    of one frequency (a bar, a bell, a drum) counts as periodic.
    """
    y = np.asarray(y, dtype=np.float32)
    if len(y) < SHORTEST or not y.any():
        return 0.0
    frames = _frames(y / np.abs(y).max(), sr)
    length = frames.shape[1]
    lags = min(int(sr / MIN_HZ) + 3, int(LONGEST_LAG * length))
    size = fft.next_fast_len(length + lags, real=True)
    size += size % 2
    window, overlap, gain = _window(length, size, sr)
    spectra = fft.rfft(frames * window, size, axis=1)
    power = spectra.real**2 + spectra.imag**2
    energy = power.sum(axis=1)
    loudest = energy.max()
    if loudest < SILENCE * size * length:
        return 0.0
    # Each frame counts by its amplitude.
    pooled = (power / np.sqrt(np.maximum(energy, SILENCE * loudest) * loudest)[:, None]).sum(axis=0)
    correlation = fft.irfft(pooled * gain, UPSAMPLING * size)[: UPSAMPLING * lags]
    correlation /= correlation[0] * overlap[: UPSAMPLING * lags]
    return _fundamental(pooled, correlation, overlap, float(sr), sr / size, sr / length)
