"""The period of low sounds: the steps against brute force, and the limits that decide."""

import numpy as np
import pytest

from lib.audio import few_periods
from lib.audio.few_periods import longest, low_pitch
from tests.support.each import each

RATE = 22050


def sound(hz, periods, partials=4, noise=0.0):
    """Some periods of a sound whose first partials are equally strong: float32.

    noise: the share of noise in the power that counts, which is halved at 1000 Hz and less above.
    """
    t = np.arange(round(periods * RATE / hz)) / RATE
    y = sum(np.sin(2 * np.pi * k * hz * t + k) for k in range(1, partials + 1)) / np.sqrt(partials / 2)
    counts = 1000 / (RATE / 2) * np.arctan(RATE / 2 / 1000)  # the mean of 1 / (1 + (f / 1000)^2)
    y += np.random.default_rng(1).standard_normal(len(t)) * np.sqrt(noise / (1 - noise) / counts)
    return y.astype(np.float32)


@each(
    ("alike", "first", "period"),
    [
        ([0, 0, 1, 0, 0, 0], 0.95, 2),
        ([0, 0.5, 1, 0.75, 0, 0], 0.95, 2 + 1 / 6),  # the vertex of the parabola through the three
        ([0, 0.96, 0.97, 1, 0, 0], 0.95, 3 - 0.5 * 0.97 / 1.03),  # high, but on the way up
        ([0, 0, 1, 1, 0, 0], 0.95, 2.5),  # a plateau begins at its first
        ([0, 0.5, 0, 1, 0, 0], 0.5, 1),  # just the share
        ([0, 0.49, 0, 1, 0, 0], 0.5, 3),
        ([0, 0.3, 0, 1, 0, 0], 1.0, 3),  # the highest reaches all of itself
        ([1, 0.9, 0.8, 0.9, 0.8, 1], 0.95, 3),  # neither end is a maximum
        ([-1, 0, -1, -1, -1, -1], 0.95, 0),  # not at all alike
        ([-1, -1, -0.5, -1, -1, -1], 0.95, 0),
        ([0, 1, 2, 3, 4, 5], 0.95, 0),
    ],
)
def test_the_period_is_the_first_of_the_highest_maxima(alike, first, period):
    assert few_periods._period(np.array(alike, float), 1, 5, first) == pytest.approx(period)


def test_the_period_lies_between_its_bounds():
    alike = np.array([0, 0.9, 0, 1, 0, 0.9, 0.0])
    assert few_periods._period(alike, 1, 6, 0.8) == 1
    assert few_periods._period(alike, 2, 6, 0.8) == 3
    assert few_periods._period(alike, 2, 4, 0.8) == 3
    assert few_periods._period(alike, 2, 3, 0.8) == 0
    assert few_periods._period(alike, 4, 6, 0.8) == 5
    assert few_periods._period(alike, 4, 5, 0.8) == 0


def test_similarities_are_those_of_each_lag():
    y = np.random.default_rng(2).standard_normal(40)
    products = np.array([y[lag:] @ y[: len(y) - lag] for lag in range(30)])
    expected = [
        2 * y[lag:] @ y[: len(y) - lag] / (y[lag:] @ y[lag:] + y[: len(y) - lag] @ y[: len(y) - lag])
        for lag in range(30)
    ]
    assert few_periods._similarity(y, products) == pytest.approx(np.array(expected))
    assert few_periods._similarity(np.zeros(4), np.zeros(3)).tolist() == [0, 0, 0]
    # The last 25 samples: with a lag of 20, only 20 have one before them.
    found = few_periods._similarity_of_end(y, 3, 21, 25)
    for lag, alike in zip(range(3, 21), found, strict=True):
        begin = max(40 - 25, lag)
        end, before = y[begin:], y[begin - lag : 40 - lag]
        assert alike == pytest.approx(2 * end @ before / (end @ end + before @ before))
    assert few_periods._similarity_of_end(np.zeros(9), 1, 3, 5).tolist() == [0, 0]


@each(
    ("hz", "periods", "steady", "known", "rings", "noise", "found"),
    [
        (50.0, 4.0, 4.0, 0.0, False, 0.0, True),
        (30.0, 4.0, 4.0, 0.0, False, 0.0, True),
        (77.0, 4.0, 4.0, 0.0, False, 0.0, True),  # below 80 Hz
        (83.0, 4.0, 4.0, 0.0, False, 0.0, False),
        (50.0, 8.0, 5.3, 0.0, False, 0.0, True),  # fewer than 5.5 periods after it has swelled
        (50.0, 8.0, 5.7, 0.0, False, 0.0, False),
        (50.0, 1.5, 1.5, 0.0, False, 0.0, False),  # within 0.6 of its length there is no second period
        (50.0, 1.9, 1.9, 0.0, False, 0.0, True),
        (50.0, 4.0, 4.0, 173.0, True, 0.0, True),  # another pitch, at which it is less alike
        (50.0, 4.0, 4.0, 223.0, True, 0.0, False),  # a ring, more than two octaves above
        (50.0, 4.0, 4.0, 223.0, False, 0.0, True),
        (50.0, 4.0, 4.0, 50.0, False, 0.0, False),  # known already
        (50.0, 4.4, 4.4, 0.0, False, 0.4, True),
        (50.0, 4.4, 4.4, 0.0, False, 0.7, False),  # less than half of it comes again
    ],
)
def test_a_low_sound_of_few_periods(hz, periods, steady, known, rings, noise, found):
    y = sound(hz, periods, noise=noise)
    pitch, alike = low_pitch(y, RATE, known, rings, round(steady * RATE / hz))
    if found:
        assert pitch == pytest.approx(hz, rel=0.02)
        assert alike == pytest.approx(1 - noise, abs=0.15)
    else:
        assert (pitch, alike) == (0.0, 0.0)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_from_where_every_sound_has_enough_periods(rate):
    assert longest(rate) == int(5.5 * rate / 26)


@each(("begins", "known"), [(42.0, 0.0), (58.0, 0.0), (62.0, 150.0), (40.0, 150.0), (58.0, 50.0)])
def test_a_string_that_is_bent_has_the_note_that_it_slides_to(begins, known):
    # Two periods on the way, and two there: the last 20 ms are as they were a period before.
    hz = np.concatenate(
        [np.geomspace(begins, 50, round(2 * RATE / ((begins + 50) / 2))), np.full(2 * RATE // 50, 50.0)]
    )
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    y = sum(np.sin(k * phase + k) for k in range(1, 5)).astype(np.float32)
    pitch, alike = low_pitch(y, RATE, known, False, len(y))
    if known == 50.0:  # the end says no more than what was found before
        assert (pitch, alike) == (0.0, 0.0)
    else:
        assert pitch == pytest.approx(50, rel=1e-3)
        assert alike == pytest.approx(1, abs=1e-3)


def test_a_slide_that_the_whole_hardly_shows_is_heard_as_a_whole():
    hz = np.concatenate([np.geomspace(48, 50, 2 * RATE // 49), np.full(2 * RATE // 50, 50.0)])
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    pitch, alike = low_pitch(
        sum(np.sin(k * phase + k) for k in range(1, 5)).astype(np.float32), RATE, 0.0, False, len(hz)
    )
    assert 49.3 < pitch < 49.9  # between
    assert 0.95 < alike < 0.999
