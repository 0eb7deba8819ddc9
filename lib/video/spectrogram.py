"""A small picture of a sound: time from left to right, pitch upwards, coloured by the sounding pitch class."""

from __future__ import annotations

import numpy as np

from lib.math.notes import A4_HZ

LOWEST_HZ = 55.0
# From A1 to A8: the range of most instruments and voices.
OCTAVES = 7
# Window: resolves semitones from the middle of the range upwards, and still shows a stroke.
FRAME_SECONDS = 0.085
# dB below the loudest spot at which it is black.
DARKEST_DB = 60.0
SEMITONES = 12
# Exponent of the pitch classes in the colour: a dominant one decides it, many equal ones give grey.
PURITY = 3


def spectrogram(sound: np.ndarray, rate: int, width: int, height: int) -> np.ndarray:
    """Return a picture of a mono sound (float32, shape (samples,), at `rate` Hz): uint8 RGB, (height, width, 3).

    Rows are steps of equal ratio from LOWEST_HZ up over OCTAVES octaves. Brightness is the level below the loudest
    spot, hue the strongest pitch class at that time (A is red, then in steps of 30 degrees up the semitones);
    without one, as in noise, there is little colour. Silence is black.
    """
    peak = float(np.abs(sound).max(initial=0.0))
    if peak == 0.0:
        return np.zeros((height, width, 3), np.uint8)
    frame = max(round(FRAME_SECONDS * rate), 2)
    padded = np.concatenate([np.zeros(frame // 2), sound / peak, np.zeros(frame - frame // 2)])
    firsts = np.round(np.linspace(0, len(sound), width)).astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(padded, frame)[firsts] * np.hanning(frame)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    hertz = LOWEST_HZ * 2.0 ** (OCTAVES * (np.arange(height)[::-1] + 0.5) / height)
    levels = 10.0 * np.log10(_bands(power, hertz, rate / frame).T + 1e-12)
    value = np.clip(1.0 + (levels - levels.max()) / DARKEST_DB, 0.0, 1.0)
    return np.round(255.0 * value[:, :, None] * _colours(power, rate / frame)[None, :, :]).astype(np.uint8)


def _colours(power: np.ndarray, step: float) -> np.ndarray:
    """Return the colour of each frame, 0 to 1, its largest part 1: shape (frames, 3). power: as for `_bands`."""
    # From the second octave up: below, a bin of the spectrum covers more than one semitone.
    semitones = LOWEST_HZ * 2.0 ** (np.arange(SEMITONES, SEMITONES * OCTAVES)[::-1] / SEMITONES)
    strength = np.sqrt(_bands(power, semitones, step)).reshape(len(power), -1, SEMITONES).sum(axis=1)
    weight = (strength / np.maximum(strength.max(axis=1, keepdims=True), 1e-12)) ** PURITY
    mixed = weight @ pitch_colours(semitones[:SEMITONES]) + 1e-12
    return mixed / mixed.max(axis=1, keepdims=True)


def _bands(power: np.ndarray, hertz: np.ndarray, step: float) -> np.ndarray:
    """Return the power at these (falling) frequencies, shape (frames, rows): the maximum over a row's bins.

    power: (frames, bins), bins `step` Hz apart.
    """
    half = float(np.sqrt(hertz[0] / hertz[1])) if len(hertz) > 1 else 1.0
    last = power.shape[1] - 1
    low = np.minimum(np.round(hertz / half / step).astype(np.int64), last)
    high = np.minimum(np.round(hertz * half / step).astype(np.int64), last)
    return np.stack([power[:, a : b + 1].max(axis=1) for a, b in zip(low.tolist(), high.tolist())], axis=1)


def pitch_colours(hertz: np.ndarray) -> np.ndarray:
    """Return the colour of each frequency's pitch class: float, 0 to 1, shape (n, 3), all of full saturation."""
    octave = np.log2(hertz / A4_HZ)
    hue = np.floor(octave * SEMITONES + 0.5) % SEMITONES / SEMITONES
    # The three channels of a hue are one curve, a third of the circle apart.
    turn = (hue[:, None] + np.array([0.0, 2.0, 1.0]) / 3.0) % 1.0
    return np.clip(np.abs(6.0 * turn - 3.0) - 1.0, 0.0, 1.0)
