"""The folder of numba's compiled kernels: to be chosen before a script or a worker loads numba."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).resolve().parents[1]
VARIABLE = "NUMBA_CACHE_DIR"
# The file that holds the state of the sources from which the kernels were compiled.
RECORD = "kernels.state"
IMPORTED = re.compile(rb"^from ([\w.]+) import (\([^)]*\)|.*)", re.M)


@cache
def find_kernel_cache() -> None:
    """Give numba a folder for its compiled kernels if neither ours nor the user's own can be written to.

    It refuses to start without one. Each run gets a new folder: a shared one could hold someone else's code.
    """
    if VARIABLE in os.environ:
        return
    if os.access(KERNELS, os.W_OK):
        forget_outdated(KERNELS)
        return
    if os.access(os.path.expanduser("~"), os.W_OK):
        return
    os.environ[VARIABLE] = folder = tempfile.mkdtemp(prefix="media-tools-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def forget_outdated(folder: Path) -> None:
    """Remove the compiled kernels below `folder` if any source has changed from which one takes code or numbers.

    folder: of packages with kernels. numba compares only the file in which a kernel stands: after an update it would
    use one with the old numbers of another file.
    """
    with suppress(OSError):
        record = folder / "__pycache__" / RECORD
        sources = sorted(folder.glob("*/*.py"))
        states = [(path.name, found.st_size, found.st_mtime_ns) for path in sources for found in [path.stat()]]
        now = hashlib.sha256(repr(states).encode()).hexdigest()
        before = record.read_text().split() if record.exists() else ["", ""]
        if before[0] == now:
            return
        contents = _digest_of_kernels(sources, folder)
        if before[1:] != [contents]:
            for pattern in ("*.nbi", "*.nbc"):
                for path in folder.glob(f"*/__pycache__/{pattern}"):
                    path.unlink(missing_ok=True)
        record.parent.mkdir(exist_ok=True)
        partial = record.with_name(f"{RECORD}.{os.getpid()}")
        partial.write_text(f"{now} {contents}")
        os.replace(partial, record)


def _digest_of_kernels(sources: Sequence[Path], folder: Path) -> str:
    """Return a digest of the files that have kernels, and of those of the project that these import."""
    texts = {path: path.read_bytes() for path in sources}
    used = {path for path, text in texts.items() if b"@njit" in text}
    for path in list(used):
        for package, names in IMPORTED.findall(texts[path]):
            place = folder.parent.joinpath(*package.decode().split("."))
            inside = [place / f"{name}.py" for name in re.findall(r"\w+", names.decode())]
            used.update(file for file in (place.with_suffix(".py"), *inside) if file in texts)
    return hashlib.sha256(repr([(str(path), texts[path]) for path in sorted(used)]).encode()).hexdigest()


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
