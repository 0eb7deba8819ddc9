"""A limiter: peaks that would be too loud are turned down ahead of time, smoothly; nothing else is changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

from lib.audio.effects import Audio, gain_of_db
from lib.audio.loudness import SILENT_LUFS
from lib.audio.programme import HIGHEST_PEAK_DB, OVERSAMPLING, measure

# The limiter keeps peaks this far below `HIGHEST_PEAK_DB`: AAC and mp3 raise them by about as much. Where they raise
# them by more, the whole is written softer (`lib.audio.writer`).
LOSSY_ROOM_DB: Final = 0.5
# Length of the limiter's gain curve before and after a peak: a shorter one is heard in low tones.
REACH_SECONDS: Final = 0.05
# Frames at both ends of a part where its oversampling sees a cut.
EDGE: Final = 64
# The most that peaks are turned down; a sound that would need more stays softer than asked for.
MOST_LIMITED_DB: Final = 15.0
ROUNDS, NEAR_LU = 5, 0.1
CEILING_DB: Final = HIGHEST_PEAK_DB - LOSSY_ROOM_DB
_CEILING = gain_of_db(CEILING_DB)


def limited(blocks: Iterable[Audio], rate: int, gain: float = 1.0) -> Iterator[Audio]:
    """Yield a sound times `gain`, with true peaks of `CEILING_DB` at most: float32, (n, channels), as many frames.

    The gain at every moment is a mean (Hann, `REACH_SECONDS` to either side) of the gains that the peaks within reach
    need, so that none is missed; the method is that of any look-ahead limiter.
    """
    reach = round(REACH_SECONDS * rate)
    context = 2 * reach + EDGE
    blocks = iter(blocks)
    first = next(blocks, None)
    if first is None:
        return
    silence = np.zeros((context, first.shape[1]), np.float32)
    held, waiting = silence, [silence[:0]]
    for block in chain([first], blocks, [None]):
        waiting.append(silence if block is None else block * np.float32(gain))
        ready = len(held) + sum(map(len, waiting)) - 2 * context
        if ready >= rate or (block is None and ready > 0):  # small blocks would be processed repeatedly
            held = np.concatenate([held, *waiting])
            waiting.clear()
            yield held[context : context + ready] * _gains(held, reach)[context : context + ready, None]
            held = held[ready:]


def _gains(sound: Audio, reach: int) -> npt.NDArray[np.float32]:
    """Return the limiter's gain for each frame."""
    peaks = np.abs(scipy.signal.resample_poly(sound, OVERSAMPLING, 1, axis=0)).max(axis=1)
    peaks = peaks.reshape(-1, OVERSAMPLING).max(axis=1)
    peaks[1:] = np.maximum(peaks[1:], peaks[:-1])  # a peak between two frames belongs to both
    needed = np.minimum(_CEILING / np.maximum(peaks, 1e-9), 1.0)
    if needed.min() >= 1.0:
        return np.ones(len(sound), np.float32)
    lowest = scipy.ndimage.minimum_filter1d(needed, 2 * reach + 1)
    window = np.hanning(2 * reach + 3)[1:-1]
    return scipy.signal.oaconvolve(lowest, window / window.sum(), "same").astype(np.float32)


def gain_before_limiting(blocks: Callable[[], Iterable[Audio]], rate: int, lufs: float) -> float:
    """Return the gain with which a limited sound has this loudness, or comes as near as `MOST_LIMITED_DB` lets it.

    1 for silence. It is found by trial: each round measures the whole.
    """
    loudness, peak = measure(blocks(), rate)
    if loudness <= SILENT_LUFS or peak <= 0.0:
        return 1.0
    most = MOST_LIMITED_DB + CEILING_DB - 20 * math.log10(peak)
    db = min(lufs - loudness, most)
    if db + 20 * math.log10(peak) <= CEILING_DB:
        return gain_of_db(db)
    for _ in range(ROUNDS):
        reached, _peak = measure(limited(blocks(), rate, gain_of_db(db)), rate)
        if abs(lufs - reached) <= NEAR_LU or (db >= most and reached < lufs):
            break
        db = min(db + lufs - reached, most)
    return gain_of_db(db)


def brought_to(blocks: Callable[[], Iterable[Audio]], rate: int, lufs: float) -> Callable[[], Iterator[Audio]]:
    """Return a function that yields a sound at this loudness, limited: see `gain_before_limiting`."""
    gain = gain_before_limiting(blocks, rate, lufs)
    return partial(_limited, blocks, rate, gain)


def _limited(blocks: Callable[[], Iterable[Audio]], rate: int, gain: float) -> Iterator[Audio]:
    return limited(blocks(), rate, gain)
