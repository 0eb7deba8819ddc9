"""The parts of a measurement by plain Python: levels of frames, peaks of spectra, batches, and samples in blocks."""

import math
from itertools import pairwise

import numpy as np
import pytest

from lib.audio import features
from lib.audio.features import NO_HZ, Features, lowest_peak, power_of, with_pitch, without_note
from tests.support.each import each

BIN_HZ = 22_050 / 2048


def test_levels_of_frames_and_the_most_pitched_one_by_brute_force():
    random = np.random.default_rng(1)
    magnitude = random.integers(0, 4, (20, 9)).astype(np.float32)
    magnitude[4] = magnitude[3]  # of equal ones the first
    rms = [math.sqrt(sum(float(v) ** 2 for v in row) / 9) for row in magnitude]
    assert features._rms(magnitude) == pytest.approx(rms)
    for first, end in ((0, 9), (2, 7), (8, 9)):
        bounds = np.array([0, 1, 3, 12, 20])
        energies = [sum(float(v) ** 2 for v in row[first:end]) for row in magnitude]
        expected = [max(range(a, b), key=lambda t: (energies[t], -t)) for a, b in pairwise(bounds)]
        assert features._most_pitched(magnitude, bounds, first, end).tolist() == expected
    assert features._most_pitched(np.zeros((3, 5), np.float32), np.array([0, 3]), 0, 5).tolist() == [0]
    levels = random.uniform(0, 1, 7)
    weights = [49, 36, 25, 16, 9, 4, 1]
    assert power_of(levels) == pytest.approx(sum(w * v for w, v in zip(weights, levels, strict=True)) / sum(weights))


def lowest_peak_worked_out(frame):
    """Of the peaks from 150 to 4000 Hz that reach the median, and are 18 bins from higher ones, the lowest."""
    peaks = [
        k for k in range(1, 1024)
        if 150 <= k * BIN_HZ <= 4000 and frame[k - 1] < frame[k] >= frame[k + 1] and frame[k] >= np.median(frame)
    ]  # fmt: skip
    kept = []
    for k in sorted(peaks, key=lambda k: (-frame[k], k)):
        if min((abs(k - other) for other in kept), default=99) >= 18:
            kept.append(k)
    if not kept:
        return -1.0
    left, centre, right = (math.log(max(value, 1e-10)) for value in frame[min(kept) - 1 : min(kept) + 2])
    bend = left - 2 * centre + right
    shift = min(max((left - right) / 2 / bend, -0.5), 0.5) if bend < 0 else 0
    return (min(kept) + shift) * BIN_HZ


def test_lowest_peaks_by_brute_force():
    random = np.random.default_rng(2)
    none = 0
    for n in range(60):
        frame = random.integers(0, 3, 1025).astype(float) if n % 3 else random.uniform(0, 1, 1025) ** 9
        frame[14:372] *= random.choice([0, 1], p=[0.1, 0.9])
        for place in random.choice([13, 14, 15, 30, 31, 32, 33, 47, 48, 49, 50, 371, 372, 373], 4):
            frame[place] = random.choice([2.5, 3.0, 5.0])  # at the ends of the range, and 17 to 19 bins apart
        expected = lowest_peak_worked_out(frame.tolist())
        assert lowest_peak(frame) == pytest.approx(expected)
        none += expected < 0
    frame = np.zeros(1025)
    assert lowest_peak(frame) == NO_HZ
    frame[100] = 1e-12  # next to nothing, between nothing
    assert lowest_peak(frame) == pytest.approx(100 * BIN_HZ)


@each("place", [12, 13, 14, 15, 369, 370, 371, 372, 373])
def test_peaks_lie_between_150_and_4000_hz(place):
    frame = np.zeros(1025)
    frame[place] = 1.0
    assert lowest_peak(frame) == pytest.approx(place * BIN_HZ if 150 <= place * BIN_HZ <= 4000 else -1)


MEASURED = Features(1.0, 440.0, 2.0, "A", 4, -20.0, 0.5)


