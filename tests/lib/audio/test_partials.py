import numpy as np
import pytest

from lib.audio import partials
from lib.audio.partials import (
    _highest,
    find_candidates,
    find_partials,
    fundamentals,
    height_at,
    level_near,
    support,
)
from tests.support.sines import RATE, spectrum_of


def support_of(f, partials, resolution=1.0):
    """Support of f among {hz: level}."""
    hz = np.array(sorted(partials), dtype=float)
    return support(f, hz, np.array([partials[h] for h in hz], dtype=float), resolution)


def found_in(partials, correlation, resolution=5.0):
    """The fundamental of partials {hz: power} in bins of 1 Hz, with an autocorrelation at RATE."""
    power = np.zeros((1, 10000), np.float32)
    for hz, value in partials.items():
        power[0, hz - 1 : hz + 2] = [value / 2, value, value / 2]
    correlation = np.asarray(correlation, np.float32)[None]
    overlap = np.ones(correlation.shape[1], np.float32)
    found, _, _ = fundamentals(power, 1.0, resolution, correlation, overlap, float(RATE))
    return found[0, 0]


@pytest.mark.slow
def test_partials_are_found_with_their_levels():
    # 0, -12 and -24 dB: at 30 dB of range, 1, 0.6 and 0.2; -36 dB is below the range.
    partials = {441.7: 1.0, 1000.2: 10 ** (-12 / 20), 3003.0: 10 ** (-24 / 20), 5000.0: 10 ** (-36 / 20)}
    hz, levels = find_partials(*spectrum_of(partials))
    assert hz == pytest.approx([441.7, 1000.2, 3003.0], abs=0.5)
    assert levels == pytest.approx([1.0, 0.6, 0.2], abs=0.04)  # 1.2 dB: peaks lie between the bins


def test_what_lies_outside_20_to_12500_hz_is_not_a_partial():
    hz, levels = find_partials(*spectrum_of({12.0: 1.0, 600.0: 0.5, 12800.0: 1.0}, 0.5, 44100))
    assert hz == pytest.approx([600.0], abs=0.5)
    assert levels == pytest.approx([1 - 6.02 / 30], abs=0.02)  # dB below what is too high to be one


@pytest.mark.slow
def test_the_level_near_a_frequency_is_that_of_the_strongest_within_reach():
    hz, levels = np.array([100.0, 104.0, 107.0, 200.0]), np.array([0.3, 0.7, 0.9, 0.5])
    assert level_near(hz, levels, 102.0, 3.0) == 0.7
    assert level_near(hz, levels, 100.0, 7.0) == 0.9
    assert level_near(hz, levels, 150.0, 10.0) == 0.0
    assert level_near(hz, levels, 500.0, 10.0) == 0.0


def test_the_height_between_lags_is_that_of_the_parabola():
    # 1 - (lag - 3.25)^2 is a parabola itself.
    correlation = 1 - (np.arange(8) - 3.25) ** 2
    assert height_at(correlation, 3.25) == pytest.approx(1.0)
    assert height_at(correlation, 2.75) == pytest.approx(0.75)
    assert height_at(correlation, 6.0) == 0.0  # below zero
    assert height_at(correlation, 40.0) == 0.0  # beyond the end


@pytest.mark.slow
def test_candidates_are_periods_and_the_strongest_partials_with_their_submultiples():
    rate = 44100.0
    correlation = np.cos(2 * np.pi * 210.0 * np.arange(1700) / rate)  # periods of 210 Hz, 105 Hz, 70 Hz ...
    found = find_candidates(correlation, rate, np.array([1000.0]), np.array([1.0]))
    for wanted in (210.0, 105.0, 70.0, 1000.0, 500.0, 1000 / 3, 250.0):
        assert np.abs(found / wanted - 1).min() < 1e-3
    assert found.min() >= 26.0
    assert len(set(found)) == len(found)


@pytest.mark.slow
def test_the_note_is_the_strong_partial_near_the_period():
    period_of_450 = np.cos(2 * np.pi * 450.0 * np.arange(800) / RATE)
    assert found_in({440: 1.0}, period_of_450) == pytest.approx(440.0, abs=0.1)
    # Not if the other partials are multiples of the period itself: then the first is out of tune.
    mistuned = {440: 0.5, 900: 1.0, 1350: 1.0, 1800: 1.0, 2250: 1.0}
    assert found_in(mistuned, period_of_450) == pytest.approx(450.0, abs=1)
    # Nor where a frame holds fewer than eight periods.
    assert found_in({440: 1.0}, period_of_450, 60.0) == pytest.approx(450.0, abs=1)


def test_no_candidate_has_a_period_longer_than_the_autocorrelation():
    found = find_candidates(np.cos(np.arange(100) / 3), 44100.0, np.array([900.0]), np.array([1.0]))
    assert found.min() > 44100 / 100


def test_above_5_khz_a_candidate_is_a_partial_and_not_a_period():
    # The autocorrelation of 6 kHz: its periods are those of 6, 3, 2, 1.5, ... kHz.
    rate, hz = 48_000.0, 6000.0
    found = find_candidates(np.cos(2 * np.pi * hz / rate * np.arange(200)), rate, np.array([7000.0]), np.array([1.0]))
    assert found.max() == 7000
    assert np.abs(found - 6000).min() > 800
    assert np.abs(found - 3000).min() < 50


