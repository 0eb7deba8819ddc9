"""The fingerprints of a table's samples: from the cache if they are there, else measured, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lib.audio.fingerprint_kinds import MFCC, TIMBRE, VECTORS_ENDING
from lib.audio.fingerprints import KINDS, FingerprintJob, cache_keys, file_fingerprints
from lib.audio.kernels import compile_fingerprints
from lib.audio.outside_vectors import column_vectors, file_vectors
from lib.audio.ranges import sample_range
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import MediaError
from lib.io.caches import ArrayCache
from lib.io.files import media_path
from lib.io.formats import after_the_end, each_counted
from lib.io.presence import check_there
from lib.io.progress import bar
from lib.parallel.jobs import Cluster, on_cluster, worker_count
from lib.parallel.run import run_many
from lib.tables.sample_rows import sample_spans
from lib.tables.table import Table


@dataclass
class Fingerprints:
    """The fingerprints found for each row of a table.

    vectors: float32, shape (rows, size); good: bool, shape (rows,): whether its file could be read; bad: (file, reason)
    of the others; beyond: (file, start in ms) of samples that begin after the end of their file, and empty: number of
    those of length 0, which are not good either; cached: number of fingerprints in the cache; absent: number without a
    vector; notes: lines about what was
    wrong with the cache.
    """

    vectors: np.ndarray
    good: np.ndarray
    bad: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    beyond: list[tuple[str, float]] = field(default_factory=list)
    empty: int = 0
    cached: int = 0
    absent: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether none of the samples has a vector."""
        return not self.good.any()

    def check_some(self, path: str) -> None:
        """Raise MediaError about the table at `path` if none of its samples has a vector."""
        if self.is_empty:
            first = "".join(f", such as {MediaError(reason, name)}" for name, reason in self.bad[:1])
            why = f"samples can be used{self.lost()}" if self.beyond or self.empty else f"files can be read{first}"
            raise MediaError(f"none of its {why}", path)

    def lost(self) -> str:
        """Return the numbers of samples that are not good, to be added to a line for the user, or ""."""
        unread = int((~self.good).sum()) - self.absent - self.empty - len(self.beyond)
        counts = {
            "without a vector": self.absent,
            "of files that could not be used": unread,
            "of length 0": self.empty,
        }
        parts = [*each_counted(counts), after_the_end(self.beyond)]
        return "".join(f", {part}" for part in parts if part)


def check_media(table: Table, folder: str, source: str = TIMBRE) -> None:
    """Raise MissingError if none of the table's files is in the folder, though this kind of fingerprint needs them."""
    if source in KINDS:
        check_there(folder, dict.fromkeys(table.text("filename")))


def table_points(
    table: Table, folder: str, cache: str, threads: int, cluster: str = "", source: str = TIMBRE
) -> Fingerprints:
    """Return the points of a table's samples whose distances are their dissimilarity, float32, as `vectors`.

    source: a kind of fingerprint, which is measured (`table_fingerprints`, whose arguments the others are); a file of
    vectors (.npz); or columns of the table, joined by commas. Samples without a vector, and rows with an empty cell,
    are not `good`. Raises MediaError as `table_fingerprints`, or if the file or a column is not there.
    """
    if source not in KINDS:
        read = file_vectors if source.lower().endswith(VECTORS_ENDING) else column_vectors
        vectors, good = read(table, source)
        return Fingerprints(vectors, good, absent=int((~good).sum()))
    found = table_fingerprints(table, folder, cache, threads, cluster, source)
    if found.good.any():
        found.vectors[found.good] = KINDS[source].space(found.vectors[found.good])
    return found


