"""Where a file should end by the lengths written in it: beyond its last byte if it was cut off.

Most demuxers of ffmpeg take the end of a file for the end of its content, whatever length was announced. Data after the
media that is not of the format (tags, zeros, a server's page) does not count.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection
from typing import BinaryIO

from lib.io.animations import gif_end, png_end

# Boxes, pages and chunks that are examined, at most.
MOST_STEPS = 1_000_000
# Elements of matroska at the top level, or in the segment.
SEGMENT_ID, EBML_ID = 0x18538067, 0x1A45DFA3
ELEMENTS = (SEGMENT_ID, EBML_ID, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B, 0x1941A469, 0x1043A770,
            0x1254C367, 0xEC, 0xBF)  # fmt: skip
# Bytes at the end of an ogg file, and of a program stream, in which its last page or pack begins.
OGG_TAIL, PACK_TAIL = 1 << 17, 1 << 18
# Transport streams: the first byte of a packet, its length, the possible steps from one to the next, the number of
# consecutive packets that proves them, and the bytes at the end that are searched.
SYNC, PACKET, PACKET_STEPS, IN_A_ROW, SYNC_BYTES = b"\x47", 188, (188, 192, 204), 5, 8192
# Program streams: codes after the bytes 0, 0, 1; those from LEAST_LENGTH on state their length.
PACK, PACK_END, LEAST_LENGTH = 0xBA, 0xB9, 0xBB
# Kinds of tags of flv: sound, picture, metadata.
TAGS = (8, 9, 18)
# Top-level boxes of mp4 and mov, and chunks of caf: other names do not belong to the file.
BOXES = frozenset(
    b"ftyp moov mdat moof mfra free skip wide uuid meta sidx ssix styp prft emsg pdin pnot PICT udta mdia bloc".split()
)
CHUNKS = frozenset(b"desc data free chan kuki pakt strg mark regn inst midi ovvw peak umid uuid edct info".split())
# A RIFF chunk of unknown length (written to a pipe), and the errors of writers: its own header, or a byte of padding.
UNKNOWN, RIFF_SLACK = 0xFFFFFFFF, 8
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
# Bytes of the frames of DV, of 525 and of 625 lines.
DV_FRAMES = (120_000, 144_000)
MXF_KEY, MXF_KEY_BYTES, MXF_HEADER = (
    b"\x06\x0e\x2b\x34",
    16,
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02",
)


def is_cut(file: BinaryIO, size: int, names: Collection[str]) -> bool:
    """Return whether a file, open for reading, ends before its content does. names: ffmpeg's names of its container.

    Raises OSError and struct.error for senseless data.
    """
    for kinds, end in _ENDS:
        if kinds & set(names):
            return end(file, size) > size
    return False


def _boxes_end(file: BinaryIO, size: int) -> int:
    """Return where the last box of an mp4 ends by its own length."""
    place = 0
    for _ in range(MOST_STEPS):
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            break
        length = struct.unpack(">I", head[:4])[0]
        if head[4:8] not in BOXES:
            return size
        if length == 1:
            length = struct.unpack(">Q", head[8:])[0] if len(head) == 16 else 16
        if length < 8:  # 0: to the end of the file
            return size
        place += length
    return place


def _riff_end(file: BinaryIO, size: int) -> int:
    """Return where the last RIFF chunk of an AVI ends (W64: its only one)."""
    file.seek(0)
    if file.read(4) == b"riff":
        file.seek(16)
        return int(struct.unpack("<Q", file.read(8))[0])
    place = 0
    while place < size:
        file.seek(place)
        head = file.read(8)
        if head[:4] != b"RIFF" or len(head) < 8:
            break
        length = struct.unpack("<I", head[4:])[0]
        if length == UNKNOWN:
            return size
        place += 8 + length + length % 2
    return place - RIFF_SLACK


def _segment_end(file: BinaryIO, size: int) -> int:
    """Return where the segment of a matroska file ends by its own length, or its last element if that says nothing."""
    place = 0
    for _ in range(MOST_STEPS):
        file.seek(place)
        head = file.read(12)
        if len(head) < 2:
            return place
        ident, used = _number(head, keep_mark=True)
        length, more = _number(head[used:], keep_mark=False)
        unknown = length == (1 << 7 * more) - 1
        if (unknown and ident != SEGMENT_ID) or ident not in ELEMENTS:
            return 0
        inside = place + used + more
        if ident == SEGMENT_ID and not unknown:
            return inside + length
        if place == 0 and ident != EBML_ID:
            return 0
        place = inside + (0 if unknown else length)
    return 0


def _number(data: bytes, keep_mark: bool) -> tuple[int, int]:
    """Return (a number of EBML, its bytes)."""
    if not data or not data[0]:
        raise struct.error("no number")
    used = 9 - data[0].bit_length()
    value = int.from_bytes(data[:used], "big")
    return (value if keep_mark else value - (1 << 7 * used)), used


def _last_page_end(file: BinaryIO, size: int) -> int:
    """Return where the last page of an ogg file ends by its own table of lengths."""
    first = max(size - OGG_TAIL, 0)
    file.seek(first)
    tail = file.read()
    place = tail.rfind(b"OggS\x00")
    if place < 0:
        return size
    head = tail[place : place + 27]
    if len(head) < 27 or len(tail) < place + 27 + head[26]:
        return size + 1
    return first + place + 27 + head[26] + sum(tail[place + 27 : place + 27 + head[26]])


def _packets_end(file: BinaryIO, size: int) -> int:
    """Return where the last packet of a transport stream ends."""
    before = max(size - SYNC_BYTES, 0)
    file.seek(before)
    tail = file.read()
    last = -PACKET
    for step in PACKET_STEPS:
        for first in range(min(step, len(tail))):
            found = tail[first::step].rfind(SYNC * IN_A_ROW)
            if found >= 0:  # the last consecutive packets: the rest is something else
                last = max(last, first + (found + IN_A_ROW - 1) * step)
    return before + last + PACKET


def _packs_end(file: BinaryIO, size: int) -> int:
    """Return where the last packet of a program stream ends."""
    first = max(size - PACK_TAIL, 0)
    file.seek(first)
    tail = file.read()
    place = tail.find(b"\x00\x00\x01\xba")
    while 0 <= place <= len(tail) - 4 and tail[place : place + 3] == b"\x00\x00\x01":
        code = tail[place + 3]
        if code == PACK_END:
            return size
        if code == PACK:
            if len(tail) < place + 14:
                return size + 1
            place += 14 + (tail[place + 13] & 7) if tail[place + 4] & 0xC0 == 0x40 else 12
        elif code >= LEAST_LENGTH:
            if len(tail) < place + 6:
                return size + 1
            place += 6 + int.from_bytes(tail[place + 4 : place + 6], "big")
        else:
            return size
    begun = 0 <= place < len(tail) and b"\0\0\1".startswith(tail[place:])
    return size + 1 if begun or place > len(tail) else size


def _tags_end(file: BinaryIO, size: int) -> int:
    """Return where the last tag of an flv ends, by the length in the last four bytes, or else in its own header."""
    file.seek(max(size - 4, 0))
    length = int.from_bytes(file.read(4), "big")
    if 11 <= length <= size - 13:
        file.seek(size - 4 - length)
        head = file.read(4)
        if head[0] & 0x1F in TAGS and int.from_bytes(head[1:], "big") == length - 11:
            return size
    file.seek(5)
    place = int.from_bytes(file.read(4), "big") + 4
    for _ in range(MOST_STEPS):
        file.seek(place)
        head = file.read(4)
        if not head or head[0] & 0xDF not in TAGS:
            break
        place += 11 + int.from_bytes(head[1:], "big") + 4 if len(head) == 4 else 11
    return place - 4  # with or without the length repeated after it


def _asf_end(file: BinaryIO, size: int) -> int:
    """Return the size of a wmv or wma by its header; 0: it does not say."""
    file.seek(0)
    head = file.read(1 << 16)
    place = head.find(ASF_PROPERTIES)
    if place < 0 or len(head) < place + 92:
        return 0
    length, packets = struct.unpack("<Q8xQ", head[place + 40 : place + 64])
    broadcast = head[place + 88] & 1
    return 0 if broadcast or not packets else int(length)


def _chunks_end(file: BinaryIO, size: int) -> int:
    """Return where the last chunk of a caf ends."""
    place = 8
    while place + 12 <= size:
        file.seek(place)
        name, length = struct.unpack(">4sq", file.read(12))
        if length < 0 or name not in CHUNKS:  # a recorder was switched off, or it is a pipe; or another kind of data
            return size
        place += 12 + length
    return place


def _blocks_end(file: BinaryIO, size: int) -> int:
    """Return where the last block of a voc ends."""
    file.seek(20)
    place = struct.unpack("<H", file.read(2))[0]
    while place < size:
        file.seek(place)
        head = file.read(4)
        if not head or head[0] == 0 or head[0] > 9:
            return size
        place += 4 + int.from_bytes(head[1:], "little")
    return place


def _dv_end(file: BinaryIO, size: int) -> int:
    """Return where the last frame of a DV stream ends."""
    file.seek(3)
    frame = DV_FRAMES[file.read(1)[0] >> 7]
    return size + -size % frame


def _mxf_end(file: BinaryIO, size: int) -> int:
    """Return where the last element of an mxf ends, or where its header says that its footer begins, if that is later.

    Source: SMPTE 377M, keys, lengths and values.
    """
    place, footer = 0, 0
    for _ in range(MOST_STEPS):
        file.seek(place)
        head = file.read(MXF_KEY_BYTES + 9)
        if len(head) < MXF_KEY_BYTES + 1 or head[:4] != MXF_KEY:
            break
        length, used = head[MXF_KEY_BYTES], 1
        if length & 0x80:
            used += length & 0x7F
            length = int.from_bytes(head[MXF_KEY_BYTES + 1 : MXF_KEY_BYTES + used], "big")
        inside = place + MXF_KEY_BYTES + used
        if place == 0 and head[:14] == MXF_HEADER:
            file.seek(inside + 24)
            footer = struct.unpack(">Q", file.read(8))[0]
        place = inside + length
    return max(place, footer)


_ENDS: tuple[tuple[frozenset[str], Callable[[BinaryIO, int], int]], ...] = (
    (frozenset(("mov",)), _boxes_end),
    (frozenset(("matroska",)), _segment_end),
    (frozenset(("avi", "w64")), _riff_end),
    (frozenset(("ogg",)), _last_page_end),
    (frozenset(("mpegts",)), _packets_end),
    (frozenset(("mpeg",)), _packs_end),
    (frozenset(("flv",)), _tags_end),
    (frozenset(("asf",)), _asf_end),
    (frozenset(("caf",)), _chunks_end),
    (frozenset(("voc",)), _blocks_end),
    (frozenset(("dv",)), _dv_end),
    (frozenset(("mxf",)), _mxf_end),
    (frozenset(("gif",)), gif_end),
    (frozenset(("apng",)), png_end),
)
