"""The lowest mode of a bar or a small bell by plain Python, of partials at the limits."""

import numpy as np
import pytest

from lib.audio.modes import harmonics, lowest_mode, stands_out
from tests.support.bell_rules import LIMITS, harmonics_of, lowest_of
from tests.support.each import each

RATIOS = [2.3, 2.49, 2.51, 2.66, 2.81, 2.83, 3.05, 3.39, 3.41, 4.0, 4.2, 4.21, 5.02, 5.25, 5.46, 5.48, 6.3, 8.0, 8.1,
          1 / 0.42, 1 / 0.8, 1.1]  # fmt: skip
# Of the second to the fifth multiple: their mean is none, at a limit, or just beyond it.
HARMONICS = [(), (), (), (0.6, 0.6), (0.6, 0.61), (0.4, 0.4, 0.4), (1, 1), (1, 1, 0.01), (0.8, 0.8, 0.8)]


def drawn(seed):
    """A frequency near a strong partial, with fainter ones below it, some above, and some of its multiples."""
    random = np.random.default_rng(seed)
    strong = float(random.choice([480, 640, 800, 1000, 2000]))
    found = {strong: float(random.choice([0.2, 0.21, 0.8, 1.0]))}
    for ratio in random.choice(RATIOS, random.choice([0, 1, 1, 2, 3, 5]), replace=False):
        found[strong / ratio] = random.choice(LIMITS[4:])
    for place in random.choice([50, 60, 60.5, 80, 99, 100, 101, 120], random.choice([0, 0, 0, 1, 2]), replace=False):
        found[place] = random.choice(LIMITS[4:])
    for k, level in zip((2, 3, 4, 5), random.choice(np.array(HARMONICS, object))):
        found[k * strong] = level
    for ratio in random.choice([1.04, 0.96, 1.051, 0.949, 1.97, 1.5, 2.6, 6.7, 2.03, 2.04], random.integers(0, 4)):
        found[strong * ratio] = random.choice(LIMITS[4:])
    hz = np.array(sorted(found))
    f = strong * float(random.choice([1, 1, 1, 1.02, 0.97, 1 / 1.049, 1 / 1.051, 0.5, 1 / 3]))
    return f, hz, np.array([found[p] for p in hz], float), float(random.choice([5, 5, 5, 100 / 12, 16, 50]))


@pytest.mark.parametrize("part", range(2))
def test_lowest_modes_at_the_limits_by_brute_force(part):
    flat, power = np.ones(14_000), np.zeros(14_000)
    lower, moved = 0, 0
    for seed in range(400 * part, 400 * part + 400):
        f, hz, levels, resolution = drawn(seed)
        assert harmonics(f, hz, levels, resolution) == pytest.approx(harmonics_of(f, hz, levels, resolution))
        power[:] = 0
        power[(hz + 0.5).astype(int)] = 1
        for shown, outstanding in ((power, True), (flat, False)):
            expected = lowest_of(f, hz.tolist(), levels.tolist(), resolution, outstanding)
            assert lowest_mode(f, shown, 1.0, resolution, hz, levels) == pytest.approx(expected), seed
        low = lowest_of(f, hz.tolist(), levels.tolist(), resolution, True)
        lower += low < 0.5 * f
        moved += 0.9 * f < low < 1.1 * f and low != f
    assert min(lower, moved) > 20


@each(("step", "hz", "bin"), [(1.0, 50.4, 50), (1.0, 50.6, 51), (2.0, 100.9, 50), (2.0, 101.1, 51)])
def test_the_bin_of_a_partial_is_the_nearest(step, hz, bin):
    power = np.zeros(100)
    power[bin] = 1
    assert stands_out(power, step, 3 * step, hz)
    power[[bin - 1, bin + 1]] = 5
    power[bin] = 0
    assert not stands_out(power, step, 3 * step, hz)