@each(
    ("pitched", "least", "has"),
    [(0.5, 0.5, True), (0.49951, 0.5, True), (0.4994, 0.5, False), (0.5, 0.501, False), (0.0, 0.0, True)],
)
def test_a_note_is_left_out_by_the_number_that_the_table_shows(pitched, least, has):
    found = without_note(with_pitch(MEASURED, 440.0, pitched), least)
    assert (found.note, found.octave) == (("A", 4) if has else ("-", -1))
    assert (found.hz, found.power) == (440, 1)


def test_another_pitch_has_another_note():
    found = with_pitch(MEASURED, 261.63, 0.9)
    assert (found.hz, found.note, found.octave, found.pitched, found.power, found.loudness) == (
        261.63,
        "C",
        4,
        0.9,
        1,
        -20,
    )
    for hz in (0.0, -1.0):
        found = with_pitch(MEASURED, hz, 0.1)
        assert (found.hz, found.note, found.octave, found.pitched) == (-1, "-", -1, 0.1)
    assert with_pitch(MEASURED, 0.5, 0.1).hz == 0.5


def test_batches_begin_anew_once_they_have_64_frames():
    def sample(frames, silent=False):
        return np.zeros(512 * (frames - 1) + 1) + (not silent)

    sizes = [63, 1, 1, 64, 65, 30, 33, 1, 200, 2, 2]
    samples = [sample(size) for size in sizes]
    samples[4] = sample(65, silent=True)
    assert features._batches(samples) == [[0, 1], [2, 3], [5, 6, 7], [8], [9, 10]]
    assert features._batches([sample(3, True)]) == []
    # Of hours only the first ten seconds are analysed: 431 frames.
    batches = features._batches([np.ones(22_050 * 60)] * 2)
    assert batches == [[0], [1]]


def test_the_features_of_a_sample_in_blocks(monkeypatch):
    """Ten seconds are measured, or all of a shorter one; the power and the loudness are those of all of it."""
    monkeypatch.setattr(features, "LONGEST_ANALYSED", 3000)
    measured = []
    monkeypatch.setattr(features, "measure_all", lambda sounds: measured.extend(sounds) or [MEASURED])
    random = np.random.default_rng(3)
    for length in (1, 2999, 3000, 3001, 9500):
        sound = random.normal(0, 0.1, length).astype(np.float32)
        for size in (700, 3000, 20_000):
            measured.clear()
            found = features.measure_stream(iter([sound[n : n + size] for n in range(0, length, size)]))
            assert len(measured) == 1
            assert np.array_equal(measured[0], sound[:3000])
            if length <= 3000:
                assert found == MEASURED
                continue
            padded = np.pad(sound.astype(float), 1024, mode="reflect")
            window = np.sin(np.pi * np.arange(2048) / 2048) ** 2
            spectra = [np.abs(np.fft.rfft(padded[n : n + 2048] * window)) for n in range(0, length + 1, 512)]
            rms = [math.sqrt((row**2).mean()) for row in spectra]
            weights = [(len(rms) - n) ** 2 for n in range(len(rms))]
            assert found.power == pytest.approx(
                sum(w * v for w, v in zip(weights, rms, strict=True)) / sum(weights), rel=1e-5
            )
            assert found.loudness == pytest.approx(features.momentary_loudness(sound, 22_050), abs=1e-3)
            assert (found.hz, found.pitched) == (440, 0.5)


def test_a_long_sample_has_the_power_of_all_of_it(monkeypatch):
    monkeypatch.setattr(features, "LONGEST_ANALYSED", 4000)
    sound = np.random.default_rng(4).normal(0, 0.1, 9000).astype(np.float32)
    whole, head = features.measure_all([sound, sound[:4000]])
    assert (whole.hz, whole.clarity, whole.pitched) == (head.hz, head.clarity, head.pitched)
    assert whole.power == pytest.approx(features.measure_stream(iter([sound])).power)
    assert whole.loudness == features.momentary_loudness(sound, 22_050)
    assert whole.power != pytest.approx(head.power, rel=1e-4)
