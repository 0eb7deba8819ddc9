"""Ranges of a file's sound: a single one, or one for each sample, in one pass over the file."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lib.audio.reader import AudioReader


def no_sound(channels: int) -> np.ndarray:
    """Return an array of no samples, in the shape of `read_audio`."""
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
        whole = np.concatenate([no_sound(channels), *reader.blocks()])
    return whole[sample_range(start_ms, 0, rate)[0] :]


def read_ranges(
    path: str,
    rate: int,
    channels: int,
    ranges_ms: Sequence[tuple[float, float]],
    notify: Callable[[str], None] | None = None,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (index into `ranges_ms`, its sound) for many (start, length) ranges in ms, in one pass over the file.

    They come in the order of their ends. Shapes are those of `read_audio`; beyond the file's end the array is shorter,
    or empty. Memory is bounded by the blocks that the longest range touches, however many ranges overlap there, and
    reading stops after the last range (a file that is known to be cut off is read to its end, to report where that is).
    notify is told where the file could not be read. Raises as `AudioReader`.
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
            if coming == len(order) and not begun and not (notify and reader.is_cut):
                break
        if notify and reader.problem:
            notify(reader.problem)
    for index in sorted(begun, key=lambda n: (sum(spans[n]), n)):
        yield index, np.concatenate(begun[index])
    for index in order[coming:]:
        yield index, no_sound(channels)


def range_streams(
    path: str,
    rate: int,
    channels: int,
    ranges_ms: Sequence[tuple[float, float]],
    notify: Callable[[str], None] | None = None,
) -> Iterator[Iterator[np.ndarray]]:
    """Yield the sound of each (start, length) range in ms as blocks, in one pass over the file.

    The ranges are in order and overlap by no more than rounding; the blocks of one are taken before the next is asked
    for. Memory is that of a block, whatever the length of a range. Anything past the file's end is missing. Raises as
    `AudioReader`.
    """
    with AudioReader(path, rate, channels) as reader:
        coming = reader.blocks()
        held, position = no_sound(channels), 0

        def until(first: int, end: int, coming_first: int) -> Iterator[np.ndarray]:
            nonlocal held, position
            recent = no_sound(channels)
            while position < end:
                if not len(held):
                    held = next(coming, held)
                    if not len(held):
                        break
                part, held = held[: end - position], held[end - position :]
                begin = max(first - position, 0)
                position += len(part)
                if end > coming_first:
                    recent = np.concatenate([recent, part])[coming_first - end :]
                if begin < len(part):
                    yield part[begin:]
            # Rounded to samples, a range may begin one sample before the end of the previous one.
            if position > coming_first:
                again = recent[coming_first - position :]
                held, position = np.concatenate([again, held]), position - len(again)

        spans = [sample_range(start, dur, rate) for start, dur in ranges_ms]
        for (first, count), (after, _) in itertools.zip_longest(spans, spans[1:], fillvalue=(sys.maxsize, 0)):
            yield until(first, first + count, after)
        if notify and reader.is_cut:
            for _ in coming:
                pass
        if notify and reader.problem:
            notify(reader.problem)
