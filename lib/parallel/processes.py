"""Independent jobs in processes of this machine; a process that dies costs its own job only."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from lib.io.interrupts import let_ctrl_c_end_waits
from lib.io.system import ctrl_c_waits, ignore_ctrl_c
from lib.parallel.jobs import AHEAD, DIED, THREAD_VARIABLES, Job, Outcome, Result, attempt


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, end when it is killed, and use one thread."""
    ignore_ctrl_c()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"


def _pool(workers: int) -> ProcessPoolExecutor:
    # Forking a process with threads (numba's, polars') can hang: workers are spawned.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)


def _submit(
    pool: ProcessPoolExecutor, function: Callable[[Job], Result], index: int, job: Job
) -> Future[Outcome[Job, Result]]:
    """Hand a job to the pool, which may start workers: Ctrl-C waits, so that they never see it, not even half awake."""
    with ctrl_c_waits():
        return pool.submit(attempt, function, index, job)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the pool and its running jobs at once."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def run_in_processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Iterator[Outcome[Job, Result]]:
    """Yield an Outcome for each job, as they are done, from `workers` processes; see `lib.parallel.run.run_many`."""
    let_ctrl_c_end_waits()
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
    """Run one job in a process of its own, to attribute a crash to it."""
    pool = _pool(1)
    try:
        return _submit(pool, function, index, job).result()
    except BrokenProcessPool:
        return Outcome(index, job, error=DIED, kind=BrokenProcessPool)
    finally:
        _stop(pool)
