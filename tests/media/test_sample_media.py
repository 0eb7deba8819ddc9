"""The sample media are what their truth tables say."""

from __future__ import annotations

import csv
import importlib
import sys
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "media" / "sample"
NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
# -1 dBFS.
PEAK_LIMIT = 10 ** (-1 / 20)
# Bytes, all of media/sample together.
SIZE_LIMIT = 10_000_000
# Least change of the mean of H, S and V (0-255) at a cut: that of the detector `mean` is 7.
CUT_CHANGE = 10

Samples = npt.NDArray[np.float64]


def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def decode(name: str) -> tuple[Samples, int]:
    """All samples of a file as (channels, n) in -1..1, and the rate."""
    with av.open(str(FOLDER / name)) as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        samples = np.concatenate(frames, axis=1)
        if not stream.format.is_planar:
            samples = samples.reshape(-1, stream.channels).T
        scale = float(1 << (8 * stream.format.bytes - 1)) if samples.dtype.kind == "i" else 1.0
        return samples.astype(np.float64) / scale, stream.rate


def level(samples: Samples) -> float:
    """RMS in dBFS."""
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "channels", "rate", "seconds"),
    [
        ("sonata.mp3", 2, 44100, (40, 60)),
        ("speech.mp3", 1, 22050, (20, 30)),
        ("drums.wav", 1, 44100, (9, 12)),
        ("tone_scale.wav", 1, 44100, (10, 13)),
    ],
)
def test_recording_decodes_with_a_sensible_level(name: str, channels: int, rate: int, seconds: tuple[int, int]) -> None:
    samples, found_rate = decode(name)
    assert (samples.shape[0], found_rate) == (channels, rate)
    assert seconds[0] <= samples.shape[1] / rate <= seconds[1]
    assert 0.5 < np.abs(samples).max() <= PEAK_LIMIT
    assert -30 < level(samples) < -10


@pytest.mark.parametrize("name", ["sonata_notes.csv", "tone_scale_notes.csv"])
def test_note_tables_agree_with_themselves(name: str) -> None:
    rows = table(name)
    assert len(rows) >= 25
    for row in rows:
        midi = NAMES.index(row["note"]) + 12 * (int(row["octave"]) + 1)
        assert int(row["midi"]) == midi
        assert float(row["hz"]) == pytest.approx(440 * 2 ** ((midi - 69) / 12), abs=0.006)
        assert int(row["start"]) >= 0
        assert int(row["dur"]) >= 30
    assert [int(row["start"]) for row in rows] == sorted(int(row["start"]) for row in rows)


