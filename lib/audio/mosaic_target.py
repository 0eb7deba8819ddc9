"""The target of a mosaic: the samples of a recording, from onset to onset, or in grains that overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.audio.features import Features
from lib.audio.level_curves import level_curve
from lib.audio.measuring import measured
from lib.audio.ranges import read_ranges
from lib.audio.reader import AudioReader
from lib.audio.sample_checkpoint import FoundSamples, Measurements
from lib.audio.samples import SampleJob, feature_columns, sample_table_of
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import MediaError, NoAudioError
from lib.io.files import find_media, is_manifest, media_path
from lib.io.formats import counted
from lib.parallel.helper_processes import Helpers
from lib.tables.table import Table

# Number of grains within the length of one.
OVERLAP = 2
# Grains this far (dB) below the loudest are silence.
SILENT_DB = 60.0
# A sample is audible until it stays this far below its peak (dB), in blocks of this many ms.
HEARD_DB, HEARD_BLOCK_MS = 20.0, 10
# A recording sounds where it is within this many dB of its loudest block; below that it may be hiss.
SOUNDS_DB = 30.0
# LUFS of silence, with the decimals of the column.
SILENCE = -70.0


def target_job(path: str, onsets: str, threads: int) -> SampleJob:
    """Return the job that makes the samples of a target, with the usual settings. MediaError unless it is one file."""
    if is_manifest(path):
        raise MediaError("is a table: the target is one recording or film", path)
    found = find_media(path)
    if len(found.filenames) > 1:
        several = counted(len(found.filenames), "media file")
        raise MediaError(f"means {several}: the target is one recording or film", path)
    return SampleJob(found.folder, found.filenames[0], 80, 1000, True, threads=threads, onsets=onsets)


def target_samples(job: SampleJob, grain: int = -1) -> tuple[Table, str]:
    """Return the samples of a target, with their features, and what was wrong with the file, or "".

    grain: ms of a grain, which begins half a grain after the one before (-1: from onset to onset). Raises MediaError
    if the file cannot be read, or there is no sound in it.
    """
    if grain > 0:
        table, problem = _grains(job, grain)
    else:
        made = sample_table_of(job)
        table, problem = made.table, made.problem
    if not len(table):
        raise NoAudioError("has no sound, or only silence: there is nothing to rebuild", _path(job))
    return table, problem


def _path(job: SampleJob) -> str:
    return media_path(job.folder, job.filename)


def _grains(job: SampleJob, grain: int) -> tuple[Table, str]:
    """Return the grains of a file that are not silent, with their features, and what was wrong with the file."""
    total, level = 0, 0.0
    with AudioReader(_path(job), ANALYSIS_RATE) as reader:
        for block in reader.blocks():
            total += len(block)
            level += float(block.sum(dtype=np.float64))
        problem = reader.problem
    starts = np.round(np.arange(0, total * 1000 / ANALYSIS_RATE, grain / OVERLAP)).astype(np.int64)
    features: list[Features | None] = [None] * len(starts)
    with Helpers(job.threads - 1) as helpers:
        for first in range(OVERLAP):  # grains that do not overlap, in one pass over the file
            mine = starts[first::OVERLAP]
            spans = [(start, grain) for start in mine.tolist()]
            known = FoundSamples(mine, np.full(len(mine), grain), level / max(total, 1), problem, None)
            features[first::OVERLAP] = measured(_path(job), None, known, spans, helpers, Measurements(spans, None))
    found = [value for value in features if value is not None]
    levels = np.array([value.loudness for value in found])
    heard = np.flatnonzero(levels > max(SILENCE, levels.max(initial=SILENCE) - SILENT_DB))
    cells = {
        "filename": [job.filename] * len(heard),
        "start": [str(starts[n]) for n in heard],
        "dur": [str(grain)] * len(heard),
    }
    return Table.of(cells | feature_columns([found[n] for n in heard]), job.filename), problem


@dataclass(frozen=True)
class Heard:
    """How the samples of a target sound: lengths: audible time, ms, float64 (rows,); curves: their levels along that
    time (`lib.audio.level_curves`)."""

    lengths: np.ndarray
    curves: list[np.ndarray]


def heard_of(folder: str, table: Table) -> Heard:
    """Return how each sample of a target sounds, up to where it has fallen by HEARD_DB.

    So its replacement ends as it does, though the next sample may begin later. Raises MediaError as `read_ranges`.
    """
    durs = table.all_numbers("dur").copy()
    spans = list(zip(table.all_numbers("start").tolist(), durs.tolist()))
    size = ANALYSIS_RATE * HEARD_BLOCK_MS // 1000
    curves = [np.zeros(1)] * len(table)
    for row, sound in read_ranges(media_path(folder, table.text("filename")[0]), ANALYSIS_RATE, 1, spans):
        whole = np.pad(sound, (0, -len(sound) % size)).reshape(-1, size)
        energy = np.einsum("ij,ij->i", whole, whole)
        loud = np.flatnonzero(energy > energy.max(initial=0.0) * 10 ** (-HEARD_DB / 10))
        if len(loud):
            durs[row] = min(durs[row], (loud[-1] + 1) * HEARD_BLOCK_MS)
        curves[row] = level_curve(sound[: max(round(durs[row] * ANALYSIS_RATE / 1000), 1)], ANALYSIS_RATE)
    return Heard(durs, curves)


def left_out_seconds(folder: str, table: Table) -> float:
    """Return for how long a target sounds outside its samples, in seconds: where long sounds go on after their sample.

    Raises MediaError if the target cannot be read.
    """
    size = ANALYSIS_RATE * HEARD_BLOCK_MS // 1000
    parts, rest = [], np.zeros(0, np.float32)
    with AudioReader(media_path(folder, table.text("filename")[0]), ANALYSIS_RATE) as reader:
        for block in reader.blocks():
            joined = np.concatenate([rest, block.ravel()])
            whole = len(joined) // size * size
            parts.append(joined[:whole].reshape(-1, size).var(axis=1, dtype=np.float64))  # (without DC)
            rest = joined[whole:]
    energy = np.concatenate(parts) if parts else np.zeros(0)
    sounds = energy > energy.max(initial=0.0) * 10 ** (-SOUNDS_DB / 10)
    block_ms = 1000 * size / ANALYSIS_RATE
    starts, durs = table.all_numbers("start"), table.all_numbers("dur")
    for first, end in zip((starts // block_ms).astype(int), np.ceil((starts + durs) / block_ms).astype(int)):
        sounds[first:end] = False
    return float(np.count_nonzero(sounds)) * block_ms / 1000
