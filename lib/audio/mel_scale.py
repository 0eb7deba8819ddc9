"""The mel scale, and banks of filters on it.

Source: M. Slaney, "Auditory Toolbox", Technical Report 1998-010, Interval Research: linear up to 1 kHz, logarithmic
above, triangular filters of equal area. librosa, from which fingerprints take it, has the same one; cutting would
wait a second for librosa to load, only for this.
"""

from __future__ import annotations

import numpy as np

HZ_PER_MEL = 200 / 3
# From here on the scale is logarithmic: this many mel for a factor of STEEPNESS.
CORNER_HZ, STEEPNESS, MEL_PER_FACTOR = 1000.0, 6.4, 27
CORNER_MEL = CORNER_HZ / HZ_PER_MEL
LOG_STEP = np.log(STEEPNESS) / MEL_PER_FACTOR


def hz_to_mel(hz: float) -> float:
    """Return a frequency (Hz, 0 or more) in mel."""
    return CORNER_MEL + float(np.log(hz / CORNER_HZ) / LOG_STEP) if hz >= CORNER_HZ else hz / HZ_PER_MEL


def mel_frequencies(count: int, lowest: float, highest: float) -> np.ndarray:
    """Return `count` frequencies from `lowest` to `highest` (Hz), evenly spaced in mel, float64, shape (count,)."""
    mel = np.linspace(hz_to_mel(lowest), hz_to_mel(highest), count)
    bent = CORNER_HZ * np.exp(LOG_STEP * (mel - CORNER_MEL))
    return np.where(mel >= CORNER_MEL, bent, HZ_PER_MEL * mel)


def mel_bank(rate: int, fft: int, bands: int, lowest: float, highest: float) -> np.ndarray:
    """Return the weight of each bin of a spectrum in each band, float32, shape (bands, fft // 2 + 1).

    rate: samples per second; lowest, highest: bounds of the first and the last band, in Hz. A band without a
    bin in it, such as one above half the rate, is empty.
    """
    edges = mel_frequencies(bands + 2, lowest, highest)
    bins = np.fft.rfftfreq(fft, 1 / rate)
    apart = edges[:, None] - bins
    widths = np.diff(edges)[:, None]
    rising, falling = -apart[:-2] / widths[:-1], apart[2:] / widths[1:]
    heights = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return (heights * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
