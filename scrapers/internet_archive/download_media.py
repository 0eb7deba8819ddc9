"""Download the media files that a table from download_metadata.py lists."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lib import cli

EXAMPLE = (
    'python scrapers/internet_archive/download_media.py -in "tmp/films.csv" -out "media/downloads/films/" -threads 2'
)


def parser() -> cli.Parser:
    """Return the command line."""
    description = "Download the files of a table from the Internet Archive; run again, it goes on where it was."
    flags = cli.Parser(description, EXAMPLE)
    flags.flag("in", "tmp/internet_archive_metadata.csv", "table of the files: a column of identifiers, and filename")
    flags.flag("id", "identifier", "column that holds the archive's identifiers of the items", kind=cli.column)
    flags.flag("limit", -1, "only the first rows, at most this many (-1: all)", kind=cli.limit)
    cli.add_threads(flags, 2)
    flags.flag("out", "media/downloads/internet_archive/", "folder to download into")
    cli.add_overwrite(flags, "download files again that are there, and start over those that are there in part")
    flags.flag("host", "https://archive.org", "address of the archive", kind=cli.address)
    return flags


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from tqdm import tqdm

    from lib.archive.client import Archive
    from lib.archive.downloads import Downloads
    from lib.parallel.jobs import worker_count
    from lib.tables.table import read_table

    workers, program = worker_count(args.threads), cli.program_name()
    table = read_table(args.input)
    table.require(args.id, hint="-id names the column with the archive's identifiers")
    table.require("filename")
    rows = len(table) if args.limit < 0 else min(args.limit, len(table))
    if not rows:
        print(f"{args.input}: has no rows: there is nothing to download")
        return cli.EXIT_DONE

    def notify(line: str) -> None:
        tqdm.write(f"{program}: {line}", file=sys.stderr)

    with Archive(args.host, workers, notify) as archive, Downloads(args.out, args.input) as downloads:
        wanted = downloads.plan(table.text(args.id)[:rows], table.text("filename")[:rows])
        try:
            downloads.fetch(archive, wanted, workers, args.overwrite)
        finally:
            print(f"{args.out}: {downloads.summary}")
            status = cli.report_bad(program, downloads.summary.failed, strict=True)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script with these arguments (the command line's if None); return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
