"""The parts that a file has to be read in: links of a chained ogg, joined flac files, and WAV files whose header needs
repair."""

from __future__ import annotations

import mmap
import re
import struct
from typing import BinaryIO

from lib.audio.riff import read_header, repaired
from lib.io.ffmpeg import Part
from lib.io.files import open_regular

# The flag of an ogg page that begins a stream, and the bytes of a page before its table of lengths.
BEGINS, PAGE_HEAD = 2, 27
# The beginning of a flac file: its mark, and the header of its first block, which is 34 bytes long.
FLAC_BEGINS = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")
# If a page is missing, the next one is searched for in steps of this many bytes.
SEARCH_BYTES = 1 << 16


def parts_of(path: str) -> list[Part | None]:
    """Return the parts to be opened one after the other to read a file's sound; None stands for the file as it is.

    Raises MediaError for a format that ffmpeg would decode to noise.
    """
    wave = read_header(path)
    if wave is not None:
        return [repaired(wave)]
    try:
        with open_regular(path) as file:
            head = file.read(4)
            if head not in (b"OggS", b"fLaC"):
                return [None]
            links = _links(file) if head == b"OggS" else _flacs(file)
    except (OSError, struct.error):
        return [None]  # opening it reports the error
    if len(links) < 2:
        return [None]
    return [Part(first, end, "ogg" if head == b"OggS" else "flac") for first, end in zip(links, [*links[1:], -1])]


def _flacs(file: BinaryIO) -> list[int]:
    """Return where each of joined flac files begins: ffmpeg's demuxer mixes their frames up.

    Source: M. van Beurden and A. Weaver, RFC 9639, "Free Lossless Audio Codec (FLAC)" (2024), section 8.
    """
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return [found.start() for found in FLAC_BEGINS.finditer(data)]


def _links(file: BinaryIO) -> list[int]:
    """Return where each link of an ogg file begins: at pages that begin streams, after pages that do not.

    Source: S. Pfeiffer, RFC 3533, "The Ogg encapsulation format version 0" (2003), section 4.
    """
    links: list[int] = []
    place, beginning = 0, False
    while True:
        file.seek(place)
        head = file.read(PAGE_HEAD)
        if len(head) < PAGE_HEAD:
            return links
        if head[:5] != b"OggS\x00":
            found = _next_page(file, place + 1)
            if found < 0:
                return links
            place = found
            continue
        begins = bool(head[5] & BEGINS)
        if begins and not beginning:
            links.append(place)
        beginning = begins
        place += PAGE_HEAD + head[26] + sum(file.read(head[26]))


def _next_page(file: BinaryIO, place: int) -> int:
    """Return where the next page begins from `place` on, or -1."""
    while True:
        file.seek(place)
        data = file.read(SEARCH_BYTES)
        found = data.find(b"OggS\x00")
        if found >= 0 or len(data) < SEARCH_BYTES:
            return place + found if found >= 0 else -1
        place += SEARCH_BYTES - 4
