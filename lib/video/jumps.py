"""Jumps within a film: where they save decoding."""

from __future__ import annotations

import math

from av.video.stream import VideoStream

from lib.video.timing import Ticks

# A jump has to save reading this much film, in ms; without an index, the place has to be this far ahead.
LEAST_GAIN, FAR_AHEAD = 1000.0, 10_000.0


def is_worth_a_jump(stream: VideoStream, ticks: Ticks, here: float, ms: float, far: float) -> bool:
    """Return whether a keyframe far enough ahead (by the index, if it reaches there) saves reading up to `ms`.

    here: when the next frame begins, in ms; far: least distance of the place if there is no index.
    """
    if math.isinf(ms) or ms - here < LEAST_GAIN:
        return False
    index, stamp = stream.index_entries, ticks.stamp(ms)
    if len(index) and index[-1].timestamp >= stamp:
        place = index.search_timestamp(stamp, backward=True)
        return place >= 0 and index[place].timestamp - ticks.stamp(here) >= LEAST_GAIN / ticks.tick
    return ms - here > far
