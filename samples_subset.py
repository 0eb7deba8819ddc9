#!/usr/bin/env python3
"""Select samples of a collection: the best or a random choice of each media file, then the best of all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lib import cli
from lib.io.formats import counted
from lib.tables.query_language import parse_filter, parse_sort

FILTER = "samples>0"

EXAMPLE = (
    'python samples_subset.py -in "tmp/films.csv" -dir "tmp/films/" -filter "samples>0&medianPower>0.5" '
    '-ffilter "power>0.5" -fsort "power=desc=0.75&clarity=desc" -flim 100 -out "tmp/subset.csv"'
)


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    cli.add_input(parser, "tmp/*.csv", 'CSV table of media files, or a quoted pattern of sample tables ("tmp/*.csv")')
    parser.flag("dir", "tmp/", "folder of the sample tables of -in's files, each FILENAME.csv")
    parser.flag("out", "tmp/combined_samples.csv", "table to write", kind=cli.table)
    parser.flag("sort", "", "order of the media files, such as medianPower=desc=0.5", kind=cli.parsed(parse_sort))
    files = "condition on the media files; ignored if -in has no such column"
    parser.flag("filter", FILTER, files, kind=cli.parsed(parse_filter))
    parser.flag(
        "lim",
        -1,
        "maximum number of samples in total (-1: all), by -fsort; without -flim an even share per file",
        kind=cli.limit,
    )
    order = "order of the samples, such as power=desc=0.75&clarity=desc"
    parser.flag("fsort", "", order, kind=cli.parsed(parse_sort))
    samples = "condition on the samples, such as power>0.5&dur>=100"
    parser.flag("ffilter", "", samples, kind=cli.parsed(parse_filter))
    parser.flag("flim", -1, "maximum number of samples per media file (-1: all), by -fsort", kind=cli.limit)
    parser.switch("probe", "only print the number of samples")
    parser.switch("shuffle", "choose randomly within each file (seeded), not by -fsort")
    cli.add_strict(parser)
    cli.add_threads(parser, -1)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.io.files import check_outputs
    from lib.tables.choice import Choice
    from lib.tables.sample_sources import NoManifestError, blacklist_path, find_sources
    from lib.tables.subset import pick_samples

    if not args.probe:
        cli.keep_hold(args.out)
    chosen = (args.filter, args.sort, args.filter.text == FILTER)
    try:
        source = find_sources(args.input, args.dir, "" if args.probe else args.out, *chosen)
    except NoManifestError as error:
        raise cli.UsageError("sort" if args.sort else "filter", f"{error} (samples: by -ffilter and -fsort)") from None
    check_outputs([args.out], [args.input, blacklist_path(args.input), *source.paths] if not args.probe else [])
    choice = Choice(args.ffilter, args.fsort, args.flim, args.lim, args.shuffle, source.by_name)
    done = pick_samples(source.paths, choice, args.threads, "" if args.probe else args.out)
    for note in source.notes:
        cli.say(note)
    further = f"; {counted(done.twice, 'further row')} left out: these samples are in several tables"
    twice = further if done.twice else ""
    cli.say(f"{counted(done.samples, 'sample')} of {counted(done.files, 'file')}{twice}")
    if args.ffilter:
        cli.say(f"{done.met:,} meet -ffilter {args.ffilter.text}")
    if done.of_files < done.met:
        cli.say(f"{done.of_files:,} within the limit per file")
    cli.say(f"{done.kept:,} chosen" + ("" if args.probe else f" -> {args.out}"))
    return cli.report_bad(cli.program_name(), source.bad_of(done.missing, done.problems), args.strict)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
