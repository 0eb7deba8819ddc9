#!/usr/bin/env python3
"""Make a browser page that shows and plays samples; it works from the disk, without a server or network."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import cli
from lib.errors import MediaError, one_line
from lib.io.formats import counted, each_counted

# Cells are 4 to 3, and small pictures a third of them: integer sizes need a multiple of this.
CELL_STEP = 12
LARGEST_CELL = 480
# kbit/s of the sound, if not what fits.
LEAST_KBPS, MOST_KBPS = 12, 256
PICTURE = cli.output((".png", ".svg"), "pictures", optional=True)
EXAMPLE = 'python samples_to_explorer.py -in "tmp/clips.csv" -dir "media/sample/" -out "output/explorer/" -threads 2'


def cell_width(word: str) -> int:
    """Read the width of a picture."""
    value = cli.between(CELL_STEP, LARGEST_CELL)(word)
    if value % CELL_STEP:
        raise argparse.ArgumentTypeError(f"{word}: give a multiple of {CELL_STEP}")
    return value


def bit_rate(word: str) -> int:
    """Read a bit rate in kbit/s, or 0."""
    value = cli.integer(word)
    if value and not LEAST_KBPS <= value <= MOST_KBPS:
        raise argparse.ArgumentTypeError(f"{word}: give {LEAST_KBPS} to {MOST_KBPS}, or 0 for what fits")
    return value


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.WHOLE_FILES)
    cli.add_samples(parser, "table of samples: filename, start, dur (ms), and the columns of -props")
    parser.flag("out", "output/explorer/", "folder to write: open its index.html in a browser", kind=cli.folder)
    props = "columns of the coordinates x and y, such as tsne,tsne2; the page also offers others that the table has"
    parser.flag("props", "gridX,gridY", props, kind=cli.two_columns)
    parser.flag(
        "meta", "", "manifest of the files: title, creator, date, licenseurl, url or identifier, shown as links"
    )
    parser.flag("picture", "", "also save the map as a picture: png or svg", kind=PICTURE)
    parser.flag("pwidth", 3840, "width of -picture in pixels", kind=cli.between(16, 30_000))
    parser.flag("title", "", "title of the page; if omitted: the table's name")
    cell = f"width of a sample's picture in pixels, a multiple of {CELL_STEP} up to {LARGEST_CELL}"
    parser.flag("cell", 96, cell, kind=cell_width)
    parser.flag(
        "quality", 60, "quality of the pictures (WebP), 1 to 100; less to stay below -mb", kind=cli.between(1, 100)
    )
    rate = f"bit rate of the sound (Opus) in kbit/s, {LEAST_KBPS} to {MOST_KBPS}; 0: 64, or less to stay below -mb"
    parser.flag("kbps", 0, rate, kind=bit_rate)
    parser.flag("mb", 80, "maximum size of the page in MB", kind=cli.between(1, 100_000))
    parser.flag("longest", 2000, "maximum length of a sample on the page, in ms", kind=cli.between(20, 60_000))
    cli.add_threads(parser, 1)
    cli.add_overwrite(parser, "rebuild everything, not only what changed")
    cli.add_strict(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.explorer.building import build, hold_page, total_seconds, unheard
    from lib.explorer.layouts import TIMES, has_place, in_order, placings, usual_columns
    from lib.explorer.material import NOTHING
    from lib.explorer.page import check_page, write_page
    from lib.explorer.picture import save_picture
    from lib.explorer.shares import Settings
    from lib.io.files import check_outputs
    from lib.tables.sample_rows import media_of
    from lib.tables.table import read_filled
    from lib.text.credits import credits_by_file

    table = read_filled(args.input)
    table.require("filename", "start", "dur")
    if not len(table):
        raise MediaError("there are no samples in this table", args.input)
    sources = credits_by_file(table.text("filename"), read_filled(args.meta)) if args.meta else {}
    if args.picture:
        check_outputs([args.picture], [args.input, args.meta, *media_of(table, args.dir)])
    wanted = args.props if "props" in args.given else usual_columns(table, args.props)
    if TIMES in table.columns and "props" not in args.given and not set(wanted) <= set(table.columns):
        table = in_order(table, TIMES)
    table.require(*wanted)
    ways = placings(table, wanted)
    check_page(args.out, args.overwrite)
    settings = Settings(args.cell, args.quality, args.kbps, args.longest, args.mb)
    with hold_page(args.out):
        built = build(table, args.dir, args.out, ways[0], settings, args.threads, args.overwrite)
        status = cli.report_bad(cli.program_name(), built.bad, args.strict, built.partly)
        if all(shown == NOTHING for shown in built.shown):
            raise MediaError("none of its files can be read", args.input)
        size = write_page(args.out, table, args.title or Path(args.input).stem, ways, built, settings.size, sources)
    counts = {
        "without a place": len(table) - int(has_place(table, *wanted).sum()),
        f"cut at -longest {args.longest} ms": int((table.numbers("dur") > args.longest).sum()),
        "of files that could not be used": built.shown.count(NOTHING),
    }
    parts = [*each_counted(counts), unheard(built, table)]
    notes = "".join(f", {part}" for part in parts if part)
    moves = f", loops of {built.loop.width}x{built.loop.height}" if built.loop else ""
    still = "" if built.loop or not built.films else f"; films do not move: no room for loops in -mb {args.mb}"
    sound = f"{total_seconds(built):.1f} s of sound at {built.kbps} kbit/s"
    cli.say(f"{counted(len(table), 'sample')}{notes}; {sound}{moves}{still}")
    if size > args.mb * 1e6:
        note = MediaError(
            f"larger than -mb {args.mb}: give fewer samples, or a lower -cell, -quality or -kbps", args.out
        )
        print(f"{cli.program_name()}: {one_line(note)}", file=sys.stderr)
    if args.picture:
        wide, high = save_picture(args.picture, args.out, table, ways[0], built, args.pwidth)
        cli.say(f"{args.picture}: {wide}x{high}")
    cli.say(f"{os.path.join(args.out, 'index.html')}: {size / 1e6:.1f} MB; open it in a browser")
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
