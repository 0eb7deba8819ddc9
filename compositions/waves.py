#!/usr/bin/env python3
"""Waves run through the grid from its middle: each clip is pushed outwards, grows and brightens, and comes back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli
from lib.cli.compositions import add_common, add_grids


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(__doc__)
    add_grids(p, "128x128", "128x128", "32x32")
    p.flag("translate", 0.8, "how far a clip is pushed, x the smaller side of its cell", kind=cli.real)
    p.flag("scale", 1.5, "how large a clip grows, x its size", kind=cli.at_least_0)
    p.flag("steps", 8, "number of waves", kind=cli.positive)
    p.flag("wd", 16000, "ms that a wave takes to reach the last clip", kind=cli.positive)
    p.flag("bd", 12000, "ms from one wave's beginning to the next", kind=cli.positive)
    p.flag("volr", "0.3,0.9", "volume of the softest plays, and of the loudest")
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.waves import Waves

    from lib.composing.pipeline import compose

    return compose(args, Waves, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
