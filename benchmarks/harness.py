"""What every benchmark shares: timing by the median, peak memory, and the one table that `make bench` prints."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
HEADINGS = ("stage", "work", "ours", "plain way", "ratio", "peak memory", "growth 1x 2x 4x", "notes")


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of ours and of the plain-library way on the same work, measured in one run.

    growth: our seconds at 1, 2 and 4 times the work (or as many as were measured); plain: None where there is no such
    way or its package is not installed (say so in `notes`).
    """

    stage: str
    work: str
    ours: float
    plain: float | None = None
    growth: tuple[float, ...] = field(default=())
    notes: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, one cell per heading."""
        return (
            self.stage,
            self.work,
            seconds(self.ours),
            seconds(self.plain) if self.plain is not None else "-",
            f"{self.plain / self.ours:.1f} x" if self.plain is not None else "-",
            f"{peak_memory_mb():.0f} MB",
            " ".join(seconds(g) for g in self.growth) or "-",
            self.notes,
        )


def seconds(value: float) -> str:
    """Return a time in readable units."""
    return f"{value * 1000:.2f} ms" if value < 0.1 else f"{value:.2f} s"


def timed(function: Callable[[], object], repeats: int = 3) -> float:
    """Return the median wall time of `repeats` runs in seconds, after one run that warms caches and compiles."""
    function()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        function()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def peak_memory_mb() -> float:
    """Return the highest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(rows: Iterable[Row]) -> None:
    """Print rows as a Markdown table, each as soon as it is measured."""
    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + " --- |" * len(HEADINGS), flush=True)
    for row in rows:
        print("| " + " | ".join(row.cells()) + " |", flush=True)
