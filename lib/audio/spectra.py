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


class FrameBatches:
    """Cuts a mono signal that comes in blocks into batches, each with the samples of BATCH overlapping frames.

    The signal is mirrored at its ends. The batches do not depend on the blocks: only the last ones may be shorter. A
    batch of `n` frames has (n - 1) * hop + fft samples.
    """

    def __init__(self, fft: int = FFT, hop: int = HOP) -> None:
        self._fft, self._hop, self._centre = fft, hop, fft // 2
        self._held = np.zeros(0, np.float32)
        self._samples, self._done = 0, 0
        self._begun = False

    def add(self, block: np.ndarray) -> list[np.ndarray]:
        """Add the next samples; return the batches that they complete."""
        self._samples += len(block)
        held = np.concatenate([self._held, block])
        if not self._begun and len(held) > self._centre:
            held = np.concatenate([held[self._centre : 0 : -1], held])
            self._begun = True
        batches = []
        # The last centre + 1 samples stay, since the end is mirrored at the last of them.
        while self._begun and len(held) > BATCH * self._hop + self._fft + self._centre:
            batches.append(held[: (BATCH - 1) * self._hop + self._fft])
            held = held[BATCH * self._hop :]
            self._done += BATCH
        self._held = held
        return batches

    def end(self) -> list[np.ndarray]:
        """Return the batches that are left; a signal without samples has none."""
        if not self._samples:
            return []
        held = np.pad(self._held, (0 if self._begun else self._centre, self._centre), mode="reflect")
        left = 1 + self._samples // self._hop - self._done
        counts = [(first, min(BATCH, left - first)) for first in range(0, left, BATCH)]
        return [held[first * self._hop :][: (count - 1) * self._hop + self._fft] for first, count in counts]


def frame_batches(blocks: Iterable[np.ndarray], fft: int = FFT, hop: int = HOP) -> Iterator[np.ndarray]:
    """Yield the batches of `FrameBatches` of a signal that comes in blocks."""
    cutter = FrameBatches(fft, hop)
    for block in blocks:
        yield from cutter.add(block)
    yield from cutter.end()


def stft_blocks(blocks: Iterable[np.ndarray], fft: int = FFT, hop: int = HOP) -> Iterator[np.ndarray]:
    """Yield the STFT of a signal that comes in blocks, complex64 of shape (BATCH frames, fft // 2 + 1), the last fewer.

    The frames are those of the whole signal at once (computed in double precision, as in librosa): only a block and its
    overlap are held. An empty signal yields nothing.
    """
    for batch in frame_batches(blocks, fft, hop):
        yield spectra_of(batch, fft, hop)


@cache
def _window(fft: int) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(fft) / fft)


def spectra_of(batch: np.ndarray, fft: int = FFT, hop: int = HOP) -> np.ndarray:
    """Return the STFT of the frames that a batch of `FrameBatches` holds, complex64, shape (frames, fft // 2 + 1)."""
    return np.concatenate(list(_chunks(batch, fft, hop)))


def power_of(batch: np.ndarray, fft: int = FFT, hop: int = HOP) -> np.ndarray:
    """Return the power of the bins of these frames, float32, shape (frames, fft // 2 + 1)."""
    power = np.empty((1 + (len(batch) - fft) // hop, fft // 2 + 1), np.float32)
    for first, spectra in zip(range(0, len(power), CHUNK), _chunks(batch, fft, hop)):
        np.abs(spectra, out=power[first : first + CHUNK])
    return np.square(power, out=power)


def _chunks(batch: np.ndarray, fft: int, hop: int) -> Iterator[np.ndarray]:
    frames = np.lib.stride_tricks.sliding_window_view(batch, fft)[::hop]
    for first in range(0, len(frames), CHUNK):
        yield scipy.fft.rfft(frames[first : first + CHUNK] * _window(fft), axis=1).astype(np.complex64)
