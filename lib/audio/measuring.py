"""The features of a file's samples, measured while the file is read: a group at a time, in several batches."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np

from lib.audio.above import lies_above, pitches_above
from lib.audio.features import Features, measure_groups, measure_stream, with_pitch
from lib.audio.ranges import range_streams, sample_range
from lib.audio.sample_checkpoint import FoundSamples, Measurements
from lib.audio.spectra import ANALYSIS_RATE
from lib.io.progress import within
from lib.parallel.ahead import read_ahead

# A file's mean below this does not show in the power of samples, and may come from waves that are cut off.
LEAST_DC = 1e-4
# Largest difference of a constant from its mean, as a share of it.
ROUNDING = 1e-6
# Samples held and measured at a time, and their total length in seconds (26 MB); longer samples are measured as they
# are read.
GROUP, GROUP_SECONDS = 256, 300


def measured(
    path: str,
    whole: np.ndarray | None,
    found: FoundSamples,
    spans: list[tuple[int, int]],
    threads: int,
    done: Measurements,
) -> list[Features]:
    """Measure the samples in order, a group at a time, from the whole sound or from a second pass over the file.

    spans: (start, length) of each in ms, which do not overlap if there is no whole sound; threads: batches at a time
    (with several, the file is read in parallel, two groups ahead at most); done: those measured already, and in the
    end all. The mean of the whole sound is subtracted.
    """
    left = spans[len(done.values) :]
    if whole is not None:
        places = (sample_range(start, length, ANALYSIS_RATE) for start, length in left)
        streams: Iterator[Iterator[np.ndarray]] = (iter([whole[first : first + count]]) for first, count in places)
    else:
        streams = range_streams(path, ANALYSIS_RATE, 1, left)
    for is_long, run in itertools.groupby(_groups(left), lambda group: group[1]):
        if is_long:
            for _ in run:
                done.add([measure_stream(_steady(block, found.level) for block in next(streams))], [])
            continue
        read = (
            [_steady(np.concatenate([np.zeros(0, np.float32), *blocks]), found.level)
             for blocks in itertools.islice(streams, count)]
            for count, _ in run
        )  # fmt: skip
        with closing(read_ahead(read, threads, 1)) as groups:
            _measure(groups, found, spans, threads, done)
    out = done.values
    if done.above:
        for n, hz, pitched in pitches_above(path, [spans[n] for n in done.above]):
            out[done.above[n]] = with_pitch(out[done.above[n]], hz, pitched)
    return out


def _measure(
    groups: Iterator[list[np.ndarray]],
    found: FoundSamples,
    spans: Sequence[tuple[int, int]],
    threads: int,
    done: Measurements,
) -> None:
    """Add the features of the samples that come in groups to `done`."""
    under_way: deque[list[np.ndarray]] = deque()

    def passing() -> Iterator[list[np.ndarray]]:
        for group in groups:
            under_way.append(group)
            yield group

    with closing(measure_groups(passing(), threads)) as coming:
        for values in coming:
            group, first, above = under_way.popleft(), len(done.values), []
            if found.wide is not None:
                above = [first + n for n, y in enumerate(group) if lies_above(found.wide, spans[first + n][0], y)]
            done.add(values, above)
            within(len(done.values) / max(len(spans), 1))


def _groups(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, bool]]:
    """Yield how many samples are measured together, and whether it is a single one that is measured as it is read.

    The groups are the same whether a file is held or read a second time: rounding, in the last bit, depends on them.
    """
    count, held = 0, 0
    for _, length in spans:
        is_long = length > 1000 * GROUP_SECONDS
        if count and (is_long or count == GROUP or held + length > 1000 * GROUP_SECONDS):
            yield count, False
            count, held = 0, 0
        if is_long:
            yield 1, True
        else:
            count, held = count + 1, held + length
    if count:
        yield count, False


def _steady(sound: np.ndarray, mean: float) -> np.ndarray:
    """Return a sound without the DC of its file; the rest of a sound that is nothing but DC is 0."""
    if abs(mean) < LEAST_DC or not len(sound):
        return sound
    sound = sound - np.float32(mean)
    return sound if np.abs(sound).max() > ROUNDING * abs(mean) else np.zeros_like(sound)
