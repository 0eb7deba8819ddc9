"""Files that end before what is in them does, by the lengths that are written in them."""

import io
import struct

import pytest

from lib.io import ends
from lib.io.ends import is_cut
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


@pytest.mark.parametrize(
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
