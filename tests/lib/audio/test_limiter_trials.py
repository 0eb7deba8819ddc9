"""The gain before the limiter, found by trial: with a limiter that loses what is said, and meters that tell it."""

import math

import numpy as np
import pytest
import scipy.signal

from lib.audio import limiter
from lib.audio.limiter import gain_before_limiting
from tests.support.each import each


def trials(monkeypatch, loudness, peak_db, lost, lufs):
    """The gain in dB, and the gains that were tried. lost: LU that the limiter takes off a gain of that many dB."""
    tried = []

    def measured(blocks, rate):
        assert rate == 48_000
        if blocks == "plain":
            return loudness, 10 ** (peak_db / 20) if peak_db is not None else 0.0
        tried.append(blocks)
        return loudness + blocks - lost(blocks), 1.0

    monkeypatch.setattr(limiter, "measure", measured)
    monkeypatch.setattr(limiter, "limited", lambda blocks, rate, gain: 20 * math.log10(gain))
    gain = gain_before_limiting(lambda: "plain", 48_000, lufs)
    return 20 * math.log10(gain), tried


@pytest.mark.parametrize(("loudness", "peak_db"), [(-70.0, -9), (-80.0, -9), (-20.0, None)])
def test_silence_is_left(monkeypatch, loudness, peak_db):
    assert trials(monkeypatch, loudness, peak_db, lambda db: 0, -14.0) == (0, [])


@pytest.mark.parametrize(
    ("loudness", "peak_db", "lufs", "db"), [(-20, -9.0, -14, 6), (-10, 0, -14, -4), (-69, -60, -14, 55)]
)
def test_without_peaks_above_the_ceiling_nothing_is_tried(monkeypatch, loudness, peak_db, lufs, db):
    found, tried = trials(monkeypatch, loudness, peak_db, lambda db: 99, lufs)
    assert found == pytest.approx(db)
    assert tried == []


def test_each_trial_makes_up_for_what_was_lost(monkeypatch):
    # A quarter of what is more than 4 dB is lost: 8.0 and 7.0 of 4 LU, of 9.0 ... towards 9.33.
    found, tried = trials(monkeypatch, -22, -6, lambda db: max(db - 4, 0) / 4, -14.0)
    assert tried[0] == pytest.approx(8)
    for before, after in zip(tried, [*tried[1:], found], strict=True):
        reached = -22 + before - (before - 4) / 4
        near = abs(-14 - reached) <= limiter.NEAR_LU
        assert after == pytest.approx(before if near else before + (-14 - reached))
    assert -22 + found - (found - 4) / 4 == pytest.approx(-14, abs=limiter.NEAR_LU)
    assert len(tried) <= limiter.ROUNDS


def test_more_than_the_most_is_never_tried(monkeypatch):
    most = limiter.MOST_LIMITED_DB + limiter.CEILING_DB + 6
    found, tried = trials(monkeypatch, -40, -6, lambda db: 9, -14.0)
    assert found == pytest.approx(most)
    assert tried == [pytest.approx(most)]  # softer than asked for: no more can be done
    # If that is too loud, it is less.
    found, tried = trials(monkeypatch, -40, -6, lambda db: -20, -14.0)
    assert tried[0] == pytest.approx(most)
    assert found == pytest.approx(6)
    assert -40 + found + 20 == pytest.approx(-14)


@each(("short", "count"), [(0.5, 5), (0.12, 5), (0.08, 1), (-0.08, 1), (-0.12, 5)])
def test_five_trials_are_made_unless_one_is_near(monkeypatch, short, count):
    """Each time as much is missing: a tenth of a LU is near enough."""
    found, tried = trials(monkeypatch, -22, -6, lambda db: db - 8 + short, -14.0)
    assert tried == pytest.approx([8 + short * n for n in range(count)])
    assert found == pytest.approx(8 + short * (5 if count == 5 else 0))


@pytest.mark.parametrize("length", [1, 37, 5000])
def test_a_gain_is_the_mean_of_those_needed_within_reach(length):
    """At 400 frames a second: 50 ms are 20 frames to either side."""
    random = np.random.default_rng(3)
    sound = random.uniform(-0.3, 0.3, (900, 2))
    sound[[100, 104, 300, 520, 899], [0, 1, 0, 1, 0]] = 1.4, -2.0, 0.95, -3.0, 1.1
    padded = np.pad(sound, ((300, 300), (0, 0)))
    peaks = np.abs(scipy.signal.resample_poly(padded, 4, 1, axis=0)).max(axis=1).reshape(-1, 4).max(axis=1)
    needed = [min(10 ** (-1.5 / 20) / max(peaks[k], peaks[k - 1], 1e-9), 1) for k in range(1500)]
    weights = np.array([0.5 + 0.5 * math.cos(math.pi * n / 21) for n in range(-20, 21)])
    gains = [
        sum(w * min(needed[n - 20 : n + 21]) for w, n in zip(weights, range(k - 20, k + 21), strict=True))
        / weights.sum()
        for k in range(300, 1200)
    ]
    blocks = [sound[n : n + length].astype(np.float32) for n in range(0, 900, length)]
    found = np.concatenate(list(limiter.limited(blocks, 400)))
    np.testing.assert_allclose(found, sound * np.array(gains)[:, None], atol=2e-3)
    assert min(gains) < 0.5


@each("frames", [1, 300, 399, 400, 401])
def test_no_block_is_empty_and_no_frame_is_lost(frames):
    sound = np.full((frames, 2), 0.25, np.float32)
    blocks = list(limiter.limited([sound[:frames]], 400, 2.0))
    assert all(len(block) for block in blocks)
    assert np.array_equal(np.concatenate(blocks), 2 * sound)


@pytest.mark.parametrize(("peak_db", "count"), [(-7.7, 0), (-7.3, 1)])
def test_trials_begin_where_a_peak_would_be_above_the_ceiling(monkeypatch, peak_db, count):
    found, tried = trials(monkeypatch, -20, peak_db, lambda db: 0, -14.0)
    assert found == pytest.approx(6)
    assert len(tried) == count
