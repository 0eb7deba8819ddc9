"""The segment of film to show with a sample: within one scene, and long enough where possible."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Equal times that are sums of different fractions differ by less than this (ms).
ROUNDING_MS = 1e-6
# Longer than any film, in ms: for an unknown end.
FOREVER_MS = 1 << 50


def choose_segment(start: float, end: float, cuts: Sequence[tuple[float, float]], shortest: float) -> tuple[int, int]:
    """Return (start, length) in whole ms of the segment of a window to show.

    start, end: of the window, ms; cuts: (end of the old scene, beginning of the new one), rising. The first cut that is
    `shortest` ms or more after the start ends the segment just before it; an earlier one restarts it there. If
    no segment is long enough, it is the longest (the first of these).
    """
    segments = []
    begin = math.ceil(start - ROUNDING_MS)
    for old, new in cuts:
        # Before the cut even where its time is rounded to a ms elsewhere.
        segments.append((begin, max(math.floor(old + ROUNDING_MS) - 1 - begin, 0)))
        if old - begin >= shortest - ROUNDING_MS:
            return segments[-1]
        begin = math.ceil(new - ROUNDING_MS)
    segments.append((begin, max(math.floor(end + ROUNDING_MS) - begin, 0)))
    return segments[-1] if segments[-1][1] >= shortest else max(segments, key=lambda segment: segment[1])


def lasting_segment(
    start: float, end: float, cuts: Sequence[tuple[float, float]], shortest: float, film_end: float
) -> tuple[int, int]:
    """Return (start, length) in whole ms of the segment of a window to look at: `shortest` ms at least, if possible.

    start, end: of the window, ms, within the film; cuts: as of `choose_segment`, of the window and around it; film_end:
    ms. If no segment of the window is long enough, one is extended within its scene, beyond the window and, if
    necessary, back from its beginning: the longest possible. If no scene of the window lasts that long, it is the
    longest segment, with all of its scene.
    """
    inside = [cut for cut in cuts if cut[1] > start and cut[0] <= end + ROUNDING_MS]  # the end is shown as well
    begin, length = choose_segment(start, end, inside, shortest)
    if length >= shortest:
        return begin, length
    least = math.ceil(shortest)
    made: list[tuple[int, int, int]] = []
    for first, last in _scenes(cuts, film_end):
        seen_from, seen_to = max(math.ceil(start - ROUNDING_MS), first), min(math.floor(end + ROUNDING_MS), last)
        if seen_from < seen_to:
            stop = min(max(seen_to, seen_from + least), last)
            begin = max(min(seen_from, stop - least), first)
            made.append((seen_to - seen_from, begin, stop - begin))
    # The one with the largest part in the window; of equals the first.
    made.sort(key=lambda segment: -segment[0])
    lasting = [segment for segment in made if segment[2] >= least] or made
    return lasting[0][1:] if lasting else (begin, length)


def _scenes(cuts: Sequence[tuple[float, float]], film_end: float) -> list[tuple[int, int]]:
    """Return (begin, end) in whole ms of the scenes between cuts, from the first cut's old scene to the film's end."""
    begins = [0, *(math.ceil(new - ROUNDING_MS) for _, new in cuts)]
    ends = [*(math.floor(old + ROUNDING_MS) - 1 for old, _ in cuts)]
    ends.append(math.floor(film_end + ROUNDING_MS) if math.isfinite(film_end) else max(begins) + FOREVER_MS)
    return [(begin, end) for begin, end in zip(begins, ends) if end > begin]
