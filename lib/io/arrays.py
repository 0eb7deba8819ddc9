"""Arrays from a file that anyone may have made (.npz): plain ones only, and every kind of damage is an error."""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np

from lib.errors import MediaError, MissingError

# What NumPy and zipfile raise for a file that is none, is damaged, encrypted or packed in an unknown way, or whose
# arrays are pickled.
UNREADABLE = (ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def read_arrays(path: str, names: Sequence[str], what: str) -> dict[str, np.ndarray]:
    """Return these arrays of an .npz file. Nothing is unpickled.

    what: the file's purpose, for messages, such as "a file of vectors". Raises MediaError if it is another kind of
    file, is damaged, or lacks one of the arrays; MissingError if it is not there.
    """
    if not os.path.lexists(path):
        raise MissingError("there is no such file", path)
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise MediaError("is not a file", path)
    try:
        with open(path, "rb") as opened:
            if not zipfile.is_zipfile(opened):
                raise MediaError(f"is not {what}: not an .npz of NumPy, or cut off", path)
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in names if name not in file.files]
            if missing:
                some = len(missing) < len(names)
                lacks = f": it has no array {', '.join(missing)}; it needs {', '.join(names)}" if some else ""
                raise MediaError(f"is not {what}{lacks}", path)
            arrays = {name: file[name] for name in names}
    except UNREADABLE as error:
        said = "it holds pickled objects, which are not read" if "pickle" in str(error) else "it is damaged"
        raise MediaError(f"is not {what}: {said}", path) from error
    except MemoryError as error:
        raise MediaError("is damaged, or its arrays are too large for the memory", path) from error
    except OSError as error:
        raise MediaError(f"cannot be read ({error.strerror or error})", path) from error
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise MediaError(f"is not {what}: it holds other files than arrays", path)
    return arrays
