"""Jobs in threads: their outcomes, errors, and ends."""

from __future__ import annotations

import threading

import pytest

from lib.errors import MediaError
from lib.parallel.threads import run_threads


def halve(n: int) -> int:
    if n == 3:
        raise MediaError("odd: 3")
    if n == 5:
        raise ZeroDivisionError("five")
    return n // 2


@pytest.mark.parametrize("workers", [1, 3, 50])
def test_each_job_has_its_outcome(workers: int) -> None:
    stop = threading.Event()
    outcomes = sorted(run_threads(halve, list(range(8)), workers, stop), key=lambda o: o.index)
    assert [o.job for o in outcomes] == list(range(8))
    assert [o.result for o in outcomes] == [0, 0, 1, None, 2, None, 3, 3]
    assert [o.error for o in outcomes if o.error] == ["odd: 3", "unexpected ZeroDivisionError: five"]
    assert not stop.is_set()


def test_no_jobs() -> None:
    assert list(run_threads(halve, [], 4, threading.Event())) == []


def test_workers_work_side_by_side() -> None:
    both = threading.Barrier(2, timeout=30)
    outcomes = list(run_threads(lambda n: both.wait(), [1, 2], 2, threading.Event()))
    assert [o.error for o in outcomes] == ["", ""]


def test_a_fatal_error_ends_the_run() -> None:
    begun: list[int] = []

    def work(n: int) -> int:
        begun.append(n)
        return halve(n)

    stop = threading.Event()
    with pytest.raises(ZeroDivisionError):
        list(run_threads(work, list(range(5, 1000)), 1, stop, (ZeroDivisionError,)))
    assert stop.is_set()
    assert begun == [5]


def test_leaving_off_stops_the_workers() -> None:
    stop = threading.Event()
    outcomes = run_threads(lambda n: n if n == 0 else stop.wait(60), [0, 1, 2, 3], 2, stop)
    assert next(outcomes).result == 0
    outcomes.close()  # type: ignore[attr-defined]
    assert stop.is_set()
