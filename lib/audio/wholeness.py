"""Whether a media file is all there: what its header promises, against what the file holds.

Most demuxers of ffmpeg take the end of the file for the end of the sound, however much the header announced.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

import av.container
from av.stream import Stream

from lib.audio.riff import read_header
from lib.io.files import open_regular

# Containers whose header tells the number of samples, so that the stream's duration is a promise.
EXACT = frozenset(("flac", "aiff", "au", "tta", "wv", "ape"))
# What is missing of a promised length (s) may be rounding, or the padding of a codec.
LEAST_LOSS = 0.1
# Boxes, pages and chunks that are looked at: the walk over a file ends after this number.
MOST_STEPS = 1_000_000
SEGMENT_ID, EBML_ID = 0x18538067, 0x1A45DFA3
XING_BYTES = 4096
OGG_TAIL = 1 << 17


@dataclass(frozen=True)
class Promise:
    """What a file's header says of its length: seconds (None: nothing certain), and whether bytes of it are missing."""

    seconds: float | None = None
    is_cut: bool = False


def promise_of(path: str, container: av.container.InputContainer, stream: Stream) -> Promise:
    """Return what the header of an open file promises of one of its streams."""
    names = set(container.format.name.split(","))
    wave = read_header(path)
    if wave is not None:
        return Promise(wave.seconds, wave.told and wave.end > os.path.getsize(path))
    seconds = None
    own = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    whole = container.duration / av.time_base if container.duration else None
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if names & EXACT or ("mp3" in names and _counts_frames(file)):
                seconds = own
            if "mov" in names:
                cut = _boxes_end(file, size) > size
            elif "matroska" in names:
                cut = _segment_end(file) > size
            elif names & {"avi", "w64"}:
                cut = _chunks_end(file, size) > size
            elif "ogg" in names:
                cut = _last_page_end(file, size) > size
            else:
                cut = False
    except (OSError, struct.error):
        return Promise()
    if cut and names & {"mov", "matroska"}:
        seconds = own or whole
    return Promise(seconds, cut)


def _counts_frames(file: BinaryIO) -> bool:
    """Return whether an mp3 begins with a frame that counts the others (Xing, Info, VBRI)."""
    file.seek(0)
    head = file.read(10)
    if head[:3] == b"ID3":
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 127
        file.seek(10 + size)
        head = b""
    head += file.read(XING_BYTES)
    return any(name in head for name in (b"Xing", b"Info", b"VBRI"))


def _boxes_end(file: BinaryIO, size: int) -> int:
    """Return where the last box of an mp4 ends by its own length."""
    place = 0
    for _ in range(MOST_STEPS):
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            break
        length = struct.unpack(">I", head[:4])[0]
        if length == 1 and len(head) == 16:
            length = struct.unpack(">Q", head[8:])[0]
        if length < 8:  # 0: to the end of the file
            return size
        place += length
    return place


def _chunks_end(file: BinaryIO, size: int) -> int:
    """Return where the last RIFF chunk of an AVI ends (W64: the file, by its one)."""
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
        place += 8 + length + length % 2
    return place


def _segment_end(file: BinaryIO) -> int:
    """Return where the segment of a matroska file ends by its own length (0: it does not say)."""
    place = 0
    for _ in range(2):
        file.seek(place)
        head = file.read(12)
        ident, used = _number(head, keep_mark=True)
        length, more = _number(head[used:], keep_mark=False)
        if ident == SEGMENT_ID:
            return 0 if length == (1 << 7 * more) - 1 else place + used + more + length
        if ident != EBML_ID:
            break
        place += used + more + length
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
