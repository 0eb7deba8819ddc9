"""A process that does jobs on a machine of a cluster: started by a Dask worker (`dask_bridge`), it ends with it.

It has the machine's Python, this project's code, the working directory of the user's process, one thread for each
library, and nothing else of the worker. It is first told what to expect of the machine; then it gets
jobs, one at a time, until the worker's end of its standard input is closed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from lib.errors import MediaError, one_line
from lib.io.kernel_cache import find_kernel_cache
from lib.io.states import bytes_digest
from lib.parallel.dask_bridge import LENGTH
from lib.parallel.jobs import attempt

ROOT = Path(__file__).resolve().parents[2]
# Packages that results depend on: with other versions they could differ from machine to machine.
PACKAGES = ("numpy", "scipy", "numba", "soxr", "av", "imageio-ffmpeg", "polars", "pillow")
# Seconds without a job after which a process ends by itself: the user's process was killed without notice.
IDLE = 60.0
# Seconds for a process whose worker is gone to remove its temporary files.
LEAVE_OFF = 5.0


def versions() -> dict[str, str]:
    """Return the versions of Python and of PACKAGES here ("none": not installed)."""
    found = {"Python": ".".join(map(str, sys.version_info[:2]))}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "none"
    return found


def code_digest() -> str:
    """Return a digest of this project's library and compositions: equal on two machines with the same code."""
    files = sorted(path for folder in ("lib", "compositions") for path in (ROOT / folder).rglob("*.py"))
    return bytes_digest(
        path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0" for path in files
    )


def machine() -> list[str]:
    """Return this machine's name, as in the names of temporary files, and an identity beyond the name."""
    identity = ""
    with contextlib.suppress(OSError):  # not Linux
        identity = f"{Path('/proc/sys/kernel/random/boot_id').read_text()} {os.readlink('/proc/self/ns/pid')}"
    return [socket.gethostname().split(".")[0], identity]


def unfit(expected: Mapping[str, Any]) -> str:
    """Change to the working directory, and return what is wrong with this machine ("": nothing).

    expected: `folder`, the working directory; `versions`, `code`: as above; `inputs`: (path, size in bytes or -1 for a
    folder), which must exist; `probes`: files in the output folders, which must exist too, and
    beside which another file must be possible; `patience`: seconds that these may take to appear.
    """
    patience = expected["patience"]
    here = versions()
    others = [f"{name} {here[name]} (here {wanted})" for name, wanted in expected["versions"].items()
              if here[name] != wanted]  # fmt: skip
    if others:
        return f"has {', '.join(others)}: install the same versions on both"
    if code_digest() != expected["code"]:
        return f"has another version of {ROOT}: install the same one on all machines"
    try:
        os.chdir(expected["folder"])
    except OSError as error:
        if not all(os.path.isabs(path) for path in (*expected["probes"], *(path for path, _ in expected["inputs"]))):
            return f"cannot see the working directory {expected['folder']} ({error.strerror})"
    for path, size in expected["inputs"]:
        if not _soon(partial(_is, path, size), patience):
            what = "another file as" if size >= 0 and os.path.isfile(path) else "nothing as"
            return f"cannot see the input {path} (it has {what} {os.path.abspath(path)})"
    for path in expected["probes"]:
        if reason := _unwritable(path, patience):
            return f"cannot write to the output folder {os.path.dirname(path) or os.curdir} ({reason})"
    return ""


def _is(path: str, size: int) -> bool:
    return os.path.isdir(path) if size < 0 else os.path.isfile(path) and os.path.getsize(path) == size


def _soon(there: Callable[[], bool], patience: float) -> bool:
    """Return whether something is there, or appears within `patience` seconds."""
    end = time.monotonic() + patience
    while not there():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _unwritable(probe: str, patience: float) -> str:
    """Return why no file can be written beside `probe`, or that it is another folder."""
    folder = os.path.dirname(probe) or os.curdir
    if not _soon(partial(os.path.isfile, probe), patience):
        there = os.path.isdir(folder)
        return "it is another folder than here: the storage is not shared" if there else "it is not there"
    mine = f"{probe}.{socket.gethostname()}-{os.getpid()}"
    try:
        Path(mine).touch()
        os.unlink(mine)
    except OSError as error:
        return error.strerror or str(error)
    return ""


class _Worker:
    """The worker's end: messages through our standard input, answers through our original standard output.

    This process ends cleanly (temporary files are removed) once the worker is gone.
    """

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._answers = os.fdopen(os.dup(1), "wb")
        # Output of a library is not an answer.
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        self._input = os.fdopen(os.dup(0), "rb")
        os.dup2(nothing, 0)
        os.close(nothing)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while len(head := self._input.read(LENGTH)) == LENGTH:
            length = int.from_bytes(head)
            message = self._input.read(length)
            if len(message) < length:
                break
            self._messages.put(message)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LEAVE_OFF)
        os._exit(1)

    def receive(self, patience: float | None = None) -> bytes:
        """Return the next message; `queue.Empty` if none comes within `patience` seconds."""
        return self._messages.get(timeout=patience)

    def answer(self, message: bytes) -> None:
        """Send an answer; OSError if the worker is gone."""
        self._answers.write(len(message).to_bytes(LENGTH) + message)
        self._answers.flush()


def _terminated(signum: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the cleanup must not be interrupted
    sys.exit(0)


def serve() -> None:
    """Do the worker's jobs until it is gone, or has sent none for a while."""
    worker = _Worker()
    try:
        expected = json.loads(worker.receive())
        worker.answer(json.dumps({"unfit": _told(expected), "machine": machine()}).encode())
        function: Any = None
        while True:
            code, job = worker.receive(IDLE), worker.receive(IDLE)
            # These come from our own run on another machine, as those of a local worker come from its parent.
            function = ForkingPickler.loads(code) if code else function
            outcome = attempt(function, *ForkingPickler.loads(job))
            # The sender has the job.
            worker.answer(bytes(ForkingPickler.dumps(dataclasses.replace(outcome, job=None))))
    except (OSError, queue.Empty):
        pass


def _told(expected: Mapping[str, Any]) -> str:
    try:
        return unfit(expected)
    except (OSError, MediaError) as error:
        return one_line(error)


def main() -> None:
    """Serve the worker that started this process."""
    signal.signal(signal.SIGTERM, _terminated)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    find_kernel_cache()
    serve()


if __name__ == "__main__":
    main()
