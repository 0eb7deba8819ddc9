"""Timbre: numbers that can be worked out for tones and noise, and silence that counts nothing."""

import numpy as np
import pytest

from lib.audio.fingerprint_kinds import TIMBRE
from lib.audio.fingerprints import fingerprint
from lib.audio.spectra import ANALYSIS_RATE
from lib.audio.timbre import LEVEL_WEIGHT, SHAPE_WEIGHT, TIMBRE_SIZE, sounding, timbre, timbre_space
from tests.support.each import each
from tests.support.media_factory import struck, tone

PEAK, HALF, MOST, CENTROID, FIRST, FLATNESS, CREST = range(26, 33)
RNG = np.random.default_rng(1)
NOISE = (0.1 * RNG.standard_normal(9000)).astype(np.float32)


@each("silence", [1, 500, 2000, 11025])
@each("sound", [struck(440, 0.2), NOISE, NOISE[:700], tone(900, 0.3, ANALYSIS_RATE)])
def test_silence_that_follows_changes_nothing(sound, silence):
    longer = np.concatenate([sound, np.zeros(silence, np.float32)]).astype(np.float32)
    assert fingerprint(longer, TIMBRE).tobytes() == fingerprint(sound, TIMBRE).tobytes()


def test_the_end_below_50_db_is_not_sound():
    loud, faint = NOISE[:5120], NOISE[:5120]
    assert len(sounding(np.concatenate([loud, faint * np.float32(10 ** (-45 / 20))]))) == 10240
    assert len(sounding(np.concatenate([loud, faint * np.float32(10 ** (-57 / 20))]))) == 5120
    # In the middle it is a part of the sound.
    assert len(sounding(np.concatenate([loud, faint * 0, loud]))) == 15360


def test_the_level_does_not_count():
    assert timbre(NOISE / 4) == pytest.approx(timbre(NOISE), abs=1e-4)


def test_a_tone_has_its_frequency_for_centroid():
    vector = timbre(tone(2000, 0.5, ANALYSIS_RATE))
    assert np.exp(vector[[CENTROID, FIRST]]) == pytest.approx([2000, 2000], rel=0.05)
    # A sine's crest factor is the square root of 2; half of its energy is in its first half, 90 % in its first 90 %.
    assert vector[CREST] == pytest.approx(20 * np.log10(2**0.5), abs=0.2)
    assert np.exp(vector[[HALF, MOST]]) - 5 == pytest.approx([250, 450], abs=4)
    assert vector[FLATNESS] < timbre(NOISE)[FLATNESS] - 1


def test_the_peak_is_where_it_is():
    swell = np.concatenate([NOISE[:4410] * 0.01, NOISE[4410:5000], NOISE[5000:] * 0.01]).astype(np.float32)
    assert 195 < np.exp(timbre(swell)[PEAK]) - 5 < 230


def test_the_means_and_deviations_of_a_steady_tone():
    # 8 periods in a hop: all frames but those at the ends are alike.
    steady = np.cos(2 * np.pi * 8 / 512 * np.arange(512 * 20)).astype(np.float32)
    assert timbre(steady)[13:26].max() < timbre(NOISE * np.geomspace(1, 0.01, 9000).astype(np.float32))[13:26].max()


def test_levels_end_at_a_true_80_db():
    # A tone beside which all else is rounding: most bands are at -80 dB, and the first coefficient, orthonormal over
    # 128 bands, is near -80 * sqrt(128).
    assert timbre(tone(1000, 0.5, ANALYSIS_RATE))[0] == pytest.approx(-80 * 128**0.5, rel=0.15)


def test_the_space_is_standardised():
    vectors = np.random.default_rng(2).normal(3, np.arange(1, TIMBRE_SIZE + 1), (400, TIMBRE_SIZE))
    points = timbre_space(vectors)
    deviations = points.std(axis=0)
    assert points.mean(axis=0) == pytest.approx(np.zeros(TIMBRE_SIZE), abs=1e-4)
    assert deviations[26:] == pytest.approx([SHAPE_WEIGHT] * 7, rel=1e-3)
    # One scale: what varies twice as much counts twice as much; over all but the level's, the mean square is 1.
    assert (deviations[1:26] ** 2).mean() == pytest.approx(1, rel=1e-3)
    ratio = vectors[:, 0].std() / vectors[:, 5].std()
    assert deviations[0] / deviations[5] == pytest.approx(LEVEL_WEIGHT * ratio, rel=1e-3)


def test_silent_sounds_do_not_count_in_the_scales():
    vectors = np.random.default_rng(2).normal(3, 1, (50, TIMBRE_SIZE))
    mixed = timbre_space(np.concatenate([vectors, np.zeros((9, TIMBRE_SIZE))]))
    assert mixed[:50].tobytes() == timbre_space(vectors).tobytes()
    assert np.isfinite(mixed).all()
    assert not timbre_space(np.zeros((3, TIMBRE_SIZE))).any()


def test_equal_sounds_are_at_one_point():
    assert not timbre_space(np.stack([timbre(NOISE)] * 7)).any()


@each("samples", [1, 2, 63, 64, 65, 511, 512, 513, 2048, ANALYSIS_RATE])
def test_sounds_of_any_length_work(samples):
    vector = fingerprint(np.random.default_rng(samples).standard_normal(samples).astype(np.float32), TIMBRE)
    assert vector.shape == (33,)
    assert vector.any()
    assert np.isfinite(vector).all()


@each("sound", [np.zeros(0), np.zeros(5000), np.full(3000, np.nan), [np.inf, *np.zeros(99)]])
def test_what_has_no_timbre_is_zeros(sound):
    assert not fingerprint(np.asarray(sound, np.float32), TIMBRE).any()
