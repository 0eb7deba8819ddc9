"""The clean aperture of mp4 and mov (the box `clap`): the part of pictures to be shown, which PyAV does not report."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

# The boxes on the way from the file to the first film's sample entry (ISO/IEC 14496-12).
WAY = (b"mdia", b"minf", b"stbl", b"stsd")
# Bytes of a sample description before its entries; of a visual sample entry before the boxes in it.
DESCRIPTION, ENTRY = 8, 78
# Number of boxes examined per level, at most.
MOST_BOXES = 10_000


def clean_aperture(file: BinaryIO, size: int, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Return the part of frames of this size that is shown: left, top, columns, rows. None: the file does not say.

    size: of the file. Raises OSError, and ValueError or struct.error where the boxes are damaged.
    """
    for name, end in _boxes(file, 0, size):
        if name == b"moov":
            for inner, inner_end in _boxes(file, file.tell(), end):
                if inner == b"trak" and (found := _of_track(file, file.tell(), inner_end)) is not None:
                    return _shown(found, width, height)
    return None


def _of_track(file: BinaryIO, begin: int, end: int) -> tuple[int, ...] | None:
    """Return the eight numbers of a film's `clap`; empty: it has none; None: the track is not a film."""
    for step in WAY:
        place = _child(file, begin, end, step)
        if place is None:
            return None
        begin, end = place
        if step == b"mdia":
            handler = _child(file, begin, end, b"hdlr")
            if handler is None:
                return None
            file.seek(handler[0] + 8)
            if file.read(4) != b"vide":
                return None
    for _, entry_end in _boxes(file, begin + DESCRIPTION, end):
        clap = _child(file, file.tell() + ENTRY, entry_end, b"clap")
        if clap is None:
            return ()
        file.seek(clap[0])
        return struct.unpack(">4I2i2I", _swapped(file.read(32)))
    return None


def _swapped(data: bytes) -> bytes:
    """Put the two offsets, which may be negative, beside each other: width, height, then their numerators."""
    if len(data) < 32:
        raise ValueError("no clean aperture")
    return data[:16] + data[16:20] + data[24:28] + data[20:24] + data[28:32]


def _shown(numbers: tuple[int, ...], width: int, height: int) -> tuple[int, int, int, int] | None:
    if not numbers:
        return None
    wide, wide_by, high, high_by, right, down, right_by, down_by = numbers
    if not (wide_by and high_by and right_by and down_by):
        return None
    columns, rows = Fraction(wide, wide_by), Fraction(high, high_by)
    # The offsets are those of the centre of the shown part from the centre of the picture.
    left = round(Fraction(width - columns, 2) + Fraction(right, right_by))
    top = round(Fraction(height - rows, 2) + Fraction(down, down_by))
    found = left, top, round(columns), round(rows)
    fits = left >= 0 and top >= 0 and min(found[2:]) > 0 and left + found[2] <= width and top + found[3] <= height
    return found if fits else None


def _child(file: BinaryIO, begin: int, end: int, wanted: bytes) -> tuple[int, int] | None:
    """Return the range of the content of the first box of this name."""
    for name, box_end in _boxes(file, begin, end):
        if name == wanted:
            return file.tell(), box_end
    return None


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield (name, end) of boxes; the file is then at the content."""
    for _ in range(MOST_BOXES):
        if begin + 8 > end:
            return
        file.seek(begin)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1:
            length = struct.unpack(">Q", file.read(8))[0]
        elif length == 0:
            length = end - begin
        if length < 8:
            raise ValueError("a box without a length")
        yield name, min(begin + length, end)
        begin += length
