"""RasterFairy, a package that lays points out on grids, as an optional engine, not installed by default."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Iterator

import numpy as np

from lib.errors import MediaError

ADVICE = "use the method auto, which is nearer to the optimum, or run: pip install rasterfairy"
# Names removed in NumPy 1.24 that RasterFairy 1.0.6, the last release, still uses.
DROPPED = {"float": float, "int": int}


@contextlib.contextmanager
def _dropped_names() -> Iterator[None]:
    """Restore the names in NumPy that RasterFairy needs, while it runs."""
    missing = {name: kind for name, kind in DROPPED.items() if name not in vars(np)}
    for name, kind in missing.items():
        setattr(np, name, kind)
    try:
        yield
    finally:
        for name in missing:
            delattr(np, name)


def rasterfairy_cells(places: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the cell (int64, row * width + column) that RasterFairy gives each point.

    places: float64, shape (n, 2), as `lib.math.grid.rank_places` makes them. RasterFairy truncates coordinates to
    integers: so it gets twice the ranks, which are integers even if points share one. Raises MediaError if the package
    is missing, fails, or assigns a cell twice.
    """
    count = width * height
    ranks = np.round((places + 0.5) * 2 * count / [width, height])
    try:
        package = importlib.import_module("rasterfairy")
    except ImportError:
        raise MediaError(
            f"the method rasterfairy needs the package rasterfairy, which is not installed: {ADVICE}"
        ) from None
    try:
        with contextlib.redirect_stdout(io.StringIO()), _dropped_names():  # it reports to stdout
            grid, _ = package.transformPointCloud2D(ranks, target=(width, height))
            found = np.asarray(grid, float).reshape(count, 2)
    except Exception as error:  # of any kind: another package's fault
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        raise MediaError(f"rasterfairy: the package fails here ({text}): {ADVICE}") from error
    inside = ((found >= 0) & (found < [width, height]) & (found == np.floor(found))).all()
    cells = (found[:, 1] * width + found[:, 0]).astype(np.int64) if inside else np.empty(0, np.int64)
    if len(np.unique(cells)) != count:
        raise MediaError(f"rasterfairy: the package gave several points one cell, or none: {ADVICE}")
    return cells
