#!/usr/bin/env python3
"""Run the commands of docs/compositions.md, in their order: `make gallery`."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "compositions.md"


def commands() -> list[list[str]]:
    """Return the page's commands, without the word python."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("python ")]
    return [shlex.split(line)[1:] for line in lines]


def main() -> int:
    """Run them; stop at the first that fails."""
    for words in commands():
        print(f"python {shlex.join(words)}", flush=True)
        status = subprocess.run([sys.executable, *words], cwd=ROOT, check=False).returncode
        if status:
            return status
    print("Done. Look at output/: nine compositions.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
