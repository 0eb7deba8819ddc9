"""Many jobs: the results do not depend on the workers, and what dies takes only its own job with it."""

import multiprocessing
import os
import signal
import struct
import subprocess
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from lib.errors import MediaError, NoAudioError
from lib.parallel import processes
from lib.parallel.jobs import attempt, worker_count
from lib.parallel.run import run_many
from tests.support.each import each
from tests.support.jobs import ended, settings, who, work

ROOT = Path(__file__).parents[3]
DIED = "the worker that read this file died (a crash in its decoder, or not enough memory)"


def in_order(outcomes):
    return sorted(outcomes, key=lambda outcome: outcome.index)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_are_the_same_with_any_number_of_workers(threads):
    jobs = [3, "media", 1, "value", 2, "silent", "memory", 4]
    outcomes = in_order(run_many(work, jobs, threads))
    assert [o.index for o in outcomes] == list(range(len(jobs)))
    assert [o.job for o in outcomes] == jobs
    assert [o.result for o in outcomes] == [9, None, 1, None, 4, None, None, 16]
    said = ["", "is broken", "", "unexpected ValueError: wrong", "", "has no audio track",
            "not enough memory for this file", ""]  # fmt: skip
    assert [o.error for o in outcomes] == said
    assert [o.kind for o in outcomes] == [None, MediaError, None, ValueError, None, NoAudioError, MemoryError, None]


@pytest.mark.parametrize(("jobs", "threads", "here"), [(3, 2, True), (3, 1, False), (1, 2, False)])
def test_what_each_worker_would_do_for_itself_is_done_once_before_they_start(monkeypatch, jobs, threads, here):
    done = []
    monkeypatch.setattr("lib.parallel.run.run_in_processes", lambda *a: done.append("workers") or iter(()))
    list(run_many(work, [1] * jobs, threads, ready=lambda: done.append("ready")))
    assert done == (["ready", "workers"] if here else [])


def test_no_jobs_and_one_job():
    assert list(run_many(work, [], 2)) == []
    assert [o.result for o in run_many(work, [5], 2)] == [25]


@pytest.mark.slow
@pytest.mark.parametrize("accident", ["exit", "kill"])
def test_a_worker_that_dies_costs_only_its_own_job(accident):
    jobs = [1, 2, accident, 4, 5, accident, 7, 8, 9]
    outcomes = in_order(run_many(work, jobs, 2))
    assert [o.result for o in outcomes] == [1, 4, None, 16, 25, None, 49, 64, 81]
    assert {o.index: (o.error, o.kind) for o in outcomes if o.error} == dict.fromkeys((2, 5), (DIED, BrokenProcessPool))


def test_a_result_that_came_in_part_is_not_waited_for():
    pool = processes.new_pool(1)
    assert pool.submit(abs, -1).result(60) == 1
    thread = pool._executor_manager_thread
    # What a worker leaves that is ended while it sends: the length of its message, and a part of it.
    os.write(pool._result_queue._writer.fileno(), struct.pack("!i", 1000) + b"part")
    processes.stop_pool(pool)
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.slow
def test_workers_that_are_killed_while_they_have_nothing_to_do_cost_nothing():
    """Somebody else kills them (a system short of memory) after each result."""
    found = []
    for outcome in run_many(work, list(range(6)), 2):
        found.append(outcome)
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
    assert [(o.index, o.result) for o in in_order(found)] == [(n, n * n) for n in range(6)]


@pytest.mark.slow
def test_a_pool_that_is_found_broken_when_a_job_is_handed_out_costs_nothing(monkeypatch):
    made = []

    class FirstIsBroken(ProcessPoolExecutor):
        def submit(self, *arguments):
            made.append(self)
            if self is made[0]:
                raise BrokenProcessPool
            return super().submit(*arguments)

    monkeypatch.setattr(processes, "ProcessPoolExecutor", FirstIsBroken)
    assert [(o.index, o.result) for o in in_order(run_many(work, [1, 2, 3, 4], 2))] == [(0, 1), (1, 4), (2, 9), (3, 16)]


@pytest.mark.slow
def test_the_workers_end_with_the_work():
    workers = {outcome.result for outcome in run_many(who, list(range(20)), 2)}
    assert os.getpid() not in workers
    assert all(map(ended, workers))


@pytest.mark.slow
def test_leaving_off_early_ends_the_workers():
    outcomes = run_many(who, list(range(1000)), 2)
    next(outcomes)
    workers = [child.pid for child in multiprocessing.active_children()]
    assert len(workers) == 2
    assert not any(map(ended, workers))
    outcomes.close()
    assert all(map(ended, workers))


def test_a_second_interrupt_of_a_caller_ends_the_workers_without_a_word(monkeypatch):
    """Polars and Python raise one each for the same Ctrl-C: the first ends the caller, who closes this."""
    stop, interrupts = processes.stop_pool, [KeyboardInterrupt()]

    def interrupted(pool):
        if interrupts:
            raise interrupts.pop()
        stop(pool)

    monkeypatch.setattr(processes, "stop_pool", interrupted)
    outcomes = run_many(who, list(range(1000)), 2)
    next(outcomes)
    workers = [child.pid for child in multiprocessing.active_children()]
    outcomes.close()
    assert not interrupts
    assert len(workers) == 2
    assert all(map(ended, workers))


@pytest.mark.slow
def test_workers_use_one_thread_each_and_leave_ctrl_c_to_the_parent():
    here = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    for outcome in run_many(settings, [1, 2], 2):
        assert outcome.result == (["1"] * 3, True, False)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == here


def test_all_cores_are_those_that_we_may_use():
    assert worker_count(3) == 3
    assert worker_count(-1) == len(os.sched_getaffinity(0))


