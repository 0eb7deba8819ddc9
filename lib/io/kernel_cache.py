"""The folder of numba's compiled kernels: to be chosen before a script or a worker loads numba."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from lib.io.states import text_digest
from lib.io.user_cache import cache_folder

KERNELS = Path(__file__).resolve().parents[1]
VARIABLE = "NUMBA_CACHE_DIR"
# The file that holds the state of the sources from which the kernels were compiled.
RECORD = "kernels.state"
# The folder below the user's, and the digits in the names of those in it.
KIND, DIGITS = "kernels", 16
KERNEL = b"@njit"
IMPORTED = re.compile(rb"^from ([\w.]+) import (\([^)]*\)|.*)", re.M)


@cache
def find_kernel_cache() -> None:
    """See to it that numba has a folder for its compiled kernels, and that none there is out of date.

    That is beside the sources, or in the user's folder, or else a new one for each run: numba refuses to start without
    one, and a shared one could hold someone else's code.
    """
    if VARIABLE in os.environ:
        return
    if os.access(KERNELS, os.W_OK):
        forget_outdated(KERNELS)
        return
    own = cache_folder()
    if own is not None:
        with suppress(OSError):
            os.environ[VARIABLE] = str(folder_for(KERNELS, own / KIND))
            return
    os.environ[VARIABLE] = folder = tempfile.mkdtemp(prefix="media-tools-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def folder_for(folder: Path, place: Path) -> Path:
    """Return a folder below `place` for kernels of the present sources in `folder`, and remove that of earlier sources.

    Raises OSError if none can be made there.
    """
    mark = text_digest(str(folder), DIGITS // 2)
    found = place / f"{mark}-{_digest_of_kernels(sorted(folder.glob('*/*.py')), folder)[:DIGITS]}"
    found.mkdir(parents=True, exist_ok=True)
    for other in place.glob(f"{mark}-*"):
        if other != found:
            shutil.rmtree(other, ignore_errors=True)
    return found


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
    """Return a digest of the files that have kernels, and of those from which they take code or numbers."""
    texts = {path: path.read_bytes() for path in sources}
    used = {path for path, text in texts.items() if KERNEL in text}
    waiting = list(used)
    while waiting:
        for package, names in IMPORTED.findall(texts[waiting.pop()]):
            place = folder.parent.joinpath(*package.decode().split("."))
            words = re.findall(r"\w+", names.decode())
            whole = place.with_suffix(".py")
            found = {place / f"{name}.py" for name in words}  # modules as a whole
            if any(map(str.isupper, words)) or KERNEL in texts.get(whole, b""):
                found.add(whole)
            new = found & texts.keys() - used
            used |= new
            waiting += new
    return hashlib.sha256(repr([(str(path), texts[path]) for path in sorted(used)]).encode()).hexdigest()


def is_compiled(kernel: Any) -> bool:
    """Return whether numba has the code of a kernel on disk, made from its present source, or keeps none."""
    kept = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    try:
        return kept is None or bool(kept._load_index())
    except OSError:
        return False
