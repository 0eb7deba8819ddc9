"""Common parts of the scripts that measure fingerprints: the flag of their cache, its place, the report of files."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from lib.cli.parser import Parser
from lib.cli.reports import program_name, report_bad
from lib.errors import MediaError, one_line
from lib.io.pipes import is_stream


def add_cache(parser: Parser) -> None:
    """Add `-cache FILE`."""
    text = "file that keeps fingerprints between runs, such as tmp/fingerprints.db; left out: none are kept"
    parser.flag("cache", "", text)


def cache_place(cache: str, out: str) -> str:
    """Return the file of the fingerprints: `cache`, or if that is "", a hidden file beside the table `out`.

    For a pipe it is in the current folder.
    """
    folder = "" if is_stream(out) else os.path.dirname(out)
    return cache or os.path.join(folder, f".{os.path.basename(out)[:40]}.fingerprints")


def report_fingerprints(
    notes: Sequence[str], bad: Sequence[tuple[str, str]], partly: Sequence[tuple[str, str]], strict: bool
) -> int:
    """Print the notes about the cache and the bad files, and return the exit status; see `report_bad`."""
    for note in notes:
        print(f"{program_name()}: {one_line(MediaError(note))}", file=sys.stderr)
    return report_bad(program_name(), bad, strict, partly)
