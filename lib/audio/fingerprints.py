"""Fingerprints: numbers that say what a sample sounds like; samples that sound alike are near each other.

There are three kinds: `timbre` (lib/audio/timbre.py); `mfcc`, 39 means of MFCCs and their deltas; and `course`, that of
mosaics (lib/audio/course.py).
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np

from lib.audio.course import COURSE_SIZE, course
from lib.audio.fingerprint_kinds import COURSE, MFCC, TIMBRE
from lib.audio.mel import COEFFICIENTS, cosines, mel_power
from lib.audio.ranges import read_ranges
from lib.audio.spectra import ANALYSIS_RATE, frame_count
from lib.audio.timbre import TIMBRE_SIZE, timbre, timbre_space
from lib.io.caches import ArrayCache
from lib.io.files import media_path, open_regular
from lib.io.states import bytes_digest, file_state
from lib.parallel.ahead import read_ahead

# The coefficients, their deltas and their delta-deltas
SIZE = 3 * COEFFICIENTS
# A sample's character is in its first second.
LONGEST_MS = 1000
# Floor of the levels in dB below the sample's maximum, as 20 log10 of power.
RANGE_DB = 80.0
# Frames of the Savitzky-Golay filter for derivatives.
DELTA_WIDTH = 9
# Samples held, measured and saved at a time.
GROUP = 256
# Bytes read at a file's beginning, middle and end: they tell it from another of the same name, size and time.
PROBE_BYTES = 1 << 14


@dataclass(frozen=True)
class FingerprintJob:
    """Which samples of one media file to measure.

    folder, filename: the file; spans: (start, length) of each sample in ms; cache: path of the cache to save them in
    as they are measured ("": none); threads: groups of samples at a time; kind: of fingerprint.
    """

    folder: str
    filename: str
    spans: tuple[tuple[float, float], ...]
    cache: str = ""
    threads: int = 1
    kind: str = MFCC


@cache
def _time_weights(frames: int) -> np.ndarray:
    """Return the weight of each frame in the mean over time of a row, of its deltas, of its delta-deltas: (3, frames).

    Differentiating and averaging are both linear, so that one product does both.
    """
    from scipy.signal import savgol_filter

    impulses = np.eye(frames)
    derivatives = [
        savgol_filter(impulses, DELTA_WIDTH, polyorder=order, deriv=order, axis=0, mode="nearest") for order in (1, 2)
    ]
    return np.stack([rows.mean(axis=0) for rows in (impulses, *derivatives)])


def mel_levels(sound: np.ndarray) -> np.ndarray:
    """Return the mel spectrogram of a sound in dB below its maximum, float32, shape (frames, bands).

    sound: mono float32 at RATE, one sample or more. Levels are 20 log10 of power and end RANGE_DB below the maximum;
    they are not finite where the sound is silent, or is not finite itself.
    """
    mel = mel_power(sound)
    lowest = np.float32(10 ** (-RANGE_DB / 20))
    return 20 * np.log10(np.maximum(mel / mel.max(), lowest))


def _mfcc(sound: np.ndarray) -> np.ndarray:
    values = (_time_weights(frame_count(len(sound))) @ mel_levels(sound) @ cosines()).ravel()
    return (values - values.mean()) / values.std()


@dataclass(frozen=True)
class Kind:
    """A kind of fingerprint: its size, its function of a sound, how a table of them becomes points, and the prefix of
    its cache keys (raised when the measurement changes: fingerprints are then measured again)."""

    size: int
    measure: Callable[[np.ndarray], np.ndarray]
    space: Callable[[np.ndarray], np.ndarray]
    key: str


KINDS = {
    TIMBRE: Kind(TIMBRE_SIZE, timbre, timbre_space, "timbre 1"),
    # Keys from the time of a single kind: such caches stay valid.
    MFCC: Kind(SIZE, _mfcc, lambda vectors: vectors, "1"),
    COURSE: Kind(COURSE_SIZE, course, lambda vectors: vectors, "course 2"),
}


def fingerprint(sound: np.ndarray, kind: str = MFCC) -> np.ndarray:
    """Return the fingerprint of a sound: float32, shape (KINDS[kind].size,).

    sound: mono float32 at ANALYSIS_RATE, of any length; the first LONGEST_MS count. The kind `mfcc` has the means over
    time of 13 MFCCs (DCT-II of the mel levels), of their deltas and of their delta-deltas, standardised (mean 0,
    standard deviation 1). A sound that is silent, empty or not finite has zeros.
    """
    sound = np.ascontiguousarray(sound[: ANALYSIS_RATE * LONGEST_MS // 1000], np.float32)
    if not sound.any():
        return np.zeros(KINDS[kind].size, np.float32)
    with np.errstate(all="ignore"):  # overflow and NaN become zeros below
        values = KINDS[kind].measure(sound)
    return values.astype(np.float32) if np.isfinite(values).all() else np.zeros(KINDS[kind].size, np.float32)


def fingerprints(sounds: Sequence[np.ndarray], threads: int = 1, kind: str = MFCC) -> np.ndarray:
    """Return the fingerprints of several sounds, float32, shape (len(sounds), size), each as if it were alone.

    threads: parts of the list measured at a time.
    """
    if not sounds:
        return np.zeros((0, KINDS[kind].size), np.float32)
    edges = np.linspace(0, len(sounds), min(max(threads, 1), len(sounds)) + 1).astype(int)
    parts = [sounds[begin:end] for begin, end in itertools.pairwise(edges)]

    def measured(part: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([fingerprint(sound, kind) for sound in part])

    with ThreadPoolExecutor(len(parts)) as pool:
        return np.concatenate(list(map(measured, parts) if len(parts) == 1 else pool.map(measured, parts)))


def cache_keys(folder: str, filename: str, spans: Sequence[tuple[float, float]], kind: str = MFCC) -> list[str]:
    """Return the key under which each sample's fingerprint is cached.

    It holds the kind and its version, the file's name, size, modification time and a digest of three parts of it, and
    the sample's start and the length that counts (ms). A file that cannot be read gives no keys.
    """
    path = media_path(folder, filename)
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            parts = []
            for place in (0, size // 2, max(size - PROBE_BYTES, 0)):
                file.seek(place)
                parts.append(file.read(PROBE_BYTES))
        head = f"{KINDS[kind].key}|{filename}|{file_state(path)}|{bytes_digest(parts, 64)}"
    except OSError:
        return []
    return [f"{head}|{start:.17g}|{min(length, LONGEST_MS):.17g}" for start, length in spans]


@dataclass(frozen=True)
class FingerprintsReport:
    """Fingerprints of one file's samples, float32, shape (spans, size), NaN where a sample has no sound: it begins
    after the file's end, or has no length; note: what is wrong with the cache, or ""; problem: where the file could not
    be read, or ""."""

    vectors: np.ndarray
    note: str = ""
    problem: str = ""


def file_fingerprints(job: FingerprintJob) -> FingerprintsReport:
    """Measure samples of one file, decoding it once.

    Each group is saved in the job's cache as soon as it is measured. Memory is bounded. Raises
    MediaError (unreadable) or NoAudioError (no sound in it).
    """
    size = KINDS[job.kind].size
    vectors = np.zeros((len(job.spans), size), np.float32)
    heads = [(start, min(length, float(LONGEST_MS))) for start, length in job.spans]
    path = media_path(job.folder, job.filename)
    with contextlib.ExitStack() as stack:
        # A file that cannot be read has no keys; decoding reports it.
        store = stack.enter_context(ArrayCache(job.cache, size, check=False)) if job.cache else None
        keys = cache_keys(job.folder, job.filename, job.spans, job.kind) if store else []
        problems: list[str] = []
        ranges = read_ranges(path, ANALYSIS_RATE, 1, heads, problems.append) if heads else iter(())
        # Decoded in parallel, one group ahead.
        groups = stack.enter_context(contextlib.closing(read_ahead(_groups(ranges), job.threads, 1)))
        for places, sounds in groups:
            vectors[places] = fingerprints(sounds, job.threads, job.kind)
            vectors[[place for place, sound in zip(places, sounds) if not len(sound)]] = np.nan
            if store and keys:
                store.put([keys[place] for place in places], vectors[places])
        return FingerprintsReport(vectors, store.note if store else "", "".join(problems))


def _groups(sounds: Iterator[tuple[int, np.ndarray]]) -> Iterator[tuple[list[int], list[np.ndarray]]]:
    while group := list(itertools.islice(sounds, GROUP)):
        yield [place for place, _ in group], [sound for _, sound in group]
