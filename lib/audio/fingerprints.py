"""Fingerprints: 39 numbers that say what a sample sounds like; samples that sound alike are near each other."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit

from lib.audio.ranges import read_ranges
from lib.audio.spectra import ANALYSIS_RATE, FFT, frame_count, stft_of_many
from lib.io.caches import ArrayCache
from lib.io.files import media_path, open_regular
from lib.io.states import bytes_digest, file_state

MEL_BANDS = 128
COEFFICIENTS = 13  # MFCCs
SIZE = 3 * COEFFICIENTS  # they, their deltas and their delta-deltas
# A sample's character is in its first second.
LONGEST_MS = 1000
# dB below the sample's maximum where levels end, as 20 log10 of power.
RANGE_DB = 80.0
# Frames of the Savitzky-Golay filter that differentiates.
DELTA_WIDTH = 9
# Samples that are held, measured and saved at a time.
GROUP = 256
# Raised when the measurement changes: fingerprints in caches of earlier versions are then measured again.
VERSION = 1
# Bytes of a file's beginning, middle and end that tell it from another of the same name, size and time.
PROBE_BYTES = 1 << 14


@dataclass(frozen=True)
class FingerprintJob:
    """Which samples of one media file to measure.

    folder, filename: the file; spans: (start, length) of each sample in ms; cache: path of the cache to save them in
    as they are measured ("": none); threads: groups of samples at a time.
    """

    folder: str
    filename: str
    spans: tuple[tuple[float, float], ...]
    cache: str = ""
    threads: int = 1


@cache
def _mel_filters() -> tuple[np.ndarray, np.ndarray]:
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


@cache
def _cosines() -> np.ndarray:
    """Return the orthonormal DCT-II that turns a column of bands into MFCCs, float64, shape (bands, coefficients)."""
    import scipy.fft

    return scipy.fft.dct(np.eye(MEL_BANDS), axis=0, norm="ortho")[:COEFFICIENTS].T


@cache
def _time_weights(frames: int) -> np.ndarray:
    """Return what each frame counts in the mean over time of a row, of its deltas, of its delta-deltas: (3, frames).

    Differentiating and averaging are both linear, so that one product does both.
    """
    from scipy.signal import savgol_filter

    impulses = np.eye(frames)
    derivatives = [
        savgol_filter(impulses, DELTA_WIDTH, polyorder=order, deriv=order, axis=0, mode="nearest") for order in (1, 2)
    ]
    return np.stack([rows.mean(axis=0) for rows in (impulses, *derivatives)])


def mel_levels(sound: np.ndarray) -> np.ndarray:
    """Return the mel spectrogram of a sound in dB below its maximum, float32, shape (frames, MEL_BANDS).

    sound: mono float32 at RATE, one sample or more. Levels are 20 log10 of power and end RANGE_DB below the maximum;
    they are not finite where the sound is silent, or is not finite itself.
    """
    frames = frame_count(len(sound))
    mel = _mel_power(stft_of_many(sound, np.array([0, frames]), np.array([0, len(sound)])), *_mel_filters())
    lowest = np.float32(10 ** (-RANGE_DB / 20))
    return 20 * np.log10(np.maximum(mel / mel.max(), lowest))


def fingerprint(sound: np.ndarray) -> np.ndarray:
    """Return the fingerprint of a sound: float32, shape (SIZE,), mean 0 and standard deviation 1.

    sound: mono float32 at RATE, of any length; the first LONGEST_MS count. The numbers are the means over time of 13
    MFCCs (DCT-II of the mel levels), of their deltas and of their delta-deltas, standardised. A silent or empty sound
    has zeros, as has one that is not finite.
    """
    sound = np.ascontiguousarray(sound[: ANALYSIS_RATE * LONGEST_MS // 1000], np.float32)
    if not sound.any():
        return np.zeros(SIZE, np.float32)
    with np.errstate(all="ignore"):  # overflow and NaN become zeros below
        levels = mel_levels(sound)
        values = (_time_weights(len(levels)) @ levels @ _cosines()).ravel()
        values = (values - values.mean()) / values.std()
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def fingerprints(sounds: Sequence[np.ndarray], threads: int = 1) -> np.ndarray:
    """Return the fingerprints of some sounds, float32, shape (len(sounds), SIZE); the result is that of each alone.

    threads: how many parts of the list are measured at a time.
    """
    if not sounds:
        return np.zeros((0, SIZE), np.float32)
    edges = np.linspace(0, len(sounds), min(max(threads, 1), len(sounds)) + 1).astype(int)
    parts = [sounds[begin:end] for begin, end in itertools.pairwise(edges)]

    def measured(part: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([fingerprint(sound) for sound in part])

    with ThreadPoolExecutor(len(parts)) as pool:
        return np.concatenate(list(map(measured, parts) if len(parts) == 1 else pool.map(measured, parts)))


def cache_keys(folder: str, filename: str, spans: Sequence[tuple[float, float]]) -> list[str]:
    """Return the key under which each sample's fingerprint is cached.

    It holds the file's name, size, time of change and a digest of three pieces of it, and the sample's start and the
    length that counts (ms). A file that cannot be read gives no keys.
    """
    path = media_path(folder, filename)
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            parts = []
            for place in (0, size // 2, max(size - PROBE_BYTES, 0)):
                file.seek(place)
                parts.append(file.read(PROBE_BYTES))
        head = f"{VERSION}|{filename}|{file_state(path)}|{bytes_digest(parts, 64)}"
    except OSError:
        return []
    return [f"{head}|{start:.17g}|{min(length, LONGEST_MS):.17g}" for start, length in spans]


@dataclass(frozen=True)
class FingerprintsReport:
    """Fingerprints of one file's samples, float32, shape (spans, SIZE); note: what is wrong with the cache, or "";
    problem: where the file could not be read, or ""."""

    vectors: np.ndarray
    note: str = ""
    problem: str = ""


def file_fingerprints(job: FingerprintJob) -> FingerprintsReport:
    """Measure samples of one file, decoding it once.

    Each group is saved in the job's cache as soon as it is measured. Memory is bounded. What lies past the file's end
    is silent. Raises MediaError (unreadable) or NoAudioError (no sound in it).
    """
    vectors = np.zeros((len(job.spans), SIZE), np.float32)
    heads = [(start, min(length, float(LONGEST_MS))) for start, length in job.spans]
    path = media_path(job.folder, job.filename)
    with contextlib.ExitStack() as stack:
        # A file that cannot be read has no keys: that is told where it is decoded.
        store = stack.enter_context(ArrayCache(job.cache, SIZE, check=False)) if job.cache else None
        keys = cache_keys(job.folder, job.filename, job.spans) if store else []
        problems: list[str] = []
        ranges = read_ranges(path, ANALYSIS_RATE, 1, heads, problems.append) if heads else iter(())
        for places, sounds in _groups(ranges):
            vectors[places] = fingerprints(sounds, job.threads)
            if store and keys:
                store.put([keys[place] for place in places], vectors[places])
        return FingerprintsReport(vectors, store.note if store else "", "".join(problems))


def _groups(sounds: Iterator[tuple[int, np.ndarray]]) -> Iterator[tuple[list[int], list[np.ndarray]]]:
    while group := list(itertools.islice(sounds, GROUP)):
        yield [place for place, _ in group], [sound for _, sound in group]
