"""Sound above 11 kHz: found by its power, and measured at a higher rate."""

import wave

import numpy as np
import pytest

from lib.audio.above import WIDE_RATE, WideReader, lies_above, pitch_above
from lib.audio.samples import SampleJob, sample_table
from tests.support.each import each

RATE = 22050


def chirping(hz, seconds=1.5, noise=0.003):
    """Three beeps a second at WIDE_RATE over quiet noise, float64."""
    t = np.arange(round(seconds * WIDE_RATE)) / WIDE_RATE
    beeps = np.clip(np.sin(2 * np.pi * 3 * t), 0, 1) * np.sin(2 * np.pi * hz * t)
    return 0.5 * beeps + noise * np.random.default_rng(1).standard_normal(len(t))


def write(path, y, rate=WIDE_RATE):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(y, -1, 1) * 32767).astype("<i2").tobytes())


def loud_rows(folder, name, hz, **how):
    """hz, note and pitched of the samples in which a beep sounds."""
    write(folder / name, chirping(hz))
    table = sample_table(SampleJob(str(folder), name, 80, 1000, True, **how))
    rows = list(zip(*(table.text(key) for key in ("start", "dur", "hz", "note", "pitched"))))
    return [row[2:] for row in rows if any(int(row[0]) < 83 + 333 * k < int(row[0]) + int(row[1]) for k in range(4))]


@pytest.mark.slow
@pytest.mark.parametrize("hz", [6000, 10900, 11500])
def test_beeps_up_to_12_khz_have_their_frequency(tmp_path, hz):
    rows = loud_rows(tmp_path, "beeps.wav", hz)
    assert rows
    assert [float(found) for found, _, _ in rows] == pytest.approx([hz] * len(rows), rel=0.01)
    assert all(float(pitched) > 0.9 and note != "-" for _, note, pitched in rows)


@pytest.mark.parametrize("hz", [12600, 15000, 19000])
def test_beeps_above_12_khz_have_no_pitch_and_not_that_of_the_noise_below(tmp_path, hz):
    rows = loud_rows(tmp_path, "beeps.wav", hz)
    assert all(row == ("-1.00", "-", "0.000") for row in rows)


def test_the_power_of_blocks_is_that_of_the_file(tmp_path):
    y = np.repeat([0.5, 0.0, 0.25], WIDE_RATE // 10) * np.where(np.arange(3 * (WIDE_RATE // 10)) % 2, 1, -1)
    write(tmp_path / "steps.wav", y)
    with WideReader(str(tmp_path / "steps.wav"), RATE) as reader:
        list(reader.blocks())
    assert reader.is_wide
    assert reader.power() == pytest.approx(
        np.repeat([0.25, 0, 0.0625], 10), abs=5e-4
    )  # a block's edge may be a sample off


def test_a_file_of_the_rate_that_is_analysed_is_not_wide(tmp_path):
    write(tmp_path / "narrow.wav", np.ones(2000) * 0.1, RATE)
    with WideReader(str(tmp_path / "narrow.wav"), RATE) as reader:
        list(reader.blocks())
    assert not reader.is_wide


def test_a_tenth_of_the_power_is_the_bound():
    power = np.full(20, 0.1)
    assert not lies_above(power, 50, np.full(1000, np.sqrt(0.0101), np.float32))
    assert lies_above(power, 50, np.full(1000, np.sqrt(0.0099), np.float32))
    assert not lies_above(power, 5000, np.ones(1000, np.float32))  # beyond the end
    assert not lies_above(power, 0, np.zeros(0, np.float32))


def test_pitch_above_of_nothing_and_of_noise():
    assert pitch_above(np.zeros(0, np.float32)) == (0.0, 0.0)
    assert pitch_above(np.zeros(4410, np.float32))[0] == 0.0
    assert pitch_above(np.random.default_rng(2).standard_normal(8820).astype(np.float32))[0] == 0.0


def test_less_pitched_samples_have_no_note_if_asked(tmp_path):
    t = np.arange(round(0.6 * RATE)) / RATE
    note = np.sin(2 * np.pi * 440 * t) * np.exp(-t / 0.3)
    gap = np.zeros(RATE // 3)
    burst = np.random.default_rng(3).standard_normal(len(t)) * np.exp(-t / 0.1) * 0.3
    write(tmp_path / "two.wav", np.concatenate([gap, note, gap, burst, gap]) * 0.8, RATE)
    plain = sample_table(SampleJob(str(tmp_path), "two.wav", 80, 1000, True))
    asked = sample_table(SampleJob(str(tmp_path), "two.wav", 80, 1000, True, pitched=0.7))
    assert plain.text("hz") == asked.text("hz")
    assert plain.text("pitched") == asked.text("pitched")
    low = [float(value) < 0.7 for value in asked.text("pitched")]
    assert set(low) == {True, False}
    for key, none in (("note", "-"), ("octave", "-1")):
        assert asked.text(key) == [none if less else name for less, name in zip(low, plain.text(key), strict=True)]
    assert any(less and name != "-" for less, name in zip(low, plain.text("note"), strict=True))


@each("rate", [44_100, 48_000, 22_050, 11_025])
@each("sizes", [(5000,), (1, 440, 0, 441, 442, 3000, 676), (441,) * 11 + (149,), (100,) * 50])
def test_the_power_of_blocks_does_not_depend_on_the_pieces(tmp_path, rate, sizes):
    write(tmp_path / "a.wav", np.zeros(100))
    sound = np.random.default_rng(6).uniform(-1, 1, (5000, 1))
    with WideReader(str(tmp_path / "a.wav"), RATE) as reader:
        for piece in np.split(sound, np.cumsum(sizes)[:-1]):
            reader.heard(piece, rate)
        assert reader.is_wide == (rate > 22_050)
        block = np.floor(np.arange(5000) / rate * 100 + 1e-6).astype(int)
        expected = np.bincount(block, weights=sound[:, 0] ** 2) / rate * 100
        assert reader.power() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("share", "above"), [(0.09, True), (0.11, False)])
def test_a_sample_lies_above_if_less_than_a_tenth_of_its_power_is_left(share, above):
    power = np.full(30, 0.2)
    power[5:8] = 0.5
    sample = np.full(662, np.sqrt(0.5 * share))  # 30 ms from 50 ms on
    assert lies_above(power, 50.0, sample) is above
    assert lies_above(power, 59.9, sample) is above
    assert not lies_above(power, 300.0, sample)  # after the end
    assert not lies_above(power, 50.0, sample[:0])
    assert lies_above(power, 50.0, sample[:9]) is above  # one block at least


def test_powers_are_compared_not_amplitudes():
    """One tone below 12 kHz, three fainter ones above: three times .36 are more than 1, three times .25 less."""
    t = np.arange(WIDE_RATE // 5) / WIDE_RATE
    below, above = np.sin(2 * np.pi * 1000 * t), sum(np.sin(2 * np.pi * hz * t) for hz in (13_000, 15_000, 17_000))
    assert pitch_above((0.3 * (below + 0.6 * above)).astype(np.float32)) == (0.0, 0.0)
    assert pitch_above((0.3 * (below + 0.5 * above)).astype(np.float32))[0] == pytest.approx(1000, rel=1e-3)
