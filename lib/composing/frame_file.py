"""One film's file of the frame store: the pictures, and an index of them at its end.

A complete file is renamed to its final name: after a kill it is there, or it is not.
"""

from __future__ import annotations

import json
import math
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lib.composing.mipmaps import pyramid_bytes
from lib.io.files import open_regular

# Tables give whole milliseconds: a frame that begins this little later than asked for is the right one.
LATE_MS = 0.5
# The end of a file: the mark, the place of the index, its length, its checksum.
TRAILER = struct.Struct("<8sQQI")

MARK = b"MTframes"

# The largest width and height of a picture, in pixels.
LARGEST_SIDE = 1 << 16


@dataclass(frozen=True)
class FilmFrames:
    """A file of the store, opened: `data`, the mapped bytes; for each clip the size of its pictures and the number of
    its frames; for all frames, clip by clip, the time after the clip's start (ms, from 0, rising) and their place in
    `data`. aspect: width / height of the film; problem: where it could not be read.
    """

    data: npt.NDArray[np.uint8]
    sizes: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    ms: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    aspect: float
    problem: str = ""


def write_index(
    file: BinaryIO, end: int, about: dict[str, object], sizes: Sequence[tuple[int, int]],
    found: Sequence[Sequence[tuple[float, int]]],
) -> None:  # fmt: skip
    """Write the index and the trailer behind the pictures, which end at byte `end`.

    found: for each clip its frames as (ms after the clip's start, byte where the picture begins).
    """
    head = json.dumps(about).encode()
    flat = [entry for entries in found for entry in entries]
    arrays = (
        np.array(sizes, "<i8").reshape(-1, 2),
        np.array([len(entries) for entries in found], "<i8"),
        np.array([ms for ms, _ in flat], "<f8"),
        np.array([offset for _, offset in flat], "<i8"),
    )
    index = struct.pack("<QQQ", len(head), len(sizes), len(flat)) + head + b"".join(a.tobytes() for a in arrays)
    file.write(index)
    file.write(TRAILER.pack(MARK, end, len(index), zlib.crc32(index)))


def open_frames(target: str, made_from: dict[str, object] | None, verify: bool = False) -> FilmFrames | None:
    """Open a film's file of the store; None if it is missing, damaged, or not made from this (None: from anything).

    verify: also read all of its pictures and compare their checksum.
    """
    try:
        with open_regular(target) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(size - TRAILER.size)
            mark, begin, length, checksum = TRAILER.unpack(file.read())
            if mark != MARK or begin + length + TRAILER.size != size:
                return None
            file.seek(begin)
            index = file.read(length)
        if zlib.crc32(index) != checksum:
            return None
        head_length, clips, frames = struct.unpack_from("<QQQ", index)
        place = 24 + head_length
        about = json.loads(index[24:place])
        if (made_from is not None and about["made_from"] != made_from) or about["bytes"] != begin:
            return None
        numbers = []
        for kind, count in (("<i8", 2 * clips), ("<i8", clips), ("<f8", frames), ("<i8", frames)):
            numbers.append(np.frombuffer(index, kind, count, place))
            place += 8 * count
        data = np.memmap(target, np.uint8, "r", shape=(begin,)) if begin else np.zeros(0, np.uint8)
        if verify and zlib.crc32(data.data) != about["checksum"]:
            return None
        sizes, counts, ms, offsets = numbers
        aspect, problem = float(about["aspect"]), str(about.get("problem", ""))
        found = FilmFrames(data, sizes.reshape(-1, 2), counts, ms, offsets, aspect, problem)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, struct.error):
        return None
    return found if _stays_inside(found) else None


def _stays_inside(found: FilmFrames) -> bool:
    """Return whether the index stays within its file: it may be a stranger's, and drawing does not check it."""
    if not (0 < found.aspect < math.inf and np.isfinite(found.ms).all()):
        return False
    inside = (found.sizes >= 1) & (found.sizes <= LARGEST_SIDE)
    if not inside.all() or not ((found.counts >= 0) & (found.counts <= len(found.ms))).all():
        return False
    if found.counts.sum() != len(found.ms):
        return False
    sizes, which = np.unique(found.sizes, axis=0, return_inverse=True)
    needed = np.array([pyramid_bytes(width, height) for width, height in sizes.tolist()], np.int64)
    last = len(found.data) - np.repeat(needed[which.reshape(-1)], found.counts) if len(sizes) else found.offsets
    return bool(((found.offsets >= 0) & (found.offsets <= last)).all())
