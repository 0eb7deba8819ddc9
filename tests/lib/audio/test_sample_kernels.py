"""The kernels of the reader, against sums and interpolation in plain NumPy."""

import numpy as np
import pytest

from lib.audio.sample_kernels import interpolate, judged_sums
from tests.support.each import each


def places_of(count):
    """The samples that are judged: 3 to 10 apart, by Knuth's linear congruential generator."""
    place, noise = 0, 1
    while place < count:
        yield place
        noise = (noise * 1664525 + 1013904223) % 2**32
        place += 3 + (noise >> 29)


@each("count", [0, 1, 2, 500])
def test_sums_are_those_of_some_samples_of_each_channel_and_mix(count):
    values = np.random.default_rng(1).standard_normal((count, 3)).astype(np.float32)
    weights = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]])
    taken = values[list(places_of(count))].astype(float)
    every = np.concatenate([taken, taken @ weights.T], axis=1)
    found = judged_sums(values, weights)
    assert found[:, :5] == pytest.approx(np.array([every.sum(axis=0), (every**2).sum(axis=0)]), abs=1e-6)
    assert found[:, 5].tolist() == [len(taken), 0]
    assert count < 9 or 1 / 8 < len(taken) / count < 1 / 5


@each(("first", "step"), [(0.0, 1.0), (-2.5, 0.3), (3.25, 1.7), (35.0, 1.0), (-9.0, 2.0)])
def test_values_between_samples_are_sums_of_those_around(first, step):
    random = np.random.default_rng(2)
    values, table = random.standard_normal((40, 2)).astype(np.float32), random.standard_normal((9, 6))
    out = np.full((20, 2), 7, np.float32)
    interpolate(values, first, step, table, out)
    for n, row in enumerate(out):
        place = first + n * step
        whole = int(np.floor(place))
        # Of six taps, two lie before the sample before the place; each is read between two rows of the table.
        taps = [np.interp((place - whole) * 8, np.arange(9), table[:, k]) for k in range(6)]
        around = [(tap, whole + k - 2) for k, tap in enumerate(taps)]
        expected = sum((tap * values[at].astype(float) for tap, at in around if 0 <= at < 40), np.zeros(2))
        assert row == pytest.approx(expected, abs=1e-4)
