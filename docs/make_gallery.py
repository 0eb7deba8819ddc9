#!/usr/bin/env python3
"""Run the commands of docs/compositions.md, and the short version of every composition: `make gallery`."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def commands() -> list[list[str]]:
    """Return the page's commands, and the examples of what it does not show, without the word python."""
    from compositions._flags import composition_names

    text = (ROOT / "docs" / "compositions.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("python ")]
    shown = {shlex.split(line)[1] for line in lines}
    for name in composition_names():
        if f"compositions/{name}.py" not in shown:
            lines.append(import_module(f"compositions.{name}").parser().example)
    return [shlex.split(line)[1:] for line in lines]


def main() -> int:
    """Run them; stop at the first that fails."""
    for words in commands():
        print(f"python {shlex.join(words)}", flush=True)
        status = subprocess.run([sys.executable, *words], cwd=ROOT, check=False).returncode
        if status:
            return status
    print("Done. Look at output/: all compositions.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
