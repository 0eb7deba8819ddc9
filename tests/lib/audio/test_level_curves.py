"""Levels along a sound, and gains along it."""

import numpy as np
import pytest

from lib.audio.level_curves import CURVE_MS, RANGE_DB, gains_along, level_curve
from lib.audio.mix_plays import Play
from lib.audio.mixer import MIX_RATE, mix

STEP = MIX_RATE * CURVE_MS // 1000


def test_levels_are_those_of_each_step():
    # Of a sine of 997 Hz the K-weighting raises 0.7 dB.
    wave = np.sin(2 * np.pi * 997 * np.arange(4 * STEP) / MIX_RATE) * np.repeat([1.0, 0.1, 0.5, 0.0], STEP)
    wanted = [-3.01 + 0.69, -23.01 + 0.69, -9.03 + 0.69, -2.3 - RANGE_DB]
    assert level_curve(wave.astype(np.float32), MIX_RATE) == pytest.approx(wanted, abs=0.6)
    assert len(level_curve(wave[: 2 * STEP + STEP // 4].astype(np.float32), MIX_RATE)) == 2
    assert level_curve(wave[: 2 * STEP + STEP // 4].astype(np.float32), MIX_RATE)[1] == pytest.approx(-22.3, abs=0.6)
    assert level_curve(np.zeros(10, np.float32), MIX_RATE).tolist() == [-120.0]


def test_gains_go_in_straight_lines():
    gains = 20 * np.log10(gains_along((0.0, -6.0, 6.0), 3 * STEP, MIX_RATE))
    assert gains[[0, STEP // 2, STEP, 3 * STEP // 2, 2 * STEP, 3 * STEP - 1]] == pytest.approx(
        [0, 0, -3, -6, 0, 6], abs=0.01
    )


def test_a_play_is_heard_with_its_curve():
    sound = np.full((3 * STEP, 2), 0.25, np.float32)
    even = Play(0.0, sound=sound, fade_in=0.0, fade_out=0.0)
    shaped = Play(0.0, sound=sound, fade_in=0.0, fade_out=0.0, curve=(0.0, -6.0, 6.0))
    with mix([even], 150.0) as one, mix([shaped], 150.0) as two:
        before, after = (np.concatenate(list(made.blocks())) for made in (one, two))
    assert after == pytest.approx(before * gains_along((0.0, -6.0, 6.0), 3 * STEP, MIX_RATE)[:, None], abs=1e-6)
