"""Many independent jobs: in order here, in processes, or on a cluster; one that fails is reported, not fatal."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from lib.io.errors import MediaError, one_line

Job = TypeVar("Job")
Result = TypeVar("Result")
# One thread per process worker in BLAS, OpenMP, numba and polars, so that workers do not fight over cores.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS",
)  # fmt: skip
# Jobs handed out ahead of the workers: enough to keep them busy, few enough to bound the results that wait.
AHEAD = 2
DIED = "the worker that read this file died (a crash in its decoder, or not enough memory)"


@dataclass(frozen=True)
class Cluster:
    """An existing Dask cluster, and the storage that it has to share with us.

    address: of its scheduler, such as tcp://scheduler:8786. inputs: folders and files that each worker must see;
    outputs: folders that workers write to. They are compared and tried before the first job.
    """

    address: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


def on_cluster(address: str, inputs: Iterable[str], outputs: Iterable[str] = ()) -> Cluster | None:
    """Return the cluster at this address with what it has to share with us, or None if the address is empty."""
    return Cluster(address, tuple(inputs), tuple(outputs)) if address else None


@dataclass(frozen=True)
class Outcome(Generic[Job, Result]):
    """What became of one job: `result`, or the `error` that says why there is none. `index`: its place in the list."""

    index: int
    job: Job
    result: Result | None = None
    error: str = ""
    kind: type[BaseException] | None = None


def worker_count(threads: int) -> int:
    """Return the number of workers that `-threads` means: itself, or all cores that we may use for -1."""
    if threads > 0:
        return threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def attempt(function: Callable[[Job], Result], index: int, job: Job) -> Outcome[Job, Result]:
    """Do one job; what it raises becomes the Outcome's `error`."""
    try:
        return Outcome(index, job, function(job))
    except MediaError as error:
        return Outcome(index, job, error=one_line(error), kind=type(error))
    except MemoryError:
        return Outcome(index, job, error="not enough memory for this file", kind=MemoryError)
    except Exception as error:
        return Outcome(index, job, error=f"unexpected {type(error).__name__}: {one_line(error)}", kind=type(error))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, end when it is killed, and use one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"


def _pool(workers: int) -> ProcessPoolExecutor:
    # Forking a process that holds threads (numba's, polars') can hang: workers are started afresh.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)


def _submit(
    pool: ProcessPoolExecutor, function: Callable[[Job], Result], index: int, job: Job
) -> Future[Outcome[Job, Result]]:
    """Hand a job to the pool, which may start workers: Ctrl-C waits, so that they never see it, not even half awake."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(attempt, function, index, job)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the pool and what it is doing, at once."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def run_many(
    function: Callable[[Job], Result], jobs: Sequence[Job], threads: int = 1, cluster: Cluster | None = None
) -> Iterator[Outcome[Job, Result]]:
    """Yield an Outcome for each job, as they are done (use `.index` to put them in order).

    function: a module-level function of one picklable job. threads: workers, -1 for all cores; one worker, or a single
    job, runs in this process. cluster: where to run the jobs instead; MediaError if it cannot be used. A job that
    raises, or whose process dies (a crash in a decoder, out of memory), gives an Outcome with an `error`; the others
    are done all the same.
    """
    if cluster is not None:
        from lib.io.cluster import run_on_cluster  # only here: few need it, and its packages are slow to load

        yield from run_on_cluster(function, jobs, cluster)
        return
    workers = min(worker_count(threads), len(jobs))
    if workers <= 1:
        for index, job in enumerate(jobs):
            yield attempt(function, index, job)
    else:
        yield from _in_processes(function, jobs, workers)


def _in_processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Iterator[Outcome[Job, Result]]:
    lost: list[int] = []
    pool = _pool(workers)
    try:
        waiting = iter(range(len(jobs)))
        running: dict[Future, int] = {}
        while True:
            broken = False
            while not broken and len(running) < workers * AHEAD and (coming := next(waiting, None)) is not None:
                try:
                    running[_submit(pool, function, coming, jobs[coming])] = coming
                except BrokenProcessPool:
                    lost.append(coming)
                    broken = True
            if not running and not broken:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                index = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(index)
                    broken = True
                else:
                    yield future.result()
            if broken:  # every job that was under way is lost with the pool; they are run again one by one below
                lost.extend(running.values())
                running.clear()
                _stop(pool)
                pool = _pool(workers)
    finally:
        _stop(pool)
    for index in sorted(lost):
        yield _alone(function, index, jobs[index])


def _alone(function: Callable[[Job], Result], index: int, job: Job) -> Outcome[Job, Result]:
    """Run one job in a process of its own, so that a crash is known to be its own."""
    pool = _pool(1)
    try:
        return _submit(pool, function, index, job).result()
    except BrokenProcessPool:
        return Outcome(index, job, error=DIED, kind=BrokenProcessPool)
    finally:
        _stop(pool)
