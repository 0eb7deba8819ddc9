"""Tables with a grid for tests of compositions."""

from copy import copy
from functools import cache

from compositions._flags import add_common, add_grids
from compositions._settings import run_settings
from lib import cli
from lib.composing.clip_table import load_clips
from lib.tables.table import Table, write_table

# What tests have unless they say otherwise: round numbers, and a small picture.
PLAIN = {"dir": "", "width": 160, "height": 90, "fps": 10, "outframe": "", "margin": 0.0, "brightr": (0.25, 1.0)}


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


def settings_of(path, grid, grid0=None, grid1=None, **flags):
    """Return what a command line asks for: the table, the grids such as 4x4, and values of the shared flags."""
    args = copy(_parsed(grid, grid0 or grid, grid1 or grid))
    for name, value in {"input": str(path), **PLAIN, **flags}.items():
        assert hasattr(args, name), name
        setattr(args, name, value)
    return run_settings(args)


def clips_of(path, grid, grid0=None, grid1=None, **flags):
    """Return the clips of a table that is there."""
    run = settings_of(path, grid, grid0, grid1, **flags)
    return load_clips(run.table, run.folder, run.views)[0]


def composition_of(kind, tmp_path, table, /, grid, grid0=None, grid1=None, **flags):
    """Return a composition of this kind from a table; flags: shared ones and its own, as they are read."""
    path = tmp_path / "grid.csv"
    write_table(table, path)
    known = set(vars(_parsed()))
    run = settings_of(path, grid, grid0, grid1, **{name: flags[name] for name in flags if name in known})
    clips, rows = load_clips(run.table, run.folder, run.views)
    return kind(clips, rows, run.composition, **{name: flags[name] for name in flags if name not in known})


@cache
def _parsed(*grids):
    """Return what a command line without flags asks for; grids: what the whole and the views are by default."""
    p = cli.Parser("")
    if grids:
        add_grids(p, *grids)
    add_common(p)
    return p.parse_args([])
