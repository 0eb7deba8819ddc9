"""The mean detector: a cut is a change of a picture's mean colour that is large compared with those around it.

This is the rule of the original tool, for equal results.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit

from lib.video.reader import VideoReader
from lib.video.segments import ROUNDING_MS, choose_segment

# A cut: the change to the next frame exceeds this (of 255), and stands out by this many standard deviations.
LEAST_CHANGE, LEAST_SCORE = 7.0, 3.0
# Pixels summed at a time: few enough for 32 bits, many enough for the widest vector instructions.
RUN = 1024
# A pixel's hue + saturation + value is rounded to this fraction, so that sums are integers, the same everywhere.
STEPS = 16


@njit(cache=True, nogil=True, error_model="numpy")
def hsv_mean(picture: np.ndarray) -> float:
    """Return the mean of a picture's hue, saturation and value over its pixels and these three, 0-255.

    picture: uint8 RGB, contiguous, shape (height, width, 3). Hue goes once around the circle in 0-255 and is 0 for
    greys, as is their saturation. Without branches, so that it is compiled to vector instructions.
    """
    colours = picture.reshape(-1)
    pixels = len(colours) // 3
    total = 0
    for first in range(0, pixels, RUN):
        count = min(RUN, pixels - first)
        run = colours[3 * first : 3 * (first + count)]
        part = np.int32(0)
        for n in range(count):
            red, green, blue = np.int32(run[3 * n]), np.int32(run[3 * n + 1]), np.int32(run[3 * n + 2])
            value = max(red, green, blue)
            chroma = value - min(red, green, blue)
            is_red, is_green = value == red, value == green
            lean = blue - red if is_green else red - green
            lean = green - blue if is_red else lean
            sector = np.int32(2) if is_green else np.int32(4)
            sector = (np.int32(6) if green < blue else np.int32(0)) if is_red else sector
            hue = np.float32(lean) / np.float32(max(chroma, np.int32(1))) + np.float32(sector)
            saturation = np.float32(chroma) / np.float32(max(value, np.int32(1)))
            level = hue * np.float32(255 / 6) + saturation * np.float32(255) + np.float32(value)
            part += np.int32(level * np.float32(STEPS) + np.float32(0.5))
        total += int(part)
    return total / (3 * STEPS * pixels)


def cut_places(levels: np.ndarray) -> np.ndarray:
    """Return where a window is cut: k for a cut between look k and look k + 1, int64, rising.

    levels: the mean of each look's picture, 0-255. A change is a cut if it exceeds LEAST_CHANGE and its z-score among
    the window's changes is at least LEAST_SCORE in either direction.
    """
    changes = np.abs(np.diff(levels))
    spread = changes.std() if len(changes) else 0.0
    if not spread:
        return np.zeros(0, np.int64)
    scores = (changes - changes.mean()) / spread
    return np.flatnonzero((changes > LEAST_CHANGE) & (np.abs(scores) >= LEAST_SCORE))


class FilmLevels:
    """The level (`hsv_mean`) of every frame that is on the screen in some windows of a film, decoded once.

    windows: (begin, end) in ms; the film between them is skipped where that is faster. fps: looks per second; size:
    width and height for comparison; shortest_ms: a segment this long is long enough. end: the end of the film's last
    frame, in ms (infinite if it was not reached).
    """

    def __init__(
        self,
        film: VideoReader,
        windows: Sequence[tuple[float, float]],
        fps: int,
        size: tuple[int, int],
        shortest_ms: int,
    ) -> None:
        self._fps, self._shortest_ms = fps, shortest_ms
        times: list[float] = []
        levels: list[float] = []
        for begin, end in _joined(windows):
            for frame in film.frames(begin, end + 1):  # with the one that begins at the end
                times.append(frame.ms)
                levels.append(hsv_mean(frame.picture(*size)))
        self.end = film.end_ms
        self._times, self._levels = np.array(times), np.array(levels)

    def segment(self, start: float, end: float) -> tuple[int, int]:
        """Return (start, length) in whole ms of the segment to show, in a window that begins before the film's end."""
        end = min(end, self.end)
        cuts = [(old, new) for old, new, _ in self.cuts(start, end)]
        return choose_segment(start, end, cuts, self._shortest_ms)

    def cuts(self, start: float, end: float) -> list[tuple[float, float, float]]:
        """Return the cuts of a window within the film: old scene's end, new one's beginning, change of level."""
        looks = start + np.arange(math.ceil((end - start) * self._fps / 1000)) * (1000 / self._fps)
        shown = np.searchsorted(self._times, np.append(looks, end) + ROUNDING_MS, side="right") - 1
        # The end is looked at too: otherwise a cut between the last look and the end would be crossed.
        shown = np.maximum(shown if shown[-1] > shown[-2] else shown[:-1], 0)
        places = cut_places(self._levels[shown])
        # A cut lies where the frame after the old scene's last look begins; the next look may be later.
        changes = np.abs(np.diff(self._levels[shown]))[places].tolist()
        found = zip(places.tolist(), changes)
        return [(self._times[shown[k] + 1].item(), self._times[shown[k + 1]].item(), change) for k, change in found]


def _joined(windows: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the windows in order, joined where they overlap or touch."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(windows):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
