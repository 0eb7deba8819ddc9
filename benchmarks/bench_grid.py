"""Grids: ours against the dense solver over all pairs (lapx lapjv), on clustered clouds and on a map of the films."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, run_script, show, timed

# Samples of the films are repeated, with a jitter of this part of the map's extent, to fill larger grids.
JITTER = 0.02


def cloud(count: int):  # type: ignore[no-untyped-def]
    """Thirty clusters of different sizes, as maps have them."""
    import numpy as np

    rng = np.random.default_rng(0)
    kind = rng.integers(0, 30, count)
    spread = rng.uniform(0.3, 3, (30, 1))
    return rng.normal(0, 10, (30, 2))[kind] + spread[kind] * rng.standard_normal((count, 2))


def films():  # type: ignore[no-untyped-def]
    """Return the t-SNE map of the samples of the films: float64, shape (samples, 2)."""
    import numpy as np

    from lib.tables.table import read_table

    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/films.csv"
        run_script("audio_to_samples.py", "-in", f"{SAMPLE_MEDIA}/film_*.mp4", "-out", out)
        run_script("samples_to_tsne.py", "-in", out, "-dir", str(SAMPLE_MEDIA), "-components", "2")
        table = read_table(out)
        return np.stack([table.all_numbers("tsne"), table.all_numbers("tsne2")], axis=1)


def repeated(points, count: int):  # type: ignore[no-untyped-def]
    """Return `count` points: a map repeated, with new jitter each time."""
    import numpy as np

    chosen = np.resize(np.arange(len(points)), count)
    return points[chosen] + JITTER * np.ptp(points, axis=0) * np.random.default_rng(0).standard_normal((count, 2))


def dense(places, side: int) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Return the optimum in cells^2 by lapjv over all pairs, and the seconds it took."""
    import lap
    import numpy as np

    cells = np.arange(side * side)
    begun = time.perf_counter()
    costs = (places[:, :1] - cells % side) ** 2 + (places[:, 1:] - cells // side) ** 2
    best, _, _ = lap.lapjv(costs)
    return best / len(cells), time.perf_counter() - begun


def line(what: str, points, side: int, method: str, optimum: float | None = None, seconds: float | None = None) -> Row:  # type: ignore[no-untyped-def]
    """Measure one layout."""
    from lib.math.grid import lay_out
    from lib.math.grid_quality import quality

    cpu = time.process_time()
    ours = timed(lambda: lay_out(points, side, side, method), 1)
    cpu = (time.process_time() - cpu) / 2  # of the run that warms up, too
    layout = lay_out(points, side, side, method)
    found = quality(layout.places, layout.cells)
    notes = f"{found.displacement:.3f} cells^2, 3x3 {found.neighbours:.3f}, DPQ {found.dpq:.3f}, CPU {cpu:.2f} s"
    if optimum is not None:
        notes += f"; {100 * (found.displacement / optimum - 1):.4f} % above lapjv's"
    if layout.above == layout.above:
        notes += f"; proved within {100 * layout.above:.1g} % of the optimum"
    return Row("grid", f"{what}, {side}x{side}, -method {method}", ours, seconds, notes=notes)


def rows() -> Iterator[Row]:
    from lib.math.grid import rank_places

    line("cloud", cloud(1600), 40, "auto")  # compiles
    film = films()
    for what, points in (("cloud", cloud(4096)), ("films", repeated(film, 4096))):
        optimum, seconds = dense(rank_places(points, 64, 64), 64)
        for method in ("auto", "fast"):
            yield line(what, points, 64, method, optimum, seconds)
    side = int(len(film) ** 0.5)
    yield line("films as they are", film[: side * side], side, "auto")
    for side in (128, 256):
        for what, points in (("cloud", cloud(side * side)), ("films", repeated(film, side * side))):
            for method in ("auto", "fast"):
                yield line(what, points, side, method)
    yield line("cloud", cloud(512 * 512), 512, "auto")


if __name__ == "__main__":
    show(rows())
