"""Many requests in parallel, in two rounds: failures of the first one are tried again last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from lib.archive.answers import StoppedError, StopRunError, may_come_later
from lib.archive.client import Archive
from lib.parallel.jobs import Outcome
from lib.parallel.threads import run_threads

T = TypeVar("T")
R = TypeVar("R")


def in_two_rounds(
    archive: Archive, function: Callable[[T], R], jobs: Sequence[T], workers: int
) -> Iterator[Outcome[T, R]]:
    """Yield an outcome for each job, from `workers` threads; temporary failures are tried again at the end.

    The first round has fewer tries, so that failures delay nothing. Raises StopRunError if nothing more can
    be done.
    """
    later = []
    with archive.first_round():
        for outcome in one_round(archive, function, jobs, workers):
            if outcome.error and may_come_later(outcome.kind):
                later.append(outcome.job)
            else:
                yield outcome
    yield from one_round(archive, function, later, workers)


def one_round(archive: Archive, function: Callable[[T], R], jobs: Sequence[T], workers: int) -> Iterator[Outcome[T, R]]:
    """Yield an outcome for each job, from `workers` threads. Raises StopRunError if nothing more can be done."""
    return run_threads(function, jobs, workers, archive.stop, (StopRunError, StoppedError))
