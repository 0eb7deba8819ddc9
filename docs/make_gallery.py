#!/usr/bin/env python3
"""Run the commands of the README's chapter about films, in its order: `make gallery`."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = "A film of thousands of clips"


def commands() -> list[list[str]]:
    """Return the chapter's commands, without the word python."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split(f"## {CHAPTER}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.M | re.S)
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
