"""From a media file to its table of samples: cut at onsets, measured, and chosen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lib.audio.above import WideReader, lies_above, pitches_above
from lib.audio.features import PITCHED_DECIMALS, Features, measure_all, with_pitch, without_note
from lib.audio.onsets import onset_times
from lib.audio.reader import read_ranges, sample_range
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import NoAudioError
from lib.io.files import media_path
from lib.tables.queries import select
from lib.tables.table import Table

BASE_COLUMNS = ("filename", "start", "dur")
FEATURE_COLUMNS = ("power", "hz", "clarity", "note", "octave", "pitched")
# Sound up to this length (105 MB) is kept while its onsets are found; of a longer file it is read a second time.
KEPT_SECONDS = 1200
# Samples that are held and measured at a time.
GROUP = 256


@dataclass(frozen=True)
class SampleJob:
    """How to make one file's table of samples.

    folder, filename: the media file; shortest, longest: ms (-1: no longest); features: measure them too; most: rows at
    most (-1: all), the first by `sort`, or spread over the file; filter, sort: queries; threads: batches at a time;
    pitched: samples less pitched than this have no note (None: all have one).
    """

    folder: str
    filename: str
    shortest: int
    longest: int
    features: bool
    most: int = -1
    filter: str = ""
    sort: str = ""
    threads: int = 1
    pitched: float | None = None

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


def spread(count: int, most: int) -> np.ndarray:
    """Return at most `most` of the indices 0..count-1, spread evenly (-1: all of them)."""
    if most < 0 or most >= count:
        return np.arange(count)
    return (np.arange(most) * count) // most


def sample_table(job: SampleJob) -> Table:
    """Make one file's table of samples; a file without sound, or silent, gives an empty one.

    Memory is bounded: a long file is read in blocks, with the same result as in one piece. Raises MediaError if the
    file cannot be read, or a query names a column that is not measured.
    """
    path = media_path(job.folder, job.filename)
    kept: list[np.ndarray] = []
    wide: np.ndarray | None = None
    total = 0

    def passing(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        nonlocal total
        for block in blocks:
            total += len(block)
            if total <= KEPT_SECONDS * ANALYSIS_RATE:
                kept.append(block)
            else:
                kept.clear()
            yield block

    try:
        with WideReader(path, ANALYSIS_RATE) as reader:
            onsets = onset_times(passing(reader.blocks()))
            wide = reader.power() if reader.is_wide else None
    except NoAudioError:
        onsets = np.zeros(0, np.int64)
    starts, lengths = cut_at_onsets(onsets, round(total * 1000 / ANALYSIS_RATE) - 1, job.shortest, job.longest)
    if not job.filter and not job.sort:
        chosen = spread(len(starts), job.most)
        starts, lengths = starts[chosen], lengths[chosen]
    columns = {
        "filename": [job.filename] * len(starts),
        "start": [str(ms) for ms in starts],
        "dur": [str(ms) for ms in lengths],
    }
    if job.features:
        whole = np.concatenate(kept) if kept else None
        columns |= _feature_columns(_measured(path, whole, wide, starts, lengths, job))
    table = Table.of(columns, job.filename)
    if job.sort:
        return select(table, job.filter, job.sort, job.most)
    table = select(table, job.filter)
    return table.take(spread(len(table), job.most))


def _measured(
    path: str,
    whole: np.ndarray | None,
    wide: np.ndarray | None,
    starts: np.ndarray,
    lengths: np.ndarray,
    job: SampleJob,
) -> list[Features]:
    """Measure the samples in order, a group at a time, from the whole sound or from a second pass over the file.

    wide: the power of the file before it was brought to ANALYSIS_RATE, if there is more in it.
    """
    spans = list(zip(starts.tolist(), lengths.tolist()))
    if whole is not None:
        places = (sample_range(start, length, ANALYSIS_RATE) for start, length in spans)
        sounds: Iterator[np.ndarray] = (whole[first : first + count] for first, count in places)
    else:
        sounds = (sound for _, sound in read_ranges(path, ANALYSIS_RATE, 1, spans)) if spans else iter(())
    out: list[Features] = []
    above: list[int] = []
    while group := list(itertools.islice(sounds, GROUP)):
        if wide is not None:
            above += [len(out) + n for n, y in enumerate(group) if lies_above(wide, spans[len(out) + n][0], y)]
        out += measure_all(group, job.threads)
    if above:
        for n, hz, pitched in pitches_above(path, [spans[n] for n in above]):
            out[above[n]] = with_pitch(out[above[n]], hz, pitched)
    return out if job.pitched is None else [without_note(features, job.pitched) for features in out]


def _feature_columns(values: Sequence[Features]) -> dict[str, list[str]]:
    return {
        "power": [f"{v.power:.2f}" for v in values],
        "hz": [f"{v.hz:.2f}" for v in values],
        "clarity": [f"{v.clarity:.2f}" for v in values],
        "note": [v.note for v in values],
        "octave": [str(v.octave) for v in values],
        "pitched": [f"{v.pitched:.{PITCHED_DECIMALS}f}" for v in values],
    }
