"""The course of a spectrum: the same whatever the levels, and that of each part of a sound."""

import numpy as np
import pytest

from lib.audio.course import COURSE_SIZE, course, part_shares
from lib.audio.fingerprint_kinds import COURSE
from lib.audio.fingerprints import fingerprint
from lib.audio.spectra import ANALYSIS_RATE
from tests.support.media_factory import tone

NOISE = (0.1 * np.random.default_rng(1).standard_normal(ANALYSIS_RATE)).astype(np.float32)


def parts(sound):
    return course(sound).reshape(3, -1)


def test_levels_do_not_count():
    fading = NOISE * np.linspace(1, 0.1, len(NOISE), dtype=np.float32)
    assert course(fading / 3) == pytest.approx(course(NOISE), abs=0.5)
    # Another sound is far away.
    assert np.abs(course(NOISE) - course(tone(500, 1.0, ANALYSIS_RATE))).max() > 20


def test_silence_after_a_sound_changes_nothing():
    longer = np.concatenate([NOISE[:9000], np.zeros(7000, np.float32)])
    assert fingerprint(longer, COURSE).tobytes() == fingerprint(NOISE[:9000], COURSE).tobytes()


def test_a_tone_is_alone_in_its_bands():
    """All but its own bands and their neighbours are 35 dB below it, or more; the floor is 45 dB below."""
    levels = parts(tone(3000, 1.0, ANALYSIS_RATE))
    assert (levels >= -45).all()
    assert (levels < -35).sum(axis=1).min() >= 30


def test_each_part_has_its_own_spectrum():
    low, high = tone(500, 1.0, ANALYSIS_RATE), tone(3000, 1.0, ANALYSIS_RATE)
    # The third part begins at 280 ms; a frame has 93 ms.
    change = round(0.23 * ANALYSIS_RATE)
    both = parts(np.concatenate([low[:change], high[change:]]))
    assert both[0] == pytest.approx(parts(low)[0], abs=1e-3)
    assert both[2] == pytest.approx(parts(high)[2], abs=1)
    assert np.abs(parts(low)[2] - parts(high)[2]).max() > 10


def test_a_short_sound_stays_as_it_ends():
    short = parts(NOISE[:1500])
    assert short[1].tolist() == short[0].tolist() == short[2].tolist()
    assert len(course(NOISE[:1])) == COURSE_SIZE


def test_the_shares_of_parts_are_those_of_their_times():
    # Frames of 23.22 ms: the first part has four, the second eight.
    assert part_shares(np.array([10.0, 92.0])) == pytest.approx(np.array([[1.0, 0, 0], [1.0, 0, 0]]))
    half = 8 * 512 / 22.05
    assert part_shares(np.array([half, 6 * half])) == pytest.approx(
        np.array([[0.5, 0.5, 0], [4, 8, 36]] / np.array([[1], [48]]))
    )