@pytest.mark.parametrize(
    ("partials", "wanted"),
    [
        ({100: 1.0}, 1.0),  # the root alone
        ({100: 0.5, 200: 1.0}, 0.5 + 1 / 4),  # and the second
        ({100: 1.0, 200: 0.8, 300: 0.6, 400: 0.4, 500: 0.2, 600: 1.0}, 1.0 + 2.0 / 4),  # the sixth does not count
        ({200: 0.9, 300: 0.7, 400: 0.8}, 0.7 + 2.4 / 4),  # no root: the least of 2, 3 and 4
        ({200: 0.9, 300: 0.7}, 0.0 + 1.6 / 4),  # one of them is missing
        ({200: 1.0}, -np.inf),  # a single partial, and not the first
        ({100: 1.0, 150: 0.6}, 1.0),  # one half alone is by chance
        ({100: 1.0, 50: 0.3, 150: 0.6, 250: 0.9}, 1.0 - 0.6),  # of three halves, the second strongest
        ({100: 1.0, 100 / 3: 0.6, 400 / 3: 0.3}, 1.0 - 0.9 / 6),  # thirds: the mean of six
        ({97: 1.0}, 1.0),  # 3 % flat
        ({95: 1.0}, -np.inf),  # 5 % flat is another note, and nothing is left
        ({100: 1.0, 204: 0.8, 530: 0.4}, 1.0 + 0.8 / 4),  # 4 % of the fundamental at the second, 30 % at the fifth
        ({100: 1.0, 507: 0.4}, 1.0 + 0.4 / 4),  # 7 % of the fundamental at the fifth: a stiff string
    ],
)
def test_support_adds_what_speaks_for_and_against(partials, wanted):
    assert support_of(100.0, partials) == pytest.approx(wanted)


def test_periods_decide_between_notes_that_partials_support_alike():
    equal = {300: 1.0, 700: 1.0}
    for hz in equal:
        assert found_in(equal, np.cos(2 * np.pi * hz * np.arange(800) / RATE)) == pytest.approx(hz, abs=0.1)


def test_a_coarse_resolution_allows_more_but_not_half_the_way():
    assert support_of(100.0, {110: 1.0}, resolution=22.0) == pytest.approx(1.0)
    assert support_of(100.0, {142: 1.0}, resolution=90.0) == -np.inf


def test_silence_has_no_fundamental():
    zeros = np.zeros((1, 500), np.float32)
    found, partials, bounds = fundamentals(zeros, 5.0, 5.0, zeros, np.ones(500, np.float32), 44100.0)
    assert found.tolist() == [[0.0, 0.0, 0.0]]
    assert (partials.shape, bounds.tolist()) == ((2, 0), [0, 0])


@pytest.mark.parametrize(("values", "most"), [([], 3), ([1.0], 3), ([2.0, 5.0, 5.0, 1.0, 5.0, 3.0], 4), ([0.0] * 9, 5)])
def test_the_highest_are_those_of_a_stable_sort(values, most):
    values = np.array(values)
    found = _highest(values, np.empty(min(most, len(values)), np.int64))
    assert found.tolist() == np.argsort(-values, kind="stable")[:most].tolist()


def support_worked_out(f, partials, resolution):
    """For a fundamental: its level, or the least of the second to fourth; the mean of the second to fifth. Against it:
    the second strongest at halves, one of the lower two at least; and the mean at thirds.
    """

    def near(multiple, share, farthest=0.25, times=1):
        """The level near a multiple, within a share of f or half of the resolution, but not farther than that."""
        reach = times * f * min(max(share, resolution / 2 / f), farthest)
        return max((level for hz, level in partials if abs(hz - multiple * f) <= reach), default=0.0)

    root = max(near(1, 0.04), min(near(2, 0.05), near(3, 0.05, times=2), near(4, 0.05)))
    above = np.mean([near(k, 0.02 + 0.012 * k) for k in (2, 3, 4, 5)])
    if not root and above <= 0.26:
        return -np.inf
    low, high, third = (near(k, 0.04, 0.12) for k in (0.5, 1.5, 2.5))
    thirds = np.mean([near(k / 3, 0.04, 0.08) for k in (1, 2, 4, 5, 7, 8)])
    return root + above - max(min(low, high), min(max(low, high), third)) - thirds


RATIOS = [1, 2, 3, 4, 5, 0.5, 1.5, 2.5, 1 / 3, 2 / 3, 4 / 3, 5 / 3, 7 / 3, 8 / 3, 3.5]


def test_support_by_brute_force():
    random = np.random.default_rng(9)
    none = 0
    for _ in range(250):
        f, resolution = random.uniform(50, 500), random.choice([2.0, 10.0, 40.0])
        ratios = random.choice(RATIOS, random.integers(2, 11), replace=False)
        hz = np.sort(f * ratios * random.uniform(0.96, 1.04, len(ratios)))
        levels = random.uniform(0.05, 1, len(hz))
        expected = support_worked_out(f, list(zip(hz.tolist(), levels.tolist())), resolution)
        assert support(f, hz, levels, resolution) == pytest.approx(expected)
        none += expected == -np.inf
    assert 5 < none < 150


