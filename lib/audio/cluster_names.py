"""Names of clusters of samples: the file of the sample in the middle, and the pitch that the samples have in common."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np

from lib.math.clusters import NO_CLUSTER, medoid
from lib.math.notes import hz_to_note
from lib.tables.table import Table

# Samples that are periodic by more than this are pitched.
PITCHED = 0.5


def cluster_names(table: Table, points: np.ndarray, labels: np.ndarray) -> list[str]:
    """Return the name of each row's cluster, such as `piano C4 pitched`; "" for rows in none.

    table: with the column filename, and `pitched` and `hz` if present; points: float, shape (rows, features);
    labels: number of the cluster, int, shape (rows,). Of two clusters with one name the smaller gets its number too.
    """
    files = table.text("filename")
    out = [""] * len(table)
    taken: set[str] = set()
    for number in np.unique(labels[labels != NO_CLUSTER]).tolist():
        rows = np.flatnonzero(labels == number)
        middle = rows[medoid(points[rows])]
        name = " ".join([PurePosixPath(files[middle]).stem, *_pitch(table, rows)])
        name = name if name not in taken else f"{name} {number}"
        taken.add(name)
        for row in rows:
            out[row] = name
    return out


def _pitch(table: Table, rows: np.ndarray) -> list[str]:
    words = []
    pitched = np.array([])
    if "pitched" in table.columns:
        pitched = table.numbers("pitched")[rows]
        pitched = pitched[np.isfinite(pitched)]
    percussive = len(pitched) > 0 and np.median(pitched) <= PITCHED
    if "hz" in table.columns and not percussive:
        hertz = table.numbers("hz")[rows]
        hertz = hertz[hertz > 0]
        if len(hertz):
            note, octave = hz_to_note(float(np.exp(np.median(np.log(hertz)))))
            words.append(f"{note}{octave}")
    if len(pitched):
        words.append("percussive" if percussive else "pitched")
    return words
