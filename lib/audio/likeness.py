"""The fingerprints of a table's samples: from the cache where they are there, else measured, file by file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lib.audio.fingerprints import SIZE, FingerprintJob, cache_keys, file_fingerprints
from lib.io.caches import ArrayCache
from lib.io.files import media_path
from lib.io.parallel import run_many, worker_count
from lib.io.progress import bar
from lib.io.sample_rows import sample_spans
from lib.io.tables import Table


@dataclass
class Fingerprints:
    """What was found of each row of a table.

    vectors: float32, shape (rows, SIZE); good: bool, shape (rows,): whether its file could be read; bad: (file, reason)
    of the others; cached: how many were in the cache; notes: lines that say what was wrong with the cache.
    """

    vectors: np.ndarray
    good: np.ndarray
    bad: list[tuple[str, str]] = field(default_factory=list)
    cached: int = 0
    notes: list[str] = field(default_factory=list)


def table_fingerprints(table: Table, folder: str, cache: str, threads: int) -> Fingerprints:
    """Return the fingerprint of each row's sample (columns filename, start and dur).

    folder: what filenames are relative to; cache: the file to keep them in, each group of samples as soon as it is
    measured; threads: workers, -1 for all cores. A bad file costs only its own rows. Raises MediaError if a row cannot
    be meant, its filename leaves the folder, or the cache cannot be made.
    """
    spans = sample_spans(table)
    for filename in spans:
        media_path(folder, filename)
    found = Fingerprints(np.zeros((len(table), SIZE), np.float32), np.ones(len(table), bool))
    with ArrayCache(cache, SIZE) as store:
        for filename, mine in spans.items():
            rows = list(mine)
            known = store.get(cache_keys(folder, filename, list(mine.values())))
            for place, vector in known.items():
                found.vectors[rows[place]] = vector
                del mine[rows[place]]
            found.cached += len(known)
        found.notes += [store.note] if store.note else []
    _measure(found, {filename: mine for filename, mine in spans.items() if mine}, folder, cache, threads)
    return found


def _measure(
    found: Fingerprints, spans: dict[str, dict[int, tuple[float, float]]], folder: str, cache: str, threads: int
) -> None:
    """Measure what the cache does not hold."""
    # One file keeps all workers busy with its samples; of many files, each worker takes its own.
    inner = worker_count(threads) if len(spans) == 1 else 1
    jobs = [FingerprintJob(folder, filename, tuple(mine.values()), cache, inner) for filename, mine in spans.items()]
    with bar(len(found.good), "fingerprints", "sample") as progress:
        progress.update(found.cached)
        for outcome in run_many(file_fingerprints, jobs, threads):
            rows = list(spans[outcome.job.filename])
            if outcome.result is None:
                found.bad.append((outcome.job.filename, outcome.error))
                found.good[rows] = False
            else:
                found.vectors[rows] = outcome.result.vectors
                if outcome.result.note and outcome.result.note not in found.notes:
                    found.notes.append(outcome.result.note)
            progress.update(len(rows))
    found.bad.sort()
