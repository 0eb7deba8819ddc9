"""The stage from its command line: a tune of one instrument is played by another, and what is asked wrongly is said."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

import audio_to_samples
import features_to_audio
import samples_to_mosaic
from lib.audio.loudness import momentary_loudness
from lib.audio.ranges import read_audio
from tests.support.media_factory import notes, struck, tone, write_wav
from tests.support.scripts import status_of

RATE = 22050
TUNE = [0, 4, 7, 4, 12, 7, 0]
# When the notes of the tune begin, in s, and how loud they are.
TIMES = [0.4 * n for n in range(len(TUNE))]
LEVELS = [0.5, 0.2, 0.4, 0.1, 0.3, 0.6, 0.2]


def hz_of(step):
    return 261.63 * 2 ** (step / 12)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Thirteen notes of a corpus, their table with features, and a tune of another timbre."""
    folder = tmp_path_factory.mktemp("material")
    scale = notes([0.4 * n for n in range(13)], [hz_of(n) for n in range(13)], 5.3)
    write_wav(folder / "media/scale.wav", scale, RATE)
    tune = np.zeros(round(3.0 * RATE), np.float32)
    for time, step, level in zip(TIMES, TUNE, LEVELS):
        note = struck(hz_of(step), amplitude=level) * 0.7 + struck(3 * hz_of(step), amplitude=level) * 0.3
        tune[round(time * RATE) :][: len(note)] += note
    write_wav(folder / "media/tune.wav", tune, RATE)
    write_wav(folder / "media/silence.wav", np.zeros(RATE), RATE)
    words = ["-in", str(folder / "media/scale.wav"), "-features", "-out", str(folder / "s.csv")]
    assert audio_to_samples.main(words) == 0
    return folder


@pytest.fixture
def folder(workplace, material):
    shutil.copytree(material, workplace, dirs_exist_ok=True)
    return workplace


def run(*words, table="s.csv", target="media/tune.wav", out="m.csv"):
    words = ["-in", table, "-dir", "media", "-target", target, "-out", out, "-threads", 1, *words]
    return status_of(samples_to_mosaic.main, [str(word) for word in words])


def rows(path="m.csv"):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def corpus_notes():
    return {row["start"]: row["note"] + row["octave"] for row in rows("s.csv")}


