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

FOLDER = Path(__file__).resolve().parents[2] / "media" / "sample"
NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
PEAK_LIMIT = 10 ** (-1 / 20)  # -1 dBFS

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
