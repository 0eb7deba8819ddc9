#!/usr/bin/env python3
"""Cluster samples by the similarity of their sound; clusters are numbered by size."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib import cli
from lib.audio.fingerprint_kinds import TIMBRE, check_kind
from lib.cli.fingerprints import add_cache, cache_place, check_measured
from lib.io.formats import counted

if TYPE_CHECKING:
    from lib.tables.table import Table

# Flags that decide which samples belong together, with their defaults.
USUAL: dict[str, object] = {"count": -1, "fingerprint": TIMBRE}
EXAMPLE = 'python samples_to_clusters.py -in "tmp/loud.csv" -dir "media/sample/" -count 6 -plot'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.FINGERPRINTS)
    cli.add_samples(parser, "table of samples: filename, start, dur (ms)")
    parser.flag("out", "", "table to write; if omitted: the input file itself", kind=cli.optional_table)
    count = "number of clusters (k-means); -1: determined from the data (HDBSCAN)"
    kind = cli.or_minus_1(1, "a number of clusters", "to find it from the data")
    parser.flag("count", -1, count, kind=kind)
    name = "column to write: 1 is the largest cluster, 0 none; PROPName: their names"
    parser.flag("prop", "cluster", name, kind=cli.column)
    source = "timbre; mfcc; course; an .npz file of vectors; or columns, such as power,hz,clarity"
    parser.flag("fingerprint", TIMBRE, source, kind=cli.parsed(check_kind))
    add_cache(parser)
    cli.add_threads(parser, 4)
    cli.add_overwrite(parser, "replace existing columns")
    parser.switch("plot", "show a picture of the clusters, or save it under output/ where there is no display")
    parser.flag("color", "", "column that colours the picture of -plot; if omitted: the clusters")
    cli.add_strict(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    out = cli.table_to_write(args)
    names = [args.prop, f"{args.prop}Name"]
    cli.check_new_columns("prop", names, own=("cluster", "clusterName"))
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
        table, status = with_clusters(table, names, cache, args)
    if args.out or not there:
        keep_settings(out, names, settings, USUAL, args.input)
        write_table(table, out)
    if not args.cache:
        remove_cache(cache)
    if args.plot:
        cli.say(picture(table, names, out, args.color))
    return status


def with_clusters(table: Table, names: Sequence[str], cache: str, args: argparse.Namespace) -> tuple[Table, int]:
    """Return the table with the columns of clusters, and the exit status."""
    from lib.audio.cluster_names import cluster_names
    from lib.audio.similarity import table_points
    from lib.math.clusters import NO_CLUSTER, clusters

    found = table_points(table, args.dir, cache, args.threads, source=args.fingerprint)
    status = check_measured(found, args.input, cache, args)
    rows = found.good.nonzero()[0]
    labels = clusters(found.vectors[rows], args.count)
    titles = cluster_names(table.take(rows), found.vectors[rows], labels)
    cells = {name: [""] * len(table) for name in names}
    for row, label, title in zip(rows.tolist(), labels.tolist(), titles):
        cells[names[0]][row], cells[names[1]][row] = str(label), title
    none = int((labels == NO_CLUSTER).sum())
    apart = f", {none:,} in none ({names[0]} {NO_CLUSTER})" if none else ""
    count = int(labels.max(initial=0))
    cli.say(
        f"{counted(len(rows), 'sample')} in {counted(count, 'cluster')}{apart}{found.lost()} -> "
        f"{cli.table_to_write(args)}: {', '.join(names)}"
    )
    return table.with_columns(cells), status


def picture(table: Table, names: Sequence[str], out: str, color: str) -> str:
    """Show or save the clusters, on the table's map if it has one; return a line about it."""
    from lib.plots.figures import scatter
    from lib.plots.histograms import histograms
    from lib.plots.output import show_or_save

    target = f"output/{Path(out).stem}_{names[0]}.png"
    if {"tsne", "tsne2"} <= set(table.columns):
        return show_or_save(scatter(table, "tsne", "tsne2", highlight=color or names[0], down=True), target, out)
    return show_or_save(histograms(table, [names[0]]), target, out)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
