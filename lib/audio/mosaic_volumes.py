"""How loud each sample of a mosaic has to play: what is heard of it is brought to the loudness of the target."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lib.audio.effects import MIX_RATE
from lib.audio.loudness import SILENT_LUFS, momentary_loudness
from lib.audio.mix_plays import Play, fades_of
from lib.audio.ranges import read_ranges
from lib.audio.shift import shift_factor
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import MediaError
from lib.io.progress import bar

# No sample is raised or lowered by more (dB): what is softer is noise.
MOST_GAIN = 40.0
# A volume of v is a gain of this many times ln(v) dB.
DB_OF_VOLUME = 20.0


def volumes(plays: Sequence[Play], wanted: Sequence[float]) -> list[float]:
    """Return the volume of each play with which it is as loud, in LUFS, as wanted; 1 where it cannot be read.

    plays: places in files, with their shifts; each is measured as it will sound, cut and faded. A silent one has 0.
    """
    by_file: dict[str, list[int]] = {}
    for n, play in enumerate(plays):
        by_file.setdefault(play.path, []).append(n)
    out = [1.0] * len(plays)
    with bar(len(plays), "loudness", "sample") as progress:
        for path, mine in sorted(by_file.items()):
            places = [(plays[n].start_ms, plays[n].dur_ms) for n in mine]
            try:
                for place, sound in read_ranges(path, ANALYSIS_RATE, 1, places):
                    out[mine[place]] = _volume(plays[mine[place]], sound, wanted[mine[place]])
                    progress.update()
            except MediaError:  # it was read before: a file that was taken away is told by who plays it
                continue
    return out


def _volume(play: Play, sound: np.ndarray, wanted: float) -> float:
    """Return the volume for one play of this sound: float32 (samples,) at ANALYSIS_RATE."""
    fade_in, fade_out = (
        frames * ANALYSIS_RATE / MIX_RATE for frames in fades_of(play, len(sound) * MIX_RATE // ANALYSIS_RATE)
    )
    frame = np.arange(len(sound))
    gain = np.minimum(frame / max(fade_in, 1.0), 1.0) * np.minimum((len(sound) - 1 - frame) / max(fade_out, 1.0), 1.0)
    # A shifted sound is one that runs faster.
    heard = momentary_loudness(sound * gain.astype(np.float32), round(ANALYSIS_RATE * shift_factor(play.shift)))
    if heard <= SILENT_LUFS:
        return 0.0
    return math.exp(float(np.clip(wanted - heard, -MOST_GAIN, MOST_GAIN)) / DB_OF_VOLUME)
