#!/usr/bin/env python3
"""Find the scenes of films, from cut to cut, and write them as tables that every stage reads as samples."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib import cli
from lib.cli.films import add_detector, kept_cuts
from lib.io.formats import counted

if TYPE_CHECKING:
    from lib.video.scene_tables import ScenesReport

EXAMPLE = 'python films_to_scenes.py -in "media/sample/film_*.mp4" -out "tmp/scenes.csv" -plot'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE)
    films = 'film, folder, quoted pattern ("media/*.mp4") or CSV table of films'
    cli.add_input(parser, "media/sample/film_*.mp4", films)
    parser.flag("dir", "", "folder that the filenames are relative to; if omitted: the file's or the pattern's own")
    parser.flag(
        "out", "tmp/scenes.csv", 'table to write; with %s in it ("tmp/scenes/%s.csv") one per film', kind=cli.table
    )
    add_detector(parser)
    parser.switch("plot", "also write a strip of the scenes' first frames, as png beside each table")
    cli.add_threads(parser, 1)
    cli.add_overwrite(parser, "find cuts again, and replace existing tables")
    cli.add_strict(parser)
    cli.add_cluster(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    args.keeps = kept_cuts(args.detector)
    cli.keep_hold(args.out)
    from lib.io.files import check_outputs
    from lib.tables.inputs import find_input
    from lib.video.scene_tables import SceneTableJob, make_scene_tables
    from lib.video.strips import WIDTH

    check_outputs([args.out], [args.input])
    source = find_input(args.input, args.dir)
    strip = WIDTH if args.plot else 0
    jobs = [SceneTableJob(source.folder, name, args.detector, args.overwrite, strip) for name in source.filenames]
    done = make_scene_tables(jobs, args.out, args.overwrite, args.threads, args.cluster)
    cli.say(summary(done, args.out))
    for path in done.written:
        cli.say(f"picture: {path}")
    status = cli.report_bad(cli.program_name(), done.bad, args.strict, done.partly)
    return max(status, int(bool(jobs) and len(done.bad) == len(jobs)))


def summary(done: ScenesReport, out: str) -> str:
    """Return one line about what was done."""
    counts = {
        ("film", "already done (-overwrite finds them again)"): done.skipped,
        ("film", "without a picture"): done.blind,
        ("bad file", ""): len(done.bad),
        ("picture", "left out of strips"): done.left_out,
    }
    idle = done.skipped and not (done.films or done.blind or done.bad)
    parts = [] if idle else [f"{counted(done.scenes, 'scene')} of {counted(done.films, 'film')}"]
    parts += [f"{counted(n, noun)} {what}".rstrip() for (noun, what), n in counts.items() if n]
    nothing = not done.films and not done.skipped
    begun = "nothing to do: " if idle else ""
    return begun + ", ".join(parts) + (": no table is written" if nothing else f" -> {out}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
