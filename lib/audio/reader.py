"""Reading sound: any media file to float32 at one rate, whole, in blocks, or as many short sections in one pass.

Time 0 is the start of the container (where ffmpeg and players put it), so that sound and picture share one clock: a
track that begins later is preceded by silence. What stamps, breaks and channels mean is decided once for a file, from
its beginning, so that it sounds the same in sections as whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import numpy as np
import soxr

from lib.audio.channels import Downmix, weights_of
from lib.audio.decoding import Decoder
from lib.audio.glide import Glide
from lib.audio.sections import BLOCK_SECONDS, Section
from lib.audio.sound_clock import Placed, SoundClock
from lib.audio.sound_frames import Heard, Kind

Through = Callable[[Iterator[Section]], Iterator[Section]]


class AudioReader:
    """Reads one file's sound from its beginning, block by block; use it in a `with`.

    path: the media file; rate: samples per second to resample to (soxr, high quality); channels: 1 or 2 (see
    `lib.audio.channels`). Opening raises MediaError if the file cannot be read and NoAudioError if it holds no sound.
    Damaged packets are left out (silence takes their place where the time stamps show a hole: a raw mp3 or aac has
    none, so that the rest is earlier there). A file that breaks off ends there; `problem` says so at the end.
    through: what the decoded sections go through before they are mixed and resampled, such as another thread; for
    callers that take all blocks, and only then ask for the `problem`.
    """

    def __init__(self, path: str, rate: int, channels: int = 1, through: Through | None = None) -> None:
        self.path, self.rate, self.channels = path, rate, channels
        self._decoder = Decoder(path)
        self._through = through
        self._coming: Iterator[Section] = iter(())
        self._seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        close = getattr(self._coming, "close", None)
        if close is not None:
            close()
        self._decoder.close()

    @property
    def problem(self) -> str:
        """What was wrong with the part read so far, on one line: where it breaks off, or is damaged; "": nothing."""
        return self._decoder.problem(self._seconds)

    @property
    def is_cut(self) -> bool:
        """Whether the file is known to end before its sound does, however much of it was read."""
        return self._decoder.promise.is_cut

    @property
    def expected_seconds(self) -> float:
        """The length of the file by its header; 0 if that says nothing."""
        return self._decoder.expected_seconds

    @property
    def is_compressed(self) -> bool:
        """Whether decoding takes more than copying."""
        return self._decoder.is_compressed

    def _section(self, kind: Kind, begins: float) -> Section:
        return Section(kind, begins, self._decoder.carriers(kind))

    def sections(self) -> Iterator[Section]:
        """Yield the sound at its native rates, silence put into holes and overlaps left out."""
        clock: SoundClock[Heard] = SoundClock()
        section: Section | None = None
        now, moved = 0.0, 0.0

        def placed() -> Iterator[Placed[Heard]]:
            for frame in self._decoder.frames():
                yield from clock.add(frame)
            yield from clock.end()

        for frame in placed():
            kind = frame.item.kind
            if section and kind != section.kind:
                yield section
                section = None
            section = section or self._section(kind, now)
            silence = frame.silence
            while silence > 0.0:
                length = min(silence, BLOCK_SECONDS)
                section.add_silence(round(length * kind.rate))
                silence, now = silence - length, now + length
                if now - section.begins >= BLOCK_SECONDS:
                    section.marks.append((now, moved))
                    yield section
                    section = self._section(kind, now)
            if frame.left_out:
                section.leave_out(frame.item.planes, round(frame.left_out * kind.rate))
            else:
                section.add(frame.item.planes)
            now = frame.end
            self._seconds = now + moved
            if frame.mark is not None:
                moved = frame.mark
                section.marks.append((now, moved))
                if now - section.begins >= BLOCK_SECONDS:  # only here, up to which the drift is known
                    yield section
                    section = None
        if section:
            yield section

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the sound in order as float32 blocks, shape (samples,) for one channel, else (samples, 2).

        Blocks are never empty and hold some BLOCK_SECONDS of sound; their boundaries do not change the sound.
        """
        track: _Track | None = None
        self._coming = self._through(self.sections()) if self._through else self.sections()
        for section in self._coming:
            if track is None or not track.goes_on(section.kind):
                if track is not None:
                    yield from self._shaped(track.end(resampler_too=track.kind.rate != section.kind.rate))
                track = _Track(self, section, track)
            yield from self._shaped(track.add(section))
        if track is not None:
            yield from self._shaped(track.end(resampler_too=True))

    def heard(self, values: np.ndarray, rate: int) -> None:
        """Take the sound before it is resampled from `rate` (Hz), shape (samples, channels): for subclasses."""

    def _shaped(self, block: np.ndarray) -> Iterator[np.ndarray]:
        if len(block):
            yield np.ascontiguousarray(block[:, 0] if self.channels == 1 else block, dtype=np.float32)


class _Track:
    """The path of sections of one kind: their channels are mixed, delayed by their stamps, and resampled."""

    def __init__(self, reader: AudioReader, section: Section, before: _Track | None) -> None:
        self._reader, self.kind, self._channels = reader, section.kind, reader.channels
        names = self.kind.names
        self._mix: Downmix | None = None
        if len(names) > 1:
            self._mix = Downmix(weights_of(names, section.carriers, self._channels), self.kind.rate)
        self._begins = section.begins
        self.moved: float = before.moved if before else 0.0
        self._glide = Glide(self._channels, self.moved * self.kind.rate)
        self._resampler: soxr.ResampleStream | None = None
        if before is not None and before.kind.rate == self.kind.rate:
            self._resampler = before._resampler
        elif self.kind.rate != reader.rate:
            self._resampler = soxr.ResampleStream(self.kind.rate, reader.rate, self._channels, dtype="float32")

    def goes_on(self, kind: Kind) -> bool:
        """Return whether sound of a kind may follow: the sample format makes no difference."""
        return (kind.rate, kind.names) == (self.kind.rate, self.kind.names)

    def add(self, section: Section) -> np.ndarray:
        """Return what a section completes, shape (samples, channels)."""
        for time, moved in section.marks:
            self._glide.mark((time - self._begins) * self.kind.rate, moved * self.kind.rate)
            self.moved = moved
        return self._through(section.samples(), last=False, end=False)

    def end(self, resampler_too: bool) -> np.ndarray:
        """Return the rest that is still in the filters."""
        return self._through(np.zeros((0, len(self.kind.names)), np.float32), last=True, end=resampler_too)

    def _through(self, values: np.ndarray, last: bool, end: bool) -> np.ndarray:
        if self._mix is not None:
            values = self._mix.add(values, last)
        elif self._channels == 2:
            values = np.repeat(values, 2, axis=1)
        values = self._glide.add(values, last)
        self._reader.heard(values, self.kind.rate)
        return values if self._resampler is None else self._resampler.resample_chunk(values, last=end)


def decoded_end(path: str) -> tuple[float, str]:
    """Return where a file's sound ends, in seconds, as it is decoded, and where it could not be read ("": all of it).

    Raises as `AudioReader`.
    """
    with AudioReader(path, 8000) as reader:
        for _ in reader.sections():
            pass
        return reader._seconds, reader.problem
