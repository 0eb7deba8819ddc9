"""Progress on stderr: a bar with rate and time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
# Without a terminal (a log file, a pipe) a short stage prints nothing and a long one a line a minute.
SECONDS_BETWEEN_LINES = 60.0


class _Lines:
    """A stream that writes tqdm's redrawn bar as lines."""

    def write(self, text: str) -> int:
        text = text.replace("\r", "").strip()
        return sys.stderr.write(text + "\n") if text else 0

    def flush(self) -> None:
        sys.stderr.flush()


def bar(total: int | None, label: str, unit: str = "file", *, scale: bool = False) -> tqdm:
    """Return a progress bar (use it in a `with`, call `.update(n)`).

    `scale` shows large counts with prefixes (bytes: k, M, G).
    """
    if sys.stderr.isatty():
        return tqdm(total=total, desc=label, unit=unit, unit_scale=scale, dynamic_ncols=True, leave=False)
    wait = SECONDS_BETWEEN_LINES
    return tqdm(
        total=total, desc=label, unit=unit, unit_scale=scale, file=_Lines(), mininterval=wait, delay=wait, miniters=1
    )


def each(items: Iterable[T], total: int | None, label: str, unit: str = "file") -> Iterator[T]:
    """Yield the items while a bar shows the progress."""
    with bar(total, label, unit) as progress:
        for item in items:
            yield item
            progress.update()


def human(count: float) -> str:
    """Return a number of bytes as a person reads it, such as "1.23GB"."""
    return tqdm.format_sizeof(count, "B")
