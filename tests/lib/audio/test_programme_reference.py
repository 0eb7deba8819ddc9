"""The loudness of a programme as ITU-R BS.1770 describes it, of blocks and of steps."""

import math

import numpy as np
import pytest
import scipy.signal

from lib.audio.loudness import k_weighting
from lib.audio.programme import _gated, measure
from tests.support.each import each

RATE = 4000


def lufs(power):
    return -0.691 + 10 * math.log10(max(power, 1e-12))


def gated_worked_out(steps):
    """Of blocks of four steps: those above -70 LUFS, and of them those above 10 LU below their mean."""
    blocks = [sum(steps[n : n + 4]) / 4 for n in range(len(steps) - 3)]
    loud = [power for power in blocks if lufs(power) > -70]
    if not loud:
        return -70.0
    passing = [power for power in loud if lufs(power) > lufs(sum(loud) / len(loud)) - 10]
    return lufs(sum(passing) / len(passing))


def test_gates_by_brute_force():
    random = np.random.default_rng(1)
    silent = 0
    for _ in range(200):
        level = random.choice([-75, -72, -68, -40, -10])
        steps = 10 ** ((level + random.uniform(-15, 5, random.integers(0, 12))) / 10)
        expected = gated_worked_out(steps.tolist())
        assert _gated(steps) == pytest.approx(expected)
        silent += expected == -70
    assert 20 < silent < 150


@each("length", [37, 400, 1000, 9000])
def test_programmes_in_blocks_by_brute_force(length):
    random = np.random.default_rng(length)
    places = np.arange(9000)
    sound = np.stack([np.sin(0.3 * places), 0.5 * np.sin(1.5 * places)], axis=1)
    sound *= np.repeat(10 ** (random.choice([-60, -30, -20, -3], 9) / 20), 1000)[:, None]
    sound = sound.astype(np.float32)
    weighted = scipy.signal.sosfilt(k_weighting(RATE), sound.astype(float), axis=0)
    steps = [(weighted[n : n + 400] ** 2).sum() / 400 for n in range(0, 9000 - 399, 400)]
    # Between the samples the peaks are those of four times as many.
    whole = np.pad(sound, ((64, 0), (0, 0)))
    peak = np.abs(scipy.signal.resample_poly(whole, 4, 1, axis=0))[: -4 * 32].max()
    blocks = [sound[n : n + length] for n in range(0, 9000, length)]
    loudness, found = measure(blocks, RATE)
    assert loudness == pytest.approx(gated_worked_out(steps), abs=1e-6)
    assert found == pytest.approx(max(peak, np.abs(sound).max()), rel=1e-5)


def test_less_than_400_ms_have_no_loudness():
    for count, silent in ((1599, True), (1600, False)):
        loudness, peak = measure([np.ones((count, 2), np.float32) * np.float32(0.5)], RATE)
        assert (loudness == -70) is silent
        assert peak >= 0.5
    assert measure([], RATE) == measure([np.zeros((0, 2), np.float32)], RATE) == (-70, 0)
