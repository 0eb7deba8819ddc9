"""Jobs and their outcomes."""

import os

import pytest

from lib.errors import MediaError, NoAudioError, WriteError
from lib.parallel import jobs
from lib.parallel.jobs import Cluster, Outcome, attempt, on_cluster, worker_count
from tests.support.each import each


def raised(error):
    def work(job):
        raise error

    return attempt(work, 3, "job")


def test_a_job_that_is_done():
    outcome = attempt(lambda job: job * 2, 3, 21)
    assert outcome == Outcome(3, 21, 42)
    assert (outcome.error, outcome.kind, outcome.file, outcome.is_unwritten, outcome.is_passing) == (
        "",
        None,
        "",
        False,
        False,
    )


@each(
    ("error", "reason", "file", "unwritten", "passing"),
    [
        (MediaError("is\nbroken", "a.mp3"), "is\\nbroken", "a.mp3", False, False),
        (NoAudioError("has no sound"), "has no sound", "", False, False),
        (WriteError("disk full", "b"), "disk full", "b", True, True),
        (OSError(28, "No space left"), "unexpected OSError: No space left", "", True, True),
        (MemoryError(), "not enough memory for this file", "", False, True),
        (ZeroDivisionError("by 0"), "unexpected ZeroDivisionError: by 0", "", False, True),
    ],
)
def test_a_job_that_fails(error, reason, file, unwritten, passing):
    outcome = raised(error)
    assert (outcome.index, outcome.job, outcome.result, outcome.error) == (3, "job", None, reason)
    assert (outcome.kind, outcome.file) == (type(error), file)
    assert (outcome.is_unwritten, outcome.is_passing) == (unwritten, passing)


def test_a_failed_job_in_a_list_of_bad_files():
    assert raised(MediaError("is broken", "x/a.mp3")).bad("a.mp3") == ("a.mp3", "is broken")
    assert raised(MediaError("is broken", "t.csv")).bad("a.mp3") == ("a.mp3", "t.csv: is broken")


def test_ctrl_c_is_no_failure():
    with pytest.raises(KeyboardInterrupt):
        raised(KeyboardInterrupt())


def test_the_number_of_workers(monkeypatch):
    assert [worker_count(threads) for threads in (1, 2, 500)] == [1, 2, 500]
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 4, 7}, raising=False)
    assert worker_count(-1) == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(jobs.os, "cpu_count", lambda: 5)
    assert worker_count(-1) == 5
    monkeypatch.setattr(jobs.os, "cpu_count", lambda: None)
    assert worker_count(-1) == 1


def test_a_cluster_has_an_address():
    assert on_cluster("", ["a"]) is None
    assert on_cluster("tcp://x:1", iter("ab"), iter("c")) == Cluster("tcp://x:1", ("a", "b"), ("c",))
    assert on_cluster("x:1", []) == Cluster("x:1")
