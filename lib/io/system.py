"""Differences between systems: locks, processes, flushing to disk. CONTRIBUTING.md names what else asks where it runs.

fcntl and blocked signals are POSIX's; Windows has msvcrt and its own handles of processes.
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
    except ImportError:  # a system without locks: there the user must avoid two runs at once
        fcntl = None  # type: ignore[assignment]

# Arguments for subprocess.Popen: a program that our Ctrl-C does not reach. On Windows, which ignores the first Ctrl-C
# of a new group, that is a separate process group.
UNDISTURBED: dict[str, Any] = {
    "start_new_session": True,
    "creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
}
# Where Windows locks: past the end of any file of ours, since locked bytes cannot be read.
_LOCKED_BYTE = 1 << 30
# https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess
_SYNCHRONIZE, _ACCESS_DENIED, _WAIT_TIMEOUT = 0x00100000, 5, 0x102


def process_lives(pid: int) -> bool:
    """Return whether a process of this number runs on this machine."""
    if pid <= 0:  # for kill() that would be a group of processes
        return False
    if sys.platform == "win32":
        # There, os.kill(pid, 0) sends Ctrl-C, and ends the process.
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
    """Lock an open file for this process; return False if another one holds it.

    The system releases the lock when the file is closed, however the process ends. Without support for locks, in the
    file system or the system, nothing is locked.
    """
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True


def _lock(file: IO[bytes]) -> None:
    """Lock a file by the system's means; BlockingIOError or PermissionError: it is locked already."""
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
    """Wait until a written file is on the disk. Raises OSError."""
    with open(path, "r+b") as written:  # Windows does not flush a file that was opened for reading
        os.fsync(written.fileno())


@contextlib.contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Hold Ctrl-C back, here and in processes started meanwhile; it takes effect when the block ends.

    Windows cannot: a worker hit there during its start dies, as its parent is about to.
    """
    if sys.platform == "win32" or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def terminate_self() -> None:
    """Send SIGTERM to this process, so that it ends cleanly; from any thread."""
    if sys.platform == "win32":  # there os.kill ends it at once
        signal.raise_signal(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


def ignore_ctrl_c() -> None:
    """Leave Ctrl-C to the parent process, even one that was held back when this process started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32" and hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
