"""The fingerprints of a table's samples: from the cache where they are there, else measured, file by file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lib.audio.fingerprints import SIZE, FingerprintJob, cache_keys, file_fingerprints
from lib.io.caches import ArrayCache, remove_cache
from lib.io.files import media_path
from lib.io.parallel import run_many, worker_count
from lib.io.progress import bar
from lib.io.tables import Table


@dataclass
class Fingerprints:
    """float32 `vectors`, shape (rows, SIZE); which rows are `good`; (file, reason) of the bad ones; notes to tell."""

    vectors: np.ndarray
    good: np.ndarray
    bad: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cached: int = 0


def table_fingerprints(table: Table, folder: str, cache: str, anew: bool, threads: int) -> Fingerprints:
    """Return the fingerprint of each row's sample (columns filename, start and dur).

    folder: what filenames are relative to; cache: the file to keep them in ("": none), removed first if `anew`;
    threads: workers, -1 for all cores. A bad file costs only its own rows. Raises MediaError if a row's start or dur is
    no number, or its filename leaves the folder.
    """
    starts, lengths = table.all_numbers("start"), table.all_numbers("dur")
    places: dict[str, list[int]] = {}
    for row, name in enumerate(table.text("filename")):
        places.setdefault(name, []).append(row)
    for name in places:
        media_path(folder, name)
    found = Fingerprints(np.zeros((len(table), SIZE), np.float32), np.ones(len(table), bool))
    if cache and anew:
        remove_cache(cache)
    jobs: list[FingerprintJob] = []
    rows: list[list[int]] = []
    workers = worker_count(threads) if len(places) == 1 else 1
    for name, mine in places.items():
        spans = [(float(starts[row]), float(lengths[row])) for row in mine]
        known = _known(folder, name, spans, cache, found, first=not jobs and not found.cached)
        for place, vector in known.items():
            found.vectors[mine[place]] = vector
        found.cached += len(known)
        missing = [place for place in range(len(mine)) if place not in known]
        if missing:
            jobs.append(FingerprintJob(folder, name, tuple(spans[place] for place in missing), cache, workers))
            rows.append([mine[place] for place in missing])
    with bar(len(table), "fingerprints", "sample") as progress:
        progress.update(found.cached)
        for outcome in run_many(file_fingerprints, jobs, threads):
            mine = rows[outcome.index]
            if outcome.result is None:
                found.bad.append((outcome.job.filename, outcome.error))
                found.good[mine] = False
            else:
                found.vectors[mine] = outcome.result.vectors
                found.notes += [outcome.result.note] * bool(outcome.result.note)
            progress.update(len(mine))
    found.bad.sort()
    return found


def _known(
    folder: str, name: str, spans: list[tuple[float, float]], cache: str, found: Fingerprints, first: bool
) -> dict[int, np.ndarray]:
    keys = cache_keys(folder, name, spans) if cache else []
    if not keys:
        return {}
    with ArrayCache(cache, SIZE, check=first) as store:
        known = store.get(keys)
        found.notes += [store.note] * bool(store.note)
    return known
