"""Loudness of a sample in LUFS: K-weighted by ITU-R BS.1770-4, of the loudest 400 ms.

The standard gives the two filters for 48 kHz only. They are derived here for any rate from the frequencies, gains and
qualities at 48 kHz, by the bilinear transform.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from lib.audio.biquads import filter_sections

# The first filter: a high shelf for the head. The second: a high-pass.
SHELF_HZ, SHELF_DB, SHELF_QUALITY = 1681.974450955533, 3.999843853973347, 0.7071752369554196
SHELF_BAND_EXPONENT = 0.4996667741545416
PASS_HZ, PASS_QUALITY = 38.13547087602444, 0.5003270373238773
# Makes a full-scale sine of 997 Hz in one channel read -3.01 LUFS
OFFSET_LUFS = -0.691
WINDOW_SECONDS, STEP_SECONDS = 0.4, 0.01
# BS.1770's absolute gate: anything softer is silence.
SILENT_LUFS = -70.0
# Length filtered at a time, whatever the length of the sound.
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


class LoudnessMeter:
    """The momentary loudness of a mono sound at `rate` (Hz) that comes in blocks of any lengths."""

    def __init__(self, rate: int) -> None:
        self._sections = k_weighting(rate)
        self._state = np.zeros((len(self._sections), 2))
        self._window, self._step = round(WINDOW_SECONDS * rate), round(STEP_SECONDS * rate)
        self._chunk = CHUNK_SECONDS * rate // self._step * self._step
        self._waiting = np.zeros(0, np.float32)
        self._sums = [np.zeros(1)]
        self._count = 0

    def add(self, block: np.ndarray) -> None:
        """Add the next block: float, shape (samples,)."""
        self._count += len(block)
        sound = np.concatenate([self._waiting, block]) if len(self._waiting) else block
        whole = len(sound) // self._step * self._step
        for first in range(0, whole, self._chunk):
            part = sound[first : min(first + self._chunk, whole)].astype(np.float64)
            part = filter_sections(self._sections, part, self._state)
            self._sums.append(self._sums[-1][-1] + np.cumsum(part * part)[self._step - 1 :: self._step])
        self._waiting = sound[whole:]

    def loudest(self) -> float:
        """Return the maximum of the momentary loudness (LUFS, SILENT_LUFS at least) of all blocks so far."""
        if self._count < self._window:
            self.add(np.zeros(self._window - self._count, np.float32))
        energy = np.concatenate(self._sums)  # up to each step; the remainder after the last is not a whole step
        steps = self._window // self._step
        loudest = float((energy[steps:] - energy[:-steps]).max()) / (steps * self._step)
        return max(OFFSET_LUFS + 10 * math.log10(max(loudest, 1e-12)), SILENT_LUFS)


def momentary_loudness(sound: np.ndarray, rate: int) -> float:
    """Return the maximum of the momentary loudness (LUFS, SILENT_LUFS at least) of a mono sound, shape (samples,).

    The window of 400 ms moves over the sound in steps of 10 ms and stays within it. A shorter sound is measured with
    silence after it, as by a meter that hears the sound alone: half the length of the same sound is 3 dB less, about as
    it is for the ear.
    """
    meter = LoudnessMeter(rate)
    meter.add(sound)
    return meter.loudest()
