"""Reading and processing in parallel: the next item is made while one is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

from lib.io.interrupts import let_ctrl_c_end_waits

Item = TypeVar("Item")


class Ahead(Generic[Item]):
    """An iterator over the items of another one, which a separate thread takes, at most `most` items ahead.

    An exception of the other one is raised in the place of its item. Close it before anything that the other one uses
    is closed, or use it in a `with`: then the thread has ended, and has closed the other one.
    """

    def __init__(self, items: Iterator[Item], most: int = 2) -> None:
        let_ctrl_c_end_waits()
        self._items = items
        self._room = threading.Semaphore(most)
        self._made: queue.SimpleQueue[tuple[list[Item], BaseException | None]] = queue.SimpleQueue()
        self._closed = False
        self._ended: BaseException | None = None
        self._thread = threading.Thread(target=self._make, daemon=True)
        self._thread.start()

    def _make(self) -> None:
        try:
            while self._room.acquire() and not self._closed:
                self._made.put(([next(self._items)], None))
        except BaseException as error:
            self._made.put(([], error))
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Item:
        if self._ended is None:
            made, self._ended = self._made.get()
            self._room.release()
            if self._ended is None:
                return made[0]
        if isinstance(self._ended, StopIteration):
            raise StopIteration
        raise self._ended

    def close(self) -> None:
        """End the work: wait until the thread has made its present item, and closed the other iterator."""
        self._closed = True
        self._ended = self._ended or StopIteration()
        self._room.release()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_ahead(items: Iterator[Item], threads: int, most: int = 2) -> Generator[Item]:
    """Yield the items of an iterator, which are made ahead if there are several threads."""
    if threads <= 1:
        yield from items
        return
    with Ahead(items, most) as coming:
        yield from coming
