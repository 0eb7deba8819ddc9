"""The measurements of a sample: power, hz, clarity, note, octave, loudness and pitched."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numba import njit

from lib.audio.contrast import contrast_of
from lib.audio.harmonic import harmonic_part
from lib.audio.loudness import SILENT_LUFS, LoudnessMeter, momentary_loudness
from lib.audio.pitch import pitches_of
from lib.audio.spectra import ANALYSIS_RATE, BINS, FFT, frame_count, stft_blocks, stft_of_many
from lib.math.notes import hz_to_note

# The value of `hz` without a pitch
NO_HZ = -1.0
# Decimals of the column
PITCHED_DECIMALS = 3
# Range (Hz) of the spectral peak that stands for the pitch of a sample that is not periodic.
PEAK_LOWEST, PEAK_HIGHEST = 150.0, 4000.0
# Bins: peaks nearer than this are one
PEAK_DISTANCE = 18
SMALLEST_MAGNITUDE = 1e-10
# Without a maximum length a sample can be hours of hum: pitch and clarity are those of its beginning.
LONGEST_ANALYSED = 10 * ANALYSIS_RATE
# Frames processed at once: enough to amortise the calls, few enough to stay in the processor's cache.
BATCH_FRAMES = 64


@dataclass(frozen=True)
class Features:
    """The measurements of one sample, in the units of the CSV columns; pitched: 0 (noise) to 1 (a tone, a bell)."""

    power: float
    hz: float
    clarity: float
    note: str
    octave: int
    loudness: float = SILENT_LUFS
    pitched: float = 0.0


@njit(cache=True, nogil=True)
def _rms(magnitude: np.ndarray) -> np.ndarray:
    """Return the RMS over the bins of each frame of a magnitude spectrogram (frames, BINS), float64."""
    out = np.empty(len(magnitude))
    for t in range(len(magnitude)):
        total = 0.0
        for value in magnitude[t]:
            total += value * value
        out[t] = np.sqrt(total / magnitude.shape[1])
    return out


def power_of(rms: np.ndarray) -> float:
    """Return the loudness of a sample from the RMS of its n frames: their mean weighted by n², (n-1)², ..., 1."""
    weights = np.arange(len(rms), 0, -1, dtype=np.float64) ** 2
    return float(rms @ weights / weights.sum())


@njit(cache=True, nogil=True)
def _most_pitched(harmonic: np.ndarray, frame_bounds: np.ndarray, first: int, end: int) -> np.ndarray:
    """Return for each sound the frame in which the bins `first` to `end` hold the most energy."""
    out = np.empty(len(frame_bounds) - 1, np.int64)
    for sound in range(len(out)):
        most = -1.0
        for t in range(frame_bounds[sound], frame_bounds[sound + 1]):
            energy = 0.0
            for k in range(first, end):
                energy += harmonic[t, k] * harmonic[t, k]
            if energy > most:
                most, out[sound] = energy, t
    return out


@cache
def _pitched_bins() -> slice:
    frequencies = np.arange(BINS) * ANALYSIS_RATE / FFT
    inside = np.flatnonzero((frequencies >= PEAK_LOWEST) & (frequencies <= PEAK_HIGHEST))
    return slice(int(inside[0]), int(inside[-1]) + 1)


def lowest_peak(frame: np.ndarray) -> float:
    """Return the frequency (Hz) of the lowest prominent peak of one magnitude spectrum (BINS,), or NO_HZ.

    A prominent peak lies in PEAK_LOWEST-PEAK_HIGHEST, is at least as high as the frame's median, and the highest within
    PEAK_DISTANCE bins. The frequency is that of the top of the parabola through the peak's logarithms.
    """
    bins = _pitched_bins()
    middle = frame[bins]
    rises = (middle > frame[bins.start - 1 : bins.stop - 1]) & (middle >= frame[bins.start + 1 : bins.stop + 1])
    places = bins.start + np.flatnonzero(rises & (middle >= np.median(frame)) & (middle > 0))
    kept: list[int] = []
    for place in places[np.argsort(-frame[places], kind="stable")]:
        if all(abs(place - other) >= PEAK_DISTANCE for other in kept):
            kept.append(int(place))
    if not kept:
        return NO_HZ
    place = min(kept)
    left, centre, right = np.log(np.maximum(frame[place - 1 : place + 2], SMALLEST_MAGNITUDE))
    bend = left - 2 * centre + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float((place + np.clip(shift, -0.5, 0.5)) * ANALYSIS_RATE / FFT)


def _measure_batch(samples: Sequence[np.ndarray]) -> list[Features]:
    """Measure several samples side by side: one call per step, so that threads do not wait for Python's lock."""
    heads = [sample[:LONGEST_ANALYSED] for sample in samples]
    sample_bounds = np.cumsum([0, *map(len, heads)])
    frame_bounds = np.cumsum([0, *(frame_count(len(head)) for head in heads)])
    spectra = stft_of_many(np.concatenate(heads), frame_bounds, sample_bounds)
    magnitude = np.abs(spectra)
    rms = _rms(magnitude)
    harmonic = harmonic_part(spectra, magnitude, frame_bounds, sample_bounds)
    bins = _pitched_bins()
    chosen = _most_pitched(harmonic, frame_bounds, bins.start, bins.stop)
    pitches = pitches_of(heads, ANALYSIS_RATE)
    out = []
    for n, sample in enumerate(samples):
        whole = len(heads[n]) == len(sample)
        power = power_of(rms[frame_bounds[n] : frame_bounds[n + 1]] if whole else _rms_of_long(sample))
        frame = harmonic[chosen[n]]
        found, pitched = float(pitches[n, 0]), float(pitches[n, 1])
        hz = found if found > 0 else lowest_peak(frame)
        loudness = momentary_loudness(sample, ANALYSIS_RATE)
        out.append(Features(power, hz, contrast_of(frame), *hz_to_note(hz), loudness, pitched))
    return out


