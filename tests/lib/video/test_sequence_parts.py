"""The parts of a sequence: when each begins, how loud it is, and what is said of it; by numbers, without films."""

from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from lib.errors import MediaError
from lib.tables.table import Table, write_table
from lib.video import sequence as module
from lib.video.cue_sheet import Cue
from lib.video.sequence import SequenceSettings
from lib.video.sequence_list import FILM, SCRIPT, TEXT, Row
from lib.video.sequence_streams import Part, sound_frames
from tests.support.each import each

FPS = Fraction(25)
FILM_ROW, TEXT_ROW, SCRIPT_ROW = Row("a.mp4", FILM, "A"), Row("b.md", TEXT, "B", 4.0), Row("c.py", SCRIPT, "C")
ROWS = [FILM_ROW, TEXT_ROW, replace(SCRIPT_ROW, crossfade_ms=500.0), replace(FILM_ROW, crossfade_ms=0.0)]
SECONDS = {"a.mp4": 10.0, "film 3": 20.0}


@pytest.fixture
def lengths(monkeypatch):
    monkeypatch.setattr(module, "picture_seconds", lambda path: SECONDS[path])
    monkeypatch.setattr(module, "length_of", lambda row, words: 30.0 + len(words))


def test_settings_that_are_usual():
    usual = SequenceSettings()
    assert (usual.crossfade_ms, usual.lufs, usual.credits, usual.codec) == (0.0, None, "", "h264")
    assert (usual.folder, usual.to_measure, usual.to_render) == ("tmp/sequence/", (), ())
    assert (module.USUAL_SIZE, module.USUAL_FPS) == ((1920, 1080), 24)


def test_parts_overlap_by_their_crossfades(lengths):
    settings = SequenceSettings(crossfade_ms=1000.0, to_measure=("-probe",))
    assert [module._fade_of(row, n, settings) for n, row in enumerate(ROWS)] == [0, 1000, 500, 0]
    # The first one has nothing to overlap.
    assert module._fade_of(ROWS[2], 0, settings) == 0
    found = module._lengths(ROWS, settings)
    assert found == [10, 4, 31, 10]
    assert module._begins(found, ROWS, settings) == [0, 9000, 12_500, 43_500, 53_500]
    assert module._begins([], [], settings) == [0]


@pytest.mark.parametrize(("credits_text", "more"), [("", ""), ("c.md", " and the credits")])
def test_what_is_told_of_a_sequence(credits_text, more):
    said = []
    settings = SequenceSettings(crossfade_ms=1000.0, credits=credits_text)
    module._tell([10.0, 4.0, 3590.0, 10.25], ROWS, settings, said.append)
    assert [line.split() for line in said[:4]] == [
        ["0:00:00", "10.000", "s", "0", "ms", "A", "(a.mp4)"],
        ["0:00:09", "4.000", "s", "9000", "ms", "B", "(b.md)"],
        ["0:00:12", "3590.000", "s", "12500", "ms", "C", "(c.py)"],
        ["1:00:02", "10.250", "s", "3602500", "ms", "A", "(a.mp4)"],
    ]
    assert said[4] == f"3612.750 s (1:00:13){more}, pieces: 4"


def test_compositions_run_on_from_each_other(lengths, monkeypatch):
    asked, said = [], []
    rows = [FILM_ROW, TEXT_ROW, SCRIPT_ROW]
    settings = SequenceSettings(crossfade_ms=500.0, to_render=("-out", "{film}", "-from", "{ms}"))
    monkeypatch.setattr(
        module, "render", lambda row, words, film, overwrite: asked.append((words, overwrite)) or overwrite
    )
    monkeypatch.setattr(module, "picture_seconds", lambda path: 10.0)
    for overwrite in (True, False):
        assert module._rendered(rows, "made", settings, overwrite, said.append) == ["a.mp4", "b.md", "made/03-c.mkv"]
    assert asked == [(["-out", "made/03-c.mkv", "-from", "13000"], overwrite) for overwrite in (True, False)]
    assert said == [
        f"made/03-c.mkv: {how}, clips begin 13000 ms into their films" for how in ("rendered", "already exists")
    ]


