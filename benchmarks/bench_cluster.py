"""A Dask cluster on this machine, with two workers, against -threads 2: what a job costs there, and the same work.

    python benchmarks/bench_cluster.py

What each way costs once (connecting and examining; starting processes and loading libraries) is a row of its own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, show, timed
from lib.audio.samples import SampleJob, sample_table
from lib.parallel.jobs import Cluster
from lib.parallel.run import run_many
from lib.video.scenes import SceneJob, SceneSettings, scene_segments

FILMS = sorted(path.name for path in SAMPLE_MEDIA.glob("film_*.mp4"))
WORKERS, EMPTY_JOBS, ROUNDS = 2, 1000, 4
SPANS = tuple((float(start), 250.0) for start in range(0, 29_000, 250))


def run(function: Callable[[Any], Any], jobs: Sequence[Any], cluster: Cluster | None) -> None:
    """Do the jobs on the cluster, or in local processes."""
    for outcome in run_many(function, jobs, WORKERS, cluster):
        assert not outcome.error, outcome.error


def rows() -> Iterator[Row]:
    """Measure all."""
    from tests.support.dask_cluster import DaskCluster

    samples = [SampleJob(str(SAMPLE_MEDIA), name, 80, 1000, True) for name in FILMS] * ROUNDS
    scenes = [SceneJob(str(SAMPLE_MEDIA), name, SPANS, SceneSettings()) for name in FILMS] * ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        dask = DaskCluster(folder)
        try:
            for _ in range(WORKERS):
                dask.add_worker()
            cluster = Cluster(dask.address, (str(SAMPLE_MEDIA),), (folder,))
            for stage, work, function, jobs in (
                ("cluster: begin and end", "2 empty jobs", abs, [1, 2]),
                ("cluster: jobs", f"{EMPTY_JOBS:,} empty jobs", abs, range(EMPTY_JOBS)),
                ("cluster: audio_to_samples", f"{len(samples)} films of half a minute", sample_table, samples),
                ("cluster: samples_to_vsamples", f"{len(scenes)} films of half a minute", scene_segments, scenes),
            ):
                ours, plain = (timed(lambda: run(function, jobs, where)) for where in (cluster, None))  # noqa: B023
                yield Row(stage, work, ours, plain, notes=f"{WORKERS} workers against -threads {WORKERS}")
        finally:
            dask.close()


if __name__ == "__main__":
    show(rows())
