#!/usr/bin/env python3
"""Print the totals and medians of a table's columns."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lib import cli
from lib.cli import pictures as picture_flags

PROPS, FILTER = "duration,samples", "samples>0&medianPower>0"


def parser() -> cli.Parser:
    """Return the command line."""
    flags = cli.Parser(__doc__)
    flags.flag("in", None, "CSV table", required=True)
    flags.flag("props", PROPS, "columns, joined by commas; values of 0 or less are left out")
    flags.flag("filter", FILTER, "rows to count")
    return flags


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.tables.table import read_table
    from lib.tables.totals import totals

    table = read_table(args.input)
    names = picture_flags.column_names(args.props, table.columns, default=PROPS)
    print(totals(table, names, args.filter, optional=args.filter == FILTER))
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
