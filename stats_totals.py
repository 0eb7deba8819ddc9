#!/usr/bin/env python3
"""Print the totals and medians of a table's columns."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lib import cli
from lib.cli.pictures import present_columns
from lib.tables.query_language import parse_filter

PROPS, FILTER = "duration,samples", "samples>0&medianPower>0"

EXAMPLE = 'python stats_totals.py -in "tmp/films.csv"'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    cli.add_input(parser, None, "CSV table")
    parser.flag("props", PROPS, "columns, joined by commas; values of 0 or less are left out", kind=cli.columns)
    parser.flag("filter", FILTER, "rows to count, such as duration>=60&samples>0", kind=cli.parsed(parse_filter))
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.tables.table import read_filled
    from lib.tables.totals import totals

    table = read_filled(args.input)
    names = present_columns("props", args.props, table.columns, PROPS, args.input)
    cli.say(*totals(table, names, args.filter, optional=args.filter.text == FILTER))
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
