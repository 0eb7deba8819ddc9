"""The sums of ogg's pages: ffmpeg leaves a page out whose sum is wrong, and says nothing of it to the program.

Source: S. Pfeiffer, RFC 3533, "The Ogg encapsulation format version 0" (2003), section 6.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

HEAD, LARGEST_PAGE = 27, 27 + 255 + 255 * 255
CHUNK = 1 << 20
MARK = b"OggS\x00"
# A bit of a page's sixth byte: it ends its stream.
LAST_PAGE = 4
# zlib's sum takes the bits of each byte from the other end than ogg's; which byte has which bits reversed.
REVERSED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


def damaged_pages(file: BinaryIO) -> tuple[int, int]:
    """Return how many stretches of an ogg file, open for reading, are no page with a right sum, and how many pages are.

    The end that is missing of a file that was cut off is none, nor is what follows the page that ends a stream, with no
    page after it: tags, or zeros.
    """
    file.seek(0)
    held, place, ended = b"", 0, False
    good, bad, was_good = 0, 0, True
    is_last, after = False, 0  # whether the page before ends a stream; 1: `bad` counts what follows such a one
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
    """Return how long the page is that begins here; 0: none does; None: it is not complete."""
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
    """Return a page's sum as it is written in it."""
    turned = (page[:22] + bytes(4) + page[26:]).translate(REVERSED)
    value = zlib.crc32(turned, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2).to_bytes(4, "little")
