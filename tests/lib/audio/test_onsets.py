"""Onsets: equal to plain librosa on the whole file, right on the recordings whose notes are known."""

import csv
import threading
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.audio import onsets
from lib.audio.levels import Levels
from lib.audio.reader import AudioReader
from lib.errors import MediaError
from tests.support.each import each

MEDIA = Path(__file__).parents[3] / "media" / "sample"
RECORDINGS = ["sonata.mp3", "speech.mp3", "drums.wav", "tone_scale.wav"]


def plain_strength(y):
    power = np.abs(librosa.stft(y, n_fft=2048, hop_length=512, pad_mode="reflect")) ** 2
    mel = librosa.feature.melspectrogram(S=power, sr=22050, n_mels=138, fmin=27.5, fmax=16000)
    levels = librosa.power_to_db(mel, ref=np.max)
    return librosa.onset.onset_strength(S=levels, sr=22050, hop_length=512, lag=2, max_size=3)


def plain_onsets(strength):
    found = librosa.onset.onset_detect(onset_envelope=strength, sr=22050, hop_length=512, backtrack=True)
    return np.unique(found)


def blocks_of(name):
    with AudioReader(str(MEDIA / name), 22050) as reader:
        return list(reader.blocks())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("length", [7 * 22050, 1500])
def test_onsets_in_blocks_are_those_of_plain_librosa_on_the_whole_file(name, length):
    y = np.concatenate(blocks_of(name))
    expected = plain_strength(y)
    strength = onsets.onset_strength(y[n : n + length] for n in range(0, len(y), length))
    np.testing.assert_allclose(strength, expected, atol=1e-4)
    np.testing.assert_array_equal(np.unique(onsets.pick_rises(strength)[0]), plain_onsets(expected))


@pytest.mark.filterwarnings("ignore:Empty filters")
def test_a_signal_that_goes_to_a_temporary_file_has_the_same_strength(monkeypatch):
    y = np.concatenate(blocks_of("drums.wav"))
    in_memory = onsets.onset_strength([y])
    monkeypatch.setattr(onsets, "SPOOL_BYTES", 1000)
    np.testing.assert_array_equal(onsets.onset_strength([y]), in_memory)


@pytest.mark.slow
@given(values=st.lists(st.integers(0, 8), min_size=1, max_size=80), lead=st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_picking_is_librosas_on_any_strength_with_plateaus_and_ties(values, lead):
    strength = np.array([0] * lead + values, np.float32) / 8
    np.testing.assert_array_equal(np.unique(onsets.pick_rises(strength)[0]), plain_onsets(strength))


def test_no_sound_has_no_onsets():
    assert onsets.onset_times([]).tolist() == []
    assert onsets.onset_times([np.zeros(44100, np.float32)]).tolist() == []


def test_a_click_is_found_where_it_is():
    y = np.zeros(4 * 22050, np.float32)
    for at in (22050, 2 * 22050, 3 * 22050):
        y[at : at + 200] = np.random.default_rng(at).standard_normal(200) * np.linspace(1, 0, 200)
    found = onsets.onset_times([y])
    # An onset is the start of the rise: up to two frames (46 ms) before the click, never after it.
    for ms in (1000, 2000, 3000):
        assert any(ms - 70 <= t <= ms + 12 for t in found), (ms, found)
    assert len(found) == 3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "table", "least"), [
    ("tone_scale.wav", "tone_scale_notes.csv", 0.95),
    ("sonata.mp3", "sonata_notes.csv", 0.85),
    ("drums.wav", "drums_hits.csv", 0.80),
])  # fmt: skip
def test_onsets_of_known_notes_are_found_within_50_ms(name, table, least):
    with open(MEDIA / table, newline="", encoding="utf-8") as file:
        truth = np.unique([float(row["start"]) for row in csv.DictReader(file)]) / 1000
    truth = truth[np.insert(np.diff(truth) > 0.03, 0, True)]  # the notes of a chord begin together
    found = onsets.onset_times(blocks_of(name)) / 1000
    f_measure, _, _ = mir_eval.onset.f_measure(truth, found, window=0.05)
    assert f_measure >= least


@pytest.mark.parametrize("method", onsets.METHODS)
def test_several_threads_find_the_same_onsets_and_levels(method):
    random = np.random.default_rng(3)
    y = (random.standard_normal(66150) * np.repeat(random.uniform(0, 0.3, 30), 2205)).astype(np.float32)
    blocks = np.array_split(y, 7)
    with Levels() as one, Levels() as many:
        expected = onsets.find_onsets(blocks, one, onsets.Detector(method))
        found = onsets.find_onsets(blocks, many, onsets.Detector(method), threads=3)
        assert len(expected) > 3
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(many.read(0, many.count), one.read(0, one.count))


def test_an_error_while_reading_ahead_is_raised_and_no_thread_stays():
    def blocks():
        yield np.zeros(22050, np.float32)
        raise MediaError("breaks off")

    before = threading.active_count()
    with Levels() as levels, pytest.raises(MediaError, match="breaks off"):
        onsets.find_onsets(blocks(), levels, threads=2)
    assert threading.active_count() == before


def test_peaks_are_those_of_librosa_where_a_strength_falls_slowly():
    assert onsets._peaks(np.array([0, 0, 0, 1, 0.95, 0.9, 0.85, 0, 0, 0.0]), 0.07).tolist() == [3]
    random = np.random.default_rng(4)
    for _ in range(60):
        # Steps up and longer slopes down, with plateaus
        level = np.abs(np.cumsum(random.choice([1.0, -0.3, -0.1, 0.0], 120))).astype(np.float32)
        level /= level.max()
        # The highest of a frame and the one before, over the mean of four before to four after (in 30 and 100 ms).
        wanted = librosa.util.peak_pick(level, pre_max=1, post_max=1, pre_avg=4, post_avg=5, delta=0.07, wait=1)
        assert onsets._peaks(level, 0.07).tolist() == wanted.tolist()


class FirstSound:
    """Levels whose first sound is in a block, and whose first attack is 5 blocks later."""

    count = 900

    def __init__(self, block):
        self.block, self.asked = block, []

    def first_over(self, below_db, end):
        return self.block if self.block is not None and self.block < end else None

    def steepest(self, first, end):
        self.asked.append((first, end))
        return onsets.Attack(self.block + 5, 9.0)


@each(
    ("block", "before", "begin"),
    [
        (0, None, 0.0),  # a file that begins with its sound
        (1, None, 6 * 32 / 22.05 - 2),
        (100, None, 105 * 32 / 22.05 - 2),
        (100, 145.0, None),  # the first onset is earlier
        (100, 147.0, 105 * 32 / 22.05 - 2),
        (None, None, None),
    ],
)
def test_the_first_sound_begins_with_its_attack_or_the_file(block, before, begin):
    levels = FirstSound(block)
    assert onsets._first_sound(levels, before) == (None if begin is None else pytest.approx(begin))
    # Searched for 50 ms before and 10 ms after it
    assert levels.asked == ([(block - 34, block + 7)] if begin else [])
