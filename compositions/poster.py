#!/usr/bin/env python3
"""One picture of the clips on their circles, as in flow.py, with the text of a Markdown file over it.

Where docs/compositions.md is silent: the darkness of a clip depends on its position, not on that of its cell, so that
the middle, with the text, is dark with any `-radius`. The clips show the pictures at `-io` ms after their
beginnings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import cli  # first, for it says which packages are missing

# isort: split
import numpy as np

from compositions._flags import (
    FILM_ENDINGS,
    add_common,
    add_grids,
    composition_parser,
    make,
    own_flags,
    start,
)
from lib.composing.composition import Composition
from lib.composing.layout import Layout, Picture, circled
from lib.composing.score import score_of
from lib.math.easing import cubic, mix

if TYPE_CHECKING:
    from lib.text.title_style import TitleStyle

# A short version, on a grid of 16 x 16.
EXAMPLE = "-grid0 16x16 -grid1 16x16 -radius 2"
ALIGNMENTS = ("left", "center", "right")
STYLE_FLAGS = ("fdir", "font", "res", "rr", "align", "color", "bg", "maxw", "tyoffset", "txoffset")
TEXTS = {
    "h1": "level-1 headings",
    "h2": "level-2 headings",
    "h3": "level-3 headings",
    "pg": "paragraphs",
    "li": "list items",
    "col": "column headings (margin: the gap between columns)",
    "table": "tables",
}
MOST_SIZE = 100.0
# That of lib.text.title_style, which is imported when it is needed.
MOST_FINE = 4.0


def parser() -> cli.Parser:
    """Return the command line."""
    parser = composition_parser(__file__, __doc__, EXAMPLE, ".png")
    add_grids(parser, "128x128", "128x128", "32x32")
    parser.flag("tfile", "titles/main.md", "Markdown file with the text", kind=cli.file_name)
    parser.flag("radius", 8.0, "radius of the circles, in heights of a cell", kind=cli.real)
    parser.flag("freq", 2.4, "turns between opposite corners", kind=cli.real)
    parser.flag("rot", 0.6, "position of the clips on their circles, in turns", kind=cli.real)
    parser.switch("bright", "leave the middle as bright as the rest")
    parser.flag("fdir", "", "folder of fonts; if omitted: the included one")
    parser.flag("font", "", "font file in it; if omitted: Open Sans")
    size = "scale of the text, relative to a picture of 1920x1080"
    parser.flag("res", 1.0, size, kind=cli.above(0.0, MOST_SIZE))
    fine = "draw the text this many times as large, and reduce it: letters are placed more finely"
    parser.flag("rr", 1.0, fine, kind=cli.real_between(1.0, MOST_FINE))
    parser.flag("align", "center", "alignment of the lines: left, center or right", choices=ALIGNMENTS)
    parser.flag("color", "#FFFFFF", "colour of the text", kind=cli.parsed(colour))
    parser.flag("bg", "#000000", "colour of the text's soft shadow; #00000000: none", kind=cli.parsed(colour))
    parser.flag("maxw", 0.9, "maximum width of a line, as a fraction of the picture's", kind=cli.above(0.0, 1.0))
    offset = cli.real_between(-1.0, 1.0)
    parser.flag("tyoffset", -0.02, "offset of the text downwards, as a fraction of the height", kind=offset)
    parser.flag("txoffset", 0.0, "offset of the text to the right, as a fraction of the width", kind=offset)
    for name, what in TEXTS.items():
        style = f"style of {what}, such as size=72&margin=0.3&lineHeight=1.2&letterWidth=1.2&font=My.ttf"
        parser.flag(name, "", style, kind=cli.parsed(text_style))
    out = "picture to write (.png; the extension of a film is replaced by that)"
    add_common(parser, out, (".png", *FILM_ENDINGS), "pictures and films")
    return parser


def colour(word: str) -> str:
    """Return the name of a colour, checked."""
    from lib.text.title_style import color_of

    color_of(word)
    return word


def text_style(word: str) -> str:
    """Return the query of a style, checked."""
    from lib.text.title_style import settings_of

    settings_of(word)
    return word


class Poster(Composition):
    """See above."""

    def compose(self, *, tfile: str, radius: float, freq: float, rot: float, bright: bool, style: TitleStyle) -> None:
        """Read the text, and compute the positions of the clips."""
        from lib.text.titles import lay_out, read_titles

        self.text, self.style = read_titles(tfile), style
        # A text that is too large is noticed here, before any work.
        lay_out(self.text, style, self.settings.width, self.settings.height)
        self.radius, self.turns, self.bright = radius, rot - self.clips.diagonal * freq, bright
        self.score, self.end_ms = score_of(self.clips, np.zeros(0, np.int64), 0.0, 0.0), 0.0

    def layout(self, ms: float) -> Layout:
        """Return the layout of the clips, the same at any time."""
        shown = circled(self.cells, self.radius, self.turns).zoomed(self.zoom(1.0), self.cells)
        if self.bright:
            return replace(shown, brightness=self.high)
        right = (shown.x + shown.width / 2) / self.cells.width - 0.5
        down = (shown.y + shown.height / 2) / self.cells.height - 0.5
        return replace(shown, brightness=mix((self.low, self.high), cubic(np.hypot(right, down))))

    def finish(self, picture: Picture, ms: float) -> Picture:
        """Return the picture with the text over it."""
        from lib.text.titles import draw_titles

        return draw_titles(picture, self.text, self.style)


def flags_of(args: argparse.Namespace) -> dict[str, Any]:
    """Return the composition's own flags, those of the text as one style."""
    from lib.text.title_style import title_style

    flags = own_flags(args)
    style = title_style(**{name: flags.pop(name) for name in (*STYLE_FLAGS, *TEXTS)})
    return {**flags, "style": style}


def letters_without_font(args: argparse.Namespace) -> str:
    """Return a line about letters of the text that no font has ("": there are none)."""
    from lib.text.missing import without_font
    from lib.text.titles import read_titles

    style = flags_of(args)["style"]
    return without_font([read_titles(args.tfile)], [text.regular for text in style.text.values()])


def run(args: argparse.Namespace) -> int:
    """Make the picture."""
    if args.ao:
        raise cli.UsageError("ao", "this is a picture, and has no sound: leave that flag out")
    named, args.out = args.out, str(Path(args.out).with_suffix(".png"))
    is_unnamed = args.out != named and not args.probe
    if is_unnamed:
        from lib.io.stamps import check_free

        check_free(args.out, overwrite=args.overwrite)
    status = make(Poster, args, flags_of(args), still=True)
    if not args.probe and (note := letters_without_font(args)):
        cli.say(note)
    if is_unnamed:
        from lib.io.stamps import put_stamp

        put_stamp(args.out, named)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the composition with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(start(__file__))
