"""The even or the odd rows of frames: of an interlaced film, the picture of one moment."""

from __future__ import annotations

import itertools
from fractions import Fraction

import av
import av.filter
from av.video.frame import VideoFrame

# Frames of fewer rows are not separated.
LEAST_ROWS = 16
TOP, BOTTOM = "top", "bottom"


class OneField:
    """Returns one field of each frame, without copying it. side: TOP, the even rows, or BOTTOM."""

    def __init__(self, side: str) -> None:
        self._side = side
        self._graph: av.filter.Graph | None = None
        self._made_for: tuple[object, ...] = ()

    def of(self, frame: VideoFrame) -> VideoFrame:
        """Return the field; the whole frame if it cannot be separated: too few rows, or a format of odd pixels."""
        made_for = frame.width, frame.height, frame.format.name
        if made_for != self._made_for:
            self._made_for = made_for
            self._graph = _graph(frame, self._side) if frame.height >= LEAST_ROWS else None
        if self._graph is None:
            return frame
        self._graph.push(frame)
        found = self._graph.pull()
        return found if isinstance(found, VideoFrame) else frame


def _graph(frame: VideoFrame, side: str) -> av.filter.Graph | None:
    """Return a graph that separates frames like this one; None if the library cannot."""
    graph = av.filter.Graph()
    graph.threads = 1
    try:
        chain = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
        ), graph.add("field", f"type={side}"), graph.add("buffersink")  # fmt: skip
        for first, second in itertools.pairwise(chain):
            first.link_to(second)
        graph.configure()
    except (av.error.FFmpegError, ValueError):
        return None
    return graph
