"""What sort_audio.py asks of each step, and how it names its tables."""

import os
from types import SimpleNamespace

import pytest

import audio_to_samples
import features_to_audio
import features_to_video
import samples_to_tsne
import sort_audio
from lib.errors import MediaError


@pytest.mark.parametrize(
    ("spec", "name"),
    [("song.mp3", "song"), ("my folder", "my folder"), ("./song.mp3", "song"), ("a%sb.mp3", "a_sb"),
     ("none/*.mp3", "none_.mp3"),
     ("*", "audio"), ("**/", "audio"), ("x y*", "x_y")],
)  # fmt: skip
def test_the_name_of_an_input(tmp_path, monkeypatch, spec, name):
    monkeypatch.chdir(tmp_path)
    for made in ("song.mp3", "a%sb.mp3"):
        (tmp_path / made).touch()
    (tmp_path / "my folder").mkdir()
    assert sort_audio.name_of(spec) == name


def test_sorts_by_what_is_measured():
    for words in ("tsne", "hz=desc", "power=asc=0.5&dur"):
        assert sort_audio.sort_query(words).text == words
    with pytest.raises(MediaError, match="cannot sort by nothing: choose among tsne, hz"):
        sort_audio.sort_query("")
    with pytest.raises(MediaError, match=r"cannot sort by x.*: choose among"):
        sort_audio.sort_query("hz&x")


def parse(*words):
    return sort_audio.parser().parse_args(["-in", "song.mp3", *words])


def test_the_sound_is_named_by_its_sort():
    assert sort_audio.sound_of(parse("-out", "o/%s.wav", "-sort", "hz=desc"), "u/v") == "o/u-v_hz=desc.wav"
    assert sort_audio.sound_of(parse("-out", "own.wav"), "u") == "own.wav"


STEPS = {audio_to_samples: "cut", samples_to_tsne: "map", features_to_audio: "play", features_to_video: "film"}


def steps(monkeypatch, tmp_path, *words, film="", samples=1, status=0):
    """The steps that are taken, each with its words."""
    taken, table = {}, tmp_path / "t.csv"

    def stage(module, *given):
        taken[STEPS[module]] = list(given)
        if module is audio_to_samples and samples >= 0:
            table.write_text("filename,start,dur\n" + "a,1,2\n" * samples)
        return status if module is samples_to_tsne else 0

    monkeypatch.setattr(sort_audio, "stage", stage)
    kept = SimpleNamespace(path=str(table), is_edited=False)
    return sort_audio.sort(parse(*words), kept, "f", "uid", "out.mp3", film), taken


@pytest.mark.parametrize(
    ("words", "film", "taken"),
    [
        (["-sort", "tsne"], "", ["cut", "map", "play"]),
        (["-sort", "tsne", "-steps", "2"], "", ["cut", "map"]),
        (["-sort", "tsne", "-steps", "1"], "", ["cut"]), (["-sort", "hz"], "", ["cut", "play"]),
        (["-sort", "hz&tsne"], "x.mp4", ["cut", "map", "play", "film"]),
        (["-sort", "hz", "-steps", "2"], "x.mp4", ["cut"]),
    ],
)  # fmt: skip
def test_the_steps_of_a_sort(monkeypatch, tmp_path, words, film, taken):
    status, found = steps(monkeypatch, tmp_path, *words, film=film)
    assert (status, list(found)) == (0, taken)


def test_the_words_of_each_step(monkeypatch, tmp_path):
    words = ["-sort", "tsne&power=desc", "-threads", "3", "-strict", "-overwrite"]
    status, found = steps(monkeypatch, tmp_path, *words, film="x.mp4", status=1)
    table, threads = str(tmp_path / "t.csv"), ["-threads", "3", "-strict"]
    assert status == 1
    assert found["cut"] == ["-in", "song.mp3", "-dir", "f", "-out", table, "-features", *threads]
    assert found["map"] == ["-in", table, "-dir", "f", *threads]
    playing = ["-in", table, "-dir", "f", "-sort", "tsne&power=desc", "-mdb", "-9999"]
    assert found["play"] == [*playing, "-out", "out.mp3", "-strict"]
    assert found["film"] == [*playing, "-out", "x.mp4", *threads, "-overwrite"]


@pytest.mark.parametrize(
    ("sort", "unchanged"), [("power", True), ("loudness=desc", True), ("hz&loudness", True), ("loudness&hz", False)]
)
def test_levels_are_heard_where_they_decide(monkeypatch, tmp_path, sort, unchanged):
    _, found = steps(monkeypatch, tmp_path, "-sort", sort)
    assert ("-mdb" in found["play"]) is unchanged
    assert "-strict" not in found["cut"]


def test_a_recording_without_samples(monkeypatch, tmp_path):
    with pytest.raises(MediaError, match="no samples were found"):
        steps(monkeypatch, tmp_path, samples=0)
    assert steps(monkeypatch, tmp_path / "none", samples=-1) == (1, {"cut": [*steps_of_cut(tmp_path / "none")]})


def steps_of_cut(folder):
    return ["-in", "song.mp3", "-dir", "f", "-out", str(folder / "t.csv"), "-features", "-threads", "1"]


@pytest.mark.parametrize(("sort", "pictures"), [("tsne", []), ("hz", ["output/uid_hz.png"]), ("tsne&hz", [])])
def test_the_picture_of_the_column(monkeypatch, tmp_path, sort, pictures):
    from lib.plots import output

    made = []
    monkeypatch.setattr(output, "show_sorted", lambda table, name, target, out: (made.append(target), "line")[1])
    _, found = steps(monkeypatch, tmp_path, "-sort", sort, "-plot")
    assert made == pictures
    assert ("-plot" in found.get("map", [])) is ("tsne" in sort)
    assert os.path.basename(found["play"][1]) == "t.csv"
