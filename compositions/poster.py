#!/usr/bin/env python3
"""One picture of the clips on their way round, as in flow.py, with the text of a Markdown file over it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli
from lib.cli.compositions import add_common, add_grids

TEXTS = {
    "h1": "headings of the first order",
    "h2": "headings of the second order",
    "h3": "headings of the third order",
    "pg": "paragraphs",
    "li": "list items",
    "col": "the heads of a table's columns (its margin: between them)",
    "table": "tables",
}


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(__doc__)
    add_grids(p, "128x128", "128x128", "32x32")
    p.flag("tfile", "titles/main.md", "Markdown file with the text")
    p.flag("radius", 8.0, "radius of the circles, x the height of a cell", kind=cli.real)
    p.flag("freq", 2.4, "circles by which opposite corners are apart", kind=cli.real)
    p.flag("rot", 0.6, "how far clips have gone round, in turns", kind=cli.real)
    p.switch("bright", "leave the middle as bright as the rest")
    p.flag("fdir", "", "folder of fonts; empty: those we ship")
    p.flag("font", "", "file of the font in it; empty: Open Sans")
    p.flag("res", 1.0, "factor on all sizes of the text, which are pixels of a picture of 1920 x 1080", kind=cli.real)
    p.flag("align", "center", "of the lines: left, center or right")
    p.flag("color", "#FFFFFF", "of the text")
    p.flag("bg", "#000000", "of a soft shadow behind it; #00000000 for none")
    p.flag("maxw", 0.9, "lines are at most this part of the picture's width", kind=cli.real)
    p.flag("tyoffset", -0.02, "how far below the middle the text is, as a part of the height", kind=cli.real)
    p.flag("txoffset", 0.0, "how far to the right of the middle it is, as a part of the width", kind=cli.real)
    for name, what in TEXTS.items():
        p.flag(name, "", f"style of {what}, such as size=72&margin=0.3&lineHeight=1.2&letterWidth=1.2&font=My.ttf")
    add_common(p, out="picture to write (.png; the ending of a film is replaced by that)")
    return p


def run(args: argparse.Namespace) -> int:
    """Make the picture."""
    from lib.compositions.poster import Poster

    from lib.composing.pipeline import compose_picture

    return compose_picture(args, Poster, print)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
