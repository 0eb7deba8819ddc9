#!/usr/bin/env python3
"""Rings of clips turn around the middle, one after the other; what comes to three o'clock sounds and flashes."""

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
    add_grids(p, "128x128", "32x32", "64x64")
    p.flag("beat", 1024, "length of a beat in ms: rings turn by one cell a beat", kind=cli.positive)
    p.flag(
        "bdivision",
        4,
        "a beat is halved so often: rings begin at 2^BDIVISION places in it",
        kind=halvings,
    )
    p.flag("roffset", 4, "beats from the start of the innermost ring to that of the next", kind=cli.not_negative)
    p.flag("volr", "0.25,1.0", "volume of a ring when it ends, and when it begins")
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.orbits import Orbits

    from lib.composing.pipeline import compose

    return compose(args, Orbits, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
