"""Loudness of a sample in LUFS: K-weighted as ITU-R BS.1770-4 has it, the loudest 400 ms.

The standard gives the two filters for 48 kHz only. They are derived here for any rate from the frequencies, gains and
qualities that they have at 48 kHz, by the bilinear transform.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import scipy.signal

# The first filter: a high shelf for the head. The second: a high-pass.
SHELF_HZ, SHELF_DB, SHELF_QUALITY = 1681.974450955533, 3.999843853973347, 0.7071752369554196
SHELF_BAND_EXPONENT = 0.4996667741545416
PASS_HZ, PASS_QUALITY = 38.13547087602444, 0.5003270373238773
OFFSET_LUFS = -0.691  # makes a full-scale sine of 997 Hz in one channel -3.01 LUFS
WINDOW_SECONDS, STEP_SECONDS = 0.4, 0.01
# BS.1770's absolute gate: what is softer is silence.
SILENT_LUFS = -70.0
# Samples that are filtered at a time, however long a sound is.
CHUNK_SECONDS = 10


@cache
def k_weighting(rate: int) -> np.ndarray:
    """Return the K-weighting for a rate (Hz) as second-order sections, float64, shape (2, 6)."""
    k = math.tan(math.pi * SHELF_HZ / rate)
    high = 10 ** (SHELF_DB / 20)
    band = high**SHELF_BAND_EXPONENT
    norm = 1 + k / SHELF_QUALITY + k * k
    shelf = [
        (high + band * k / SHELF_QUALITY + k * k) / norm,
        2 * (k * k - high) / norm,
        (high - band * k / SHELF_QUALITY + k * k) / norm,
        1.0,
        2 * (k * k - 1) / norm,
        (1 - k / SHELF_QUALITY + k * k) / norm,
    ]
    k = math.tan(math.pi * PASS_HZ / rate)
    norm = 1 + k / PASS_QUALITY + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / PASS_QUALITY + k * k) / norm]
    return np.array([shelf, high_pass])


def momentary_loudness(sound: np.ndarray, rate: int) -> float:
    """Return the maximum of the momentary loudness (LUFS, SILENT_LUFS at least) of a mono sound, shape (samples,).

    The window of 400 ms moves by 10 ms over the sound and stays within it. A shorter sound is measured with silence
    after it, as a meter shows it that hears the sound alone: half the length of the same sound is 3 dB less, and so it
    is about for the ear.
    """
    window, step = round(WINDOW_SECONDS * rate), round(STEP_SECONDS * rate)
    if len(sound) < window:
        sound = np.pad(sound, (0, window - len(sound)))
    sections = k_weighting(rate)
    state = np.zeros((len(sections), 2))
    chunk = CHUNK_SECONDS * rate // step * step
    sums = [np.zeros(1)]
    for first in range(0, len(sound), chunk):
        part, state = scipy.signal.sosfilt(sections, sound[first : first + chunk].astype(np.float64), zi=state)
        sums.append(sums[-1][-1] + np.cumsum(part * part)[step - 1 :: step])
    energy = np.concatenate(sums)  # up to each step; what is left after the last is no whole step
    steps = window // step
    loudest = float((energy[steps:] - energy[:-steps]).max()) / (steps * step)
    return max(OFFSET_LUFS + 10 * math.log10(max(loudest, 1e-12)), SILENT_LUFS)
