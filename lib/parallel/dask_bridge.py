"""Functions that run inside Dask's workers. Workers do not have this project: the functions are sent by value.

So only the standard library and `distributed` are imported here, inside functions too. The work itself is done by child
processes (`dask_child`), one for each thread of a worker: the worker's modules, working directory and threads stay
unchanged, other users of the cluster notice nothing, and a file that crashes a decoder costs no worker.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

# Seconds between two checks whether a job is still wanted.
LOOK = 0.5
# Seconds for a process to end cleanly.
LEAVE_OFF = 5.0
# Tries of a job: a process may end for another reason (a machine short of memory).
ATTEMPTS = 2
# Seconds for a process to report that it is ready.
START = 60.0
# Bytes of the length of a message, most significant first.
LENGTH = 8
STORE = "_media_tools_children"
# Dask sets this for its workers: memory is returned to the system at once, which makes work with large arrays a third
# slower. Our processes return all of it when they end.
SLOWS = "MALLOC_TRIM_THRESHOLD_"


class Child:
    """A process that does jobs: it reads from its standard input, and answers on its standard output.

    Such pipes work the same on every system. A message is its length and its bytes; the child ends when its
    standard input does, that is with this worker.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        environment = {name: value for name, value in os.environ.items() if name != SLOWS}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lib.parallel.dask_child"],
            cwd=plan["root"], env=environment | plan["environment"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            # Ctrl-C at the worker must not reach it. Windows has process groups, the others sessions.
            start_new_session=True, creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )  # fmt: skip
        self.answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.knows_function = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Put the answers, and None at their end, into a queue with timeouts."""
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            while len(head := pipe.read(LENGTH)) == LENGTH:
                length = int.from_bytes(head)
                answer = pipe.read(length)
                if len(answer) < length:
                    break
                self.answers.put(answer)
        self.answers.put(None)

    def ask(self, *messages: bytes, wanted: Callable[[], bool]) -> bytes | None:
        """Return the answer to some messages; None if the process ended, or the answer is no longer needed."""
        assert self.process.stdin is not None
        try:
            for message in messages:
                self.process.stdin.write(len(message).to_bytes(LENGTH) + message)
            self.process.stdin.flush()
        except (OSError, ValueError):  # it ended, or its pipe was closed
            return None
        while wanted():
            try:
                return self.answers.get(timeout=LOOK)
            except queue.Empty:
                continue
        return None

    def end(self) -> None:
        """Let the process end, cleanly if possible."""
        self.process.terminate()
        try:
            self.process.wait(LEAVE_OFF)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(OSError):  # unread messages
            if self.process.stdin is not None:
                self.process.stdin.close()


def children_of(worker: Any, run: str) -> dict[str, list[Child]]:
    """Return the processes of a worker for a run: `all` of them, and those that are `idle`."""
    runs = worker.__dict__.setdefault(STORE, {})
    return runs.setdefault(run, {"all": [], "idle": []})


def waiting(worker: Any, run: str) -> Child | None:
    """Return an idle process, if any."""
    idle = children_of(worker, run)["idle"]
    while idle:
        child = idle.pop()
        if child.process.poll() is None:
            return child
    return None


def start(worker: Any, plan: dict[str, Any]) -> tuple[Child | None, dict[str, Any]]:
    """Start a process, and return it with its report on the machine: `unfit`, the reason why it is unusable, or ""."""
    try:
        child = Child(plan)
    except OSError:
        return None, {"unfit": f"cannot see this project's folder {plan['root']}", "machine": ["", ""]}
    mine = children_of(worker, plan["run"])["all"]
    mine.append(child)

    def reap() -> None:  # no process of a run may be left here, however it ends
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
    """Return whether this worker is usable; the process that checked it waits for jobs."""
    import asyncio  # only here: a worker has it, and `dask_child`, which needs LENGTH alone, would load it for nothing

    child, said = await asyncio.to_thread(start, dask_worker, plan)
    if child is not None:
        children_of(dask_worker, plan["run"])["idle"].append(child)
    return said


async def end_run(run: str, dask_worker: Any) -> None:
    """End the processes of a run, busy or not."""
    import asyncio

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
            raise RuntimeError("no longer needed")
    return None


# Workers pass this function on to each other. Pickle would import this module in a worker that has it on its path, and
# find another function there; it does not look for functions of `__main__`.
run_job.__module__ = "__main__"
