"""Recursive filters beside SciPy's, whole and in blocks."""

import numpy as np
import scipy.signal

from lib.audio.biquads import filter_sections


def test_sections_filter_as_scipy_does_however_the_sound_is_cut():
    sections = scipy.signal.butter(5, [0.1, 0.3], "bandpass", output="sos")
    sound = np.random.default_rng(1).normal(size=5000)
    state = np.zeros((len(sections), 2))
    found = np.concatenate([filter_sections(sections, part, state) for part in np.split(sound, [0, 1, 7, 900, 3333])])
    expected, last = scipy.signal.sosfilt(sections, sound, zi=np.zeros((len(sections), 2)))
    assert np.array_equal(found, expected)
    assert np.array_equal(state, last)
