"""Scenes: where a film is cut, and the piece of it without a cut that is looked at while a sample sounds."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from lib.errors import NoVideoError
from lib.io.files import media_path
from lib.video.probe import probe
from lib.video.reader import VideoReader

# A cut: the change to the next frame is over this (of 255), and stands out by this many standard deviations.
LEAST_CHANGE, LEAST_SCORE = 7.0, 3.0
# Times that should be one, but are the sums of other fractions, differ by less than this (ms).
ROUNDING_MS = 1e-6
# Pixels that are summed up at a time: few enough for 32 bits, many enough for the processor's widest instructions.
RUN = 1024
# A pixel's hue + saturation + value is rounded to this fraction, so that sums are whole numbers, the same everywhere.
STEPS = 16


@dataclass(frozen=True)
class SceneSettings:
    """How samples are made long enough to look at.

    shortest_ms: a piece this long is long enough; reach_ms: look at least so far; extra_ms: and up to so much further,
    at random; fps: looks per second; width, height: the size to compare frames in, pixels.
    """

    shortest_ms: int = 256
    reach_ms: int = 1200
    extra_ms: int = 400
    fps: int = 30
    width: int = 320
    height: int = 240


@dataclass(frozen=True)
class SceneJob:
    """Which samples of one film to find pieces for; spans: (start, length) of each in ms."""

    folder: str
    filename: str
    spans: tuple[tuple[float, float], ...]
    settings: SceneSettings


@dataclass(frozen=True)
class Pieces:
    """The pieces of one film, in the order of the job's spans: (start, length) in whole ms.

    has_video: whether there is a picture (else there are no pieces); beyond: how many samples begin after the file's
    end, and have length 0.
    """

    spans: tuple[tuple[int, int], ...] = ()
    has_video: bool = True
    beyond: int = 0


@njit(cache=True, nogil=True, error_model="numpy")
def hsv_mean(picture: np.ndarray) -> float:
    """Return the mean of a picture's hue, saturation and value over its pixels and these three, 0-255 each.

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

    levels: the mean of each look's picture, 0-255. A change is a cut if it is over LEAST_CHANGE and its z-score among
    the window's changes is at least LEAST_SCORE either way.
    """
    changes = np.abs(np.diff(levels))
    spread = changes.std() if len(changes) else 0.0
    if not spread:
        return np.zeros(0, np.int64)
    scores = (changes - changes.mean()) / spread
    return np.flatnonzero((changes > LEAST_CHANGE) & (np.abs(scores) >= LEAST_SCORE))


def choose_piece(start: float, end: float, cuts: Sequence[tuple[float, float]], shortest: float) -> tuple[int, int]:
    """Return (start, length) in whole ms of the piece of a window to look at.

    start, end: of the window, ms; cuts: (end of the old scene, beginning of the new one), rising. The first cut that is
    `shortest` ms or more after the start ends the piece just before it; an earlier one makes it start anew there. If
    no piece is long enough, it is the longest (the first of these).
    """
    pieces = []
    begin = math.ceil(start - ROUNDING_MS)
    for old, new in cuts:
        # Before the cut even if its time is rounded to a ms elsewhere.
        pieces.append((begin, max(math.floor(old + ROUNDING_MS) - 1 - begin, 0)))
        if old - begin >= shortest - ROUNDING_MS:
            return pieces[-1]
        begin = math.ceil(new - ROUNDING_MS)
    pieces.append((begin, max(math.floor(end + ROUNDING_MS) - begin, 0)))
    return pieces[-1] if pieces[-1][1] >= shortest else max(pieces, key=lambda piece: piece[1])


def look_length(filename: str, start: float, length: float, settings: SceneSettings) -> float:
    """Return how far to look from a sample's start, in ms.

    That is the multiple of its length that reaches `reach_ms` (one at least), and 0 to `extra_ms` more: the same for
    the same sample, whatever else is in the table.
    """
    times = max(math.ceil(settings.reach_ms / length - ROUNDING_MS), 1) if length > 0 else 0
    digest = hashlib.sha256(f"{filename}|{start:.17g}|{length:.17g}".encode("utf-8", "surrogateescape")).digest()
    extra = int.from_bytes(digest[:8], "big") % (settings.extra_ms + 1)
    return (times * length or settings.reach_ms) + extra


def scene_pieces(job: SceneJob) -> Pieces:
    """Find the pieces for samples of one film, in one pass over it.

    A file without a moving picture has none. Raises MediaError if it cannot be read.
    """
    path = media_path(job.folder, job.filename)
    windows = [(start, start + look_length(job.filename, start, dur, job.settings)) for start, dur in job.spans]
    try:
        with VideoReader(path) as film:
            levels = FilmLevels(film, windows, job.settings)
    except NoVideoError:
        return Pieces(has_video=False)
    pieces, beyond = [], 0
    # A sound that outlasts its picture has no scenes: the file ends where its last packet does.
    picture_end = np.floor(levels.end + ROUNDING_MS)
    blind = any(picture_end <= start for start, _ in windows)
    file_end = math.floor(probe(path).duration * 1000 + ROUNDING_MS) if blind else 0
    for (start, end), (_, dur) in zip(windows, job.spans):
        if start < picture_end:
            pieces.append(levels.piece(start, end))
        else:
            begin = math.ceil(start)
            beyond += begin >= file_end
            pieces.append((begin, max(min(math.floor(start + dur), file_end) - begin, 0)))
    return Pieces(tuple(pieces), True, beyond)


class FilmLevels:
    """The level (`hsv_mean`) of every frame that is on the screen in some windows of a film, decoded once.

    windows: (begin, end) in ms; what lies between them is skipped where that is quicker. end: when the film's last
    frame ends, in ms (infinite if it was not reached).
    """

    def __init__(self, film: VideoReader, windows: Sequence[tuple[float, float]], settings: SceneSettings) -> None:
        self._settings = settings
        times: list[float] = []
        levels: list[float] = []
        for begin, end in _joined(windows):
            for frame in film.frames(begin, end + 1):  # with the one that begins at the end
                times.append(frame.ms)
                levels.append(hsv_mean(frame.picture(settings.width, settings.height)))
        self.end = film.end_ms
        self._times, self._levels = np.array(times), np.array(levels)

    def piece(self, start: float, end: float) -> tuple[int, int]:
        """Return (start, length) in whole ms of the piece to look at, in a window that begins before the film's end."""
        end = min(end, self.end)
        looks = start + np.arange(math.ceil((end - start) * self._settings.fps / 1000)) * (1000 / self._settings.fps)
        shown = np.searchsorted(self._times, np.append(looks, end) + ROUNDING_MS, side="right") - 1
        # The end is looked at too: else a cut between the last look and the end would be crossed.
        shown = np.maximum(shown if shown[-1] > shown[-2] else shown[:-1], 0)
        places = cut_places(self._levels[shown])
        # A cut lies where the frame after the old scene's last look begins; what follows it may be looked at later.
        cuts = [(self._times[shown[k] + 1].item(), self._times[shown[k + 1]].item()) for k in places.tolist()]
        return choose_piece(start, end, cuts, self._settings.shortest_ms)


def _joined(windows: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the windows in order, those that overlap or touch made one."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(windows):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
