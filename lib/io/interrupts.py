"""Ctrl-C, and the signal to end, while a stage waits or compiles."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

# The signals that came while a stage runs. A library in C that is interrupted (NumPy while it is loaded, numba when a
# kernel is called) makes an error of its own of the exception that a signal raises.
came: list[int] = []


def raise_what_came() -> None:
    """Raise what a signal raises, if one has come: an error that follows it is not the fault of what was worked at."""
    if signal.SIGINT in came:
        raise KeyboardInterrupt
    if came:
        raise SystemExit(128 + came[0])


def let_ctrl_c_end_waits() -> None:
    """Let Ctrl-C end waits for a worker, a thread or a file at once.

    Polars installs a handler when it is loaded, under which waiting calls continue. Call this after that. In other
    threads than the main one, where Ctrl-C does not arrive, it does nothing.
    """
    if hasattr(signal, "siginterrupt") and threading.current_thread() is threading.main_thread():
        signal.siginterrupt(signal.SIGINT, True)


class HeldSignals:
    """Ctrl-C and SIGTERM are held back between `begin` and `end`, and take effect at the last `end`.

    Python code that a library in C calls, such as the compiler's, loses an exception that a signal raises there.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._handlers: dict[int, Callable[[int, FrameType | None], object]] = {}
        self._came: list[int] = []

    def begin(self) -> None:
        """Hold signals back; other threads than the main one are not disturbed by them anyway."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth += 1
        if self._depth > 1:
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, lambda came, _: self._came.append(came))

    def end(self) -> None:
        """Let a signal that came meanwhile take effect."""
        if threading.current_thread() is not threading.main_thread() or not self._depth:
            return
        self._depth -= 1
        if self._depth:
            return
        handlers, self._handlers = self._handlers, {}
        for number, handler in handlers.items():
            signal.signal(number, handler)
        came, self._came = self._came, []
        for number in came[:1]:
            handlers[number](number, None)
