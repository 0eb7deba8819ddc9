"""Spectra of sines, made without what is tested."""

import numpy as np

RATE = 22050


def spectrum_of(partials, seconds=0.2, rate=RATE):
    """Power spectrum of a Hann window over sines {hz: amplitude}, its step and its resolution."""
    n = round(seconds * rate)
    t = np.arange(n) / rate
    y = sum(a * np.cos(2 * np.pi * hz * t) for hz, a in partials.items())
    return np.abs(np.fft.rfft(y * np.hanning(n))) ** 2, rate / n, rate / n
