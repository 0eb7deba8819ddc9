"""Independent jobs in processes of this machine; a process that dies costs its own job only."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any

from lib.io.interrupts import let_ctrl_c_end_waits
from lib.io.system import ctrl_c_waits, ignore_ctrl_c
from lib.parallel.jobs import AHEAD, DIED, THREAD_VARIABLES, Job, Outcome, Result, attempt

# Handing over a job and its result takes about a millisecond: short jobs travel together, as many as take
# BATCH_SECONDS, and at most MOST_JOBS, which is also the number that a dying process can take with it.
BATCH_SECONDS, MOST_JOBS = 0.1, 32


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start_worker(prepare: Callable[[], object] | None = None) -> None:
    """Leave Ctrl-C to the parent, end when it is killed, and use one thread."""
    ignore_ctrl_c()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    if prepare is not None:
        prepare()


def new_pool(workers: int, prepare: Callable[[], object] | None = None) -> ProcessPoolExecutor:
    """Return a pool of worker processes; prepare: what each does first."""
    # Forking a process with threads (numba's, polars') can hang: workers are spawned.
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=spawn, initializer=_start_worker, initargs=(prepare,))


# In a helper: its end of the connection to the process that it helps.
helped: list[Any] = []


def load_nothing() -> None:
    """Do nothing: the work of a helper loads what it needs."""


def prepare_helper(connection: Any, load: Callable[[], object]) -> None:
    """Keep the connection to the process that this one helps, and load what its work needs.

    (Here, since nothing may be loaded before the number of threads is set: neither this module nor what it imports
    needs NumPy.)
    """
    helped.append(connection)
    load()


def _attempts(
    function: Callable[[Job], Result], batch: Sequence[tuple[int, Job]]
) -> tuple[list[Outcome[Job, Result]], float]:
    """Do some jobs one after the other; return their outcomes, and the seconds for all of them."""
    begun = time.perf_counter()
    return [attempt(function, index, job) for index, job in batch], time.perf_counter() - begun


def _submit(
    pool: ProcessPoolExecutor, function: Callable[[Job], Result], batch: Sequence[tuple[int, Job]]
) -> Future[tuple[list[Outcome[Job, Result]], float]]:
    """Hand jobs to the pool, which may start workers: Ctrl-C waits, so that it never hits them while they start."""
    with ctrl_c_waits():
        return pool.submit(_attempts, function, batch)


class _Sizes:
    """How many jobs travel together: a single long one, or as many short ones as take BATCH_SECONDS."""

    def __init__(self) -> None:
        self._jobs, self._seconds = 0.0, 0.0

    def learn(self, jobs: int, seconds: float) -> None:
        """Learn from the time that some jobs took. The latest count most."""
        self._jobs, self._seconds = self._jobs / 2 + jobs, self._seconds / 2 + seconds

    def next(self, left: int, workers: int) -> int:
        """Return the size of the next batch; the last ones are small, so that all workers end at the same time."""
        if not self._jobs:
            return 1
        wanted = BATCH_SECONDS * self._jobs / max(self._seconds, BATCH_SECONDS / MOST_JOBS)
        return max(min(int(wanted), MOST_JOBS, left // (workers * AHEAD)), 1)


def stop_pool(pool: ProcessPoolExecutor) -> None:
    """End the pool and its running jobs at once."""
    processes = list((pool._processes or {}).values())
    sending: Any = getattr(pool._result_queue, "_writer", None)  # (None: the pool is stopped already)
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()
    if sending is not None:
        # A result that its process could not send whole would be waited for, also when Python ends. Nobody sends now.
        sending.close()


def run_in_processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Iterator[Outcome[Job, Result]]:
    """Yield an Outcome for each job, when it is done, from `workers` processes; see `lib.parallel.run.run_many`."""
    let_ctrl_c_end_waits()
    lost: list[int] = []
    pool = new_pool(workers)
    sizes = _Sizes()
    try:
        coming = 0
        running: dict[Future, range] = {}
        while True:
            broken = False
            while not broken and len(running) < workers * AHEAD and coming < len(jobs):
                batch = range(coming, coming + sizes.next(len(jobs) - coming, workers))
                coming = batch.stop
                try:
                    running[_submit(pool, function, [(index, jobs[index]) for index in batch])] = batch
                except BrokenProcessPool:
                    lost.extend(batch)
                    broken = True
            if not running and not broken:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                batch = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.extend(batch)
                    broken = True
                else:
                    outcomes, seconds = future.result()
                    sizes.learn(len(outcomes), seconds)
                    yield from outcomes
            if broken:  # all running jobs are lost with the pool; they are run again one by one below
                for batch in running.values():
                    lost.extend(batch)
                running.clear()
                stop_pool(pool)
                pool = new_pool(workers)
    except GeneratorExit:
        # Polars and Python raise one interrupt each: the first has ended the caller, the second may come here, when the
        # next function begins (which would be `suppress`, in a `with`).
        try:
            stop_pool(pool)
        except KeyboardInterrupt:
            pass
        raise
    finally:
        stop_pool(pool)
    yield from _one_by_one(function, [(index, jobs[index]) for index in sorted(lost)])


def _one_by_one(function: Callable[[Job], Result], batch: Sequence[tuple[int, Job]]) -> Iterator[Outcome[Job, Result]]:
    """Run jobs in a process with nothing else under way, to attribute a crash to its job."""
    pool = None
    try:
        for index, job in batch:
            outcomes: list[Outcome[Job, Result]] = []
            if pool is not None:
                with suppress(BrokenProcessPool):  # its process may have been killed while idle
                    outcomes = _submit(pool, function, [(index, job)]).result()[0]
            if not outcomes:
                if pool is not None:
                    stop_pool(pool)
                pool = new_pool(1)
                try:
                    outcomes = _submit(pool, function, [(index, job)]).result()[0]
                except BrokenProcessPool:
                    outcomes = [Outcome(index, job, error=DIED, kind=BrokenProcessPool)]
            yield from outcomes
    finally:
        if pool is not None:
            stop_pool(pool)
