"""Files that end before what is in them does, by the lengths that are written in them."""

import io
import struct

import pytest

from lib.io import ends
from lib.io.ends import is_cut
from tests.support.each import each
from tests.support.film_lab import run

SOUND = ["-f", "lavfi", "-i", "anoisesrc=d=0.5:r=48000"]
FILM = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.6"]
DV = ["-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=0.12,format=yuv420p", "-ar", "48000", "-ac", "2"]
KINDS = {
    "mov": ("mov", [*SOUND, "-c:a", "aac", "-f", "mp4"]),
    "matroska": ("matroska", [*SOUND, *FILM, "-c:v", "mpeg4", "-c:a", "ac3"]),
    "matroska without lengths": ("matroska", [*SOUND, "-c:a", "ac3", "-live", "1"]),
    "avi": ("avi", [*FILM, "-c:v", "mjpeg"]),
    "w64": ("w64", SOUND),
    "ogg": ("ogg", [*SOUND, "-c:a", "libvorbis"]),
    "mpegts": ("mpegts", [*SOUND, *FILM, "-c:v", "mpeg2video", "-c:a", "mp2"]),
    "m2ts": ("mpegts", [*SOUND, "-c:a", "ac3", "-mpegts_m2ts_mode", "1"]),
    "mpeg": ("mpeg", [*SOUND, *FILM, "-c:v", "mpeg1video", "-c:a", "mp2"]),
    "vob": ("mpeg", [*SOUND, *FILM, "-c:v", "mpeg2video", "-c:a", "ac3", "-f", "vob"]),
    "flv": ("flv", [*FILM, "-c:v", "flv"]),
    "asf": ("asf", [*SOUND, "-c:a", "wmav2"]),
    "caf": ("caf", SOUND),
    "voc": ("voc", SOUND),
    "dv": ("dv", [*DV, "-c:v", "dvvideo"]),
    "mxf": ("mxf", [*FILM, "-c:v", "mpeg2video"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_cut_off_is_known_and_a_whole_one_too(tmp_path, kind):
    name, words = KINDS[kind]
    path = tmp_path / "x"
    run(*words, *(() if "-f" in words[-2:] else ("-f", name)), str(path))
    data = path.read_bytes()
    # Not at the edge of a packet of a transport stream, or of a frame of DV: what ends there has all its packets.
    places = [round(len(data) * share) for share in (0.31, 0.6, 0.87)]
    found = [is_cut(io.BytesIO(data[:end]), end, [name]) for end in (len(data), *(n | 1 for n in places))]
    assert found == [False, True, True, True]


def test_what_nothing_is_known_of_is_whole():
    assert not is_cut(io.BytesIO(b"x" * 100), 100, ["h264"])
    assert not is_cut(io.BytesIO(b"x" * 5000), 5000, ["mpegts"])


AFTER = {
    "tags": b"TAG" + b"x" * 125,
    "zeros": bytes(1000),
    "a line": b"\r\n",
    "a page": b"<!-- written behind the file by a server that reported an error in the middle -->\n",
    "ones": b"\xff" * 777,
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("dv", "asf")])
def test_what_follows_a_whole_file_is_not_part_of_it(tmp_path, kind):
    name, words = KINDS[kind]
    path = tmp_path / "x"
    run(*words, *(() if "-f" in words[-2:] else ("-f", name)), str(path))
    data = path.read_bytes()
    whole = {after: is_cut_or_senseless(data + more, name) for after, more in AFTER.items()}
    assert whole == dict.fromkeys(AFTER, False)


def is_cut_or_senseless(data, name):
    """Return whether a file is cut off; False where the contents make no sense, as its caller does."""
    try:
        return is_cut(io.BytesIO(data), len(data), [name])
    except struct.error:
        return False


def test_lengths_left_open_or_wrong_by_a_few_bytes_are_not_a_cut(tmp_path):
    run(*FILM, "-c:v", "mjpeg", "-f", "avi", str(tmp_path / "x"))
    avi = (tmp_path / "x").read_bytes()
    for length in (0, 0xFFFFFFFF, len(avi), len(avi) - 7):
        data = avi[:4] + struct.pack("<I", length) + avi[8:]
        assert not is_cut(io.BytesIO(data), len(data), ["avi"])
    run(*SOUND, "-f", "voc", str(tmp_path / "x"))
    voc = (tmp_path / "x").read_bytes()
    assert voc[-1] == 0
    assert not is_cut(io.BytesIO(voc[:-1]), len(voc) - 1, ["voc"])
    run(*SOUND, *FILM, "-c:v", "mpeg4", "-c:a", "aac", "-movflags", "faststart", "-f", "mp4", str(tmp_path / "x"))
    mp4 = (tmp_path / "x").read_bytes()
    head = mp4.find(b"mdat") - 4
    data = mp4[:head] + bytes(4) + mp4[head + 4 :]
    assert not is_cut(io.BytesIO(data), len(data), ["mov"])
    # 64-bit lengths: whole, and cut in the head itself.
    data = mp4[:head] + struct.pack(">I4sQ", 1, b"mdat", len(mp4) - head + 8) + mp4[head + 8 :]
    assert not is_cut(io.BytesIO(data), len(data), ["mov"])
    assert is_cut(io.BytesIO(data[:-1]), len(data) - 1, ["mov"])
    assert is_cut(io.BytesIO(data[: head + 12]), head + 12, ["mov"])


def test_a_transport_stream_that_was_joined_of_a_cut_one_and_a_whole_one_is_whole(tmp_path):
    run(*SOUND, *FILM, "-c:v", "mpeg2video", "-c:a", "mp2", "-f", "mpegts", str(tmp_path / "x"))
    data = (tmp_path / "x").read_bytes()
    joined = data[: len(data) // 2 | 1] + data
    assert not is_cut(io.BytesIO(joined), len(joined), ["mpegts"])
    assert is_cut(io.BytesIO(joined[:-50]), len(joined) - 50, ["mpegts"])


def test_wrongly_repeated_lengths_of_flv_tags_are_not_a_cut(tmp_path):
    run(*FILM, "-c:v", "flv", "-f", "flv", str(tmp_path / "x"))
    data = (tmp_path / "x").read_bytes()[:-4] + bytes(4)
    assert not is_cut(io.BytesIO(data), len(data), ["flv"])


@each(
    ("data", "end"),
    [
        (b"x" * 50, 50),  # no page: nothing is known
        (b"OggS\0".ljust(26, b"\1") + b"\2" + b"\5\7" + bytes(12), 27 + 2 + 12),
        (b"OggS\0".ljust(26, b"\1") + b"\2" + b"\5\7" + bytes(3), 27 + 2 + 12),  # cut off in the page's data,
        (b"OggS\0".ljust(26, b"\1") + b"\2" + b"\5", 29),  # in its table,
        (b"OggS\0".ljust(20, b"\1"), 21),  # and in its head: it ends somewhere beyond the file
        (b"OggS\0".ljust(26, b"\1") + b"\0" + b"OggS\0".ljust(26, b"\1") + b"\1\3" + bytes(9), 27 + 28 + 3),
    ],
)
def test_the_last_page_tells_where_an_ogg_file_ends(data, end):
    assert ends._last_page_end(io.BytesIO(data), len(data)) == end


PACK_2, PACK_1 = b"\0\0\1\xba" + b"\x44" + bytes(8) + b"\xfa" + b"\xff\xff", b"\0\0\1\xba" + b"\x21" + bytes(7)


def pes(size, code=0xE0):
    return b"\0\0\1" + bytes([code]) + size.to_bytes(2, "big") + bytes(size)


@pytest.mark.parametrize("pack", [PACK_1, PACK_2])
def test_the_packets_of_a_program_stream_follow_each_other(pack):
    whole = pack + pes(300) + pes(20, 0xC0) + pack + pes(7, 0xBE)
    for data, cut in [
        (whole, False),
        (whole + b"\0\0\1\xb9", False),  # its end
        (whole + pes(0), False),  # a packet without content
        (whole + pes(0)[:-1], True),
        (whole + b"\xff" * 9, False),  # something else
        (whole[:-1], True),
        (whole[:-8], True),  # in the head of a packet
        (whole + b"\0\0", True),  # in the mark of the next
        (whole + pack[:9], True),
        (b"\x47" * 50, False),
    ]:
        found = ends._packs_end(io.BytesIO(data), len(data))
        assert (found > len(data)) is cut, len(data)
        assert cut or found == len(data)


def flv_tag(size, kind=8):
    return bytes([kind]) + size.to_bytes(3, "big") + bytes(7) + bytes(size) + (size + 11).to_bytes(4, "big")


@pytest.mark.parametrize("sizes", [(0,), (300, 7), (5, 0, 90)])
def test_the_tags_of_an_flv_end_with_the_file(sizes):
    head = b"FLV\1\5\0\0\0\x09" + bytes(4)
    data = head + b"".join(flv_tag(size) for size in sizes)
    assert ends._tags_end(io.BytesIO(data), len(data)) == len(data)
    # Without the last length, or within its tag.
    assert ends._tags_end(io.BytesIO(data[:-4]), len(data) - 4) == len(data) - 4
    if sizes[-1] > 4:
        assert ends._tags_end(io.BytesIO(data[:-6]), len(data) - 6) == len(data) - 4


def end_of(of, data, size=None):
    return of(io.BytesIO(data), len(data) if size is None else size)


def box(name, inside=0, wide=False, length=None):
    head = 16 if wide else 8
    length = head + inside if length is None else length
    return (struct.pack(">I4sQ", 1, name, length) if wide else struct.pack(">I4s", length, name)) + bytes(inside)


@each("name", sorted(ends.BOXES))
def test_boxes_of_every_name_end_where_they_say(name):
    before = box(b"ftyp", 12)
    for inside in (0, 1, 300):
        data = before + box(name, inside)
        assert end_of(ends._boxes_end, data) == 20 + 8 + inside
        assert end_of(ends._boxes_end, data[: 28 + inside // 2]) == 28 + inside
        data = before + box(name, inside, wide=True)
        assert end_of(ends._boxes_end, data) == 20 + 16 + inside
    assert end_of(ends._boxes_end, before + box(b"what", length=500)) == 28  # not of the file


@each(
    ("data", "end"),
    [
        (b"", 0),
        (box(b"ftyp", 4) + b"\0" * 7, 12),  # no head
        (box(b"ftyp", 4) + box(b"mdat", 4, wide=True)[:15], 12 + 16),  # the head of a wide one is cut off
        (box(b"ftyp", 4) + box(b"mdat", 4, wide=True)[:16], 12 + 20),
        (box(b"ftyp", 4) + box(b"mdat", 99, length=0), 119),  # to the end of the file
        (box(b"ftyp", 4) + box(b"mdat", 99, length=7), 119),  # senseless
        (box(b"ftyp", 4) + box(b"mdat", 0, length=8) + box(b"free", 5), 33),
        (box(b"ftyp", 4) + box(b"mdat", 9, wide=True, length=7), 37),
    ],
)
def test_boxes_of_odd_lengths(data, end):
    assert end_of(ends._boxes_end, data) == end


def riff(inside, length=None):
    return b"RIFF" + struct.pack("<I", inside if length is None else length) + bytes(inside + inside % 2)


@each(
    ("data", "end"),
    [
        # Less than eight bytes are an error of the writer.
        (riff(100), 108 - 8),
        (riff(101), 110 - 8),
        (riff(100) + riff(7), 108 + 16 - 8),
        (riff(100) + b"TAG of something", 108 - 8),
        (riff(100) + b"RIFF\1\0\0", 108 - 8),
        (riff(100) + riff(50, 5000), 108 + 8 + 5000 - 8),
        (riff(100, 0xFFFFFFFF), 108),
        (b"nothing", -8),
        (b"riff" + b"x" * 12 + struct.pack("<Q", 12345) + bytes(90), 12345),
    ],
)
def test_the_chunks_of_an_avi_follow_each_other(data, end):
    assert end_of(ends._riff_end, data) == end


def element(ident, inside, bytes_of_length=1, length=None):
    """An element of matroska; length: None that of what is inside, -1 unknown."""
    length = inside if length is None else length
    if length < 0:
        length = (1 << 7 * bytes_of_length) - 1
    mark = length | 1 << 7 * bytes_of_length
    return ident.to_bytes((ident.bit_length() + 7) // 8, "big") + mark.to_bytes(bytes_of_length, "big") + bytes(inside)


EBML, SEGMENT, CLUSTER, VOID, INFO = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xEC, 0x1549A966


@each("width", range(1, 9))
def test_the_segment_of_a_matroska_file_ends_by_its_length_or_its_elements(width):
    head = element(EBML, 20, 1)
    begin = 25 + 4 + width
    assert end_of(ends._segment_end, head + element(SEGMENT, 60, width)) == begin + 60
    assert end_of(ends._segment_end, head + element(SEGMENT, 9, width, length=99)) == begin + 99
    # Without a length: that of the elements in it.
    open_one = head + element(SEGMENT, 0, width, length=-1)
    for ident in (0x114D9B74, INFO, 0x1654AE6B, CLUSTER, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, 0xBF, VOID):
        size = 1 if ident < 256 else 4
        inside = open_one + element(ident, 30, width) + element(INFO, 5, 1)
        assert end_of(ends._segment_end, inside) == begin + size + width + 30 + 4 + 1 + 5
        assert end_of(ends._segment_end, inside[:-9]) == begin + size + width + 30  # one byte is not a head
        assert end_of(ends._segment_end, open_one + element(ident, 3, width, length=90)) == begin + size + width + 90
        assert end_of(ends._segment_end, open_one + element(ident, 9, width, length=-1)) == 0
    # Other elements do not belong there, and a file begins with one of EBML.
    assert end_of(ends._segment_end, open_one + element(0x1F43B676, 30, width)) == 0
    assert end_of(ends._segment_end, element(SEGMENT, 0, width, length=-1) + element(INFO, 5)) == 0
    assert end_of(ends._segment_end, element(VOID, 3) + head + element(INFO, 5)) == 0
    assert end_of(ends._segment_end, head) == 25
    with pytest.raises(struct.error):
        end_of(ends._segment_end, head + bytes(12))


@each("step", [188, 192, 204])
@each("before", [0, 4, 50])
def test_the_last_packet_of_a_transport_stream_is_the_end(step, before):
    def stream(count, after=0):
        return b"\1" * before + (b"\x47" + b"\2" * (step - 1)) * count + b"\3" * after

    for count in (5, 6, 30, 60):  # the last 8 kB are searched
        for after in (0, 1, 100, 188):
            assert end_of(ends._packets_end, stream(count, after)) == before + (count - 1) * step + 188
        cut = before + count * step - step + 7
        assert end_of(ends._packets_end, stream(count)[:cut]) == before + (count - 1) * step + 188
    # Four in a row may be chance.
    assert end_of(ends._packets_end, stream(4)) == 0
    assert end_of(ends._packets_end, stream(4, 9000)) == len(stream(4, 9000)) - 8192


def asf(size, packets, broadcast, place=30):
    properties = ends.ASF_PROPERTIES + b"\7" * 24 + struct.pack("<QQQ", size, 77, packets) + b"\7" * 24
    return b"x" * place + properties + bytes([broadcast]) + b"\7" * 3


@each(
    ("data", "end"),
    [
        (asf(5000, 9, 0), 5000),
        (asf(5000, 9, 2), 5000),
        (asf(5000, 9, 0, place=0), 5000),
        (asf(5000, 9, 3), 0),  # a broadcast: what was known when it began
        (asf(5000, 0, 0), 0),
        (asf(5000, 9, 0, 70_000), 0),  # not in the header
        (asf(5000, 9, 0)[:-1], 0),
        (b"x" * 500, 0),
    ],
)
def test_the_header_of_an_asf_file_says_its_size(data, end):
    assert end_of(ends._asf_end, data) == end


@each("name", sorted(ends.CHUNKS))
def test_the_chunks_of_a_caf_follow_each_other(name):
    def chunk(name, inside, length=None):
        return struct.pack(">4sq", name, inside if length is None else length) + bytes(inside)

    data = b"caff\0\1\0\0" + chunk(b"desc", 32)
    assert end_of(ends._chunks_end, data + chunk(name, 100)) == 52 + 112
    assert end_of(ends._chunks_end, data + chunk(name, 0)) == 52 + 12
    assert end_of(ends._chunks_end, data + chunk(name, 9, 100)) == 52 + 112
    assert end_of(ends._chunks_end, data + chunk(name, 9, -1)) == 52 + 21
    assert end_of(ends._chunks_end, data + chunk(name, 9)[:11]) == 52
    assert end_of(ends._chunks_end, data + chunk(b"what", 9, 100)) == 52 + 21


def test_the_blocks_of_a_voc_follow_each_other():
    head = b"Creative Voice File\x1a" + struct.pack("<HHH", 26, 0x10A, 0x1129)
    for kind in range(1, 10):
        block = bytes([kind]) + (700).to_bytes(3, "little")
        assert end_of(ends._blocks_end, head + block + bytes(700)) == 730
        assert end_of(ends._blocks_end, head + block + bytes(700) + b"\0") == 731
        assert end_of(ends._blocks_end, head + block + bytes(600)) == 730
        assert end_of(ends._blocks_end, head + block + bytes(700) + block + bytes(3)) == 1434
    assert end_of(ends._blocks_end, head + b"\x0a\1\1\1") == 30  # not of the file
    assert end_of(ends._blocks_end, head + b"\x09\1\1\1") == 30 + 0x10101


@each(("mark", "frame"), [(0x3F, 120_000), (0xBF, 144_000), (0x80, 144_000), (0x7F, 120_000)])
def test_frames_of_dv_are_whole(mark, frame):
    head = b"\x1f\7\0" + bytes([mark])
    for size, end in [(4, frame), (frame, frame), (frame + 1, 2 * frame), (3 * frame - 1, 3 * frame)]:
        assert end_of(ends._dv_end, head, size) == end


def mxf(inside, wide=0, key=b"\6\x0e\x2b\x34\2\5\1\1\x0d\1\2\1\1\2\4\0"):
    """wide: bytes of the length; 0: it is in its first byte."""
    length = bytes([0x80 | wide]) + inside.to_bytes(wide, "big") if wide else bytes([inside])
    return key + length


@each("wide", [0, 1, 2, 3, 4, 8])
def test_the_elements_of_an_mxf_follow_each_other(wide):
    other = b"\6\x0e\x2b\x34\1\2\1\1\x0d\1\3\1\x15\1\5\1"
    for footer in (0, 5000):
        partition = bytes(24) + struct.pack(">Q", footer) + bytes(56)
        data = mxf(88, wide) + partition
        begin = 16 + 1 + wide + 88
        assert end_of(ends._mxf_end, data) == max(begin, footer)
        assert end_of(ends._mxf_end, data + mxf(100, wide, other) + bytes(3)) == max(begin + 17 + wide + 100, footer)
        assert end_of(ends._mxf_end, data + b"TAG" * 20) == max(begin, footer)
        assert end_of(ends._mxf_end, data + other) == max(begin, footer)
    # Only of the first is it where the footer begins.
    data = mxf(40, wide, other) + bytes(24) + struct.pack(">Q", 9000) + bytes(8)
    assert end_of(ends._mxf_end, data) == 17 + wide + 40


def test_what_is_no_mxf_has_no_end():
    assert end_of(ends._mxf_end, b"nothing of it") == 0
    assert end_of(ends._mxf_end, b"") == 0


@pytest.mark.parametrize(("before", "found"), [(0, True), (1, False)])
def test_how_far_from_the_end_a_last_page_or_pack_is_searched(before, found):
    # A page of ogg in the last 128 kB, a pack of a program stream in the last 256 kB.
    page = b"OggS\0".ljust(26, b"\1") + b"\1\xff"
    data = page + b"\1" * ((1 << 17) + before - len(page))
    assert end_of(ends._last_page_end, data) == (28 + 255 if found else len(data))
    longer = PACK_1 + (pes(65_535) * 4)[: (1 << 18) + before - len(PACK_1)]  # cut off in its last packet
    assert (end_of(ends._packs_end, longer) > len(longer)) is found
