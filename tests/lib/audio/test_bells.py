import numpy as np
import pytest

from lib.audio.bells import lowest_mode, strike_note, unexplained
from lib.audio.partials import find_partials
from tests.support.sines import spectrum_of


def test_what_is_no_multiple_is_unexplained():
    hz, levels = np.array([100.0, 200.0, 270.0, 300.0]), np.array([1.0, 0.5, 0.5, 1.0])
    assert unexplained(100.0, hz, levels, 1.0) == pytest.approx(0.5 / 3)
    assert unexplained(200.0, hz, levels, 1.0) == pytest.approx(2.5 / 3)  # what lies below it is no multiple either
    assert unexplained(100.0, hz[:0], levels[:0], 1.0) == 0.0


def test_the_strike_note_is_half_of_the_nominal():
    bell = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0]) * 400
    assert strike_note(bell, np.full(7, 0.8), 5.0) == pytest.approx(400)
    tube = np.array([1.22, 2.0, 2.97, 4.12]) * 400  # nothing vibrates at 400 Hz
    assert strike_note(tube, np.full(4, 0.8), 5.0) == pytest.approx(400)
    assert strike_note(np.arange(1, 11) * 80.0, np.full(10, 0.8), 5.0) == 0.0
    assert strike_note(np.array([400.0, 800.0, 1200.0]), np.full(3, 0.8), 5.0) == 0.0


def test_a_bar_has_its_lowest_mode_though_it_is_the_fainter_one():
    bar = spectrum_of({500.0: 0.3, 1378.0: 1.0, 2702.0: 0.4})
    assert lowest_mode(1378.0, *bar, *find_partials(*bar)) == pytest.approx(500.0, abs=1)
    harmonic = spectrum_of({500.0: 0.3, 1378.0: 1.0, 2756.0: 0.8, 4134.0: 0.8})  # the 500 Hz are another sound
    assert lowest_mode(1378.0, *harmonic, *find_partials(*harmonic)) == pytest.approx(1378.0)