# A program whose workers say who they are, and then wait, holding a pipe open: its end says that all have ended. So the
# tests wait for what happens, and not for a length of time.
PROGRAM = """
import os, sys
sys.path.insert(0, {root!r})

def hold(where):
    if where == sys.argv[1] and __name__ != "__main__":
        global pipe
        pipe = open("pipe", "wb", buffering=0)
        pipe.write(b"%9d" % os.getpid())
        open("go", "rb").read(1)

hold("start")

def job(number):
    hold("work")
    return number * number

from lib.parallel.run import run_many
from lib.cli import Parser, run_main

def run(args):
    print(sorted((outcome.result, outcome.error) for outcome in run_many(job, [1, 2], 2)))

if __name__ == "__main__":
    sys.exit(run_main(Parser("x"), run, []))
"""


@contextmanager
def held(tmp_path, where):
    """Start the program and wait until both workers wait; yield it, the workers' numbers, and the end of their pipe."""
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "go")
    (tmp_path / "program.py").write_text(PROGRAM.format(root=str(ROOT)))
    child = subprocess.Popen(
        [sys.executable, "program.py", where],
        cwd=tmp_path, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child, open(tmp_path / "pipe", "rb", buffering=0) as pipe:
        try:
            said = b""
            while len(said) < 18:
                said += pipe.read(9)
            yield child, (int(said[:9]), int(said[9:])), pipe
        finally:
            if child.poll() is None:  # the test failed
                os.killpg(child.pid, signal.SIGKILL)


@pytest.mark.slow
def test_ctrl_c_ends_parent_and_workers_with_one_line(tmp_path):
    """A terminal sends Ctrl-C to all of them at once."""
    with held(tmp_path, "work") as (child, _, pipe):
        os.killpg(child.pid, signal.SIGINT)
        out, err = child.communicate()
        assert pipe.read() == b""
    assert (child.returncode, out) == (130, "")
    assert err == "program.py: interrupted; nothing is lost: the same command continues from here\n"


@pytest.mark.slow
def test_workers_that_have_only_just_been_started_leave_ctrl_c_to_the_parent_too(tmp_path):
    """Else each of them would end with a traceback on the terminal."""
    with held(tmp_path, "start") as (child, workers, _):
        for worker in workers:
            os.kill(worker, signal.SIGINT)
        with open(tmp_path / "go", "r+b", buffering=0) as go:
            go.write(b"go")
            out, err = child.communicate()
    assert (child.returncode, out, err) == (0, "[(1, ''), (4, '')]\n", "")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_workers_end_with_their_parent(tmp_path, number, status):
    with held(tmp_path, "work") as (child, _, pipe):
        child.send_signal(number)
        out, err = child.communicate()
        assert pipe.read() == b""
    assert (child.returncode, out) == (status, "")
    assert "Traceback" not in err


def test_short_jobs_travel_together_and_long_ones_alone():
    sizes = processes._Sizes()
    assert sizes.next(1000, 2) == 1  # nothing is known yet
    sizes.learn(1, 0.005)
    assert sizes.next(1000, 2) == 20
    assert sizes.next(12, 2) == 3
    assert sizes.next(1, 2) == 1
    sizes.learn(20, 1e-5)
    assert sizes.next(1000, 2) == processes.MOST_JOBS
    for _ in range(10):
        sizes.learn(1, 3.0)
    assert sizes.next(1000, 2) == 1


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_two_batches_for_each_worker_are_under_way(monkeypatch, workers):
    under_way = []

    def submit(pool, function, batch):
        future = Future()
        future.set_result(processes._attempts(function, batch))
        return future

    def wait(running, return_when):
        under_way.append(len(running))
        return SimpleNamespace(done={next(iter(running))})

    monkeypatch.setattr(processes, "new_pool", lambda workers: None)
    monkeypatch.setattr(processes, "stop_pool", lambda pool: None)
    monkeypatch.setattr(processes, "_submit", submit)
    monkeypatch.setattr(processes, "wait", wait)
    monkeypatch.setattr(processes._Sizes, "next", lambda self, left, workers: min(left, 3))
    outcomes = list(processes.run_in_processes(abs, range(-50, 0), workers))
    assert [outcome.result for outcome in outcomes] == list(range(50, 0, -1))
    full = 2 * workers
    assert under_way == [full] * (17 - full + 1) + list(range(full - 1, 0, -1))


@each(
    ("signals", "raised"),
    [((signal.SIGINT,), KeyboardInterrupt), ((signal.SIGTERM, signal.SIGINT), KeyboardInterrupt)],
)
@each("error", [SystemError, MediaError])
def test_an_error_that_follows_ctrl_c_is_no_fault_of_the_file(monkeypatch, signals, raised, error):
    """numba makes a SystemError of the exception that a signal raises while a kernel is called."""
    came = []
    monkeypatch.setattr("lib.io.interrupts.came", came)

    def job(name):
        came.extend(signals)
        raise error("returned a result with an exception set")

    with pytest.raises(raised):
        attempt(job, 0, "a.wav")


def test_an_error_that_follows_sigterm_ends_with_its_status(monkeypatch):
    monkeypatch.setattr("lib.io.interrupts.came", [signal.SIGTERM])
    with pytest.raises(SystemExit) as ended:
        attempt(int, 0, "x")
    assert ended.value.code == 143
    assert attempt(int, 0, "7").result == 7
    monkeypatch.setattr("lib.io.interrupts.came", [])
    assert "unexpected ValueError" in attempt(int, 0, "x").error


def test_every_job_of_many_comes_back_once():
    outcomes = in_order(run_many(work, list(range(500)), 2))
    assert [(o.index, o.result) for o in outcomes] == [(n, n * n) for n in range(500)]