def test_tone_scale_sounds_at_the_pitch_of_the_table() -> None:
    samples, rate = decode("tone_scale.wav")
    for row in table("tone_scale_notes.csv"):
        first = int(row["start"]) * rate // 1000 + rate // 50
        piece = samples[0, first : first + rate // 4] * np.hanning(rate // 4)
        spectrum = np.abs(np.fft.rfft(piece, 1 << 18))
        loudest = np.argmax(spectrum) * rate / (1 << 18)
        assert loudest == pytest.approx(float(row["hz"]), rel=0.001)  # under two cents: a semitone is 5.9 %


def test_tone_scale_is_silent_between_its_notes() -> None:
    samples, rate = decode("tone_scale.wav")
    sounding = np.zeros(samples.shape[1], dtype=bool)
    for row in table("tone_scale_notes.csv"):
        start, dur = int(row["start"]), int(row["dur"])
        sounding[start * rate // 1000 : (start + dur) * rate // 1000 + 1] = True
    assert not samples[0, ~sounding].any()
    assert level(samples[0, sounding]) > -20


def rises(name: str, starts: list[int]) -> Samples:
    """By how many dB the level of the 40 ms from each start is over that of the 40 ms before it."""
    samples, rate = decode(name)
    padded = np.concatenate([np.zeros(rate), samples.mean(axis=0)])
    pieces = [padded[rate + start * rate // 1000 :] for start in starts]
    before = [padded[rate + (start - 40) * rate // 1000 :] for start in starts]
    n = 40 * rate // 1000
    return np.array([level(a[:n]) - level(b[:n]) for a, b in zip(pieces, before, strict=True)])


def test_drums_are_struck_at_the_times_of_the_table() -> None:
    starts = sorted({int(row["start"]) for row in table("drums_hits.csv")})
    snares = [int(row["start"]) for row in table("drums_hits.csv") if row["drum"] == "snare"]
    assert len(starts) > 40
    assert np.median(rises("drums.wav", starts)) > 6
    assert min(rises("drums.wav", snares)) > 3


@pytest.mark.slow
def test_sonata_is_struck_at_the_times_of_the_table() -> None:
    starts = sorted({int(row["start"]) for row in table("sonata_notes.csv")})
    found = rises("sonata.mp3", starts)
    assert np.median(found) > 3
    for shift in (-60, 60):  # the table shifted either way fits much worse
        assert np.median(rises("sonata.mp3", [start + shift for start in starts])) < np.median(found) - 3


def test_speech_is_where_the_table_says_and_both_speak() -> None:
    samples, rate = decode("speech.mp3")
    rows = table("speech_turns.csv")
    speaking = np.zeros(samples.shape[1], dtype=bool)
    for row in rows:
        turn = slice(int(row["start"]) * rate // 1000, (int(row["start"]) + int(row["dur"])) * rate // 1000)
        speaking[turn] = True
        assert level(samples[0, turn]) > -26
    assert level(samples[0, ~speaking]) < -50
    assert [row["speaker"] for row in rows] == ["Ada", "Ben"] * 3
    assert len({row["voice"] for row in rows}) == 2


def film_rows() -> list[dict[str, str]]:
    return table("films.csv")


@pytest.mark.slow
@pytest.mark.parametrize("row", film_rows(), ids=lambda row: row["filename"])
def test_film_is_cut_where_the_table_says(row: dict[str, str]) -> None:
    cuts = [cut for cut in table("films_cuts.csv") if cut["filename"] == row["filename"]]
    firsts = [int(cut["frame"]) for cut in cuts]
    times, grey, hsv = [], [], {}
    with av.open(str(FOLDER / row["filename"])) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (stream.width, stream.height, context.name, context.pix_fmt) == (320, 240, "h264", "yuv420p")
        assert container.streams.audio[0].codec_context.name == "aac"
        assert stream.average_rate is not None
        assert float(stream.average_rate) == pytest.approx(float(row["fps"]), abs=0.001)
        for number, frame in enumerate(container.decode(stream)):
            times.append(float(frame.time or 0))
            luma = frame.to_ndarray()[:240].reshape(48, 5, 64, 5)  # of yuv420p, the first rows
            grey.append(luma.mean(axis=(1, 3)))
            if number in firsts or number + 1 in firsts:
                hsv[number] = float(
                    np.mean(np.asarray(Image.fromarray(frame.to_ndarray(format="rgb24", threads=1)).convert("HSV")))
                )
    assert len(times) / float(row["fps"]) == pytest.approx(float(row["duration"]), abs=0.01)
    assert 20 <= float(row["duration"]) <= 40
    # The largest changes from frame to frame are the cuts, and nothing else comes near.
    changes = np.abs(np.diff(np.stack(grey), axis=0)).mean(axis=(1, 2))
    assert sorted((np.argsort(changes)[-len(firsts) :] + 1).tolist()) == firsts
    assert np.sort(changes)[-len(firsts)] > 1.5 * np.sort(changes)[-len(firsts) - 1]
    assert np.median(changes) > 0.05  # something moves
    for cut, first in zip(cuts, firsts, strict=True):
        assert int(cut["ms"]) == pytest.approx(times[first] * 1000, abs=0.6)
        assert abs(hsv[first] - hsv[first - 1]) > CUT_CHANGE


@pytest.mark.slow
@pytest.mark.parametrize("row", film_rows(), ids=lambda row: row["filename"])
def test_film_sounds_from_beginning_to_end(row: dict[str, str]) -> None:
    samples, rate = decode(row["filename"])
    assert (samples.shape[0], rate) == (2, 44100)
    assert samples.shape[1] / rate == pytest.approx(float(row["duration"]), abs=0.06)
    assert 0.3 < np.abs(samples).max() <= PEAK_LIMIT
    seconds = [samples[:, k * rate : (k + 3) * rate] for k in range(0, int(float(row["duration"])) - 3, 3)]
    assert min(level(piece) for piece in seconds) > -45


def test_there_are_six_films_of_different_rates_and_all_files_are_small() -> None:
    rows = film_rows()
    assert [row["filename"] for row in rows] == sorted(path.name for path in FOLDER.glob("*.mp4"))
    assert len(rows) == 6
    assert {row["fps"] for row in rows} == {"24", "25", "30", "29.970"}
    sizes = [path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(sizes) < SIZE_LIMIT


@pytest.fixture
def score(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The score reader that the media are made with."""
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in [name for name in sys.modules if name.split(".")[0] == "make"]:
        monkeypatch.delitem(sys.modules, name)
    return importlib.import_module("make.score")


def test_sonata_table_is_the_score_as_played(score: ModuleType) -> None:
    notes = score.played(score.read_score(FOLDER / "score" / "sonata.txt"))
    rows = table("sonata_notes.csv")
    assert [(n.start, n.dur, n.midi) for n in notes] == [(int(r["start"]), int(r["dur"]), int(r["midi"])) for r in rows]
    # The theme: C - E G | B. C D C, at quarter = 116 after 300 ms: a quarter lasts 60000 / 116 = 517.24 ms.
    theme = [(int(r["start"]), r["note"]) for r in rows if r["hand"] == "right"][:7]
    quarters = [0, 2, 3, 4, 5.5, 5.75, 6]
    notes_of_theme = ["C", "E", "G", "B", "C", "D", "C"]
    assert theme == [(300 + round(q * 60000 / 116), n) for q, n in zip(quarters, notes_of_theme, strict=True)]


def test_score_reader_finds_a_bar_that_is_too_short(score: ModuleType, tmp_path: Path) -> None:
    errors = importlib.import_module("make.errors")
    path = tmp_path / "short.txt"
    path.write_text("meter: 3/4\ntempo: 60\npart a: channel=0\nbar 1 p\na: C4/4 D4\n")
    with pytest.raises(errors.SampleMediaError, match=r"line 5.*2 quarter notes, not 3"):
        score.read_score(path)


def test_rebuilding_says_what_is_not_installed(
    score: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = importlib.import_module("make_sample_media")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.main([]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "fluidsynth, espeak-ng" in message
    assert "apt-get install fluidsynth fluid-soundfont-gm espeak-ng" in message
