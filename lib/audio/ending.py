"""The end of a track, without an audible cut."""

from __future__ import annotations

from typing import Final

import numpy as np

from lib.audio.bus import Bus
from lib.audio.effects import gain_of_db

# Fade-out of a track whose end would cut off audible sound.
RINGS_OUT_MS: Final = 1000.0

AUDIBLE: Final = gain_of_db(-60.0)


def fade_end(bus: Bus, length: int, short: int, long: int, gain: float) -> None:
    """Fade out a track of `length` frames: the last `long` ones, at most half of it, if its last `short` ones, times
    `gain`, exceed `AUDIBLE`; else the `short` ones. Straight lines in amplitude, to 0 at the last frame."""
    frames = max(min(long, length // 2), short)
    part = bus.part(length - frames, frames)
    if float(np.abs(part[len(part) - short :]).max(initial=0.0)) * gain < AUDIBLE:
        frames = short
    if frames:
        part[-frames:] *= (np.arange(frames)[::-1] / frames).astype(np.float32)[:, None]
        bus.keep(length - len(part), part)
