"""The volume of each sample of a mosaic, and its course.

The audible part is brought to the loudness of the target, and swells and decays as the target does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.audio.effects import MIX_RATE
from lib.audio.level_curves import gains_along, level_curve
from lib.audio.loudness import SILENT_LUFS, momentary_loudness
from lib.audio.mix_plays import Play, fades_of
from lib.audio.ranges import read_ranges
from lib.audio.shift import shift_factor
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import MediaError
from lib.io.progress import bar

# Most that a sample is raised or lowered (dB): anything softer is noise.
MOST_GAIN = 40.0
# A volume v is a gain of this factor times ln(v), in dB.
DB_OF_VOLUME = 20.0
# Most that a part of a sample is lowered, or raised, relative to the rest (dB): beyond it, noise is raised.
MOST_LOWERED, MOST_RAISED = 20.0, 12.0


@dataclass(frozen=True)
class Level:
    """How loud a sample plays: its volume, and gains along it, in whole dB, one each CURVE_MS (none: constant)."""

    volume: float = 1.0
    curve: tuple[int, ...] = ()


def levels_of(plays: Sequence[Play], wanted: Sequence[float], curves: Sequence[np.ndarray]) -> list[Level]:
    """Return the level that gives each play the wanted loudness in LUFS, and the course of its curve.

    plays: ranges of files, with their shifts; each is measured as it will sound, cut and faded. curves: of the target
    (`level_curve`). A silent play has volume 0; one that cannot be read 1.
    """
    by_file: dict[str, list[int]] = {}
    for n, play in enumerate(plays):
        by_file.setdefault(play.path, []).append(n)
    out = [Level()] * len(plays)
    with bar(len(plays), "loudness", "sample") as progress:
        for path, mine in sorted(by_file.items()):
            places = [(plays[n].start_ms, plays[n].dur_ms) for n in mine]
            try:
                for place, sound in read_ranges(path, ANALYSIS_RATE, 1, places):
                    n = mine[place]
                    out[n] = _level(plays[n], sound.reshape(-1), wanted[n], curves[n])
                    progress.update()
            except MediaError:  # it was read before; the player reports a file that was removed since
                continue
    return out


def _level(play: Play, sound: np.ndarray, wanted: float, target: np.ndarray) -> Level:
    """Return the level of one play of this sound: float32 (samples,) at ANALYSIS_RATE."""
    fade_in, fade_out = (
        frames * ANALYSIS_RATE / MIX_RATE for frames in fades_of(play, len(sound) * MIX_RATE // ANALYSIS_RATE)
    )
    rate = round(ANALYSIS_RATE * shift_factor(play.shift))  # a shifted sound runs faster
    curve = _along(level_curve(sound, rate), target)
    frame = np.arange(len(sound))
    gain = np.minimum(frame / max(fade_in, 1.0), 1.0) * np.minimum((len(sound) - 1 - frame) / max(fade_out, 1.0), 1.0)
    if curve:
        gain = gain * gains_along(curve, len(sound), rate)
    heard = momentary_loudness(sound * gain.astype(np.float32), rate)
    if heard <= SILENT_LUFS:
        return Level(0.0)
    return Level(math.exp(float(np.clip(wanted - heard, -MOST_GAIN, MOST_GAIN)) / DB_OF_VOLUME), curve)


def _along(own: np.ndarray, target: np.ndarray) -> tuple[int, ...]:
    """Return the gains that give a sound of these levels the course of the target, relative to their median."""
    count = min(len(own), len(target))
    apart = target[:count] - own[:count]
    gains = np.clip(apart - np.median(apart), -MOST_LOWERED, MOST_RAISED)
    whole = tuple(int(gain) for gain in np.round(gains))
    return whole if any(whole) else ()
