"""A part of a file behind a header, beside the same bytes in memory; and what ffmpeg's errors are called."""

import io
import os

import av
import numpy as np

from lib.io import ffmpeg
from lib.io.ffmpeg import Part, packets, reason_of
from tests.support.each import each


@each(("first", "end"), [(0, -1), (3, -1), (0, 20), (7, 20), (5, 5), (0, 99), (25, 99), (9, 4), (30, -1)])
@each("header", [b"h", b"head of four", b""])
def test_a_part_behind_a_header_is_read_as_if_it_were_a_file(tmp_path, first, end, header):
    data = bytes(range(25))
    path = tmp_path / "x"
    path.write_bytes(data)
    whole = io.BytesIO(header + data[first : len(data) if end < 0 else max(end, first)])
    rng = np.random.default_rng(len(header))
    with ffmpeg._Headed(str(path), Part(first, end, header=header)) as file:
        assert file.readable()
        assert file.seekable()
        assert file.read() == whole.read()
        for _ in range(60):
            if rng.random() < 0.5:
                offset, whence = int(rng.integers(-10, 40)), int(rng.integers(0, 3))
                size = len(whole.getvalue())
                place = max(offset + (0, whole.tell(), size)[whence], 0)  # BytesIO refuses places below 0
                assert file.seek(offset, whence) == whole.seek(place)
            count = int(rng.integers(-1, 30))
            assert file.read(count) == whole.read(count)
    assert file.closed


def test_a_part_is_the_whole_file_unless_it_is_told_otherwise():
    part = Part()
    assert (part.first, part.end, part.format, part.options, part.header) == (0, -1, "", {}, b"")


@each(
    ("error", "said"),
    [
        (av.error.PatchWelcomeError(1, "x"), "the rest is of a kind that ffmpeg cannot read"),
        (av.error.InvalidDataError(1, "Invalid data found"), "Invalid data found"),
        (ValueError("odd"), "odd"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("Error number -17 occurred"), "it cannot be decoded there"),
    ],
)
def test_errors_in_words(error, said):
    assert reason_of(error) == said


class Packet:
    def __init__(self, size, dts, pos):
        self.size, self.dts, self.pos, self.stream = size, dts, pos, "own"


class Container:
    def __init__(self, size, *made, fails=False):
        self.size, self.made, self.fails = size, made, fails

    def demux(self, streams):
        yield from self.made
        if self.fails:
            raise IndexError


@each(("size", "told"), [(200, [0.25, 0.5, 1.0]), (1, [50, 100, 200]), (0, []), (None, [])])
def test_the_place_in_the_file_is_told(monkeypatch, size, told):
    places = []
    monkeypatch.setattr(ffmpeg, "within", places.append)
    made = [Packet(9, 0, 50), Packet(9, 1, 100), Packet(9, 2, None), Packet(0, None, 200)]
    assert list(packets(Container(size, *made, fails=True), [])) == made
    assert places == told


def test_the_program_is_the_one_on_the_path_or_the_one_that_is_shipped(monkeypatch, tmp_path):
    ffmpeg.ffmpeg_exe.cache_clear()
    try:
        monkeypatch.setattr(ffmpeg.shutil, "which", lambda name: str(tmp_path / name))
        assert ffmpeg.ffmpeg_exe() == os.path.join(tmp_path, "ffmpeg")
        ffmpeg.ffmpeg_exe.cache_clear()
        monkeypatch.setattr(ffmpeg.shutil, "which", lambda name: None)
        assert "ffmpeg" in os.path.basename(ffmpeg.ffmpeg_exe())
    finally:
        ffmpeg.ffmpeg_exe.cache_clear()
