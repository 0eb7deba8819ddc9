#!/usr/bin/env python3
"""List the media files of a folder of your own: one row of metadata per file, as a collection to start from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lib import cli
from lib.io.formats import counted

EXAMPLE = 'python scrapers/local/folder_to_metadata.py -in "media/sample/" -out "tmp/own.csv"'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__ or "", EXAMPLE, keeps="")
    cli.add_input(parser, None, "folder of media files, with its subfolders")
    parser.flag("out", "tmp/folder_metadata.csv", "table to write", kind=cli.table)
    parser.flag(
        "format", "", "only files with this extension (case-insensitive), such as .mp4; if omitted: all media files"
    )
    cli.add_overwrite(parser, "list all files again, and replace an existing table")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    cli.keep_hold(args.out)
    from lib.io.progress import human
    from lib.video.folder_manifest import add_folder

    done = add_folder(args.input, args.out, args.format, args.overwrite)
    notes = "".join(f"; {note}" for note in done.notes())
    cli.say(f"{args.out}: {counted(done.rows, 'file')}, {done.new} of them new ({human(done.size)}){notes}")
    return cli.report_bad(cli.program_name(), done.bad, strict=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script with these arguments (the command line's if None); return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
