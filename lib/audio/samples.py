"""From a media file to its table of samples: cut at onsets, measured, and chosen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from lib.audio.band_levels import SERIES, BandSource
from lib.audio.features import PITCHED_DECIMALS, Features, without_note
from lib.audio.helped_reader import HelpedReader
from lib.audio.kept_sound import KeptSound
from lib.audio.levels import BLOCK_MS, Levels
from lib.audio.measuring import WORTH_SECONDS, measured, start_to_measure
from lib.audio.onsets import METHODS, Detector, find_onsets
from lib.audio.sample_checkpoint import FOUND, FoundSamples, Measurements, checkpoint, keep_found, recall_found
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import NoAudioError
from lib.io.files import media_path
from lib.io.progress import portion
from lib.parallel.helper_processes import Helpers
from lib.tables.parts import Checkpoint, saved_at_interrupt
from lib.tables.queries import NO_FILTER, NO_SORT, select
from lib.tables.query_language import Filter, Sort
from lib.tables.table import Table

BASE_COLUMNS = ("filename", "start", "dur")
FEATURE_COLUMNS = ("power", "hz", "clarity", "note", "octave", "loudness", "pitched")
# A specimen of a table's cells, so that queries are checked before the work.
SPECIMEN = {
    "filename": "a.wav", "start": "0", "dur": "100", "power": "1.00", "hz": "440.00", "clarity": "20.00", "note": "A",
    "octave": "4", "loudness": "-20.00", "pitched": "0.50",
}  # fmt: skip
TRIM_DB = 50.0
# Share of a file's time that passes before its samples are measured.
READING = 0.3


class SampleTableResult(NamedTuple):
    """The result for one file: its table, and where it could not be read ("": all of it could be).

    total: the number of its samples; available: of those that meet the filter; short: of those dropped for their
    length.
    """

    table: Table
    problem: str
    total: int
    available: int
    short: int = 0


@dataclass(frozen=True)
class SampleJob:
    """How to make one file's table of samples.

    folder, filename: the media file; shortest, longest: ms (-1: no longest); features: measure them too; most: rows at
    most (-1: all), the first by `sort`, or spread over the file; filter, sort: which rows; threads: batches at a time,
    and with several, the file is read ahead; onsets, sensitivity: of `Detector` (sensitivity None: as
    tuned); trim: a sample ends where it falls by dB below its loudest 10 ms (0: not); pitched: samples less
    pitched than this have no note (None: all have one); keep: the output among whose parts intermediate results for a
    long file are saved, for another run ("": nowhere).
    """

    folder: str
    filename: str
    shortest: int
    longest: int
    features: bool
    most: int = -1
    filter: Filter = NO_FILTER
    sort: Sort = NO_SORT
    threads: int = 1
    onsets: str = METHODS[0]
    sensitivity: float | None = None
    trim: float = TRIM_DB
    pitched: float | None = None
    keep: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the table has."""
        return BASE_COLUMNS + (FEATURE_COLUMNS if self.features else ())


