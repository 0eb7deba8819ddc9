"""A sound at another pitch, as if by tape speed: resampled, so that its length changes too."""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr

from lib.audio.effects import MIX_RATE, Audio
from lib.errors import MediaError
from lib.math.notes import SEMITONES

# Semitones up or down: at three octaves down a sound is eight times as long.
MOST_SHIFT: Final = 36.0


def shift_factor(semitones: float) -> float:
    """Return the speed of a shifted sound, as a factor; MediaError beyond `MOST_SHIFT`, and for NaN."""
    if not abs(semitones) <= MOST_SHIFT:
        raise MediaError(f"a shift of {semitones:g} semitones is out of range: give -36 to 36")
    return 2.0 ** (semitones / SEMITONES)


def shifted(sound: Audio, semitones: float) -> Audio:
    """Return a sound (frames, 2) at MIX_RATE raised by semitones (soxr, high quality); itself for 0.

    Its length is divided by `shift_factor`.
    """
    factor = shift_factor(semitones)
    if factor == 1.0 or not len(sound):
        return sound
    frames = round(len(sound) / factor)
    moved = soxr.resample(sound, MIX_RATE * factor, MIX_RATE)[:frames]
    return np.ascontiguousarray(np.pad(moved, ((0, frames - len(moved)), (0, 0))), np.float32)
