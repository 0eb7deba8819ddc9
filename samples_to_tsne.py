#!/usr/bin/env python3
"""Order samples by likeness: fingerprints of their sound, laid out by t-SNE in one, two or three dimensions."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib.io import cli
from lib.io.errors import MediaError

if TYPE_CHECKING:
    from lib.io.tables import Table


def parser() -> cli.Parser:
    """Return the command line."""
    flags = cli.Parser(__doc__)
    flags.flag("in", "tmp/samples.csv", "table of samples: filename, start, dur (ms)")
    flags.flag("dir", "media/sample/", "folder that the table's filenames are relative to")
    flags.flag("out", "", "table to write; the input file itself if left out")
    flags.flag("append", 1, "0: write -out only if it does not exist", kind=int)
    cli.add_overwrite(flags, "make columns anew that are there already")
    flags.flag("components", 1, "dimensions: 1, 2 or 3", kind=int)
    flags.flag("rate", 150, "learning rate, for up to 1,800 samples; it grows with their number", kind=int)
    flags.flag("angle", 0.1, "Barnes-Hut's angle, 0 (exact) to 1; the grid of -engine auto needs none", kind=float)
    flags.flag("prefix", "tsne", "name of the columns: PREFIX, PREFIX2, PREFIX3")
    flags.switch("plot", "show a picture of the map, or save it where there is no display")
    flags.flag("cache", "", "file to keep fingerprints in, such as tmp/fingerprints.db; none if left out")
    flags.switch("rcache", "remove the cache first")
    cli.add_threads(flags, 4)
    cli.add_strict(flags)
    cli.add_cluster(flags)
    flags.flag("engine", "auto", "auto, opentsne, sklearn, or multicore (if MulticoreTSNE is installed)")
    return flags


def check(args: argparse.Namespace) -> None:
    """Raise MediaError for what cannot be, before anything is computed."""
    from lib.math.embedding import MOST_COMPONENTS, check_engine

    cli.refuse_cluster(args.cluster)
    check_engine(args.engine)
    if not 1 <= args.components <= MOST_COMPONENTS:
        raise MediaError(f"-components {args.components}: give 1, 2 or 3")
    if args.rate <= 0 or not 0 <= args.angle <= 1:
        raise MediaError(f"-rate {args.rate} -angle {args.angle:g}: the rate is above 0, the angle from 0 to 1")


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    check(args)
    from lib.io.tables import read_table, write_table

    out = args.out or args.input
    if args.append == 0 and os.path.exists(out):
        print(f"{out}: is there already, and -append is 0: nothing to do")
        return cli.EXIT_DONE
    table = read_table(args.input)
    table.require("filename", "start", "dur")
    if not len(table):
        raise MediaError(f"{args.input}: there are no samples in this table")
    names = [args.prefix, f"{args.prefix}2", f"{args.prefix}3"][: args.components]
    there = [name for name in names if name in table.columns]
    status = cli.EXIT_DONE
    if there == names and not args.overwrite:
        print(f"{args.input}: has {', '.join(names)} already (-overwrite makes them anew)")
        if args.out:
            write_table(table, out)
    elif there and not args.overwrite:
        raise MediaError(
            f"{args.input}: has {', '.join(there)} but not all of {', '.join(names)}, and columns of two maps do not "
            "fit together: give -overwrite, or another -prefix"
        )
    else:
        table, status = with_map(table, names, args)
        write_table(table, out)
        print(f"{len(table)} samples -> {out}: {', '.join(names)}")
    if args.plot:
        print(picture(table, names, out))
    return status


def with_map(table: Table, names: Sequence[str], args: argparse.Namespace) -> tuple[Table, int]:
    """Return the table with the map's columns, and the exit status."""
    from lib.audio.likeness import table_fingerprints
    from lib.io.parallel import worker_count
    from lib.io.progress import bar
    from lib.math.embedding import embed, iterations

    found = table_fingerprints(table, args.dir, args.cache, args.rcache, args.threads)
    for note in dict.fromkeys(found.notes):
        print(f"{cli.program_name()}: {note}", file=sys.stderr)
    status = cli.report_bad(cli.program_name(), found.bad, args.strict)
    if not found.good.any():
        raise MediaError(f"{args.input}: none of its files can be read: is -dir {args.dir} the folder of its files?")
    with bar(iterations(args.components), "t-SNE", "step") as progress:
        places = embed(
            found.vectors[found.good],
            args.components,
            args.rate,
            args.angle,
            worker_count(args.threads),
            args.engine,
            progress.update,
        )
    cells = {name: [""] * len(table) for name in names}
    for row, place in zip(found.good.nonzero()[0].tolist(), places.round(5) + 0.0):
        for name, value in zip(names, place):
            cells[name][row] = f"{value:.5f}"
    return table.with_columns(cells), status


def picture(table: Table, names: Sequence[str], out: str) -> str:
    """Show or save the map; return the line that says where."""
    from lib.io.pictures import scatter
    from lib.io.plots import show_or_save, show_sorted

    target = f"output/{Path(out).stem}_{names[0]}.png"
    if len(names) == 1:
        return show_sorted(table, names[0], target)
    return show_or_save(scatter(table, names[0], names[1], highlight="filename"), target)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
