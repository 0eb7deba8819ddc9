"""The checksums of ogg pages: ffmpeg drops a page with a wrong one, and does not tell the program.

Source: S. Pfeiffer, RFC 3533, "The Ogg encapsulation format version 0" (2003), section 6.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

HEAD, LARGEST_PAGE = 27, 27 + 255 + 255 * 255
CHUNK = 1 << 20
MARK = b"OggS\x00"
# Bit of a page's sixth byte: the last page of its stream.
LAST_PAGE = 4
# zlib's checksum takes the bits of each byte in the opposite order to ogg's; each byte with its bits reversed.
REVERSED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


def damaged_pages(file: BinaryIO) -> tuple[int, int]:
    """Return how many stretches of an open ogg file are not a page with a correct checksum, and how many are.

    The missing end of a file that was cut off does not count, nor does data after the last page of a stream with no
    page after it: tags, or zeros.
    """
    file.seek(0)
    held, place, ended = b"", 0, False
    good, bad, was_good = 0, 0, True
    is_last, after = False, 0  # the previous page ends a stream; 1: `bad` counts the data after it
    while True:
        if not ended and len(held) - place < LARGEST_PAGE:
            more = file.read(CHUNK)
            held, place, ended = held[place:] + more, 0, len(more) < CHUNK
        length = _page_length(held, place)
        if length is None:
            return bad - after, good
        if length and _sum(held[place : place + length]) == held[place + 22 : place + 26]:
            is_last, after = bool(held[place + 5] & LAST_PAGE), 0
            good, place, was_good = good + 1, place + length, True
            continue
        if length or held[place : place + len(MARK)] != MARK:
            bad += was_good
            after = int(not length and is_last and (was_good or after))
            was_good = False
        found = held.find(MARK, place + 1)
        if found < 0 and ended:
            return bad - after, good
        place = found if found >= 0 else max(len(held) - len(MARK), place + 1)


def _page_length(held: bytes, place: int) -> int | None:
    """Return the length of the page that begins here; 0: not a page; None: it is incomplete."""
    if len(held) - place < HEAD:
        return None
    if held[place : place + len(MARK)] != MARK:
        return 0
    count = held[place + 26]
    if len(held) - place < HEAD + count:
        return None
    length = HEAD + count + sum(held[place + HEAD : place + HEAD + count])
    return length if len(held) - place >= length else None


def _sum(page: bytes) -> bytes:
    """Return a page's checksum as it is stored in it."""
    turned = (page[:22] + bytes(4) + page[26:]).translate(REVERSED)
    value = zlib.crc32(turned, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2).to_bytes(4, "little")
