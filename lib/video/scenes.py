"""Scenes: where a film is cut, and the segments without a cut to show with samples."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

from lib.errors import NoVideoError
from lib.io.files import media_path
from lib.video.film_cuts import film_cuts
from lib.video.segments import ROUNDING_MS, lasting_segment

ADAPTIVE, MEAN = DETECTORS = ("adaptive", "mean")
# Cuts are looked up this far (ms) around a window, or as far as the shortest segment: the segment may extend there.
AROUND_MS = 1000


@dataclass(frozen=True)
class SceneSettings:
    """How long segments are.

    extension; fps, width, height: of the detector MEAN: looks per second, and the size for comparison, in pixels;
    overwrite: find cuts again that are known from an earlier run.
    """

    shortest_ms: int = 256
    reach_ms: int = 1200
    extra_ms: int = 400
    fps: int = 30
    width: int = 320
    height: int = 240
    detector: str = ADAPTIVE
    overwrite: bool = False


@dataclass(frozen=True)
class SceneJob:
    """The samples of one film to find segments for; spans: (start, length) of each in ms; threads: parts of the film
    examined at a time.
    """

    folder: str
    filename: str
    spans: tuple[tuple[float, float], ...]
    settings: SceneSettings
    threads: int = 1


@dataclass(frozen=True)
class Segments:
    """The segments of one film, in the order of the job's spans: (start, length) in whole ms.

    has_video: whether there is a picture (else there are no segments); beyond: places of the samples that begin after
    the file's end, and have length 0.
    """

    spans: tuple[tuple[int, int], ...] = ()
    has_video: bool = True
    beyond: tuple[int, ...] = ()
    problem: str = ""


def look_length(filename: str, start: float, length: float, settings: SceneSettings) -> float:
    """Return how far to look from a sample's start, in ms.

    That is the multiple of its length that reaches `reach_ms` (at least one), and 0 to `extra_ms` more: the same for
    the same sample, whatever else is in the table.
    """
    times = max(math.ceil(settings.reach_ms / length - ROUNDING_MS), 1) if length > 0 else 0
    digest = hashlib.sha256(f"{filename}|{start:.17g}|{length:.17g}".encode("utf-8", "surrogateescape")).digest()
    extra = int.from_bytes(digest[:8], "big") % (settings.extra_ms + 1)
    return (times * length or settings.reach_ms) + extra


def scene_segments(job: SceneJob) -> Segments:
    """Find the segments for samples of one film, in one pass over it.

    A file without a moving picture has none. Raises MediaError if it cannot be read.
    """
    path = media_path(job.folder, job.filename)
    windows = [(start, start + look_length(job.filename, start, dur, job.settings)) for start, dur in job.spans]
    try:
        if job.settings.detector == MEAN:
            segment, end, problem = _by_mean(path, windows, job.settings)
        else:
            segment, end, problem = _by_cuts(path, windows, job.settings, job.threads)
    except NoVideoError:
        return Segments(has_video=False)
    segments: list[tuple[int, int]] = []
    beyond = []
    # A sound that outlasts its picture has no scenes: the file ends where its last packet does.
    picture_end = end if math.isinf(end) else math.floor(end + ROUNDING_MS)
    blind = any(picture_end <= start for start, _ in windows)
    file_end = _file_end(path) if blind else 0
    for (start, window_end), (_, dur) in zip(windows, job.spans):
        if start < picture_end:
            segments.append(segment(start, window_end))
        else:
            begin = math.ceil(start)
            beyond += [len(segments)] if begin >= file_end else []
            segments.append((begin, max(min(math.floor(start + dur), file_end) - begin, 0)))
    return Segments(tuple(segments), True, tuple(beyond), problem)


def _file_end(path: str) -> int:
    """Return when a file ends, sound and picture, in whole ms."""
    from lib.video.probe import probe  # with the kernels for sound

    return math.floor(probe(path).duration * 1000 + ROUNDING_MS)


Choice = Callable[[float, float], tuple[int, int]]


def _by_cuts(
    path: str, windows: list[tuple[float, float]], settings: SceneSettings, threads: int
) -> tuple[Choice, float, str]:
    """Return a function that chooses the segment of a window by the film's cuts, the film's end in ms, and its problem.

    The latter is where the film could not be read ("": nowhere that was examined).
    """
    reach = max(AROUND_MS, settings.shortest_ms)
    around = [(start - reach, end + reach) for start, end in windows]
    known = film_cuts(path, around, settings.overwrite, threads)

    def segment(start: float, end: float) -> tuple[int, int]:
        cuts = [(cut.old_ms, cut.new_ms) for cut in known.between(start - reach, end + reach)]
        return lasting_segment(start, min(end, known.end_ms), cuts, settings.shortest_ms, known.end_ms)

    return segment, known.end_ms, known.problem


def _by_mean(path: str, windows: list[tuple[float, float]], settings: SceneSettings) -> tuple[Choice, float, str]:
    """Return the same by the old detector."""
    from lib.video.mean_detector import FilmLevels  # with its kernels
    from lib.video.reader import VideoReader

    with VideoReader(path) as film:
        levels = FilmLevels(film, windows, settings.fps, (settings.width, settings.height), settings.shortest_ms)
        return levels.segment, levels.end, film.problem
