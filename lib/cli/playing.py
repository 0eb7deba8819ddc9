"""The flags for playing the samples of a table in sequence, as sound or as a film."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from lib.cli.flags import add_samples
from lib.cli.parser import Parser, UsageError
from lib.cli.ranges import between, limit, real_between
from lib.cli.readers import at_least_0, integer, not_negative

LIMIT_SORT = "power=desc=0.8&clarity=desc"
# Flags without effect beside -order, which says when samples begin.
BY_SORT = frozenset({"sort", "overlap", "overlapp"})


def add_playing(parser: Parser, sort: Callable[[str], object]) -> None:
    """Add the flags of the table, of its order, and of the sound. sort: the reader of a sort query."""
    add_samples(parser, "table of samples: filename, start, dur (ms) and the columns to sort by")
    parser.flag("sort", "hz=asc", "order of playing, such as power=desc or tsne=asc", kind=sort)
    order = "column of start times in ms, such as at; the columns until, volume, shift are used too; if omitted: -sort"
    parser.flag("order", "", order)
    parser.flag("lim", -1, "maximum number of samples (-1: all)", kind=limit)
    parser.flag("lsort", LIMIT_SORT, "priority of the samples, where there are more than -lim", kind=sort)
    parser.flag("overlap", 128, "maximum step to the next sample, in ms", kind=not_negative)
    parser.flag("overlapp", 0.5, "maximum step to the next sample, as a fraction of this one's length", kind=at_least_0)
    parser.flag("left", 500, "silence before the first sample, in ms", kind=not_negative)
    parser.flag("right", 2000, "time after the last sample, in ms", kind=not_negative)
    parser.flag(
        "volume", 0.6, "gain of every sample: 20 ln(VOLUME) dB (1: none, 0: silence)", kind=real_between(0, 1e100)
    )
    parser.flag("rvb", 80, "reverberation, from 0 (none) to 100", kind=between(0, 100))
    level = "level of every sample, in dBFS (RMS); -9999: unchanged, as with -order of a table that has volumes"
    parser.flag("mdb", -16, level, kind=integer)
    parser.switch("probe", "only print the length of the result")


def playing_values(args: argparse.Namespace) -> dict[str, Any]:
    """Return these flags' values as arguments of `lib.audio.sorted_plays.Playing`; UsageError if two conflict."""
    for name in sorted(args.given & BY_SORT) if args.order else ():
        raise UsageError(name, "has no effect with -order, which says when samples begin: leave one out")
    return {
        "sort": args.sort, "order": args.order, "most": args.lim, "best": args.lsort,
        "best_optional": args.lsort.text == LIMIT_SORT, "step_ms": args.overlap, "step_part": args.overlapp,
        "before_ms": args.left, "after_ms": args.right, "volume": args.volume, "reverb": args.rvb,
        "level_db": args.mdb, "level_given": "mdb" in args.given,
    }  # fmt: skip


def left_out(count: int, played: int, args: argparse.Namespace) -> str:
    """Return the number of `count` samples left out, and by which flag, to be added to a line for the user."""
    lost = count - played
    by = f"-lim {args.lim}" if played == args.lim else f"-sort {args.sort.text}"
    return f", {lost:,} left out by {by}" if lost else ""
