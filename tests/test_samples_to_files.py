"""Samples as files: what is in them, what they are called, what lies beside them, and whose files are replaced."""

import os
import struct
import wave
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

import samples_to_explorer
import samples_to_files
from lib.io.owners import MARK, claim_folder
from lib.math.notes import midi_to_hz
from lib.pack.names import safe_part, sample_name, unlike
from lib.tables.table import Table, read_table, write_table
from tests.support.media_factory import ffmpeg, film, tone, write_wav
from tests.support.scripts import status_of

RATE = 32_000


def run(*words, table="s.csv"):
    return samples_to_files.main(["-in", table, "-dir", "media", "-out", "pack", *map(str, words)])


def table_of(*rows, columns="filename,start,dur,hz,label"):
    cells = list(zip(*rows))
    write_table(Table.of({name: list(map(str, cells[n])) for n, name in enumerate(columns.split(","))}), "s.csv")


@pytest.fixture
def folder(workplace):
    """Two recordings: a stereo one at 32 kHz of A4 and silence, and a mono one of 22,050 Hz of another level."""
    Path("media/disc 1").mkdir(parents=True)
    left, right = tone(440, 1.0, RATE, 0.5), tone(440, 1.0, RATE, 0.25)
    write_wav("media/film.wav", np.stack([left, right], axis=1), RATE)
    write_wav("media/disc 1/a: b?*.wav", tone(660, 1.0, 22050, 0.1), 22050)
    table_of(
        ("film.wav", 100, 200, 440, "kick"),
        ("film.wav", 500, 120, -1, ""),
        ("disc 1/a: b?*.wav", 250, 300, round(midi_to_hz(60.25), 4), "a/b\\c:d"),
        ("film.wav", 300, 100, 440, ""),
    )
    return workplace


NAMES = [
    "0001_film_A4_200ms_kick.wav",
    "0002_film_120ms.wav",
    "0003_a-b_C4_300ms_a-b-c-d.wav",
    "0004_film_A4_100ms.wav",
]


def chunks(path):
    """The chunks of a WAV file, read by the letter."""
    data = Path(path).read_bytes()
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    found, place = {}, 12
    while place < len(data):
        name, size = data[place : place + 4], struct.unpack("<I", data[place + 4 : place + 8])[0]
        found[name] = data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    assert place == len(data)
    return found


def regions(path):
    """The regions of an SFZ file: each a dictionary of its opcodes, with those of its group and of all."""
    found, shared, header = [], {"<global>": {}, "<group>": {}}, ""
    for word in Path(path).read_text("utf-8").split():
        if word.startswith("<"):
            header = word
            if header == "<region>":
                found.append({**shared["<global>"], **shared["<group>"]})
            else:
                shared[header] = {}
        else:
            name, _, value = word.partition("=")
            (found[-1] if header == "<region>" else shared[header])[name] = value
    return found


def test_samples_are_files_at_the_rate_of_their_source(folder, capsys):
    assert run() == 0
    assert "4 samples written" in capsys.readouterr().out
    assert sorted(p.name for p in Path("pack").glob("*.wav")) == NAMES
    sound, rate = soundfile.read(f"pack/{NAMES[0]}")
    source, _ = soundfile.read("media/film.wav")
    assert (rate, sound.shape) == (RATE, (6400, 2))
    fade = 64
    assert np.abs(sound[fade:-fade] - source[3200:9600][fade:-fade]).max() < 1e-4
    ramp = np.arange(fade)[:, None] / fade
    assert np.abs(sound[:fade] - source[3200 : 3200 + fade] * ramp).max() < 1e-4
    assert not sound[0].any()
    assert not sound[-1].any()
    with wave.open(f"pack/{NAMES[2]}") as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 22050, 3)
        assert file.getnframes() == round(0.3 * 22050)


def test_chunks_tell_samplers_the_pitch_and_where_it_comes_from(folder):
    assert run() == 0
    found = chunks(f"pack/{NAMES[2]}")
    words = struct.unpack("<9I", found[b"smpl"])
    assert words[2] == round(1e9 / 22050)
    assert words[3] == 60
    assert words[4] / 2**32 == pytest.approx(0.25, abs=0.001)
    assert struct.unpack("<I", found[b"cue "][:4])[0] == 1
    assert struct.unpack("<II4sIII", found[b"cue "][4:]) == (1, 0, b"data", 0, 0, 0)
    assert found[b"LIST"][:8] == b"adtllabl"
    assert b"disc 1/a: b?*.wav at 0.250 s\0" in found[b"LIST"]
    assert b"smpl" not in chunks(f"pack/{NAMES[1]}")


