"""The structure of GIF and APNG: where such a file should end."""

from __future__ import annotations

import struct
from typing import BinaryIO

# The first bytes of a GIF's blocks; the length of a PNG's mark.
GIF_EXTENSION, GIF_PICTURE, GIF_END = 0x21, 0x2C, 0x3B
PNG_MARK_BYTES = 8


def gif_end(file: BinaryIO, size: int) -> int:
    """Return where the last block of a GIF ends: beyond the file if it is cut off. The mark of the end may be missing.

    Source: GIF89a specification (CompuServe, 1990).
    """
    file.seek(10)
    place, length = 13 + colours(file.read(1)[0]), 0
    while place < size:
        file.seek(place)
        head = file.read(10)
        if head[0] == GIF_END:
            return place + 1
        if head[0] not in (GIF_PICTURE, GIF_EXTENSION):
            return size
        place += 2 if head[0] == GIF_EXTENSION else 11 + (colours(head[9]) if len(head) == 10 else 0)
        length = 1
        while length and place < size:
            file.seek(place)
            length = file.read(1)[0]
            place += 1 + length
    return size + bool(length)


def colours(flags: int) -> int:
    """Return the bytes of a GIF's table of colours, by the flags that announce it."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def png_end(file: BinaryIO, size: int) -> int:
    """Return where the last chunk of a PNG ends: beyond the file if the one named IEND is missing."""
    place, name = PNG_MARK_BYTES, b""
    while name != b"IEND":
        if place + 8 > size:
            return size + 1
        file.seek(place)
        length, name = struct.unpack(">I4s", file.read(8))
        place += 12 + length
    return place
