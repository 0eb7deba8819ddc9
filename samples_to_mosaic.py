#!/usr/bin/env python3
"""Rebuild a recording from others: find the nearest sample for each of its samples, and write a table to play."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib import cli
from lib.audio.weights import USUAL_WEIGHTS, parse_weights
from lib.cli.fingerprints import add_cache, cache_place
from lib.errors import MediaError, one_line
from lib.tables.query_language import parse_filter

if TYPE_CHECKING:
    from lib.audio.samples import SampleJob
    from lib.io.named_result import NamedResult
    from lib.tables.table import Table

# Those of lib.audio.onsets, which is imported when it is needed.
METHODS = ("superflux", "fine")
# Shorter grains have no pitch, and there would be too many of them.
SHORTEST_GRAIN = 20
EXAMPLE = 'python samples_to_mosaic.py -in "tmp/drums.csv" -target "media/sample/speech.mp3" -out "tmp/sung.csv" -plot'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.FINGERPRINTS)
    cli.add_samples(parser, "table of samples to build from: with hz, pitched, loudness")
    parser.flag("target", "", "recording or film to rebuild", kind=cli.file_name, required=True)
    parser.flag("out", "tmp/mosaic.csv", "table to write, for features_to_audio.py -order at", kind=cli.table)
    parser.flag("onsets", METHODS[0], "onset detector that cuts the target: superflux or fine", choices=METHODS)
    grains = f"cut the target into half-overlapping grains of GRAIN ms ({SHORTEST_GRAIN} or more); -1: at onsets"
    kind = cli.or_minus_1(SHORTEST_GRAIN, "a length of grains", "to cut at onsets")
    parser.flag("grain", -1, grains, kind=kind)
    parser.flag("weights", USUAL_WEIGHTS, "weights of the terms of the distance", kind=cli.parsed(parse_weights))
    parser.flag(
        "filter", "", "condition on the samples to build from, such as pitched>0.8", kind=cli.parsed(parse_filter)
    )
    parser.flag("repeat", None, "minimum time before a sample returns, in s; if omitted: none", kind=cli.at_least_0)
    parser.flag("spread", None, "cost of changing to another file, such as 0.3; if omitted: 0", kind=cli.at_least_0)
    parser.flag("shift", 0, "maximum transposition to the target's pitch, in semitones", kind=cli.between(0, 36))
    add_cache(parser)
    parser.switch("plot", "show the spectrograms of target and mosaic, or save them under output/ without a display")
    cli.add_threads(parser, 4)
    cli.add_overwrite(parser, "replace an existing table, even one made with other settings")
    cli.add_strict(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    if args.grain > 0 and "onsets" in args.given:
        raise cli.UsageError("onsets", "has no effect with -grain: leave one out")
    cli.keep_hold(args.out)
    from lib.audio.mosaic_target import target_job
    from lib.io.caches import check_cache, remove_cache
    from lib.io.files import check_outputs, media_path
    from lib.io.presence import check_there
    from lib.tables.sample_rows import media_of, read_samples
    from lib.tables.table import write_table

    job = target_job(args.target, args.onsets, args.threads)
    target = media_path(job.folder, job.filename)
    table = read_samples(args.input, "")
    media = [target, *media_of(table, args.dir)]
    cache = cache_place(args.cache, args.out)
    check_outputs([args.out], [args.input, *media])
    check_outputs([cache], [args.input, args.out, *media])
    check_cache(cache)
    check_there(args.dir, dict.fromkeys(table.text("filename")))
    made = made_from(table, target, args)
    status = cli.EXIT_DONE
    if not args.overwrite and made.is_there():
        cli.say(f"{args.out} is up to date (-overwrite makes it again)")
    else:
        try:
            result, status = mosaic(table, job, cache, args)
        except MediaError:  # the measurements of an interrupted run are kept: it continues
            if not args.cache:
                remove_cache(cache)
            raise
        write_table(result, args.out)
        made.note()
    if not args.cache:
        remove_cache(cache)
    if args.plot:
        cli.say(picture(target, args))
    return status


def made_from(table: Table, target: str, args: argparse.Namespace) -> NamedResult:
    """Return the inputs and settings of the mosaic."""
    from lib.io.named_result import NamedResult
    from lib.io.states import bytes_digest, file_state
    from lib.tables.table import format_table

    settings = {name: getattr(args, name) for name in ("onsets", "grain", "repeat", "spread", "shift")}
    settings |= {"weights": args.weights.text, "filter": args.filter.text}
    inputs = {"table": bytes_digest([format_table(table)]), "folder": os.path.abspath(args.dir)}
    inputs["target"] = f"{os.path.abspath(target)} {file_state(target)}"
    return NamedResult(args.out, inputs, settings)


def mosaic(table: Table, job: SampleJob, cache: str, args: argparse.Namespace) -> tuple[Table, int]:
    """Return the table of the mosaic, and the exit status."""
    from lib.audio.mosaic import Settings
    from lib.audio.mosaic_build import build
    from lib.audio.mosaic_space import needed
    from lib.audio.mosaic_target import target_samples
    from lib.tables.queries import select

    table.require(*needed(args.weights))
    corpus = select(table, args.filter)
    if not len(corpus):
        raise MediaError(f"has no sample that meets the filter {args.filter.text}", args.input)
    target, problem = target_samples(job, args.grain)
    settings = Settings(args.weights, args.repeat or 0.0, args.spread or 0.0, args.shift, args.threads)
    built = build(corpus, args.dir, target, job.folder, cache, settings)
    partly = [*built.partly, *([(args.target, problem)] if problem else [])]
    status = cli.report_bad(cli.program_name(), built.bad, args.strict, partly)
    for note in built.notes:
        print(f"{cli.program_name()}: {one_line(MediaError(note))}", file=sys.stderr)
    filtered = len(table) - len(corpus)
    without = f", {filtered:,} left out by -filter" if filtered else ""
    cli.say(f"{built.said()}{built.lost}{without} -> {args.out}")
    return built.table, status


def picture(target: str, args: argparse.Namespace) -> str:
    """Show or save the spectrograms of target and mosaic; return a line about it."""
    from lib.audio.mosaic_sound import mosaic_sound
    from lib.plots.output import show_or_save
    from lib.plots.spectrograms import one_over_the_other
    from lib.tables.table import read_table

    with mosaic_sound(read_table(args.out), args.dir) as sound:
        figure = one_over_the_other(target, sound, (os.path.basename(target), os.path.basename(args.out)))
    return show_or_save(figure, f"output/{Path(args.out).stem}_spectrogram.png", args.out)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
