#!/usr/bin/env python3
"""Make one film of many: compositions, films and titles, listed in a table, with crossfades, chapters and credits.

The table's column `piece` names a film, a Markdown file (a title), or a composition (such as waves), which is rendered
with the flags in its column `flags`, so that its clips run on from piece to piece.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lib import cli
from lib.cli.films import add_codec, check_codec, loudness
from lib.io.endings import FILM_ENDINGS

EXAMPLE = (
    'python make_sequence.py -in "titles/evening.csv" -crossfade 1000 -lufs -16 -credits "output/credits.md" '
    '-out "output/evening.mp4"'
)
# The flags that make a composition print its length, and those that make it render.
TO_MEASURE = ("-probe",)
TO_RENDER = ("-io", "{ms}", "-outframe", "", "-out", "{film}", "-overwrite")


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser((__doc__ or "").partition("\n")[0], EXAMPLE, keeps="")
    parser.flag("in", "", "table with a column piece; optional: title, seconds, crossfade (ms), flags")
    out = "film to write (.mp4, .m4v, .mov, .mkv)"
    parser.flag("out", "output/sequence.mp4", out, kind=cli.output(FILM_ENDINGS, "films"))
    parser.flag("crossfade", 0, "length of the crossfade between pieces, in ms", kind=cli.not_negative)
    lufs = "loudness of each piece in LUFS, such as -16; if omitted: the mean of all; true peaks are -1 dBTP at most"
    parser.flag("lufs", None, lufs, kind=loudness)
    parser.flag("credits", "", "Markdown file of closing credits, such as that of make_credits.py")
    add_codec(parser)
    parser.switch("probe", "only print the start of each piece and the total length")
    cli.add_overwrite(parser, "render the pieces and write the film again")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    if not args.input:
        raise cli.UsageError("in", "give a table with a column piece")
    check_codec(args.codec, args.out)
    if not args.probe:
        cli.keep_hold(args.out)
    from lib.video.sequence import SequenceSettings, make_sequence

    settings = SequenceSettings(
        float(args.crossfade), args.lufs, args.credits, to_measure=TO_MEASURE, to_render=TO_RENDER, codec=args.codec
    )
    make_sequence(args.input, args.out, settings, args.probe, args.overwrite, cli.say)
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
