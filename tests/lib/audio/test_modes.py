"""The lowest mode of bars and small bells, and what only looks like one: the knock of a hammer, or of a body."""

import numpy as np
import pytest

from lib.audio.modes import _are_modes, knocks, level_of, lowest_mode, stands_out
from lib.audio.partials import find_partials
from lib.audio.pitch import estimate_hz
from tests.support.each import each
from tests.support.sines import RATE, spectrum_of


def sounding(partials, seconds):
    """Sines {hz: (amplitude, dB by which it fades in a second)}, and noise 60 dB below."""
    t = np.arange(round(seconds * RATE)) / RATE
    y = sum(a * 10 ** (-db * t / 20) * np.sin(2 * np.pi * hz * t + hz) for hz, (a, db) in partials.items())
    return (y + np.random.default_rng(1).standard_normal(len(t)) * 1e-3).astype(np.float32)


def lowest(partials, f):
    spectrum = spectrum_of(partials)
    return lowest_mode(f, *spectrum, *find_partials(*spectrum))


@pytest.mark.parametrize("ratio", [5.1, 5.33, 5.4])
def test_the_third_mode_of_a_bar_may_be_the_only_strong_one(ratio):
    assert lowest({800.0: 0.3, ratio * 800: 1.0}, ratio * 800) == pytest.approx(800, abs=1)
    # 20 dB below it, it is a sound of its own; so it is elsewhere.
    assert lowest({800.0: 0.1, ratio * 800: 1.0}, ratio * 800) == pytest.approx(ratio * 800, abs=1)
    assert lowest({800.0: 0.3, 4800.0: 1.0}, 4800.0) == pytest.approx(4800, abs=1)


def test_above_the_second_mode_the_second_has_to_be_there():
    bar = {400.0: 0.2, 1080.0: 0.1, 1660.0: 0.2, 1900.0: 1.0}
    assert lowest(bar, 1900.0) == pytest.approx(400, abs=1)
    assert lowest({hz: a for hz, a in bar.items() if hz != 1080.0}, 1900.0) == pytest.approx(1900, abs=1)
    # Unless it is the third of a bar, and there are others.
    assert lowest({784.0: 0.09, 4160.0: 1.0, 6231.0: 0.23}, 4160.0) == pytest.approx(784, abs=1)
    assert lowest({784.0: 0.09, 4160.0: 1.0}, 4160.0) == pytest.approx(4160, abs=1)


def test_a_lowest_mode_has_nothing_below_it():
    bar = {500.0: 0.3, 1378.0: 1.0, 2702.0: 0.4}
    assert lowest(bar, 1378.0) == pytest.approx(500, abs=1)
    assert lowest(bar | {80.0: 0.1}, 1378.0) == pytest.approx(1378, abs=1)
    assert lowest(bar | {50.0: 0.1}, 1378.0) == pytest.approx(500, abs=1)  # hum
    assert lowest(bar | {80.0: 0.05}, 1378.0) == pytest.approx(500, abs=1)  # 26 dB below


@each(
    ("low", "strong", "seconds", "is_knock"),
    [
        (300, 30, 0.1, True),  # 13.5 dB more from half to half
        (150, 30, 0.1, False),  # 6
        (180, 30, 0.1, True),  # 7.5
        (30, 300, 0.1, False),  # as a bar's modes do
        (30, 30, 0.1, False),
        (85, 20, 0.4, True),  # 13 dB, 65 dB/s
        (75, 20, 0.4, False),  # 11 dB, but 55 dB/s: a mode may do that
        (75, 20, 1.0, False),
    ],
)
def test_a_knock_fades_sooner_than_the_note(low, strong, seconds, is_knock):
    y = sounding({500.0: (0.5, low), 1600.0: (1.0, strong)}, seconds)
    assert knocks(y, 500.0, 1600.0, RATE) == is_knock


def test_silence_does_not_knock():
    assert not knocks(np.zeros(2000, np.float32), 500.0, 1600.0, RATE)


