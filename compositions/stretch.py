#!/usr/bin/env python3
"""The clips of the middle row stretch to the height of the picture, pair after pair, in sound too, and shrink back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli
from lib.cli.compositions import add_common, add_grids, fraction


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(__doc__)
    add_grids(p, "128x128", "32x32", "128x128")
    p.flag("volr", "0.25,0.6", "volume of the last repeats of a clip, and of the first ones of the middle pair")
    p.flag("sdur", 16384, "ms in which a clip stretches", kind=cli.positive)
    p.flag("stms", 8192, "ms that the last repeat of a clip's sound is drawn out to", kind=cli.positive)
    p.flag("step", 2048, "ms from one pair to the next", kind=cli.not_negative)
    p.flag("tba", 0.5, "the first pair shrinks back after this part of the whole", kind=fraction)
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.stretch import Stretch

    from lib.composing.pipeline import compose

    return compose(args, Stretch, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
