"""Processes that help this one: what they do is done in order, whoever does it, and they end with the work."""

import multiprocessing
import os

import pytest

from lib.audio.loading import load_reader
from lib.errors import MediaError
from lib.parallel.helper_processes import Helpers, early_helpers, helpers_for
from tests.support.jobs import ended, pool_threads, who, work


def running():
    """Return the processes of this one that have not ended."""
    return {child.pid for child in multiprocessing.active_children() if not ended(child.pid)}


@pytest.mark.parametrize("count", [0, 1, pytest.param(2, marks=pytest.mark.slow)])
def test_results_come_in_the_order_of_the_jobs_from_here_and_from_helpers(count):
    taken = []
    before = running()
    with Helpers(count) as helpers:
        assert running() == before
        assert list(helpers.map(work, (taken.append(n) or n for n in range(30)))) == [n * n for n in range(30)]
        assert taken == list(range(30))
        # The next work is for the same processes.
        mine = running() - before
        assert list(helpers.map(work, [4, 2])) == [16, 4]
        assert running() - before == mine
        assert len(mine) == count
    assert all(map(ended, mine))


def test_helpers_and_this_process_share_the_work():
    with Helpers(1) as helpers:
        assert helpers.are_missing
        helpers.start(who, 0)
        assert not helpers.are_missing
        found = set()
        for process in helpers.map(who, range(1_000_000)):
            found.add(process)
            if len(found) == 2:
                break
    assert os.getpid() in found


@pytest.mark.parametrize("count", [0, 1])
def test_an_exception_of_a_job_is_raised_here(count):
    with Helpers(count) as helpers, pytest.raises(MediaError, match="is broken"):
        list(helpers.map(work, [1, 2, 3, "media", 4]))


def test_what_a_helper_had_when_it_was_killed_is_done_here():
    with Helpers(1) as helpers:
        found = helpers.map(work, iter(range(40)))
        values = [next(found)]
        for child in multiprocessing.active_children():
            child.kill()
        values += found
        assert values == [n * n for n in range(40)]
        assert list(helpers.map(work, [5, 6])) == [25, 36]


def test_early_helpers_are_those_that_are_used():
    before = running()
    with early_helpers(1, os.getpid):
        mine = running() - before
        assert len(mine) == 1
        with Helpers(1) as helpers:
            assert list(helpers.map(work, [4, 2])) == [16, 4]
            assert running() - before == mine
        assert all(map(ended, mine))
    assert running() == before


def test_early_helpers_that_are_not_used_end():
    before = running()
    with early_helpers(1, os.getpid):
        mine = running() - before
        assert len(mine) == 1
    assert all(map(ended, mine))
    with early_helpers(0, os.getpid):
        assert running() == before


@pytest.mark.slow
@pytest.mark.parametrize("early", [False, True])
def test_a_helper_uses_one_thread(monkeypatch, early):
    """Its libraries read their numbers of threads when they are loaded: not before those are set."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    with early_helpers(1 if early else 0, load_reader), Helpers(1) as helpers:
        given = helpers._given(pool_threads, 0)
        assert given is not None
        assert given.result() == {1}


def test_helpers_are_for_one_long_recording(tmp_path):
    """By its size: ten minutes of mp3 with 112 kbit/s have 8 MiB, of a CD 101 MiB."""
    sizes = {"long.mp3": 8 << 20, "short.mp3": (8 << 20) - 1, "long.CSV": 8 << 20}
    sizes |= {f"long.{ending}": 100 << 20 for ending in ("wav", "AIF", "aiff")} | {"short.wav": (100 << 20) - 1}
    for name, size in sizes.items():
        with open(tmp_path / name, "wb") as file:
            file.truncate(size)
        expected = name.startswith("long") and not name.endswith("CSV")
        assert [helpers_for(str(tmp_path / name), threads) for threads in (1, 2, 3)] == (
            [0, 1, 2] if expected else [0] * 3
        )
    for name in ("missing.wav", "*.wav", ""):
        assert helpers_for(str(tmp_path / name), 3) == 0
