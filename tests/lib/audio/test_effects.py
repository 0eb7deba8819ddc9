"""Fades, levels, pan and reverberation against values worked out by hand or with a textbook filter."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import lfilter

from lib.audio import effects
from lib.audio.effects import MIX_RATE, Reverb
from lib.errors import MediaError
from tests.support.each import each


def constant(frames, left=1.0, right=1.0):
    return np.tile(np.array([left, right], np.float32), (frames, 1))


def noise(frames, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal((frames, 2))).astype(np.float32)


def reverberated(sound, amount):
    wet = sound.copy()
    Reverb(amount).process(wet)
    return wet


def textbook_freeverb(sound, feedback):
    """The wet part, from the filters' transfer functions: 0.459 x the delays at 44.1 kHz, rounded at 48 kHz."""
    late = np.concatenate([np.zeros(441), 0.0075 * sound.astype(float).sum(axis=1)])[: len(sound)]
    channels = []
    for spread in (0, 12):
        signs = (1, -1, 1, -1, 1, -1, 1, -1)
        combs = [c + s * spread for c, s in zip((1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617), signs)]
        passes = [c + s * spread for c, s in zip((225, 341, 441, 556), signs)]
        wet = np.zeros(len(sound))
        for n in (int(0.459 * c * 48000 / 44100 + 0.5) for c in combs):
            top, bottom = np.zeros(n + 2), np.zeros(n + 1)
            top[n], top[n + 1] = 1.0, -0.35
            bottom[0], bottom[1], bottom[n] = 1.0, -0.35, -feedback * 0.65
            wet += lfilter(top, bottom, late)
        for n in (int(0.459 * c * 48000 / 44100 + 0.5) for c in passes):
            top, bottom = np.zeros(n + 1), np.zeros(n + 1)
            top[0], top[n], bottom[0], bottom[n] = -1.0, 1.5, 1.0, -0.5
            wet = lfilter(top, bottom, wet)
        channels.append(wet)
    return np.stack(channels, axis=1)


@each(("volume", "gain"), [(0, 0), (1, 1), (math.e, 10), (math.exp(-0.5), 10**-0.5), (0.5, 0.20269)])
def test_volume_is_20_ln_decibels(volume, gain):
    assert effects.gain_of_volume(volume) == pytest.approx(gain, rel=1e-4)


@each("volume", [-0.1, math.nan, math.inf, 1e300])
def test_impossible_volumes_are_refused(volume):
    with pytest.raises(MediaError, match="volume"):
        effects.gain_of_volume(volume)


def test_levels():
    assert effects.db_of_rms(0.1) == pytest.approx(-20)
    assert effects.db_of_rms(0.0) == -math.inf
    assert effects.gain_to_level(0.1, level_db=-40) == pytest.approx(0.1)
    assert effects.gain_to_level(0.1, level_db=0) == pytest.approx(10)
    assert effects.gain_to_level(0.1) == 1.0
    assert effects.gain_to_level(0.0, level_db=-16) == 1.0


def test_a_limit_only_lowers():
    assert effects.gain_to_level(0.1, most_db=-40) == pytest.approx(0.1)
    assert effects.gain_to_level(0.1, most_db=-10) == 1.0
    assert effects.gain_to_level(0.1, level_db=0, most_db=-6) == pytest.approx(10 * 10 ** (-6 / 20))


@each(
    ("pan", "left", "right"),
    [(0, 1, 1), (-1, math.sqrt(2), 0), (1, 0, math.sqrt(2)), (0.5, 0.541196, 1.306563), (7, 0, math.sqrt(2))],
)
def test_pan_is_of_equal_power(pan, left, right):
    gains = effects.pan_gains(pan)
    assert gains == pytest.approx((left, right), abs=1e-6)
    assert gains[0] ** 2 + gains[1] ** 2 == pytest.approx(2)


def test_cut_fades_both_ends():
    sound = constant(2000, 0.5, -0.5)
    rms = effects.cut(sound, 480)
    assert sound[[0, 120, 240, 480, 1000, 1519, 1759, 1999], 0] == pytest.approx(
        [0, 0.125, 0.25, 0.5, 0.5, 0.5, 0.25, 0]
    )
    assert np.array_equal(sound[:, 1], -sound[:, 0])
    # Both ramps hold 0, 1/480, ... 479/480: their squares sum to (480 - 1)(2*480 - 1)/(6*480).
    ramp = 479 * 959 / 2880
    assert rms == pytest.approx(0.5 * math.sqrt((1040 + 2 * ramp) / 2000), rel=1e-6)


