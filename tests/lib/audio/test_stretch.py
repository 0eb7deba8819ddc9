"""Stretched sounds: their length, pitch, level and width, and that none of them pulses."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lib.audio.effects import MIX_RATE
from lib.audio.stretch import WINDOW, faded, stretch, stretch_roughly
from tests.support.each import each

# Frames from one window to the next.
HOP = WINDOW // 2


def tone(hz, frames, left=0.25, right=0.25):
    wave = np.sin(2 * np.pi * hz * np.arange(frames) / MIX_RATE)
    return np.stack([left * wave, right * wave], axis=1).astype(np.float32)


def noise(frames, seed=0, loudness=0.1):
    return (loudness * np.random.default_rng(seed).standard_normal((frames, 2))).astype(np.float32)


def rms(sound):
    return math.sqrt(np.mean(np.square(sound, dtype=float)))


def spectrum(sound):
    """Power and frequency (Hz) of every bin of the left channel."""
    power = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)))) ** 2
    return power, np.arange(len(power)) * MIX_RATE / len(sound)


def decibels(ratio):
    return 20 * math.log10(ratio)


@given(st.integers(0, 40_000), st.integers(0, 60_000))
def test_the_length_is_exact(count, frames):
    out = stretch(noise(count), frames, 1)
    assert out.shape == (frames, 2)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert out.flags.c_contiguous


@each("frames", [1, HOP - 1, HOP, HOP + 1, WINDOW, 5 * HOP, 5 * HOP + 1])
def test_lengths_around_the_windows(frames):
    out = stretch(noise(3000), frames, 1)
    assert out.shape == (frames, 2)
    # Every frame of the output lies under two windows: no run of silence at either end.
    assert np.abs(out[:100]).max() > 0
    assert np.abs(out[-100:]).max() > 0


@pytest.mark.slow
@pytest.mark.parametrize("hz", [110.0, 440.0, 441.7, 3000.0])
@pytest.mark.parametrize("count", [14_400, 48_000])
def test_a_tone_keeps_its_pitch(hz, count):
    power, hertz = spectrum(stretch(tone(hz, count), 20 * MIX_RATE, 1))
    middle = float((power * hertz).sum() / power.sum())
    assert middle == pytest.approx(hz, abs=2)
    assert hertz[power.argmax()] == pytest.approx(hz, abs=4)
    # A Hann window of 0.25 s is 16 Hz wide between its zeros; a clip that begins abruptly blurs it somewhat.
    assert power[np.abs(hertz - hz) < 20].sum() > 0.97 * power.sum()


def test_the_spectrum_is_kept():
    # Noise below 2 kHz, 12 dB softer above.
    bins = np.fft.rfft(noise(MIX_RATE, 3)[:, 0])
    bins[2000:] /= 4
    sound = np.repeat(np.fft.irfft(bins)[:, None], 2, axis=1).astype(np.float32)
    power, hertz = spectrum(stretch(sound, 20 * MIX_RATE, 1))
    low, high = power[(hertz > 100) & (hertz < 1900)].mean(), power[(hertz > 2100) & (hertz < 23_000)].mean()
    assert 10 * math.log10(low / high) == pytest.approx(12, abs=0.5)


@pytest.mark.parametrize("sound", [noise, lambda frames: tone(440, frames)])
def test_the_level_of_a_long_sound_is_kept(sound):
    clip = sound(96_000)
    # The last window to be whole begins 0.25 s before its end, an eighth of it.
    out = stretch(clip, 30 * MIX_RATE, 2)[: 26 * MIX_RATE]
    assert decibels(rms(out) / rms(clip)) == pytest.approx(0, abs=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parts", "part"),
    [
        # Of the integral of sin^4 over a window, 3/8, there is so much over the first quarter: 3/32 - 1/(4 pi), ...
        (4, 1 / 4 - 2 / (3 * math.pi)),
        (2, 1 / 2),
        (1, 1),
    ],
)
def test_a_short_sound_is_diluted(parts, part):
    out = stretch(noise(WINDOW // parts), 100 * MIX_RATE, 1)[HOP : 3 * MIX_RATE]
    assert decibels(rms(out) / 0.1) == pytest.approx(10 * math.log10(part), abs=0.5)


def test_the_level_does_not_pulse_with_the_windows():
    out = stretch(noise(96_000), 60 * MIX_RATE, 1)[: 50 * MIX_RATE].astype(float)
    # All hops laid over one another: a Hann window instead of the sine would dip by 3 dB in the middle.
    power = np.square(out[: len(out) // HOP * HOP]).reshape(-1, 20, HOP // 20, 2).mean(axis=(0, 2, 3))
    assert 10 * math.log10(power.max() / power.min()) < 0.3


def test_time_runs_evenly():
    sound = np.concatenate([noise(MIX_RATE, 1), noise(MIX_RATE, 2, loudness=0.01)])
    out = stretch(sound, 20 * MIX_RATE, 1)
    # Windows that begin before 0.75 s are all loud, those from 1 s on all soft: before 7.5 s, and after 10 s.
    assert decibels(rms(out[: 7 * MIX_RATE]) / 0.1) == pytest.approx(0, abs=0.2)
    assert decibels(rms(out[round(10.2 * MIX_RATE) : 17 * MIX_RATE]) / 0.01) == pytest.approx(0, abs=0.2)


def test_squeezing_works():
    sound = np.concatenate([tone(440, 4 * MIX_RATE), tone(880, 4 * MIX_RATE)])
    out = stretch(sound, 2 * MIX_RATE, 1)
    first, second = spectrum(out[: MIX_RATE * 3 // 4]), spectrum(out[MIX_RATE * 5 // 4 :])
    assert first[1][first[0].argmax()] == pytest.approx(440, abs=4)
    assert second[1][second[0].argmax()] == pytest.approx(880, abs=4)


def test_a_sound_at_one_side_stays_there():
    assert not stretch(tone(440, MIX_RATE, right=0), 4 * MIX_RATE, 1)[:, 1].any()


def test_the_channels_have_phases_of_their_own_and_keep_their_levels():
    wave = noise(MIX_RATE)[:, :1]
    out = stretch(np.concatenate([wave, wave / 4], axis=1), 10 * MIX_RATE, 1)
    # 240,000 independent values: their correlation scatters by 0.002.
    assert abs(np.corrcoef(out.T)[0, 1]) < 0.02
    assert rms(out[:, 0]) / rms(out[:, 1]) == pytest.approx(4, rel=0.02)


@pytest.mark.parametrize(("ms", "seconds", "loudest"), [(128, 1.536, -38.9), (300, 8, -23.6), (900, 8, -16.0)])
def test_how_loud_a_faded_sound_is(ms, seconds, loudest):
    sound = noise(ms * 48, loudness=10 ** (-16 / 20))
    ramps = faded(sound, 0.1 * len(sound), 0.8 * len(sound))
    out = np.square(stretch(ramps, round(seconds * MIX_RATE), 1).astype(float)).mean(axis=1)
    sums = np.concatenate([[0], np.cumsum(out)])
    half = MIX_RATE // 2
    assert 10 * math.log10((sums[half:] - sums[:-half]).max() / half) == pytest.approx(loudest, abs=1.5)


def test_fades():
    gain = faded(np.ones((101, 2), np.float32), 10, 80)
    assert gain[[0, 5, 10, 20, 60, 100], 0] == pytest.approx([0, 0.5, 1, 1, 0.5**2.5, 0])
    assert np.array_equal(gain[:, 0], gain[:, 1])
    assert faded(np.ones((3, 2), np.float32), 0, 0)[:, 0].tolist() == [0, 1, 0]


def test_the_seed_decides():
    sound = noise(14_400)
    assert stretch(sound, MIX_RATE, 7).tobytes() == stretch(sound, MIX_RATE, 7).tobytes()
    assert abs(np.corrcoef(stretch(sound, MIX_RATE, 7)[:, 0], stretch(sound, MIX_RATE, 8)[:, 0])[0, 1]) < 0.05


def test_silence_and_nothing():
    assert not stretch(np.zeros((5000, 2), np.float32), MIX_RATE, 1).any()
    assert stretch(np.zeros((0, 2), np.float32), 1000, 1).tolist() == [[0, 0]] * 1000
    assert stretch(noise(100), 0, 1).shape == (0, 2)


def test_the_sound_is_left_as_it_is():
    sound = noise(5000)
    before = sound.copy()
    out = stretch(sound, 9000, 1)
    assert np.array_equal(sound, before)
    assert not np.shares_memory(out, sound)


def test_any_layout_of_the_sound_will_do():
    sound = noise(5000)
    assert np.array_equal(stretch(np.asfortranarray(sound), 9000, 1), stretch(sound, 9000, 1))
    assert np.array_equal(stretch(sound[::-1], 9000, 1), stretch(sound[::-1].copy(), 9000, 1))


def test_little_is_held_beside_the_output():
    sound, frames = noise(14_400), 120 * MIX_RATE
    stretch(sound, MIX_RATE, 1)
    tracemalloc.start()
    stretch(sound, frames, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < frames * 8 + 15e6


@each(("count", "frames"), [(0, 10), (1, 1), (1, 7), (999, 5001), (1000, 5000), (40_001, 300), (9, 0)])
def test_a_rough_one_has_the_same_length(count, frames):
    out = stretch_roughly(noise(count), frames, 1)
    assert out.shape == (frames, 2)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert out.any() == (count > 1 and frames > 0)  # (a window begins at 0)


def test_a_rough_one_is_as_loud_but_for_the_highest_frequencies():
    sound = noise(14_401)
    exact, rough = (stretched(sound, 4 * MIX_RATE + 1, 3) for stretched in (stretch, stretch_roughly))
    (whole, hertz), (less, _) = spectrum(exact), spectrum(rough)
    low, high = (hertz > 50) & (hertz < 5000), hertz > 19_000
    assert abs(decibels(math.sqrt(less[low].sum() / whole[low].sum()))) < 1.0
    assert decibels(math.sqrt(less[high].sum() / whole[high].sum())) < -12
    assert abs(np.corrcoef(rough.T)[0, 1]) < 0.05


@pytest.mark.parametrize(("count", "frames"), [(3000, 5001), (3001, 5000), (501, 3000)])
def test_a_rough_stretch_is_that_of_every_other_frame_with_those_between(count, frames):
    sound = noise(count)
    # The mean of each pair (the last frame twice), stretched to one more than half of the frames.
    pairs = np.concatenate([sound, sound[-1:]])[: count + count % 2].reshape(-1, 2, 2).mean(axis=1)
    made = stretch(pairs.astype(np.float32), -(-frames // 2) + 1, 5, WINDOW // 2)
    places = np.arange(frames) / 2
    expected = np.stack([np.interp(places, np.arange(len(made)), made[:, side]) for side in (0, 1)], axis=1)
    assert_allclose(stretch_roughly(sound, frames, 5), expected, rtol=0, atol=1e-6)
