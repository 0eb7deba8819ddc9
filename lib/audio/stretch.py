"""Extreme time-stretching: a short sound becomes a long, steady texture of the same pitch, timbre and place.

The method is Paul Nasca's Paulstretch (2006, http://hypermammut.sourceforge.net/paulstretch/): short spectra are taken
along the sound, their phases turned at random, and the frames that come of them overlapped and added much further apart
than they were taken. What repeats or clicks in other methods becomes noise of the right spectrum.
"""

import math
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft

from lib.audio.effects import MIX_RATE, Audio

WINDOW: Final = MIX_RATE // 4
"""Frames of a window (0.25 s): shorter ones sound rough, longer ones smear every beginning."""

HOP: Final = WINDOW // 2
"""Frames from one window to the next in what is made."""

_BATCH: Final = 16
"""Windows that are transformed at once: 1.5 MB, which fits into the processor's cache."""

_PHASES: Final = 256
"""Different random phases: one byte of the generator's each; finer ones sound the same and cost more."""

Spectra = npt.NDArray[np.complex64]


def stretch(sound: Audio, frames: int, seed: int) -> Audio:
    """Return `sound` stretched (or squeezed) to exactly `frames` frames.

    sound: float32 of shape (n, 2) at `MIX_RATE`, finite, of any length from one frame (no frames give silence); it is
    left as it is. seed: 0 or more; the same seed gives the same output.

    Time runs evenly: the output at t sounds like the input around t / frames x n, within half a window. Both channels
    of a frame are turned by the same phases, so that a sound stays where it is between the channels. Levels are kept:
    a spectrum is taken with a Hann window and measured against the part of it that lies within the sound (a sound
    shorter than the window is not diluted with silence). What is made is windowed with a sine: neighbours that have
    nothing to do with each other add up in power, and sin² + cos² = 1, so that the level does not pulse with the
    windows. The cost is that of `frames`; what is held beside the output is a few MB.
    """
    count = len(sound)
    if frames <= 0 or count == 0:
        return np.zeros((max(frames, 0), 2), np.float32)
    windows = math.ceil(frames / HOP) + 1
    # The channels are the real and the imaginary part of one signal: one transform serves both.
    padded = np.zeros(count + 2 * WINDOW, np.complex64)
    padded[WINDOW : WINDOW + count] = np.ascontiguousarray(sound, np.float32).view(np.complex64)[:, 0]
    centres = np.minimum(np.round(np.arange(windows) * (HOP / frames * count)).astype(np.int64), count - 1)
    hann, sine = _shapes()
    gains = _gains(centres, count)
    slices = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    random = np.random.PCG64(seed)
    made = np.zeros((windows + 1, HOP), np.complex64)
    for first in range(0, windows, _BATCH):
        here = slice(first, min(first + _BATCH, windows))
        spectra = fft.fft(slices[centres[here] + HOP] * hann, overwrite_x=True)
        _turn(spectra, random)
        parts = fft.ifft(spectra, overwrite_x=True).reshape(-1, 2, HOP)
        parts *= gains[here, None, None] * sine
        made[here] += parts[:, 0]
        made[here.start + 1 : here.stop + 1] += parts[:, 1]
    return made.reshape(-1)[HOP : HOP + frames].view(np.float32).reshape(frames, 2)


@cache
def _shapes() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The windows of analysis, shape (WINDOW,), and of synthesis, shape (2, HOP)."""
    sine = np.sin(np.pi * np.arange(WINDOW) / WINDOW)
    return (sine**2).astype(np.float32), sine.astype(np.float32).reshape(2, HOP)


def _gains(centres: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.float32]:
    """The factors that give windows around `centres` of a sound of `count` frames the level of what they see of it."""
    power = np.concatenate([[0.0], np.cumsum(np.sin(np.pi * np.arange(WINDOW) / WINDOW) ** 4)])
    begins = np.maximum(HOP - centres, 0)
    ends = np.minimum(count + HOP - centres, WINDOW)
    return np.sqrt(WINDOW / (power[ends] - power[begins])).astype(np.float32)


def _turn(spectra: Spectra, random: np.random.PCG64) -> None:
    """Turn every frequency of every spectrum, shape (n, WINDOW), by a random phase, in place.

    Frequencies below zero turn the other way round, as those of a real signal do, so that either channel stays real;
    for the same reason 0 Hz and half the rate, which are their own counterparts, can only change their sign.
    """
    chosen = random.random_raw(len(spectra) * HOP // 8).view(np.uint8).reshape(-1, HOP)
    turns = _circle()[chosen[:, 1:]]
    spectra[:, 1:HOP] *= turns
    spectra[:, HOP + 1 :] *= turns[:, ::-1].conj()
    spectra[:, 0] *= 1.0 - (chosen[:, 0] & 2)
    spectra[:, HOP] *= 1.0 - 2.0 * (chosen[:, 0] & 1)


@cache
def _circle() -> Spectra:
    """The complex numbers of length 1 for all phases, shape (_PHASES,)."""
    return np.exp(2j * np.pi * np.arange(_PHASES) / _PHASES).astype(np.complex64)
