"""The parts of a long film: clips that are read by one job each, so that several processes share one film."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import av

from lib.composing.clip_ranges import ClipRange
from lib.errors import MediaError
from lib.io.ffmpeg import open_media
from lib.video.timing import film_stream, is_indexed

# The least film that a part's clips show, in ms, and the most parts of one film: each is opened, and begins at a key
# frame before its first clip. They do not depend on the number of processes: what is kept of a part is found again.
PART_MS, MOST_PARTS = 60_000.0, 8


def film_parts(film: str, clips: Sequence[ClipRange]) -> list[list[int]]:
    """Return the clips (numbers) of each part of a film, in the film's order: parts that show about as much of it.

    A film whose clips show less than two PART_MS of it is one part, and one without an index, where a part could only
    be reached by reading what precedes it.

        >>> film_parts("short.mp4", [ClipRange(500.0, 200.0, 8, 6), ClipRange(0.0, 200.0, 8, 6)])
        [[0, 1]]
    """
    order = sorted(range(len(clips)), key=lambda n: clips[n].start_ms)
    before = []  # of each clip, in that order: ms of the film that are shown up to where it begins
    total, end = 0.0, 0.0
    for n in order:
        begin, after = clips[n].start_ms, clips[n].start_ms + clips[n].dur_ms
        before.append(total - max(end - begin, 0.0))
        total += max(after - max(begin, end), 0.0)
        end = max(end, after)
    count = min(int(total // PART_MS), MOST_PARTS)
    if count < 2 or not _leads_to_places(film):
        return [list(range(len(clips)))]
    numbered = [(min(int(ms * count / total), count - 1), n) for ms, n in zip(before, order)]
    return [[n for _, n in part] for _, part in groupby(numbered, key=lambda pair: pair[0])]


def _leads_to_places(film: str) -> bool:
    """Return whether a film has an index; not if it cannot be read: that is found, and reported, where it is read."""
    try:
        with open_media(film) as container:
            return film_stream(container).codec_context is not None and is_indexed(container)
    except (MediaError, OSError, av.error.FFmpegError):
        return False