def test_instruments_cover_keys_and_velocities(folder):
    assert run() == 0
    found = regions("pack/pitched.sfz")
    assert {r["sample"] for r in found} == {NAMES[0], NAMES[2], NAMES[3]}
    for key in (0, 60, 64, 65, 69, 127):
        for velocity in (1, 63, 64, 127):
            hit = [r for r in found if int(r["lokey"]) <= key <= int(r["hikey"])
                   and int(r["lovel"]) <= velocity <= int(r["hivel"])]  # fmt: skip
            assert len(hit) == 1
            assert hit[0]["pitch_keycenter"] == ("60" if key <= 64 else "69")
    assert next(r for r in found if r["sample"] == NAMES[2])["tune"] == "-25"
    assert [r["sample"] for r in regions("pack/unpitched.sfz")] == [NAMES[1]]
    assert all(Path("pack", r["sample"]).is_file() for r in found)


def test_the_softest_have_the_lowest_velocities(folder):
    write_wav("media/steps.wav", np.concatenate([tone(440, 0.1, RATE, a) for a in (0.4, 0.1, 0.2)]), RATE)
    table_of(*[("steps.wav", 100 * n, 100, 440) for n in range(3)], columns="filename,start,dur,hz")
    assert run() == 0
    by_velocity = sorted(regions("pack/pitched.sfz"), key=lambda r: int(r["lovel"]))
    assert [r["sample"][:4] for r in by_velocity] == ["0002", "0003", "0001"]
    assert [(r["lovel"], r["hivel"]) for r in by_velocity] == [("1", "42"), ("43", "84"), ("85", "127")]


def test_table_labels_and_credits(folder):
    assert run() == 0
    table = read_table("pack/samples.csv")
    assert table.text("file") == NAMES
    assert table.text("filename") == read_table("s.csv").text("filename")
    labels = {p.name: p.read_text() for p in Path("pack/labels").glob("*.txt")}
    assert labels["source-film-wav.txt"].splitlines() == [
        f"0.100000\t0.300000\t{NAMES[0]}", f"0.300000\t0.400000\t{NAMES[3]}", f"0.500000\t0.620000\t{NAMES[1]}",
    ]  # fmt: skip
    assert "`disc 1/a: b?*.wav`: 1 sample\n" in Path("pack/CREDITS.md").read_text()


@pytest.mark.slow
def test_levels_and_full_scale(folder, capsys):
    assert run("-mdb", -20) == 0
    for name in NAMES:
        sound, _ = soundfile.read(f"pack/{name}")
        assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(-20, abs=0.01)
    assert run("-mdb", -1, "-overwrite") == 0
    assert "4 brought below full scale" in capsys.readouterr().out
    assert all(np.abs(soundfile.read(f"pack/{name}")[0]).max() <= 1 for name in NAMES)


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "slack", "error"), [("flac", 0, 1e-6), ("mp3", 0, 0.03), ("ogg", 0, 0.03)])
def test_every_format_holds_the_same_sound(folder, ending, slack, error):
    table_of(("film.wav", 100, 200, 440), columns="filename,start,dur,hz")
    assert run() == 0
    assert run("-format", ending, "-overwrite") == 0
    sound, rate = soundfile.read(f"pack/0001_film_A4_200ms.{ending}")
    assert (rate, sound.shape[1]) == (RATE, 2)
    assert abs(len(sound) - 6400) <= slack
    source = soundfile.read("media/film.wav")[0][3200:9600]
    inner = slice(400, -400)
    assert np.sqrt(np.mean((sound[inner] - source[inner]) ** 2)) < max(error, 1e-4)
    # (the wav of the run before was of this tool, and is gone)
    assert not list(Path("pack").glob("*.wav"))


