"""Common parts of the scripts that measure fingerprints: the flag of their cache, its place, their report."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Protocol

from lib.cli.parser import Parser
from lib.cli.readers import place
from lib.cli.reports import program_name, report_bad
from lib.errors import MediaError, one_line
from lib.io.pipes import is_stream


def add_cache(parser: Parser) -> None:
    """Add `-cache FILE`."""
    text = "file that keeps fingerprints between runs, such as tmp/fingerprints.db; if omitted: none are kept"
    parser.flag("cache", "", text, kind=place)


def cache_place(cache: str, out: str) -> str:
    """Return the file of the fingerprints: `cache`, or if that is "", a hidden file beside the table `out`.

    For a pipe it is in the current folder.
    """
    folder = "" if is_stream(out) else os.path.dirname(out)
    return cache or os.path.join(folder, f".{os.path.basename(out)[:40]}.fingerprints")


class MeasuredSamples(Protocol):
    """What a table's samples were measured as: `lib.audio.similarity.Fingerprints`, which this room cannot import."""

    notes: list[str]
    bad: list[tuple[str, str]]
    partly: list[tuple[str, str]]

    @property
    def is_empty(self) -> bool:
        """Whether none of the samples has a vector."""

    def check_some(self, path: str) -> None:
        """Raise MediaError about the table at `path` if none of its samples has a vector."""


def check_measured(found: MeasuredSamples, path: str, cache: str, args: argparse.Namespace) -> int:
    """Print the notes about the cache and the bad files of the table at `path`, and return the exit status.

    Raises MediaError if no sample has a vector; the cache is removed then, unless `-cache` named it. A single bad file
    is in that message.
    """
    for note in found.notes:
        print(f"{program_name()}: {one_line(MediaError(note))}", file=sys.stderr)
    is_told = found.is_empty and len(found.bad) == 1
    status = report_bad(program_name(), [] if is_told else found.bad, args.strict, found.partly)
    if found.is_empty and not args.cache:
        from lib.io.caches import remove_cache  # (with NumPy, which -h does without)

        remove_cache(cache)
    found.check_some(path)
    return status
