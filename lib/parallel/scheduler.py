"""Whether a Dask scheduler listens at an address: checked within seconds, before anything heavy is imported."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar, cast

from lib.errors import MediaError, one_line

T = TypeVar("T")
# Seconds for the first bytes of a scheduler, and additional ones to look up its machine's name.
GREETING, LOOK_UP = 3.0, 1.0
# A scheduler speaks first: the length of its greeting as an integer of this many bytes, least significant first, and
# the greeting, which is short.
LENGTH, LONGEST_GREETING = 8, 1 << 16


def find_scheduler(address: str) -> None:
    """Raise MediaError unless a scheduler greets at this address within seconds; only tcp addresses are checked."""
    try:
        within(GREETING + LOOK_UP, lambda: hear_greeting(address))
    except Exception as error:  # the other side may be any program
        raise nobody(address, error) from error


def within(seconds: float, function: Callable[[], T]) -> T:
    """Return the result of a function, or raise what it raises; TimeoutError if it takes longer; it is then abandoned.

    Looking up a name, or waiting for a silent program, takes as long as the system likes.
    """
    done: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put((function(), None))
        except Exception as error:
            done.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        result, error = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if error is not None:
        raise error
    return cast("T", result)


def hear_greeting(address: str) -> None:
    """Raise OSError unless the program at a tcp address greets as a scheduler does; other kinds are not checked.

    Dask itself waits for ever for a program that is silent until it is asked, as web servers are.
    """
    scheme, separator, place = address.rpartition("://")
    if separator and scheme.lower() != "tcp":
        return
    host, _, port = place.rstrip("/").rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=GREETING) as connection:
        heard = b""
        end = time.monotonic() + GREETING
        while len(heard) < LENGTH:
            connection.settimeout(max(end - time.monotonic(), 0.001))
            try:
                chunk = connection.recv(LENGTH - len(heard))
            except TimeoutError:
                raise OSError("the port is open, but nothing answers") from None
            if not chunk:
                raise OSError("the connection was closed at once")
            heard += chunk
    if not 0 < int.from_bytes(heard, "little") <= LONGEST_GREETING:
        raise OSError("another program uses this port")


def nobody(address: str, error: Exception) -> MediaError:
    """Return the error for a missing scheduler."""
    return MediaError(
        f"no Dask scheduler answers there ({_reason(error)}): give the address that `dask scheduler` shows when it "
        "starts (not its dashboard's)",
        address,
    )


def _reason(error: BaseException) -> str:
    """Return the innermost reason of a failed connection."""
    while isinstance(error.__cause__, OSError):
        error = error.__cause__
    return one_line(error)
