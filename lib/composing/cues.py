"""From a score to the cue sheet of a film."""

from __future__ import annotations

import numpy as np

from lib.composing.clips import Clips
from lib.composing.score import Score
from lib.video.cue_sheet import Cue


def cues_of(score: Score, clips: Clips, begin_ms: float, length_ms: float) -> list[Cue]:
    """Return the plays that are heard or seen between `begin_ms` and `length_ms` later, with times from there on.

    A play that is not heard has volume 0, and the length for which it is seen. A play that began before is cut.
    """
    heard = score.sounds & (score.volume > 0) & (score.dur > 0)
    length = np.where(heard, np.where(score.stretch > 0, score.stretch, score.dur), score.length)
    since = score.ms - begin_ms
    cues = []
    for n in np.flatnonzero((since + length > 0) & (since < length_ms)).tolist():
        clip = int(score.clip[n])
        gone = max(-float(since[n]), 0.0)
        source = float(score.dur[n]) if heard[n] else float(clips.vdur[clip])
        start = float(clips.start[clip] if heard[n] else clips.vstart[clip])
        drawn_out = float(score.stretch[n]) / source if heard[n] and score.stretch[n] > 0 else 1.0
        if heard[n] and not score.backwards[n]:
            start += gone / drawn_out
        cues.append(
            Cue(
                max(float(since[n]), 0.0),
                float(length[n]) - gone,
                clips.filenames[clips.film[clip]],
                start,
                float(score.volume[n]) if heard[n] else 0.0,
                (int(clips.column[clip]), int(clips.row[clip])),
            )
        )
    return cues
