"""The vocabulary of parallel work: job, outcome, number of workers, cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lib.errors import MediaError, WriteError, one_line, printable
from lib.io.interrupts import raise_what_came

Job = TypeVar("Job")
Result = TypeVar("Result")
# One thread per worker process in BLAS, OpenMP, numba and polars, so that workers do not compete for cores.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS",
)  # fmt: skip
# Jobs handed out ahead of the workers: enough to keep them busy, few enough to bound the waiting results.
AHEAD = 2
DIED = "the worker that read this file died (a crash in its decoder, or not enough memory)"


@dataclass(frozen=True)
class Cluster:
    """An existing Dask cluster, and the storage that it shares with us.

    address: of its scheduler, such as tcp://scheduler:8786. inputs: folders and files that each worker must see;
    outputs: folders that workers write to. They are checked before the first job.
    """

    address: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


def on_cluster(address: str, inputs: Iterable[str], outputs: Iterable[str] = ()) -> Cluster | None:
    """Return the cluster at this address with its shared storage, or None if the address is empty."""
    return Cluster(address, tuple(inputs), tuple(outputs)) if address else None


@dataclass(frozen=True)
class Outcome(Generic[Job, Result]):
    """The outcome of one job: its `result`, or the `error`, the reason why there is none. `index`: of the job.

    file: the file of the error, if it is known to be another than the job's own.
    """

    index: int
    job: Job
    result: Result | None = None
    error: str = ""
    kind: type[BaseException] | None = None
    file: str = ""

    @property
    def is_unwritten(self) -> bool:
        """Whether the job failed because an output cannot be written, which is not the fault of what it read."""
        return self.kind is not None and issubclass(self.kind, (OSError, WriteError))

    @property
    def is_passing(self) -> bool:
        """Whether the job failed for a reason that may not be there the next time, such as too little memory."""
        return self.kind is not None and (self.is_unwritten or not issubclass(self.kind, MediaError))

    def bad(self, name: str) -> tuple[str, str]:
        """Return (name, reason) of a failed job, for a list of unusable files; `name`: of its file."""
        return name, MediaError(self.error, self.file).beside(name)


def worker_count(threads: int) -> int:
    """Return the number of workers for a number of threads: the same, or for -1 all cores that we may use."""
    if threads > 0:
        return threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def attempt(function: Callable[[Job], Result], index: int, job: Job) -> Outcome[Job, Result]:
    """Do one job; an exception becomes the Outcome's `error`, unless a signal has come."""
    try:
        return Outcome(index, job, function(job))
    except Exception as error:
        raise_what_came()
        return failed(index, job, error)


def failed(index: int, job: Job, error: BaseException) -> Outcome:
    """Return the Outcome of a job that raised `error`."""
    if isinstance(error, MediaError):
        return Outcome(index, job, error=printable(error.reason), kind=type(error), file=error.file)
    if isinstance(error, MemoryError):
        return Outcome(index, job, error="not enough memory for this file", kind=MemoryError)
    return Outcome(index, job, error=f"unexpected {type(error).__name__}: {one_line(error)}", kind=type(error))
