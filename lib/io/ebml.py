"""The structure of a matroska or webm file: where its elements do not follow each other as they should.

ffmpeg passes over such a place to the next cluster it can find, or takes it for the end, and reports nothing.
Source: RFC 8794 (EBML) and RFC 9559 (Matroska).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lib.io.files import open_regular

HEADER, SEGMENT, INFO, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1F43B675
SCALE, DURATION, CLUSTER_TIME, BLOCK, BLOCK_GROUP = 0x2AD7B1, 0x4489, 0xE7, 0xA3, 0xA0
# Void and checksum: they may be anywhere.
ANYWHERE = frozenset((0xEC, 0xBF))
# Elements of a segment: SeekHead, Info, Tracks, Cluster, Cues, Attachments, Chapters, Tags.
IN_SEGMENT = ANYWHERE | {0x114D9B74, INFO, 0x1654AE6B, CLUSTER, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367}
# Elements of a cluster: timestamp, position, size of the one before, blocks, silent tracks, encrypted blocks.
IN_CLUSTER = ANYWHERE | {CLUSTER_TIME, 0xA7, 0xAB, BLOCK, BLOCK_GROUP, 0x5854, 0xAF}
# Nanoseconds of a tick if the file does not say.
USUAL_SCALE = 1_000_000
# In bytes: the longest number of EBML, and the header of a block.
LONGEST, LEAST_BLOCK = 8, 4

# An element: its number, where its content begins, and where it ends (None: not known).
Element: TypeAlias = tuple[int, int, int | None]


@dataclass(frozen=True)
class BrokenBlocks:
    """after: time of the last good block before the damage, in s; seconds: the file's length by its header (None: not
    said).
    """

    after: float
    seconds: float | None


def broken_blocks(path: str) -> BrokenBlocks | None:
    """Return where elements of a matroska file do not follow each other; None: they do, or it is another kind of file.

    The headers of all blocks are read. What is cut off at its end is not damaged, nor are other bytes after its end.
    Raises OSError.
    """
    with open_regular(path) as file:
        if file.read(4) != HEADER.to_bytes(4, "big"):
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            walk = _Walk(data)
            try:
                walk.file()
            except _Damaged:
                return BrokenBlocks(walk.time * walk.scale / 1e9, walk.seconds)
            except _Cut:
                pass
    return None


class _Damaged(Exception):
    """There is something else where an element should begin."""


class _Cut(Exception):
    """The file ends within an element."""


class _Walk:
    """Visits the elements of a file. time: of the last block, in ticks of `scale` nanoseconds; seconds: the length."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._size = data, len(data)
        self.scale, self.time = USUAL_SCALE, 0
        self.seconds: float | None = None

    def file(self) -> None:
        """Visit the first segment. Raises _Damaged, _Cut."""
        _, _, end = self._element(0)
        ident, begin, end = self._element(end or 0)
        if ident != SEGMENT:
            raise _Damaged
        end = self._size if end is None else end
        place = begin
        while place < end:
            ident, inside, after = self._element(place)
            if ident == CLUSTER:
                place = self._cluster(inside, after, end)
                continue
            if ident in (HEADER, SEGMENT) and end == self._size:  # another file was joined to this one
                return
            if ident not in IN_SEGMENT and not self._is_known(after, IN_SEGMENT, end):
                raise _Damaged
            if after is None:
                raise _Damaged
            if ident == INFO:
                self._read_info(inside, after)
            place = after

    def _cluster(self, place: int, end: int | None, last: int) -> int:
        """Visit the blocks of a cluster; return where it ends. last: where the segment ends."""
        limit = last if end is None else end
        begun = 0
        while place < limit:
            ident, inside, after = self._element(place)
            if ident not in IN_CLUSTER:
                if end is None and ident in IN_SEGMENT | {HEADER, SEGMENT}:
                    return place
                if not self._is_known(after, IN_CLUSTER, limit):
                    raise _Damaged
            small = ident == BLOCK and after is not None and after - inside < LEAST_BLOCK
            if after is None or small or (after > limit and limit <= self._size):
                raise _Damaged
            if after > self._size:
                raise _Cut
            if ident == BLOCK:
                self.time = max(begun + self._offset(inside), 0)
            elif ident == CLUSTER_TIME:
                self.time = begun = int.from_bytes(self._data[inside : min(after, inside + LONGEST)], "big")
            place = after
        if place > self._size:
            raise _Cut
        return place

    def _offset(self, inside: int) -> int:
        """Return the time of a block after its cluster's: it follows the number of the track."""
        place = inside + 9 - self._data[inside].bit_length() if inside < self._size else inside
        return int.from_bytes(self._data[place : place + 2], "big", signed=True)

    def _is_known(self, place: int | None, known: frozenset[int], end: int) -> bool:
        """Return whether an unknown element leads to its parent's end, or to one that is known."""
        if place is None or place > end:
            return False
        if place == end:
            return True
        try:
            return self._element(place)[0] in known
        except _Damaged:
            return False

    def _read_info(self, place: int, end: int) -> None:
        duration: float | None = None
        for ident, inside, after in self._children(place, end):
            content = self._data[inside:after]
            if ident == SCALE and content:
                self.scale = int.from_bytes(content, "big") or USUAL_SCALE
            elif ident == DURATION and len(content) in (4, 8):
                duration = struct.unpack(">f" if len(content) == 4 else ">d", content)[0]
        self.seconds = duration * self.scale / 1e9 if duration and duration > 0 else None

    def _children(self, place: int, end: int) -> Iterator[tuple[int, int, int]]:
        while place < min(end, self._size):
            ident, inside, after = self._element(place)
            if after is None or after > end:
                raise _Damaged
            yield ident, inside, after
            place = after

    def _element(self, place: int) -> Element:
        """Return the element that begins at a place."""
        data = self._data
        if place >= self._size:
            raise _Cut
        used = 9 - data[place].bit_length()
        if used > 4:  # no identifier is longer
            raise _Damaged
        ident = int.from_bytes(data[place : place + used], "big")
        place += used
        if place >= self._size:
            raise _Cut
        more = 9 - data[place].bit_length()
        if more > LONGEST:
            raise _Damaged
        if place + more > self._size:
            raise _Cut
        length = int.from_bytes(data[place : place + more], "big") - (1 << 7 * more)
        place += more
        return ident, place, None if length == (1 << 7 * more) - 1 else place + length
