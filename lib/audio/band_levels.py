"""Levels of a signal's bands, as onset detectors need them: all of them, before the loudest is known.

They wait in memory, or in a temporary file when there are many; those of a long file are also saved in pieces, for the
next run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable

import numpy as np

from lib.audio.spectra import BATCH, batches, stft_blocks
from lib.tables.parts import Checkpoint

SMALLEST_POWER = 1e-10
# The name of the series of saved pieces.
SERIES = "bands"
# Bytes of levels that may wait to be saved: hours of sound may pass between two pieces.
MOST_WAITING = 32 << 20


def decibels(power: np.ndarray | np.floating) -> np.ndarray:
    """Return powers in dB, SMALLEST_POWER at least."""
    return 10.0 * np.log10(np.maximum(SMALLEST_POWER, power))


class BandLevels:
    """Levels in dB of frames of FFT `fft` and hop `hop` in the bands of `bank`, written to `spool` as `kind`.

    bank: the weight of each bin in each band, shape (bands, bins); kept: the checkpoint that saves pieces of them.
    """

    def __init__(
        self,
        spool: tempfile.SpooledTemporaryFile,
        bank: np.ndarray,
        fft: int,
        hop: int,
        kind: type[np.floating],
        kept: Checkpoint | None = None,
    ) -> None:
        self._spool, self._bank, self._fft, self._hop = spool, bank, fft, hop
        self._kind, self._kept = kind, kept
        self.frames = 0
        self.loudest = SMALLEST_POWER
        """The greatest power of a band."""

    def _recall(self) -> None:
        """Load what an earlier run saved: whole batches, each piece with the greatest power in it."""
        row = len(self._bank) * np.dtype(self._kind).itemsize
        for place, piece in self._kept.pieces(SERIES) if self._kept else ():
            levels = piece[8:]
            if place != self.frames or not levels or len(levels) % (row * BATCH):
                return
            self._spool.write(levels)
            self.frames += len(levels) // row
            self.loudest = max(self.loudest, float(np.frombuffer(piece[:8], "<f8")[0]))

    def take(self, blocks: Iterable[np.ndarray]) -> None:
        """Analyse the whole signal, which comes in blocks."""
        self._recall()
        first, waiting, size, loudest = self.frames, [], 0, SMALLEST_POWER
        for spectra in batches(stft_blocks(blocks, self._fft, self._hop, self.frames)):
            power = (np.abs(spectra) ** 2) @ self._bank.T
            self.loudest = max(self.loudest, float(power.max()))
            levels = np.ascontiguousarray(decibels(power), self._kind).tobytes()
            self._spool.write(levels)
            self.frames += len(power)
            if self._kept is None or len(power) < BATCH:
                continue
            waiting.append(levels)
            size, loudest = size + len(levels), max(loudest, float(power.max()))
            if self._kept.is_due or size >= MOST_WAITING:
                head = np.array([loudest], "<f8").tobytes()
                self._kept.save(SERIES, b"".join([head, *waiting]), first, self.frames)
                first, waiting, size, loudest = self.frames, [], 0, SMALLEST_POWER
