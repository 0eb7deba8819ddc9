#!/usr/bin/env python3
"""Every clip circles its place, a little later than its neighbour: currents grow out of the grid, and calm down."""

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
    add_grids(p, "128x128", "128x128", "128x128")
    p.flag("volr", "0.4,0.6", "volume of a clip where its circle begins, and of one halfway round")
    p.flag("radius", 4.0, "radius of the largest circles, x the height of a cell", kind=cli.real)
    p.flag("freq", "2.0,2.0", "circles by which opposite corners are apart: when the circles are small, and largest")
    p.flag("rdur", 8000, "ms that one rotation takes", kind=cli.positive)
    p.flag("rot", 8, "number of rotations", kind=cli.positive)
    p.flag("ctp", 512, "number of clips that are heard: the brightest", kind=cli.positive)
    p.flag("pdur", 8000, "ms that each of them is drawn out to", kind=cli.positive)
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.flow import Flow

    from lib.composing.pipeline import compose

    return compose(args, Flow, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
