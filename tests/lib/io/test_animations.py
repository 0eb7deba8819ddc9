"""Where GIF and PNG files should end: files that are put together byte by byte, whole and cut at every byte."""

import io
import struct

import pytest

from lib.io.animations import colours, gif_end, png_end
from tests.support.each import each


def end_of(of, data):
    return of(io.BytesIO(data), len(data))


def test_a_table_of_colours_has_three_bytes_for_each():
    # Bit 7: there is one; bits 0 to 2: of 2 to 256 colours.
    for flags in range(256):
        assert colours(flags) == (3 * 2 ** (flags % 8 + 1) if flags >= 128 else 0)


def blocks(*sizes):
    """Pieces of data, and the mark of their end."""
    return b"".join(bytes([size]) + b"\7" * size for size in (*sizes, 0))


def head(bits=None):
    """The head of a GIF, with a table of 2 to the power of `bits` colours, or none."""
    table = b"" if bits is None else bytes(3 * 2**bits)
    return b"GIF89a\2\0\2\0" + bytes([0 if bits is None else 0x80 | bits - 1, 0, 0]) + table


def picture(*sizes, bits=None):
    table = b"" if bits is None else b"\xff" * (3 * 2**bits)
    return b"\x2c" + bytes(8) + bytes([0 if bits is None else 0x80 | bits - 1]) + table + b"\2" + blocks(*sizes)


def extension(*sizes):
    return b"\x21\xf9" + blocks(*sizes)


@each("bits", [None, 1, 2, 8])
@each("after", [b"", b"\0" * 3, b"\x3b\x2c"])
def test_a_gif_ends_after_its_mark(bits, after):
    for body in (b"", picture(3), extension(4) + picture(255, 1, bits=3), picture() + extension() + picture(2, 2)):
        data = head(bits) + body + b"\x3b"
        assert end_of(gif_end, data + after) == len(data)


@pytest.mark.parametrize("bits", [None, 3])
def test_a_gif_that_is_cut_off_ends_beyond_the_file(bits):
    parts = [head(bits), extension(4), picture(9, bits=bits), picture(1, 5), extension(2, 3), picture(200)]
    whole, ends, place = b"".join(parts), set(), 0
    for part in parts:
        place += len(part)
        ends.add(place)
    for cut in range(len(parts[0]), len(whole) + 1):
        # Between two blocks only the mark of the end is missing, which may be.
        found = end_of(gif_end, whole[:cut])
        assert (found == cut) is (cut in ends), cut
        assert found >= cut


@each("other", [0x00, 0x20, 0x22, 0x2B, 0x2D, 0x3A, 0x3C, 0xFF])
def test_other_data_after_the_blocks_of_a_gif_is_not_its(other):
    data = head() + picture(5) + bytes([other]) + bytes(20)
    assert end_of(gif_end, data) == len(data)


def chunk(name, size=0):
    return struct.pack(">I", size) + name + bytes(size) + b"sum."


def test_a_png_ends_with_its_last_chunk():
    mark = b"\x89PNG\r\n\x1a\n"
    for sizes in ((), (0,), (13, 300), (1, 0, 7)):
        data = mark + b"".join(chunk(b"IDAT", size) for size in sizes)
        whole = data + chunk(b"IEND")
        assert end_of(png_end, whole) == end_of(png_end, whole + b"more after it") == len(whole)
        # Of the last chunk at least the name is there.
        for cut in range(len(data) + 8, len(whole)):
            assert end_of(png_end, whole[:cut]) == len(whole)
        for cut in range(len(mark), len(data) + 8):
            assert end_of(png_end, whole[:cut]) == cut + 1
