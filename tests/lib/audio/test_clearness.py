"""How clear of noise a sound is, by plain Python."""

import math

import numpy as np
import pytest

from lib.audio.clearness import clearness, clearnesses


def clearness_worked_out(power, step, resolution, partials):
    """The root of the share of amplitude, up to 12,500 Hz, in the bins around the ten strongest partials, over 0.7."""
    audible = [math.sqrt(value) for k, value in enumerate(power) if k <= 12_500 / step]
    near = set()
    for _, hz in sorted(partials, key=lambda pair: -pair[0])[:10]:
        low, high = (hz - 1.5 * resolution) / step, (hz + 1.5 * resolution) / step
        near |= {k for k in range(len(audible)) if low - 1 < k < high + 1}
    return min(math.sqrt(sum(audible[k] for k in near) / sum(audible) / 0.7), 1.0)


@pytest.mark.parametrize(("bins", "step"), [(300, 20.0), (700, 20.0), (900, 13.7)])
def test_clearness_by_brute_force(bins, step):
    random = np.random.default_rng(bins)
    found = []
    for _ in range(60):
        count, resolution = random.integers(1, 15), random.choice([1.3, 0.9]) * step
        power = random.exponential(1, bins)
        hz = np.sort(random.uniform(0, bins * step, count))
        levels = random.choice([0.2, 0.5, 1.0], count)  # of equal ones the first counts
        power[(hz / step).astype(int)] += random.choice([0, 3000.0])
        expected = clearness_worked_out(
            power.tolist(), step, resolution, list(zip(levels.tolist(), hz.tolist(), strict=True))
        )
        assert clearness(power, step, resolution, hz, levels) == pytest.approx(expected)
        found.append(expected)
    assert min(found) < 0.5
    assert len({value for value in found if value < 1}) > 20


def test_what_is_a_tenth_of_a_tone_is_clear_and_what_is_half_of_one_is_not():
    # Amplitudes: 1 in each of the 8 bins that count, and 8 / 9 or 8 in all others.
    for others, wanted in ((8 / 9, 1.0), (8.0, math.sqrt(0.5 / 0.7))):
        power = np.full(100, (others / 92) ** 2)
        power[46:54] = 1
        assert clearness(power, 1.0, 2.0, np.array([49.5]), np.array([1.0])) == pytest.approx(wanted)


def test_only_what_is_not_periodic_and_has_partials_is_examined():
    power = np.ones((4, 100), np.float32)
    # Sound 0 is not quite periodic; 1 is; 2 has no partials; 3 has those that follow.
    found = np.zeros((4, 3))
    found[:, 1] = 0.949, 0.95, 0.1, 0.1
    partials, bounds = np.array([[20.0, 50.0, 70.0], [1.0, 1.0, 0.5]]), np.array([0, 1, 2, 2, 3])
    share = math.sqrt(0.05 / 0.7)  # in the bins from 18 to 22, or from 68 to 72, of 100
    assert clearnesses(found, partials, bounds, power, 1.0, 1.0).tolist() == pytest.approx([share, 1, 1, share])
