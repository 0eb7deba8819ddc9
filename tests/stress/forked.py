"""pytest in forks of a process that has loaded the libraries: a run of a few tests starts in a fraction of the time.

This file is run as that process: it reads what to run on standard input, a line of JSON each, and answers on standard
output. Where processes cannot be forked (Windows), there are no `Forks`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
# Loaded once. Not polars: its threads would be missing in a fork.
LIBRARIES = (
    "numpy", "scipy.signal", "scipy.fft", "scipy.stats", "scipy.spatial", "scipy.ndimage", "numba", "av", "soxr",
    "PIL.Image", "PIL.ImageDraw", "PIL.ImageFont", "sklearn.cluster", "sklearn.ensemble", "sklearn.neighbors",
    "matplotlib.figure", "matplotlib.backends.backend_agg", "requests", "librosa", "librosa.onset", "librosa.feature",
    "openTSNE", "threadpoolctl", "tqdm", "hypothesis", "pytest", "multiprocessing.pool", "concurrent.futures.process",
    "http.server", "sqlite3", "unittest.mock",
)  # fmt: skip
# The threads of BLAS would be missing in a fork, too; and a file that is changed twice in a second is not to be read
# from what was compiled of it in between.
SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
LOOK_EVERY = 0.01


class Forks:
    """Runs pytest in a folder; use it in a `with`."""

    def __init__(self, folder: Path, libraries: Sequence[str] = LIBRARIES) -> None:
        self._log = tempfile.NamedTemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/stress/forked.py"), self._log.name, *libraries],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | SETTINGS,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._to, self._from = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._to.close()
        self._process.wait()
        self._from.close()
        self._log.close()

    def run(self, arguments: Sequence[str], patience: float) -> tuple[int, str]:
        """Run pytest with some arguments; return its status and what it wrote. Raises TimeoutExpired."""
        print(json.dumps([patience, *arguments]), file=self._to, flush=True)
        answer = self._from.readline()
        if not answer:
            raise SystemExit("the process that runs the tests has died")
        status = json.loads(answer)
        if status is None:
            raise subprocess.TimeoutExpired(list(arguments), patience)
        return status, Path(self._log.name).read_text("utf-8", "replace")


def is_possible() -> bool:
    """Say whether processes can be forked here."""
    return hasattr(os, "fork")


def _in_fork(arguments: list[str], log: str) -> None:
    """Run pytest, and end."""
    status = 1
    try:
        os.setsid()
        written = os.open(log, os.O_WRONLY | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for there, here in ((nothing, 0), (written, 1), (written, 2)):
            os.dup2(there, here)
        import pytest

        status = int(pytest.main(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _forked(patience: float, arguments: list[str], log: str) -> int | None:
    """Return the status of pytest, None if it took too long. All that it has started ends."""
    process = os.fork()
    if not process:
        _in_fork(arguments, log)
    end = time.monotonic() + patience
    try:
        while time.monotonic() < end:
            done, status = os.waitpid(process, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(LOOK_EVERY)
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, 0)


def main(log: str, libraries: Sequence[str]) -> None:
    """Answer requests until there are no more."""
    sys.path[0] = os.getcwd()
    for name in libraries:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        patience, *arguments = json.loads(line)
        print(json.dumps(_forked(patience, arguments, log)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
