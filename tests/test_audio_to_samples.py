"""The stage from its command line: what is cut, what is kept, what is said, and how it goes on after an end."""

import csv
import os
import re
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import mir_eval
import numpy as np
import pytest

import audio_to_samples
import get_sample_features
import samples_subset
from lib.audio import collection
from lib.audio.ranges import read_audio
from tests.support.each import each
from tests.support.media_factory import (
    FORMATS,
    encode,
    notes,
    run_script,
    silent_film,
    start_script,
    struck,
    tone,
    write_wav,
)
from tests.support.scripts import status_of

ROOT = Path(__file__).parents[1]
RATE = 22050
BASE = ["filename", "start", "dur"]
FEATURES = [*BASE, "power", "hz", "clarity", "note", "octave", "loudness", "pitched"]
TIMES = (0.30, 0.65, 1.00, 1.90)
PITCHES = (440.0, 660.0, 330.0, 550.0)
SECONDS = 2.5
# A backtracked onset lies in the dip before the attack: up to two frames of 23 ms, and the rounding to a frame.
EARLY, LATE = 60, 15


def piece(pitches=PITCHES, times=TIMES, seconds=SECONDS, **how):
    return notes(times, pitches, seconds, **how)


@pytest.fixture
def media(workplace):
    """A folder with two recordings of known notes, one of them in a folder of its own, and something to be left out."""
    write_wav("media/b.wav", piece(), RATE)
    write_wav("media/disc 1/a.wav", piece(PITCHES[::-1], (0.2, 0.6, 1.1, 1.6)), RATE)
    (workplace / "media/readme.txt").write_text("not media")
    return workplace


def run(*words):
    return audio_to_samples.main(list(map(str, words)))


