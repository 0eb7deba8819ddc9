"""Extreme time-stretching: a short sound becomes a long, wide texture of the same pitch and timbre.

The method is Paul Nasca's Paulstretch (2006, http://hypermammut.sourceforge.net/paulstretch/): short spectra are taken
along the sound, their phases randomised, and the resulting frames overlapped and added much further apart than they
were taken. Where other methods repeat or click, this gives noise of the right spectrum.
"""

import math
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from lib.audio.effects import MIX_RATE, Audio

# Frames of a window (0.25 s): shorter ones sound rough, longer ones smear every beginning.
WINDOW: Final = MIX_RATE // 4

# Exponent of the fade-out of a sound before it is stretched. It was fitted to the output of other software for sounds
# of 128, 300 and 900 ms at -16 dBFS, stretched to 1.5, 8 and 8 s: -38.9, -23.6 and -16.0 dBFS in the loudest half
# second. Here noise has -39.3, -22.3 and -16.2, faded out over four fifths.
FADE_POWER: Final = 2.5

Spectra = npt.NDArray[np.complex64]

# Windows that are transformed at once: 1.5 MB, which fits into the processor's cache.
_BATCH: Final = 16

# Number of random phases: one byte of the generator each; finer ones sound the same and cost more.
_PHASES: Final = 256

_CHANNELS: Final = 2


def stretch(sound: Audio, frames: int, seed: int, window: int = WINDOW) -> Audio:
    """Return `sound` stretched (or squeezed) to exactly `frames` frames.

    sound: float32 of shape (n, 2) at `MIX_RATE`, finite, of any length from one frame (no frames give silence); it is
    left as it is. seed: 0 or more; the same seed gives the same output. window: frames of a window, a multiple of 16.

    Time runs evenly: the output at t shows the window that begins at t / frames x n of the input, with silence after
    the input's end. So a sound that is shorter than a window is diluted with that silence, and the level of a steady
    sound stays as long as it fills the window. The channels have independent random phases: the output is wide. A
    spectrum is taken with a Hann window; what is made is windowed with a sine: neighbours that have nothing to do with
    each other add up in power, and sin² + cos² = 1, so that the level does not pulse with the windows. The cost is that
    of `frames`; what is held beside the output is a few MB.
    """
    count = len(sound)
    if frames <= 0 or count == 0:
        return np.zeros((max(frames, 0), _CHANNELS), np.float32)
    from scipy import fft  # slow to load, and most mixes stretch nothing

    hop = window // 2
    windows = math.ceil(frames / hop) + 1
    padded = np.zeros((_CHANNELS, count + window), np.float32)
    padded[:, :count] = sound.T
    begins = np.minimum(np.round(np.arange(windows) * (hop / frames * count)).astype(np.int64), count)
    hann, sine = _shapes(window)
    slices = np.lib.stride_tricks.sliding_window_view(padded, window, axis=1)
    random = np.random.PCG64(seed)
    made = np.zeros((windows + 1, hop, _CHANNELS), np.float32)
    for first in range(0, windows, _BATCH):
        here = slice(first, min(first + _BATCH, windows))
        spectra = fft.rfft(slices[:, begins[here]] * hann, overwrite_x=True)
        _turn(spectra, random)
        parts = fft.irfft(spectra, window, overwrite_x=True).reshape(_CHANNELS, -1, 2, hop)
        parts *= sine
        parts = parts.transpose(2, 1, 3, 0)  # halves of windows, windows, frames, channels
        made[here] += parts[0]
        made[here.start + 1 : here.stop + 1] += parts[1]
    return made.reshape(-1, _CHANNELS)[hop : hop + frames]


def stretch_roughly(sound: Audio, frames: int, seed: int) -> Audio:
    """Return `sound` stretched as `stretch` does, at half of the rate: in less time, without what is above 12 kHz."""
    if frames <= 0 or len(sound) == 0:
        return np.zeros((max(frames, 0), _CHANNELS), np.float32)
    even = sound if len(sound) % 2 == 0 else np.concatenate([sound, sound[-1:]])
    less = (even[::2] + even[1::2]) * np.float32(0.5)
    made = stretch(less, (frames + 1) // 2 + 1, seed, WINDOW // 2)
    whole = np.empty((len(made) - 1, 2, _CHANNELS), np.float32)
    whole[:, 0] = made[:-1]
    np.add(made[:-1], made[1:], out=whole[:, 1])
    whole[:, 1] *= np.float32(0.5)
    return whole.reshape(-1, _CHANNELS)[:frames]


def faded(sound: Audio, fade_in: float, fade_out: float) -> Audio:
    """Return `sound` (frames, 2) as it is stretched: faded in over `fade_in` frames, out over the last `fade_out`."""
    last = len(sound) - 1
    frame = np.arange(last + 1)
    gain = np.minimum(frame / max(fade_in, 1.0), 1.0)
    gain *= np.minimum((last - frame) / max(fade_out, 1.0), 1.0) ** FADE_POWER
    return sound * gain.astype(np.float32)[:, None]


@cache
def _shapes(window: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the windows of analysis, shape (window,), which keep a steady sound's level, and synthesis, (2, half)."""
    sine = np.sin(np.pi * np.arange(window) / window)
    hann = sine**2
    hann *= math.sqrt(window / float(np.sum(hann**2)))
    return hann.astype(np.float32), sine.astype(np.float32).reshape(2, window // 2)


def _turn(spectra: Spectra, random: np.random.PCG64) -> None:
    """Turn every frequency of every spectrum, shape (..., hop + 1), by a random phase, in place.

    Those of 0 Hz and half the rate are real, and can only change their sign.
    """
    shape, hop = spectra.shape[:-1], spectra.shape[-1] - 1
    chosen = random.random_raw(math.prod(shape) * hop // 8).view(np.uint8).reshape(*shape, hop)
    spectra[..., 1:hop] *= _circle()[chosen[..., 1:]]
    spectra[..., 0] *= 1.0 - (chosen[..., 0] & 2)
    spectra[..., hop] *= 1.0 - 2.0 * (chosen[..., 0] & 1)


@cache
def _circle() -> Spectra:
    """Return the complex numbers of length 1 for all phases, shape (_PHASES,)."""
    return np.exp(2j * np.pi * np.arange(_PHASES) / _PHASES).astype(np.complex64)
