#!/usr/bin/env python3
"""Assign samples to the cells of a grid so that neighbours on the map are neighbours on the grid."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib import cli
from lib.cli.grids import METHODS, best_size, read_size_or_auto, sizes_that_fit
from lib.errors import MediaError
from lib.io.formats import counted
from lib.tables.query_language import Sort, parse_sort

if TYPE_CHECKING:
    import numpy as np

    from lib.math.grid import Layout
    from lib.tables.table import Table

SORT = "clarity=desc=0.5&power=desc"
EXAMPLE = 'python samples_to_grid.py -in "tmp/clips.csv" -grid "16x16"'
# The columns that it usually writes.
COLUMNS = ("gridX", "gridY")


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    cli.add_input(parser, "tmp/samples.csv", "table of samples with a map of two dimensions")
    parser.flag("props", "tsne,tsne2", "the map's columns: first across, second down the grid", kind=cli.two_columns)
    parser.flag("sort", SORT, "priority of the samples, where there are more than cells", kind=cli.parsed(parse_sort))
    written = "columns to write: column and row of the grid, from 0 at the top left"
    parser.flag("oprops", ",".join(COLUMNS), written, kind=cli.two_columns)
    size = "size of the grid in cells: WIDTHxHEIGHT, or auto: the shape that leaves out the fewest samples"
    parser.flag("grid", "256x256", size, kind=read_size_or_auto)
    parser.flag("out", "", "table to write; if omitted: the input file itself", kind=cli.optional_table)
    method = (
        "optimal: the least total distance; fast: a second or two, up to 1 % worse; auto: optimal up to 65,536 cells, "
        "above that better than fast; rasterfairy: uses that package"
    )
    parser.flag("method", "auto", method, choices=METHODS)
    parser.switch("plot", "show a picture of the grid, or save it under output/ where there is no display")
    parser.flag("color", "", "column that colours the picture of -plot; if omitted: filename, hz or start")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    import numpy as np

    from lib.io.files import check_outputs
    from lib.io.progress import bar
    from lib.math.grid import lay_out, work
    from lib.math.grid_quality import quality
    from lib.tables.column_settings import write_from
    from lib.tables.places import share_placed
    from lib.tables.table import read_filled

    out = cli.table_to_write(args)
    check_outputs([out], [])  # (it may be the input)
    cli.check_new_columns("oprops", args.oprops, own=COLUMNS)
    if taken := sorted(set(args.oprops) & set(args.props)):
        raise cli.UsageError("oprops", f"{','.join(args.oprops)}: choose other names: {taken[0]} would be lost")
    table = read_filled(args.input)
    table.require(*([args.color] if args.color else []))
    points = coordinates(table, args.props)
    there = np.flatnonzero(np.isfinite(points).all(axis=1))
    width, height = args.grid or best_size(max(len(there), 1))
    rows = there[choose(table.take(there), width, height, args.sort, len(table))]
    with bar(work(width, height), "grid", "sample") as progress:
        layout = lay_out(points[rows], width, height, args.method, progress.update)
    cells = {name: [""] * len(table) for name in args.oprops}
    for row, place in zip(rows.tolist(), layout.cells.tolist()):
        for name, value in zip(args.oprops, place):
            cells[name][row] = str(value)
    table = table.with_columns(cells)
    write_from(args.input, table, out)
    share = share_placed(len(rows), len(there), len(table), f"{width}x{height}", args.props)
    cli.say(f"{share} -> {out}: {', '.join(args.oprops)} ({width}x{height})")
    found = quality(layout.places, layout.cells)
    cli.say(f"mean squared displacement: {found.displacement:.4g} cells^2{nearness(layout)}")
    cli.say(f"of the 8 nearest neighbours within 3x3: {found.neighbours:.3f}; distance preservation: {found.dpq:.3f}")
    if args.plot:
        cli.say(picture(table.take(rows), layout, (width, height), out, args.color))
    return cli.EXIT_DONE


def coordinates(table: Table, props: Sequence[str]) -> np.ndarray:
    """Return the points of the map, all NaN for a row without a place.

    MediaError with the command that makes its columns, or with the rows that lack one of the coordinates.
    """
    from lib.cli.next_steps import command_line, shell_word
    from lib.math.grid import MOST_NAMED
    from lib.tables.places import places_of

    points, bad = places_of(table, props)
    if bad:
        lines = ", ".join(str(table.line(row)) for row in bad[:MOST_NAMED])
        more = f" and {len(bad) - MOST_NAMED:,} more" if len(bad) > MOST_NAMED else ""
        numbers = "&".join(f"{name}>-1e99" for name in props)
        command = command_line(f'samples_subset.py -in {shell_word(table.path)} -ffilter "{numbers}" -out NEW')
        what = f"{lines}{more}: no place in {', '.join(props)}; to leave such rows out: {command}"
        raise MediaError(f"line{'s' * (len(bad) > 1)} {what}", table.path)
    return points


def choose(table: Table, width: int, height: int, sort: Sort, total: int = 0) -> np.ndarray:
    """Return the rows to place, in the table's order; MediaError with the grids that fit if there are too few.

    total: the rows with those that have no place, which are not in the table.
    """
    import numpy as np

    from lib.tables.queries import sort_rows

    count, wanted = len(table), width * height
    if count == 0:
        raise MediaError("there are no samples to lay out", table.path)
    if count < wanted:
        fitting = " or ".join(f"{w}x{h} ({w * h:,})" for w, h in sizes_that_fit(count, width, height))
        raise MediaError(
            f"has {counted(count, 'sample')}{' with a place' * (count < total)}, too few for the "
            f"{counted(wanted, 'cell')} of a grid of {width}x{height}: they fill -grid {fitting}",
            table.path,
        )
    order = sort_rows(table, sort, at_least=wanted, optional=sort.text == SORT)  # a misspelt column is an error
    return np.sort(order[:wanted])


def nearness(layout: Layout) -> str:
    """Return the end of a line: how near the layout is known to be to the best one."""
    if math.isnan(layout.above):
        return ""
    return ", the optimum" if layout.above < 1e-9 else f", at most {100 * layout.above:.2g} % above the optimum"


def picture(placed: Table, layout: Layout, size: tuple[int, int], out: str, color: str) -> str:
    """Show or save the grid; return a line about it."""
    from lib.plots.grid import grid_picture
    from lib.plots.output import show_or_save

    several = "filename" in placed.columns and len(set(placed.text("filename"))) > 1
    numbers = next((name for name in ("hz", "start") if name in placed.columns), placed.columns[0])
    figure = grid_picture(placed, layout.cells, *size, color or ("filename" if several else numbers))
    return show_or_save(figure, f"output/{Path(out).stem}_grid.png", out)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
