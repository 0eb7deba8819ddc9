"""Reading a long recording in two processes: a helper decodes it, and makes levels too while this one is behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from lib.audio.above import WideReader
from lib.audio.band_levels import Bands, BandSource
from lib.audio.reader import AudioReader
from lib.audio.spectra import ANALYSIS_RATE, FrameBatches
from lib.parallel.processes import Helpers
from lib.parallel.stream import HelperDiedError, Sender, Stream

# Seconds of sound that take as long as a process needs to start, and several times as long.
WORTH_SECONDS = 600
# Blocks that wait here when the helper makes the levels of the next one itself.
BUSY = 4


@dataclass(frozen=True)
class ReadJob:
    """What a helper is to read: a file, with its power (`WideReader`) or without; bands: returns those of levels."""

    path: str
    is_wide: bool
    bands: Callable[[], Bands]


@dataclass(frozen=True)
class _Made:
    """Levels of a batch of frames, and their greatest power."""

    number: int
    greatest: float


@dataclass(frozen=True)
class _End:
    """What is known at the end of the file; the power comes with it."""

    problem: str
    is_wide: bool


_BLOCK = "block"


def _reader(path: str, is_wide: bool, ahead: bool = False) -> AudioReader:
    return (WideReader if is_wide else AudioReader)(path, ANALYSIS_RATE, ahead=ahead)


def read_for(job: ReadJob, first: int, sender: Sender) -> None:
    """Read a file, and send its blocks from number `first` on; also levels, each before the block that completes it."""
    bands = job.bands()
    batches, number = FrameBatches(bands.fft, bands.hop), 0
    with _reader(job.path, job.is_wide) as reader:
        for n, block in enumerate(reader.blocks()):
            pieces = batches.add(block)
            if n >= first and sender.waiting >= BUSY:
                for k, piece in enumerate(pieces, number):
                    levels, greatest = bands.levels(piece)
                    sender.send(_Made(k, greatest), levels)
            if n >= first:
                sender.send(_BLOCK, block)
            number += len(pieces)
        power = reader.power() if isinstance(reader, WideReader) else np.zeros(0)
        sender.send(_End(reader.problem, isinstance(reader, WideReader) and reader.is_wide), power)


class HelpedReader:
    """Reads a file's sound at ANALYSIS_RATE, in two processes if it is long; use it in a `with`.

    is_wide: measure the power of what is above too. Opening raises as `AudioReader`. The blocks are those of
    `AudioReader`, to the bit.
    """

    def __init__(self, path: str, is_wide: bool, helpers: Helpers, bands: Callable[[], Bands]) -> None:
        self._job = ReadJob(path, is_wide, bands)
        self._reader = _reader(path, is_wide)
        self._stream: Stream | None = None
        self._end: tuple[_End, np.ndarray] | None = None
        if self._reader.expected_seconds >= WORTH_SECONDS:
            self._stream = helpers.stream(read_for, self._job)
        self.is_helped = self._stream is not None
        """Whether a helper reads: this process needs no thread to read ahead."""
        if not self.is_helped and helpers.count:
            self._reader.read_ahead()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
        self._reader.__exit__(kind, error, trace)

    @property
    def problem(self) -> str:
        """As that of `AudioReader`."""
        return self._end[0].problem if self._end else self._reader.problem

    @property
    def power(self) -> np.ndarray | None:
        """As that of `WideReader`; None if the file holds nothing above the analysis, or nothing was to be measured."""
        if self._end is not None:
            return self._end[1] if self._end[0].is_wide else None
        reader = self._reader
        return reader.power() if isinstance(reader, WideReader) and reader.is_wide else None

    def blocks(self, source: BandSource) -> Iterator[np.ndarray]:
        """Yield the blocks of sound; source: gets the levels that the helper makes."""
        count = 0
        for block in self._reader.blocks():
            yield block
            count += 1
            if self._stream is not None and self._stream.is_ready:  # until the helper has started, this one reads
                break
        else:
            return
        try:
            for block in self._received(self._stream, count, source):
                yield block
                count += 1
        except HelperDiedError:
            # All is read here from the beginning on.
            self._reader.__exit__(None, None, None)
            self._reader = _reader(self._job.path, self._job.is_wide)
            for n, block in enumerate(self._reader.blocks()):
                if n >= count:
                    yield block

    def _received(self, stream: Stream, first: int, source: BandSource) -> Iterator[np.ndarray]:
        stream.begin(first)
        for head, array in stream:
            if isinstance(head, _Made):
                source.made[head.number] = array, head.greatest
            elif isinstance(head, _End):
                self._end = head, array
            else:
                yield array