def cut_at_onsets(onsets: np.ndarray, end: int, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (starts, lengths) in ms: from each onset to the next, the last to `end`.

    A sample is cut at `longest` ms (-1: not) and dropped if it is shorter than `shortest` ms, or empty.
    """
    edges = np.append(onsets, end)
    lengths = np.diff(edges)
    if longest >= 0:
        lengths = np.minimum(lengths, longest)
    kept = lengths >= max(shortest, 1)
    return edges[:-1][kept], lengths[kept]


def trimmed(levels: Levels, start: int, length: int, shortest: int, below_db: float) -> int:
    """Return the length (ms) of a sample without the silence after its sound, but at least `shortest`.

    The sound ends where it falls `below_db` under the sample's loudest 10 ms for good.
    """
    first, end = int(start / BLOCK_MS), math.ceil((start + length) / BLOCK_MS)
    sounds = math.ceil(levels.end_of_sound(first, end, below_db) * BLOCK_MS) - start
    return min(length, max(sounds, shortest, 1))


def spread(count: int, most: int) -> np.ndarray:
    """Return at most `most` of the indices 0..count-1, spread evenly (-1: all of them)."""
    if most < 0 or most >= count:
        return np.arange(count)
    return (np.arange(most) * count) // most


def sample_table(job: SampleJob) -> Table:
    """Make one file's table of samples: the first field of `sample_table_of`."""
    return sample_table_of(job).table


def sample_table_of(job: SampleJob) -> SampleTableResult:
    """Make one file's table of samples.

    A file without sound, or silent, gives an empty table. A file that is one sound, and shorter than the shortest
    sample, is one sample nevertheless. Memory is bounded: a long file is read in blocks, with the same result. Raises
    MediaError if the file cannot be read, or a query names a column that is not measured.
    """
    path = media_path(job.folder, job.filename)
    listening = (job.shortest, job.longest, job.features, job.onsets, job.sensitivity, job.trim)
    kept = checkpoint(job.keep, path, [job.filename, *listening])
    with KeptSound() as sound, Helpers(job.threads - 1) as helpers, saved_at_interrupt(kept):
        return _table_of(path, job, sound, kept, helpers)


def _table_of(
    path: str, job: SampleJob, sound: KeptSound, kept: Checkpoint | None, helpers: Helpers
) -> SampleTableResult:
    """Make the table; `sound` gets that of the file, if its samples are to be measured."""
    found = recall_found(kept)
    if found is not None or not job.features:
        sound.drop()
    if found is None:
        found = _find(path, job, sound, kept, helpers)
        if kept is not None:
            kept.unsaved[FOUND] = partial(keep_found, kept, found)
            if kept.is_long:
                keep_found(kept, found)
            kept.drop(SERIES)
    starts, lengths, problem = found.starts, found.lengths, found.problem
    count = len(starts)
    if not job.filter and not job.sort:
        chosen = spread(len(starts), job.most)
        starts, lengths = starts[chosen], lengths[chosen]
    columns = {
        "filename": [job.filename] * len(starts),
        "start": [str(ms) for ms in starts],
        "dur": [str(ms) for ms in lengths],
    }
    if job.features:
        spans = list(zip(starts.tolist(), lengths.tolist()))
        with portion(READING, 1.0):
            kept_sound = sound if sound.is_whole else None
            values = measured(path, kept_sound, found, spans, helpers, Measurements(spans, kept))
        if job.pitched is not None:
            values = [without_note(features, job.pitched) for features in values]
        columns |= feature_columns(values)
    table = Table.of(columns, job.filename)
    if not job.filter and not job.sort:
        return SampleTableResult(table, problem, count, count, found.short)
    table = select(table, job.filter)
    available = len(table)
    table = select(table, order=job.sort, most=job.most) if job.sort else table.take(spread(available, job.most))
    return SampleTableResult(table, problem, count, available, found.short)


def _find(path: str, job: SampleJob, sound: KeptSound, kept: Checkpoint | None, helpers: Helpers) -> FoundSamples:
    """Find the samples of a file; `sound` gets what it sounds like."""
    total, level, problem = 0, 0.0, ""
    wide: np.ndarray | None = None

    def passing(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        nonlocal total, level
        for block in blocks:
            total += len(block)
            level += float(block.sum(dtype=np.float64))
            sound.add(block)
            if job.features and total >= WORTH_SECONDS * ANALYSIS_RATE:
                start_to_measure(helpers)
            yield block

    detector = Detector(job.onsets, 1.0 if job.sensitivity is None else job.sensitivity)
    with Levels() as levels:
        # Measuring samples takes longer than finding them.
        read = READING if job.features else 1.0
        try:
            with portion(0.0, read), HelpedReader(path, job.features, helpers, detector.bands) as reader:
                source = BandSource(kept)
                blocks = passing(reader.blocks(source))
                onsets = find_onsets(blocks, levels, detector, source, 1 if reader.is_helped else job.threads)
                problem, wide = reader.problem, reader.power
        except NoAudioError:
            onsets = np.zeros(0, np.int64)
        end = round(total * 1000 / ANALYSIS_RATE) - 1
        shortest = 0 if onsets.tolist() == [0] and end < job.shortest else job.shortest
        starts, lengths = cut_at_onsets(onsets, end, shortest, job.longest)
        if job.trim:
            spans = zip(starts.tolist(), lengths.tolist())
            lengths = np.array([trimmed(levels, *span, shortest, job.trim) for span in spans], np.int64)
    return FoundSamples(starts, lengths, level / max(total, 1), problem, wide, len(onsets) - len(starts))


def feature_columns(values: Sequence[Features]) -> dict[str, list[str]]:
    """Return the cells of FEATURE_COLUMNS."""
    return {
        "power": [f"{v.power:.2f}" for v in values],
        "hz": [f"{v.hz:.2f}" for v in values],
        "clarity": [f"{v.clarity:.2f}" for v in values],
        "note": [v.note for v in values],
        "octave": [str(v.octave) for v in values],
        "loudness": [f"{v.loudness:.2f}" for v in values],
        "pitched": [f"{v.pitched:.{PITCHED_DECIMALS}f}" for v in values],
    }
