"""What ffmpeg is asked for to write a film: by codec, quality, size, sound and chapters."""

from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path

import pytest

from lib.errors import MediaError
from lib.video import writer as module
from lib.video.chapters import Chapter
from lib.video.writer import CODECS, VideoWriter, check_film, is_lossless, is_padded, planes_of, sound_encoder
from tests.support.each import each


def asked(monkeypatch, target, *words, size=(64, 48), fps=25, frames=50, quality="high", pixels="yuv420p", **more):
    """The words to ffmpeg, without the place of the film; chapters are read."""
    found = []

    class Encoder(nullcontext):
        def __init__(self, target, arguments):
            super().__init__(self)
            found.extend(arguments)
            for n, word in enumerate(arguments):
                if word == "ffmetadata":
                    found.append(Path(arguments[n + 2].removeprefix("file:")).read_text())

    monkeypatch.setattr(module, "Encoder", Encoder)
    with VideoWriter(target, size, fps, frames, quality, pixels, *words, **more) as encoder:
        assert isinstance(encoder, Encoder)
        place = found[found.index("-y") + 1].removeprefix("file:")
        Path(place).write_text("film")
    return found


def value(words, flag):
    return words[words.index(flag) + 1]


@each(
    ("quality", "rate", "preset"),
    [("low", "28", "veryfast"), ("medium", "21", "veryfast"), ("high", "16", "veryfast"), ("cuts", "18", "ultrafast"),
     ("preview", "24", "ultrafast")],
)  # fmt: skip
def test_qualities_of_h264(monkeypatch, tmp_path, quality, rate, preset):
    words = asked(monkeypatch, tmp_path / "a.mp4", quality=quality)
    assert (value(words, "-c:v"), value(words, "-crf"), value(words, "-preset")) == ("libx264", rate, preset)
    assert (tmp_path / "a.mp4").read_text() == "film"


@pytest.mark.parametrize(("size", "threads"), [((640, 360), "2"), ((360, 640), "2"), ((642, 360), "8")])
def test_threads_do_not_depend_on_the_machine(monkeypatch, tmp_path, size, threads):
    assert value(asked(monkeypatch, tmp_path / "a.mp4", size=size), "-threads") == threads


@each(
    ("name", "codec", "lossless", "sound"),
    [
        ("a.mp4", "h264", False, ["-c:a", "aac", "-b:a", "256k"]),
        ("a.MOV", "h264_444", False, ["-c:a", "aac", "-b:a", "256k"]),
        ("a.mkv", "h264", True, ["-c:a", "flac", "-sample_fmt", "s32"]),
        ("a.mkv", "ffv1", True, ["-c:a", "flac", "-sample_fmt", "s32"]),
        ("a.mov", "prores", True, ["-c:a", "pcm_s24le"]),
        ("a.mkv", "prores", True, ["-c:a", "pcm_s24le"]),
    ],
)
def test_the_sound_of_each_codec_and_container(monkeypatch, tmp_path, name, codec, lossless, sound):
    assert is_lossless(codec, name) is lossless
    assert sound_encoder(codec, name).split() == sound
    words = asked(monkeypatch, tmp_path / name, "sound.wav", codec)
    first = words.index("-c:a")
    # Cut, or continued with silence, to the length of the film.
    assert words[first : first + len(sound) + 4] == [*sound, "-af", "apad", "-t", "2.000000"]
    assert words[words.index("1:a") - 1] == "-map"
    # What is encoded already is copied into a film of compressed sound.
    words = asked(monkeypatch, tmp_path / name, "sound.m4a", codec)
    assert (value(words, "-c:a") == "copy") is not lossless
    assert ("-t" in words) is lossless


def test_the_length_of_the_sound_is_that_of_the_pictures(monkeypatch, tmp_path):
    words = asked(monkeypatch, tmp_path / "a.mp4", "a.wav", fps=Fraction(30_000, 1001), frames=100)
    assert value(words, "-t") == f"{100 * 1001 / 30_000:.6f}"
    assert value(words, "-framerate") == "30000/1001"
    silent = asked(monkeypatch, tmp_path / "b.mp4")
    assert "-c:a" not in silent
    assert "1:a" not in silent


