"""Jobs that wait for a network, in threads: a failed job is reported, and Ctrl-C waits for none of them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from lib.io.interrupts import let_ctrl_c_end_waits
from lib.parallel.jobs import Outcome, failed

Job = TypeVar("Job")
Result = TypeVar("Result")
# Seconds for workers to stop once the run ends; one that still waits for an answer is abandoned.
LEAVE_OFF = 0.5


def run_threads(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int,
    stop: threading.Event,
    fatal: tuple[type[BaseException], ...] = (),
) -> Iterator[Outcome[Job, Result]]:
    """Yield an Outcome for each job, in order of completion (`.index` is its place), from `workers` threads.

    A job that raises gives an Outcome with an `error`; the others continue. An exception of a `fatal`
    type is raised here instead. `stop` is set when that happens and when the caller stops (Ctrl-C): workers take no
    further job then, and jobs that check it can stop. The threads are daemons: a thread that waits for a silent server
    would delay the end of the program.
    """
    let_ctrl_c_end_waits()
    coming = iter(enumerate(jobs))
    lock = threading.Lock()
    done: queue.SimpleQueue[tuple[int, Result | None, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        while not stop.is_set():
            with lock:
                index, job = next(coming, (-1, None))
            if job is None:
                return
            try:
                done.put((index, function(job), None))
            except BaseException as error:
                done.put((index, None, error))
                if isinstance(error, fatal):
                    stop.set()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(workers, len(jobs)))]
    try:
        for thread in threads:
            thread.start()
        for _ in jobs:
            index, result, error = done.get()
            if error is None:
                yield Outcome(index, jobs[index], result)
            elif isinstance(error, fatal):
                raise error
            else:
                yield failed(index, jobs[index], error)
    except BaseException:
        stop.set()
        raise
    finally:
        deadline = time.monotonic() + LEAVE_OFF
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
