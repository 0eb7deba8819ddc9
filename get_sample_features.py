#!/usr/bin/env python3
"""Summarise each media file's sample table in the manifest: number of samples and medians."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lib import cli
from lib.io.formats import counted

EXAMPLE = 'python get_sample_features.py -in "tmp/films.csv" -dir "tmp/films/"'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    cli.add_input(parser, None, "CSV table of media files")
    parser.flag("dir", None, "folder of the sample tables, each FILENAME.csv", required=True)
    parser.flag("out", "", "table to write; if omitted: the -in table itself", kind=cli.optional_table)
    cli.add_threads(parser, 3)
    cli.add_strict(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.io.files import check_outputs
    from lib.tables.sample_summaries import add_sample_features

    out = cli.table_to_write(args)
    check_outputs([out], [])
    done = add_sample_features(args.input, args.dir, out, args.threads)
    cli.say(f"{counted(done.samples, 'sample')} of {done.files:,} of {counted(done.rows, 'row')} -> {out}")
    for name, count in done.lacking.items():
        cli.say(
            f"{name} is -1 in {counted(count, 'row')}, whose sample tables lack the column: "
            "audio_to_samples.py -features adds it"
        )
    return cli.report_bad(cli.program_name(), done.bad, args.strict, done.partly)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
