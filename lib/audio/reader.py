"""Decoding: any media file to float32 sound at one rate, whole, in blocks, or as many short pieces in one pass.

Time 0 is the start of the container (where ffmpeg and players put it), so that sound and picture share one clock: a
track that begins later is preceded by silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

import av
import av.audio.frame
import numpy as np
import soxr
from av.audio.plane import AudioPlane

from lib.errors import MediaError, NoAudioError
from lib.io.ffmpeg import open_media, packets

# Blocks are handed out at about this many seconds, so that what is done per block is worth the call.
BLOCK_SECONDS = 20.0
# A hole in the time stamps shorter than this is rounding or coding jitter; a longer one (lost packets) becomes silence.
SMALLEST_GAP = 0.05
# But where the sound begins, or goes on after packets that could not be decoded, there is a reason for a hole, and
# stamps are right to a millisecond, which is what some containers round them to.
EXACT_GAP = 0.001
# A longer jump is a broken time stamp, not a pause that somebody recorded.
LARGEST_GAP = 3600.0
# Nor do many jumps make days of silence, which would have to be listened through.
MOST_SILENCE = 6 * LARGEST_GAP
# Rates outside of these (Hz) are damage: telephones have 8,000, the fastest recorders 768,000. Minutes of sound would
# become days at 1 Hz, and a resampler from gigahertz would not fit into memory.
LOWEST_RATE, HIGHEST_RATE = 1000, 3_000_000
NO_AUDIO = "has no audio track"
# From this number of channels on, FFmpeg's list of a frame's planes has no end mark, and PyAV (19 too) reads beyond it.
MANY_PLANES = 8
_PLANES = {"u8p": "u1", "s16p": "<i2", "s32p": "<i4", "s64p": "<i8", "fltp": "<f4", "dblp": "<f8"}
_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}
_SIDES = {
    "FL": 0,
    "BL": 0,
    "SL": 0,
    "FLC": 0,
    "TFL": 0,
    "WL": 0,
    "FR": 1,
    "BR": 1,
    "SR": 1,
    "FRC": 1,
    "TFR": 1,
    "WR": 1,
}


def _values(frame: av.audio.frame.AudioFrame) -> np.ndarray:
    """Return a decoded frame as it is: a row for each channel if its format ends in p, else one row of all."""
    if frame.layout.nb_channels < MANY_PLANES or frame.format.name not in _PLANES:
        return frame.to_ndarray()
    kind = np.dtype(_PLANES[frame.format.name])
    planes: list[Any] = [AudioPlane(frame, n) for n in range(frame.layout.nb_channels)]
    return np.stack([np.frombuffer(plane, kind, frame.samples) for plane in planes])


def _samples(frames: Sequence[np.ndarray], kind: str, channels: int) -> np.ndarray:
    """Return decoded frames of one kind as float32, shape (samples, channels), full scale = 1, without NaN or infinity.

    kind: ffmpeg's name of the sample format; one ending in p holds a row per channel, else channels alternate.
    """
    planar = kind.endswith("p")
    values = np.concatenate(frames, axis=1)
    values = values.T if planar else values.reshape(-1, channels)
    scale = _FULL_SCALE.get(kind.removesuffix("p"))
    if scale is not None:
        offset = np.float32(128.0 if kind.startswith("u8") else 0.0)
        return (values.astype(np.float32) - offset) / np.float32(scale)
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes infinity, and then silence
        values = values.astype(np.float32)
    return values if np.isfinite(values).all() else np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def _mix_channels(values: np.ndarray, names: Sequence[str], channels: int) -> np.ndarray:
    """Return native channels as `channels` (1: the mean of all; 2: the mean of each side), shape (samples, channels).

    ffmpeg's own downmix of 5.1 is several times louder than the mean; a mean keeps levels comparable between files.
    """
    native = values.shape[1]
    if channels == 1:
        return values.mean(axis=1, dtype=np.float32)[:, None] if native > 1 else values
    if native == 1:
        return np.repeat(values, 2, axis=1)
    if native == 2:
        return values
    sides = [[n for n, name in enumerate(names) if _SIDES.get(name, side) == side] for side in (0, 1)]
    whole = list(range(native))
    return np.stack([values[:, side or whole].mean(axis=1, dtype=np.float32) for side in sides], axis=1)


class AudioReader:
    """Reads one file's sound from its beginning, block by block; use it in a `with`.

    path: the media file; rate: samples per second to resample to (soxr, high quality); channels: 1 or 2.
    Opening raises MediaError if the file cannot be read and NoAudioError if it holds no sound. Damaged packets are
    left out (silence takes their place where the time stamps show a hole: a raw mp3 or aac has none, so that what
    follows is earlier there); a file that breaks off ends there.
    """

    def __init__(self, path: str, rate: int, channels: int = 1) -> None:
        self.path, self.rate, self.channels = path, rate, channels
        self._container = open_media(path)
        try:
            found = self._container.streams.best("audio")
            if found is None:
                raise NoAudioError(NO_AUDIO)
            self._stream = found
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def _frames(self) -> Iterator[tuple[av.audio.frame.AudioFrame, bool]]:
        """Yield (frame, whether it follows the one before, with nothing that failed between) of what can be decoded.

        Raises MediaError if there are packets but none can be.
        """
        decoded, failure, follows = False, "", False
        coming = packets(self._container, self._stream)
        while True:
            try:
                packet = next(coming)
            except StopIteration:
                break
            except (av.error.FFmpegError, OSError) as error:  # cut off in the middle: what came before is good
                failure = str(error)
                break
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                failure, follows = str(error), False
                continue
            for frame in frames:
                assert isinstance(frame, av.audio.frame.AudioFrame)
                if not LOWEST_RATE <= frame.sample_rate <= HIGHEST_RATE:
                    failure, follows = f"by its header it has {frame.sample_rate} samples per second", False
                elif frame.samples and frame.layout.nb_channels:
                    yield frame, follows
                    decoded = follows = True
        if not decoded and failure:
            raise MediaError(f"its sound cannot be decoded ({failure})")
        if not decoded:
            raise NoAudioError("has an audio track without any sound in it")

    def _pieces(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield (mixed samples at the native rate, that rate), BLOCK_SECONDS or so each, silence put into holes."""
        start = (self._container.start_time or 0) / av.time_base
        clock, since, silent = 0.0, 0.0, 0.0
        held: list[np.ndarray] = []
        kind: tuple[int, str, tuple[str, ...]] | None = None

        def mixed() -> Iterator[tuple[np.ndarray, int]]:
            if held and kind is not None:
                rate, name, layout = kind
                yield _mix_channels(_samples(held, name, len(layout)), layout, self.channels), rate
                held.clear()

        for frame, follows in self._frames():
            rate = frame.sample_rate
            this = (rate, frame.format.name, tuple(channel.name for channel in frame.layout.channels))
            hole = 0.0 if frame.time is None else frame.time - start - clock
            missing = (SMALLEST_GAP if follows else EXACT_GAP) < hole < min(LARGEST_GAP, MOST_SILENCE - silent)
            if missing or this != kind or clock - since >= BLOCK_SECONDS:
                yield from mixed()
                kind, since = this, clock
            if missing:
                silent += hole
                for silence in self._silence(round(hole * rate), rate):
                    clock += len(silence) / rate
                    yield silence, rate
            held.append(_values(frame))
            clock += frame.samples / rate
        yield from mixed()

    def _silence(self, samples: int, rate: int) -> Iterator[np.ndarray]:
        longest = round(BLOCK_SECONDS * rate)
        for first in range(0, samples, longest):
            yield np.zeros((min(longest, samples - first), self.channels), np.float32)

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the sound in order as float32 blocks, shape (samples,) for one channel, else (samples, 2).

        Blocks are never empty and hold some BLOCK_SECONDS of sound; how they are cut does not change what is in them.
        """
        native = 0
        resampler: soxr.ResampleStream | None = None
        for piece, rate in self._pieces():
            if rate != native:
                yield from self._resampled(resampler, piece[:0], last=True)
                native = rate
                same = native == self.rate
                resampler = None if same else soxr.ResampleStream(native, self.rate, self.channels, dtype="float32")
            yield from self._resampled(resampler, piece, last=False)
        yield from self._resampled(resampler, np.zeros((0, self.channels), np.float32), last=True)

    def _resampled(self, resampler: soxr.ResampleStream | None, piece: np.ndarray, last: bool) -> Iterator[np.ndarray]:
        block = piece if resampler is None else resampler.resample_chunk(piece, last=last)
        if len(block):
            yield np.ascontiguousarray(block[:, 0] if self.channels == 1 else block, dtype=np.float32)


def _nothing(channels: int) -> np.ndarray:
    return np.zeros((0,) if channels == 1 else (0, channels), np.float32)


def sample_range(start_ms: float, dur_ms: float, rate: int) -> tuple[int, int]:
    """Return (first sample, number of samples) of a range in ms."""
    return round(start_ms * rate / 1000), round(dur_ms * rate / 1000)


def read_audio(path: str, rate: int, channels: int = 1, start_ms: float = 0, dur_ms: float | None = None) -> np.ndarray:
    """Return a file's sound, or a range of it, as float32, shape (samples,) for one channel, else (samples, 2).

    A range that runs past the end is shorter. Raises MediaError (unreadable) or NoAudioError (no sound in it).
    """
    if dur_ms is not None:
        return next(read_ranges(path, rate, channels, [(start_ms, dur_ms)]))[1]
    with AudioReader(path, rate, channels) as reader:
        whole = np.concatenate([_nothing(channels), *reader.blocks()])
    return whole[sample_range(start_ms, 0, rate)[0] :]


def read_ranges(
    path: str, rate: int, channels: int, ranges_ms: Sequence[tuple[float, float]]
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (index into `ranges_ms`, its sound) for many (start, length) ranges in ms, in one pass over the file.

    They come in the order of their ends. Shapes are those of `read_audio`; what lies past the file's end is missing
    (the array is shorter, or empty). Memory is bounded by the blocks that the longest range touches, however many
    ranges overlap there, and reading stops after the last of them. Raises as `AudioReader`.
    """
    spans = [sample_range(start, dur, rate) for start, dur in ranges_ms]
    order = sorted(range(len(spans)), key=lambda n: spans[n][0])
    coming = 0
    # index -> the parts (views of blocks) gathered so far, of ranges that have begun and not ended
    begun: dict[int, list[np.ndarray]] = {}
    position = 0
    with AudioReader(path, rate, channels) as reader:
        for block in reader.blocks():
            end = position + len(block)
            while coming < len(order) and spans[order[coming]][0] < end:
                begun[order[coming]] = []
                coming += 1
            ended = []
            for index, parts in begun.items():
                first, count = spans[index]
                parts.append(block[max(first - position, 0) : max(first + count - position, 0)])
                if first + count <= end:
                    ended.append(index)
            for index in sorted(ended, key=lambda n: (sum(spans[n]), n)):
                yield index, np.concatenate(begun.pop(index))
            position = end
            if coming == len(order) and not begun:
                return
    for index in sorted(begun, key=lambda n: (sum(spans[n]), n)):
        yield index, np.concatenate(begun[index])
    for index in order[coming:]:
        yield index, _nothing(channels)
