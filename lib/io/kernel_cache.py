"""The folder of numba's compiled kernels: to be chosen before a script or a worker loads numba."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).resolve().parents[1]
VARIABLE = "NUMBA_CACHE_DIR"


@cache
def find_kernel_cache() -> None:
    """Give numba a folder for its compiled kernels if neither ours nor the user's own can be written to.

    It refuses to start without one. Each run gets a new folder: a shared one could hold someone else's code.
    """
    if VARIABLE in os.environ or os.access(KERNELS, os.W_OK) or os.access(os.path.expanduser("~"), os.W_OK):
        return
    os.environ[VARIABLE] = folder = tempfile.mkdtemp(prefix="media-tools-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def is_compiled(kernel: Any) -> bool:
    """Return whether numba has the code of a kernel on disk, made from its present source, or compiles nothing."""
    if not hasattr(kernel, "py_func"):  # NUMBA_DISABLE_JIT
        return True
    try:
        source = os.stat(kernel.py_func.__code__.co_filename).st_mtime
        return any(path.stat().st_mtime >= source for path in _kept(kernel))
    except OSError:
        return False


def note_compiled(kernels: Iterable[Any]) -> None:
    """Give the code of kernels that numba has just used the present time, where that is older than its source.

    numba compares the contents of the source: after a checkout that only changed its time, it compiles nothing.
    """
    for kernel in kernels:
        if not is_compiled(kernel) and kernel.stats.cache_hits:
            with suppress(OSError):
                for path in _kept(kernel):
                    os.utime(path)


def _kept(kernel: Any) -> Iterator[Path]:
    function = kernel.py_func
    module = function.__module__.rpartition(".")[2]
    return Path(kernel.stats.cache_path).glob(f"{module}.{function.__qualname__}-*.nbi")
