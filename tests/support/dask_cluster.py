"""A Dask cluster on this machine: a scheduler and its workers, each started as a user starts it, and killed at will."""

import os
import signal
import subprocess
import sys
import threading

# A task that has lost two workers is given up; by default it is four.
SETTINGS = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}


class DaskCluster:
    """A scheduler, and workers with one thread each, all of them in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.scheduler, line = self._start("Scheduler at:", "scheduler", "--port", "0")
        self.address = line.split()[-1]
        self.workers = []

    def _start(self, ready, *words):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1", "--no-dashboard"],
            cwd=self.folder, env={**os.environ, **SETTINGS}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        for line in process.stderr:
            if ready in line:
                # What it says later is of no interest, but a full pipe would stop it.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return process, line
        raise AssertionError(f"dask {words} did not start")

    def add_worker(self, *words):
        """Start a worker, and wait until it is registered."""
        folder = ("--nthreads", "1", "--local-directory", str(self.folder))
        worker, _ = self._start("Registered to:", "worker", self.address, *folder, *words)
        self.workers.append(worker)

    def kill_worker(self):
        """Kill the newest worker, and wait until it is dead."""
        _kill(self.workers.pop())

    def kill_scheduler(self):
        """Kill the scheduler, and wait until it is dead."""
        _kill(self.scheduler)

    def close(self):
        """Kill them all."""
        for process in (*self.workers, self.scheduler):
            _kill(process)


def _kill(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
