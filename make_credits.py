#!/usr/bin/env python3
"""Write the sources of a table, with title, creator, date, licence and address: as Markdown or as a rolling film.

The table is one of samples, or the cue sheet of a film; a quoted pattern means several.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import cli
from lib.cli.films import rate
from lib.io.endings import FILM_ENDINGS

MARKDOWN = (".md", ".markdown", ".txt")
EXAMPLE = 'python make_credits.py -in "tmp/clips.csv" -meta "media/sample/films.csv" -out "output/credits.md"'
MOST_SECONDS, MOST_SIZE = 600.0, 100.0


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser((__doc__ or "").partition("\n")[0], EXAMPLE, keeps="")
    cli.add_input(parser, "tmp/samples.csv", "table with a column filename (samples, a cue sheet), or a quoted pattern")
    parser.flag("meta", "", "manifest with title, creator, date, licenseurl, identifier; if omitted: the table itself")
    out = "file to write: Markdown (.md, .markdown, .txt), or a film (.mp4, .m4v, .mov, .mkv)"
    parser.flag("out", "output/credits.md", out, kind=cli.output((*MARKDOWN, *FILM_ENDINGS), "credits"))
    parser.flag("heading", "Sources", "heading of the credits")
    parser.flag("width", 1920, "width of the film in pixels", kind=cli.positive)
    parser.flag("height", 1080, "height of the film in pixels", kind=cli.positive)
    parser.flag("fps", "24", "pictures per second, such as 25 or 30000/1001", kind=rate)
    seconds = "time that a line takes to cross the picture, in seconds"
    parser.flag("seconds", 12.0, seconds, kind=cli.above(0.0, MOST_SECONDS))
    size = "scale of the letters, relative to a picture of 1920x1080"
    parser.flag("res", 1.0, size, kind=cli.above(0.0, MOST_SIZE))
    cli.add_overwrite(parser, "replace existing credits, even edited ones")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    cli.keep_hold(args.out)
    from lib.video.credits import RollSettings, make_credits

    roll = RollSettings((args.width, args.height), args.fps, args.seconds, args.res)
    is_film = Path(args.out).suffix.lower() in FILM_ENDINGS
    cli.say(make_credits(args.input, args.meta, args.out, args.heading, roll if is_film else None, args.overwrite))
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
