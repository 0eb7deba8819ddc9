"""Where the chunks of a file do not follow each other, in files put together by the definitions of their kinds."""

import struct

import pytest

from lib.io.chunks import break_in


def found(path, data):
    path.write_bytes(data)
    return break_in(str(path))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a"


def chunk(name, data=b"", pad=True):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2 and pad)


def avi(*chunks, kind=b"AVI ", before=(), after=b""):
    movi = chunk(b"LIST", b"movi" + b"".join(chunks))
    return chunk(b"RIFF", kind + chunk(b"LIST", b"hdrl" + bytes(9)) + b"".join(before) + movi + after)


PACKETS = [chunk(b"00dc", bytes(30)), chunk(b"01wb", b"odd"), chunk(b"ix00", bytes(8)), chunk(b"00db", bytes(4))]


def test_chunks_of_avi_follow_each_other(path):
    assert found(path, avi(*PACKETS)) is None
    assert (
        found(path, avi(*PACKETS, chunk(b"JUNK", bytes(3)), chunk(b"LIST", b"rec " + PACKETS[0]), PACKETS[1])) is None
    )
    assert found(path, avi(*PACKETS, before=[chunk(b"JUNK", b"odd"), chunk(b"idx1", bytes(16))])) is None
    assert found(path, avi(*PACKETS) + avi(*PACKETS, kind=b"AVIX")) is None
    # A writer that leaves out the byte that makes a length even, in between and at the end.
    assert found(path, avi(PACKETS[0], chunk(b"01wb", b"odd", pad=False), PACKETS[3])) is None
    assert found(path, avi(PACKETS[0], chunk(b"01wb", b"odd", pad=False))) is None
    assert found(path, avi()) is None


def test_where_chunks_of_avi_do_not_follow_each_other(path):
    head = len(avi()) - 0
    data = avi(PACKETS[0], b"\1\2\3\4" * 4, PACKETS[3])
    assert found(path, data) == head + 38
    assert data[head + 38 :].startswith(b"\1\2\3\4")
    assert found(path, avi(PACKETS[0], chunk(b"00dc", bytes(5))[:6] + bytes(10), PACKETS[3])) is not None
    # In the second of two RIFF chunks, after a chunk of an odd length.
    first = avi(*PACKETS, after=chunk(b"JUNK", b"odd", pad=False))
    assert len(first) % 2 == 0
    assert found(path, first + avi(PACKETS[0], b"\1\2\3\4" * 4, kind=b"AVIX")) == len(first) + head + 38
    # A length beyond the end of the list is damage where the file goes on.
    broken = avi(PACKETS[0], b"00dc" + struct.pack("<I", 5000) + bytes(20))
    assert found(path, broken + avi(*PACKETS, kind=b"AVIX")) == head + 38
    assert found(path, broken) is None
    # What is cut off is not broken.
    for cut in range(8, len(data) - 30, 5):
        assert found(path, avi(*PACKETS)[:cut]) is None


def test_lists_of_unknown_length_are_passed_over(path):
    data = bytearray(avi(b"\1\2\3\4" * 9))
    place = data.index(b"movi") - 4
    data[place : place + 4] = b"\xff" * 4
    assert found(path, bytes(data)) is None
    assert found(path, b"RIFF" + bytes(data[4:8]) + b"WAVE" + bytes(data[12:])) is None


def flv(*tags, offset=9):
    data = b"FLV\1\5" + struct.pack(">I", offset) + bytes(offset - 9) + bytes(4)
    for tag in tags:
        data += tag + struct.pack(">I", len(tag))
    return data


def tag(kind, size):
    return bytes([kind]) + struct.pack(">I", size)[1:] + bytes(7) + bytes(size)


