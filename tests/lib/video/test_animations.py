"""GIF and APNG are read as films; a still picture is none."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import films_to_scenes
from lib.errors import MediaError, NoVideoError
from lib.video.probe import probe
from lib.video.reader import VideoReader
from scrapers.local import folder_to_metadata
from tests.support import film_lab as lab

COUNT = 14
# How long each frame stays, in ms: no even rate.
LENGTHS = [40 + 30 * (n % 3) for n in range(COUNT)]
BEGINS = [float(ms) for ms in np.cumsum([0, *LENGTHS[:-1]])]
END = float(sum(LENGTHS))


def opaque():
    return [Image.fromarray(lab.picture(n)) for n in range(COUNT)]


def over_nothing():
    """Return frames of which most is transparent: the others of a GIF are seen through it."""
    frames = []
    for n in range(COUNT):
        frame = Image.new("RGBA", (lab.WIDTH, lab.HEIGHT), (0, 0, 0, 0))
        ImageDraw.Draw(frame).rectangle((8 * n, 40, 8 * n + 40, 100), fill=(200, 10 * n, 40, 255))
        frames.append(frame)
    return frames


# Ending, frames, and Pillow's words: disposal is what becomes of a frame before the next is drawn.
KINDS = {
    "in order.gif": (opaque, {}),
    "once.gif": (opaque, {"loop": 1}),
    "erased.gif": (over_nothing, {"disposal": 2}),
    "restored.gif": (over_nothing, {"disposal": 3}),
    "in order.apng": (opaque, {"format": "PNG"}),
    "erased.apng": (over_nothing, {"format": "PNG", "disposal": 1}),
    "blended.apng": (over_nothing, {"format": "PNG", "blend": 1}),
    "named.png": (opaque, {}),
}


def animation(folder, kind):
    frames, words = KINDS[kind]
    first, *others = frames()
    path = folder / kind
    first.save(path, save_all=True, append_images=others, duration=LENGTHS, **{"loop": 0, **words})
    return str(path)


def read(path):
    with VideoReader(path) as it:
        return [(frame.ms, frame.picture(it.width, it.height)) for frame in it.frames()], it.end_ms, it.problem


@pytest.mark.parametrize("kind", KINDS)
def test_animations_are_read_as_ffmpeg_reads_them(tmp_path, kind):
    path = animation(tmp_path, kind)
    ours, end, problem = read(path)
    theirs = lab.reference(path)
    assert [ms for ms, _ in ours] == pytest.approx(BEGINS, abs=0.5)
    assert [ms for ms, _ in theirs] == pytest.approx(BEGINS, abs=0.5)
    for (_, picture), (_, want) in zip(ours, theirs, strict=True):
        assert np.abs(picture.astype(int) - want).max() <= 2
    if KINDS[kind][0] is opaque:
        assert [lab.number_of(picture) for _, picture in ours] == list(range(COUNT))
    found = probe(path)
    assert (end, found.duration) == pytest.approx((END, END / 1000), abs=0.001)
    assert (found.has_audio, found.has_video, found.problem, problem) == (False, True, "", "")


@pytest.mark.parametrize("kind", ["in order.gif", "in order.apng"])
def test_an_animation_that_is_cut_off_is_reported(tmp_path, kind):
    path = Path(animation(tmp_path, kind))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])
    ours, end, problem = read(str(path))
    assert 4 <= len(ours) < COUNT
    assert problem == f"read up to {end / 1000:g} s: the file is cut off there" == probe(str(path)).problem
    # Other bytes after the end are not damage; nor is a missing mark of the end of a GIF.
    for whole in (data + b"<html>", data[:-1] if path.suffix == ".gif" else data):
        path.write_bytes(whole)
        ours, _, problem = read(str(path))
        assert (len(ours), problem, probe(str(path)).problem) == (COUNT, "", "")


def test_a_still_picture_is_no_film(tmp_path, monkeypatch, capsys):
    animation(tmp_path, "in order.gif")
    for name in ("still.gif", "still.png"):
        opaque()[0].save(tmp_path / name)
    with pytest.raises(NoVideoError, match="no video track"):
        VideoReader(str(tmp_path / "still.gif"))
    for name in ("still.gif", "still.png"):
        with pytest.raises(MediaError):
            probe(str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    assert folder_to_metadata.main(["-in", ".", "-out", "all.csv"]) == 0
    with open("all.csv", newline="") as table:
        assert [(row["filename"], row["format"]) for row in csv.DictReader(table)] == [("in order.gif", "gif")]
    assert "2 files that are not media" in capsys.readouterr().out


@pytest.mark.slow
def test_the_scenes_of_a_gif_are_found(tmp_path):
    rng = np.random.default_rng(3)
    scenes = [Image.fromarray(rng.integers(0, 255, (12, 16, 3), np.uint8)).resize((96, 72)) for _ in range(2)]
    frames = [scenes[n >= 15].rotate(n * 0.2) for n in range(30)]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:], duration=40, loop=0)
    out = tmp_path / "s.csv"
    assert films_to_scenes.main(["-in", str(tmp_path / "x.gif"), "-out", str(out)]) == 0
    with out.open(newline="") as table:
        found = [(row["start"], row["dur"]) for row in csv.DictReader(table)]
    assert found == [("0", "599"), ("600", "600")]
