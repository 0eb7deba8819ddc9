"""Play samples one after the other, overlapping, in the order of a feature: a table in, one audio file out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib import cli
from lib.errors import MediaError, one_line
from lib.io.endings import SOUND_ENDINGS
from lib.tables.query_language import parse_sort

if TYPE_CHECKING:
    from lib.audio.mix_plays import Play
    from lib.audio.mixer import Mix
    from lib.tables.table import Table

LIMIT_SORT = "power=desc=0.8&clarity=desc"
SOUND = cli.output(SOUND_ENDINGS, "audio files")

EXAMPLE = (
    'python features_to_audio.py -in "tmp/my_samples.csv" -dir "media/sample/" -sort "tsne=asc" '
    '-out "output/by_similarity.mp3"'
)


def parser() -> cli.Parser:
    """Return the command line."""
    flags = cli.Parser(__doc__, EXAMPLE)
    flags.keeps = False
    flags.flag("in", "tmp/samples.csv", "table of samples: filename, start, dur (ms) and the columns to sort by")
    flags.flag("dir", "media/sample/", "folder that the table's filenames are relative to")
    flags.flag("sort", "hz=asc", "order of playing, such as power=desc or tsne=asc", kind=cli.parsed(parse_sort))
    order = "column of when samples begin, in ms, such as at; with its columns until, volume and shift; left out: -sort"
    flags.flag("order", "", order)
    flags.flag("lim", -1, "maximum number of samples (-1: all)", kind=cli.limit)
    flags.flag(
        "lsort", LIMIT_SORT, "priority of the samples, where there are more than -lim", kind=cli.parsed(parse_sort)
    )
    flags.flag("overlap", 128, "maximum step to the next sample, in ms", kind=cli.not_negative)
    flags.flag(
        "overlapp", 0.5, "maximum step to the next sample, as a fraction of this one's length", kind=cli.at_least_0
    )
    flags.flag("left", 500, "silence before the first sample, in ms", kind=cli.not_negative)
    flags.flag("right", 2000, "time after the last sample, in ms", kind=cli.not_negative)
    flags.flag("volume", 0.6, "gain of every sample: 20 ln(VOLUME) dB; 1: none, 0: silence", kind=cli.at_least_0)
    flags.flag("rvb", 80, "reverberation, from 0 (none) to 100", kind=cli.between(0, 100))
    level = "level of every sample, in dBFS (RMS); -9999: unchanged, as with -order of a table that has volumes"
    flags.flag("mdb", -16, level, kind=cli.whole_number)
    flags.switch("probe", "only print how long the result would be")
    flags.flag(
        "out", "output/sort_tsne.mp3", "audio file to write, ending in .mp3, .wav, .flac, .ogg or .m4a", kind=SOUND
    )
    cli.add_strict(flags)
    return flags


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.audio.mixer import MIX_RATE, mix
    from lib.audio.writer import check_target, write_audio
    from lib.io.files import check_outputs
    from lib.io.presence import check_there
    from lib.tables.sample_rows import media_of

    for name in sorted(args.given & {"sort", "overlap", "overlapp"}) if args.order else ():
        raise cli.UsageError(name, "has no effect with -order, which says when samples begin: leave one out")
    table = samples(args)
    rows = choose(args, table)
    lost = len(table) - len(rows)
    plays, length_ms = score(rows, args)
    minutes, seconds = divmod(round(length_ms / 1000), 60)
    length = f"{length_ms / 1000:.3f} s ({minutes // 60}:{minutes % 60:02}:{seconds:02}), samples: {len(plays)}"
    if lost:
        by = f"-lim {args.lim}" if len(rows) == args.lim else f"-sort {args.sort.text}"
        length += f", {lost:,} left out by {by}"
    if args.probe:
        print(length)
        return cli.EXIT_DONE
    check_there(args.dir, rows.text("filename"))
    check_target(args.out)
    check_outputs([args.out], [args.input, *media_of(table, args.dir)])
    with mix(plays, length_ms, rings_out=True) as result:
        status = report(result, plays, args)
        write_audio(args.out, result.blocks, MIX_RATE, result.frames)
    print(f"{args.out}: {length}")
    return status


def samples(args: argparse.Namespace) -> Table:
    """Return the table of samples, with good times."""
    from lib.tables.sample_rows import check_times
    from lib.tables.table import read_table

    table = read_table(args.input)
    times = ("start", "dur", *([args.order] if args.order else []))
    table.require("filename", *times)
    check_times(table, times)
    return table


def choose(args: argparse.Namespace, table: Table | None = None) -> Table:
    """Return the rows to play, in the order of playing; table: `samples`, if they have been read."""
    from lib.tables.queries import check_any, sort_rows

    table = samples(args) if table is None else table
    if len(table) > args.lim > 0:
        best = sort_rows(table, args.lsort, at_least=args.lim, optional=args.lsort.text == LIMIT_SORT)
        table = table.take(best[: args.lim])
    order = table.all_numbers(args.order).argsort(kind="stable") if args.order else sort_rows(table, args.sort)
    chosen = table.take(order)
    check_any(len(chosen), table, order=args.sort)
    return chosen


def score(rows: Table, args: argparse.Namespace) -> tuple[list[Play], float]:
    """Return what plays when, and the length of the whole in ms."""
    from lib.audio.effects import NOT_LEVELLED
    from lib.audio.mix_plays import Play
    from lib.audio.mixer import overlapped
    from lib.audio.own_times import VOLUME, at_own_times
    from lib.io.files import media_path

    durs = rows.all_numbers("dur").tolist()
    times, end_ms = overlapped(durs, args.overlap, args.overlapp, args.left)
    own = args.order and VOLUME in rows.columns and "mdb" not in args.given
    level = None if own or args.mdb == NOT_LEVELLED else float(args.mdb)
    plays = [
        Play(time, media_path(args.dir, name), start, dur, volume=args.volume, level_db=level, reverb=args.rvb)
        for time, name, start, dur in zip(times, rows.text("filename"), rows.all_numbers("start").tolist(), durs)
    ]
    if args.order:
        plays, end_ms = at_own_times(plays, rows, args.order, args.left)
    return plays, end_ms + args.right


def report(result: Mix, plays: Sequence[Play], args: argparse.Namespace) -> int:
    """List what could not be played; MediaError if that is everything."""
    bad = dict(result.bad)
    status = cli.report_bad(cli.program_name(), result.bad, args.strict, result.partly)
    if result.silent:
        first = result.silent[0]
        where = f"the first {first.path} at {first.start_ms:g} ms"
        text = f"samples that begin after the end of their file, and are silent: {len(result.silent)}, {where}"
        print(f"{cli.program_name()}: {one_line(MediaError(text))}", file=sys.stderr)
    if all(play.path in bad for play in plays):
        raise MediaError("none of its samples can be read", args.input)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run this stage on `argv` and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
