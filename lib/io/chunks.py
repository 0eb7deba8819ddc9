"""The structure of avi, flv, asf (wmv), mxf and gif: where their chunks do not follow each other as they should.

ffmpeg passes over such a place to the next chunk that it can find, or takes it for the end, and reports nothing.
Sources: Microsoft's RIFF and AVI reference and its Advanced Systems Format specification, Adobe's FLV specification,
SMPTE 377M, GIF89a specification.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Callable

from lib.io.animations import GIF_END, GIF_EXTENSION, GIF_PICTURE, colours
from lib.io.files import open_regular

# What may be in the list of an avi's data: packets and indices of streams, and what is skipped.
AVI_CHUNK = re.compile(rb"\d\d[\w ]{2}|ix\d\d|idx1|JUNK|LIST")
# The beginning of all keys of mxf, and of those of partitions; their 14th byte is 4 for the last partition.
MXF_KEY = b"\x06\x0e\x2b\x34"
MXF_PARTITION, LAST_PARTITION = MXF_KEY + b"\x02\x05\x01\x01\x0d\x01\x02\x01\x01", 4
UNKNOWN = 0xFFFFFFFF
# Kinds of tags of flv: sound, picture, metadata; and the bytes of a tag's header.
FLV_TAGS, FLV_HEADER = (8, 9, 18), 11
# The objects of asf that hold the size of packets, and the packets; and how a packet begins that says how it is
# protected (nearly all do).
ASF_HEADER, ASF_FILE, ASF_DATA = (
    bytes.fromhex(text)
    for text in ("3026b2758e66cf11", "a1dcab8c47a9cf118ee400c00c205365", "3626b2758e66cf11a6d900aa0062ce6c")
)
ASF_PACKET = b"\x82\0\0"


def break_in(path: str) -> int | None:
    """Return the byte from which on a file's chunks do not follow each other; None: they do, or it is of another kind.

    What is cut off at its end is not broken, nor are other bytes after its end. Raises OSError.
    """
    with open_regular(path) as file:
        head = file.read(16)
        look = next((look for mark, look in _KINDS.items() if head.startswith(mark)), None)
        if look is None:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return look(data)
            except (struct.error, IndexError):  # the file ends within a chunk
                return None


def _in_avi(data: mmap.mmap) -> int | None:
    """Look at the lists of data, one in each RIFF chunk."""
    place = 0 if data[8:12] == b"AVI " else len(data)
    while data[place : place + 4] == b"RIFF":
        length = struct.unpack_from("<I", data, place + 4)[0]
        end = place + 8 + length
        place += 12
        while place + 12 <= min(end, len(data)):
            name, size, kind = struct.unpack_from("<4sI4s", data, place)
            inside, after = place + 12, place + 8 + size
            if name == b"LIST" and kind == b"movi" and 4 < size != UNKNOWN:
                broken = _in_movi(data, inside, min(after, len(data)))
                if broken is not None:
                    return broken
            place = after + size % 2
        place = end + length % 2
    return None


def _in_movi(data: mmap.mmap, place: int, end: int) -> int | None:
    while place + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, place)
        if not AVI_CHUNK.fullmatch(name) or (place + 8 + size > end < len(data)):
            return place
        after = place + 8 + size
        # (Some writers leave the byte out that makes the length even.)
        padded = size % 2 and (after + 5 > end or AVI_CHUNK.fullmatch(data[after + 1 : after + 5]) is not None)
        place = place + 12 if name == b"LIST" else after + bool(padded)
    return None


def _in_mxf(data: mmap.mmap) -> int | None:
    place, in_last = 0, False
    while place < len(data):
        key = data[place : place + 16]
        if not key.startswith(MXF_KEY):
            return None if in_last else place
        in_last |= key.startswith(MXF_PARTITION) and key[13] == LAST_PARTITION
        length, used = data[place + 16], 17
        if length & 0x80:
            used += length & 0x7F
            length = int.from_bytes(data[place + 17 : place + used], "big")
        place += used + length
    return None


def _in_gif(data: mmap.mmap) -> int | None:
    place = 13 + colours(data[10])
    while place < len(data) and data[place] != GIF_END:
        if data[place] not in (GIF_PICTURE, GIF_EXTENSION):
            return place
        place += 2 if data[place] == GIF_EXTENSION else 11 + colours(data[place + 9])
        while data[place]:
            place += 1 + data[place]
        place += 1
    return None


def _in_flv(data: mmap.mmap) -> int | None:
    last = len(data) - 4 - int.from_bytes(data[-4:], "big")
    if last < FLV_HEADER or data[last] & 0x1F not in FLV_TAGS:
        return None  # there is something else after the last tag, or it is cut off
    place = int.from_bytes(data[5:9], "big") + 4
    while place + FLV_HEADER < len(data):
        if data[place] & 0xDF not in FLV_TAGS:
            return place
        place += FLV_HEADER + int.from_bytes(data[place + 1 : place + 4], "big") + 4
    return None


def _in_asf(data: mmap.mmap) -> int | None:
    properties, begin = data.find(ASF_FILE), data.find(ASF_DATA)
    if min(properties, begin) < 0:
        return None
    least, most = struct.unpack_from("<II", data, properties + 92)
    count = struct.unpack_from("<Q", data, begin + 40)[0]
    first = begin + 50
    if least != most or not least or data[first : first + 3] != ASF_PACKET:
        return None
    for place in range(first, min(first + count * least, len(data)), least):
        if data[place : place + 3] != ASF_PACKET:
            return place
    return None


_KINDS: dict[bytes, Callable[[mmap.mmap], int | None]] = {
    b"RIFF": _in_avi,
    b"FLV": _in_flv,
    ASF_HEADER: _in_asf,
    MXF_KEY: _in_mxf,
    b"GIF": _in_gif,
}
