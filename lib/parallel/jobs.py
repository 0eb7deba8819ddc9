"""The vocabulary of parallel work: a job, its outcome, how many workers, and where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lib.errors import MediaError, one_line

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