def test_cut_of_next_to_nothing():
    sound = constant(4)
    effects.cut(sound, 480)
    assert sound[:, 0].tolist() == [0, 0.5, 0.5, 0]
    assert effects.cut(constant(0), 480) == 0.0
    assert effects.cut(constant(1), 480) == 1.0


def test_damaged_samples_become_silence():
    sound = constant(100)
    sound[50], sound[51], sound[52] = math.nan, -math.inf, 1e30
    sound[53] = 30_000  # a float file with the scale of integers
    rms = effects.cut(sound, 0)
    assert np.all(sound[50:53] == 0)
    assert sound[53, 0] == 30_000
    assert rms == pytest.approx(math.sqrt((96 + 9e8) / 100))


def test_add_fades_and_sums():
    target = constant(1000, 0.25, 0.25)
    effects.add(target, constant(1000, 1.0, 1.0), 0, 0.5, 0.125, (100, 500), False)
    assert target[[0, 50, 100, 400], 0] == pytest.approx([0.25, 0.5, 0.75, 0.75])
    assert target[[749, 874, 999], 0] == pytest.approx([0.25 + 0.5 * 250 / 500, 0.25 + 0.5 * 125 / 500, 0.25])
    assert target[[50, 400], 1] == pytest.approx([0.3125, 0.375])


def test_add_from_the_middle_and_backwards():
    ramp = np.repeat(np.arange(10, dtype=np.float32)[:, None], 2, axis=1)
    target = np.zeros((3, 2), np.float32)
    effects.add(target, ramp, 4, 1.0, 1.0, (0, 0), False)
    effects.add(target, ramp, 1, 1.0, 0.0, (0, 0), True)
    assert target.tolist() == [[4 + 8, 4], [5 + 7, 5], [6 + 6, 6]]


def test_fades_of_a_backward_sound_are_those_of_what_is_heard():
    target = np.zeros((100, 2), np.float32)
    effects.add(target, constant(100), 0, 1.0, 1.0, (10, 0), True)
    assert target[[0, 5, 10, 99], 0] == pytest.approx([0, 0.5, 1, 1])


@pytest.mark.slow
def test_first_echoes_of_an_impulse():
    sound = np.zeros((4800, 2), np.float32)
    sound[0, 0] = 1.0
    wet = reverberated(sound, 80)
    # The dry impulse; then nothing for 0.459 x 20 ms (441 frames) and 0.459 x the shortest comb (1116 frames at
    # 44.1 kHz = 1215 at 48): 558.
    assert wet[0].tolist() == [1.0, 0.0]
    assert np.flatnonzero(wet[:, 0])[:3].tolist() == [0, 999, 441 + 594]
    assert np.flatnonzero(wet[:, 1])[:2].tolist() == [441 + 564, 441 + 588]
    # Half of the sum of both channels, x 0.015.
    assert wet[999, 0] == pytest.approx(0.0075)


def test_at_80_it_rings_for_two_seconds():
    sound = np.zeros((4 * MIX_RATE, 2), np.float32)
    sound[0] = 1.0
    energy = np.cumsum(np.square(reverberated(sound, 80)[1:].astype(float)).sum(axis=1)[::-1])[::-1]
    level = 10 * np.log10(energy[: 2 * MIX_RATE] / energy[0])
    # Twice the time from -5 to -35 dB.
    assert 2 * (np.argmax(level < -35) - np.argmax(level < -5)) / MIX_RATE == pytest.approx(2.2, abs=0.15)


@pytest.mark.parametrize(("amount", "feedback"), [(0, 0.3), (50, 1 - math.sqrt(0.7 * 0.02)), (100, 0.98)])
def test_reverb_is_freeverb(amount, feedback):
    sound = noise(24_000)
    expected = sound + textbook_freeverb(sound, feedback)
    assert np.abs(reverberated(sound, amount) - expected).max() < 4e-7


def test_reverb_is_linear():
    one, other = np.zeros((2, 60_000, 2), np.float32)
    one[5000:20_000], other[12_000:30_000] = noise(15_000, 1), noise(18_000, 2)
    together = reverberated(one + other, 80)
    assert np.abs(together - (reverberated(one, 80) + reverberated(other, 80))).max() < 4e-6


