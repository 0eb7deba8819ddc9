#!/usr/bin/env python3
"""Draw histograms of a table's columns."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import cli
from lib.cli.pictures import add_picture, picture_place, present_columns

PLOT = "power,dur,clarity,hz,note,octave"

EXAMPLE = (
    'python stats_histogram.py -in "tmp/films.csv" -plot "duration,samples,medianPower,medianHz" '
    '-out "output/films_histogram.png"'
)


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    cli.add_input(parser, "tmp/samples.csv", "CSV table")
    parser.flag("bins", 50, "maximum number of bars of a histogram", kind=cli.positive)
    parser.flag("ncols", 3, "histograms per row", kind=cli.positive)
    parser.flag("fig", "16,8", "width and height of the picture in inches", kind=cli.inches)
    parser.flag("plot", PLOT, "columns, joined by commas", kind=cli.columns)
    parser.flag("color", "", "column that colours parts of the bars, with a legend")
    add_picture(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.errors import MediaError
    from lib.plots.histograms import histograms
    from lib.plots.output import save_or_show
    from lib.tables.table import read_filled

    table = read_filled(args.input)
    if not len(table):
        raise MediaError("the table has no rows", args.input)
    names = present_columns("plot", args.plot, table.columns, PLOT, args.input)
    if args.color:
        table.require(args.color)
    figure = histograms(table, names, args.bins, args.ncols, args.fig, args.color)
    with picture_place(args.out):
        cli.say(save_or_show(figure, args.out, f"output/{Path(args.input).stem}_histogram.png", args.input))
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
