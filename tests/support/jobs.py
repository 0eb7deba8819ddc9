"""Jobs for workers. Workers import this module to do them: it needs little, so that they start quickly."""

import os
import signal
import sys
from pathlib import Path

from lib.errors import MediaError, NoAudioError
from lib.parallel.jobs import THREAD_VARIABLES


def work(job):
    """Do what the job says: a number is squared, a word is an accident."""
    accidents = {
        "media": MediaError("is broken"), "silent": NoAudioError("has no audio track"), "value": ValueError("wrong"),
        "memory": MemoryError(),
    }  # fmt: skip
    if job == "exit":
        os._exit(3)
    if job == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if job in accidents:
        raise accidents[job]
    return job * job


def pool_threads(job):
    """Return the numbers of threads in the pools of the libraries that NumPy loads."""
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_info

    return {pool["num_threads"] for pool in threadpool_info()}


def who(job):
    return os.getpid()


def settings(job):
    names = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
    blocked = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())
    return [os.environ.get(name) for name in names], signal.getsignal(signal.SIGINT) == signal.SIG_IGN, blocked


def surroundings(job):
    Path(job).write_text("here")
    return os.getcwd(), [os.environ.get(name) for name in THREAD_VARIABLES], sys.path[0], os.getpid(), os.getppid()


def kill_worker(job):
    if job == "poison":
        os.kill(os.getppid(), signal.SIGKILL)
        signal.pause()  # it is ended with its worker
    return job


def hold(number):
    """Hold a pipe open: its end says that all who do have ended."""
    with open("pipe", "wb", buffering=0) as pipe:
        try:
            pipe.write(b".")
            signal.pause()
        finally:
            Path(f"tidy{number}").touch()


def ended(process):
    """Say whether a process of this number has ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False
