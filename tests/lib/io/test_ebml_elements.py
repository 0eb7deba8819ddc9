"""Single elements of matroska: identifiers and lengths of all sizes, times, and what a header says."""

import struct

import pytest

from lib.io.ebml import BrokenBlocks, _Cut, _Damaged, _Walk, broken_blocks
from tests.support.each import each

EBML, SEGMENT, INFO, CLUSTER = "1a45dfa3", "18538067", "1549a966", "1f43b675"


def length_of(value, width):
    """A length in this number of bytes; None: not known."""
    return ((1 << 7 * width) - 1 if value is None else value).__or__(1 << 7 * width).to_bytes(width, "big")


def element(ident, content, width=1, length=-1):
    return bytes.fromhex(ident) + length_of(len(content) if length == -1 else length, width) + content


IDENTS = {"81": 0x81, "ec": 0xEC, "4286": 0x4286, "2ad7b1": 0x2AD7B1, "1a45dfa3": 0x1A45DFA3, "10000000": 0x10000000}


@each("ident", IDENTS)
@each("width", range(1, 9))
def test_elements_begin_with_their_number_and_their_length(ident, width):
    head = len(ident) // 2 + width
    for before in (b"", b"\xec\x80"):
        begin = len(before)
        data = before + element(ident, bytes(9), width)
        assert _Walk(data)._element(begin) == (IDENTS[ident], begin + head, begin + head + 9)
        data = before + element(ident, b"", width, 100)
        assert _Walk(data)._element(begin) == (IDENTS[ident], begin + head, begin + head + 100)
        data = before + element(ident, b"", width, None)
        assert _Walk(data)._element(begin) == (IDENTS[ident], begin + head, None)
        # Cut off anywhere in its head
        for cut in range(begin, begin + head):
            with pytest.raises(_Cut):
                _Walk(data[:cut])._element(begin)


@pytest.mark.parametrize("data", [b"\x08\0\0\0\0\x81", b"\0\0\0\0\0\x81", b"\xec\0\0\0\0\0\0\0\0\0\0"])
def test_no_identifier_has_five_bytes_and_no_length_nine(data):
    with pytest.raises(_Damaged):
        _Walk(data)._element(0)


def info(*parts):
    """What a walk knows after an Info with these elements."""
    data = b"".join(parts)
    walk = _Walk(data)
    walk._read_info(0, len(data))
    return walk.scale, walk.seconds


def scale(value, size=3):
    return element("2ad7b1", value.to_bytes(size, "big"))


@each(
    ("parts", "known"),
    [
        ((), (1_000_000, None)),
        ((element("4489", struct.pack(">d", 3000.0)),), (1_000_000, 3.0)),
        ((element("4489", struct.pack(">f", 1500.0)),), (1_000_000, 1.5)),
        ((scale(500_000), element("4489", struct.pack(">d", 3000.0))), (500_000, 1.5)),
        ((element("4489", struct.pack(">d", 3000.0)), scale(2_000_000)), (2_000_000, 6.0)),
        ((scale(0), element("4489", struct.pack(">d", 1.0))), (1_000_000, 0.001)),
        ((element("2ad7b1", b""),), (1_000_000, None)),
        ((element("4489", struct.pack(">d", 0.0)),), (1_000_000, None)),
        ((element("4489", struct.pack(">d", -3.0)),), (1_000_000, None)),
        ((element("4489", struct.pack(">d", 0.5)),), (1_000_000, 0.0005)),
        ((element("4489", b""),), (1_000_000, None)),
        ((element("4489", b"\x40\0\0\0\0"),), (1_000_000, None)),
        ((element("4dbb", b"other"), scale(4, 1)), (4, None)),
    ],
)
def test_the_header_says_the_scale_and_the_length(parts, known):
    assert info(*parts) == known


def test_an_element_of_the_header_that_leads_out_of_it_is_damage():
    data = scale(9) + element("4489", b"", 1, 8)
    with pytest.raises(_Damaged):
        _Walk(data + bytes(9))._read_info(0, len(data))
    with pytest.raises(_Damaged):
        _Walk(element("4489", b"", 1, None) + bytes(9))._read_info(0, 5)


@each("track", [1, 126, 127, 300])
@each("ms", [0, 1, 300, 32767, -1, -300, -32768])
def test_the_time_of_a_block_follows_its_track(track, ms):
    number = length_of(track, 1 if track < 127 else 2)
    data = b"\xec\x80" + number + struct.pack(">h", ms) + b"\x80data"
    assert _Walk(data)._offset(2) == ms


def block(ms, size=40):
    return element("a3", b"\x81" + struct.pack(">h", ms) + b"\x80" + bytes(size))


