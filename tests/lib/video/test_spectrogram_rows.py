"""Pictures of sounds by their definition: each row's share of each moment's spectrum, one by one."""

import colorsys

import numpy as np
import pytest

from lib.video.spectrogram import pitch_colours, spectrogram
from tests.support.each import each
from tests.support.media_factory import tone


def hue(semitones):
    """The colour of a pitch given in semitones above A."""
    return np.array(colorsys.hsv_to_rgb(semitones % 12 / 12, 1, 1))


def expected(sound, rate, width, height):
    """Windows of 85 ms, from the beginning to the end; seven octaves from 55 Hz; 60 dB below the loudest is black."""
    frame = round(0.085 * rate)
    turns = np.exp(-2j * np.pi * np.outer(np.arange(frame // 2 + 1), np.arange(frame)) / frame)
    peak = max(abs(float(v)) for v in sound)
    bell = np.array([0.5 - 0.5 * np.cos(2 * np.pi * n / (frame - 1)) for n in range(frame)])
    whole = np.zeros(len(sound) + 2 * frame)
    whole[frame : frame + len(sound)] = sound / peak
    step = rate / frame

    def largest(power, hertz, ratio):
        low, high = (min(round(hertz * f / step), frame // 2) for f in (ratio**-0.5, ratio**0.5))
        return max(power[low : high + 1])

    levels, colours = np.empty((height, width)), np.empty((width, 3))
    for column in range(width):
        middle = round(column * len(sound) / (width - 1)) if width > 1 else 0
        first = frame + middle - frame // 2
        power = np.abs(turns @ (whole[first : first + frame] * bell)) ** 2
        for row in range(height):
            hertz = 55 * 2 ** (7 * (height - 1 - row + 0.5) / height)
            levels[row, column] = 10 * np.log10(largest(power, hertz, 2 ** (7 / height)) + 1e-12)
        # Of each pitch class the sum of its magnitudes in six octaves, from 110 Hz up.
        strength = np.zeros(12)
        for semitone in range(12, 84):
            strength[semitone % 12] += largest(power, 55 * 2 ** (semitone / 12), 2 ** (1 / 12)) ** 0.5
        weight = (strength / max(strength.max(), 1e-12)) ** 3
        mixed = sum(weight[k] * hue(k) for k in range(12)) + 1e-12
        colours[column] = mixed / mixed.max()
    value = np.clip(1 + (levels - levels.max()) / 60, 0, 1)
    return 255 * value[..., None] * colours


def noise(seed, length, loud=0.5):
    return (np.random.default_rng(seed).normal(0, loud, length)).astype(np.float32)


@each(
    ("rate", "width", "height", "sound"),
    [
        (8_000, 9, 50, noise(1, 1501)),
        (5_987, 5, 21, tone(440, 0.2, 5_987)),
        (
            4_000,
            6,
            30,
            noise(2, 500) * np.linspace(0, 1, 500, dtype=np.float32) ** 4,
        ),  # its upper rows are above it all
        (8_000, 4, 36, np.concatenate([tone(330, 0.1, 8_000, 0.01), tone(1480, 0.2, 8_000, 0.5)])),
        (8_000, 8, 40, np.concatenate([np.zeros(1500, np.float32), noise(3, 450)])),
        (8_000, 3, 2, tone(220, 0.1, 8_000) - tone(523, 0.1, 8_000, 0.2)),
    ],
)
def test_each_spot_is_as_bright_as_its_share_of_the_spectrum(rate, width, height, sound):
    found = spectrogram(sound, rate, width, height)
    wanted = expected(sound, rate, width, height)
    assert found.shape == (height, width, 3)
    # Rounded; single precision of the sound makes less than a level.
    assert np.abs(found - wanted).max() < 0.75


def test_a_picture_of_one_row_and_one_column_is_of_the_loudest():
    sound = tone(440, 0.2, 16_000)
    assert spectrogram(sound, 16_000, 1, 1).shape == (1, 1, 3)
    assert spectrogram(sound, 16_000, 3, 1).max() == 255
    # So few samples to a window that there would be none.
    assert spectrogram(np.array([0.5, -0.5], np.float32), 8, 2, 3).shape == (3, 2, 3)


def test_pitch_classes_are_semitones_around_their_pitch():
    for semitone in range(-30, 31):
        for off in (-0.49, 0, 0.49):
            found = pitch_colours(np.array([440 * 2 ** ((semitone + off) / 12)]))
            assert found[0] == pytest.approx(hue(semitone), abs=1e-9)
