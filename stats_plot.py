#!/usr/bin/env python3
"""Draw two columns of a table against each other, or one column as a sorted curve."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import cli
from lib.cli.pictures import add_picture, picture_place
from lib.io.formats import counted
from lib.tables.query_language import parse_sort

PROPS = "power,hz"

EXAMPLE = 'python stats_plot.py -in "tmp/films.csv" -props "medianPower,medianClarity" -out "output/films_plot.png"'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    cli.add_input(parser, "tmp/samples.csv", "CSV table")
    props = "two columns (across, up), or one: its values in rising order, or in that of -sort"
    parser.flag("props", PROPS, props, kind=cli.one_or_two_columns)
    parser.flag("sort", "", "order of the rows, such as power=desc=0.75&clarity=desc", kind=cli.parsed(parse_sort))
    parser.flag("lim", -1, "maximum number of rows (-1: all): the first by -sort", kind=cli.limit)
    log = "base of logarithmic axes, 1: natural; 0: logarithmic only where the values span decades"
    parser.flag("log", 0, log, kind=cli.log_base)
    parser.flag("highlight", "", "column that gives the colours, with a legend")
    parser.flag("color", "", "same as -highlight (its name in the other stages)")
    add_picture(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.plots.figures import curve, scatter
    from lib.plots.output import save_or_show
    from lib.tables.queries import check_any, select
    from lib.tables.table import read_filled

    if args.highlight and args.color and args.highlight != args.color:
        raise cli.UsageError("color", f"{args.color!r} and -highlight {args.highlight!r}: give one of them")
    colours = args.highlight or args.color
    table = read_filled(args.input)
    names = args.props
    table.require(*names, *([colours] if colours else []))
    rows, whole = len(table), table
    table = select(table, order=args.sort, most=args.lim)
    check_any(len(table), whole, order=args.sort)
    if len(table) < rows:
        by = f"-lim {args.lim}" if len(table) == args.lim else f"-sort {args.sort.text}"
        cli.say(f"{len(table):,} of {counted(rows, 'row')}, the others left out by {by}")
    if len(names) == 1:
        figure = curve(table, names[0], args.log, colours, args.sort.text)
    else:
        figure = scatter(table, names[0], names[1], args.log, colours)
    with picture_place(args.out):
        cli.say(save_or_show(figure, args.out, f"output/{Path(args.input).stem}_{'_'.join(names)}.png", args.input))
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
