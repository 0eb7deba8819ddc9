#!/usr/bin/env python3
"""Find for each sample a segment of its film that is long enough to watch and contains no cut."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib import cli
from lib.cli.films import add_detector, kept_cuts
from lib.errors import MediaError
from lib.io.formats import after_the_end, counted

if TYPE_CHECKING:
    from lib.video.vsamples import VsamplesReport

LARGEST_SIDE = 8192
MOST_FPS = 1000
# The columns that it usually writes.
COLUMNS = ("vstart", "vdur")

# Flags that decide which segments are found, with their defaults.
USUAL: dict[str, object] = {
    "mdur": 256,
    "tdur": 1200,
    "vdur": 400,
    "detector": "adaptive",
    "fps": 30,
    "width": 320,
    "height": 240,
}

EXAMPLE = 'python samples_to_vsamples.py -in "tmp/clips.csv" -dir "media/sample/" -threads 2'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE)
    cli.add_samples(parser, "table of samples: filename, start, dur (ms)")
    parser.flag("out", "", "table to write; if omitted: the input file itself", kind=cli.optional_table)
    parser.flag("sname", COLUMNS[0], "column to write: start of the film segment, in ms", kind=cli.column)
    parser.flag("dname", COLUMNS[1], "column to write: length of the film segment, in ms", kind=cli.column)
    parser.flag("mdur", 256, "minimum length of a segment that ends at a cut, in ms", kind=cli.not_negative)
    window = "minimum length of the search window, in ms; the window is the smallest multiple of the sample's length "
    parser.flag("tdur", 1200, window + "that is at least this long", kind=cli.not_negative)
    parser.flag("vdur", 400, "maximum random extension of the window, in ms", kind=cli.not_negative)
    add_detector(parser)
    parser.flag("fps", 30, "with -detector mean: frames per second to examine", kind=cli.between(1, MOST_FPS))
    side = "with -detector mean: {} in which frames are compared, in pixels"
    parser.flag("width", 320, side.format("width"), kind=cli.between(1, LARGEST_SIDE))
    parser.flag("height", 240, side.format("height"), kind=cli.between(1, LARGEST_SIDE))
    cli.add_threads(parser, 1)
    cli.add_overwrite(parser, "find segments and cuts again for rows that have them")
    cli.add_strict(parser)
    cli.add_cluster(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    args.keeps = kept_cuts(args.detector)
    out = cli.table_to_write(args)
    names = (args.sname, args.dname)
    cli.check_new_columns("sname", names, own=COLUMNS)
    from lib.io.files import check_outputs
    from lib.tables.column_settings import check_settings, keep_settings
    from lib.tables.parts import Parts
    from lib.tables.sample_rows import media_of, read_samples
    from lib.tables.table import write_table
    from lib.video.scenes import SceneSettings
    from lib.video.vsamples import find_vsamples

    table = read_samples(args.input, out)
    looks = (args.fps, args.width, args.height)
    settings = SceneSettings(args.mdur, args.tdur, args.vdur, *looks, args.detector, args.overwrite)
    check_outputs([out], media_of(table, args.dir))
    flags = {name: getattr(args, name) for name in USUAL}
    if not args.overwrite:
        check_settings(table, args.input, names, flags, USUAL)
    parts = Parts(out)
    parts.check()
    if args.overwrite:
        parts.remove()
    found = find_vsamples(table, args.dir, names, settings, parts, args.overwrite, args.threads, args.cluster, out)
    cli.report_changed(cli.program_name(), found.changed, "the search", f"empty their cells of {args.sname}")
    status = cli.report_bad(cli.program_name(), found.bad, args.strict, found.partly)
    if found.bad and not (found.found or found.blind or found.kept):
        raise MediaError("none of its files can be read", args.input)
    if args.out or found.kept < len(table):
        keep_settings(out, names, flags, USUAL, args.input)
        write_table(table.with_columns(dict(zip(names, (found.starts, found.lengths)))), out)
    parts.remove()
    cli.say(summary(found, len(table), out, names))
    return status


def summary(found: VsamplesReport, rows: int, out: str, names: tuple[str, str]) -> str:
    """Return one line about what was done."""
    if found.kept == rows:
        return f"{out}: all {counted(rows, 'row')} already have {' and '.join(names)} (-overwrite finds them again)"
    counts = {
        "without a picture": found.blind,
        "already done": found.kept,
        "of files that could not be used": rows - found.found - found.blind - found.kept,
    }
    parts = [
        f"{counted(found.found, 'segment')} of film",
        *(f"{counted(count, 'sample')} {what}" for what, count in counts.items() if count),
        *([after_the_end(found.beyond)] if found.beyond else []),
    ]
    return f"{', '.join(parts)} -> {out}: {', '.join(names)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
