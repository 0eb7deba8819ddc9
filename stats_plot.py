#!/usr/bin/env python3
"""Draw two columns of a table against each other, or one column as a sorted curve."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import cli
from lib.cli import pictures as picture_flags

PROPS = "power,hz"


def parser() -> cli.Parser:
    """Return the command line."""
    flags = cli.Parser(__doc__)
    flags.flag("in", "tmp/samples.csv", "CSV table")
    flags.flag("props", PROPS, "two columns (across, up), or one: its values in rising order, or in that of -sort")
    flags.flag("sort", "", "order of the rows, such as power=desc=0.75&clarity=desc")
    flags.flag("lim", -1, "rows at most: the first by -sort", kind=cli.limit)
    log = "base of logarithmic axes, 1 for a natural one; 0: only where the values call for one"
    flags.flag("log", 0, log, kind=picture_flags.log_base)
    flags.flag("highlight", "", "column that gives the colours, with a legend")
    flags.flag("out", "", "picture to save: png, svg or pdf; left out: a window, or output/ if there is no display")
    return flags


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.errors import MediaError
    from lib.plots.figures import curve, scatter
    from lib.plots.output import save_picture, show_or_save
    from lib.tables.queries import select
    from lib.tables.table import read_table

    table = read_table(args.input)
    if not len(table):
        raise MediaError("the table has no rows", args.input)
    names = [name.strip() for name in args.props.split(",")]
    if not all(names) or len(names) > 2:
        raise MediaError(f"-props {args.props}: give one column, or two joined by a comma")
    table.require(*names, *([args.highlight] if args.highlight else []))
    table = select(table, sort_query=args.sort, most=args.lim)
    if len(names) == 1:
        figure = curve(table, names[0], args.log, args.highlight, args.sort)
    else:
        figure = scatter(table, names[0], names[1], args.log, args.highlight)
    if args.out:
        print(save_picture(figure, args.out))
    else:
        print(show_or_save(figure, f"output/{Path(args.input).stem}_{'_'.join(names)}.png"))
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
