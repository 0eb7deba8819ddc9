"""External vectors of samples: from a file of arrays, or from columns of the table."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence

import numpy as np

from lib.errors import MediaError, MissingError
from lib.tables.table import Table

# Arrays of a file of vectors: the first three identify the sample (as in the table, start and dur in ms).
FILENAME, START, DUR, VECTORS = "filename", "start", "dur", "vectors"
KEYS = (FILENAME, START, DUR, VECTORS)


def column_vectors(table: Table, names: str) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors from columns of a table, joined by commas, and which rows have one.

    float32, shape (rows, columns), each column standardised, and bool, shape (rows,). Rows with a cell that is not a
    number have none. Raises MediaError if a column is missing, or no row has all numbers.
    """
    columns = [name.strip() for name in names.split(",")]
    table.require(*columns)
    values = np.stack([np.asarray(table.numbers(name), np.float64) for name in columns], axis=1)
    good = np.asarray(np.isfinite(values).all(axis=1))
    if not good.any():
        raise MediaError(f"no row has numbers in all of {', '.join(columns)}", table.path)
    spread = values[good].std(axis=0)
    with np.errstate(all="ignore"):
        points = (values - values[good].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    points[~good] = 0
    return points.astype(np.float32), good


def file_vectors(table: Table, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors from a file of arrays, and which rows of the table have one.

    path: of an .npz with the arrays `filename` (text), `start` and `dur` (ms), each of shape (n,), and `vectors`, shape
    (n, features), as numpy.savez writes them. float32, shape (rows, features), and bool, shape (rows,). Nothing is
    unpickled. Raises MediaError for another kind of file, or one without any of the table's samples.
    """
    arrays = _arrays(path)
    names, starts, lengths, vectors = (arrays[key] for key in KEYS)
    places = {
        (str(name), float(start), float(length)): place
        for place, (name, start, length) in enumerate(zip(names.tolist(), starts.tolist(), lengths.tolist()))
    }
    rows = zip(table.text(FILENAME), table.all_numbers(START).tolist(), table.all_numbers(DUR).tolist())
    found = np.array([places.get(row, -1) for row in rows], np.int64)
    good = found >= 0
    good[good] = np.isfinite(vectors[found[good]]).all(axis=1)
    if not good.any():
        raise MediaError("has no vector for any of the table's samples (filename, start and dur must be equal)", path)
    points = np.zeros((len(table), vectors.shape[1]), np.float32)
    points[good] = vectors[found[good]]
    return points, good


def _arrays(path: str) -> dict[str, np.ndarray]:
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise MediaError("is not a file", path)
    try:
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise MediaError("is a single array: write several with numpy.savez", path)
        with file:
            missing = [key for key in KEYS if key not in file.files]
            if missing:
                raise MediaError(f"has no array {', '.join(missing)}: it needs {', '.join(KEYS)}", path)
            arrays = {key: file[key] for key in KEYS}
    except FileNotFoundError:
        raise MissingError("there is no such file", path) from None
    except OSError as error:
        raise MediaError(f"cannot be read ({error.strerror or error})", path) from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise MediaError(f"is not an .npz of plain arrays ({' '.join(str(error).split())})", path) from error
    _check_shapes([arrays[key] for key in KEYS], path)
    return arrays


def _check_shapes(arrays: Sequence[np.ndarray], path: str) -> None:
    vectors = arrays[-1]
    numeric = all(array.dtype.kind in "iuf" for array in arrays[1:])
    alike = all(array.shape == (len(vectors),) for array in arrays[:-1]) if vectors.ndim == 2 else False
    if not (numeric and alike and vectors.shape[1] and arrays[0].dtype.kind in "US"):
        said = ", ".join(f"{key} {array.dtype} {array.shape}" for key, array in zip(KEYS, arrays))
        raise MediaError(f"needs filename (n,) of text, start and dur (n,), vectors (n, features); it has {said}", path)
