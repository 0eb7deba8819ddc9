"""The structure of matroska files, of elements that are put together here byte by byte."""

import struct

import pytest

from lib.io.ebml import BrokenBlocks, broken_blocks
from tests.support.each import each

HEADER, SEGMENT, INFO, CLUSTER = "1a45dfa3", "18538067", "1549a966", "1f43b675"
UNKNOWN = b"\x01" + b"\xff" * 7


def element(ident, content, length=None):
    """Return an element: its number (hex), its length in eight bytes, its content."""
    return bytes.fromhex(ident) + (length or (1 << 56 | len(content)).to_bytes(8, "big")) + content


def block(ms):
    """Return a block of track 1 with 40 bytes, this number of ms after its cluster."""
    return element("a3", b"\x81" + struct.pack(">h", ms) + b"\x80" + bytes(range(40)))


def cluster(begin, *others, length=None):
    """Return a cluster of three blocks, 100 ms apart, and other elements after the second."""
    time = element("e7", begin.to_bytes(2, "big"))
    return element(CLUSTER, b"".join((time, block(0), block(100), *others, block(200))), length)


INFO_3_S = element(INFO, element("2ad7b1", (1_000_000).to_bytes(3, "big")) + element("4489", struct.pack(">d", 3000.0)))


def film(*clusters, length=None):
    """Return a file."""
    return element(HEADER, b"") + element(SEGMENT, b"".join((INFO_3_S, *clusters)), length)


WHOLE = film(cluster(0), cluster(1000), cluster(2000))
FINE = {
    "whole": WHOLE,
    "of unknown lengths": film(cluster(0, length=UNKNOWN), cluster(1000, length=UNKNOWN), length=UNKNOWN),
    "with elements that nobody knows": film(cluster(0, element("f5", b"new")), element("4fff", b"new"), cluster(1000)),
    "with voids": film(element("ec", bytes(9)), cluster(0, element("ec", bytes(30))), cluster(1000)),
    "with another joined to it": WHOLE + WHOLE,
    "with text after it": WHOLE + b"<html>not found</html>",
    "cut off in a block": WHOLE[:-30],
    "cut off in a header": WHOLE[: WHOLE.rindex(b"\xa3") + 3],
    "cut off after an identifier": WHOLE[: WHOLE.rindex(b"\xa3") + 1],
    "of another kind": b"RIFF" + WHOLE,
}


@each("kind", FINE)
def test_what_is_whole_cut_off_or_extended_has_no_broken_blocks(tmp_path, kind):
    (tmp_path / "x.mkv").write_bytes(FINE[kind])
    assert broken_blocks(str(tmp_path / "x.mkv")) is None


# The second cluster begins at 1 s: its blocks are at 1, 1.1 and 1.2 s.
SECOND = WHOLE.index(cluster(1000))
THIRD_BLOCK = WHOLE.index(block(200), SECOND)


@each(
    ("place", "junk", "after"),
    [
        (THIRD_BLOCK - 20, b"\0" * 40, 1.1),  # the end of a block, and the header of the next
        (THIRD_BLOCK, b"\x93\xff", 1.1),  # an identifier that nobody knows, of unknown length
        (THIRD_BLOCK + 1, b"\x01" + b"\xff" * 7, 1.1),  # a length that is not known
        (THIRD_BLOCK + 1, b"\x01\0\0\0\0\0\1\0", 1.1),  # one that leads out of the cluster
        (THIRD_BLOCK + 1, b"\x02", 1.1),  # another one, too small for a block
        (SECOND + len(cluster(1000)), b"junk", 1.2),  # the header of the third cluster
    ],
)
def test_damage_is_found_after_the_last_good_block(tmp_path, place, junk, after):
    (tmp_path / "x.mkv").write_bytes(WHOLE[:place] + junk + WHOLE[place + len(junk) :])
    assert broken_blocks(str(tmp_path / "x.mkv")) == BrokenBlocks(pytest.approx(after), 3.0)