@pytest.mark.slow
def test_a_second_run_keeps_what_is_right_and_removes_what_is_not_asked_for(folder, capsys):
    assert run() == 0
    before = {p.name: p.stat().st_mtime_ns for p in Path("pack").glob("*.wav")}
    assert run("-threads", 1) == 0
    assert "0 samples written, 4 there already" in capsys.readouterr().out
    assert {p.name: p.stat().st_mtime_ns for p in Path("pack").glob("*.wav")} == before
    assert run("-lim", 2) == 0
    assert "2 there already, 2 of earlier runs removed, 2 over -lim" in capsys.readouterr().out
    assert sorted(p.name for p in Path("pack").glob("*.wav")) == NAMES[:2]
    assert len(list(Path("pack/labels").glob("*.txt"))) == 1


def test_a_recording_that_is_cut_off_is_told_by_the_next_run_too(folder, monkeypatch, capsys):
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(folder / "cache"))
    path = folder / "media/film.wav"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 7 // 10])
    for kept in (0, 4):
        assert run("-strict") == 1
        said = capsys.readouterr()
        assert "could be read only in part: film.wav: " in said.err
        assert (f"{kept} there already" in said.out) == bool(kept)
    path.write_bytes(whole)
    assert run("-strict") == 0
    assert capsys.readouterr().err == ""


def test_sort_filter_and_limit(folder, capsys):
    assert run("-filter", "hz>0", "-sort", "dur=asc", "-lim", 2) == 0
    assert "1 left out by -filter or -sort, 1 over -lim" in capsys.readouterr().out
    assert read_table("pack/samples.csv").text("dur") == ["100", "200"]


@pytest.mark.slow
def test_other_settings_and_changed_files_are_not_replaced(folder, capsys):
    assert run() == 0
    assert run("-mdb", -16) == 1
    assert "made with another format or level" in capsys.readouterr().err
    Path("pack", NAMES[1]).write_bytes(b"mine")
    assert run() == 1
    assert "was changed since" in capsys.readouterr().err
    assert Path("pack", NAMES[1]).read_bytes() == b"mine"
    assert run("-overwrite") == 0
    assert Path("pack", NAMES[1]).read_bytes()[:4] == b"RIFF"


@pytest.mark.slow
def test_nothing_of_someones_is_replaced(folder, capsys):
    Path("pack").mkdir()
    Path("pack", "mine.txt").write_text("mine")
    assert run() == 1
    assert os.listdir("pack") == ["mine.txt"]
    Path("pack", "mine.txt").unlink()
    assert run("-lim", 1) == 0
    Path("pack", NAMES[1]).write_text("mine")
    assert run() == 1
    assert "was not made by this tool" in capsys.readouterr().err
    assert Path("pack", NAMES[1]).read_text() == "mine"
    assert run("-lim", 1) == 0
    assert Path("pack", NAMES[1]).read_text() == "mine"


@pytest.mark.slow
def test_missing_and_silent_files(folder, capsys):
    write_wav("media/quiet.wav", np.zeros(RATE), RATE)
    table_of(
        ("film.wav", 0, 100), ("gone.wav", 0, 100), ("quiet.wav", 0, 100), ("film.wav", 5000, 100),
        columns="filename,start,dur",
    )  # fmt: skip
    assert run("-mdb", -16) == 0
    said = capsys.readouterr()
    assert "gone.wav" in said.err
    assert (
        "2 samples written, 1 that begin after the end of their file (the first: film.wav at 5000 ms), 1 of files"
        in said.out
    )
    files = read_table("pack/samples.csv").text("file")
    assert [bool(name) for name in files] == [True, False, True, False]
    assert not soundfile.read(f"pack/{files[2]}")[0].any()
    assert run("-mdb", -16, "-strict") == 1


@pytest.mark.parametrize("words", [("-format", "aiff"), ("-lim", "0"), ("-sort", "hz=up"), ("-mdb", "loud")])
def test_wrong_usage(folder, words):
    assert status_of(run, *words) == 2
    assert not Path("pack").exists()


def test_an_empty_choice_is_an_error(folder, capsys):
    assert run("-filter", "dur>9999") == 1
    assert "none of 4 rows meets the filter dur>9999" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("con", "con"), ('a<b>:"|?*', "a-b"), ("..", ""), ("é ü", "e-u"), ("日本", "日本"), ("x\n\0y", "x-y"),
        ("end. ", "end"), ("a=b $c", "a-b-c"), ("\udc80", ""), ("日" * 99, "日" * 20),
    ],
)  # fmt: skip
def test_parts_of_names_are_safe_everywhere(text, part):
    assert safe_part(text) == part


