"""The fundamental frequency of a sample.

Autocorrelation of Hann-windowed frames divided by that of their window (Boersma 1993, "Accurate short-term analysis of
the fundamental frequency and the harmonics-to-noise ratio of a sampled sound", Proc. IFA 17, 97-110), summed over the
steady part, finds the periods; the partials of the same frames say which of them is the note (`lib.audio.partials`),
and which note is heard of a bell, where it is not a period (`lib.audio.bells`). Short low sounds are compared with
themselves (`lib.audio.few_periods`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numba import njit
from scipy import fft

from lib.audio.bells import heard
from lib.audio.clearness import clearnesses
from lib.audio.few_periods import longest, low_pitch
from lib.audio.modes import knocks
from lib.audio.partials import MAX_HZ, MIN_HZ, fundamentals

# Five periods of A0; longer frames blur vibrato, and found no note better.
FRAME_SECONDS = 0.186
MOST_FRAMES = 6
# Samples: frames are cut to multiples of it, so that few windows have to be cached.
LENGTH_STEP = 128
# Share of a frame: beyond it, too little of the Hann window overlaps itself.
LONGEST_LAG = 0.8
# Least value of the window's autocorrelation: dividing by less would give noise.
SMALLEST_OVERLAP = 0.02
# Samples: fewer hold two periods of the highest octave only.
SHORTEST = 64
# The autocorrelation weights high partials less (first order, from here up): those of stiff strings and struck bars are
# not multiples of the fundamental, and would shift its maxima.
EVEN_BELOW = 1000.0
RUMBLE = 20.0

# A sample begins where it rises to within 12 dB of its loudest 5 ms (onsets are put into the quiet before it); the next
# 30 ms, or a fifth of a short sample, are its attack: noise, or a voice that slides to its note. What swells slowly and
# is low has no period to spare: its periods are compared from 20 dB below on.
BLOCK_SECONDS, BEGIN_LEVEL, SWELL_LEVEL = 0.005, 10 ** (-12 / 10), 10 ** (-20 / 10)
ATTACK_SECONDS, ATTACK_SHARE = 0.03, 0.2
# If a sample is not steady (a gliding voice, a chirp), frames of 46 ms are measured one by one: the median of their
# pitches is taken if they are more periodic than the whole. Those within 6 dB of the loudest count; half of them have
# to be voiced. A ringing sound (a bell, a chord: much of its power in a few partials) is steady whatever its period.
SHORT_FRAME_SECONDS, MOST_SHORT_FRAMES = 0.0464, 16
# In frames.
SHORTEST_GLIDE = 1.5
STEADY, RINGING = 0.92, 0.88
LOUD, VOICED, MOST_VOICED = 0.25, 0.6, 0.5
# Number of periods that a short frame has to hold.
PERIODS_IN_FRAME = 3.0
GAIN = 0.03
# A band is narrow that has this share of the power within a factor (a fifth of an octave) of its middle; from here, Hz.
HIGH_BAND, BAND_REACH, BAND_SHARE = 4000.0, 2**0.2, 0.75
# Power relative to full scale: the remainder of DC in 32-bit numbers.
SILENCE = 1e-12
# The smallest 32-bit number.
TINY = 1e-37


@lru_cache(maxsize=128)
def _window(length: int, size: int, sr: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a Hann window (length,), its normalised autocorrelation (size,), a gain (size // 2 + 1,)."""
    window = np.hanning(length + 2)[1:-1]
    overlap = fft.irfft(np.abs(fft.rfft(window, size)) ** 2, size)
    frequencies = np.arange(size // 2 + 1) * sr / size
    gain = np.where(frequencies < RUMBLE, 0, 1 / (1 + (frequencies / EVEN_BELOW) ** 2))
    overlap = np.maximum(overlap / overlap[0], SMALLEST_OVERLAP)
    return window.astype(np.float32), overlap.astype(np.float32), gain.astype(np.float32)


@njit(cache=True, nogil=True)
def _steady_starts(joined: np.ndarray, bounds: np.ndarray, block: int, level: float, attack: int) -> np.ndarray:
    """Return where the steady part of each sample begins in the joined samples, or -1 if it is short or silent.

    level: of the power of its loudest block, from which on it counts; attack: samples of it that do not.
    """
    out = np.full(len(bounds) - 1, -1)
    for n in range(len(out)):
        y = joined[bounds[n] : bounds[n + 1]]
        if len(y) < SHORTEST:
            continue
        energies = np.zeros(max(len(y) // block, 1))
        for k in range(len(energies)):
            for value in y[k * block : (k + 1) * block]:
                energies[k] += np.float64(value) ** 2
        if not energies.max() > 0:
            continue
        begin = 0
        while energies[begin] < energies.max() * level:
            begin += 1
        begin *= block
        out[n] = bounds[n] + begin + min(attack, int((len(y) - begin) * ATTACK_SHARE))
    return out


@njit(cache=True, nogil=True)
def _windowed_frames(
    joined: np.ndarray, starts: np.ndarray, ends: np.ndarray, frame_bounds: np.ndarray, window: np.ndarray
) -> np.ndarray:
    """Return frames of each part of the joined samples, evenly spread, without DC: (frames, length), float32.

    starts, ends: of the parts, each as long as the window at least; frame_bounds: part n has the frames from
    frame_bounds[n] to frame_bounds[n + 1]. Each part is scaled to a peak of 1.
    """
    length = len(window)
    out = np.empty((frame_bounds[-1], length), np.float32)
    for n in range(len(starts)):
        part = joined[starts[n] : ends[n]]
        peak = TINY
        for value in part:
            peak = max(np.float64(abs(value)), peak)
        count = frame_bounds[n + 1] - frame_bounds[n]
        for k in range(count):
            first = (len(part) - length) * k // max(count - 1, 1)
            mean = 0.0
            for i in range(length):
                mean += part[first + i] / peak / length
            for i in range(length):
                out[frame_bounds[n] + k, i] = (part[first + i] / peak - mean) * window[i]
    return out


@njit(cache=True, nogil=True)
def _pooled_power(spectra: np.ndarray, frame_bounds: np.ndarray) -> np.ndarray:
    """Return the power spectra of frames (frames, bins) summed over those of each part: (parts, bins), float32.

    Each frame counts by its amplitude. A part of DC only has power 0.
    """
    bins = spectra.shape[1]
    out = np.zeros((len(frame_bounds) - 1, bins), np.float32)
    energies = np.empty(len(spectra), np.float32)
    for n in range(len(out)):
        most = np.float32(0)
        for t in range(frame_bounds[n], frame_bounds[n + 1]):
            energy = np.float32(0)
            for k in range(bins):
                value = spectra[t, k]
                energy += value.real * value.real + value.imag * value.imag
            energies[t], most = energy, max(most, energy)
        for t in range(frame_bounds[n], frame_bounds[n + 1]):
            if energies[t] > SILENCE * bins * bins:
                level = np.sqrt(energies[t] * most)
                for k in range(bins):
                    value = spectra[t, k]
                    out[n, k] += (value.real * value.real + value.imag * value.imag) / level
    return out


def pitches_of(samples: Sequence[np.ndarray], sr: int = 22050) -> np.ndarray:
    """Return the fundamental frequency of each sample in Hz and how pitched it is (0-1): shape (samples, 2), float64.

    The frequency is MIN_HZ to MAX_HZ, or 0.0 where the sample is not periodic. samples: mono, shape (samples,), of any
    lengths (100 ms are enough from about 50 Hz up), without NaN; sr: Hz. Their levels make no difference. Noise,
    clicks, silence and DC are not periodic; a sound of a few partials that are not multiples of one frequency (a bar, a
    bell, a drum) counts as periodic. How pitched: see `heard`.

    Measuring several samples at once takes fewer calls than one by one, so that threads wait less for Python's lock.
    """
    out = np.zeros((len(samples), 4))
    if not len(samples):
        return out[:, :2]
    bounds = np.cumsum([0, *map(len, samples)])
    joined = np.concatenate(samples).astype(np.float32, copy=False)
    block = max(round(BLOCK_SECONDS * sr), 1)
    starts = _steady_starts(joined, bounds, block, BEGIN_LEVEL, round(ATTACK_SECONDS * sr))
    _pool_long_frames(out, joined, starts, bounds[1:], sr)
    starts = _steady_starts(joined, bounds, block, BEGIN_LEVEL, 0)
    if (out[:, 1] < STEADY).any():
        _follow_short_frames(out, joined, starts, bounds[1:], sr)
    _compare_periods(out, joined, starts, bounds, sr)
    # Last: the noise in a sound must not decide how it is measured.
    out[:, 1] *= out[:, 3]
    return out[:, :2]


def _pool_long_frames(out: np.ndarray, joined: np.ndarray, starts: np.ndarray, ends: np.ndarray, sr: int) -> None:
    """Set each row of `out` from the power of the frames over the steady part of its sample, taken together."""
    longest = round(FRAME_SECONDS * sr) // LENGTH_STEP * LENGTH_STEP
    rest = ends - starts
    lengths = np.minimum(np.where(rest < LENGTH_STEP, rest, rest // LENGTH_STEP * LENGTH_STEP), longest)
    lengths[starts < 0] = 0
    for length in np.unique(lengths[lengths > 0]).tolist():
        chosen = np.flatnonzero(lengths == length)
        spare = rest[chosen] - length
        counts = np.where(spare < LENGTH_STEP, 1, np.minimum(1 + -(-2 * spare // length), MOST_FRAMES))
        frame_bounds = np.cumsum([0, *counts])
        spectra, size = _spectra(joined, starts[chosen], ends[chosen], frame_bounds, length, sr)
        powers = _pooled_power(spectra, frame_bounds)
        found = _measured(powers, length, size, sr)
        out[chosen] = found[:, :4]
        for n, power, replaced in zip(chosen, powers, found[:, 4]):
            if replaced > 0 and knocks(joined[starts[n] : ends[n]], out[n, 0], replaced, sr):
                out[n, 0] = replaced
            if out[n, 0] == 0:
                out[n, 0] = _middle_of_band(power, sr / size)


def _follow_short_frames(out: np.ndarray, joined: np.ndarray, starts: np.ndarray, ends: np.ndarray, sr: int) -> None:
    """Set the rows of `out` for gliding voices: the median of the pitches of short frames."""
    length = round(SHORT_FRAME_SECONDS * sr)
    rest = ends - starts
    chosen = np.flatnonzero(
        (starts >= 0) & (rest >= SHORTEST_GLIDE * length) & (out[:, 1] < STEADY) & (out[:, 2] < RINGING)
    )
    if not len(chosen):
        return
    counts = np.minimum(2 * rest[chosen] // length, MOST_SHORT_FRAMES)
    frame_bounds = np.cumsum([0, *counts])
    spectra, size = _spectra(joined, starts[chosen], ends[chosen], frame_bounds, length, sr)
    power = spectra.real**2 + spectra.imag**2
    energies = power.sum(axis=1)
    found = _measured(power, length, size, sr)
    for n, first, end in zip(chosen, frame_bounds, frame_bounds[1:]):
        hz, pitched = found[first:end, :2].T
        loud = energies[first:end] >= LOUD * energies[first:end].max()
        voiced = loud & (hz > 0) & (pitched >= VOICED)
        if voiced.sum() < MOST_VOICED * loud.sum():
            continue
        mean, middle = pitched[voiced].sum() / loud.sum(), np.median(hz[voiced])
        if mean > out[n, 1] + GAIN and middle > PERIODS_IN_FRAME / SHORT_FRAME_SECONDS:
            out[n, :2] = middle, mean


def _compare_periods(out: np.ndarray, joined: np.ndarray, starts: np.ndarray, bounds: np.ndarray, sr: int) -> None:
    """Set the rows of `out` for low sounds of few periods."""
    ends = bounds[1:]
    short = np.flatnonzero((starts >= 0) & (ends - starts < longest(sr)))
    if not len(short):
        return
    swells = _steady_starts(joined, bounds, max(round(BLOCK_SECONDS * sr), 1), SWELL_LEVEL, 0)
    for n in short:
        rings = out[n, 2] >= RINGING
        hz, alike = low_pitch(joined[swells[n] : ends[n]], sr, out[n, 0], rings, ends[n] - starts[n])
        if hz > 0:
            out[n, :2] = hz, alike


def _spectra(
    joined: np.ndarray, starts: np.ndarray, ends: np.ndarray, frame_bounds: np.ndarray, length: int, sr: int
) -> tuple[np.ndarray, int]:
    """Return the spectra of Hann-windowed frames of `length` samples (see `_windowed_frames`), and their size."""
    size, _ = _sizes(length, sr)
    frames = _windowed_frames(joined, starts, ends, frame_bounds, _window(length, size, sr)[0])
    return fft.rfft(frames, size), size


def _sizes(length: int, sr: int) -> tuple[int, int]:
    """Return the size of the transforms for frames of `samples` samples, and the number of lags."""
    lags = min(int(sr / MIN_HZ) + 3, int(LONGEST_LAG * length))
    size = fft.next_fast_len(length + lags, real=True)
    return size + size % 2, lags


def _measured(power: np.ndarray, length: int, size: int, sr: int) -> np.ndarray:
    """Return (Hz, how pitched, how steady, how clear, Hz replaced) of each power spectrum: see `heard`, `clearnesses`.

    length: of the frames, in samples; size: of the transforms.
    """
    _, overlap, gain = _window(length, size, sr)
    # Contiguous, as a single row is in any case: the kernel is compiled for one kind of array only.
    correlations = np.ascontiguousarray(fft.irfft(power * gain, size)[:, : _sizes(length, sr)[1]], np.float32)
    step, resolution = sr / size, sr / length
    found = *fundamentals(power, step, resolution, correlations, overlap, float(sr)), power, step, resolution
    told = heard(*found)
    return np.column_stack([told[:, :3], clearnesses(*found), told[:, 3]])


def _middle_of_band(power: np.ndarray, step: float) -> float:
    """Return the middle (Hz) of a narrow band of sound from HIGH_BAND up, or 0.0 where a spectrum is none.

    So a trill, or a call of a bird, has a frequency that changes too fast to be a period.
    """
    sums = np.cumsum(power, dtype=np.float64)
    middle = int(np.searchsorted(sums, sums[-1] / 2))
    if not HIGH_BAND <= middle * step <= MAX_HZ:
        return 0.0
    low, high = int(middle / BAND_REACH), min(int(middle * BAND_REACH), len(sums) - 1)
    return middle * step if sums[high] - sums[low] >= BAND_SHARE * sums[-1] else 0.0


def estimate_hz(y: np.ndarray, sr: int = 22050) -> float:
    """Return the fundamental frequency of one sample, shape (n,), in Hz, or 0.0: see `pitches_of`."""
    return float(pitches_of([y], sr)[0, 0])
