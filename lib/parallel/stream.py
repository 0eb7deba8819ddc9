"""Arrays that a helper process makes, one after the other, through memory that both processes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any, TypeVar

import numpy as np

Job = TypeVar("Job")
# Bytes of a slot of the shared memory, and their number. A longer array takes several slots, one after the other.
SLOT_BYTES, SLOTS = 2 << 20, 6
# Seconds between two looks whether a helper that sends nothing still runs.
LOOK_EVERY = 0.5
# Where a helper begins whose arrays are not wanted.
NOWHERE = -1


def _slot(memory: SharedMemory, number: int) -> np.ndarray:
    """Return the bytes of a slot."""
    return np.frombuffer(memory.buf, np.uint8, SLOT_BYTES, number * SLOT_BYTES)  # type: ignore[arg-type]


class HelperDiedError(Exception):
    """The helper was killed: what it had not sent is lost."""


class Sender:
    """The helper's end: sends arrays, and waits while all slots are full."""

    def __init__(self, connection: Connection, memory: SharedMemory) -> None:
        self._connection, self._memory = connection, memory
        self._unread, self._next = 0, 0

    @property
    def waiting(self) -> int:
        """The number of slots that are filled, and not read yet."""
        while self._unread and self._connection.poll():
            self._wait()
        return self._unread

    def _wait(self) -> None:
        self._connection.recv_bytes()
        self._unread -= 1

    def send(self, head: object, array: np.ndarray) -> None:
        """Send an array (one-dimensional at the other end), and something small that says what it is."""
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        for place in range(0, max(len(data), 1), SLOT_BYTES):
            while self._unread >= SLOTS:
                self._wait()
            part = data[place : place + SLOT_BYTES]
            _slot(self._memory, self._next)[: len(part)] = part
            is_last = place + SLOT_BYTES >= len(data)
            self._connection.send((head, array.dtype.str, len(part), is_last))
            self._unread, self._next = self._unread + 1, (self._next + 1) % SLOTS


class Stream:
    """This process's end: iterate over (head, array) as the helper sends them. Call `begin` first, and `close`."""

    def __init__(self, connection: Connection, give: Callable[[str], Future[None] | None]) -> None:
        """give: hands `serve`, with the name of the memory, to a helper. Raises OSError if there is no memory."""
        self._connection = connection
        self._memory = SharedMemory(create=True, size=SLOT_BYTES * SLOTS)
        self._next, self._begun = 0, False
        try:
            self._future = give(self._memory.name)
        except BaseException:
            self.close()
            raise

    @property
    def is_ready(self) -> bool:
        """Whether the helper has started, and waits for `begin`."""
        return self._connection.poll()

    def begin(self, first: int) -> None:
        """Let the helper send its arrays from a number on, which it is given."""
        self._connection.recv_bytes()
        self._connection.send(first)
        self._begun = True

    def __iter__(self) -> Iterator[tuple[Any, np.ndarray]]:
        parts: list[np.ndarray] = []
        while (message := self._message()) is not None:
            head, kind, count, is_last = message
            parts.append(_slot(self._memory, self._next)[:count].copy().view(kind))
            self._next = (self._next + 1) % SLOTS
            self._connection.send_bytes(b"")
            if is_last:
                yield head, parts[0] if len(parts) == 1 else np.concatenate(parts)
                parts = []
        if self._future is not None:
            self._future.result()  # raises what the helper's function has raised

    def _message(self) -> tuple[object, str, int, bool] | None:
        """Return what the helper says next. Raises HelperDiedError."""
        while not self._connection.poll(LOOK_EVERY):
            is_done = self._future is None or self._future.done()
            if is_done and not self._connection.poll():
                raise HelperDiedError
        return self._connection.recv()

    def close(self) -> None:
        """Free the memory; a helper that has not begun is told that nothing is wanted."""
        if not self._begun:
            self._connection.send(NOWHERE)
        self._memory.close()
        self._memory.unlink()


def serve(connection: Connection, name: str, function: Callable[[Job, int, Sender], None], job: Job) -> None:
    """In the helper: let `function(job, first, sender)` send its arrays, unless they are not wanted."""
    connection.send_bytes(b"")
    first = connection.recv()
    if first == NOWHERE:
        return
    memory = SharedMemory(name)
    try:
        function(job, first, Sender(connection, memory))
    finally:
        memory.close()
        connection.send(None)