@pytest.mark.parametrize("ms", [110, 150, 300])
def test_high_strings_are_not_named_by_the_knock_before_them(ms):
    # The soundboard of a piano, whose resonances last, and the body of a harp, whose resonance does not.
    piano = {125.0: (0.2, 60), 310.0: (0.1, 60), 1480.0: (1.0, 60), 2985.0: (0.02, 90)}
    assert estimate_hz(sounding(piano, ms / 1000)) == pytest.approx(1480, rel=0.005)
    harp = {550.0: (0.8, 330), 1742.0: (1.0, 60)}
    assert estimate_hz(sounding(harp, ms / 1000)) == pytest.approx(1742, rel=0.005)
    bell = {550.0: (0.15, 30), 1742.0: (1.0, 60)}
    assert estimate_hz(sounding(bell, ms / 1000)) == pytest.approx(550, rel=0.005)


@each(
    ("ratio", "level", "second", "others", "modes"),
    [
        # The second mode of a free bar, however faint the first is
        (2.51, 0.21, 0.0, 0, True),
        (2.81, 0.21, 0.0, 0, True),
        (2.49, 0.9, 0.0, 0, False),
        (2.83, 0.26, 0.0, 0, False),
        # Of a small bell, whose first is not so faint
        (2.83, 0.28, 0.0, 0, True),
        (3.39, 0.28, 0.0, 0, True),
        (3.39, 0.26, 0.0, 0, False),
        (3.41, 0.9, 0.0, 0, False),
        # The third of a bar
        (5.04, 0.41, 0.0, 0, True),
        (5.46, 0.41, 0.0, 0, True),
        (5.46, 0.39, 0.0, 0, False),
        (5.02, 0.9, 0.0, 0, False),
        (5.48, 0.9, 0.0, 0, False),
        # With two others: that, whatever its level, the second of any bar, or a higher one where the second is
        (5.46, 0.39, 0.0, 2, True),
        (5.46, 0.39, 0.0, 1, False),
        (5.48, 0.9, 0.0, 2, False),
        (4.19, 0.21, 0.0, 2, True),
        (4.21, 0.21, 0.0, 2, False),
        (4.19, 0.9, 0.0, 1, False),
        (7.0, 0.21, 0.21, 2, True),
        (7.0, 0.21, 0.19, 3, False),
        (7.0, 0.21, 0.21, 1, False),
    ],
)
def test_ratios_of_the_modes_of_bars_and_bells(ratio, level, second, others, modes):
    assert _are_modes(ratio, level, second, others) is modes


@each("place", [0, 1, 5, 6, 7, 17, 18, 19, 50, 81, 82, 83, 93, 94, 99])
def test_what_stands_out_at_the_ends_of_a_spectrum(place):
    random = np.random.default_rng(place)
    for _ in range(20):
        power = random.exponential(1, 100)
        for share in (0.98, 1.02):
            power[place] = 0
            below, above = power[max(place - 18, 0) : max(place - 6, 1)], power[place + 6 : place + 18]
            power[place] = share * 12 * max(below.mean(), above.mean() if len(above) else 0)
            if place:
                assert stands_out(power, 2.0, 4.0, 2.0 * place) == (share > 1)


def test_the_level_between_two_frequencies_includes_both():
    hz, levels = np.array([100.0, 200.0, 300.0]), np.array([0.3, 0.2, 0.9])
    for low, high, level in [
        (100, 200, 0.3),
        (101, 200, 0.2),
        (101, 300, 0.9),
        (301, 999, 0),
        (0, 99, 0),
        (0, 999, 0.9),
    ]:
        assert level_of(hz, levels, float(low), float(high)) == level


def test_twelve_times_the_power_around_it_does_not_stand_out():
    power = np.ones(100)
    for value, out in ((12.0, False), (12.001, True)):
        power[50] = value
        assert stands_out(power, 2.0, 4.0, 100.0) == out
