"""Arrays that a helper process makes, one after the other, through memory that both processes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from multiprocessing.shared_memory import SharedMemory
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

Job = TypeVar("Job")
# Bytes of a slot of the shared memory, and their number. A longer array takes several slots, one after the other.
SLOT_BYTES, SLOTS = 4 << 20, 8
# Seconds between two looks whether a helper that sends nothing still runs.
LOOK_EVERY = 0.5


def _slot(memory: SharedMemory, number: int) -> np.ndarray:
    """Return the bytes of a slot."""
    return np.frombuffer(memory.buf, np.uint8, SLOT_BYTES, number * SLOT_BYTES)  # type: ignore[arg-type]


class Connection(Protocol):
    """One end of a connection, whose kind depends on the system."""

    def send(self, obj: Any, /) -> None:
        """Send something."""

    def recv(self) -> Any:
        """Wait for what the other end sends, and return it."""

    def send_bytes(self, buf: bytes, /) -> None:
        """Send bytes."""

    def recv_bytes(self) -> bytes:
        """Wait for bytes, and return them."""

    def poll(self, timeout: float = 0.0, /) -> bool:
        """Return whether something has come within some seconds."""

    def close(self) -> None:
        """Close this end."""


class HelperDiedError(Exception):
    """The helper was killed: what it had not sent is lost."""


class _Array(NamedTuple):
    """What is said of an array with its first slot: its head, kind of number, and bytes (None: of one that goes on)."""

    head: object
    kind: str
    size: int | None


MORE = _Array(None, "", None)


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
        data = np.ascontiguousarray(array).ravel().view(np.uint8)
        for place in range(0, len(data), SLOT_BYTES) or (0,):
            while self._unread >= SLOTS:
                self._wait()
            part = data[place : place + SLOT_BYTES]
            _slot(self._memory, self._next)[: len(part)] = part
            self._connection.send(MORE if place else _Array(head, array.dtype.str, len(data)))
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

    def begin(self, wanted: object) -> None:
        """Let the helper send the arrays that are wanted, something small that its function understands."""
        self._connection.recv_bytes()
        self._connection.send(wanted)
        self._begun = True

    def __iter__(self) -> Iterator[tuple[Any, np.ndarray]]:
        head: object
        data: np.ndarray
        place: int
        kind: str
        while (message := self._message()) is not None:
            if message.size is not None:
                head, data, place, kind = message.head, np.empty(message.size, np.uint8), 0, message.kind
            part = data[place : place + SLOT_BYTES]
            part[:] = _slot(self._memory, self._next)[: len(part)]
            self._next, place = (self._next + 1) % SLOTS, place + len(part)
            self._connection.send_bytes(b"")
            if place == len(data):
                yield head, data.view(kind)
        if self._future is not None:
            self._future.result()  # raises what the helper's function has raised

    def _message(self) -> _Array | None:
        """Return what the helper says next. Raises HelperDiedError."""
        while not self._connection.poll(LOOK_EVERY):
            is_done = self._future is None or self._future.done()
            if is_done and not self._connection.poll():
                raise HelperDiedError
        return self._connection.recv()

    def close(self) -> None:
        """Free the memory; a helper that has not begun is told that nothing is wanted."""
        if not self._begun:
            self._connection.send(None)
        self._memory.close()
        self._memory.unlink()


def serve(connection: Connection, name: str, function: Callable[[Job, Any, Sender], None], job: Job) -> None:
    """In the helper: let `function(job, wanted, sender)` send arrays, if any are wanted."""
    connection.send_bytes(b"")
    wanted = connection.recv()
    if wanted is None:
        return
    memory = SharedMemory(name)
    try:
        function(job, wanted, Sender(connection, memory))
    finally:
        memory.close()
        connection.send(None)
