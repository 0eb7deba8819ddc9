"""The flags that several scripts share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection

from lib.cli.next_steps import MAKERS
from lib.cli.parser import Parser, UsageError
from lib.cli.ranges import count_or_all
from lib.cli.readers import cluster_address, file_name
from lib.errors import NoTableError
from lib.io.holds import keep_hold
from lib.io.pipes import is_stream

# Those of lib.tables.sample_rows.
SAMPLE_COLUMNS = frozenset({"filename", "start", "dur"})


def add_input(parser: Parser, default: str | None, text: str) -> None:
    """Add `-in NAME`; required where there is no default."""
    parser.flag("in", default, text, kind=file_name, required=default is None)


def add_samples(parser: Parser, text: str) -> None:
    """Add `-in TABLE`, a table of samples, and `-dir FOLDER`, that of their files."""
    add_input(parser, "tmp/samples.csv", text)
    parser.flag("dir", "media/sample/", "folder that the table's filenames are relative to")


def table_to_write(args: argparse.Namespace) -> str:
    """Return what `-out` names or, without it, the table `-in`, into which columns are written; and `keep_hold` of it.

    Call it before the table is read. Raises UsageError if that is a pipe or a device, NoTableError if it is a folder,
    MediaError as `keep_hold`.
    """
    out = getattr(args, "out", "")
    if not out and is_stream(args.input):
        another = ", or a table to write by -out" if hasattr(args, "out") else ""
        raise UsageError("in", f"{args.input} is not a file that columns can be added to: give one{another}")
    if not out and os.path.isdir(args.input):
        raise NoTableError("is a folder, not a table", args.input)
    if out or os.path.isfile(args.input):
        keep_hold(out or args.input)
    return out or args.input


def check_new_columns(flag: str, names: Collection[str], own: Collection[str] = ()) -> None:
    """Raise UsageError about a flag whose columns would replace each other, or those that other stages make.

    own: columns that the stage may replace, such as its usual ones.
    """
    made = {column for maker in MAKERS for column in maker.columns}
    for name in sorted(((made - set(own)) | SAMPLE_COLUMNS) & set(names)):
        raise UsageError(flag, f"{name!r}: choose a name that no other column has")
    if len(set(names)) < len(names):
        raise UsageError(flag, f"{','.join(names)}: choose different names")


def add_threads(parser: Parser, default: int) -> None:
    """Add `-threads N`."""
    parser.flag("threads", default, "parallel workers, -1 for all cores; the result is the same", kind=count_or_all)


def add_strict(parser: Parser) -> None:
    """Add `-strict`."""
    parser.switch("strict", "exit status 1 if any media file was bad (the others are still processed)")


def add_overwrite(parser: Parser, what: str) -> None:
    """Add `-overwrite`; `what` says what will be made again."""
    parser.switch("overwrite", what)


def add_cluster(parser: Parser) -> None:
    """Add `-cluster ADDRESS`."""
    text = "run on the workers of a Dask cluster with shared storage: its address, such as tcp://scheduler:8786"
    parser.flag("cluster", "", text, kind=cluster_address)
