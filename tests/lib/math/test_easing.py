"""Easing: values worked out by hand."""

import numpy as np
import pytest

from lib.math.easing import bell, cubic, glow, mix, progress, quad, sine


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
