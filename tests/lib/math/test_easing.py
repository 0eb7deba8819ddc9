"""Easing: values worked out by hand."""

import numpy as np
import pytest

from lib.math.easing import bell, cubic, glow, mix, progress, quad, quad_bell, sine, when_sine


@pytest.mark.parametrize("ease", [sine, quad, cubic])
def test_easings_go_from_0_to_1_and_turn_in_the_middle(ease):
    assert ease(np.array([-1, 0, 0.5, 1, 2])) == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-12)
    n = np.linspace(0, 1, 101)
    assert (np.diff(ease(n)) > 0).all()
    assert ease(n) + ease(1 - n) == pytest.approx(np.ones(101))


def test_quarters():
    assert float(sine(1 / 3)) == pytest.approx(0.25)  # (1 - cos 60 degrees) / 2
    assert float(quad(0.25)) == 0.125
    assert float(cubic(0.25)) == 0.0625
    assert bell(np.array([0, 0.25, 0.5, 0.75, 1])) == pytest.approx([0, 0.5, 1, 0.5, 0], abs=1e-12)


def test_a_glow_is_highest_at_a_fifth():
    assert glow(np.array([0, 0.1, 0.2, 0.6, 1])) == pytest.approx([0, 0.5, 1, 0.5, 0], abs=1e-12)


def test_mix():
    assert float(mix((10, 20), 0.25)) == 12.5
    assert mix((np.array([0, 1]), 2), 0.5) == pytest.approx([1, 1.5])


def test_progress_over_no_time_jumps():
    assert progress(np.array([4, 5, 6]), 5, 0).tolist() == [0, 1, 1]
    assert progress(np.array([4, 6, 99]), 5, 4).tolist() == [0, 0.25, 1]


def test_progress_over_a_short_time():
    assert progress(np.array([4.75, 5, 5.125, 5.25, 6]), 5, 0.25).tolist() == [0, 0, 0.5, 1, 1]
    assert progress(np.array([4, 5, 5.5, 6, 7]), 5, 1).tolist() == [0, 0, 0.5, 1, 1]
    assert progress(np.array([4, 5, 6]), 5, np.array([-1, -1, -1])).tolist() == [0, 1, 1]


def test_bells_are_0_outside():
    beyond = np.array([-1, -0.25, 0, 1, 1.25, 1.5, 3])
    assert bell(beyond) == pytest.approx(np.zeros(7), abs=1e-12)
    assert quad_bell(beyond).tolist() == [0] * 7
    assert glow(beyond) == pytest.approx(np.zeros(7), abs=1e-12)


def test_two_quadratic_eases_back_to_back():
    # 2 n^2 up to a half of each: an eighth of the way is an eighth of the height.
    n = np.array([0, 0.125, 0.25, 0.375, 0.5])
    assert quad_bell(n).tolist() == [0, 0.125, 0.5, 0.875, 1]
    assert quad_bell(1 - n).tolist() == [0, 0.125, 0.5, 0.875, 1]


def test_the_inverse_of_the_sine():
    assert when_sine(np.array([-1, 0, 0.25, 0.5, 0.75, 1, 1.25])) == pytest.approx([0, 0, 1 / 3, 1 / 2, 2 / 3, 1, 1])
    n = np.linspace(0, 1, 33)
    assert when_sine(sine(n)) == pytest.approx(n, abs=1e-7)


def test_a_glow_of_another_rise():
    assert glow(np.array([0.25, 0.5, 0.75]), rise=0.5) == pytest.approx([0.5, 1, 0.5])
