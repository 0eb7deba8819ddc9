"""The features of a file's samples, measured while the file is read: a group at a time, in several batches."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial

import numpy as np

from lib.audio.above import lies_above, pitches_above
from lib.audio.features import Features, measure_all, measure_stream, with_pitch
from lib.audio.kept_sound import KeptSound
from lib.audio.kernels import compile_kernels
from lib.audio.ranges import range_streams
from lib.audio.sample_checkpoint import FoundSamples, Measurements
from lib.audio.spectra import ANALYSIS_RATE, FFT
from lib.io.progress import within
from lib.parallel.ahead import read_ahead
from lib.parallel.helper_processes import NO_HELPERS, Helpers

# A file's mean below this does not show in the power of samples, and may come from waves that are cut off.
LEAST_DC = 1e-4
# Largest difference of a constant from its mean, as a share of it.
ROUNDING = 1e-6
# Samples held and measured at a time, and their total length in seconds (26 MB); longer samples are measured as they
# are read.
GROUP, GROUP_SECONDS = 128, 300
# Seconds of samples from which processes are worth their start, which takes about as long as measuring two minutes.
WORTH_SECONDS = 240


def measured(
    path: str,
    sound: KeptSound | None,
    found: FoundSamples,
    spans: list[tuple[int, int]],
    helpers: Helpers,
    done: Measurements,
) -> list[Features]:
    """Measure the samples in order, a group at a time, from the kept sound or from a second pass over the file.

    spans: (start, length) of each in ms, which do not overlap if no sound is kept; helpers: measure groups, if the
    samples are many, else as many threads measure batches; done: those measured already, and in the end all. The mean
    of the whole sound is subtracted.
    """
    left = spans[len(done.values) :]
    streams = range_streams(path, ANALYSIS_RATE, 1, left) if sound is None else sound.streams(left)
    threads = 1 + helpers.count
    if sum(min(length, 1000 * GROUP_SECONDS) for _, length in left) < 1000 * WORTH_SECONDS:
        measure, helpers = partial(measure_all, threads=threads), NO_HELPERS
    else:
        measure = partial(measure_all, threads=1)
        start_to_measure(helpers)
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
        # Decoding is work; reading what is kept is not.
        with closing(read_ahead(read, threads if sound is None else 1, 1)) as groups:
            _measure(measure, groups, found, spans, helpers, done)
    out = done.values
    if done.above:
        for n, hz, pitched in pitches_above(path, [spans[n] for n in done.above]):
            out[done.above[n]] = with_pitch(out[done.above[n]], hz, pitched)
    return out


def start_to_measure(helpers: Helpers) -> None:
    """Start the helpers if they are missing, so that they are ready when samples are to be measured."""
    if helpers.are_missing:
        compile_kernels()  # once, instead of in each of them
        helpers.start(measure_all, [np.linspace(-1.0, 1.0, FFT, dtype=np.float32)])


def _measure(
    measure: Callable[[list[np.ndarray]], list[Features]],
    groups: Iterator[list[np.ndarray]],
    found: FoundSamples,
    spans: Sequence[tuple[int, int]],
    helpers: Helpers,
    done: Measurements,
) -> None:
    """Add the features of the samples that come in groups to `done`."""
    lying_above: deque[list[int]] = deque()  # of the groups under way

    def passing() -> Iterator[list[np.ndarray]]:
        first = len(done.values)
        for group in groups:
            above = []
            if found.wide is not None:
                above = [first + n for n, y in enumerate(group) if lies_above(found.wide, spans[first + n][0], y)]
            lying_above.append(above)
            first += len(group)
            yield group

    for values in helpers.map(measure, passing()):
        done.add(values, lying_above.popleft())
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
