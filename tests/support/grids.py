"""Tables with a grid for tests of compositions."""

import argparse

from lib.composing.clips import load_clips
from lib.tables.table import Table, write_table

COMMON = {
    "ss": -1.0, "sd": -1.0, "db": 0.0, "dir": "", "width": 160, "height": 90, "fps": 10, "outframe": "", "out": "o.mp4",
    "threads": 1, "overwrite": False, "ao": False, "vo": False, "cache": False, "cd": "cache/", "ckey": "sample",
    "verifyc": False, "recalc": False, "rand": 1, "pad0": 1000, "pad1": 3000, "rvb": 80, "debug": False, "mdb": -16,
    "maxdb": -16, "precision": 3, "margin": 0.0, "alphar": "0.33,1.0", "brightr": "0.25,1.0", "mcd": 1200, "noise": 0.0,
    "maxa": -1, "keep": -1, "inva": False, "fa": 1.0, "rmode": "fill", "io": 0, "probe": False, "frame": -1,
    "frange": "1,0", "cluster": "", "quality": "low",
}  # fmt: skip


def grid_table(columns, rows, filename="film.mp4", **more):
    """Return a table with a sample in every cell, row by row; sample n: start 100 n ms, 200 ms long, tsne n.

    more: columns, as lists of cells, or functions of the number of the sample.
    """
    count = columns * rows
    cells = {
        "filename": [filename] * count,
        "start": [str(100 * n) for n in range(count)],
        "dur": ["200"] * count,
        "tsne": [str(n) for n in range(count)],
        "tsne2": ["0"] * count,
        "gridX": [str(n % columns) for n in range(count)],
        "gridY": [str(n // columns) for n in range(count)],
    }
    for name, given in more.items():
        cells[name] = [str(given(n)) for n in range(count)] if callable(given) else list(given)
    return Table.of(cells)


def arguments(path, grid, grid0=None, grid1=None, **flags):
    """Return what the command line would give: the flags of all compositions, and these."""
    grids = {"grid": grid, "grid0": grid0 or grid, "grid1": grid1 or grid}
    return argparse.Namespace(**{**COMMON, "input": str(path), **grids, **flags})


def piece_of(kind, tmp_path, table, /, grid, grid0=None, grid1=None, **flags):
    """Return a composition of this kind from a table."""
    path = tmp_path / "grid.csv"
    write_table(table, path)
    args = arguments(path, grid, grid0, grid1, **flags)
    clips, rows = load_clips(args)
    return kind(clips, rows, args)