def said(capsys):
    """The lines of an error: one, that begins with the script's name."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


@pytest.mark.slow
def test_a_tune_is_played_by_another_instrument(folder, capsys):
    before = sorted(path.name for path in folder.iterdir())
    assert run() == 0
    made = rows()
    assert list(made[0]) == ["at", "until", "filename", "start", "dur", "vstart", "vdur", "volume", "curve", "shift",
                             "distance", "hz", "note", "loudness"]  # fmt: skip
    assert [corpus_notes()[row["start"]] for row in made] == ["C4", "E4", "G4", "E4", "C5", "G4", "C4"]
    assert [float(row["at"]) for row in made] == pytest.approx([1000 * time for time in TIMES], abs=25)
    # Each ends where its target has fallen by 20 dB: exp(-6 t), and cos(5 t)^2 up to 0.3 s.
    lengths = [int(row["until"]) - int(row["at"]) for row in made]
    assert lengths == pytest.approx([193] * 7, abs=25)
    assert {row["shift"] for row in made} == {"0"}
    assert all((row["vstart"], row["vdur"]) == (row["start"], row["dur"]) for row in made)
    assert [float(row["hz"]) for row in made] == pytest.approx([hz_of(s) for s in TUNE], rel=0.005)
    assert "7 samples, 4 of the 13 in the corpus used, mean distance 0." in capsys.readouterr().out
    # Beside the table there is what it was made from, and nothing else.
    assert [name for name in sorted(path.name for path in folder.iterdir()) if name not in before] == [
        next(path.name for path in folder.glob(".m.*.stamp")), "m.csv"]  # fmt: skip


@pytest.mark.slow
def test_it_is_as_loud_as_its_target_when_it_is_played(folder):
    assert run() == 0
    words = "-in m.csv -dir media -order at -left 0 -right 1500 -rvb 0 -volume 1 -out m.wav"
    assert features_to_audio.main(words.split()) == 0
    heard, target = read_audio("m.wav", RATE), read_audio("media/tune.wav", RATE)
    loud = [[momentary_loudness(sound[round(t * RATE) :][: round(0.35 * RATE)], RATE) for t in TIMES]
            for sound in (heard, target)]  # fmt: skip
    assert np.ptp(loud[1]) > 14
    assert loud[0] == pytest.approx(loud[1], abs=1.0)


@pytest.mark.slow
def test_what_is_even_decays_as_its_target_does(folder):
    """A target that falls by 20 dB/s, and one that swells, of a tone that stays as it is."""
    time = np.arange(round(0.8 * RATE)) / RATE
    even = np.sin(2 * np.pi * 440 * time) * 0.2
    for name, slope in (("falls", -20.0), ("swells", 12.0)):
        write_wav(f"media/{name}.wav", even * 10 ** (slope * time / 20), RATE)
    write_wav("media/even.wav", even, RATE)
    Path("e.csv").write_text("filename,start,dur\neven.wav,0,790\n")
    for name, slope in (("falls", -20.0), ("swells", 12.0), ("even", 0.0)):
        out = f"{name}.csv"
        assert run("-weights", "timbre=1", table="e.csv", target=f"media/{name}.wav", out=out) == 0
        curve = [float(gain) for gain in rows(out)[0]["curve"].split()] or [0.0] * 16
        middles = (np.arange(len(curve)) + 0.5) * 0.05
        # (About the middle one; the onset, and the last of it, may be apart.)
        assert curve[1:-1] == pytest.approx((slope * (middles - np.median(middles)))[1:-1], abs=1.6), name


@pytest.mark.slow
def test_a_target_of_the_corpus_is_itself(folder):
    assert run(target="media/scale.wav") == 0
    assert [row["start"] for row in rows()] == [row["start"] for row in rows("s.csv")]
    assert {float(row["distance"]) for row in rows()} == {0.0}
    assert {row["curve"] for row in rows()} == {""}


@pytest.mark.slow
def test_grains_overlap_and_silent_ones_are_left_out(folder):
    assert run("-grain", 100, "-weights", "timbre=1", "-repeat", 0.1) == 0
    made = rows()
    times = [int(row["at"]) for row in made]
    assert all(time % 50 == 0 for time in times)
    assert times[:3] == [0, 50, 100]
    assert 300 not in times  # between two notes
    assert max(int(row["until"]) - int(row["at"]) for row in made) == 100
    last = {}
    for row, time in zip(made, times, strict=True):
        assert time - last.get(row["start"], -1000) >= 100
        last[row["start"]] = time


@pytest.mark.slow
def test_a_shift_brings_one_note_to_all(folder):
    assert run("-filter", "note=G", "-shift", 12, "-weights", "pitch=1") == 0
    assert [float(row["shift"]) for row in rows()] == pytest.approx([s - 7 for s in TUNE], abs=0.1)


@pytest.mark.slow
def test_columns_of_the_picture_are_those_of_the_corpus(folder):
    text = Path("s.csv").read_text().splitlines()
    lines = [text[0] + ",vstart,vdur", *(f"{line},{n},2000" for n, line in enumerate(text[1:]))]
    Path("s.csv").write_text("\n".join(lines) + "\n")
    assert run("-weights", "timbre=1&pitch=2") == 0
    places = {row["start"]: row["vstart"] for row in rows("s.csv")}
    assert all(row["vstart"] == places[row["start"]] and row["vdur"] == "2000" for row in rows())


def test_a_table_of_a_spreadsheet_gives_one(folder):
    cells = [line.split(",") for line in Path("s.csv").read_text().splitlines()]
    text = "\r\n".join(";".join(c if c.endswith("wav") else c.replace(".", ",") for c in row) for row in cells)
    Path("s.csv").write_bytes(text.encode() + b"\r\n")
    assert run("-weights", "timbre=1&pitch=2") == 0
    header, first = Path("m.csv").read_bytes().decode().split("\r\n")[:2]
    assert header.startswith("at;until;filename;")
    assert "," in first


@pytest.mark.slow
def test_existing_results_are_kept_until_asked_for_again(folder, capsys):
    assert run("-cache", "f.db") == 0
    made = Path("m.csv").read_bytes()
    assert run("-cache", "f.db") == 0
    assert "is up to date (-overwrite makes it again)" in capsys.readouterr().out
    assert run("-weights", "pitch=1", "-repeat", 2) == 1
    line = said(capsys)
    assert "weights timbre=1&pitch=2&loudness=0.5&dur=0.5, not pitch=1" in line
    assert "repeat none, not 2.0" in line
    assert "-overwrite" in line
    assert run(target="media/scale.wav") == 1
    assert "m.csv: was made with other inputs or settings (another target)" in said(capsys)
    assert Path("m.csv").read_bytes() == made
    assert run("-weights", "timbre=1", "-overwrite") == 0
    assert Path("m.csv").read_bytes() != made
    assert run("-cache", "f.db", "-overwrite") == 0
    assert Path("m.csv").read_bytes() == made


def test_a_table_of_someone_is_not_replaced(folder, capsys):
    Path("m.csv").write_text("mine\n")
    assert run() == 1
    assert "m.csv: already exists, and was not made by this tool" in said(capsys)
    assert run(out="s.csv") == 1
    assert "s.csv: is an input" in said(capsys)
    assert Path("m.csv").read_text() == "mine\n"


@pytest.mark.slow
def test_a_bad_file_of_the_corpus_costs_its_own_samples(folder, capsys):
    (folder / "media/broken.wav").write_text("no sound")
    with open("s.csv", "a") as file:
        file.write(f"broken.wav{rows('s.csv')[0] and ',0,200,1.00,261.63,30.00,C,4,-20.00,0.990'}\n")
    assert run() == 0
    told = capsys.readouterr()
    assert "broken.wav" in told.err
    assert "1 of files that could not be used" in told.out
    assert {row["filename"] for row in rows()} == {"scale.wav"}
    assert run("-strict", "-overwrite") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-weights", "timbre=0&dur=0"), "argument -weights: 'timbre=0&dur=0': all weights are 0"),
        (("-weights", "tone=1"), "argument -weights"),
        (("-grain", 5), "argument -grain: 5 is not a length of grains: give 20 or more, or -1 to cut at onsets"),
        (("-grain", 100, "-onsets", "fine"), "argument -onsets: has no effect with -grain"),
        (("-repeat", -1), "argument -repeat"),
        (("-spread", "far"), "argument -spread"),
        (("-shift", 40), "argument -shift"),
    ],
)
def test_wrong_usage(folder, capsys, words, message):
    assert run(*words) == 2
    assert message in said(capsys)
    assert not Path("m.csv").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"target": "media/silence.wav"}, "silence.wav: has no sound, or only silence"),
        ({"target": "media/nothing.wav"}, "media/nothing.wav: there is no such file or folder: check -target"),
        ({"target": "media"}, "media: means 3 media files: the target is one recording or film"),
        ({"target": "s.csv"}, "s.csv: is a table: the target is one recording"),
        ({"target": "media/silence.wav", "words": ("-grain", 100)}, "has no sound, or only silence"),
        ({"words": ("-filter", "hz>9000")}, "s.csv: has no sample that meets the filter hz>9000"),
        (
            {"table": "bare.csv"},
            "bare.csv: has no column 'hz'; its columns are: filename, start, dur; to make a table with it: python",
        ),
        ({"table": "empty.csv"}, "empty.csv: there are no samples"),
    ],
)
def test_bad_input_is_reported_in_one_line(folder, capsys, how, message):
    Path("bare.csv").write_text("filename,start,dur\nscale.wav,0,300\n")
    Path("empty.csv").write_text("filename,start,dur,hz,pitched,loudness\n")
    how = dict(how)
    assert run(*how.pop("words", ()), **how) == 1
    assert message in said(capsys)
    assert not Path("m.csv").exists()
    assert not list(Path().glob(".*fingerprints*"))


@pytest.mark.slow
def test_a_corpus_of_one_sample_is_all_that_plays(folder, capsys):
    assert run("-filter", "note=G") == 0
    assert said(capsys).endswith("only one sample to build from: it plays throughout")
    assert len({row["start"] for row in rows()}) == 1
    assert len(rows()) == len(TUNE)


@pytest.mark.slow
def test_a_repeat_that_the_corpus_does_not_allow_is_relaxed_and_counted(folder, capsys):
    assert run("-filter", "octave=4&hz<300", "-repeat", 60) == 0
    line = said(capsys)
    count = len({row["start"] for row in rows()})
    assert f"{len(TUNE) - count} of 7 samples return in less than 60 s: {count} samples do not allow more" in line
    assert count == 3


@pytest.mark.slow
def test_a_corpus_of_plain_samples_is_enough_for_timbre(folder):
    Path("bare.csv").write_text("filename,start,dur\nscale.wav,0,300\nscale.wav,400,300\n")
    assert run("-weights", "timbre=1", table="bare.csv") == 0
    assert len(rows()) == len(TUNE)


@pytest.mark.slow
def test_target_and_mosaic_are_shown(folder, capsys, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert run("-plot") == 0
    assert "picture: output/m_spectrogram.png" in capsys.readouterr().out
    assert Path("output/m_spectrogram.png").stat().st_size > 5000
    assert run("-plot") == 0  # of the table that is there


def test_a_film_without_sound_cannot_be_rebuilt(folder, capsys):
    from tests.support.media_factory import silent_film

    silent_film(folder / "media/mute.mp4")
    assert run(target="media/mute.mp4") == 1
    assert "mute.mp4: has no sound" in said(capsys)


def test_a_corpus_with_cells_other_than_numbers_is_reported(folder, capsys):
    Path("s.csv").write_text("filename,start,dur,hz,pitched,loudness\nscale.wav,0,300,high,1,-20\n")
    write_wav("media/scale.wav", tone(440, 1.0, RATE), RATE)
    assert run() == 1
    assert "line 2: hz is 'high', not a number" in said(capsys)


def test_what_the_samples_of_the_target_do_not_reach_is_said(folder, capsys):
    write_wav("media/drone.wav", np.concatenate([np.zeros(RATE // 2), tone(220, 3.0, RATE)]), RATE)
    words = ["-in", "s.csv", "-dir", "media", "-target", "media/drone.wav", "-weights", "pitch=1", "-threads", "1"]
    assert samples_to_mosaic.main([*words, "-out", "drone.csv"]) == 0
    assert ", 2.0 s of the target's sound that its samples do not reach (grains do)" in capsys.readouterr().out
    assert samples_to_mosaic.main([*words, "-grain", "500", "-out", "grains.csv"]) == 0
    assert "do not reach" not in capsys.readouterr().out
