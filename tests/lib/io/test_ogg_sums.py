"""Checksums of ogg pages, by RFC 3533: a shift register of 32 bits with the polynomial 0x04c11db7."""

import io
import struct

import pytest

from lib.io import ogg_sums
from lib.io.ogg_sums import damaged_pages
from tests.support.each import each


def shifted(register):
    """The register after eight shifts."""
    for _ in range(8):
        register = ((register << 1) ^ (0x04C11DB7 if register & 1 << 31 else 0)) & 0xFFFFFFFF
    return register


BYTES = [shifted(byte << 24) for byte in range(256)]


def checksum(data):
    register = 0
    for byte in data:
        register = (register << 8 & 0xFFFFFFFF) ^ BYTES[register >> 24 ^ byte]
    return register


def page(size=100, flags=0, number=0):
    """A page of one packet."""
    lacing = bytes([255] * (size // 255) + [size % 255])
    head = (
        b"OggS\0" + bytes([flags]) + struct.pack("<QIII", 960 * number, 77, number, 0) + bytes([len(lacing)]) + lacing
    )
    body = bytes((number * 7 + n * 13) % 251 for n in range(size))
    whole = head + body
    return whole[:22] + struct.pack("<I", checksum(whole)) + whole[26:]


PAGES = [page(60, 2, 0), page(300, 0, 1), page(0, 0, 2), page(255, 0, 3), page(40, 4, 4)]
WHOLE = b"".join(PAGES)


def of(*parts):
    """(stretches that are not a good page, good pages)"""
    return damaged_pages(io.BytesIO(b"".join(parts)))


def test_good_pages_are_counted():
    assert of() == (0, 0)
    assert of(*PAGES) == (0, 5)
    assert of(*PAGES * 3) == (0, 15)


@each("place", [4, 5, 10, 22, 25, 27, 60])
@each("which", [0, 1, 3, 4])
def test_a_changed_byte_costs_its_page(which, place):
    pages = list(PAGES)
    broken = bytearray(pages[which])
    broken[min(place, len(broken) - 1)] ^= 0x10
    pages[which] = bytes(broken)
    bad, good = of(*pages)
    assert good == 4
    # A longer last page is one of which the end is missing.
    assert bad == (0 if (which, place) == (4, 27) else 1)


def test_stretches_of_damage_are_counted_not_their_pages():
    broken = [page[:-1] + bytes([page[-1] ^ 1]) for page in PAGES]
    assert of(PAGES[0], broken[1], broken[3], PAGES[4]) == (1, 2)
    assert of(PAGES[0], broken[1], PAGES[3], broken[3], PAGES[4]) == (2, 3)
    assert of(PAGES[0], b"OggS" * 9, PAGES[1], b"\0" * 5000, PAGES[3]) == (2, 3)
    assert of(b"junk", *PAGES) == (1, 5)


def test_the_missing_end_does_not_count():
    for cut in range(1, len(PAGES[4]) + len(PAGES[3])):
        bad, good = of(WHOLE[:-cut])
        assert bad == 0
        assert good == (4 if cut <= len(PAGES[4]) else 3) if cut < len(PAGES[4]) + len(PAGES[3]) else 3


@pytest.mark.parametrize("after", [b"TAG".ljust(128, b"\1"), b"\0" * 70_000, b"\1" * 3])
def test_what_follows_the_last_page_of_a_stream_does_not_count(after):
    assert of(*PAGES, after) == (0, 5)
    assert of(*PAGES[:4], after)[0] == (1 if len(after) > 26 else 0)  # that page is not the last one of its stream
    assert of(*PAGES, after, *PAGES) == (1, 10)  # but if pages follow it


@pytest.mark.parametrize("chunk", [70_000, 65_400, 100_001])
def test_pages_are_found_wherever_reading_stops(monkeypatch, chunk):
    monkeypatch.setattr(ogg_sums, "CHUNK", chunk)
    pages = [page(size, 0, n) for n, size in enumerate([255 * 254, 700, 3, 40_000, 0, 20_000])]
    assert of(*pages * 3) == (0, 18)
    broken = pages[1][:-1] + bytes([pages[1][-1] ^ 1])
    assert of(*pages, pages[0], broken, *pages[2:], *pages) == (1, 17)
    assert of(*pages[:3], b"\0" * 150_000, *pages[3:], *pages[:1]) == (1, 7)
