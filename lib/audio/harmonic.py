"""The harmonic part of a sound: median-filter separation (HPSS), with the medians from a selection network.

Source: D. FitzGerald, "Harmonic/percussive separation using median filtering", DAFx 2010; margins: J. Driedger,
M. Müller and S. Disch, "Extending harmonic-percussive separation of audio signals", ISMIR 2014.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from numba import njit

from lib.audio.spectra import CENTRE, FFT, HOP, hann32, stft_of_many

# Frames and bins under the median
WIDTH = 31
REACH = WIDTH // 2
# Factor by which the harmonic part must exceed the percussive part
MARGIN = 4.0
# Lowest sum of the windows over a sample that it is divided by
SMALLEST_WEIGHT = 1.2e-38
# Outputs computed side by side, so that each exchange of the network is a few vector instructions
LANES = 64


def _middle_network(count: int) -> np.ndarray:
    """Return the exchanges that bring the two middle values of `count` (even) inputs to their sorted places.

    Batcher's odd-even merge sort for the next power of two, without the exchanges that touch missing inputs and
    without those that neither middle value depends on. Shape (exchanges, 2): the smaller value goes first.
    """
    size = 1 << (count - 1).bit_length()
    pairs = []
    p = 1
    while p < size:
        k = p
        while k >= 1:
            for j in range(k % p, size - k, 2 * k):
                for i in range(min(k, size - j - k)):
                    if (i + j) // (2 * p) == (i + j + k) // (2 * p):
                        pairs.append((i + j, i + j + k))
            k //= 2
        p *= 2
    # Missing inputs count as infinitely large: they stay at the top, and exchanges with them do nothing.
    pairs = [pair for pair in pairs if pair[1] < count]
    needed = {count // 2 - 1, count // 2}
    kept = []
    for low, high in reversed(pairs):
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return np.array(kept[::-1], np.int64)


NETWORK = _middle_network(WIDTH - 1)


@njit(cache=True, nogil=True)
def _run_network(values: np.ndarray, network: np.ndarray) -> None:
    """Sort the two middle rows of `values` (rows, LANES) into place, lane by lane."""
    for step in range(len(network)):
        low, high = values[network[step, 0]], values[network[step, 1]]
        for k in range(LANES):
            a, b = low[k], high[k]
            low[k] = min(a, b)
            high[k] = max(a, b)


@njit(cache=True, nogil=True)
def _mirror(index: int, count: int) -> int:
    """Return the index that a place outside of 0..count-1 is mirrored to, the edge itself repeated."""
    index %= 2 * count
    return index if index < count else 2 * count - 1 - index


@njit(cache=True, nogil=True)
def _clamp_into(out: np.ndarray, extra: np.ndarray, values: np.ndarray, width: int) -> None:
    """Return the median of 31 values: the 31st, clamped between the two middle ones of the other thirty."""
    below, above = values[REACH - 1], values[REACH]
    for k in range(width):
        out[k] = min(max(extra[k], below[k]), above[k])


@njit(cache=True, nogil=True)
def median_over_frames(magnitude: np.ndarray, bounds: np.ndarray, network: np.ndarray) -> np.ndarray:
    """Return the running median over WIDTH frames, mirrored at the ends, of float32 (frames, bins).

    bounds: the first frame of each sound, and the end; each is filtered by itself. Two neighbouring windows share 30 of
    their 31 values: the network runs once for both.
    """
    bins = magnitude.shape[1]
    out = np.empty_like(magnitude)
    values = np.zeros((WIDTH - 1, LANES), np.float32)
    for sound in range(len(bounds) - 1):
        part = magnitude[bounds[sound] : bounds[sound + 1]]
        frames = len(part)
        for t in range(0, frames, 2):
            for first in range(0, bins, LANES):
                width = min(LANES, bins - first)
                for i in range(WIDTH - 1):
                    row = part[_mirror(t + 1 + i - REACH, frames)]
                    for k in range(width):
                        values[i, k] = row[first + k]
                _run_network(values, network)
                place = bounds[sound] + t
                before = part[_mirror(t - REACH, frames), first:]
                _clamp_into(out[place, first:], before, values, width)
                if t + 1 < frames:
                    after = part[_mirror(t + 1 + REACH, frames), first:]
                    _clamp_into(out[place + 1, first:], after, values, width)
    return out


@njit(cache=True, nogil=True)
def median_over_bins(magnitude: np.ndarray, network: np.ndarray) -> np.ndarray:
    """Return the running median over WIDTH bins, mirrored at the ends, of float32 (frames, bins)."""
    frames, bins = magnitude.shape
    out = np.empty((frames, bins), np.float32)
    values = np.zeros((WIDTH - 1, LANES), np.float32)
    half = (bins + 1) // 2
    # Even and odd outputs: lane k serves bins 2(first + k) and the one after it.
    even = np.zeros(half + WIDTH + LANES, np.float32)
    odd = np.zeros(half + WIDTH + LANES, np.float32)
    low = np.empty(LANES, np.float32)
    high = np.empty(LANES, np.float32)
    for t in range(frames):
        for n in range(half + REACH + 1):
            even[n] = magnitude[t, _mirror(2 * n - REACH, bins)]
            odd[n] = magnitude[t, _mirror(2 * n + 1 - REACH, bins)]
        for first in range(0, half, LANES):
            width = min(LANES, half - first)
            for i in range(WIDTH - 1):
                # The shared value i of output pair m is the padded sample 2m + 1 + i.
                source = odd if i % 2 == 0 else even
                start = first + (i + 1) // 2
                for k in range(LANES):
                    values[i, k] = source[min(start + k, len(source) - 1)]
            _run_network(values, network)
            _clamp_into(low, even[first:], values, width)
            _clamp_into(high, odd[first + REACH :], values, width)
            for k in range(width):
                place = 2 * (first + k)
                out[t, place] = low[k]
                if place + 1 < bins:
                    out[t, place + 1] = high[k]
    return out


@njit(cache=True, nogil=True)
def _mask(spectrum: np.ndarray, harmonic: np.ndarray, percussive: np.ndarray) -> np.ndarray:
    """Multiply a spectrum by the soft mask h² / (h² + (MARGIN·p)²)."""
    out = np.empty_like(spectrum)
    for t in range(spectrum.shape[0]):
        for n in range(spectrum.shape[1]):
            h, p = harmonic[t, n], np.float32(MARGIN) * percussive[t, n]
            greatest = max(h, p)
            if greatest < np.float32(1.2e-38):
                out[t, n] = 0
            else:
                h /= greatest
                p /= greatest
                out[t, n] = spectrum[t, n] * (h * h / (h * h + p * p))
    return out


@njit(cache=True, nogil=True)
def _overlap_add(
    frames: np.ndarray, window: np.ndarray, frame_bounds: np.ndarray, sample_bounds: np.ndarray
) -> np.ndarray:
    """Return the sounds, one after the other, whose centred frames (inverse transforms) are `frames` (frames, FFT)."""
    out = np.zeros(sample_bounds[-1], np.float32)
    for sound in range(len(frame_bounds) - 1):
        first, length = sample_bounds[sound], sample_bounds[sound + 1] - sample_bounds[sound]
        weight = np.zeros(length, np.float32)
        for t in range(frame_bounds[sound + 1] - frame_bounds[sound]):
            start = t * HOP - CENTRE
            frame = frames[frame_bounds[sound] + t]
            for n in range(max(0, -start), min(FFT, length - start)):
                out[first + start + n] += frame[n] * window[n]
                weight[start + n] += window[n] * window[n]
        for n in range(length):
            if weight[n] > SMALLEST_WEIGHT:
                out[first + n] /= weight[n]
    return out


def harmonic_part(
    spectra: np.ndarray, magnitude: np.ndarray, frame_bounds: np.ndarray, sample_bounds: np.ndarray
) -> np.ndarray:
    """Return the magnitude spectrograms of the harmonic parts of some sounds, float32, shape (frames, BINS).

    spectra, magnitude: the STFTs of the sounds, one after the other, and their magnitudes; bounds: the first frame
    (sample) of each sound and the end, int64. The masked spectra are turned into sound and analysed again, as
    `librosa.effects.harmonic` followed by an STFT does.
    """
    smooth = median_over_frames(magnitude, frame_bounds, NETWORK)
    masked = _mask(spectra, smooth, median_over_bins(magnitude, NETWORK))
    frames = scipy.fft.irfft(masked, FFT, axis=1)
    sounds = _overlap_add(frames, hann32(), frame_bounds, sample_bounds)
    return np.abs(stft_of_many(sounds, frame_bounds, sample_bounds))
