"""The sound of a file, kept for a second use in memory or in a temporary file; that of a very long file is not kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np

from lib.audio.ranges import sample_range
from lib.audio.spectra import ANALYSIS_RATE

# Sound held in memory: five minutes (26 MB).
SPOOL_BYTES = 300 * ANALYSIS_RATE * 4
# Sound up to this length (1.3 GB) is kept; a longer file is read twice.
KEPT_SECONDS = 4 * 3600
# Samples read at a time: ten seconds.
BLOCK = 10 * ANALYSIS_RATE


class KeptSound:
    """Mono sound at ANALYSIS_RATE, which comes in blocks, and is then read in ranges; use it in a `with`.

    is_whole: whether all of it is there, which it is not where it is too long or the disk is full.
    """

    def __init__(self) -> None:
        self._spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        self._count = 0
        self.is_whole = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()

    def add(self, block: np.ndarray) -> None:
        """Add the next samples, float32 of shape (samples,)."""
        if not self.is_whole:
            return
        self._count += len(block)
        try:
            if self._count > KEPT_SECONDS * ANALYSIS_RATE:
                self.drop()
            else:
                self._spool.write(np.ascontiguousarray(block, np.float32).data)
        except OSError:  # no room on the disk
            self.drop()

    def drop(self) -> None:
        """Keep nothing."""
        self.is_whole = False
        self._spool.close()

    def streams(self, spans: Sequence[tuple[int, int]]) -> Iterator[Iterator[np.ndarray]]:
        """Yield the sound of each (start, length) in ms as blocks; what lies past the end is missing."""
        for start, length in spans:
            yield self._range(*sample_range(start, length, ANALYSIS_RATE))

    def _range(self, first: int, count: int) -> Iterator[np.ndarray]:
        for place in range(first, min(first + count, self._count), BLOCK):
            self._spool.seek(place * 4)
            yield np.frombuffer(self._spool.read(min(BLOCK, first + count - place) * 4), np.float32)
