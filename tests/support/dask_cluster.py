"""A Dask cluster on this machine: a scheduler and its workers, each a process as a user starts it, and killed at will.

To import Dask takes a second. One process does it, and forks into each scheduler and worker.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

SETTINGS = {
    # A task that has lost two workers is given up; by default it is four.
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    # Idle processes take a tenth of the time: no samples of their stacks, and fewer looks at themselves.
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__WORKER__MEMORY__MONITOR_INTERVAL": "5s",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "500ms",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
}


class DaskCluster:
    """A scheduler, and workers with one thread each, all of them in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.scheduler, line = self._start("Scheduler at:", "scheduler", "--port", "0")
        self.address = line.split()[-1]
        self.workers = []

    def _start(self, ready, *words):
        process, told = _forking().start([*words, "--host", "127.0.0.1", "--no-dashboard"], self.folder)
        for line in told:
            if ready in line:
                # What it says later is of no interest, but a full pipe would stop it.
                threading.Thread(target=told.read, daemon=True).start()
                return process, line
        raise AssertionError(f"dask {words} did not start")

    def add_worker(self, *words):
        """Start a worker, and wait until it is registered."""
        folder = ("--nthreads", "1", "--local-directory", str(self.folder))
        worker, _ = self._start("Registered to:", "worker", self.address, *folder, *words)
        self.workers.append(worker)

    def kill_worker(self):
        """Kill the newest worker, and wait until it is dead."""
        self.workers.pop().kill()

    def kill_scheduler(self):
        """Kill the scheduler, and wait until it is dead."""
        self.scheduler.kill()

    def close(self):
        """Kill them all."""
        for process in (*self.workers, self.scheduler):
            process.kill()


class _Process:
    """The leader of a session, started elsewhere."""

    def __init__(self, pid):
        self._pid = pid

    def is_dead(self):
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        return False

    def kill(self):
        """Kill the session; return when its leader is dead."""
        while not self.is_dead():
            os.killpg(self._pid, signal.SIGKILL)
            time.sleep(0.005)


class _Forking:
    """The process that has imported Dask; it ends with this one."""

    def __init__(self):
        self._requests, other = socket.socketpair()
        command = [sys.executable, __file__, str(other.fileno())]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[other.fileno()],
                         env={**os.environ, **SETTINGS}, start_new_session=True)  # fmt: skip
        other.close()

    def start(self, words, folder):
        """Start `dask` with these words in a folder; return the process, and a file of what it says."""
        told, saying = os.pipe()
        socket.send_fds(self._requests, [b"."], [saying])
        self._requests.sendall(json.dumps([words, str(folder), dict(os.environ)]).encode() + b"\n")
        os.close(saying)
        return _Process(int(_line(self._requests))), os.fdopen(told, errors="replace")


@cache
def _forking():
    return _Forking()


def _line(receiving):
    """Return what comes, up to the end of a line."""
    said = b""
    while not said.endswith(b"\n"):
        said += receiving.recv(1 << 16)
    return said


def _serve(requests):
    """Fork for each request, until there are no more to come."""
    import distributed.cli.dask_scheduler
    import distributed.cli.dask_worker
    import distributed.nanny

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are nobody's concern
    while (received := socket.recv_fds(requests, 1, 1))[0]:
        (saying,) = received[1]
        (kind, *words), folder, environment = json.loads(_line(requests))
        if pid := os.fork():
            requests.sendall(b"%d\n" % pid)
            os.close(saying)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        requests.close()
        os.setsid()
        os.dup2(saying, 2)
        os.close(saying)
        os.chdir(folder)
        os.environ.update(environment)
        module = {"scheduler": distributed.cli.dask_scheduler, "worker": distributed.cli.dask_worker}[kind]
        module.main(words)


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])
    _serve(socket.socket(fileno=int(sys.argv[1])))
