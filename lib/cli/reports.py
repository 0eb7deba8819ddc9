"""What a script tells of its work: lines on stdout, and the files that could not be used on stderr."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lib.errors import HalfRead, MediaError, one_line, printable
from lib.io.formats import counted

EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED = 0, 1, 130
# From more bad files with one reason than the first number, the second number is listed and the rest counted.
MOST_OF_A_REASON, SHOWN_OF_A_REASON = 10, 3
# Of stages that run together: the files that have been told of.
_told: list[list[str]] = []


@contextmanager
def reported_once() -> Iterator[None]:
    """Let `report_bad` tell of each file only the first time that it is used in part, while several stages run."""
    _told.append([])
    try:
        yield
    finally:
        _told.pop()


def _news(files: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """Return the files that no earlier stage has told of, by their names or by their whole paths."""
    if not _told:
        return files
    paths = ["/" + name.replace(os.sep, "/") for name, _ in files]
    known = [any(path.endswith(told) or told.endswith(path) for told in _told[-1]) for path in paths]
    _told[-1].extend(paths)
    return [file for file, told in zip(files, known) if not told]


def report_bad(
    program: str, bad: Sequence[tuple[str, str]], strict: bool, partly: Sequence[tuple[str, str]] = ()
) -> int:
    """List the bad files with their reasons on stderr and return the exit status.

    `bad` holds (file name, reason) pairs; `partly` those of files that could be read only in part, as are those of
    `bad` whose reason is a HalfRead. The status is 1 only with `strict` and at least one file in either.
    """
    cut_off = [file for file in bad if isinstance(file[1], HalfRead)]
    unused = [file for file in bad if file not in cut_off]
    for files, what in ((unused, "could not be used"), (_news([*cut_off, *partly]), "could be read only in part")):
        lines = _summed_up(files)
        if len(files) == 1:
            print(f"{program}: {what}: {lines[0]}", file=sys.stderr)
        elif lines:
            print(f"{program}: {counted(len(files), 'file')} {what}:", file=sys.stderr)
            print(*(f"  {line}" for line in lines), sep="\n", file=sys.stderr)
    return EXIT_FAILED if (bad or partly) and strict else EXIT_DONE


def report_changed(program: str, changed: Sequence[str], made: str, alone: str) -> None:
    """Tell on stderr which of the skipped files have changed since.

    made: what was done with them before, and stays; alone: what lets the same command do it again for these alone.
    """
    if changed:
        names = ", ".join(map(printable, changed[:SHOWN_OF_A_REASON]))
        more = len(changed) - SHOWN_OF_A_REASON
        names += f" and {counted(more, 'more file')}" if more > 0 else ""
        what = f"{counted(len(changed), 'file')} changed after {made}, and skipped"
        print(f"{program}: {what}: {names}: give -overwrite for all files, or {alone}", file=sys.stderr)


def _summed_up(files: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each (file name, reason); with many of one reason, the first and a count."""
    same = Counter(reason for _, reason in files)
    told: Counter[str] = Counter()
    lines = []
    for name, reason in files:
        told[reason] += 1
        if same[reason] <= MOST_OF_A_REASON or told[reason] < SHOWN_OF_A_REASON:
            lines.append(one_line(MediaError(reason, name)))
        elif told[reason] == SHOWN_OF_A_REASON:
            lines.append(
                f"{one_line(MediaError(reason, name))} (and {counted(same[reason] - SHOWN_OF_A_REASON, 'more file')})"
            )
    return lines


def say(*lines: str) -> None:
    """Print lines for the user on stdout, with what cannot be printed (a line break in a file's name) as escapes."""
    print(*map(printable, lines), sep="\n")


def program_name() -> str:
    """Return the running script's name, with which messages begin."""
    return os.path.basename(sys.argv[0]) or "media-tools"
