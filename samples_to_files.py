#!/usr/bin/env python3
"""Write each sample of a table to a separate file, with instruments for samplers, labels and credits beside them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lib import cli
from lib.io.formats import after_the_end, counted, each_counted
from lib.tables.query_language import parse_filter, parse_sort

FORMATS = ("wav", "flac", "mp3", "ogg")
EXAMPLE = (
    'python samples_to_files.py -in "tmp/loud.csv" -dir "media/sample/" -sort "hz=asc" -lim 40 -out "output/samples/"'
)


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.WHOLE_FILES)
    cli.add_samples(parser, "table of samples: filename, start, dur (ms), and hz for their notes")
    parser.flag("out", "output/samples/", "folder to write, for this script alone", kind=cli.folder)
    parser.flag(
        "sort", "", "order of the samples, such as hz=asc; if omitted: the table's", kind=cli.parsed(parse_sort)
    )
    parser.flag("filter", "", "condition on the samples, such as dur>=100&clarity>20", kind=cli.parsed(parse_filter))
    parser.flag("lim", -1, "maximum number of samples: the first ones (-1: all)", kind=cli.limit)
    parser.flag("format", "wav", f"format of the files: {', '.join(FORMATS)}", choices=FORMATS)
    level = "level of every sample, in dBFS (RMS), such as -16; -9999: unchanged"
    parser.flag("mdb", -9999, level, kind=cli.integer)
    parser.switch("video", "also write each sample's segment of the film as mp4 (vstart, vdur; else start, dur)")
    cli.add_threads(parser, 1)
    cli.add_overwrite(parser, "write all files again, and replace edited ones and those of other settings")
    cli.add_strict(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.audio.effects import NOT_LEVELLED
    from lib.pack.pack import write_pack
    from lib.tables.queries import check_any, select
    from lib.tables.sample_rows import SAMPLE_COLUMNS
    from lib.tables.table import read_filled

    table = read_filled(args.input)
    table.require(*SAMPLE_COLUMNS)
    chosen = select(table, args.filter, args.sort)
    met = len(chosen)
    if args.lim > 0:
        chosen = chosen.take(range(min(args.lim, met)))
    check_any(len(chosen), table, args.filter, args.sort)
    level = None if args.mdb == NOT_LEVELLED else float(args.mdb)
    ending = f".{args.format}"
    done = write_pack(chosen, args.dir, args.out, ending, level, args.threads, args.overwrite, args.video)
    status = cli.report_bad(cli.program_name(), done.bad, args.strict, done.partly)
    films = f" and {counted(done.films, 'film segment')}" if args.video else ""
    left_out = {
        "there already": done.kept,
        "of length 0": done.empty,
        "of files that could not be used": done.unreadable,
        "brought below full scale": done.softer,
        "of earlier runs removed": done.removed,
        "left out by -filter or -sort": len(table) - met,
        "over -lim": met - len(chosen),
    }
    parts = [after_the_end(done.beyond), *each_counted(left_out)]
    notes = "".join(f", {part}" for part in parts if part)
    cli.say(f"{args.out}: {counted(done.written, 'sample')}{films} written{notes}")
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
