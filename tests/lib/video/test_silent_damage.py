"""Damage that ffmpeg passes over is reported: by its log, or by the structure of the file. Whole files are not."""

import struct
import subprocess
from pathlib import Path

import pytest

from lib.audio.reader import decoded_end
from lib.io.chunks import break_in
from lib.io.ffmpeg import ffmpeg_exe
from lib.video.breaks import Breaks
from lib.video.probe import probe
from lib.video.reader import VideoReader
from tests.support import film_lab as lab
from tests.support.each import each

COUNT = 40
SOUND = ["-c:a", "pcm_s16le"]
KINDS = {
    "film.flv": ["-c:v", "flv", "-q:v", "2", "-c:a", "libmp3lame", "-ar", "44100"],
    "film.wmv": ["-c:v", "wmv2", "-q:v", "2", "-c:a", "wmav2"],
    "film.asf": ["-c:v", "msmpeg4", "-q:v", "2", "-c:a", "wmav2"],
    "film.avi": ["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p", *SOUND],
    "lossless.avi": ["-c:v", "huffyuv", *SOUND],
    "film.mxf": ["-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-pix_fmt", "yuv420p", *SOUND],
    "sums.mkv": ["-c:v", "ffv1", "-level", "3", "-slicecrc", "1", "-c:a", "libopus"],
}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Return a film of each kind, made when it is asked for."""
    folder = tmp_path_factory.mktemp("films")
    made = {}

    def of(kind):
        if kind not in made:
            heard = lab.sound(COUNT / lab.FPS)
            pictures = [lab.picture(n) for n in range(COUNT)]
            made[kind] = Path(lab.make(folder / kind, pictures, KINDS[kind], heard=heard))
        return made[kind]

    return of


def read(path):
    """Return how many frames are read, and what the readers of picture and sound, and probing, say of a film."""
    with VideoReader(str(path)) as it:
        count = len(list(it.frames()))
        return count, [it.problem, decoded_end(str(path))[1], probe(str(path)).problem]


@pytest.mark.parametrize("kind", KINDS)
def test_damage_in_the_middle_is_reported(tmp_path, films, kind):
    whole = films(kind)
    assert read(whole) == (COUNT, ["", "", ""])
    data = whole.read_bytes()
    middle, size = len(data) * 3 // 5, 200 if kind == "sums.mkv" else len(data) // 12
    path = tmp_path / kind
    path.write_bytes(data[:middle] + bytes(n * 97 % 251 for n in range(size)) + data[middle + size :])
    count, told = read(path)
    words = [ffmpeg_exe(), "-v", "error", "-nostdin", "-i", f"file:{path}", "-map", "0:v", "-f", "null", "-"]
    logged = subprocess.run(words, capture_output=True, timeout=60).stderr
    assert logged or count < COUNT  # there is something to report
    assert told[0].startswith("damaged")
    seconds = float(told[0].split(" s")[0].split()[-1])
    assert seconds == pytest.approx(0.6 * COUNT / lab.FPS, abs=0.5)
    if kind != "sums.mkv":  # its sound is whole; damaged packets of pictures are found by decoding only
        assert all(one.startswith("damaged") for one in told)


def chunk(name, data, even=True):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (even and len(data) % 2)


def avi(*chunks, riff=b"AVI ", after=b""):
    movi = chunk(b"LIST", b"movi" + b"".join(chunks))
    return chunk(b"RIFF", riff + chunk(b"LIST", b"hdrlxxxx") + movi + chunk(b"idx1", bytes(16))) + after


PICTURE, HEARD = chunk(b"00dc", b"12345"), chunk(b"01wb", b"123456")
WELL_FORMED = {
    "packets": avi(PICTURE, HEARD, PICTURE),
    "records, indices, padding": avi(
        chunk(b"LIST", b"rec " + PICTURE + HEARD), chunk(b"ix00", b"1"), chunk(b"JUNK", b"")
    ),
    "lengths that are odd": avi(chunk(b"00dc", b"123", even=False), HEARD, chunk(b"00db", b"1", even=False)),
    "bytes after the end": avi(PICTURE, after=b"<html>" * 9),
    "a second part": avi(PICTURE) + avi(HEARD, riff=b"AVIX"),
    "cut off": avi(PICTURE, HEARD, PICTURE)[:-40],
    "no avi": avi(b"\0" * 20, riff=b"WAVE"),
}


@each("kind", WELL_FORMED)
def test_avi_of_all_shapes_is_not_broken(tmp_path, kind):
    path = tmp_path / "x.avi"
    path.write_bytes(WELL_FORMED[kind])
    assert break_in(str(path)) is None


def test_the_place_where_an_avi_breaks(tmp_path):
    path = tmp_path / "x.avi"
    for before in ((), (PICTURE, HEARD)):
        data = avi(*before, b"\xff" * 30, PICTURE)
        path.write_bytes(data)
        assert break_in(str(path)) == data.index(b"\xff\xff")
    second = avi(PICTURE) + avi(HEARD, b"\xff" * 30, riff=b"AVIX")
    path.write_bytes(second)
    assert break_in(str(path)) == second.index(b"\xff\xff")


def test_errors_of_the_beginning_and_of_every_picture_are_no_damage(monkeypatch):
    from av import Packet

    from lib.io import complaints
    from lib.video.timing import Ticks

    count = 0
    monkeypatch.setattr(complaints.av.logging, "get_last_error", lambda: (count, (16, "flv", "run overflow\n")))

    def places(faulty):
        nonlocal count
        breaks = Breaks()
        breaks.watch("flv")
        for n in range(40):
            count += n in faulty
            packet = Packet(1)
            packet.pts = n
            breaks.look(packet, Ticks(40, 0))
            breaks.shows(40.0 * n, False)
        return breaks._complaints.places

    assert places({7, 20}) == pytest.approx([0.28, 0.8])
    assert places({0}) == []
    assert places(set(range(40))) == []


def test_sound_of_a_dvd_is_read(tmp_path):
    # The first stream is one of data: that of navigation.
    path = lab.make(tmp_path / "x.vob", [lab.picture(n) for n in range(10)],
                    ["-c:v", "mpeg2video", "-c:a", "ac3", "-f", "dvd"], heard=lab.sound(0.4))  # fmt: skip
    assert decoded_end(path) == (pytest.approx(0.4, abs=0.05), "")


def test_pictures_with_data_that_pyav_does_not_know(tmp_path):
    path = lab.make(tmp_path / "x.mkv", [lab.picture(n) for n in range(2)], ["-c:v", "tiff", "-pix_fmt", "rgb24"])
    with VideoReader(path) as it:
        assert [lab.number_of(frame.picture(192, 144)) for frame in it.frames()] == [0, 1]
