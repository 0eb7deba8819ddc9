"""The sounds of a mix as they are added to it: shifted, shaped, stretched; several at a time, in order."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from lib.audio import effects
from lib.audio.effects import MIX_RATE, Audio
from lib.audio.level_curves import gains_along
from lib.audio.mix_plays import Play, fades_of
from lib.audio.shift import shifted
from lib.audio.stretch import faded, stretch, stretch_roughly
from lib.errors import MediaError

# Frames (10 ms) between the points where a moving pan is computed; its gains are linear between them.
PAN_STEP: Final = MIX_RATE // 100

# Up to here a moving pan is at its side, and not yet wrapped to the other: rounding must not make it wrap.
_SIDE: Final = 1.0 + 1e-9


@dataclass(frozen=True)
class Ready:
    """A play's sound as it is added to the mix, with the gains of its channels, and its fades, in frames."""

    play: Play
    sound: Audio
    gains: tuple[float, float]
    fades: tuple[int, int]
    backwards: bool


def ready_sounds(
    sounds: Iterable[tuple[Play, Audio, float]], is_heard: Callable[[Play, int], bool], threads: int,
    rough: bool = False,
) -> Iterator[Ready | None]:  # fmt: skip
    """Yield the sound of each play, in the order of `sounds` (play, what was cut for it, its RMS); None: not heard.

    is_heard: whether a play of this many frames lies within the mix. Sounds are stretched in `threads` threads; that
    many are held at a time; rough: in less time, without their highest frequencies. Raises MediaError for a pan or
    stretched length out of range.
    """
    if threads <= 1:
        yield from (_ready(play, sound, rms, is_heard, rough) for play, sound, rms in sounds)
        return
    with ThreadPoolExecutor(threads) as pool:
        coming: deque[Future[Ready | None] | Ready | None] = deque()
        try:
            for play, sound, rms in sounds:
                if play.stretch_ms is None:
                    coming.append(_ready(play, sound, rms, is_heard, rough))
                else:
                    coming.append(pool.submit(_ready, play, sound, rms, is_heard, rough))
                while coming and (len(coming) > threads or not isinstance(coming[0], Future)):
                    made = coming.popleft()
                    yield made.result() if isinstance(made, Future) else made
            for made in coming:
                yield made.result() if isinstance(made, Future) else made
        finally:
            pool.shutdown(cancel_futures=True)


def _ready(play: Play, sound: Audio, rms: float, is_heard: Callable[[Play, int], bool], rough: bool) -> Ready | None:
    sound = shifted(sound, play.shift)
    if play.curve:
        sound = sound * gains_along(play.curve, len(sound), MIX_RATE)[:, None]
    frames = _frames_heard(play, sound)
    gain = effects.gain_to_level(rms, play.level_db, play.most_db) * effects.gain_of_volume(play.volume)
    if gain == 0.0 or not is_heard(play, frames):
        return None
    fades, backwards = fades_of(play, frames), play.backwards
    if play.stretch_ms is not None:  # faded before, so that short sounds are soft
        sound = faded(sound[::-1] if backwards else sound, *fades_of(play, len(sound)))
        sound = (stretch_roughly if rough else stretch)(sound, frames, play.seed)
        effects.cut(sound, effects.frames_of(effects.CUT_FADE_MS))
        fades, backwards = (0, 0), False
    left, right = effects.pan_gains(play.pan)
    if play.pan_to is not None:
        gains = moving_gains(play.pan, play.pan_to, frames)
        sound, left, right = sound * (gains[::-1] if backwards else gains), 1.0, 1.0
    return Ready(play, sound, (gain * left, gain * right), fades, backwards)


def _frames_heard(play: Play, sound: Audio) -> int:
    """Return how many frames of a play are heard; `sound` is what was cut for it."""
    if play.stretch_ms is None or len(sound) == 0:
        return len(sound)
    if not 0 <= play.stretch_ms < math.inf:
        raise MediaError(f"a sound cannot be stretched to {play.stretch_ms} ms: it must be 0 or more")
    return effects.frames_of(play.stretch_ms)


def moving_gains(pan: float, pan_to: float, frames: int, first: int = 0, count: int | None = None) -> Audio:
    """Return the factors of the channels for each of `frames` (of `count` from `first` on), shape (n, 2).

    Beyond a side (-1, 1) it wraps to the other, over one `PAN_STEP`, so that the jump does not click.
    """
    if not math.isfinite(pan + pan_to):
        raise MediaError(f"a sound cannot move from pan {pan} to pan {pan_to}")
    steps = np.minimum(np.arange(math.ceil(frames / PAN_STEP) + 1) * PAN_STEP, frames)
    pans = pan + (pan_to - pan) * (steps / frames)
    pans -= 2.0 * np.sign(pans) * np.ceil(np.maximum(np.abs(pans) - _SIDE, 0.0) / 2.0)
    gains = np.array([effects.pan_gains(place) for place in pans])
    count = frames - first if count is None else count
    moving = np.empty((count, 2), np.float32)
    for channel in range(2):
        moving[:, channel] = np.interp(np.arange(first, first + count), steps, gains[:, channel])
    return moving
