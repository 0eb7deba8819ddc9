#!/usr/bin/env python3
"""A few clips play as a loop; then rows and columns slide past each other and bring new ones; and all slide back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli
from lib.cli.compositions import add_common, add_grids, halvings


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(__doc__)
    add_grids(p, "128x128", "64x64", "32x32")
    p.flag("count", 5, "how often a loop is played", kind=cli.positive)
    p.flag("bps", 8, "beats that a loop is played for", kind=cli.positive)
    p.flag("beat", 2048, "length of a beat in ms", kind=cli.positive)
    p.flag("bdivision", 3, "a beat is halved so often: 2^BDIVISION clips in a loop", kind=halvings)
    p.flag("transition", 4096, "ms that rows or columns slide between two loops", kind=cli.positive)
    p.flag("mos", 8, "cells by which those in the middle slide", kind=cli.positive)
    p.flag("volr", "0.5,0.75", "volume of soft plays, and of loud ones")
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.shuffle import Shuffle

    from lib.composing.pipeline import compose

    return compose(args, Shuffle, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
