"""What differs from system to system: locks, processes, the way to the disk. Nothing else of lib asks where it runs.

fcntl and signals that can be held back are POSIX's; Windows has msvcrt and its own handles of processes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

if sys.platform == "win32":
    import ctypes
    import msvcrt
else:
    try:
        import fcntl
    except ImportError:  # a system without locks: two runs at once are the user's to avoid there
        fcntl = None  # type: ignore[assignment]

# Arguments for subprocess.Popen: a program that a Ctrl-C meant for us does not reach. On Windows, which takes no
# notice of the first one, that is a separate process group.
UNDISTURBED: dict[str, Any] = {
    "start_new_session": True,
    "creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
}
# Where Windows locks: past the end of any file of ours, since what is locked there cannot be read.
_LOCKED_BYTE = 1 << 30
# https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess
_SYNCHRONIZE, _ACCESS_DENIED, _WAIT_TIMEOUT = 0x00100000, 5, 0x102


def process_lives(pid: int) -> bool:
    """Return whether there is a process of this number on this machine."""
    if pid <= 0:  # to kill() that would be a group of processes
        return False
    if sys.platform == "win32":
        # os.kill(pid, 0) is Ctrl-C there, and ends the process.
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
        kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
        handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not handle:
            return ctypes.get_last_error() == _ACCESS_DENIED
        try:
            return kernel.WaitForSingleObject(handle, 0) == _WAIT_TIMEOUT
        finally:
            kernel.CloseHandle(handle)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def hold_file(file: IO[bytes]) -> bool:
    """Lock an open file for this process; False if another one holds it.

    The system gives the lock back when the file is closed, however the process ends. Where a file system has no locks,
    or the system none, nothing is held.
    """
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True


def _lock(file: IO[bytes]) -> None:
    """Lock a file as the system does it; BlockingIOError or PermissionError: somebody has."""
    if sys.platform == "win32":
        place = file.tell()
        try:
            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(place)
    elif fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def flush_to_disk(path: str | os.PathLike[str]) -> None:
    """Wait until a file that was written is on the disk. Raises OSError."""
    with open(path, "r+b") as written:  # Windows does not flush a file that was opened for reading
        os.fsync(written.fileno())


@contextlib.contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Hold Ctrl-C back, here and in processes that are started meanwhile; it comes when the block ends.

    Windows cannot: a worker that is hit there while it starts dies, as its parent is about to.
    """
    if sys.platform == "win32" or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_ctrl_c() -> None:
    """Leave Ctrl-C to the parent process, also one that was held back when this process was started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32" and hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
