"""What every benchmark shares: timing by the median, peak memory, and the one table that `make bench` prints."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_MEDIA = ROOT / "media" / "sample"
sys.path.insert(0, str(ROOT))
# What an earlier run has kept of films would make the next one quick.
os.environ["MEDIA_TOOLS_CACHE"] = ""
# Set for the benchmarks that follow the first one in the same table.
WITHOUT_HEADINGS = "BENCHMARK_WITHOUT_HEADINGS"
HEADINGS = ("stage", "work", "ours", "baseline", "ratio", "peak memory", "growth 1x 2x 4x", "notes")


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of ours and of the plain-library way on the same work, measured in one run.

    growth: our seconds at 1, 2 and 4 times the work (or as many as were measured); plain: None where there is no such
    way or its package is not installed (say so in `notes`); memory_mb: the peak of ours, where a process of its own was
    measured (else this process's peak so far, which holds the baseline's too).
    """

    stage: str
    work: str
    ours: float
    plain: float | None = None
    growth: tuple[float, ...] = field(default=())
    notes: str = ""
    memory_mb: float | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, one cell per heading."""
        return (
            self.stage,
            self.work,
            seconds(self.ours),
            seconds(self.plain) if self.plain is not None else "-",
            f"{self.plain / self.ours:.1f} x" if self.plain is not None else "-",
            f"{peak_memory_mb() if self.memory_mb is None else self.memory_mb:.0f} MB",
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


def run_script(*words: str, cwd: str | None = None) -> tuple[float, float]:
    """Run a script of the project in a process of its own; return (seconds, peak memory in MB).

    Raises RuntimeError with what it printed if it fails.
    """
    begun = time.perf_counter()
    script = [sys.executable, str(ROOT / words[0]), *words[1:]]
    with tempfile.TemporaryFile() as said, subprocess.Popen(script, cwd=cwd, stdout=said, stderr=said) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{words[0]}: {said.read().decode()}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def processor_time(words: list[str]) -> float:
    """Run a command; return its processor time, user and system, the better of two runs."""
    times = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def show(rows: Iterable[Row]) -> None:
    """Print rows as a Markdown table, each as soon as it is measured."""
    if not os.environ.get(WITHOUT_HEADINGS):
        print("| " + " | ".join(HEADINGS) + " |")
        print("|" + " --- |" * len(HEADINGS), flush=True)
    for row in rows:
        print("| " + " | ".join(row.cells()) + " |", flush=True)
