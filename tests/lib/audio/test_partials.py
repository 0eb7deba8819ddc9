import math

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
from tests.support.each import each
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


def test_peaks_of_the_same_height_are_partials_however_near():
    """Every other bin, as of two equal clicks far apart in a window: there is room for all of them."""
    powers = np.ones((2, 700))
    powers[:, 1::2] = 4.0
    correlations = np.ones((2, 5), np.float32)
    _, listed, bounds = fundamentals(powers, 20.0, 40.0, correlations, np.ones(1000), 1000.0)
    hz, levels = find_partials(powers[0], 20.0, 40.0)
    assert hz.tolist() == pytest.approx(np.arange(20, 12_500, 40).tolist())
    assert bounds.tolist() == [0, len(hz), 2 * len(hz)]
    assert listed.tolist() == [[*hz, *hz], [*levels, *levels]]


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


@each(
    ("partials", "wanted"),
    [
        ({100: 1.0}, 1.0),  # the root alone
        ({100: 0.5, 200: 1.0}, 0.5 + 1 / 4),  # and the second
        ({100: 1.0, 200: 0.8, 300: 0.6, 400: 0.4, 500: 0.2, 600: 1.0}, 1.0 + 2.0 / 4),  # the sixth does not count
        ({200: 0.9, 300: 0.7, 400: 0.8}, 0.7 + 2.4 / 4),  # no root: the least of 2, 3 and 4
        ({200: 0.9, 300: 0.7}, 0.0 + 1.6 / 4),  # one of them is missing
        ({200: 1.0}, -np.inf),  # a single partial, and not the first
        ({200: 1.04}, -np.inf),
        ({200: 1.05}, 1.05 / 4),  # (more than one is ever)
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


@each(("values", "most"), [([], 3), ([1.0], 3), ([2.0, 5.0, 5.0, 1.0, 5.0, 3.0], 4), ([0.0] * 9, 5)])
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
        expected = support_worked_out(f, list(zip(hz.tolist(), levels.tolist(), strict=True)), resolution)
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
        near = [
            (level, -f) for f, level in zip(hz, levels, strict=True) if abs(f / candidate - 1) <= 0.045 and level > 0.4
        ]
        # Where eight periods are resolved.
        expected = -max(near)[1] if near and candidate >= 8 * resolution else candidate
        assert partials._partial_near(candidate, hz, levels, resolution) == expected
        moved += expected != candidate
    assert moved > 30


def test_limits_of_the_partial_near_a_candidate():
    one, half = np.array([160 * (1 + 0.045)]), np.array([0.5])
    assert partials._partial_near(160.0, one, half, 20.0) == one[0]  # eight periods, at the end of the reach
    assert partials._partial_near(159.9, np.array([160.0]), half, 20.0) == 159.9
    assert partials._partial_near(160.0, one, np.array([0.4]), 20.0) == 160
    # Of equal ones the lower.
    assert partials._partial_near(160.0, np.array([158.0, 161.0]), np.array([0.5, 0.5]), 20.0) == 158


def test_the_share_of_the_strongest_partials():
    power = np.ones(1000)
    hz = np.array([100.0, 200.0, 300.0, 400.0, 500.0, 600.0])  # in bins of 2 Hz
    levels = np.array([0.9, 0.2, 1.0, 0.8, 0.7, 0.6])
    for n, f in enumerate(hz):
        power[round(f / 2)] = 50.0 * (n + 1)
    # Within 1.5 resolutions, 6 Hz, lie seven bins of each of the five strongest: all but the second.
    tonal = sum(50 * n for n in (1, 3, 4, 5, 6)) + 5 * 6
    assert partials._tonal_share(power, 2.0, 4.0, hz, levels) == pytest.approx(tonal / power.sum())


@each("turn", [0.01, 0.3, 1.0, 3.0])
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
    # Lags of less than 1 / 5000 s are not periods.
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


def partials_worked_out(power, step, resolution):
    """Peaks from 20 to 12,500 Hz within 30 dB of the strongest, the highest within 1.5 resolutions: (Hz, level)."""
    first, end = max(math.ceil(20 / step), 1), min(int(12_500 / step), len(power) - 1)
    strongest = max(power[first:])
    reach = int(1.5 * resolution / step)
    logs = [10 * math.log10(value + 1e-30) for value in power]
    found = []
    for k in range(first, end):
        left, centre, right = power[k - 1 : k + 2]
        if not (centre > left and centre >= right and centre > strongest / 1000):
            continue
        if max(power[max(k - reach, 0) : k + reach + 1]) > centre:
            continue
        # The top of the parabola through three points: a t^2 + b t + c.
        a, b = (logs[k - 1] + logs[k + 1]) / 2 - logs[k], (logs[k + 1] - logs[k - 1]) / 2
        top = logs[k] - b * b / (4 * a)
        found.append(((k - b / (2 * a)) * step, 1 + (top - 10 * math.log10(strongest)) / 30))
    return found


@pytest.mark.parametrize(("bins", "step", "resolution"), [(300, 6.5, 8.0), (260, 50.0, 80.0), (240, 50.0, 30.0)])
def test_partials_by_brute_force(bins, step, resolution):
    random, found = np.random.default_rng(bins), 0
    for _ in range(60):
        power = random.exponential(1, bins) * 10 ** random.uniform(-3.2, 0, bins)
        power[random.integers(0, bins, 40)] = 0.0
        power[random.integers(0, bins - 1, 20)] = power[random.integers(0, bins, 20)]  # equal ones
        places = random.integers(0, bins - 1, 10)
        power[places + 1] = power[places]
        hz, levels = find_partials(power, step, resolution)
        expected = partials_worked_out(power.tolist(), step, resolution)
        assert list(zip(hz.tolist(), levels.tolist(), strict=True)) == [pytest.approx(pair) for pair in expected]
        found += len(expected)
    assert found > 500


def test_what_is_30_db_below_the_strongest_is_no_partial():
    for level, count in ((1.0, 1), (1.001, 2)):
        power = np.zeros(50)
        power[[10, 30]] = 1000.0, level
        assert len(find_partials(power, 10.0, 10.0)[0]) == count


def candidates_worked_out(correlation, rate, partials):
    """The 15 highest maxima from 0.2 up, after the first value of 0 or less, each octave of lags at a cost of 0.05; and
    a whole to a quarter of the four strongest partials: between 26 Hz, or the longest lag, and 12 kHz.
    """
    fall = next((k for k in range(1, len(correlation)) if correlation[k] <= 0), len(correlation))
    maxima = []
    for k in range(max(fall, int(rate / 5000)), len(correlation) - 1):
        left, centre, right = correlation[k - 1 : k + 2]
        if centre >= 0.2 and centre > left and centre >= right:
            a, b = (left + right) / 2 - centre, (right - left) / 2
            maxima.append((0.05 * math.log2(k) - centre, k, rate / (k - b / (2 * a))))
    strong = sorted(partials, key=lambda pair: -pair[1])[:4]
    found = {hz for _, _, hz in sorted(maxima)[:15]} | {hz / n for hz, _ in strong for n in (1, 2, 3, 4)}
    return sorted(hz for hz in found if max(26, rate / (len(correlation) - 1)) <= hz <= 12_000)


@pytest.mark.parametrize(("rate", "lags"), [(2600.0, 220), (22_050.0, 150), (44_100.0, 90)])
def test_candidates_by_brute_force(rate, lags):
    random = np.random.default_rng(lags)
    most = 0
    for _ in range(40):
        correlation = np.round(random.uniform(-0.3, 0.7, lags), 2)  # of which some are equal
        correlation[0] = 1
        correlation[1 : 1 + random.integers(1, 12)] = 0.9
        correlation[30:33] = 0.19, 0.2, 0.1
        hz = np.sort(random.uniform(30, random.choice([300, 16_000]), random.integers(0, 8)))
        levels = random.choice([0.2, 0.5, 0.8, 1.0], len(hz))
        found = find_candidates(correlation, rate, hz, levels)
        expected = candidates_worked_out(
            correlation.tolist(), rate, list(zip(hz.tolist(), levels.tolist(), strict=True))
        )
        assert found.tolist() == pytest.approx(expected)
        most = max(most, len(expected))
    assert most > 15


def test_no_periods_and_no_partials_are_no_candidates():
    nothing = np.zeros(0)
    for correlation in (np.ones(50), np.zeros(50), np.append(np.ones(49), 0.0)):
        assert len(find_candidates(correlation, 22_050.0, nothing, nothing)) == 0
    assert find_candidates(np.ones(1700), 44_100.0, np.array([12_000.0]), np.ones(1)).tolist() == [3e3, 4e3, 6e3, 12e3]
    # The last lag but one may be a period; the longest period is that of the last.
    correlation = np.concatenate([[1.0, 0.0], np.full(97, 0.1), [0.5, 0.1]])
    assert find_candidates(correlation, 9900.0, nothing, nothing) == pytest.approx([100], rel=0.01)
    assert find_candidates(np.append(correlation[:-1], 0.6), 9900.0, nothing, nothing).tolist() == []
    assert find_candidates(correlation, 9900.0, np.array([99.0]), np.ones(1))[0] == 99
    assert find_candidates(correlation, 9900.0, np.array([98.9]), np.ones(1)) == pytest.approx([100], rel=0.01)


def heights_worked_out(correlation, lag):
    k = math.floor(lag + 0.5)
    if not 1 <= k <= len(correlation) - 2:
        return 0.0
    through = np.polyfit([-1, 0, 1], correlation[k - 1 : k + 2], 2)
    return min(max(np.polyval(through, lag - k), 0.0), 1.0)


def test_heights_by_brute_force():
    random = np.random.default_rng(3)
    for _ in range(30):
        correlation = random.uniform(-0.5, 1.2, 6)
        for lag in (0.0, 0.4, 0.5, 0.6, 1.0, 2.3, 3.5, 4.0, 4.4, 4.6, 5.0, 6.0):
            assert height_at(correlation, lag) == pytest.approx(heights_worked_out(correlation, lag))


def fundamental_worked_out(power, step, resolution, correlation, overlap, rate):
    """(Hz, autocorrelation at its period, share of the strongest five partials), from the functions tested above."""
    hz, levels = find_partials(power, step, resolution)
    best = (-np.inf, 0.0)
    for candidate in find_candidates(correlation, rate, hz, levels):
        near = partials._partial_near(candidate, hz, levels, resolution)
        own, moved = support(candidate, hz, levels, resolution), support(near, hz, levels, resolution)
        f, known = (near, moved) if moved >= own - 0.05 else (candidate, own)
        if candidate <= 5000:
            height = height_at(correlation, rate / candidate)
        else:
            cosines = [value * math.cos(2 * math.pi * k * step / candidate) for k, value in enumerate(power) if k]
            height = max(sum(cosines) / sum(power[1:]), 0)
        if known > -np.inf and f <= 12_000:
            best = max(best, (height**2 + known, f), key=lambda pair: pair[0])
    heard = power[: int(12_500 / step) + 1]
    tonal = 0.0
    for n in sorted(range(len(hz)), key=lambda n: -levels[n])[:5]:
        low, high = (hz[n] - 1.5 * resolution) / step, (hz[n] + 1.5 * resolution) / step
        tonal += sum(value for k, value in enumerate(heard) if low <= k <= high)
    tonal = min(tonal / sum(heard), 1.0)
    if not best[1]:
        return 0.0, 0.0, tonal
    # As many periods as last half a millisecond, but one at least.
    lag = max(round(best[1] / 2000), 1) / best[1]
    cosines = [value * math.cos(2 * math.pi * k * step * lag) for k, value in enumerate(heard) if k]
    whole = sum(cosines) / sum(heard[1:]) / overlap[math.floor(rate * lag + 0.5)]
    return best[1] if whole >= 0.3 or tonal >= 0.55 else 0.0, whole, tonal


@pytest.mark.parametrize("top", [1500.0, 4500.0])
def test_fundamentals_of_several_sounds_by_brute_force(top):
    """Tones in noise: some are neither periodic nor tonal; each has its own partials."""
    random, rate, step, resolution = np.random.default_rng(int(top)), 22_050.0, 25.0, 25.0
    powers, correlations = np.zeros((50, 600)), np.zeros((50, 300), np.float32)
    overlap = np.linspace(1, 0.4, 320)
    for n in range(1, 50):  # the first is silent
        f = random.uniform(150, top)
        power = random.exponential(1, 600) * random.choice([1e-4, 0.003, 0.006, 0.01]) * (np.arange(600) * step < 9000)
        multiples = np.arange(1, 10) if n % 2 else random.uniform(1, 6, 4)
        for k in multiples[random.random(len(multiples)) < 0.8]:
            if k * f < 11_000:
                power[round(k * f / step)] += random.uniform(0.3, 3) / math.sqrt(k)
        powers[n] = power
        lags = np.cos(2 * np.pi * step / rate * np.outer(np.arange(300), np.arange(600))) @ power
        correlations[n] = lags / lags[0] * overlap[:300] * random.uniform(0.5, 2)
    found, listed, bounds = fundamentals(powers, step, resolution, correlations, overlap, rate)
    kinds = set()
    assert found[0].tolist() == [0, 0, 0]
    for n in range(1, 50):
        correlation = (correlations[n] / (correlations[n, 0] * overlap[:300])).astype(np.float32)
        f, whole, tonal = fundamental_worked_out(powers[n], step, resolution, correlation, overlap, rate)
        assert found[n].tolist() == pytest.approx([f, whole, tonal], rel=1e-4), n
        hz, levels = find_partials(powers[n], step, resolution)
        assert listed[:, bounds[n] : bounds[n + 1]].tolist() == [hz.tolist(), levels.tolist()]
        kinds.add(tuple(map(bool, (f > 0, whole >= 0.3, whole >= 0.45, tonal >= 0.55, tonal >= 0.8))))
    assert bounds[:2].tolist() == [0, 0]
    assert listed.shape == (2, bounds[-1])
    # Among them those just above one of the limits only, and below both.
    assert kinds >= {(True, True, False, False, False), (True, False, False, True, False), (False,) * 5}
