#!/usr/bin/env python3
"""The grid slides upwards and from side to side, ever faster, and clips fall out of its middle and return."""

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
    p.flag("maxcd", 16, "how far the grid swings: at most a quarter of so many cells", kind=cli.not_negative)
    p.flag("waves", 4, "how often it swings, in each half", kind=cli.not_negative)
    p.flag("gridc", 2, "how often the whole grid goes by", kind=cli.not_negative)
    p.flag("duration", 180, "how long the grid moves, in seconds", kind=cli.positive)
    p.flag("translate", 0.5, "how far a clip is thrown: x its height sideways, x twice its height down", kind=cli.real)
    p.flag("rotate", 12.0, "how far a clip turns, in degrees", kind=cli.real)
    p.flag("prad", 8.0, "clips that come so near to the middle, in cells, are touched", kind=cli.at_least_0)
    p.flag("volr", "0.25,0.8", "volume of what is touched from afar or slowly, and of what is hit")
    p.flag("dpdur", 1000, "ms at the beginning in which nothing is heard", kind=cli.not_negative)
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.falling import Falling

    from lib.composing.pipeline import compose

    return compose(args, Falling, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
