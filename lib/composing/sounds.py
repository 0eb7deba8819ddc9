"""From a score to the mixer: its audible plays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lib.audio.mix_plays import Play
from lib.composing.clips import Clips
from lib.composing.score import PlaybackSettings, Score


def sounds_of(
    score: Score, clips: Clips, playback: PlaybackSettings, begin_ms: float = 0.0, seed: int = 0
) -> Sequence[Play]:
    """Return the audible plays, for the mixer, in a mix that begins at `begin_ms` of the composition.

    seed: of the random phases of stretched sounds.
    """
    return [
        Play(
            float(score.ms[n] - begin_ms),
            clips.films[clips.film[score.clip[n]]],
            float(clips.start[score.clip[n]]),
            float(score.dur[n]),
            volume=float(score.volume[n]),
            pan=float(score.pan[n]),
            level_db=playback.level_db,
            most_db=playback.most_db,
            fade_in=playback.fade_in,
            fade_in_most_ms=playback.fade_in_most_ms,
            fade_out=playback.fades_out(bool(score.stretch[n] > 0)),
            reverb=playback.reverb,
            backwards=bool(score.backwards[n]),
            stretch_ms=float(score.stretch[n]) if score.stretch[n] > 0 else None,
            pan_to=float(score.pan_to[n]) if score.pan_to[n] != score.pan[n] else None,
            seed=seed + int(n),
        )
        for n in np.flatnonzero(score.sounds & (score.volume > 0) & (score.dur > 0))
    ]
