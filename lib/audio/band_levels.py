"""Levels of a signal's bands, as onset detectors need them: all of them, before the loudest is known.

They wait in memory, or in a temporary file when there are many; those of a long file are also saved in chunks, for the
next run.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from lib.audio.spectra import BATCH, frame_batches, power_of
from lib.tables.parts import Checkpoint

SMALLEST_POWER = 1e-10
# The name of the series of saved chunks.
SERIES = "bands"
# Bytes of levels that may wait to be saved: hours of sound may pass between two chunks.
MOST_WAITING = 32 << 20


def decibels(power: np.ndarray | np.floating) -> np.ndarray:
    """Return powers in dB, SMALLEST_POWER at least."""
    return 10.0 * np.log10(np.maximum(SMALLEST_POWER, power))


@dataclass(frozen=True, eq=False)
class Bands:
    """Bands of frames of FFT `fft` and hop `hop`: `bank` is the weight of each bin in each, shape (bands, bins).

    kind: of number, in which levels are kept.
    """

    bank: np.ndarray
    fft: int
    hop: int
    kind: type[np.floating]

    @property
    def frame_bytes(self) -> int:
        """The bytes of the levels of one frame."""
        return len(self.bank) * np.dtype(self.kind).itemsize

    def levels(self, batch: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the levels (dB) of the frames of a batch of `FrameBatches`, shape (frames, bands), and their greatest
        power.
        """
        power = power_of(batch, self.fft, self.hop) @ self.bank.T
        return np.ascontiguousarray(decibels(power), self.kind), float(power.max())


@dataclass(frozen=True)
class BandSource:
    """What else is known of a signal than its blocks, for its levels.

    kept: the checkpoint that saves chunks of them for another run; made: those that were made elsewhere, with their
    greatest power, by the number of their batch of frames: they are put here before the block that completes the batch.
    """

    kept: Checkpoint | None = None
    made: dict[int, tuple[np.ndarray, float]] = field(default_factory=dict)


class _Waiting:
    """Levels of whole batches, from frame `first` on, that are not saved yet."""

    def __init__(self, kept: Checkpoint | None, frame_bytes: int, first: int) -> None:
        self._kept, self._frame_bytes, self._first = kept, frame_bytes, first
        self._batches: list[bytes] = []
        self._loudest = SMALLEST_POWER

    def add(self, levels: bytes, greatest: float) -> None:
        """Add the levels of a batch; save all when that is due. (An interrupt may come between any two steps.)"""
        if self._kept is None:
            return
        self._loudest = max(self._loudest, greatest)
        self._batches.append(levels)
        if self._kept.is_due or len(levels) * len(self._batches) >= MOST_WAITING:
            after = self.save()
            self._first, self._batches, self._loudest = after, [], SMALLEST_POWER

    def save(self) -> int:
        """Save what waits; return the frame after it."""
        data = b"".join(self._batches)
        after = self._first + len(data) // self._frame_bytes
        if self._kept is not None and data:
            head = np.array([self._loudest], "<f8").tobytes()
            self._kept.save(SERIES, head + data, self._first, after)
        return after


class BandLevels:
    """The levels of a signal's frames in dB, written to `spool`."""

    def __init__(self, spool: tempfile.SpooledTemporaryFile, bands: Bands, source: BandSource) -> None:
        self._spool, self._bands, self._source = spool, bands, source
        self.frames = 0
        self.loudest = SMALLEST_POWER
        """The greatest power of a band."""

    def _recall(self) -> None:
        """Load what an earlier run saved: whole batches, each chunk with the greatest power in it."""
        kept, row = self._source.kept, self._bands.frame_bytes
        for place, chunk in kept.chunks(SERIES) if kept else ():
            levels = chunk[8:]
            if place != self.frames or not levels or len(levels) % (row * BATCH):
                return
            self._spool.write(levels)
            self.frames += len(levels) // row
            self.loudest = max(self.loudest, float(np.frombuffer(chunk[:8], "<f8")[0]))

    def take(self, blocks: Iterable[np.ndarray]) -> None:
        """Analyse the whole signal, which comes in blocks."""
        self._recall()
        kept, made, known = self._source.kept, self._source.made, self.frames // BATCH
        waiting = _Waiting(kept, self._bands.frame_bytes, self.frames)
        if kept is not None:
            kept.unsaved[SERIES] = waiting.save
        for number, batch in zip(itertools.count(), frame_batches(blocks, self._bands.fft, self._bands.hop)):
            ready = made.pop(number, None)
            if number < known:
                continue
            levels, greatest = ready or self._bands.levels(batch)
            self.loudest = max(self.loudest, greatest)
            written = levels.tobytes()
            self._spool.write(written)
            self.frames += len(levels)
            if len(levels) == BATCH:
                waiting.add(written, greatest)
