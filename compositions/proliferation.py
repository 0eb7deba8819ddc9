#!/usr/bin/env python3
"""Clips light up one after the other, from the middle of the grid outwards, ring after ring, while the view widens."""

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
    add_grids(p, "128x128", "16x16", "128x128")
    p.flag("bstep", 4096, "step s lasts 4 x BSTEP / s ms", kind=cli.positive)
    p.flag("mci", 16, "at least this many ms from one clip that is heard to the next", kind=cli.positive)
    p.flag("rw", 1, "each step chooses its clips from this many rings", kind=cli.positive)
    p.flag("kfd", "tsne,tsne2", "columns that say how alike clips are: in that order the clips of a step play")
    p.flag("volr", "0.25,1.0", "volume of the last step, and of the first")
    p.flag("cscale", 1.1, "accepted for old command lines; no effect", kind=float)
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.proliferation import Proliferation

    from lib.composing.pipeline import compose

    return compose(args, Proliferation, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
