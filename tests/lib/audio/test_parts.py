"""Where the links of chained ogg files and joined flac files begin, of files laid out by hand."""

import struct

import pytest

from lib.audio.parts import parts_of
from lib.errors import MediaError
from lib.io.ffmpeg import Part
from tests.support.each import each

BEGINS, ENDS = 2, 4


def page(flags=0, lengths=(30,), version=0):
    """A page of RFC 3533: its head of 27 bytes, the lengths of its segments, and the segments."""
    head = b"OggS" + bytes([version, flags]) + bytes(20) + bytes([len(lengths)])
    return head + bytes(lengths) + b"\xa5" * sum(lengths)


def found(path, *pieces):
    path.write_bytes(b"".join(pieces))
    return parts_of(str(path))


LINK = [page(BEGINS), page(), page(ENDS, (255, 255, 7))]


@each(
    ("pages", "first"),
    [
        ([*LINK, *LINK], [0, 3]),
        ([*LINK, *LINK[:2], *LINK], [0, 3, 5]),
        ([page(BEGINS), page(BEGINS), page(), page(BEGINS | 1), page(BEGINS), page()], [0, 3]),  # of two streams each
        ([page(BEGINS, ()), page(0, ()), page(BEGINS, (0,)), page(0, (0, 1))], [0, 2]),
        ([page(), *LINK, *LINK], [1, 4]),  # cut off at its beginning
        ([*LINK, *LINK, b"OggS\0\2" + bytes(20)], [0, 3]),  # one byte of a page is missing
        ([*LINK, *LINK, b"OggS\0\2" + bytes(21)], [0, 3, 6]),
    ],
)
def test_a_link_begins_where_streams_begin_after_pages_that_do_not(tmp_path, pages, first):
    places = [sum(len(one) for one in pages[:n]) for n in first]
    expected = [Part(begin, end, "ogg") for begin, end in zip(places, [*places[1:], -1], strict=True)]
    assert found(tmp_path / "a.ogg", *pages) == expected


@each(
    "pages",
    [LINK, LINK * 1 + [page(ENDS)], [page(BEGINS)] * 3, [page()], [b"OggS"], [b"OggS" + bytes(40)], [b"OggS\0" * 9]],
)
def test_a_file_of_one_link_is_read_as_it_is(tmp_path, pages):
    assert found(tmp_path / "a.ogg", *pages) == [None]


# A block of the search is 65,536 bytes, and begins one byte after the page that is not there.
@each(
    "missing", [5, 100, *range(65_528, 65_542), *range(131_058, 131_076), 200_000]
)  # fmt: skip
def test_pages_are_searched_for_after_a_gap(tmp_path, missing):
    junk = b"OggS\1" + b"x" * (missing - 5)  # (of another version)
    begin = sum(map(len, LINK)) + missing
    assert found(tmp_path / "a.ogg", *LINK, junk, *LINK) == [Part(0, begin, "ogg"), Part(begin, -1, "ogg")]


@each("missing", [27, 65_535, 65_536, 65_537, 65_538, 131_073])
def test_junk_at_the_end_is_part_of_the_last_link(tmp_path, missing):
    begin = sum(map(len, LINK))
    parts = [Part(0, begin, "ogg"), Part(begin, -1, "ogg")]
    assert found(tmp_path / "a.ogg", *LINK, *LINK, b"y" * missing) == parts


def flac(first=0, length=34):
    return b"fLaC" + bytes([first]) + struct.pack(">I", length)[1:] + bytes(34) + b"\xff\xf8 frames"


def test_joined_flac_files_begin_at_their_marks(tmp_path):
    # The first block describes the stream, the last of the header or not: with another kind or length no file begins.
    pieces = [flac(), flac(0x80), flac(1), flac(0, 35), flac(0x80)]
    length = len(flac())
    parts = [Part(0, length, "flac"), Part(length, 4 * length, "flac"), Part(4 * length, -1, "flac")]
    assert found(tmp_path / "a.flac", *pieces) == parts
    assert found(tmp_path / "b.flac", flac()) == found(tmp_path / "c.flac", b"fLaC") == [None]
    assert found(tmp_path / "d.flac", b"ID3", flac(), flac()) == [None]


def test_other_files_are_read_as_they_are(tmp_path):
    assert found(tmp_path / "a", b"") == found(tmp_path / "b", b"Ogg") == found(tmp_path / "c", b"what") == [None]
    assert parts_of(str(tmp_path / "gone.ogg")) == [None]


def test_a_wav_file_is_one_part_whose_header_may_need_repair(tmp_path):
    def wave(tag, valid):
        extensible = struct.pack("<HHIIHHHHIH", 0xFFFE, 1, 8000, 16_000, 2, 16, 22, valid, 4, tag) + bytes(14)
        return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 40) + extensible + b"data" + struct.pack("<I", 8) + bytes(8)

    assert found(tmp_path / "a.wav", wave(1, 16)) == [None]
    twelve = Part(68, 76, "s16le", {"sample_rate": "8000", "ch_layout": "0x4"})
    assert found(tmp_path / "b.wav", wave(1, 12)) == [twelve]
    with pytest.raises(MediaError, match="NMS ADPCM"):
        found(tmp_path / "c.wav", wave(0x38, 16))
