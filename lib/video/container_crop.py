"""The rows and columns that a container hides, which PyAV does not report.

PixelCrop of Matroska; the clean aperture of mp4 and mov is in `lib.video.clean_aperture`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from lib.io.files import open_regular
from lib.video.clean_aperture import clean_aperture

# Matroska's elements (RFC 9559): those on the way to the four numbers, and these.
SEGMENT, TRACKS, ENTRY, TYPE, VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0x83, 0xE0
BOTTOM, TOP, LEFT, RIGHT = 0x54AA, 0x54BB, 0x54CC, 0x54DD
CLUSTER = 0x1F43B675
EBML = b"\x1a\x45\xdf\xa3"
VIDEO_TRACK = 1
# The names of boxes at the beginning of mp4 and mov files.
BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
# Tracks come before the first cluster, after at most this number of elements.
MOST_ELEMENTS = 200


def container_crop(path: str, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the part of frames of this size that the container shows: left, top, columns, rows; by default all."""
    cut = {BOTTOM: 0, TOP: 0, LEFT: 0, RIGHT: 0}
    try:
        with open_regular(path) as file:
            head = file.read(8)
            if head[:4] == EBML:
                cut |= _matroska(file)
            elif head[4:] in BOXES:
                shown = clean_aperture(file, os.fstat(file.fileno()).st_size, width, height)
                if shown:
                    return shown
    except (OSError, ValueError, struct.error):
        pass
    columns, rows = width - cut[LEFT] - cut[RIGHT], height - cut[TOP] - cut[BOTTOM]
    if columns < 1 or rows < 1:  # nothing would be shown: a mistake
        return 0, 0, width, height
    return cut[LEFT], cut[TOP], columns, rows


def _matroska(file: BinaryIO) -> dict[int, int]:
    """Return the numbers of the first video track."""
    file.seek(0)
    for name, _ in _elements(file, None):
        if name != SEGMENT:
            continue
        for inner, length in _elements(file, None):
            if inner == CLUSTER:
                return {}
            if inner == TRACKS:
                return _first_video(file, file.tell() + length)
    return {}


def _first_video(file: BinaryIO, end: int) -> dict[int, int]:
    for name, length in _elements(file, end):
        if name != ENTRY:
            continue
        kind, found = 0, {}
        for inner, inner_length in _elements(file, file.tell() + length):
            if inner == TYPE:
                kind = int.from_bytes(file.read(inner_length), "big")
            elif inner == VIDEO:
                for number, size in _elements(file, file.tell() + inner_length):
                    if number in (BOTTOM, TOP, LEFT, RIGHT):
                        found[number] = int.from_bytes(file.read(size), "big")
        if kind == VIDEO_TRACK:
            return found
    return {}


def _elements(file: BinaryIO, end: int | None) -> Iterator[tuple[int, int]]:
    """Yield (identifier, length of the content) of the elements up to `end`; the file is then at the content."""
    for _ in range(MOST_ELEMENTS):
        if end is not None and file.tell() >= end:
            return
        name, length = _number(file, keep_mark=True), _number(file, keep_mark=False)
        content = file.tell()
        yield name, length
        file.seek(content + length)


def _number(file: BinaryIO, keep_mark: bool) -> int:
    """Return a number of variable length. Raises ValueError at the end of the file."""
    first = file.read(1)
    if not first or not first[0]:
        raise ValueError("no number")
    length = 8 - first[0].bit_length() + 1
    value = first[0] if keep_mark else first[0] & ((1 << (8 - length)) - 1)
    return int.from_bytes(bytes([value]) + file.read(length - 1), "big")
