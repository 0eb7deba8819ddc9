"""The frames of a film that its clips show, found in one pass over the film."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.composing.frame_file import LATE_MS
from lib.video.frame import Frame
from lib.video.reader import VideoReader


@dataclass(frozen=True)
class ClipRange:
    """The frames that a clip shows: from `start_ms` to before `start_ms + dur_ms`, in a cell of this size.

    width, height: pixels, the largest size of the cell. shape: width / height of the part of the film that fills it:
    that of the cell at rest, if it is ever stretched one way; 0: that of `width` and `height`.
    """

    start_ms: float
    dur_ms: float
    width: int
    height: int
    shape: float = 0.0


def last_before(ms: float, step_ms: float) -> int:
    """Return the number of the last multiple of `step_ms` that is seen before a frame from `ms` on."""
    return math.ceil((ms - LATE_MS) / step_ms) - 1


def moments(clips: Sequence[ClipRange], step_ms: float) -> npt.NDArray[np.float64]:
    """Return the times, rising, at which clips are looked at: their beginnings, and the multiples of a step."""
    last = [int(max(clip.dur_ms, 1.0) / step_ms) + 1 for clip in clips]
    first = [math.ceil(clip.start_ms / step_ms) for clip in clips]
    numbers = np.unique(np.concatenate([np.arange(a, a + b) for a, b in zip(first, last)]))
    return np.unique(np.concatenate([[clip.start_ms for clip in clips], numbers * step_ms])) + LATE_MS


def shown(film: VideoReader, clips: Sequence[ClipRange]) -> Iterator[tuple[Frame, float, list[int]]]:
    """Yield the film's frames, each with its end (ms) and the indices of the clips that show it, in one pass."""
    order = sorted(range(len(clips)), key=lambda n: clips[n].start_ms)
    ends = [clip.start_ms + max(clip.dur_ms, 1.0) for clip in clips]
    place = 0
    while place < len(order):
        # Clips without a gap between them are read together; the film decides when a gap is worth a jump.
        last = place
        end = ends[order[place]]
        while last + 1 < len(order) and clips[order[last + 1]].start_ms <= end:
            last += 1
            end = max(end, ends[order[last]])
        active: list[int] = []
        before: Frame | None = None
        for frame in film.frames(clips[order[place]].start_ms, end):
            if before is not None:
                place, active = _showing(clips, ends, order, place, last, active, before.ms, frame.ms)
                yield before, frame.ms, active
            before = frame
        if before is not None:
            place, active = _showing(clips, ends, order, place, last, active, before.ms, math.inf)
            yield before, before.ms + before.length_ms, active
        place = last + 1


def _showing(
    clips: Sequence[ClipRange], ends: Sequence[float], order: Sequence[int], place: int, last: int,
    active: list[int], begin: float, end: float,
) -> tuple[int, list[int]]:  # fmt: skip
    """Return the next place in `order`, and the clips that show the frame from `begin` to before `end`."""
    while place <= last and clips[order[place]].start_ms + LATE_MS < end:
        active = [*active, order[place]]
        place += 1
    return place, [n for n in active if ends[n] > begin + LATE_MS]