def rows(path="out.csv"):
    """Return the rows as Python's csv reads them, as dicts."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def header(path="out.csv"):
    with open(path, newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def spans(path="out.csv", name=None):
    return [(int(r["start"]), int(r["dur"])) for r in rows(path) if name in (None, r["filename"])]


def cut(starts, end, shortest, longest):
    """The rules, by hand: from onset to onset, the last to the end; cut at the longest, dropped below the shortest."""
    found = []
    for start, following in zip(starts, [*starts[1:], end]):
        length = following - start
        if longest != -1 and length > longest:
            length = longest
        if length >= shortest:
            found.append((start, length))
    return found


# What is cut


def test_samples_begin_where_the_notes_begin(media, capsys):
    assert run("-in", "media/b.wav", "-out", "out.csv") == 0
    assert header() == BASE
    assert {r["filename"] for r in rows()} == {"b.wav"}
    starts = [start for start, _ in spans()]
    assert len(starts) == len(TIMES)
    for start, time in zip(starts, TIMES, strict=True):
        assert -EARLY <= start - 1000 * time <= LATE
    assert capsys.readouterr().out == "4 samples of 1 file -> out.csv\n"


@pytest.mark.parametrize(("shortest", "longest"), [(0, -1), (80, 1000), (0, 400), (400, 1000), (400, 500), (600, -1)])
def test_lengths_follow_the_rules(media, capsys, shortest, longest):
    assert run("-in", "media/b.wav", "-out", "all.csv", "-min", 0, "-max", -1, "-trim", 0) == 0
    starts = [start for start, _ in spans("all.csv")]
    end = round(SECONDS * 1000) - 1  # 1 ms before the file's end
    assert run("-in", "media/b.wav", "-out", "out.csv", "-min", shortest, "-max", longest, "-trim", 0) == 0
    assert spans() == cut(starts, end, shortest, longest)
    left_out = len(cut(starts, end, 0, longest)) - len(spans())
    said = capsys.readouterr().out
    assert (f", {left_out} shorter than -min {shortest} -> out.csv" if left_out else " of 1 file -> out.csv") in said
    assert "without any sound" not in said
    # The notes are 350, 350 and 900 ms apart, and the last is 600 ms before the end: the rules bite differently.
    assert len(spans()) == {0: 4, 80: 4, 400: 2, 600: 2}[shortest]


def test_the_whole_of_a_long_sample_is_kept_without_a_maximum(media):
    assert run("-in", "media/b.wav", "-out", "out.csv", "-max", -1, "-trim", 0) == 0
    lengths = [length for _, length in spans()]
    assert lengths[:3] == pytest.approx([350, 350, 900], abs=EARLY)
    assert sum(spans()[-1]) == 2499
    assert all(start + length == following for (start, length), (following, _) in pairwise(spans()))


def test_the_onsets_of_the_scale_are_found(workplace, sample_media):
    assert run("-in", sample_media / "tone_scale.wav", "-out", "out.csv") == 0
    truth = np.array([int(r["start"]) / 1000 for r in rows(sample_media / "tone_scale_notes.csv")])
    score, _, _ = mir_eval.onset.f_measure(truth, np.array([start / 1000 for start, _ in spans()]), window=0.05)
    assert score >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("ending", sorted(set(FORMATS) - {"wav"}))
def test_every_format_gives_the_same_samples(media, ending):
    write_wav("x.wav", piece(), RATE)
    encode(f"x.{ending}", piece(), RATE)
    assert run("-in", "x.wav", "-out", "wav.csv") == 0
    assert run("-in", f"x.{ending}", "-out", "out.csv") == 0
    assert len(spans()) == 4
    for (start, _), (plain, _) in zip(spans(), spans("wav.csv"), strict=True):
        assert abs(start - plain) <= 24  # a codec's noise can move a dip by a frame


@pytest.mark.parametrize(("kind", "rate", "channels"), [("u8", 8000, 1), ("s24", 192_000, 2), ("f32", 48_000, 6)])
def test_rates_and_channels_do_not_move_onsets(media, kind, rate, channels):
    sound = piece(rate=rate)
    path = write_wav("x.wav", sound if channels == 1 else np.stack([sound] * channels, axis=1), rate, kind)
    assert run("-in", path, "-out", "out.csv", "-features") == 0
    for (start, _), time in zip(spans(), TIMES, strict=True):
        assert -EARLY <= start - 1000 * time <= LATE
    assert [float(r["hz"]) for r in rows()] == pytest.approx(PITCHES, rel=0.01)


def test_features_are_those_of_the_notes(media):
    loud = [0.1, 0.2, 0.4, 0.8]
    sound = sum(piece([hz], [time], amplitude=a) for hz, time, a in zip(PITCHES, TIMES, loud, strict=True))
    write_wav("x.wav", sound, RATE, "f32")
    assert run("-in", "x.wav", "-out", "out.csv", "-features", "-max", 300) == 0
    assert header() == FEATURES
    found = rows()
    assert [float(r["hz"]) for r in found] == pytest.approx(PITCHES, rel=0.01)
    assert [r["note"] + r["octave"] for r in found] == ["A4", "E5", "E4", "C#5"]
    power = [float(r["power"]) for r in found]
    for quiet, louder in pairwise(power):  # the same note at twice the level has twice the power
        assert louder / quiet == pytest.approx(2, rel=0.2)
    two_decimals = re.compile(r"-?\d+\.\d\d")
    assert all(two_decimals.fullmatch(r[c]) for r in found for c in ("power", "hz", "clarity"))


def test_power_is_on_the_scale_that_recipes_filter_on(media):
    """RMS over the bins of an unnormalised Hann STFT, frames weighted by n^2 ... 1: written out here with NumPy."""
    write_wav("x.wav", piece(), RATE, "f32")
    assert run("-in", "x.wav", "-out", "out.csv", "-features") == 0
    whole = read_audio("x.wav", RATE)
    for row in rows():
        first, count = round(int(row["start"]) * RATE / 1000), round(int(row["dur"]) * RATE / 1000)
        padded = np.pad(whole[first : first + count].astype(np.float64), 1024, mode="reflect")
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)
        frames = [padded[n : n + 2048] * window for n in range(0, len(padded) - 2047, 512)]
        rms = np.sqrt((np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=1))
        weights = np.arange(len(rms), 0, -1) ** 2
        assert float(row["power"]) == pytest.approx((rms * weights).sum() / weights.sum(), abs=0.0051)


# Which of them


@pytest.fixture
def long_piece(workplace):
    """Twelve notes, the sixth of them the loudest, each three half-tones above the one before."""
    pitches = 220 * 2 ** (np.arange(12) / 4)
    sound = np.zeros(4 * RATE, np.float32)
    for n, hz in enumerate(pitches):
        first = round((0.2 + 0.3 * n) * RATE)
        note = struck(hz, amplitude=0.6 if n == 5 else 0.2)
        sound[first : first + len(note)] += note
    return write_wav("long.wav", sound, RATE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["-samples", 4], [0, 3, 6, 9]),
        (["-samples", 5], [0, 2, 4, 7, 9]),
        (["-count", 3], [0, 4, 8]),
        (["-samples", 4, "-count", 3], [0, 4, 8]),
        (["-samples", 100], list(range(12))),
        (["-features", "-filter", "hz>600"], list(range(6, 12))),
        (["-features", "-filter", "hz>600", "-samples", 2], [6, 9]),
        (["-features", "-filter", "hz>600&hz<1000"], [6, 7, 8]),
        (["-features", "-filter", "note~=#"], [2, 3, 6, 7, 10, 11]),  # A C D# F# A ...
        (["-features", "-sort", "hz=desc", "-samples", 3], [11, 10, 9]),
        (["-features", "-sort", "power=desc", "-samples", 1], [5]),
        (["-features", "-sort", "hz=desc=0.5&hz=asc=0.5"], [6, 7, 8]),
        (["-features", "-sort", "hz=desc=0.1", "-samples", 3], [11, 10, 9]),
        (["-features", "-filter", "hz>600", "-sort", "hz=desc", "-count", 2], [11, 10]),
        (["-sort", "start=desc"], list(range(11, -1, -1))),
        (["-filter", "dur>=99999"], []),
    ],
)
def test_filter_sort_and_limits_choose_among_the_samples(long_piece, words, kept):
    assert run("-in", long_piece, "-out", "all.csv", "-features") == 0
    everything = rows("all.csv")
    assert len(everything) == 12
    assert run("-in", long_piece, "-out", "out.csv", *words) == 0
    assert header() == (FEATURES if "-features" in words else BASE)
    assert [int(r["start"]) for r in rows()] == [int(everything[n]["start"]) for n in kept]


def test_a_count_is_shared_evenly_by_the_files(media):
    assert run("-in", "media", "-out", "out.csv", "-count", 4) == 0
    assert [r["filename"] for r in rows()] == ["b.wav"] * 2 + ["disc 1/a.wav"] * 2


# Inputs and outputs


@pytest.mark.parametrize("spec", ["media", "media/", "media/**/*.wav"])
def test_a_folder_and_a_pattern_make_one_table_with_relative_names(media, capsys, spec):
    assert run("-in", spec, "-out", "new/folder/out.csv") == 0
    assert [r["filename"] for r in rows("new/folder/out.csv")] == ["b.wav"] * 4 + ["disc 1/a.wav"] * 4
    assert capsys.readouterr().out == "8 samples of 2 files -> new/folder/out.csv\n"


def test_percent_s_makes_a_table_for_each_file_in_folders_of_their_own(media):
    assert run("-in", "media", "-out", "tables/%s.csv") == 0
    assert spans("tables/b.wav.csv", "b.wav")
    assert spans("tables/disc 1/a.wav.csv", "disc 1/a.wav")
    assert sorted(os.listdir("tables")) == ["b.wav.csv", "disc 1"]
    assert run("-in", "media", "-out", "out.csv") == 0
    both = Path("tables/b.wav.csv").read_text() + Path("tables/disc 1/a.wav.csv").read_text().removeprefix(
        "filename,start,dur\n"
    )
    assert Path("out.csv").read_text() == both


@pytest.mark.parametrize("folder", ["media", "media/", "./media"])
def test_a_manifest_with_dir(media, folder):
    Path("m.csv").write_bytes(b'\xef\xbb\xbfid,filename,duration,hasAudio\r\n1,disc 1/a.wav,2.5,1\r\n2,"b.wav",,\r\n')
    assert run("-in", "m.csv", "-dir", folder, "-out", "out.csv") == 0
    assert [r["filename"] for r in rows()] == ["disc 1/a.wav"] * 4 + ["b.wav"] * 4


def test_rows_without_duration_or_audio_are_skipped(media, capsys):
    Path("m.csv").write_text(
        "filename,duration,hasAudio\nb.wav,2.5,1\nnone.wav,0,0\nno duration.wav,0.000,1\nno audio.wav,3,0\n"
        "disc 1/a.wav,2.5,1\nb.wav,2.5,1\n"
    )
    assert run("-in", "m.csv", "-dir", "media", "-out", "out.csv", "-strict") == 0
    assert [r["filename"] for r in rows()] == ["b.wav"] * 4 + ["disc 1/a.wav"] * 4
    Path("m.csv").write_text("filename,duration\nb.wav,0\n")
    assert run("-in", "m.csv", "-dir", "media", "-out", "none.csv", "-strict") == 0
    assert Path("none.csv").read_text() == "filename,start,dur\n"


AWKWARD = (
    "two words.wav", "quo\"te's.wav", "100%s %d.wav", "line\nbreak.wav", "emoji \N{BIRD}.wav", "-in.wav", "[x].wav",
    "comma, quote\".wav", " blank.wav", "song.part1.wav", "concat:b.wav|c.wav",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("out", ["out.csv", "tables/%s.csv"])
def test_awkward_names_go_through(workplace, out):
    for name in AWKWARD:
        write_wav(f"in/{name}", piece(), RATE)
    assert run("-in", "in", "-out", out, "-strict") == 0
    for name in AWKWARD:
        assert len(spans(out.replace("%s", name), name)) == 4
    if out == "out.csv":
        assert sorted({r["filename"] for r in rows()}) == sorted(AWKWARD)
    else:
        assert sorted(os.listdir("tables")) == sorted(f"{name}.csv" for name in AWKWARD)


@pytest.mark.parametrize("name", ["-in.wav", "-.wav", "100%s %d.wav", "line\nbreak.wav", "[x].wav"])
def test_awkward_names_can_be_given_themselves(workplace, name):
    write_wav(name, piece(), RATE)
    assert run("-in", name, "-out", f"{name}.csv") == 0
    table = f"{name}.csv".replace("%s", name)
    assert len(spans(table, name)) == 4


def test_a_name_that_is_not_utf8_is_a_bad_file_among_good_ones(media, capsys):
    Path(os.fsdecode(b"media/caf\xe9.wav")).write_bytes(Path("media/b.wav").read_bytes())
    assert run("-in", "media", "-out", "out.csv") == 0
    assert len(rows()) == 8
    said = capsys.readouterr().err
    assert "caf\\udce9.wav: 'caf\\udce9.wav' is not UTF-8 text, which a table cannot hold: rename the file" in said


# Bad and odd files


@pytest.fixture
def mixed(media):
    """The good files with every kind of bad one among them."""
    Path("media/c empty.wav").touch()
    Path("media/d text.mp3").write_text("words of a song\n" * 100)
    Path("media/e cut.mp4").write_bytes(Path(encode("x.mp4", piece(), RATE)).read_bytes()[:2000])
    return media


BAD = [
    ("c empty.wav", "the file is empty (0 bytes)"),
    ("d text.mp3", "is not media that can be read"),
    ("e cut.mp4", "is not media that can be read"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("strict", "status"), [([], 0), (["-strict"], 1)])
@pytest.mark.parametrize("out", ["out.csv", "tables/%s.csv"])
def test_bad_files_are_listed_and_the_others_are_done(mixed, capsys, out, strict, status):
    assert run("-in", "media", "-out", out, *strict) == status
    said = capsys.readouterr()
    assert said.out == f"8 samples of 2 files, 3 bad files -> {out}\n"
    lines = said.err.splitlines()
    assert lines[0].endswith(": 3 files could not be used:")
    for line, (name, reason) in zip(lines[1:], BAD, strict=True):
        assert line.startswith(f"  {name}: {reason}")
    if out == "out.csv":
        assert [r["filename"] for r in rows()] == ["b.wav"] * 4 + ["disc 1/a.wav"] * 4
    else:
        assert sorted(os.listdir("tables")) == ["b.wav.csv", "disc 1"]


def test_a_missing_file_of_a_manifest_is_a_bad_one(media, capsys):
    Path("m.csv").write_text("filename\nb.wav\nmissing.wav\n")
    assert run("-in", "m.csv", "-dir", "media", "-out", "out.csv") == 0
    assert "could not be used: missing.wav: no such file\n" in capsys.readouterr().err
    assert len(rows()) == 4


def test_when_all_are_bad_nothing_is_written_and_the_status_is_1(mixed, capsys):
    assert run("-in", "media/[cd] *", "-out", "out.csv") == 1
    assert "2 files could not be used:" in capsys.readouterr().err
    assert not os.path.exists("out.csv")
    assert [name for name in os.listdir() if name.startswith(".")] == []


def make_silent(kind):
    sounds = {
        "silence": np.zeros(RATE),
        "DC": np.full(RATE, 0.3),
        "no samples": np.zeros(0),
        "one sample": np.full(1, 0.5),
        "NaN": np.full(RATE, np.nan),
    }
    if kind == "film":
        return silent_film("x.mp4")
    return write_wav("x.wav", sounds[kind], RATE, "f32")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["silence", "DC", "no samples", "one sample", "NaN", "film"])
@pytest.mark.parametrize("words", [[], ["-features"], ["-features", "-sort", "power=desc", "-filter", "dur>1"]])
def test_what_has_nothing_to_cut_gives_an_empty_table_with_its_header(workplace, capsys, kind, words):
    path = make_silent(kind)
    assert run("-in", path, "-out", "out.csv", *words, "-strict") == 0
    assert Path("out.csv").read_text() == ",".join(FEATURES if words else BASE) + "\n"
    said = capsys.readouterr()
    assert said.out == "0 samples of 1 file, 1 without any sound to cut -> out.csv\n"
    assert said.err == ""


@pytest.mark.parametrize("seconds", [0.008, 0.03, 0.079, 0.3])
def test_a_sound_from_the_first_sample_on_is_a_sample_at_0_however_short(workplace, seconds):
    sound = tone(440, seconds, RATE) * np.linspace(1, 0.1, round(seconds * RATE), dtype=np.float32)
    write_wav("x.wav", sound, RATE, "f32")
    assert run("-in", "x.wav", "-out", "out.csv", "-features", "-strict") == 0
    assert spans() == [(0, round(seconds * 1000) - 1)]


def test_the_first_sound_is_not_lost_and_hiss_is_not_sound(workplace):
    sound = piece([440.0, 660.0, 330.0], [0.0, 0.5, 1.0], 1.5)
    write_wav("loud.wav", sound, RATE, "f32")
    hiss = 0.002 * np.random.default_rng(1).standard_normal(len(sound)).astype(np.float32)
    write_wav("hiss.wav", piece([440.0, 660.0], [0.5, 1.0], 1.5) + hiss, RATE, "f32")
    for name, times in (("loud.wav", [0, 500, 1000]), ("hiss.wav", [500, 1000])):
        assert run("-in", name, "-out", f"{name}.csv") == 0
        assert [start for start, _ in spans(f"{name}.csv")] == pytest.approx(times, abs=8)


@pytest.mark.parametrize(
    ("words", "lasts"), [([], 200), (["-trim", 20], 80), (["-trim", 0], 998), (["-min", 400], 400)]
)
def test_a_sample_ends_where_its_sound_ends(workplace, words, lasts):
    """A tone that falls by 250 dB in a second: 50 dB are 200 ms, 20 dB 80 ms; or not before the shortest sample."""
    fall = tone(1000, 1.0, RATE) * 10 ** (-250 / 20 * np.arange(RATE) / RATE)
    write_wav("x.wav", fall, RATE, "f32")
    assert run("-in", "x.wav", "-out", "out.csv", *words) == 0
    ((start, length),) = spans()
    assert start == 0
    assert lasts - 1 <= length <= lasts + 16  # the loudest 10 ms are softer than the peak; 10 ms, and 3 blocks more


def test_sensitivity_finds_softer_onsets_or_fewer(workplace):
    times = np.arange(0.2, 7.8, 0.4)
    loud = 10 ** (-np.arange(len(times)) % 5 * 10 / 20)  # 0 to -40 dB
    ticks = sum(
        piece([330.0 + 40 * n], [t], 8.0, amplitude=0.5 * a) for n, (t, a) in enumerate(zip(times, loud, strict=True))
    )
    noise = 0.001 * np.random.default_rng(2).standard_normal(len(ticks)).astype(np.float32)
    write_wav("x.wav", ticks + noise, RATE, "f32")
    for method in ("superflux", "fine"):
        counts = []
        for sensitivity in (0.2, 1, 5):
            out = f"{method}{sensitivity}.csv"
            assert run("-in", "x.wav", "-out", out, "-onsets", method, "-sensitivity", sensitivity, "-min", 0) == 0
            counts.append(len(spans(out)))
        assert counts[0] < counts[2]
        assert counts == sorted(counts)


@pytest.mark.parametrize(
    "words", [["-onsets", "hfc"], ["-sensitivity", "0"], ["-sensitivity", "-1"], ["-trim", "-1"], ["-trim", "x"]]
)
def test_a_value_that_a_flag_cannot_take_is_wrong_usage(workplace, words):
    with pytest.raises(SystemExit, match="2"):
        run("-in", "x.wav", *words)


def test_a_file_with_one_note_gives_one_sample(workplace):
    write_wav("x.wav", piece([440.0], [0.2], 0.6), RATE)
    assert run("-in", "x.wav", "-out", "out.csv", "-features", "-trim", 0) == 0
    ((start, length),) = spans()
    assert -EARLY <= start - 200 <= LATE
    assert start + length == 599
    assert rows()[0]["note"] == "A"


def test_nan_in_a_float_file_costs_nothing_else(workplace):
    sound = piece().astype(np.float64)
    sound[5000:5010] = np.nan
    sound[100] = np.inf
    write_wav("x.wav", sound, RATE, "f32")
    assert run("-in", "x.wav", "-out", "out.csv", "-features", "-strict") == 0
    assert [float(r["hz"]) for r in rows()] == pytest.approx(PITCHES, rel=0.01)


@each("out", ["out.csv", "tables/%s.csv"])
def test_what_is_skipped_is_told_if_it_was_cut_off_or_has_changed_since(tmp_path, monkeypatch, capsys, out):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(tmp_path / "cache"))
    Path("media").mkdir()
    write_wav("media/a.wav", piece(), RATE)
    whole = Path("media/a.wav").read_bytes()
    Path("media/b.wav").write_bytes(whole[: len(whole) // 2])
    words = ("-in", "media", "-out", out, "-strict")
    for _ in range(2):
        assert run(*words) == 1
        said = capsys.readouterr()
        assert "could be read only in part: b.wav: " in said.err
        assert "changed after" not in said.err
    assert "2 files already done, 1 file read in part" in said.out
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*.csv")}
    write_wav("media/a.wav", piece([550.0], [0.2], 0.6), RATE)
    assert run(*words) == 1
    said = capsys.readouterr().err
    alone = "remove their tables" if "%s" in out else "remove their rows"
    told = "1 file changed after the samples were found, and skipped: a.wav: give -overwrite for all files, or "
    assert told + alone in said
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.csv")} == kept
    Path("media/b.wav").write_bytes(whole)
    assert run(*words, "-overwrite") == 0
    assert run(*words) == 0
    assert capsys.readouterr().err == ""


def test_times_after_the_damage_are_right(workplace, capsys):
    sound = piece(PITCHES * 3, [0.3 + 0.4 * n for n in range(12)], 5.5)
    path = Path(encode("x.mp4", sound + 0.001 * np.random.default_rng(1).normal(size=len(sound)), RATE))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = np.random.default_rng(2).bytes(300)
    path.write_bytes(data)
    assert run("-in", "x.mp4", "-out", "out.csv", "-strict") == 1  # it is used, and told
    assert "could be read only in part: x.mp4: damaged at" in capsys.readouterr().err
    starts = np.array([start for start, _ in spans()])
    for n in (0, 1, 2, 9, 10, 11):
        assert np.abs(starts - (300 + 400 * n) + 20).min() <= 40


# Wrong usage, and what cannot be done


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (["-in", "none.wav"], "none.wav: there is no such file or folder: check -in", 1),
        (["-in", "none.csv"], "none.csv: there is no such table: check -in", 1),
        (["-in", "media/*.ogg"], "media/*.ogg: no file matches this pattern: check -in", 1),
        (["-in", "'media/*.wav'"], "check -in (its name begins and ends with a quotation mark: give it without", 1),
        (["-out", "good.csv"], "good.csv: already exists, and is not a table of samples", 1),
        (["-in", "none"], "none: there is no such file or folder", 1),
        (["-in", "media/b.wav", "-dir", "media/disc 1"], "media/b.wav: is not inside the media folder media/disc 1", 1),
        (["-in", "rows.csv"], "rows.csv: the table has no rows", 1),
        (["-in", "columns.csv"], "columns.csv: has no column 'filename'; its columns are: file, duration", 1),
        (["-in", "blank.csv"], "blank.csv: line 3 has no filename", 1),
        (["-in", "climbs.csv", "-dir", "media"], "../x.wav: refused: outside the media folder", 1),
        (["-in", "absolute.csv", "-dir", "media"], "/etc/passwd: refused: outside the media folder", 1),
        (["-in", "binary.csv"], "binary.csv: is not a CSV table", 1),
        (["-in", "latin.csv"], "latin.csv: line 2 is not UTF-8 text", 1),
        (["-filter", "hz>500"], "there is no column 'hz' (add -features); the columns are: filename, start, dur", 2),
        (
            ["-filter", "loud>1", "-features"],
            "there is no column 'loud'; the columns are: filename, start, dur, p",
            2,
        ),
        (["-sort", "clarity=desc"], "there is no column 'clarity' (add -features)", 2),
        (["-filter", "dur"], "filter 'dur': cannot read the part 'dur'", 2),
        (["-filter", "dur>1&&start>1"], "cannot read the part ''", 2),
        (["-sort", "dur=up"], "sort 'dur=up': cannot read the part 'dur=up'", 2),
        (["-sort", "dur=asc=2"], "in 'dur=asc=2' the part to keep is '2': give a number from 0 to 1", 2),
        (["-min", "500", "-max", "400"], "-max: 400 is below -min 500", 2),
        (["-cluster", "teapot://x:1"], "is not the address of a Dask scheduler", 2),
        (["-out", "media"], "media: is a folder, and a file is needed", 1),
        (["-out", "new/"], "new/: is a folder, and a file is needed", 1),
        (["-out", "media/readme.txt/out.csv"], "media/readme.txt: the folder cannot be created", 1),
        (["-out", "media/readme.txt/%s.csv"], "media/readme.txt: the folder cannot be created", 1),
        (["-out", "/proc/nowhere/out.csv"], "/proc/nowhere: the folder cannot be created", 1),
        (["-out", "media/b.wav"], "-out: 'media/b.wav': tables end in .csv, .tsv", 2),
        (["-out", "new/x.xyz"], "-out: 'new/x.xyz': tables end in .csv, .tsv", 2),
        (["-out", "media/%s"], "tables would have the names of the media: give 'media/%s.csv'", 2),
        (
            ["-in", "good.csv", "-dir", "media", "-out", "./good.csv"],
            "./good.csv: is an input, which would be replaced",
            1,
        ),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(media, capsys, words, said, status):
    tables = {
        "rows": b"filename,duration\n", "columns": b"file,duration\nb.wav,1\n", "blank": b"filename,id\nb.wav,1\n,2\n",
        "climbs": b"filename\nb.wav\n../x.wav\n", "absolute": b"filename\n/etc/passwd\n", "binary": b"\0\1\2",
        "latin": b"filename\ncaf\xe9.wav\n", "good": b"filename\nb.wav\n",
    }  # fmt: skip
    for name, data in tables.items():
        Path(f"{name}.csv").write_bytes(data)
    before = {path: path.read_bytes() for path in media.rglob("*") if path.is_file()}
    words = [*(["-in", "media/b.wav"] if "-in" not in words else []), *words]
    words += ["-out", "out.csv"] if "-out" not in words else []
    assert status_of(run, *words) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said in captured.err
    assert {path: path.read_bytes() for path in media.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("words", [["-nosuch"], ["-max", "0"], ["-min", "-1"], ["-samples", "x"], ["-threads", "0"],
                                   ["stray"], ["-out"]])  # fmt: skip
def test_wrong_usage_ends_with_2(media, capsys, words):
    with pytest.raises(SystemExit) as ended:
        run("-in", "media", *words)
    assert ended.value.code == 2
    assert "-h lists the flags" in capsys.readouterr().err
    assert not os.path.exists("tmp")


# Existing tables


@pytest.mark.slow
@pytest.mark.parametrize("out", ["out.csv", "tables/%s.csv"])
def test_what_is_done_is_not_done_again_unless_it_is_asked_for(media, capsys, out):
    one = out.replace("%s", "b.wav")
    assert run("-in", "media", "-out", out) == 0
    text = Path(one).read_text()
    marked = text.replace(f",{spans(one)[0][1]}\n", ",77777\n", 1)
    assert marked != text
    Path(one).write_text(marked)
    capsys.readouterr()
    assert run("-in", "media", "-out", out) == 0
    assert capsys.readouterr().out == f"nothing to do: 2 files already done -> {out}\n"
    # Other settings want -overwrite, and that is said.
    for words, said in (
        (["-min", 400], "min 80, not 400"),
        (["-onsets", "fine"], "onsets superflux, not fine"),
        (["-trim", 0], "trim 50.0, not 0.0"),
        (["-filter", "dur>=90"], "filter none, not dur>=90"),
    ):
        assert run("-in", "media", "-out", out, *words) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert f"was made with other settings ({said}): choose another -out, or give -overwrite" in captured.err
        assert Path(one).read_text() == marked
    assert run("-in", "media", "-out", out, "-overwrite") == 0
    assert Path(one).read_text() == text


@pytest.mark.parametrize("out", ["out.csv", "tables/%s.csv"])
def test_the_same_queries_continue_where_they_were_and_others_do_not(media, capsys, out):
    words = ["-in", "media", "-out", out, "-filter", "dur>=90", "-sort", "dur=desc"]
    assert run(*words) == 0
    capsys.readouterr()
    assert run(*words) == 0
    assert capsys.readouterr().out == f"nothing to do: 2 files already done -> {out}\n"
    assert run(*words[:-1], "dur") == 1
    assert "was made with other settings (sort dur=desc, not dur): choose another -out" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("out", ["out.csv", "tables/%s.csv"])
def test_a_table_without_the_columns_asked_for_is_made_again(media, out):
    one = out.replace("%s", "b.wav")
    assert run("-in", "media", "-out", out) == 0
    assert header(one) == BASE
    assert run("-in", "media", "-out", out, "-features") == 0
    assert header(one) == FEATURES
    with_features = Path(one).read_text()
    assert run("-in", "media", "-out", out) == 0  # more than is asked for is enough
    assert Path(one).read_text() == with_features


def test_new_files_are_added_to_the_table_in_order_and_other_columns_stay(media):
    assert run("-in", "media", "-out", "out.csv") == 0
    lines = Path("out.csv").read_text().splitlines()
    Path("out.csv").write_text("\n".join([f"{lines[0]},tsne"] + [f"{line},007" for line in lines[1:]]) + "\n")
    write_wav("media/c.wav", piece(), RATE)
    assert run("-in", "media", "-out", "out.csv") == 0
    assert [(r["filename"], r["tsne"]) for r in rows()] == (
        [("b.wav", "007")] * 4 + [("c.wav", "")] * 4 + [("disc 1/a.wav", "007")] * 4
    )


def test_a_table_that_was_put_in_another_order_stays_in_it(media):
    assert run("-in", "media", "-out", "out.csv") == 0
    first, *lines = Path("out.csv").read_text().splitlines(keepends=True)
    Path("out.csv").write_text(first + "".join(lines[::-1]))
    before = os.stat("out.csv").st_ino
    assert run("-in", "media", "-out", "out.csv") == 0
    assert Path("out.csv").read_text() == first + "".join(lines[::-1])
    assert os.stat("out.csv").st_ino == before


def test_samples_of_other_files_are_not_thrown_away(media, capsys):
    assert run("-in", "media", "-out", "out.csv") == 0
    before = Path("out.csv").read_bytes()
    assert run("-in", "media/b.wav", "-out", "out.csv") == 1
    assert "out.csv: holds samples of other files (disc 1/a.wav)" in capsys.readouterr().err
    assert Path("out.csv").read_bytes() == before
    assert run("-in", "media/b.wav", "-out", "out.csv", "-overwrite") == 0
    assert len(rows()) == 4


def test_files_that_are_added_to_a_table_of_features_are_measured_too_or_not_added(media, capsys):
    assert run("-in", "media/b.wav", "-dir", "media", "-features", "-out", "out.csv") == 0
    before = Path("out.csv").read_bytes()
    assert run("-in", "media/b.wav", "-dir", "media", "-out", "out.csv") == 0  # it has more than is asked for
    assert run("-in", "media", "-out", "out.csv") == 1
    assert "out.csv: was made with other settings (features yes, not no)" in capsys.readouterr().err
    assert Path("out.csv").read_bytes() == before
    assert run("-in", "media", "-features", "-out", "out.csv") == 0
    assert len(rows()) == 8
    assert all(row["hz"] for row in rows())


@pytest.mark.parametrize(("out", "table"), [("out.csv", "out.csv"), ("t/%s.csv", "t/b.wav.csv")])
def test_columns_of_others_are_not_lost_where_features_are_added(media, capsys, out, table):
    words = ("-in", "media/b.wav", "-dir", "media", "-features", "-out", out)
    assert run("-in", "media/b.wav", "-dir", "media", "-out", out) == 0
    whole = Path(table).read_text()
    head, *lines = whole.splitlines()
    Path(table).write_text("\n".join([f"{head},mark", *(f"{line},good" for line in lines)]))
    before = Path(table).read_bytes()
    assert run(*words) == 1
    error = capsys.readouterr().err
    assert (
        f"{table}: lacks power, hz, clarity, note, octave, loudness, pitched, and has columns that would be lost: mark"
        in error
    )
    assert "give -overwrite to replace it" in error
    assert Path(table).read_bytes() == before
    assert run(*words, "-overwrite") == 0
    assert list(rows(table)[0]) == FEATURES
    Path(table).write_text(whole)
    assert run(*words) == 0  # of ours alone nothing is lost
    assert list(rows(table)[0]) == FEATURES


def test_a_damaged_table_is_refused_and_made_again_with_overwrite(media, capsys):
    assert run("-in", "media", "-out", "tables/%s.csv") == 0
    good = Path("tables/b.wav.csv").read_bytes()
    Path("tables/b.wav.csv").write_bytes(good[:30] + b',"')
    assert run("-in", "media", "-out", "tables/%s.csv") == 1
    assert "tables/b.wav.csv: already exists, and is not a table of samples" in capsys.readouterr().err
    assert Path("tables/b.wav.csv").read_bytes() == good[:30] + b',"'
    assert run("-in", "media", "-out", "tables/%s.csv", "-overwrite") == 0
    assert Path("tables/b.wav.csv").read_bytes() == good


def test_a_device_as_out_stays_a_device(media):
    assert run("-in", "media", "-out", "/dev/null") == 0
    assert not os.path.isfile("/dev/null")


# Workers, and ends


@pytest.mark.slow
@pytest.mark.parametrize("out", ["out.csv", "tables/%s.csv"])
def test_the_result_does_not_depend_on_the_workers(mixed, capsys, out):
    for n in range(3):
        write_wav(f"media/disc 2/{n}.wav", piece(np.roll(PITCHES, n)), RATE)
    for threads in (1, 2):
        assert run("-in", "media", "-out", f"{threads}/{out}", "-features", "-threads", threads) == 0
        said = capsys.readouterr()
        assert said.out == f"20 samples of 5 files, 3 bad files -> {threads}/{out}\n"
        assert [line.split(":")[0].strip() for line in said.err.splitlines()[1:]] == [name for name, _ in BAD]
    one = {path.relative_to("1"): path.read_bytes() for path in Path("1").rglob("*") if path.is_file()}
    two = {path.relative_to("2"): path.read_bytes() for path in Path("2").rglob("*") if path.is_file()}
    assert one == two
    assert len(one) == (1 if out == "out.csv" else 5)


def test_one_file_with_many_workers_gives_the_same_bytes(long_piece):
    for threads in (1, 2, 3):
        assert run("-in", long_piece, "-out", f"{threads}.csv", "-features", "-threads", threads) == 0
    assert Path("1.csv").read_bytes() == Path("2.csv").read_bytes() == Path("3.csv").read_bytes()


@pytest.mark.slow
def test_a_bare_run_says_one_line_and_nothing_on_stderr(media, monkeypatch, capsys):
    done = run_script("audio_to_samples.py", "--in", "media/b.wav", "--out=o.csv", "-features", folder=media)
    assert (done.returncode, done.stdout, done.stderr) == (0, "4 samples of 1 file -> o.csv\n", "")
    monkeypatch.setattr(sys, "argv", ["audio_to_samples.py"])
    assert run("-in", "none") == 1
    assert capsys.readouterr() == ("", "audio_to_samples.py: none: there is no such file or folder: check -in\n")


@pytest.fixture
def long_work(workplace):
    """A few short files, and at the end one that takes so long that a signal comes before it is done."""
    for n in range(3):
        write_wav(f"media/{n}.wav", piece(np.roll(PITCHES, n)), RATE)
    write_wav("media/long.wav", np.tile(piece(), 40), RATE)
    return workplace


def broken_off(folder, out, number, *words):
    """Start the stage, send it a signal as soon as one of its files is done, and return what became of it."""
    parts = folder / (".out.csv.parts" if out == "out.csv" else "tables")
    child = start_script("audio_to_samples.py", "-in", "media", "-out", out, *words, folder=folder)
    try:
        while not any(path.suffix == ".csv" and path.name[0] != "." for path in parts.glob("*")):
            try:
                child.wait(0.005)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"it ended before anything was done: {child.communicate()}")
        os.killpg(child.pid, number)
        said, err = child.communicate(timeout=60)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    return child.returncode, said, err


def mark(folder):
    """Change a number in every table that is there, to see later that it was not made again; return how many."""
    # (A kill leaves temporary files, whose names begin with a dot.)
    tables = (path for path in folder.rglob("*.csv") if path.name[0] != ".")
    done = [path for path in tables if path.read_text().startswith("filename,")]
    for path in done:
        path.write_text(re.sub(r",\d+\n\Z", ",77777\n", path.read_text()))
    return len(done)


def marks(folder):
    return sum(path.read_text().count(",77777\n") for path in folder.rglob("*.csv"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("out", "number", "status", "words"),
    [
        ("out.csv", signal.SIGKILL, -9, []),
        ("out.csv", signal.SIGINT, 130, []),
        ("out.csv", signal.SIGINT, 130, ["-threads", "2"]),
        ("tables/%s.csv", signal.SIGKILL, -9, []),
        ("tables/%s.csv", signal.SIGINT, 130, ["-threads", "2"]),
        ("tables/%s.csv", signal.SIGTERM, 143, []),
    ],
)
def test_a_run_that_is_interrupted_continues_where_it_was(long_work, out, number, status, words):
    returned, said, err = broken_off(long_work, out, number, *words)
    assert (returned, said) == (status, "")
    if number == signal.SIGINT:
        assert err == "audio_to_samples.py: interrupted; nothing is lost: the same command continues from here\n"
    assert not os.path.exists("out.csv")
    marked = mark(long_work)
    assert 1 <= marked <= 3
    assert run("-in", "media", "-out", out) == 0
    assert marks(long_work) == marked
    # It is what a run in one go gives, but for the marks, and nothing is left but what was asked for.
    tables = sorted(long_work.rglob("*.csv"))
    assert len(tables) == (1 if out == "out.csv" else 4)
    assert list(long_work.rglob(".*")) == []
    assert run("-in", "media", "-out", "whole.csv") == 0
    assert [r["start"] for path in tables for r in rows(path)] == [r["start"] for r in rows("whole.csv")]
    assert len(rows("whole.csv")) > 3 * 4


@pytest.fixture
def half_done(workplace, monkeypatch):
    """What a run leaves that was stopped when two of its four files were done, with a mark in both."""
    for n in range(4):
        write_wav(f"media/{n}.wav", piece(np.roll(PITCHES, n)), RATE)
    cut_one = collection.sample_table_of

    def stopped(job):
        if job.filename == "2.wav":
            raise KeyboardInterrupt
        return cut_one(job)

    with monkeypatch.context() as patch:
        patch.setattr(collection, "sample_table_of", stopped)
        assert run("-in", "media", "-out", "out.csv") == 130
    assert mark(workplace) == 2
    return workplace


def test_overwrite_does_not_continue_from_what_a_stopped_run_left(half_done):
    assert run("-in", "media", "-out", "out.csv", "-overwrite") == 0
    assert marks(half_done) == 0
    assert sorted(os.listdir()) == ["media", "out.csv"]


def test_other_settings_and_files_that_changed_do_not_continue_from_it_either(half_done):
    write_wav("media/0.wav", piece([550.0], [0.2], 0.6), RATE)
    for n in (1, 2):
        os.remove(f"media/{n}.wav")
    assert run("-in", "media", "-out", "out.csv") == 0
    assert len(spans(name="0.wav")) == 1
    assert marks(half_done) == 0
    assert run("-in", "media/*", "-out", "out.csv", "-min", 100, "-overwrite") == 0
    assert marks(half_done) == 0


@pytest.mark.slow
def test_the_stage_itself_uses_one_thread_and_loads_nothing_that_it_does_not_use(workplace):
    write_wav("a.wav", tone(440.0, 0.5))
    watched = "import sys, threadpoolctl, audio_to_samples as stage; status = stage.main(sys.argv[1:])"
    said = (
        "print(status, {m for m in ('scipy.signal', 'scipy.stats', 'librosa', 'sklearn') if m in sys.modules},"
        " {p['num_threads'] for p in threadpoolctl.threadpool_info()}, sep='; ')"
    )
    # The pools as they were loaded, without the limit that ends with the stage.
    run = subprocess.run(
        [sys.executable, "-c", f"{watched}; {said}", "-in", "a.wav", "-features", "-out", "a.csv"],
        env=os.environ
        | {"PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}{os.pathsep}{ROOT}", "OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
    )
    assert run.stdout.splitlines()[-1] == "0; set(); {1}", run.stderr


def test_a_file_whose_name_is_as_long_as_it_may_be_has_a_table_that_the_next_stages_find(workplace, capsys):
    """As films with titles in scripts of several bytes per character have: NAME.csv would be too long."""
    name = "映" * 83 + "xx.wav"
    write_wav(f"media/{name}", tone(440, 0.3), RATE)
    Path("m.csv").write_text(f"filename\n{name}\n")
    assert run("-in", "m.csv", "-dir", "media", "-out", "tables/%s.csv") == 0
    assert run("-in", "m.csv", "-dir", "media", "-out", "tables/%s.csv") == 0
    assert "1 file already done" in capsys.readouterr().out
    assert len(os.listdir("tables")) == 1
    assert get_sample_features.main(["-in", "m.csv", "-dir", "tables"]) == 0
    assert rows("m.csv")[0]["samples"] == "1"
    assert samples_subset.main(["-in", "m.csv", "-dir", "tables", "-out", "chosen.csv"]) == 0
    assert [row["filename"] for row in rows("chosen.csv")] == [name]
    assert capsys.readouterr().err == ""
