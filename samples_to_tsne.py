#!/usr/bin/env python3
"""Lay samples out by similarity: fingerprints of their sound, and t-SNE of these in one, two or three dimensions."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib import cli
from lib.audio.fingerprint_kinds import TIMBRE, check_kind
from lib.cli.fingerprints import add_cache, cache_place, check_measured
from lib.io.formats import counted
from lib.math.engines import ENGINES, MOST_COMPONENTS, check_engine

if TYPE_CHECKING:
    from lib.tables.table import Table

# Flags that decide the positions of points, with their defaults.
USUAL: dict[str, object] = {"rate": 150, "angle": 0.1, "engine": "auto", "fingerprint": TIMBRE}
EXAMPLE = 'python samples_to_tsne.py -in "tmp/clips.csv" -dir "media/sample/" -components 2'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.FINGERPRINTS)
    cli.add_samples(parser, "table of samples: filename, start, dur (ms)")
    parser.flag("out", "", "table to write; if omitted: the input file itself", kind=cli.optional_table)
    parser.flag("append", 1, "0: write -out only if it does not exist", kind=cli.between(0, 1))
    cli.add_overwrite(parser, "replace existing columns")
    parser.flag("components", 1, "dimensions of the map: 1, 2 or 3", kind=cli.between(1, MOST_COMPONENTS))
    parser.flag(
        "rate", 150, "learning rate for 150 samples; it grows with their number", kind=cli.between(1, 1_000_000)
    )
    angle = "accuracy of Barnes-Hut, 0 (exact) to 1; the engine auto uses it in 3 dimensions only"
    parser.flag("angle", 0.1, angle, kind=cli.real_between(0, 1))
    parser.flag("prefix", "tsne", "name of the columns to write: PREFIX, PREFIX2, PREFIX3", kind=cli.column)
    parser.switch("plot", "show a picture of the map, or save it under output/ where there is no display")
    parser.flag("color", "", "column that colours the picture of -plot; if omitted: filename, hz or start")
    add_cache(parser)
    parser.switch("rcache", "remove the cache first")
    cli.add_threads(parser, 4)
    cli.add_strict(parser)
    cli.add_cluster(parser)
    engine = "auto (the fastest); Barnes-Hut by opentsne, sklearn, multicore (in one thread, to be repeatable); umap"
    parser.flag("engine", "auto", engine, choices=ENGINES)
    source = "timbre; mfcc (earlier versions); course (mosaics); an .npz file of vectors; or columns, such as power,hz"
    parser.flag("fingerprint", TIMBRE, source, kind=cli.parsed(check_kind))
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    check_engine(args.engine)
    out = cli.table_to_write(args)
    names = [args.prefix, f"{args.prefix}2", f"{args.prefix}3"][: args.components]
    cli.check_new_columns("prefix", names)
    if args.append == 0 and args.out and os.path.exists(out):
        cli.say(f"{out}: already exists, and -append is 0: nothing to do")
        return cli.EXIT_DONE
    from lib.audio.similarity import check_media
    from lib.io.caches import remove_cache
    from lib.tables.column_settings import are_made, keep_settings
    from lib.tables.sample_rows import read_for_cache
    from lib.tables.table import write_table

    cache = cache_place(args.cache, out)
    table = read_for_cache(args.input, out, args.dir, cache)
    table.require(*([args.color] if args.color else []))
    settings = {name: getattr(args, name) for name in USUAL}
    there = not args.overwrite and are_made(table, args.input, names, settings, USUAL)
    status = cli.EXIT_DONE
    check_media(table, args.dir, args.fingerprint)
    if there:
        copied = f" -> {out}" if args.out else ""
        cli.say(f"{table.path}: already has {', '.join(names)} (-overwrite makes them again){copied}")
    else:
        if args.rcache:
            remove_cache(cache)
        table, status = with_map(table, names, cache, args)
    if args.out or not there:
        keep_settings(out, names, settings, USUAL, args.input)
        write_table(table, out)
    if not args.cache:
        remove_cache(cache)
    if args.plot:
        cli.say(picture(table, names, out, args.color))
    return status


def with_map(table: Table, names: Sequence[str], cache: str, args: argparse.Namespace) -> tuple[Table, int]:
    """Return the table with the map's columns, and the exit status."""
    from lib.audio.similarity import table_points
    from lib.io.progress import bar
    from lib.math.embedding import embed, iterations
    from lib.parallel.jobs import worker_count

    found = table_points(table, args.dir, cache, args.threads, args.cluster, args.fingerprint)
    status = check_measured(found, args.input, cache, args)
    points = found.vectors[found.good]
    # More threads than cores only slow each other down.
    threads = min(worker_count(args.threads), worker_count(-1))
    with bar(iterations(len(names)), "UMAP" if args.engine == "umap" else "t-SNE", "step") as progress:
        places = embed(points, len(names), args.rate, args.angle, threads, args.engine, progress.update)
    cells = {name: [""] * len(table) for name in names}
    for row, place in zip(found.good.nonzero()[0].tolist(), places.round(5) + 0.0):  # + 0.0: no -0.00000
        for name, value in zip(names, place):
            cells[name][row] = f"{value:.5f}"
    without = f"{lost} have no place" if (lost := found.lost()) else ""
    known = f" ({counted(found.cached, 'fingerprint')} from the cache)" if found.cached else ""
    cli.say(f"{counted(len(points), 'sample')}{known}{without} -> {cli.table_to_write(args)}: {', '.join(names)}")
    return table.with_columns(cells), status


def picture(table: Table, names: Sequence[str], out: str, color: str) -> str:
    """Show or save the map, oriented like the grid and the explorer; return a line about it."""
    from lib.plots.figures import scatter
    from lib.plots.output import show_or_save, show_sorted

    target = f"output/{Path(out).stem}_{names[0]}.png"
    if len(names) == 1:
        return show_sorted(table, names[0], target, out)
    several = len(set(table.text("filename"))) > 1
    colours = names[2] if len(names) > 2 else "filename" if several else "hz" if "hz" in table.columns else "start"
    figure = scatter(table, names[0], names[1], highlight=color or colours, down=True)
    return show_or_save(figure, target, out)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