def table_fingerprints(
    table: Table, folder: str, cache: str, threads: int, cluster: str = "", kind: str = MFCC
) -> Fingerprints:
    """Return the fingerprint of each row's sample (columns filename, start and dur).

    folder: that of the filenames; cache: the file to save them in, each group of samples as soon as it is measured;
    threads: workers, -1 for all cores; cluster: address of a Dask cluster to measure on ("": here); kind: of
    fingerprint. A bad file costs only its own rows. Raises MediaError if a row has impossible times, its filename
    leaves the folder, none of the files exists, or the cache or the cluster cannot be used.
    """
    size = KINDS[kind].size
    spans = sample_spans(table)
    paths = [media_path(folder, filename) for filename in spans]
    check_there(folder, spans)
    found = Fingerprints(np.zeros((len(table), size), np.float32), np.ones(len(table), bool))
    keys: dict[str, list[str]] = {}
    with ArrayCache(cache, size) as store:
        for filename, mine in spans.items():
            rows = list(mine)
            asked = cache_keys(folder, filename, list(mine.values()), kind)
            # Caches of earlier versions have zeros for samples after the end: zeros are measured again.
            known = {place: vector for place, vector in store.get(asked).items() if vector.any()}
            for place, vector in known.items():
                found.vectors[rows[place]] = vector
                del mine[rows[place]]
            found.cached += len(known)
            if cluster:
                keys[filename] = [key for place, key in enumerate(asked) if place not in known]
        found.notes += [store.note] if store.note else []
    spans = {filename: mine for filename, mine in spans.items() if mine}
    if not cluster:
        for _ in _measure(found, spans, folder, cache, threads, None, kind):
            pass  # it is in the cache
        return _set_apart(found, table)
    # Many machines writing to one database on shared storage would corrupt it: there it is written from here only.
    with ArrayCache(cache, size, check=False) as store:
        for filename, vectors in _measure(found, spans, folder, "", 1, on_cluster(cluster, [folder, *paths]), kind):
            if keys[filename]:
                store.put(keys[filename], vectors)
        found.notes += [store.note] if store.note else []
    return _set_apart(found, table)


def _set_apart(found: Fingerprints, table: Table) -> Fingerprints:
    """Return the fingerprints without those of samples that have no sound."""
    rows = np.flatnonzero(np.isnan(found.vectors[:, 0]))
    found.vectors[rows], found.good[rows] = 0, False
    names, starts, lengths = table.text("filename"), table.all_numbers("start"), table.all_numbers("dur")
    after = [row for row in rows.tolist() if sample_range(0, lengths[row], ANALYSIS_RATE)[1]]
    found.beyond = [(names[row], float(starts[row])) for row in after]
    found.empty = len(rows) - len(after)
    return found


def _measure(
    found: Fingerprints, spans: dict[str, dict[int, tuple[float, float]]], folder: str, cache: str, threads: int,
    where: Cluster | None, kind: str,
) -> Iterator[tuple[str, np.ndarray]]:  # fmt: skip
    """Measure the fingerprints that the cache does not hold; yield each file with its vectors."""
    # One file keeps all workers busy with its samples; of many files, each worker takes its own.
    inner = worker_count(threads) if len(spans) == 1 else 1
    jobs = [
        FingerprintJob(folder, filename, tuple(mine.values()), cache, inner, kind) for filename, mine in spans.items()
    ]
    with bar(len(found.good), "fingerprints", "sample") as progress:
        progress.update(found.cached)
        progress.weight = min(map(len, spans.values()), default=1)
        for outcome in run_many(file_fingerprints, jobs, threads, where, compile_fingerprints):
            rows = list(spans[outcome.job.filename])
            if outcome.result is None:
                found.bad.append(outcome.bad(outcome.job.filename))
                found.good[rows] = False
            else:
                found.vectors[rows] = outcome.result.vectors
                if outcome.result.problem:
                    found.partly.append((outcome.job.filename, outcome.result.problem))
                if outcome.result.note and outcome.result.note not in found.notes:
                    found.notes.append(outcome.result.note)
                yield outcome.job.filename, outcome.result.vectors
            progress.update(len(rows))
    found.bad.sort()
    found.partly.sort()
