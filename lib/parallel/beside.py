"""One task in a thread beside another: what it returns, or raises, is there when it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

from lib.errors import MediaError
from lib.io.interrupts import let_ctrl_c_end_waits

Result = TypeVar("Result")
Item = TypeVar("Item")


class Beside(Generic[Result]):
    """Work that has begun in a thread of its own; use it in a `with`, which asks it to stop and waits until it has.

    work: is given an event, and ends soon after that is set.
    """

    def __init__(self, work: Callable[[threading.Event], Result]) -> None:
        let_ctrl_c_end_waits()
        self._work, self._stop = work, threading.Event()
        self._made: list[Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._made.append(self._work(self._stop))
        except BaseException as error:
            self._error = error

    def result(self) -> Result:
        """Return what the work returned, or raise what it raised; wait for it."""
        self._thread.join()
        self.check()
        return self._made[0]

    def check(self) -> None:
        """Raise what the work has raised, if it has; do not wait for it."""
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()


def until(stop: threading.Event | None, items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items; when `stop` is set, raise MediaError in place of the next one."""
    for item in items:
        if stop is not None and stop.is_set():
            raise MediaError("was not finished, since it was no longer needed")
        yield item