@each(("rate", "fps"), [(25.0, 25), (23.976023976, Fraction(24_000, 1001)), (29.97, Fraction(2997, 100)), (0.0, 24)])
def test_the_first_film_sets_size_and_rate(monkeypatch, rate, fps):
    opened = []
    reader = SimpleNamespace(width=64, height=48, rate=rate)
    monkeypatch.setattr(
        module, "VideoReader", lambda film, fields: opened.append((film, fields)) or nullcontext(reader)
    )
    assert module._shape([TEXT_ROW, FILM_ROW, FILM_ROW], ["b.md", "x.mp4", "y.mp4"]) == ((64, 48), fps)
    assert opened == [("x.mp4", False)]
    assert module._shape([TEXT_ROW], ["b.md"]) == ((1920, 1080), 24)


def parts_of(monkeypatch, rows, films, crossfade_ms=0.0, fps=FPS):
    monkeypatch.setattr(module, "read_titles", lambda path: f"text of {path}")
    monkeypatch.setattr(module, "card", lambda text, style, *size: (text, size))
    monkeypatch.setattr(module, "probe", lambda film: SimpleNamespace(has_audio=film == "a.mp4"))
    return module._parts(rows, films, SequenceSettings(crossfade_ms=crossfade_ms), (64, 48), fps)


def test_parts_have_whole_pictures(lengths, monkeypatch):
    rows = [*ROWS[:3], replace(TEXT_ROW, seconds=0.001)]
    parts = parts_of(monkeypatch, rows, ["a.mp4", "b.md", "film 3", "b.md"], 30.0)
    still = ("text of b.md", (64, 48))
    assert parts == [
        Part("a.mp4", 250, 0, heard=True), Part("", 100, 1, still), Part("film 3", 500, round(12.5)),
        Part("", 1, 1, still),
    ]  # fmt: skip
    assert [part.heard for part in parts] == [True, False, False, False]
    monkeypatch.setitem(SECONDS, "a.mp4", 0.001)
    assert parts_of(monkeypatch, [FILM_ROW], ["a.mp4"])[0].frames == 1


def test_a_part_is_as_long_as_its_crossfades(lengths, monkeypatch):
    rows = [FILM_ROW, replace(TEXT_ROW, seconds=2.0), FILM_ROW]
    films = ["a.mp4", "b.md", "a.mp4"]
    assert [part.fade for part in parts_of(monkeypatch, rows, films, 1000.0)] == [0, 25, 25]
    with pytest.raises(MediaError) as caught:
        parts_of(monkeypatch, rows, films, 1040.0)
    assert caught.value.reason == "is 2.000 s long: too short for its crossfades (2.080 s)"
    assert caught.value.file == "b.md"
    # The last one has none after it, the first none before it.
    short = [replace(TEXT_ROW, seconds=1.0)] * 2
    assert parts_of(monkeypatch, short, ["b.md"] * 2, 1000.0)[1].fade == 25


@pytest.mark.parametrize(("lufs", "wanted"), [(None, -20.0), (-14.0, -14.0)])
def test_parts_are_brought_to_one_loudness(monkeypatch, lufs, wanted):
    loud = {"0": -30.0, "1": -10.0, "2": -99.0}
    asked, said = [], []
    monkeypatch.setattr(module, "_read", lambda film: film)
    monkeypatch.setattr(module, "measure", lambda film, rate: (loud[film], rate))

    def gain(sound, rate, loudness):
        asked.append((sound(), rate, loudness))
        return 10.0 if sound() == "0" else 0.1

    monkeypatch.setattr(module, "gain_before_limiting", gain)
    parts = [Part("0", 5, heard=True), Part("1", 5, heard=True), Part("2", 5, heard=True), Part("3", 5), Part("", 5)]
    rows = [replace(FILM_ROW, title=str(n)) for n in range(5)]
    found = module._evened(parts, rows, lufs, said.append)
    assert [part.gain for part in found] == [10, 0.1, 1, 1, 1]
    assert asked == [("0", 48_000, wanted), ("1", 48_000, wanted)]
    assert said == ["0: -30.0 LUFS, +20.0 dB", "1: -10.0 LUFS, -20.0 dB"]
    silent = module._evened(parts[2:], rows[2:], lufs, said.append)
    assert [part.gain for part in silent] == [1, 1, 1]
    assert len(said) == 2


