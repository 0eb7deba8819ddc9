"""Files that end before what is in them does, by the lengths that are written in them."""

import io

import pytest

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
