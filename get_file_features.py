#!/usr/bin/env python3
"""Measure the duration of each media file of a manifest, and whether it has sound and picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from lib import cli
from lib.io.formats import counted

EXAMPLE = 'python get_file_features.py -in "tmp/films.csv" -dir "media/downloads/films/" -threads -1'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.WHOLE_FILES)
    cli.add_input(parser, None, "CSV table of media files; the columns are written into it")
    parser.flag("dir", None, "folder that the filenames are relative to", required=True)
    parser.flag("fk", "filename", "column that holds the filenames", kind=cli.column)
    parser.flag("dk", "duration", "column to write the durations into, in seconds", kind=cli.column)
    parser.switch("fast", "trust the container's header; by default every file is read to its end")
    cli.add_overwrite(parser, "also measure rows that have a duration")
    cli.add_threads(parser, 1)
    cli.add_strict(parser)
    cli.add_cluster(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.io.formats import hours
    from lib.tables.column_settings import check_settings, keep_settings
    from lib.tables.table import read_filled
    from lib.video.file_features import AUDIO_COLUMN, VIDEO_COLUMN, add_file_features

    if args.dk in (args.fk, AUDIO_COLUMN, VIDEO_COLUMN) or args.fk in (AUDIO_COLUMN, VIDEO_COLUMN):
        raise cli.UsageError("dk", f"{args.dk}: -fk and -dk need different columns, other than hasAudio and hasVideo")
    cli.table_to_write(args)
    names, flags, usual = (args.dk, AUDIO_COLUMN, VIDEO_COLUMN), {"fast": args.fast}, {"fast": False}
    if not args.overwrite:
        check_settings(read_filled(args.input), args.input, names, flags, usual)
    how = (args.fast, args.overwrite, args.threads, args.cluster)
    begin = partial(keep_settings, args.input, names, flags, usual)
    done = add_file_features(args.input, args.dir, args.fk, args.dk, *how, begin)
    parts = [f"{counted(done.files, 'file')} measured, {hours(done.seconds)} in all"]
    if done.bad:
        parts.append(f"{counted(len(done.bad), 'file')} could not be used")
    if done.skipped:
        parts.append(f"{counted(done.skipped, 'row')} already had a {args.dk}")
    if done.incomplete:
        parts.append(f"{done.incomplete:,} of these have no hasAudio or hasVideo (-overwrite measures them)")
    cli.say(f"{'; '.join(parts)} -> {args.input}")
    cli.report_changed(cli.program_name(), done.changed, "the measurement", f"empty their cells of {args.dk}")
    return cli.report_bad(cli.program_name(), done.bad, args.strict, done.partly)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
