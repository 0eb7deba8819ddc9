"""t-SNE: ours against scikit-learn's, with the share of the 10 nearest neighbours that each keeps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import Row, show, timed

SIZES = (1024, 2048, 4096)


def clusters(count: int):  # type: ignore[no-untyped-def]
    """Fingerprint-like points: curved clusters in 39 dimensions, one for every 80."""
    import numpy as np

    rng = np.random.default_rng(0)
    kinds = max(count // 80, 1)
    kind = rng.integers(0, kinds, count)
    along = np.einsum("nj,njd->nd", rng.standard_normal((count, 4)), rng.standard_normal((kinds, 4, 39))[kind])
    return 2 * rng.standard_normal((kinds, 39))[kind] + 0.6 * along + 0.2 * rng.standard_normal((count, 39))


def rows() -> Iterator[Row]:
    from sklearn.manifold import TSNE

    from lib.math.embedding import embed, neighbours_kept

    for components in (1, 2):
        growth = tuple(timed(lambda n=n, c=components: embed(clusters(n), c, threads=2), 1) for n in SIZES)
        points = clusters(SIZES[-1])
        maps: dict[str, Any] = {}

        def plain(points=points, components=components, maps=maps) -> None:  # type: ignore[no-untyped-def]
            maps["plain"] = TSNE(components, random_state=0, n_jobs=2).fit_transform(points)

        seconds = timed(plain, 1)
        ours = neighbours_kept(points, embed(points, components, threads=2))
        notes = f"neighbours kept: ours {ours:.3f}, scikit-learn {neighbours_kept(points, maps['plain']):.3f}"
        work = f"{SIZES[-1]} x 39 to {components}-D, -threads 2"
        yield Row("t-SNE", work, growth[-1], seconds, growth, notes)


if __name__ == "__main__":
    show(rows())
