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
    description = "Download the files of a table from the Internet Archive; a second run continues."
    parser = cli.Parser(description, EXAMPLE)
    cli.add_input(
        parser, "tmp/internet_archive_metadata.csv", "table of the files: a column of identifiers, and filename"
    )
    parser.flag("id", "identifier", "column of the archive's identifiers", kind=cli.column)
    parser.flag("limit", -1, "maximum number of rows: the first ones (-1: all)", kind=cli.limit)
    cli.add_threads(parser, 2)
    parser.flag("out", "media/downloads/internet_archive/", "folder to download into", kind=cli.folder)
    parser.switch("probe", "only print the files and bytes that are present and missing, and the free space")
    again = "download existing files again, restart partial ones, and retry those that the archive refused"
    cli.add_overwrite(parser, again)
    parser.flag("host", "https://archive.org", "address of the archive", kind=cli.address)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from tqdm import tqdm

    from lib.archive.answers import size_of
    from lib.archive.client import Archive
    from lib.archive.downloads import Downloads, forecast, free_space
    from lib.archive.plan import plan_files
    from lib.parallel.jobs import worker_count
    from lib.tables.table import read_filled

    workers, program = worker_count(args.threads), cli.program_name()
    table = read_filled(args.input)
    table.require(args.id, hint="-id names the column with the archive's identifiers")
    table.require("filename")
    rows = len(table) if args.limit < 0 else min(args.limit, len(table))
    if not rows:
        cli.say(f"{args.input}: has no rows: there is nothing to download")
        return cli.EXIT_DONE
    items, names = table.text(args.id)[:rows], table.text("filename")[:rows]

    def notify(line: str) -> None:
        tqdm.write(f"{program}: {line}", file=sys.stderr)

    with Archive(args.host, workers, notify) as archive:
        if args.probe:
            plan = plan_files(items, names, args.out, args.input)
            told = table.text("size")[:rows] if "size" in table.columns else [""] * rows
            by_row = {(item, name): size_of(size) for item, name, size in zip(items, names, told)}
            sizes = {file: size for file in plan.wanted if (size := by_row[file.item, file.name]) is not None}
            seen = forecast(archive, plan, args.out, workers, sizes)
            cli.say(f"{args.out}: {seen.text(free_space(args.out))}")
            return cli.report_bad(program, seen.failed, strict=True)
        with Downloads(args.out) as downloads:
            try:
                downloads.fetch(archive, plan_files(items, names, args.out, args.input), workers, args.overwrite)
            finally:
                cli.say(f"{args.out}: {downloads.summary}")
                status = cli.report_bad(program, downloads.summary.failed, strict=True)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script with these arguments (the command line's if None); return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
