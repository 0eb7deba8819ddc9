"""films_to_scenes.py: the scenes of films as tables."""

import csv
import os
from pathlib import Path

import pytest
from PIL import Image

import films_to_scenes
import samples_to_vsamples
from tests.support.media_factory import encode, film, tone

RED, BLUE, GREEN = (220, 20, 20), (20, 20, 220), (20, 160, 20)
COLUMNS = ["filename", "start", "dur", "change", "kind"]


@pytest.fixture
def folder(workplace):
    """Two films, of three scenes and of one."""
    (workplace / "media/disc 1").mkdir(parents=True)
    film(workplace / "media/a.mp4", [RED] * 50 + [BLUE] * 25 + [GREEN] * 25)
    film(workplace / "media/disc 1/it's 100%s.mkv", [BLUE] * 40)
    return workplace


def run(*words):
    return films_to_scenes.main(["-in", "media", *words])


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_scenes_are_rows_from_cut_to_cut(folder, capsys):
    assert run("-strict") == 0
    found = rows("tmp/scenes.csv")
    assert list(found[0]) == COLUMNS
    spans = [(row["filename"], row["start"], row["dur"], row["kind"]) for row in found]
    assert spans == [
        ("a.mp4", "0", "1999", "start"),
        ("a.mp4", "2000", "999", "cut"),
        ("a.mp4", "3000", "1000", "cut"),
        ("disc 1/it's 100%s.mkv", "0", "1600", "start"),
    ]
    assert [float(row["change"]) > 1 for row in found] == [False, True, True, False]
    said = capsys.readouterr()
    assert (said.out, said.err) == ("4 scenes of 2 films -> tmp/scenes.csv\n", "")


def test_other_stages_read_scenes_as_samples(folder):
    assert run() == 0
    assert samples_to_vsamples.main(["-in", "tmp/scenes.csv", "-dir", "media", "-tdur", "0", "-vdur", "0"]) == 0
    for row in rows("tmp/scenes.csv"):
        assert row["vstart"] == row["start"]
        assert int(row["vdur"]) == int(row["dur"])
    assert run() == 0  # columns that other stages added stay
    assert "vstart" in rows("tmp/scenes.csv")[0]


@pytest.mark.slow
def test_one_table_for_each_film(folder, capsys):
    assert run("-out", "tmp/scenes/%s.csv", "-threads", "2") == 0
    assert len(rows("tmp/scenes/a.mp4.csv")) == 3
    assert len(rows("tmp/scenes/disc 1/it's 100%s.mkv.csv")) == 1
    capsys.readouterr()
    assert run("-out", "tmp/scenes/%s.csv") == 0
    said = "nothing to do: 2 films already done (-overwrite finds them again) -> tmp/scenes/%s.csv"
    assert said in capsys.readouterr().out
    film("media/a.mp4", [RED] * 50)
    assert run("-out", "tmp/scenes/%s.csv") == 1  # that was another film
    assert "-overwrite" in capsys.readouterr().err
    assert run("-out", "tmp/scenes/%s.csv", "-overwrite") == 0
    assert len(rows("tmp/scenes/a.mp4.csv")) == 1


def test_a_strip_shows_the_first_frame_of_each_scene(folder, capsys):
    assert run("-plot") == 0
    assert "picture: tmp/scenes.png" in capsys.readouterr().out
    strip = Image.open("tmp/scenes.png").convert("RGB")
    # Pictures of 64x48 are shown 160 wide, 120 high, 4 apart, below a line of 16 with the film's name.
    for place, colour in (((84, 80), RED), ((248, 80), BLUE), ((412, 80), GREEN), ((84, 220), BLUE)):
        assert strip.getpixel(place) == pytest.approx(colour, abs=12)
    assert strip.size == (4 + 3 * 164, 4 + 2 * (16 + 124))


def test_a_manifest_and_the_old_detector(folder):
    Path("films.csv").write_text("filename,title\na.mp4,A\n")
    words = ["-in", "films.csv", "-dir", "media", "-detector", "mean"]
    assert films_to_scenes.main([*words, "-out", "mean.csv"]) == 0
    assert [row["start"] for row in rows("mean.csv")] == ["0", "2000", "3000"]


@pytest.mark.slow
def test_bad_files_and_sounds_cost_only_themselves(folder, capsys):
    Path("media/bad.mp4").write_text("no film")
    encode("media/song.wav", tone(440), 44100)
    assert run() == 0
    said = capsys.readouterr()
    assert "4 scenes of 3 films, 1 film without a picture, 1 bad file" in said.out
    assert "bad.mp4" in said.err
    assert run("-strict") == 1  # it is tried again
    film("media/bad.mp4", [GREEN] * 25)
    assert run("-strict") == 0
    assert len(rows("tmp/scenes.csv")) == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-in", "none*.mp4"), "no file matches"),
        (("-in", "films.csv", "-dir", "nowhere"), "there is no such folder"),
        (("-out", "mine.csv"), "was not made by this tool"),
        (("-out", "media"), "is a folder"),
        (("-out", "films.csv", "-in", "films.csv", "-dir", "media"), "is an input"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_lost(folder, capsys, words, said):
    Path("films.csv").write_text("filename\na.mp4\n")
    Path("mine.csv").write_text("mine")
    assert run(*words) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert Path("mine.csv").read_text() == "mine"
    assert sorted(os.listdir()) == ["films.csv", "media", "mine.csv"]


def test_a_stopped_run_continues_where_it_was(folder, monkeypatch):
    from lib.video import scene_tables

    done = []
    real = scene_tables.scene_table

    def one(job):
        if done:
            raise KeyboardInterrupt
        done.append(job.filename)
        return real(job)

    with monkeypatch.context() as patch:
        patch.setattr(scene_tables, "scene_table", one)
        assert run() == 130
    assert not os.path.exists("tmp/scenes.csv")

    def rest(job):
        done.append(job.filename)
        return real(job)

    monkeypatch.setattr(scene_tables, "scene_table", rest)
    assert run() == 0
    assert done == ["a.mp4", "disc 1/it's 100%s.mkv"]
    assert len(rows("tmp/scenes.csv")) == 4