def test_tags_of_flv(path):
    tags = [tag(18, 40), tag(9, 300), tag(8, 7), tag(9 | 0x20, 5), tag(8, 0)]
    assert found(path, flv(*tags)) is None
    assert found(path, flv(*tags, offset=13)) is None
    assert found(path, flv(tags[0], tag(7, 30), tags[1])) == 13 + 40 + 15
    assert found(path, flv(tag(7, 30), tags[1])) == 13
    # What comes after the last tag, or is missing of it, is not looked at.
    assert found(path, flv(tags[0], tag(7, 30), tags[1]) + b"more than the end") is None
    assert found(path, flv(tags[0], tag(7, 30), tags[1])[:-20]) is None


MXF = bytes.fromhex("060e2b34")
PARTITION = MXF + bytes.fromhex("0205010 10d010201 01".replace(" ", ""))


def klv(key, size, long=0):
    key = key.ljust(16, b"\1")
    length = bytes([0x80 | long]) + size.to_bytes(long, "big") if long else bytes([size])
    return key + length + bytes(size)


def test_keys_of_mxf(path):
    body = [klv(PARTITION + b"\2", 60), klv(MXF, 100, 4), klv(MXF, 0), klv(MXF, 127), klv(MXF, 300, 2)]
    whole = b"".join(body)
    assert found(path, whole) is None
    assert found(path, body[0] + body[1] + b"\0" * 40) == len(body[0] + body[1])
    assert found(path, whole + b"\0" * 40) == len(whole)
    # After the last partition there may be anything.
    assert found(path, whole + klv(PARTITION + b"\4", 60) + b"\0" * 40) is None
    for cut in range(20, len(body[0]), 7):
        assert found(path, body[0][:cut]) is None


def gif(*blocks, colours=0):
    flags = 0x80 | colours if colours else 0
    return (
        b"GIF89a" + bytes(4) + bytes([flags, 0, 0]) + bytes(3 * 2 ** (colours + 1) if colours else 0) + b"".join(blocks)
    )


def gif_picture(*sizes, colours=0):
    flags = 0x80 | colours if colours else 0
    own = bytes(3 * 2 ** (colours + 1) if colours else 0)
    return b"\x2c" + bytes(8) + bytes([flags]) + own + b"\2" + b"".join(bytes([n]) + b"\7" * n for n in (*sizes, 0))


EXTENSION = b"\x21\xf9\4" + bytes(4) + b"\0"


def test_blocks_of_gif(path):
    blocks = [EXTENSION, gif_picture(5, 200), EXTENSION, gif_picture(9, colours=3), gif_picture()]
    for colours in (0, 1, 7):
        assert found(path, gif(*blocks, b"\x3b", colours=colours)) is None
        assert found(path, gif(*blocks, colours=colours)) is None
        head = gif(*blocks[:2], colours=colours)
        assert found(path, head + b"\7\7\7" + b"".join(blocks[2:]) + b"\x3b") == len(head)
    assert found(path, gif(*blocks, b"\x3b") + b"anything") is None
    for cut in range(20, 60):
        assert found(path, gif(*blocks)[:cut]) is None


def asf(*packets, count=None, least=64, most=64):
    properties = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365") + bytes(76) + struct.pack("<II", least, most)
    data = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c") + bytes(24)
    data += struct.pack("<QH", len(packets) if count is None else count, 0)
    return bytes.fromhex("3026b2758e66cf11") + bytes(20) + properties + bytes(9) + data + b"".join(packets)


def test_packets_of_asf(path):
    good, bad = b"\x82\0\0".ljust(64, b"\5"), b"\x90\0\0".ljust(64, b"\5")
    first = len(asf())
    assert found(path, asf(good, good, good)) is None
    assert found(path, asf(good, good, bad, good)) == first + 128
    assert found(path, asf(good, good, bad, count=2)) is None  # behind the last packet: an index
    assert found(path, asf(good, good, good)[:-70]) is None
    assert found(path, asf(bad, bad)) is None  # without error correction
    assert found(path, asf(good, bad, most=65)) is None
    assert found(path, asf(good, bad, least=0, most=0)) is None


def test_other_kinds_are_not_looked_at(path):
    for data in (b"", b"R", b"ID3" + bytes(99), bytes.fromhex("3026b2758e66cf11") + bytes(99)):
        assert found(path, data or b"x") is None
