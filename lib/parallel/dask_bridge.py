"""What runs inside Dask's workers. They know nothing of this project: these functions travel to them by value.

So only the standard library and `distributed` are imported here, inside functions too. The work itself is done by
child processes (`cluster_child`), one for each thread of a worker: a worker keeps its own modules, working directory
and threads, other users of the cluster notice nothing, and a file that crashes a decoder costs no worker.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

# Seconds between two looks at whether a job is still wanted.
LOOK = 0.5
# Seconds that a process has to end tidily.
LEAVE_OFF = 5.0
# A process may end for a reason that is not the job's (a machine short of memory): it is tried so often.
ATTEMPTS = 2
# Seconds within which a process must have said that all is well.
START = 60.0
STORE = "_media_tools_children"
# Dask sets this for its workers: memory goes back to the system at once, which makes work with large arrays a third
# slower. Our processes give all of it back when they end.
SLOWS = "MALLOC_TRIM_THRESHOLD_"


class Child:
    """A process that does jobs, and our connection to it."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        environment = {name: value for name, value in os.environ.items() if name != SLOWS}
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lib.parallel.dask_child", str(theirs.fileno())],
                cwd=plan["root"], env=environment | plan["environment"], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        finally:
            theirs.close()
        self.knows_function = False

    def ask(self, *messages: bytes, wanted: Callable[[], bool]) -> bytes | None:
        """Return the answer to some messages; None if the process ended, or the answer is no longer wanted."""
        try:
            for message in messages:
                self.connection.send_bytes(message)
            while not self.connection.poll(LOOK):
                if not wanted():
                    return None
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        """Let the process end, tidily if it can."""
        self.process.terminate()
        try:
            self.process.wait(LEAVE_OFF)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def children_of(worker: Any, run: str) -> dict[str, list[Child]]:
    """Return the processes that a worker has for a run: `all` of them, and those that are `idle`."""
    runs = worker.__dict__.setdefault(STORE, {})
    return runs.setdefault(run, {"all": [], "idle": []})


def waiting(worker: Any, run: str) -> Child | None:
    """Return a process that waits for jobs, if there is one."""
    idle = children_of(worker, run)["idle"]
    while idle:
        child = idle.pop()
        if child.process.poll() is None:
            return child
    return None


def start(worker: Any, plan: dict[str, Any]) -> tuple[Child | None, dict[str, Any]]:
    """Start a process, and return it with what it says of the machine: `unfit`, why it cannot be used, or ""."""
    try:
        child = Child(plan)
    except OSError:
        return None, {"unfit": f"cannot see this project's folder {plan['root']}", "machine": ["", ""]}
    mine = children_of(worker, plan["run"])["all"]
    mine.append(child)

    def reap() -> None:  # so that nothing of a run is left here, however it ends
        child.process.wait()
        mine.remove(child)
        if not mine:
            worker.__dict__.get(STORE, {}).pop(plan["run"], None)

    threading.Thread(target=reap, daemon=True).start()
    waits = iter(range(int(START / LOOK)))
    answer = child.ask(json.dumps(plan["expected"]).encode(), wanted=lambda: next(waits, None) is not None)
    if answer is None:
        silent = next(waits, None) is None
        child.end()
        reason = "does not answer: is its storage hung?" if silent else f"cannot start {plan['root']}: see its log"
        return None, {"unfit": reason, "machine": ["", ""]}
    said = json.loads(answer)
    if said["unfit"]:
        child.end()
        return None, said
    return child, said


async def examine(plan: dict[str, Any], dask_worker: Any) -> dict[str, Any]:
    """Say whether jobs can be done on this worker; the process that found out waits for them."""
    child, said = await asyncio.to_thread(start, dask_worker, plan)
    if child is not None:
        children_of(dask_worker, plan["run"])["idle"].append(child)
    return said


async def end_run(run: str, dask_worker: Any) -> None:
    """End the processes of a run, whatever they are doing."""
    for child in list(children_of(dask_worker, run)["all"]):
        await asyncio.to_thread(child.end)
    dask_worker.__dict__.get(STORE, {}).pop(run, None)


def run_job(plan: dict[str, Any], function: bytes, job: bytes) -> bytes | str | None:
    """Do a job in one of the worker's processes: an outcome, pickled; why this worker is unfit; None: it ended."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state == "executing"

    for _ in range(ATTEMPTS):
        child = waiting(worker, plan["run"])
        if child is None:
            child, said = start(worker, plan)
            if child is None:
                return f"{worker.address} {said['unfit']}"
        answer = child.ask(b"" if child.knows_function else function, job, wanted=wanted)
        if answer is not None:
            child.knows_function = True
            children_of(worker, plan["run"])["idle"].append(child)
            return answer
        child.end()
        if not wanted():
            raise RuntimeError("no longer wanted")
    return None
