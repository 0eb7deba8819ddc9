"""Large arrays are approximately equal when their numbers are, as pytest says of each pair."""

import numpy as np
import pytest

from tests.support.approx import MANY, all_within
from tests.support.each import each


def numbers_within(expected, actual, **tolerances):
    """Compare number by number."""
    return all(number == pytest.approx(wanted, **tolerances) for number, wanted in zip(actual, expected))


@each("tolerances", [{}, {"abs": 1e-3}, {"rel": 1e-2}, {"abs": 1e-3, "rel": 1e-2}, {"abs": 0}, {"rel": 0}])
@each("factor", [0, 0.9, 1.1])
@each("size", [1e-9, 1.0, 1e5])
def test_it_is_what_pytest_says_of_each_number(tolerances, factor, size):
    rng = np.random.default_rng(1)
    expected = size * rng.uniform(-1, 1, 4 * MANY)
    relative = tolerances.get("rel", 0 if "abs" in tolerances else 1e-6)
    reach = np.maximum(tolerances.get("abs", 1e-12), relative * np.abs(expected))
    actual = expected + factor * reach
    same = numbers_within(expected, actual, **tolerances)
    assert same == (factor < 1 or not reach.any())
    assert all_within(pytest.approx(expected, **tolerances), actual) == same
    assert (actual == pytest.approx(expected, **tolerances)) == same
    # One of them is enough.
    actual = expected.copy()
    actual[7] += 1.1 * reach[7] + 1e-9 * size
    assert not all_within(pytest.approx(expected, **tolerances), actual)
    assert actual != pytest.approx(expected, **tolerances)


@each("kind", [np.float32, np.float64, np.int16])
def test_arrays_of_one_number(kind):
    actual = np.full((MANY, 2), 7, kind)
    assert all_within(pytest.approx(7), actual)
    assert actual == pytest.approx(7)
    actual[3, 1] = 8
    assert not all_within(pytest.approx(7), actual)
    assert actual != pytest.approx(7)
    assert actual == pytest.approx(7, abs=1)


def test_what_is_no_number_is_left_to_pytest():
    expected = np.zeros(MANY)
    for odd in (np.nan, np.inf):
        expected[3] = odd
        assert not all_within(pytest.approx(expected), expected.copy())
        assert (expected.copy() == pytest.approx(expected)) == (odd == np.inf)
        assert expected.copy() == pytest.approx(expected, nan_ok=True)
        assert np.zeros(MANY) != pytest.approx(expected)
        assert expected != pytest.approx(np.zeros(MANY))
    assert np.zeros(MANY) != pytest.approx(np.zeros(MANY + 1))
    assert np.zeros((MANY, 1)) != pytest.approx(np.zeros(MANY))
    assert np.full(MANY, 2j) == pytest.approx(np.full(MANY, 2j))


def test_a_difference_is_reported_as_pytest_does():
    actual = np.zeros(MANY)
    actual[7] = 1
    with pytest.raises(AssertionError, match=r"Mismatched elements: 1 / 50"):
        assert actual == pytest.approx(np.zeros(MANY))