def cluster(begin, *others, length=-1):
    time = element("e7", begin.to_bytes(4, "big"))
    return element(CLUSTER, time + b"".join(others), 8, length)


def film(*parts, seconds=3.0, length=-1, ticks=1_000_000):
    head = element(INFO, scale(ticks, 4) + element("4489", struct.pack(">d", seconds * 1e9 / ticks)))
    return element(EBML, b"") + element(SEGMENT, head + b"".join(parts), 8, length)


def found(tmp_path, data):
    (tmp_path / "x.mkv").write_bytes(data)
    return broken_blocks(str(tmp_path / "x.mkv"))


JUNK = b"\0" * 24


@pytest.mark.parametrize("ticks", [1_000_000, 100_000, 5_000_000])
def test_times_are_in_ticks_of_the_scale(tmp_path, ticks):
    data = film(cluster(1000, block(0), block(-200), JUNK, block(300)), cluster(2000, block(0)), ticks=ticks)
    assert found(tmp_path, data) == BrokenBlocks(pytest.approx(800 * ticks / 1e9), pytest.approx(3.0))


def test_no_block_is_before_the_beginning(tmp_path):
    assert found(tmp_path, film(cluster(100, block(-200), JUNK))) == BrokenBlocks(0.0, pytest.approx(3.0))


@pytest.mark.parametrize("size", [0, 1])
def test_a_block_has_at_least_its_head(tmp_path, size):
    """Track, time and flags: four bytes."""
    data = film(cluster(1000, block(0), element("a3", bytes(3 + size)), block(300)))
    assert found(tmp_path, data) == (None if size else BrokenBlocks(1.0, pytest.approx(3.0)))


IN_SEGMENT = ["114d9b74", "1654ae6b", "1c53bb6b", "1941a469", "1043a770", "1254c367", "ec", "bf"]
IN_CLUSTER = ["a7", "ab", "5854", "af", "a0", "ec", "bf"]


@each("ident", IN_SEGMENT)
def test_elements_of_a_segment(tmp_path, ident):
    parts = cluster(1000, block(0)), element(ident, b"1234567"), cluster(2000, block(5))
    assert found(tmp_path, film(*parts)) is None
    # Of no known length only clusters are; and a cluster of no known length ends where such an element begins.
    assert found(tmp_path, film(*parts[:1], element(ident, b"1234567", 8, None))) == BrokenBlocks(
        1.0, pytest.approx(3.0)
    )
    open_one = film(cluster(1000, block(0), length=None), *parts[1:], length=None)
    broken = found(tmp_path, open_one)
    assert broken is None
    # Without it, bytes outside any element are damage.
    assert found(tmp_path, film(parts[0], b"\0" + parts[1], parts[2])) == BrokenBlocks(1.0, pytest.approx(3.0))


@each("ident", IN_CLUSTER)
def test_elements_of_a_cluster(tmp_path, ident):
    other = element(ident, b"1234567")
    assert found(tmp_path, film(cluster(1000, block(0), other, block(9)), cluster(2000, block(5)))) is None
    if ident not in ("ec", "bf"):
        # In a segment they are not known: what follows has to be.
        assert found(tmp_path, film(cluster(1000, block(0)), other, other)) == BrokenBlocks(1.0, pytest.approx(3.0))
        assert found(tmp_path, film(cluster(1000, block(0)), other, cluster(2000, block(5)))) is None


def test_an_unknown_element_leads_to_a_known_one_or_to_the_end(tmp_path):
    new = element("f5", b"new")
    assert found(tmp_path, film(cluster(1000, block(0), new))) is None
    assert found(tmp_path, film(cluster(1000, block(0), new, block(9)), new)) is None
    for bad in (element("f5", b"", 1, 90), element("f5", b"", 1, None), new + JUNK):
        data = film(cluster(1000, block(0), bad, length=20 + 50), cluster(2000, block(5)))
        assert found(tmp_path, data) == BrokenBlocks(1.0, pytest.approx(3.0))


def test_a_second_file_after_the_first_is_not_looked_at(tmp_path):
    first = film(cluster(1000, block(0), length=None), length=None)
    assert found(tmp_path, first + film(cluster(5, JUNK))) is None
    assert found(tmp_path, first + element(SEGMENT, JUNK)) is None
    # Within a segment of known length it has no place.
    inside = film(cluster(1000, block(0)), element(EBML, b"ab"), element(EBML, b"ab"))
    assert found(tmp_path, inside + b"end") == BrokenBlocks(1.0, pytest.approx(3.0))


def test_a_file_without_a_segment_is_damaged(tmp_path):
    assert found(tmp_path, element(EBML, b"") + element("ec", b"x" * 9)) == BrokenBlocks(0.0, None)
    assert found(tmp_path, element(EBML, b"")) is None