def test_names_are_different_and_short():
    assert sample_name(42, 99, "d/film.mp4", "C#4", 120.0, "kick", ".wav") == "0042_film_C#4_120ms_kick.wav"
    assert sample_name(42, 16384, "film.mp4", "", 120.4, "", ".ogg") == "00042_film_120ms.ogg"
    assert len(sample_name(1, 1, "é日" * 300, "C#4", 1e9, "日" * 300, ".flac").encode()) < 200
    names = unlike(["a/b", "a b", "A?B", ""], ".txt")
    assert len({name.casefold() for name in names}) == 4


def test_a_folder_of_another_script_is_not_taken_over(folder, capsys):
    claim_folder("pack", "a page of samples")
    Path("pack/index.html").write_text("a page")
    assert run() == 1
    said = "pack: holds a page of samples, which this tool made: choose another -out"
    assert said in capsys.readouterr().err
    assert sorted(os.listdir("pack")) == [MARK, "index.html"]
    assert run("-out", "other") == 0
    table = read_table("s.csv")
    write_table(table.with_columns({"gridX": ["0", "1", "0", "1"], "gridY": ["0", "0", "1", "1"]}), "g.csv")
    assert samples_to_explorer.main(["-in", "g.csv", "-dir", "media", "-out", "other", "-cell", "12"]) == 1
    assert "other: holds samples as files, which this tool made: choose another -out" in capsys.readouterr().err


def test_files_of_an_earlier_selection_are_counted(folder, capsys):
    assert run() == 0
    Path(f"pack/{NAMES[3]}").write_bytes(b"edited")
    capsys.readouterr()
    assert run("-lim", 1) == 0
    assert "0 samples written, 1 there already, 2 of earlier runs removed, 3 over -lim" in capsys.readouterr().out
    assert sorted(name for name in os.listdir("pack") if name.endswith(".wav")) == [NAMES[0], NAMES[3]]


def pictures_of(path):
    """The mean colours of a film's frames, its rate, and its length of sound in seconds, by PyAV alone."""
    with av.open(str(path)) as film:
        rate = film.streams.video[0].average_rate
        colours = [frame.to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0) for frame in film.decode(video=0)]
    with av.open(str(path)) as film:
        sound = sum(frame.samples for frame in film.decode(audio=0)) / 48_000 if film.streams.audio else 0.0
    return np.array(colours), rate, sound


def test_segments_of_the_films_lie_beside_the_samples(folder, capsys):
    """25 pictures a second, the n-th of brightness 8 n; a table with its own times of the picture for one sample."""
    grey = [(8 * n, 8 * n, 8 * n) for n in range(25)]
    film("media/clip.mp4", grey, size=(64, 48))
    ffmpeg("-i", "media/clip.mp4", "-i", "media/film.wav", "-c:v", "copy", "-c:a", "aac", "media/film.mp4")
    rows = (("film.mp4", 200, 120, "", ""), ("film.mp4", 400, 80, "600", "200"), ("film.wav", 0, 100, "", ""))
    table_of(*rows, columns="filename,start,dur,vstart,vdur")
    assert run("-video") == 0
    assert "3 samples and 2 film segments written" in capsys.readouterr().out
    assert read_table("pack/samples.csv").text("film") == ["0001_film_120ms.mp4", "0002_film_80ms.mp4", ""]
    for name, first, count in (("0001_film_120ms.mp4", 5, 3), ("0002_film_80ms.mp4", 15, 5)):
        colours, rate, sound = pictures_of(f"pack/{name}")
        assert rate == 25
        assert colours == pytest.approx(np.repeat(8.0 * np.arange(first, first + count), 3).reshape(-1, 3), abs=3)
        assert sound == pytest.approx(count / 25, abs=0.03)
    # Again: they are there; without -video: they are not part of it.
    before = os.stat("pack/0001_film_120ms.mp4").st_mtime_ns
    assert run("-video") == 0
    assert "0 samples and 0 film segments written" in capsys.readouterr().out
    assert os.stat("pack/0001_film_120ms.mp4").st_mtime_ns == before
    assert run() == 0
    assert not list(Path("pack").glob("*.mp4"))
    assert "film" not in read_table("pack/samples.csv").columns