def test_the_partial_near_a_candidate_by_brute_force():
    random = np.random.default_rng(11)
    moved = 0
    for _ in range(200):
        candidate, resolution = random.uniform(100, 1000), random.choice([5.0, 20.0])
        hz = np.sort(candidate * random.uniform(0.9, 1.1, random.integers(0, 6)))
        levels = random.uniform(0.2, 1, len(hz))
        near = [(level, -f) for f, level in zip(hz, levels) if abs(f / candidate - 1) <= 0.045 and level > 0.4]
        # Where eight periods are resolved.
        expected = -max(near)[1] if near and candidate >= 8 * resolution else candidate
        assert partials._partial_near(candidate, hz, levels, resolution) == expected
        moved += expected != candidate
    assert moved > 30


def test_the_share_of_the_strongest_partials():
    power = np.ones(1000)
    hz = np.array([100.0, 200.0, 300.0, 400.0, 500.0, 600.0])  # in bins of 2 Hz
    levels = np.array([0.9, 0.2, 1.0, 0.8, 0.7, 0.6])
    for n, f in enumerate(hz):
        power[round(f / 2)] = 50.0 * (n + 1)
    # Within 1.5 resolutions, 6 Hz, lie seven bins of each of the five strongest: all but the second.
    tonal = sum(50 * n for n in (1, 3, 4, 5, 6)) + 5 * 6
    assert partials._tonal_share(power, 2.0, 4.0, hz, levels) == pytest.approx(tonal / power.sum())


@pytest.mark.parametrize("turn", [0.01, 0.3, 1.0, 3.0])
def test_the_autocorrelation_at_any_lag_is_a_sum_of_cosines(turn):
    power = np.random.default_rng(12).exponential(1, 300)
    expected = (power[1:] * np.cos(turn * np.arange(1, 300))).sum() / power[1:].sum()
    assert partials._correlation_at(power, turn) == pytest.approx(expected, abs=1e-9)


def test_periods_are_maxima_after_the_first_fall():
    correlation = np.cos(2 * np.pi * np.arange(200) / 40.3) * np.linspace(1, 0.1, 200)
    hz, heights = partials._periods(correlation, 8000.0)
    # The last two maxima are below 0.2; each octave of lags costs 0.05.
    lags = np.array([40.3, 80.6, 120.9, 161.2])
    tall = correlation[np.round(lags).astype(int)] >= 0.2
    assert 8000 / hz == pytest.approx(lags[tall], abs=1)
    assert heights == pytest.approx(
        correlation[np.round(lags[tall]).astype(int)] - 0.05 * np.log2(np.round(lags[tall])), abs=0.01
    )
    # Lags of less than 1 / 5000 s are no periods.
    quick = np.cos(2 * np.pi * np.arange(100) / 5)
    assert 48_000 / partials._periods(quick, 48_000.0)[0] == pytest.approx(np.arange(10, 98, 5), abs=0.1)


@pytest.mark.parametrize(("low", "high"), [(60, 3000), (5500, 11_000)])
def test_the_fundamental_has_the_highest_sum_of_squared_periodicity_and_support(low, high):
    """By plain Python over all candidates: of sounds whose partials lie between `low` and `high` Hz."""
    random, rate, step, resolution = np.random.default_rng(low), 44100.0, 4.0, 4.0
    decided = set()
    for _ in range(60):
        power = np.full(3000, 1e-9)
        # Peaks of bins apart, so that each is one partial; most of the power is theirs.
        places = random.choice(np.arange(int(low / step), int(high / step), 6), 4, replace=False)
        power[places] = random.uniform(0.05, 1, len(places))
        ratio = 2 * np.pi * step / rate * np.outer(np.arange(900), places)
        correlation = (np.cos(ratio) * random.uniform(0, 1, len(places))).mean(axis=1)
        correlation /= correlation[0]
        hz, levels = find_partials(power, step, resolution)
        best = (-np.inf, 0.0)
        for candidate in find_candidates(correlation, rate, hz, levels):
            near = partials._partial_near(candidate, hz, levels, resolution)
            own, moved = support(candidate, hz, levels, resolution), support(near, hz, levels, resolution)
            f, known = (near, moved) if moved >= own - 0.05 else (candidate, own)
            if candidate <= 5000:
                height = height_at(correlation, rate / candidate)
            else:
                cosines = np.cos(2 * np.pi * step / candidate * np.arange(1, len(power)))
                height = max((power[1:] * cosines).sum() / power[1:].sum(), 0)
            if known > -np.inf and f <= 12_000 and height**2 + known > best[0]:
                best, above = (height**2 + known, f), bool(candidate > 5000)
        found, _, _ = fundamentals(power[None], step, resolution, correlation[None], np.ones(1000), rate)
        assert found[0, 0] == pytest.approx(best[1])
        decided.add(above)
    assert (low > 5000) in decided
