#!/usr/bin/env python3
"""The picture is sliced: its rows of pixels slide to the left and right, while two columns play up and down."""

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
    p.flag("volr", "0.25,1.0", "volume at the lower edge, and at the upper edge halfway")
    p.flag("crange", "64000,96000", "ms that the rows in the middle take for a cycle, and those at the edges")
    p.flag("cycles", 1, "how many widths of the picture the rows slide", kind=cli.positive)
    p.flag("cdur", 128, "at most this many ms of a clip's sound are heard, drawn out", kind=cli.positive)
    p.flag("mstep", 64, "at least this many ms from one clip of a column to the next", kind=cli.positive)
    p.flag("cprange", "8000,2000", "ms that a column takes to play once up or down, at the beginning and at the end")
    p.flag("srange", "12.0,18.0", "how much longer sounds are drawn out, at the beginning and at the end")
    add_common(p)
    return p


def run(args: argparse.Namespace) -> int:
    """Make the piece."""
    from lib.compositions.splice import Splice

    from lib.composing.pipeline import compose

    return compose(args, Splice, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
