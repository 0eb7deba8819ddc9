"""Levels along a sound by plain Python, and the gains that bring it to the course of another."""

import math

import numpy as np
import pytest
from scipy.signal import sosfilt

from lib.audio import mosaic_volumes
from lib.audio.level_curves import gains_along, level_curve
from lib.audio.loudness import k_weighting, momentary_loudness
from lib.audio.mix_plays import Play
from tests.support.each import each


@each("rate", [1000, 22_050])
@each("share", [0, 0.01, 0.4, 0.5, 0.6, 1, 1.4, 1.6, 2.5, 7.2])
def test_levels_of_each_50_ms_by_brute_force(rate, share):
    size = round(rate / 20)
    random = np.random.default_rng(int(10 * share))
    sound = (random.normal(size=round(share * size)) * 0.1).astype(np.float32)
    sound[size : 3 * size] *= 1e-3  # more than 40 dB below the rest
    power = (sosfilt(k_weighting(rate), sound.astype(float)) ** 2).tolist() if len(sound) else [0.0]
    # A remainder counts if it is half of 50 ms, or all there is.
    count = max(round(len(sound) / size), 1)
    parts = [power[n * size : (n + 1) * size] for n in range(count)]
    means = [sum(part) / (max(len(part), 1) if n == count - 1 else size) for n, part in enumerate(parts)]
    expected = [10 * math.log10(max(mean, max(means) / 1e4, 1e-12)) for mean in means]
    assert level_curve(sound, rate).tolist() == pytest.approx(expected)


def test_silence_has_the_lowest_level():
    assert level_curve(np.zeros(900, np.float32), 1000).tolist() == [-120] * 18


@pytest.mark.parametrize("rate", [1000.0, 900.5])
def test_gains_are_those_of_the_middles_and_straight_between_them(rate):
    curve, size = (-6.0, 0.0, 12.0), rate / 20
    found = gains_along(curve, 200, rate)
    for frame in range(200):
        place = min(max(frame / size - 0.5, 0), 2)
        k = min(int(place), 1)
        db = curve[k] + (place - k) * (curve[k + 1] - curve[k])
        assert found[frame] == pytest.approx(10 ** (db / 20), rel=1e-5)
    assert found.dtype == np.float32


def along(own, target):
    count = min(len(own), len(target))
    apart = [t - o for t, o in zip(target, own)]
    middle = sorted(apart)[count // 2] if count % 2 else sum(sorted(apart)[count // 2 - 1 : count // 2 + 1]) / 2
    gains = [round(min(max(value - middle, -20), 12)) for value in apart]
    return tuple(gains) if any(gains) else ()


def test_gains_along_a_sample_by_brute_force():
    random = np.random.default_rng(2)
    flat = 0
    for _ in range(100):
        own, target = (random.uniform(-40, 0, random.integers(1, 8)) * random.choice([0.01, 1]) for _ in range(2))
        expected = along(own.tolist(), target.tolist())
        assert mosaic_volumes._along(own, target) == expected
        flat += not expected
    assert 5 < flat < 80


@each("how", [{}, {"fade_in": 0.5, "fade_in_most_ms": 1e9}, {"shift": 12.0}, {"fade_out": 0.0}])
@each("wanted", [-20.0, -50.0, 30.0, -90.0])
def test_a_sample_is_measured_as_it_will_sound(how, wanted):
    random = np.random.default_rng(3)
    sound = (0.1 * random.normal(size=9000) * np.geomspace(1, 0.1, 9000)).astype(np.float32)
    target = np.array([-10.0, -30.0, -12.0, -9.0, -40.0])
    play = Play(0, "a", **how)
    # Raised by an octave it runs twice as fast.
    rate = 44_100 if how.get("shift") else 22_050
    curve = along(level_curve(sound, rate).tolist(), target.tolist())
    fade_in = min(play.fade_in * 9000, play.fade_in_most_ms * 22.05)
    frame = np.arange(9000)
    gain = np.minimum(frame / max(fade_in, 1), 1) * np.minimum((8999 - frame) / max(play.fade_out * 9000, 1), 1)
    heard = momentary_loudness((sound * gain * gains_along(curve, 9000, rate)).astype(np.float32), rate)
    level = mosaic_volumes._level(play, sound, wanted, target)
    assert level.curve == curve
    # By 40 dB at most; 20 ln(volume) dB.
    assert 20 * math.log(level.volume) == pytest.approx(min(max(wanted - heard, -40), 40), abs=0.01)


def test_a_silent_sample_has_no_volume():
    level = mosaic_volumes._level(Play(0, "a"), np.zeros(3000, np.float32), -20.0, np.array([-10.0]))
    assert (level.volume, level.curve) == (0, ())
    # Nor has one that begins after the end of its file.
    level = mosaic_volumes._level(Play(0, "a"), np.zeros(0, np.float32), -20.0, np.array([-10.0]))
    assert (level.volume, level.curve) == (0, ())
