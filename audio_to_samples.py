#!/usr/bin/env python3
"""Cut the sound of media files into samples, from one onset to the next, and measure each of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib import cli
from lib.io.formats import counted
from lib.io.pipes import is_stream
from lib.tables.query_language import parse_filter, parse_sort

# Those of lib.audio.onsets, which is imported when it is needed.
METHODS = ("superflux", "fine")

if TYPE_CHECKING:
    from lib.audio.collection import SamplesReport
    from lib.audio.samples import SampleJob

EXAMPLE = 'python audio_to_samples.py -in "media/sample/sonata.mp3" -features -out "tmp/my_samples.csv"'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    cli.add_input(parser, "media/sample/sonata.mp3", 'media file, folder, quoted pattern ("media/*.mp3") or CSV table')
    parser.flag("dir", "", "folder that the filenames are relative to; if omitted: the file's or the pattern's own")
    most = "maximum number of samples per file (-1: all): the first by -sort, else spread evenly"
    parser.flag("samples", -1, most, kind=cli.limit)
    shortest = "shortest sample in ms; shorter ones are dropped, unless the file is one short sound"
    parser.flag("min", 80, shortest, kind=cli.not_negative)
    parser.flag("max", 1000, "longest sample in ms; longer ones are cut; -1 for no maximum", kind=cli.limit)
    parser.flag(
        "out", "tmp/samples.csv", 'table to write; with %s in it ("tmp/%s.csv") one per media file', kind=cli.table
    )
    cli.add_overwrite(parser, "replace existing tables")
    parser.flag(
        "onsets",
        METHODS[0],
        "onset detector: superflux, or fine (more onsets in soft, fast and dense sound)",
        choices=METHODS,
    )
    parser.flag(
        "sensitivity",
        None,
        "sensitivity of the onset detector: 2 halves the threshold, 0.5 doubles it; if omitted: 1",
        kind=cli.above(0.0),
    )
    parser.flag("trim", 50.0, "end of a sample: this far below its peak, in dB; 0: the next onset", kind=cli.at_least_0)
    parser.switch("features", "also measure power, hz, clarity, note, octave, loudness and pitched")
    share = cli.real_between(0, 1)
    parser.flag("pitched", None, "minimum of `pitched` (0-1) for a note, such as 0.8", kind=share)
    parser.flag("count", -1, "total number of samples, in even shares per file (-1: all)", kind=cli.limit)
    parser.flag("filter", "", "condition on the samples, such as power>1&dur>=100", kind=cli.parsed(parse_filter))
    order = "order of the samples in each file, such as clarity=desc=0.5&power=desc"
    parser.flag("sort", "", order, kind=cli.parsed(parse_sort))
    cli.add_threads(parser, 1)
    cli.add_strict(parser)
    cli.add_cluster(parser)
    return parser


def check(args: argparse.Namespace) -> None:
    """Raise PlaceError for an -out that is -in, UsageError or QueryError for values that exclude each other."""
    from lib.audio.samples import BASE_COLUMNS, FEATURE_COLUMNS, SPECIMEN
    from lib.io.files import check_outputs
    from lib.tables.queries import filter_rows
    from lib.tables.table import Table

    check_outputs([args.out], [args.input])
    if args.pitched is not None and not args.features:
        raise cli.UsageError("pitched", "is about notes, which -features measures: add -features, or leave it out")
    columns = BASE_COLUMNS + (FEATURE_COLUMNS if args.features else ())
    for flag, query in (("filter", args.filter), ("sort", args.sort)):
        for name in query.columns:
            if name not in columns:
                missing = " (add -features)" if name in FEATURE_COLUMNS else ""
                shown = ", ".join(columns)
                raise cli.UsageError(flag, f"there is no column {name!r}{missing}; the columns are: {shown}")
    filter_rows(Table.of({name: [SPECIMEN[name]] for name in columns}), args.filter)
    if 0 <= args.max < args.min:
        raise cli.UsageError("max", f"{args.max} is below -min {args.min}: no sample can be as long as that")


def jobs_of(args: argparse.Namespace) -> tuple[list[SampleJob], int]:
    """Return the job of each media file, and the number of files without sound by the table."""
    from lib.audio.samples import SampleJob
    from lib.io.presence import check_there
    from lib.parallel.jobs import worker_count
    from lib.tables.inputs import audible, find_input

    source = find_input(args.input, args.dir)
    names = audible(source)
    if source.manifest is not None:
        check_there(source.folder, names)
    # A single file keeps all workers busy with its batches; of many files, or on a cluster, each worker takes one.
    threads = worker_count(args.threads) if len(names) == 1 and not args.cluster else 1
    chosen = (args.min, args.max, args.features, args.samples, args.filter, args.sort, threads)
    listening = {"onsets": args.onsets, "sensitivity": args.sensitivity, "trim": args.trim, "pitched": args.pitched}
    jobs = [SampleJob(source.folder, name, *chosen, **listening) for name in names]
    return jobs, len(source.filenames) - len(names)


def left_out(done: SamplesReport, soundless: int, args: argparse.Namespace) -> list[str]:
    """Return lines about what is not in the tables: how much, and because of which flag."""
    said = []
    if soundless:
        said.append(f"{soundless:,} left out: no sound by {args.input}")
    if done.short:
        said.append(f"{done.short:,} shorter than -min {args.min}")
    if done.filtered:
        said.append(f"{counted(done.filtered, 'sample')} left out by -filter {args.filter.text}")
    if done.over:
        limits = {"samples": args.samples, "count": args.count}
        flags = [f"-{name} {value}" for name, value in limits.items() if value > 0] or [f"-sort {args.sort.text}"]
        said.append(f"{counted(done.over, 'sample')} left out by {' and '.join(flags)}")
    return said


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    from lib.audio.loading import load_reader
    from lib.parallel.helper_processes import early_helpers, helpers_for

    # They start while this process loads what it needs itself.
    count = 0 if args.cluster else helpers_for(args.input, args.threads)
    with early_helpers(count, load_reader):
        return make(args)


def make(args: argparse.Namespace) -> int:
    """Make the tables."""
    check(args)
    from lib.audio.collection import is_begun, make_tables

    jobs: list[SampleJob] = []
    kept = cli.WHOLE_FILES if args.cluster else lambda: cli.EVERYTHING if is_begun(jobs, args.out) else ""
    args.keeps = "" if is_stream(args.out) else kept
    cli.keep_hold(args.out)
    jobs, soundless = jobs_of(args)
    done = make_tables(jobs, args.out, args.overwrite, args.threads, args.cluster, args.input, args.count)
    cli.say(done.summary(args.out, left_out(done, soundless, args)))
    alone = f"remove their {'tables' if '%s' in args.out else 'rows'}"
    cli.report_changed(cli.program_name(), done.changed, "the samples were found", alone)
    status = cli.report_bad(cli.program_name(), done.bad, args.strict, done.partly)
    return max(status, int(done.unwritten or (bool(jobs) and len(done.bad) == len(jobs))))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
