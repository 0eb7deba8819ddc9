"""Search the Internet Archive: one row of metadata per item, with the name of the media file to download."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lib import cli
from lib.errors import MediaError

KEYS = "date,description,identifier,item_size,publicdate,subject,title,creator,licenseurl"
EXAMPLE = (
    "python scrapers/internet_archive/download_metadata.py "
    '-query "collection:(prelingerhomemovies) AND mediatype:(movies)" -rows 100 -out "tmp/films.csv"'
)


def field_names(word: str) -> tuple[str, ...]:
    """Read the names of fields, joined by commas; empty ones, and those that are there twice, do not count."""
    names = tuple(dict.fromkeys(name.strip() for name in word.split(",") if name.strip()))
    if not names:
        raise argparse.ArgumentTypeError(f"{word!r}: give fields joined by commas, such as identifier,title")
    return names


def parser() -> cli.Parser:
    """Return the command line."""
    flags = cli.Parser(
        "Search the Internet Archive and write a table of what it finds, for download_media.py.", EXAMPLE
    )
    flags.flag(
        "query",
        "collection:(prelingerhomemovies) AND mediatype:(movies)",
        "what to search for, in the syntax of https://archive.org/advancedsearch.php",
    )
    flags.flag("keys", KEYS, "metadata fields that become columns, joined by commas", kind=field_names)
    flags.flag("sort", "downloads desc", "order of the items: a field, and asc or desc")
    flags.flag("format", ".mp4", "ending of the media files to list (in any case); of each item the largest one")
    flags.switch("multi", "list all such files of each item, one row each")
    flags.flag("rows", 100, "at most this many items (-1: all that are found)", kind=cli.limit)
    flags.flag("out", "tmp/internet_archive_metadata.csv", "table to write")
    cli.add_overwrite(flags, "search again, and replace a table that is there")
    flags.flag("host", "https://archive.org", "address of the archive", kind=cli.address)
    cli.add_threads(flags, 2)
    return flags


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from tqdm import tqdm

    from lib.archive.client import Archive
    from lib.archive.search import Search, collect, finish, open_journal
    from lib.parallel.jobs import worker_count

    workers, program = worker_count(args.threads), cli.program_name()
    keys = args.keys
    search = Search(args.host, args.query, keys, args.sort, args.format, args.multi, args.rows)

    def notify(line: str) -> None:
        tqdm.write(f"{program}: {line}", file=sys.stderr)

    with Archive(search.host, workers, notify) as archive:
        journal = open_journal(args.out, search, args.overwrite)
        if journal is None:
            print(f"{args.out}: is there already, from the same search (-overwrite: search again)")
            return cli.EXIT_DONE
        with journal:
            catalogue = collect(archive, search, journal, workers)
            table = finish(catalogue, journal, args.out)
    lacking, dark = catalogue.left_out()
    print(
        f"{args.out}: {len(table)} rows from {len(catalogue.items)} items; left out: {lacking} without a "
        f"{args.format} file, {dark} that the archive does not show"
    )
    if "identifier" not in keys:
        notify("the table has no identifier column, which download_media.py needs: add identifier to -keys")
    if catalogue.failed:
        cli.report_bad(program, [(f"item {item}", reason) for item, reason in catalogue.failed], strict=True)
        lost = f"{len(catalogue.failed)} of {len(catalogue.items)} items"
        raise MediaError(f"lacks {lost}: the same command looks them up again", args.out)
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script with these arguments (the command line's if None); return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