@each(
    ("name", "muxer", "index"),
    [("a.mp4", "mp4", True), ("a.m4v", "mp4", True), ("a.mov", "mov", True), ("a.mkv", "matroska", False)],
)
def test_containers(monkeypatch, tmp_path, name, muxer, index):
    words = asked(monkeypatch, tmp_path / name)
    place = words.index(muxer)
    assert words[place - 1] == "-f"
    assert ("+faststart" in words) is index
    assert [words[n + 1] for n, word in enumerate(words) if word.startswith("-map_metadata")] == ["-1", "-1"]
    check_film(name)
    for other in ("a.avi", "a", "mp4"):
        with pytest.raises(MediaError, match="the name of a film ends in"):
            check_film(other)


@pytest.mark.parametrize("pixels", ["rgb24", "yuv420p", "yuv444p"])
def test_pictures_are_converted_to_bt_709(monkeypatch, tmp_path, pixels):
    for codec, (kind, _, _) in CODECS.items():
        words = asked(monkeypatch, tmp_path / "a.mkv", "", codec, pixels=pixels, size=(63, 48))
        raw = words.index("rawvideo")
        assert words[raw - 1 : raw + 8] == [
            "-f", "rawvideo", "-pix_fmt", pixels, "-s", "63x48", "-framerate", "25", "-i",
        ]  # fmt: skip
        if kind.startswith("yuv"):
            given = "in_color_matrix=bt709:in_range=tv:" if pixels.startswith("yuv") else ""
            filters = f"pad=ceil(iw/2)*2:ceil(ih/2)*2,scale={given}out_color_matrix=bt709:out_range=tv,format={kind}"
            assert value(words, "-vf") == filters
            assert value(words, "-colorspace") == "bt709"
        else:
            assert "-vf" not in words
            assert words[len(words) - 1 - words[::-1].index("-pix_fmt") + 1] == kind


@each(
    ("codec", "size", "padded", "pixels"),
    [
        ("h264", (64, 48), False, "yuv420p"), ("h264", (63, 48), True, "rgb24"), ("h264", (64, 47), True, "rgb24"),
        ("h264_444", (64, 48), False, "yuv444p"), ("h264_444", (63, 47), True, "rgb24"),
        ("prores", (64, 48), False, "rgb24"), ("ffv1", (63, 47), False, "rgb24"),
    ],
)  # fmt: skip
def test_pictures_that_are_padded_come_as_rgb(codec, size, padded, pixels):
    assert is_padded(codec, size) is padded
    found = planes_of(codec, size)
    assert (found.width, found.height, found.pixels) == (*size, pixels)


@pytest.mark.parametrize(("sound", "number"), [("", "1"), ("a.wav", "2")])
def test_chapters_come_after_the_other_inputs(monkeypatch, tmp_path, sound, number):
    chapters = [Chapter(0.0, "One"), Chapter(500.0, "Two")]
    *words, listed = asked(monkeypatch, tmp_path / "a.mp4", sound, chapters=chapters)
    assert value(words, "-map_chapters") == number
    assert words.index("ffmetadata") > words.index("pipe:0")
    times = [line for line in listed.splitlines() if line.startswith(("START", "END", "title"))]
    assert times == ["START=0", "END=500", "title=One", "START=500", "END=2000", "title=Two"]
    assert value(asked(monkeypatch, tmp_path / "b.mp4", sound), "-map_chapters") == "-1"


def test_pictures_of_a_film_are_copied(monkeypatch, tmp_path):
    words = asked(monkeypatch, tmp_path / "a.mp4", "a.m4a", silent="silent.mp4")
    assert value(words, "-c:v") == "copy"
    assert "pipe:0" not in words
    assert "-threads" not in words
    inputs = [words[n + 1] for n, word in enumerate(words) if word == "-i"]
    assert [Path(one).name for one in inputs] == ["silent.mp4", "a.m4a"]
    assert words.count("-protocol_whitelist") == 2
