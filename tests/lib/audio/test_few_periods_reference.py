"""The pitch of low sounds of few periods by plain Python, of drawn sounds near the limits that decide."""

import numpy as np
import pytest
from scipy import fft

from lib.audio import few_periods
from lib.audio.few_periods import low_pitch
from tests.support.each import each

# 2.5 semitones
SLIDE = 2 ** (2.5 / 12)


def period_worked_out(alike, shortest, longest, share):
    """The first maximum above 0 that reaches a share of the highest, on the parabola through its three; 0: none."""
    maxima = [k for k in range(shortest, longest) if alike[k - 1] < alike[k] >= alike[k + 1] and alike[k] > 0]
    for k in maxima:
        if alike[k] >= share * max(alike[n] for n in maxima):
            a, b, _ = np.polyfit([-1, 0, 1], alike[k - 1 : k + 2], 2)
            return k - b / (2 * a)
    return 0.0


def similarity_of_end(y, lag, length):
    begin = max(len(y) - length, lag)
    end, before = y[begin:], y[begin - lag : len(y) - lag]
    return 2 * end @ before / max(end @ end + before @ before, 1e-20)


def low_pitch_worked_out(y, sr, known, rings, steady):
    """(Hz, similarity), as the module says; from 26 Hz up, or a lag of 0.6 of the sound."""
    count, lags = len(y), min(int(sr / 26) + 2, int(0.6 * len(y)))
    shortest = max(int(sr / 5000), 1)
    if lags <= sr / 80 or lags <= shortest + 1:
        return 0.0, 0.0
    # Less of what is high: 3 dB at 1000 Hz. (What rings on after the end counts for the products, not for the power.)
    size = fft.next_fast_len(count + lags, real=True)
    y = np.fft.irfft(np.fft.rfft(y - y.mean(), size) / np.sqrt(1 + (np.fft.rfftfreq(size, 1 / sr) / 1000) ** 2), size)
    products = [y @ np.roll(y, lag) for lag in range(lags)]
    y = y[:count]
    alike = [2 * products[lag] / (y[lag:] @ y[lag:] + y[: count - lag] @ y[: count - lag]) for lag in range(lags)]
    period = period_worked_out(alike, shortest, lags - 1, 0.95)
    if period <= sr / 80 / SLIDE:
        return 0.0, 0.0
    height, length = alike[round(period)], round(0.02 * sr)
    more = height + 1
    if known:
        more = height - np.interp(sr / known, np.arange(lags), alike)
    first = int(period / SLIDE)
    end = [similarity_of_end(y, lag, length) for lag in range(first, min(int(period * SLIDE) + 2, lags))]
    settled = period_worked_out(end, 1, len(end) - 1, 1.0)
    if settled and end[round(settled)] >= height + 0.05:
        period, height = first + settled, end[round(settled)]
        if known:
            more = max(more, height - similarity_of_end(y, min(round(sr / known), lags), length))
    hz = sr / period
    is_low = hz < 80 and steady < 5.5 * period and not (rings and known >= 4 * hz)
    return (hz, min(height, 1.0)) if is_low and height >= 0.5 and more >= 0.12 else (0.0, 0.0)


def drawn(seed, sr):
    random = np.random.default_rng(seed)
    hz, periods = random.uniform(24, 92), random.uniform(1.3, 7)
    t = np.arange(round(periods * sr / hz)) / sr
    bent = random.choice([0, 0, 0, 2, -2]) * np.exp(-t / 0.02)  # semitones
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (bent / 12)) / sr
    y = sum(random.uniform(0, 1) * np.sin(k * phase + random.uniform(0, 7)) for k in range(1, 8))
    y = y + random.choice([0, 0.3, 1, 1.5]) * random.standard_normal(len(t)) + random.choice([0, 0.5])
    known = random.choice([0, 0, 1, 2, 3, 3.9, 4.1, 8, 0.5]) * hz
    steady = random.choice([len(t), round(5.4 * sr / hz), round(5.6 * sr / hz)])
    return y.astype(np.float32), float(known), bool(random.random() < 0.5), int(steady)


@pytest.mark.parametrize("sr", [4000, 11_025])
def test_low_pitches_by_brute_force(sr):
    low = none = 0
    for seed in range(60):
        y, known, rings, steady = drawn(seed, sr)
        expected = low_pitch_worked_out(y.astype(float), sr, known, rings, steady)
        assert low_pitch(y, sr, known, rings, steady) == pytest.approx(expected, rel=1e-5), seed
        low += expected[0] > 0
        none += not expected[0]
    assert min(low, none) > 8


def test_periods_by_brute_force():
    random = np.random.default_rng(1)
    for share in (1.0, 0.95, 0.5):
        for _ in range(100):
            alike = random.integers(-4, 9, random.integers(3, 20)) / 8 if share < 0.9 else random.uniform(-1, 1, 15)
            shortest, longest = int(random.integers(1, 4)), len(alike) - int(random.integers(1, 3))
            expected = period_worked_out(alike.tolist(), shortest, longest, share)
            assert few_periods._period(alike, shortest, longest, share) == pytest.approx(expected)


@each("sr", [10, 50, 4000, 22_050])
@each("samples", [1, 2, 3, 5, 40])
def test_next_to_nothing_has_no_low_pitch(sr, samples):
    assert low_pitch(np.ones(samples, np.float32), sr, 0.0, False, samples) == (0, 0)


def test_a_sound_that_rings_on_is_not_more_than_the_same():
    t = np.arange(700) / 11_025
    y = np.sin(2 * np.pi * 60 * t).astype(np.float32)
    for count in range(400, 700, 12):
        assert low_pitch(y[:count], 11_025, 0.0, False, count)[1] <= 1