def test_cues_are_those_of_the_films_or_one_for_each(tmp_path):
    film = tmp_path / "made.mp4"
    columns = {"time": ["0", "1500"], "length": ["700", "300"], "filename": ["x.wav", "y.wav"], "start": ["5", "60"],
               "volume": ["1", "0.5"]}  # fmt: skip
    write_table(Table.of(columns), tmp_path / "made.cues.csv")
    parts = [Part("plain.mp4", 50), Part("", 25), Part(str(film), 100), Part("composed.mkv", 25)]
    rows = [FILM_ROW, TEXT_ROW, FILM_ROW, SCRIPT_ROW]
    found = module._cues(parts, rows, [0.0, 2000.0, 3000.0, 7000.0, 8000.0])
    assert found == [
        Cue(0.0, 2000.0, "a.mp4", 0.0), Cue(3000.0, 700.0, "x.wav", 5.0, 1.0), Cue(4500.0, 300.0, "y.wav", 60.0, 0.5),
    ]  # fmt: skip


def test_the_sound_is_as_long_as_the_film(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "write_film_sound", lambda *words, **more: asked.append((words, more)) or "made")
    parts = [Part("a", 50, heard=True), Part("b", 30, 10)]
    assert module._write_sound(parts, "folder", "out.mp4", SequenceSettings(codec="ffv1"), FPS, 999) == "made"
    (((folder, out, codec, _, rate, own, most), more),) = asked
    assert (folder, out, codec, rate, own, more) == (
        "folder",
        "out.mp4",
        "ffv1",
        48_000,
        sound_frames(70, FPS),
        {"whole": 999},
    )
    assert most == module.HIGHEST_PEAK_DB
    assert module._write_sound(parts[1:], "folder", "out.mp4", SequenceSettings(), FPS, 999) == ""


@pytest.mark.parametrize("credit", [0, 40])
def test_a_film_is_written_with_its_chapters_and_credits(monkeypatch, tmp_path, credit):
    written, said, made = [], [], {}

    class Writer(nullcontext):
        def __init__(self, *words):
            super().__init__(self)
            made["words"] = words

        def write(self, data):
            written.append(np.asarray(data)[0, 0, 0])

    monkeypatch.setattr(module, "VideoWriter", Writer)
    monkeypatch.setattr(module, "_write_sound", lambda *words: made.update(sound=words[-1]) or "sound.m4a")
    monkeypatch.setattr(module, "write_cues", lambda out, cues, length: made.update(cues=cues, length=length))
    picture = np.zeros((2, 2, 3), np.uint8)
    roll = SimpleNamespace(frames=credit, pictures=lambda: [picture + 9] * credit) if credit else None
    parts = [Part("", 25, 0, picture + 1), Part("", 20, 5, picture + 1)]
    rows = [TEXT_ROW, replace(TEXT_ROW, title="Second")]
    out = str(tmp_path / "out.mp4")
    module._write(parts, rows, out, SequenceSettings(), (2, 2), FPS, roll, said.append)
    assert written == [1] * 40 + [9] * credit
    assert made["sound"] == sound_frames(40 + credit, FPS)
    assert made["length"] == 40 * (40 + credit)
    assert made["cues"] == []
    *words, chapters = made["words"]
    assert words == [out, (2, 2), FPS, 40 + credit, "high", "rgb24", "sound.m4a", "h264"]
    expected = [(0.0, "B"), (800.0, "Second")] + [(1600.0, "Credits")] * (credit > 0)
    assert [tuple(chapter) for chapter in chapters] == expected
    seconds = (40 + credit) / 25
    assert said == [f"{out}: {seconds:.3f} s (0:00:0{round(seconds)}), pictures: {40 + credit}, pieces: 2"]
