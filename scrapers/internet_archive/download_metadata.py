"""Search the Internet Archive: one row of metadata per item, with the name of the media file to download."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lib import cli
from lib.errors import MediaError
from lib.io.formats import counted

KEYS = "date,description,identifier,item_size,publicdate,subject,title,creator,licenseurl"
EXAMPLE = (
    "python scrapers/internet_archive/download_metadata.py "
    '-query "collection:(prelingerhomemovies) AND mediatype:(movies)" -limit 100 -out "tmp/films.csv"'
)


def field_names(word: str) -> tuple[str, ...]:
    """Read the names of fields, joined by commas; empty ones, and those that are there twice, do not count."""
    names = tuple(dict.fromkeys(name.strip() for name in word.split(",") if name.strip()))
    if not names:
        raise argparse.ArgumentTypeError(f"{word!r}: give fields joined by commas, such as identifier,title")
    return names


def ending(word: str) -> str:
    """Read the extension of a file's name."""
    if word.startswith("*"):
        raise argparse.ArgumentTypeError(f"{word!r}: give the end of the names, without *, such as {word.lstrip('*')}")
    return word


def query_words(word: str) -> str:
    """Read a search query; an empty one would find all that the archive has."""
    if not word.strip():
        raise argparse.ArgumentTypeError("give a search query, such as collection:(prelingerhomemovies)")
    return word


def source(word: str) -> str:
    """Read which files of an item count."""
    return word if not word else cli.one_of(("original", "derivative"))(word)


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser("Search the Internet Archive and write the results as a table, for download_media.py.", EXAMPLE)
    parser.flag(
        "query",
        "collection:(prelingerhomemovies) AND mediatype:(movies)",
        "search query, in the syntax of https://archive.org/advancedsearch.php",
        kind=query_words,
    )
    parser.flag("keys", KEYS, "metadata fields that become columns, joined by commas", kind=field_names)
    parser.flag("sort", "downloads desc", "order of the items: a field, and asc or desc")
    largest = "extension of the media files, case-insensitive: the largest matching file of each item"
    parser.flag("format", ".mp4", largest, kind=ending)
    parser.switch("multi", "list every matching file of each item, one row per file")
    parser.switch("folders", "put each file in a folder of its item: filename is identifier/name")
    parser.flag("source", "", "list these files only: original or derivative ones (default: both)", kind=source)
    parser.switch("size", "add the column size: bytes of each file")
    parser.flag("limit", -1, "maximum number of items (-1: all)", kind=cli.limit)
    rows = "items per request (-1: 10000); the archive is asked for at least 100, and for 10000 at most"
    kind = cli.or_minus_1(1, "a number of items", "for 10000")
    parser.flag("rows", 100, rows, kind=kind)
    parser.flag("out", "tmp/internet_archive_metadata.csv", "table to write", kind=cli.table)
    cli.add_overwrite(parser, "search again, and replace an existing table")
    parser.flag("host", "https://archive.org", "address of the archive", kind=cli.address)
    cli.add_threads(parser, 2)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from tqdm import tqdm

    from lib.archive.client import LARGEST_PAGE, Archive
    from lib.archive.search import Query, collect, finish, open_journal
    from lib.parallel.jobs import worker_count

    workers, program = worker_count(args.threads), cli.program_name()
    keys, files = args.keys, (args.format, args.multi, args.limit, args.folders, args.source, args.size)
    query = Query(args.host, args.query, keys, args.sort, *files)
    page_size = args.rows if args.rows > 0 else LARGEST_PAGE

    def notify(line: str) -> None:
        tqdm.write(f"{program}: {line}", file=sys.stderr)

    with Archive(query.host, workers, notify) as archive:
        journal = open_journal(args.out, query, args.overwrite)
        if journal is None:
            cli.say(f"{args.out} is up to date (-overwrite searches again)")
            return cli.EXIT_DONE
        with journal:
            search = collect(archive, query, journal, workers, page_size)
            table = finish(search, journal, args.out)
    lacking, dark = search.left_out()
    cli.say(
        f"{args.out}: {counted(len(table), 'row')} from {counted(len(search.items), 'item')}; left out: {lacking} "
        f"without {query.wanted}, {dark} hidden by the archive; {search.sizes()} in all"
    )
    empty = [name for name in keys if len(table) and "keys" in args.given and not any(table.text(name))]
    if empty:
        notify(f"no item has a value for {', '.join(empty)}: check -keys")
    if "identifier" not in keys:
        notify("the table has no column identifier, which download_media.py needs: add it to -keys")
    if search.failed:
        cli.report_bad(program, [(f"item {item}", reason) for item, reason in search.failed], strict=True)
        lost = f"{len(search.failed)} of {counted(len(search.items), 'item')}"
        raise MediaError(f"lacks {lost}: the same command looks them up again", args.out)
    return cli.EXIT_DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script with these arguments (the command line's if None); return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
