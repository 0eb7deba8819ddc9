"""Reading a long recording in two processes: a helper decodes it, and does more than that if decoding is quick.

Decoding a compressed file takes about half of the time: the helper does no more, and this process mixes and resamples.
Of a file that is not compressed, the helper does that too, and makes levels while this process is behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from lib.audio.above import WideReader
from lib.audio.band_levels import Bands, BandSource
from lib.audio.reader import AudioReader, Through
from lib.audio.sections import Section
from lib.audio.sound_frames import Kind
from lib.audio.spectra import ANALYSIS_RATE, FrameBatches
from lib.parallel.ahead import Ahead
from lib.parallel.helper_processes import Helpers
from lib.parallel.stream import HelperDiedError, Sender, Stream

# Seconds of sound that take several times as long as a process needs to start.
WORTH_SECONDS = 600
# Blocks that wait here when the helper makes the levels of the next one itself.
BUSY = 3


@dataclass(frozen=True)
class ReadJob:
    """What a helper is to read: a file, with its power (`WideReader`) or without; bands: returns those of levels."""

    path: str
    is_wide: bool
    bands: Callable[[], Bands]

    def reader(self, through: Through | None = None) -> AudioReader:
        """Open the file."""
        return (WideReader if self.is_wide else AudioReader)(self.path, ANALYSIS_RATE, through=through)


@dataclass(frozen=True)
class Wanted:
    """What a helper is to send: all from section, or block, number `first` on."""

    first: int
    is_decoded: bool
    """Sections as they are decoded, not blocks and levels."""


@dataclass(frozen=True)
class _SectionHead:
    """Heads the sound of a section; is_planar: one channel after the other."""

    kind: Kind
    begins: float
    carriers: tuple[int, ...]
    marks: list[tuple[float, float]]
    is_planar: bool

    @classmethod
    def of(cls, section: Section) -> tuple[_SectionHead, np.ndarray]:
        """Return the head of a section, and its sound."""
        sound = section.samples()
        # (A matrix product may be rounded in another way if the channels lie in another order.)
        is_planar = not sound.flags.c_contiguous
        head = cls(section.kind, section.begins, section.carriers, section.marks, is_planar)
        return head, sound.T if is_planar else sound

    def section(self, sound: np.ndarray) -> Section:
        """Return the section."""
        across = len(self.kind.names)
        sound = sound.reshape(across, -1).T if self.is_planar else sound.reshape(-1, across)
        return Section.of(self.kind, self.begins, self.carriers, self.marks, sound)


@dataclass(frozen=True)
class _Levels:
    """Heads the levels of a batch of frames, and tells their greatest power."""

    number: int
    greatest: float


@dataclass(frozen=True)
class _End:
    """What is known at the end of the file; its power comes with it, if it was measured."""

    problem: str
    is_wide: bool = False


_BLOCK = "block"


def read_for(job: ReadJob, wanted: Wanted, sender: Sender) -> None:
    """Read a file, and send what is wanted of it; levels come before the block that completes their frames."""
    with job.reader() as reader:
        if wanted.is_decoded:
            for n, section in enumerate(reader.sections()):
                if n >= wanted.first:
                    sender.send(*_SectionHead.of(section))
            sender.send(_End(reader.problem), np.zeros(0))
            return
        bands = job.bands()
        batches, number = FrameBatches(bands.fft, bands.hop), 0
        for n, block in enumerate(reader.blocks()):
            complete = batches.add(block)
            if n >= wanted.first:
                if sender.waiting >= BUSY:
                    for k, frames in enumerate(complete, number):
                        levels, greatest = bands.levels(frames)
                        sender.send(_Levels(k, greatest), levels)
                sender.send(_BLOCK, block)
            number += len(complete)
        is_wide = isinstance(reader, WideReader) and reader.is_wide
        power = reader.power() if isinstance(reader, WideReader) else np.zeros(0)
        sender.send(_End(reader.problem, is_wide), power)


class HelpedReader:
    """Reads a file's sound at ANALYSIS_RATE, in two processes if it is long; use it in a `with`.

    is_wide: measure the power of what is above too; bands: of the levels that a helper may make. Opening raises as
    `AudioReader`. The blocks are those of `AudioReader`, to the bit.
    """

    def __init__(self, path: str, is_wide: bool, helpers: Helpers, bands: Callable[[], Bands]) -> None:
        self._job = ReadJob(path, is_wide, bands)
        self._reader = self._job.reader(self._through)
        self._stream: Stream | None = None
        self._decodes = self._reader.is_compressed  # the helper, no more than that
        self._end: _End | None = None
        self._power: np.ndarray | None = None
        self._count = helpers.count
        try:
            if self._reader.expected_seconds >= WORTH_SECONDS:
                self._stream = helpers.stream(read_for, self._job)
        except BaseException:
            self._reader.__exit__(None, None, None)
            raise
        self.is_helped = self._stream is not None
        """Whether a helper reads: this process needs no thread to read ahead."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._stream is not None:
                self._stream.close()
        finally:
            self._reader.__exit__(kind, error, trace)

    @property
    def problem(self) -> str:
        """As that of `AudioReader`."""
        return self._end.problem if self._end else self._reader.problem

    @property
    def power(self) -> np.ndarray | None:
        """As that of `WideReader`; None if the file holds nothing above the analysis, or nothing was to be measured."""
        if self._end is not None and self._end.is_wide:
            return self._power
        reader = self._reader
        return reader.power() if isinstance(reader, WideReader) and reader.is_wide else None

    def _through(self, sections: Iterator[Section]) -> Iterator[Section]:
        """Yield the sections that are decoded: here, in another thread, and by the helper if it is to decode only."""
        if self._stream is None:
            return Ahead(sections) if self._count else sections
        return self._decoded(sections, self._stream) if self._decodes else sections

    def _decoded(self, sections: Iterator[Section], stream: Stream) -> Iterator[Section]:
        count = 0
        while not stream.is_ready:  # until the helper has started, this process does all
            section = next(sections, None)
            if section is None:
                return
            count += 1
            yield section
        stream.begin(Wanted(count, is_decoded=True))
        try:
            for head, sound in stream:
                if isinstance(head, _End):
                    self._end = head
                else:
                    count += 1
                    yield head.section(sound)
        except HelperDiedError:
            with self._job.reader() as again:
                yield from _after(again.sections(), count)
                self._end = _End(again.problem)

    def blocks(self, source: BandSource) -> Iterator[np.ndarray]:
        """Yield the blocks of sound; source: gets the levels that the helper makes."""
        blocks, count = self._reader.blocks(), 0
        while self._stream is None or self._decodes or not self._stream.is_ready:
            block = next(blocks, None)
            if block is None:
                return
            count += 1
            yield block
        self._stream.begin(Wanted(count, is_decoded=False))
        yield from self._received(self._stream, count, source)

    def _received(self, stream: Stream, count: int, source: BandSource) -> Iterator[np.ndarray]:
        try:
            for head, array in stream:
                if isinstance(head, _Levels):
                    source.made[head.number] = array, head.greatest
                elif isinstance(head, _End):
                    self._end, self._power = head, array
                else:
                    count += 1
                    yield array
        except HelperDiedError:
            self._reader.__exit__(None, None, None)
            self._reader = self._job.reader()
            yield from _after(self._reader.blocks(), count)


def _after(items: Iterator[Any], count: int) -> Iterator[Any]:
    """Yield the items after the first `count`."""
    for n, item in enumerate(items):
        if n >= count:
            yield item
