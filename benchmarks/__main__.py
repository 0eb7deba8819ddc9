"""Run every benchmark and print one table: `make bench`, or `python -m benchmarks [name ...]`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Row, show


def rows(names: list[str]) -> Iterator[Row]:
    for name in names:
        yield from importlib.import_module(f"benchmarks.bench_{name}").rows()


if __name__ == "__main__":
    found = sorted(p.stem.removeprefix("bench_") for p in Path(__file__).parent.glob("bench_*.py"))
    wanted = sys.argv[1:] or found
    unknown = sorted(set(wanted) - set(found))
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(unknown)}: choose among {', '.join(found)}")
    show(rows(wanted))