def test_blocks_do_not_matter():
    sound = noise(30_000)
    whole, pieces = reverberated(sound, 80), sound.copy()
    reverb = Reverb(80)
    for first in range(0, len(pieces), 1237):
        reverb.process(pieces[first : first + 1237])
    assert pieces.tobytes() == whole.tobytes()


def test_tail_decays_for_three_seconds_and_ends():
    sound = np.zeros((MIX_RATE * 5, 2), np.float32)
    sound[: MIX_RATE // 2] = noise(MIX_RATE // 2)
    wet = reverberated(sound, 80)
    end = MIX_RATE // 2 + 3 * MIX_RATE
    levels = [
        effects.db_of_rms(float(np.sqrt(np.mean(wet[s : s + MIX_RATE // 2] ** 2))))
        for s in range(MIX_RATE // 2, end, MIX_RATE // 2)
    ]
    assert len(levels) == 6
    assert all(later < earlier - 2 for earlier, later in pairwise(levels))
    assert np.abs(wet[end - MIX_RATE // 10 : end - 480]).max() > 1e-5
    assert np.all(wet[end:] == 0)


def test_after_the_tail_the_room_is_silent():
    reverb = Reverb(100)
    sound = np.zeros((MIX_RATE * 4, 2), np.float32)
    sound[:1000] = noise(1000)
    reverb.process(sound)
    again = noise(20_000, 3)
    reverb.process(again)
    assert again.tobytes() == reverberated(noise(20_000, 3), 100).tobytes()


def test_more_reverberance_rings_longer():
    sound = np.zeros((MIX_RATE * 2, 2), np.float32)
    sound[:1000] = noise(1000)
    ends = [float(np.abs(reverberated(sound, amount)[MIX_RATE:]).max()) for amount in (0, 20, 50, 80, 100)]
    assert ends == sorted(ends)
    assert ends[0] < ends[-1] / 1000


@pytest.mark.parametrize("amount", [-1, 100.5, math.nan])
def test_impossible_reverberance_is_refused(amount):
    with pytest.raises(MediaError, match="0 to 100"):
        Reverb(amount)


def test_the_tail_fades_out_over_its_last_10_ms():
    def rung(reverb):
        block = np.zeros((Reverb.TAIL + 100, 2), np.float32)
        block[0] = 1.0, -0.25
        reverb.process(block)
        return block.astype(float)

    longer = Reverb(100)
    longer.TAIL = 10 * Reverb.TAIL
    # The frame of the sound is followed by TAIL - 1 that ring.
    fade = np.clip((Reverb.TAIL - np.arange(Reverb.TAIL + 100)) / 480, 0, 1)
    expected = rung(longer) * fade[:, None]
    found = rung(Reverb(100))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-12)
    assert (found[Reverb.TAIL - 400 : Reverb.TAIL - 1] != 0).all()


def test_what_is_added_by_brute_force():
    random = np.random.default_rng(8)
    sound = random.uniform(-1, 1, (40, 2)).astype(np.float32)
    for fades in ((0, 0), (7, 0), (0, 9), (10, 30), (40, 40), (1, 1)):
        for back in (False, True):
            heard = sound[::-1] if back else sound
            first, count = int(random.integers(0, 30)), int(random.integers(1, 11))
            target = random.uniform(-1, 1, (count, 2)).astype(np.float32)
            expected = target.astype(float)
            for i in range(count):
                k = first + i
                gain = min(k / fades[0] if fades[0] else 1, 1) * min((39 - k) / fades[1] if fades[1] else 1, 1)
                expected[i] += gain * np.array([0.7, -0.3]) * heard[k]
            effects.add(target, sound, first, 0.7, -0.3, fades, back)
            assert target == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("value", "left"), [(2.0**31, True), (-(2.0**31), True), (2.0**31 * 1.0001, False)])
def test_the_scale_of_integers_is_not_damage(value, left):
    sound = np.full((20, 2), 0.5, np.float32)
    sound[10, 1] = value
    rms = effects.cut(sound, 0)
    assert sound[10].tolist() == [0.5, value if left else 0]
    assert rms == pytest.approx(math.sqrt((39 * 0.25 + (value**2 if left else 0)) / 40))


def test_the_constants_of_the_filters_are_the_published_ones():
    """Also where rounding to whole frames hides a difference: those of Freeverb (2000), for 44.1 kHz."""
    assert effects._COMB_FRAMES == (1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617)
    assert effects._ALLPASS_FRAMES == (225, 341, 441, 556)
    assert effects._RATE_OF_THE_CONSTANTS == 588 * 75
