"""Many independent jobs: in order here, in processes, or on a cluster; a failed job is reported, not fatal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lib.parallel.jobs import Cluster, Job, Outcome, Result, attempt, worker_count
from lib.parallel.processes import run_in_processes


def run_many(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    threads: int = 1,
    cluster: Cluster | None = None,
    ready: Callable[[], object] | None = None,
) -> Iterator[Outcome[Job, Result]]:
    """Yield an Outcome for each job, in order of completion (`.index` is its place).

    function: a module-level function of one picklable job. threads: workers, -1 for all cores; one worker, or a single
    job, runs in this process. cluster: where to run the jobs instead; MediaError if it cannot be used. A job that
    raises, or whose process dies (a crash in a decoder, out of memory), gives an Outcome with an `error`; the others
    continue. ready: called before several workers start here, to compile what each would compile for itself.
    """
    if cluster is not None:
        from lib.parallel.dask_run import run_on_cluster  # only here: its packages are slow to load

        yield from run_on_cluster(function, jobs, cluster)
        return
    workers = min(worker_count(threads), len(jobs))
    if workers <= 1:
        for index, job in enumerate(jobs):
            yield attempt(function, index, job)
    else:
        if ready is not None:
            ready()
        yield from run_in_processes(function, jobs, workers)


def check_cluster(cluster: Cluster) -> None:
    """Raise MediaError unless the cluster can be reached and each of its workers is usable."""
    from lib.parallel import dask_run

    dask_run.check_cluster(cluster)
