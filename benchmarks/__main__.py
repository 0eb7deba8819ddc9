"""Run every benchmark and print one table: `make bench`, or `python -m benchmarks [name ...]`.

Each topic runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import WITHOUT_HEADINGS

HERE = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    found = sorted(p.stem.removeprefix("bench_") for p in HERE.glob("bench_*.py"))
    unknown = sorted(set(wanted) - set(found))
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(unknown)}: choose among {', '.join(found)}")
    failed = 0
    environment = dict(os.environ)
    for name in wanted or found:
        failed |= subprocess.run([sys.executable, HERE / f"bench_{name}.py"], env=environment, check=False).returncode
        environment[WITHOUT_HEADINGS] = "1"
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