def measure_stream(blocks: Iterator[np.ndarray]) -> Features:
    """Return the features of one sample that comes in blocks: those of `measure_all`, without holding all of it."""
    meter = LoudnessMeter(ANALYSIS_RATE)
    blocks = _metered(blocks, meter)
    head = np.zeros(0, np.float32)
    while len(head) <= LONGEST_ANALYSED and (block := next(blocks, None)) is not None:
        head = np.concatenate([head, block])
    if len(head) <= LONGEST_ANALYSED:
        return measure_all([head])[0]
    found = measure_all([head[:LONGEST_ANALYSED]])[0]
    rms = _rms_in_blocks(itertools.chain([head], blocks))
    return replace(found, power=power_of(rms), loudness=meter.loudest())


def _metered(blocks: Iterator[np.ndarray], meter: LoudnessMeter) -> Iterator[np.ndarray]:
    """Yield the sound in blocks of LONGEST_ANALYSED at most: a file that is held comes as one, whose STFT is large."""
    for block in blocks:
        for first in range(0, len(block), LONGEST_ANALYSED):
            part = block[first : first + LONGEST_ANALYSED]
            meter.add(part)
            yield part


def with_pitch(measured: Features, hz: float, pitched: float) -> Features:
    """Return the features of a sample with another pitch; hz of 0 or less: none."""
    hz = hz if hz > 0 else NO_HZ
    note, octave = hz_to_note(hz)
    return replace(measured, hz=hz, note=note, octave=octave, pitched=pitched)


def without_note(measured: Features, least: float) -> Features:
    """Return the features of a sample, without its note and octave if it is less pitched than `least`."""
    if round(measured.pitched, PITCHED_DECIMALS) >= least:
        return measured
    note, octave = hz_to_note(NO_HZ)
    return replace(measured, note=note, octave=octave)


def _rms_of_long(sample: np.ndarray) -> np.ndarray:
    return _rms_in_blocks(sample[n : n + LONGEST_ANALYSED] for n in range(0, len(sample), LONGEST_ANALYSED))


def _rms_in_blocks(blocks: Iterator[np.ndarray]) -> np.ndarray:
    return np.concatenate([_rms(np.abs(spectra)) for spectra in stft_blocks(blocks)])


def measure_all(samples: Sequence[np.ndarray], threads: int = 1) -> list[Features]:
    """Return the features of many samples, in their order.

    samples: mono float32 at ANALYSIS_RATE, shape (samples,), any lengths; threads: batches measured at a time (the
    result does not depend on it). A silent or empty sample has power 0, clarity 0, no pitch (hz -1, note `-`,
    octave -1, pitched 0) and the loudness SILENT_LUFS.
    """
    batches = _batches(samples)
    sounds = [[samples[n] for n in batch] for batch in batches]
    out = [Features(0.0, NO_HZ, 0.0, *hz_to_note(NO_HZ))] * len(samples)
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
        measured = map(_measure_batch, sounds) if pool is None else pool.map(_measure_batch, sounds)
        for batch, values in zip(batches, measured):
            for n, value in zip(batch, values):
                out[n] = value
    return out


def _batches(samples: Sequence[np.ndarray]) -> list[list[int]]:
    """Return the indices of the samples that are measured together, without silent ones."""
    batches: list[list[int]] = []
    frames = BATCH_FRAMES
    for n, sample in enumerate(samples):
        if not sample.any():
            continue
        if frames >= BATCH_FRAMES:
            batches.append([])
            frames = 0
        batches[-1].append(n)
        frames += frame_count(min(len(sample), LONGEST_ANALYSED))
    return batches
