"""External vectors of samples: from a file of arrays, or from columns of the table."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np

from lib.audio.fingerprint_kinds import COURSE, MFCC, TIMBRE
from lib.errors import MediaError
from lib.io.arrays import read_arrays
from lib.tables.table import Table

# Arrays of a file of vectors: the first three identify the sample (as in the table, start and dur in ms).
FILENAME, START, DUR, VECTORS = "filename", "start", "dur", "vectors"
KEYS = (FILENAME, START, DUR, VECTORS)
# Vectors whose largest number is within this range are left as they are.
LEAST, MOST = 1e-6, 1e6


def column_vectors(table: Table, names: str) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors from columns of a table, joined by commas, and which rows have one.

    float32, shape (rows, columns), each column standardised, and bool, shape (rows,). Rows with a cell that is not a
    number have none. Raises MediaError if a column is missing, or no row has all numbers.
    """
    columns = [name.strip() for name in names.split(",")]
    meant = difflib.get_close_matches(names.strip().lower(), (TIMBRE, MFCC, COURSE), 1)
    table.require(*columns, hint=f"Or did you mean the fingerprint {meant[0]}?" if meant else "")
    values = np.stack([np.asarray(table.numbers(name), np.float64) for name in columns], axis=1)
    good = np.asarray(np.isfinite(values).all(axis=1))
    if not good.any():
        raise MediaError(f"no row has numbers in all of {', '.join(columns)}", table.path)
    points = np.zeros(values.shape, np.float32)
    values = np.ldexp(values[good], -np.frexp(np.abs(values[good]).max(axis=0))[1])  # their squares are numbers, too
    spread = values.std(axis=0)
    points[good] = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return points, good


def file_vectors(table: Table, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors from a file of arrays, and which rows of the table have one.

    path: of an .npz with the arrays `filename` (text), `start` and `dur` (ms), each of shape (n,), and `vectors`, shape
    (n, features), as numpy.savez writes them. float32, shape (rows, features), and bool, shape (rows,). Nothing is
    unpickled. Raises MediaError for another kind of file, or one without any of the table's samples.
    """
    arrays = read_arrays(path, KEYS, "a file of vectors")
    _check_shapes([arrays[key] for key in KEYS], path)
    names, starts, lengths, vectors = (arrays[key] for key in KEYS)
    places = {
        (
            name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name,
            float(start),
            float(length),
        ): place
        for place, (name, start, length) in enumerate(zip(names.tolist(), starts.tolist(), lengths.tolist()))
    }
    rows = zip(table.text(FILENAME), table.all_numbers(START).tolist(), table.all_numbers(DUR).tolist())
    found = np.array([places.get(row, -1) for row in rows], np.int64)
    good = found >= 0
    if not good.any():
        raise MediaError("has no vector for any of the table's samples (filename, start and dur must be equal)", path)
    good[good] = np.isfinite(vectors[found[good]]).all(axis=1)
    if not good.any():
        raise MediaError("the vectors of the table's samples hold NaN or infinite numbers", path)
    points = np.zeros((len(table), vectors.shape[1]), np.float32)
    points[good] = _scaled(vectors[found[good]].astype(np.float64))
    return points, good


def _scaled(vectors: np.ndarray) -> np.ndarray:
    """Return vectors whose squares 32-bit numbers hold: all times one power of two where they are large or small."""
    peak = float(np.abs(vectors).max())
    return vectors if LEAST <= peak <= MOST or not peak else np.ldexp(vectors, -np.frexp(peak)[1])


def _check_shapes(arrays: Sequence[np.ndarray], path: str) -> None:
    vectors = arrays[-1]
    numeric = all(array.dtype.kind in "iuf" for array in arrays[1:])
    alike = all(array.shape == (len(vectors),) for array in arrays[:-1]) if vectors.ndim == 2 else False
    if not (numeric and alike and vectors.shape[1] and arrays[0].dtype.kind in "US"):
        said = ", ".join(f"{key} {array.dtype} {array.shape}" for key, array in zip(KEYS, arrays))
        raise MediaError(f"needs filename (n,) of text, start and dur (n,), vectors (n, features); it has {said}", path)
