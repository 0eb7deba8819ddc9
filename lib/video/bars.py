"""Black bars at the edges of a film (letterbox, pillarbox) that stay through it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import av
import av.container
import numpy as np
import numpy.typing as npt
from av.stream import Stream
from av.video.frame import VideoFrame

from lib.io.ffmpeg import open_media, packets
from lib.video.timing import film_stream

Picture = npt.NDArray[np.uint8]
Part = tuple[int, int, int, int]
# A row or column is black if hardly any of it is brighter than this (of 255): noise of old tape and codecs stays below.
BLACK, SHARE = 24, 0.02
# A frame that is dark all over (a fade, a night, the leader) says nothing: its brightest rows are below this.
DARK = 48
# Bars narrower than this share of the side are the edge of the picture; wider ones are not bars.
NARROWEST, WIDEST = 0.01, 0.4
# The least number of frames with contrast: with fewer, nothing is cropped.
FEWEST = 3
# Places of the film that are examined, and packets decoded at each to get a frame.
LOOKS, MOST_PACKETS = 16, 120


def picture_part(frames: Iterable[Picture]) -> tuple[float, float, float, float]:
    """Return the part of a film's frames without bars: left, top, right, bottom, as shares of the sides.

    frames: uint8 RGB, shape (height, width, 3), from all over the film.
    """
    box = np.array([1.0, 1.0, 0.0, 0.0])
    count = 0
    for frame in frames:
        level = np.maximum(np.maximum(frame[..., 0], frame[..., 1]), frame[..., 2])  # (ten times as fast as max)
        if np.percentile(level, 99) < DARK:
            continue
        bright = level > BLACK
        rows = np.flatnonzero(bright.mean(axis=1) > SHARE)
        columns = np.flatnonzero(bright.mean(axis=0) > SHARE)
        if not len(rows) or not len(columns):
            continue
        height, width = level.shape
        found = columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
        box = np.append(np.minimum(box[:2], found[:2]), np.maximum(box[2:], found[2:]))
        count += 1
    if count < FEWEST:
        return 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = (float(v) for v in box)
    if right - left < 1 - 2 * WIDEST or bottom - top < 1 - 2 * WIDEST:
        return 0.0, 0.0, 1.0, 1.0
    narrow = NARROWEST
    return (
        left if left >= narrow else 0.0, top if top >= narrow else 0.0,
        right if 1 - right >= narrow else 1.0, bottom if 1 - bottom >= narrow else 1.0,
    )  # fmt: skip


def within_bars(path: str, part: Part, size: tuple[int, int]) -> Part:
    """Return the part of a film's decoded frames between its bars, in even numbers.

    part: the part of frames of this size that the container shows: left, top, columns, rows.
    """
    left, top, columns, rows = part
    looks = (rgb[top : top + rows, left : left + columns] for rgb in _looks(path, size))
    x0, y0, x1, y1 = picture_part(looks)
    # Inwards to even numbers, where chroma begins: half a pixel of a bar is worse than one pixel less of picture.
    first_x, first_y = left + math.ceil(x0 * columns / 2) * 2, top + math.ceil(y0 * rows / 2) * 2
    last_x = left + (columns if x1 == 1 else math.floor(x1 * columns / 2) * 2)
    last_y = top + (rows if y1 == 1 else math.floor(y1 * rows / 2) * 2)
    return first_x, first_y, last_x - first_x, last_y - first_y


def _looks(path: str, size: tuple[int, int]) -> Iterator[Picture]:
    """Yield frames of this size from places all over a film, uint8 RGB: the first that can be decoded at each."""
    with open_media(path) as container:
        stream = film_stream(container)
        length = container.duration or 0
        for place in range(LOOKS):
            try:
                container.seek((container.start_time or 0) + length * (2 * place + 1) // (2 * LOOKS))
                frame = _first_frame(container, stream)
            except (av.error.FFmpegError, OSError, ValueError):
                continue
            if frame is not None and (frame.width, frame.height) == size:
                # (On threads of its own, which are started for each frame, a small one takes ten times as long.)
                yield frame.to_ndarray(format="rgb24", threads=1)


def _first_frame(container: av.container.InputContainer, stream: Stream) -> VideoFrame | None:
    for packet, _ in zip(packets(container, stream), range(MOST_PACKETS)):
        for frame in packet.decode():
            if isinstance(frame, VideoFrame):
                return frame
    return None
