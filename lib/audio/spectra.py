"""Short-time spectra as used throughout: Hann, 2048 samples, hop 512, centred with reflect padding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import scipy.fft
from numba import njit

# Hz, for all measurements
ANALYSIS_RATE = 22050
FFT = 2048
HOP = 512
BINS = FFT // 2 + 1
CENTRE = FFT // 2
# Frames turned into bands at a time: always this number, since the last bit of a matrix product may depend on it.
BATCH = 512
# Frames transformed at a time: few enough to stay in the processor's cache, which takes half the time. A multiple of
# the frames that pocketfft transforms side by side, so that all are rounded as in one call.
CHUNK = 32


@cache
def hann() -> np.ndarray:
    """Return the periodic Hann window, float64, shape (FFT,)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)


def frame_count(samples: int) -> int:
    """Return the number of frames of a centred STFT."""
    return 1 + samples // HOP


def frames_of(padded: np.ndarray, count: int) -> np.ndarray:
    """Return `count` overlapping frames of a padded signal as a view, shape (count, FFT)."""
    return np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][:count]


@cache
def hann32() -> np.ndarray:
    """Return the Hann window as float32."""
    return hann().astype(np.float32)


@njit(cache=True, nogil=True)
def _windowed(
    sounds: np.ndarray, window: np.ndarray, frame_bounds: np.ndarray, sample_bounds: np.ndarray
) -> np.ndarray:
    """Cut each sound into centred, mirrored, windowed frames, shape (frames, FFT)."""
    out = np.empty((frame_bounds[-1], FFT), np.float32)
    for sound in range(len(frame_bounds) - 1):
        y = sounds[sample_bounds[sound] : sample_bounds[sound + 1]]
        length = len(y)
        period = max(2 * (length - 1), 1)
        for t in range(frame_bounds[sound + 1] - frame_bounds[sound]):
            row = out[frame_bounds[sound] + t]
            start = t * HOP - CENTRE
            inside, after = max(0, -start), max(min(FFT, length - start), 0)
            for n in range(inside, after):
                row[n] = y[start + n] * window[n]
            for n in range(inside):
                place = (-(start + n)) % period
                row[n] = y[min(place, period - place)] * window[n]
            for n in range(after, FFT):
                place = (start + n) % period
                row[n] = y[min(place, period - place)] * window[n]
    return out


def stft_of_many(sounds: np.ndarray, frame_bounds: np.ndarray, sample_bounds: np.ndarray) -> np.ndarray:
    """Return the STFTs of several sounds: complex64, shape (frames, BINS), unnormalised.

    sounds: float32, one after the other; bounds: the first frame (sample) of each and the end, int64, where a sound
    of n samples (one or more) has `frame_count(n)` frames.
    """
    return scipy.fft.rfft(_windowed(sounds, hann32(), frame_bounds, sample_bounds), axis=1)


def stft_blocks(blocks: Iterable[np.ndarray], fft: int = FFT, hop: int = HOP, skipped: int = 0) -> Iterator[np.ndarray]:
    """Yield the STFT of a signal that comes in blocks, complex64 of shape (some frames, fft // 2 + 1).

    The frames are those of the whole signal at once (computed in double precision, as in librosa): only a block and its
    overlap are held. An empty signal yields nothing. skipped: frames to leave out at the beginning.
    """
    buffer = np.zeros(0, np.float32)
    samples, done, centre = 0, 0, fft // 2
    begun = False
    for block in blocks:
        samples += len(block)
        buffer = np.concatenate([buffer, block])
        if not begun and len(buffer) > centre:
            buffer = np.concatenate([buffer[centre:0:-1], buffer])
            begun = True
        # The last centre + 1 samples stay, since the end is mirrored at the last of them.
        if begun and (ready := (len(buffer) - fft - centre - 1) // hop) > 0:
            known = min(max(skipped - done, 0), ready)
            if known < ready:
                yield _spectra(buffer, ready, fft, hop)[known:]  # (rounding depends on the number at a time)
            done += ready
            buffer = buffer[ready * hop :]
    if samples:
        buffer = np.pad(buffer, (0 if begun else centre, centre), mode="reflect")
        known = max(skipped - done, 0)
        if done + known < 1 + samples // hop:
            yield _spectra(buffer, 1 + samples // hop - done, fft, hop)[known:]


def batches(spectra: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the frames BATCH at a time, however they arrive; the last batch is smaller."""
    held: list[np.ndarray] = []
    count = 0
    for frames in spectra:
        held.append(frames)
        count += len(frames)
        if count >= BATCH:
            whole = np.concatenate(held)
            ready = count // BATCH * BATCH
            yield from np.split(whole[:ready], ready // BATCH)
            held, count = [whole[ready:]], count - ready
    if count:
        yield np.concatenate(held)


@cache
def _window(fft: int) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(fft) / fft)


def _spectra(padded: np.ndarray, count: int, fft: int, hop: int) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(padded, fft)[::hop][:count]
    out = np.empty((count, fft // 2 + 1), np.complex64)
    for first in range(0, count, CHUNK):
        out[first : first + CHUNK] = scipy.fft.rfft(frames[first : first + CHUNK] * _window(fft), axis=1)
    return out
