"""Progress on stderr: a bar with rate and time left on a terminal, a line now and then elsewhere.

A bar moves within one long file as well: the reader reports its position (`within`), and the innermost bar shows
it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from tqdm import tqdm

from lib.io.interrupts import HeldSignals

T = TypeVar("T")
# Without a terminal (a log file, a pipe) a short stage prints nothing and a long one a line per minute.
SECONDS_BETWEEN_LINES = 60.0
# The size of a terminal that does not report its own (a serial line, a terminal within some editors).
USUAL_COLUMNS, USUAL_ROWS = 80, 24
# A unit that is time: its rate is how much faster than the sound is played, "87x".
SECONDS = "s"
COMPILING = "compiling: this takes a while, at the first run only"


class _Lines:
    """A stream that writes tqdm's redrawn bar as lines."""

    def write(self, text: str) -> int:
        text = text.replace("\r", "").strip()
        return sys.stderr.write(text + "\n") if text else 0

    def flush(self) -> None:
        sys.stderr.flush()


class Bar(tqdm):
    """A progress bar that can stand between two items; counts are still shown as integers."""

    start_t: float
    last_print_t: float
    _open: list[Bar] = []  # noqa: RUF012 (of the class: the bars that are shown, the innermost last)

    def __init__(self, **how: Any) -> None:
        self._whole = 0.0
        self._portion = (0.0, 1.0)
        self.weight = 1.0
        """The number of items in parallel, of which `within` reports the progress."""
        super().__init__(**how)
        self._open.append(self)
        watch_compiler()

    def begin_at(self, n: float) -> None:
        """Begin with `n` items that were done by earlier runs."""
        self.initial = self.n = n
        self._whole = float(n)

    def update(self, n: float | None = 1) -> bool | None:
        """Count `n` more items as done. A total that was estimated is not exceeded: tqdm would warn of that."""
        self._whole += n or 0
        self._portion = (0.0, 1.0)
        shown = self._whole if self.total is None else min(self._whole, self.total)
        return super().update(shown - self.n)

    def pause(self, seconds: float) -> None:
        """Leave this number of seconds, which no item has taken, out of the rate and of the time left."""
        now = self._time()
        self.start_t, self.last_print_t = (min(t + seconds, now) for t in (self.start_t, self.last_print_t))

    def inside(self, fraction: float) -> None:
        """Show the progress of the next item, 0 to 1; a bar does not go back."""
        first, last = self._portion
        place = self._whole + self.weight * (first + min(max(fraction, 0.0), 1.0) * (last - first))
        if place > self.n and (self.total is None or place <= self.total):
            super().update(place - self.n)

    def close(self) -> None:
        """Remove the bar."""
        with suppress(ValueError):
            self._open.remove(self)
        super().close()

    @property
    def format_dict(self) -> dict[str, Any]:
        """The values of a bar's text: `done`: finished items; `times`: the rate, as multiples of playing speed."""
        parts = super().format_dict
        rate = parts["rate"] or (parts["n"] / parts["elapsed"] if parts["elapsed"] else 0.0)
        return parts | {"done": int(parts["n"] + 1e-9), "times": f"{rate:.0f}x" if rate >= 1 else f"{rate:.2g}x"}


@contextmanager
def portion(first: float, last: float) -> Iterator[None]:
    """Within the block, `within` refers to this part of an item: 0 is `first` of it, 1 is `last`."""
    inner = Bar._open[-1] if Bar._open else None
    if inner is not None:
        inner._portion = (first, last)
    yield


def within(fraction: float) -> None:
    """Report the progress of the current item, 0 to 1. If no bar is shown, nothing happens."""
    if Bar._open:
        Bar._open[-1].inside(fraction)


def _size() -> dict[str, Any]:
    """Return tqdm's arguments for the size of the terminal, which is queried repeatedly, or is unknown."""
    try:
        known = min(os.get_terminal_size(sys.stderr.fileno())) > 0
    except (OSError, ValueError):  # no terminal, or a stream without a file
        known = False
    return {"dynamic_ncols": True} if known else {"ncols": USUAL_COLUMNS, "nrows": USUAL_ROWS}


_watched: list[object] = []


def watch_compiler() -> None:
    """Let the first run say that it compiles, which takes longer than many files: only on a terminal.

    Meanwhile no garbage is collected: the compiler makes many objects that stay, and a tenth of its time would go
    into looking through them. Ctrl-C waits until a kernel is compiled or loaded, where the compiler would lose it.
    """
    if _watched or "numba" not in sys.modules:
        return
    from numba.core import event

    class Watch(event.Listener):
        said = False
        depth, began, collects = 0, 0.0, False

        def on_start(self, event: object) -> None:
            if not self.depth:
                self.began, self.collects = time.time(), gc.isenabled()
                gc.disable()
            self.depth += 1
            # Every worker would say so; without a bar there is no terminal to say it to.
            if not self.said and Bar._open and sys.stderr.isatty() and multiprocessing.parent_process() is None:
                Watch.said = True
                Bar._open[-1].set_postfix_str(COMPILING)

        def on_end(self, event: object) -> None:
            self.depth -= 1
            if not self.depth and self.collects:
                gc.enable()
            if not self.depth and Bar._open:
                Bar._open[-1].pause(time.time() - self.began)
            if self.said and Bar._open:
                Bar._open[-1].set_postfix_str("")

    class Hold(event.Listener):
        held = HeldSignals()

        def on_start(self, event: object) -> None:
            self.held.begin()

        def on_end(self, event: object) -> None:
            self.held.end()

    _watched.extend((Watch(), Hold()))
    event.register("numba:compile", _watched[0])
    event.register("numba:compiler_lock", _watched[1])


def bar(total: int | None, label: str, unit: str = "file", *, scale: bool = False) -> Bar:
    """Return a progress bar (use it in a `with`, call `.update(n)`).

    unit: of one item, or "s" for sound of that length; scale: show large counts with prefixes (bytes: k, M, G).
    """
    how: dict[str, Any] = {"total": total, "desc": label, "unit": unit, "unit_scale": scale}
    if total is not None and not scale:
        rate = "{times}" if unit == SECONDS else "{rate_fmt}"
        of = " s" if unit == SECONDS else ""
        how["bar_format"] = "{l_bar}{bar}| {done}/{total_fmt}" + of + " [{elapsed}<{remaining}, " + rate + "{postfix}]"
    if sys.stderr.isatty():
        return Bar(**how, **_size(), leave=False)
    wait = SECONDS_BETWEEN_LINES
    return Bar(**how, file=_Lines(), mininterval=wait, delay=wait, miniters=1)


def each(items: Iterable[T], total: int | None, label: str, unit: str = "file") -> Iterator[T]:
    """Yield the items while a bar shows the progress."""
    with bar(total, label, unit) as progress:
        for item in items:
            yield item
            progress.update()


def human(count: float) -> str:
    """Return a number of bytes for people, such as "1.23GB"."""
    return tqdm.format_sizeof(count, "B")
