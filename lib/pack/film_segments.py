"""Film segments: what a film shows during a sample, with its sound there, each as mp4."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from lib.audio.ranges import read_ranges
from lib.errors import NoAudioError, NoVideoError
from lib.io.files import media_path
from lib.io.states import file_state
from lib.pack.encoding import wav_bytes
from lib.pack.sample_files import Written, shaped
from lib.video.planes import RGB
from lib.video.reader import VideoReader
from lib.video.writer import VideoWriter

# Hz and channels of their sound.
RATE, CHANNELS = 48_000, 2
# Frames per second where a film does not say, and at most: what says more counts ticks, not frames.
USUAL_FPS, MOST_FPS = 25, 120
QUALITY = "high"


@dataclass(frozen=True)
class FilmSegment:
    """A segment to write: its name, its beginning and length in the film in ms, and a digest of its sources."""

    name: str
    start_ms: float
    dur_ms: float
    made_from: str


@dataclass(frozen=True)
class SegmentsJob:
    """The segments of one film."""

    folder: str
    filename: str
    out: str
    segments: tuple[FilmSegment, ...]


def write_segments(job: SegmentsJob) -> Written:
    """Write the segments of a film in its size, at its rate; none of a file without a picture.

    Raises MediaError if the film cannot be read, or a segment cannot be written.
    """
    path = media_path(job.folder, job.filename)
    written = Written()
    try:
        film = VideoReader(path)
    except NoVideoError:
        return written
    with film, tempfile.TemporaryDirectory() as scratch:
        sounds = _sounds(path, job.segments, scratch)
        fps = Fraction(film.rate or USUAL_FPS).limit_denominator(1001)
        fps = fps if fps <= MOST_FPS else Fraction(USUAL_FPS)
        size = film.width, film.height
        for segment in sorted(job.segments, key=lambda one: one.start_ms):
            first = next(iter(film.frames(segment.start_ms, segment.start_ms)))
            if film.end_ms <= segment.start_ms:
                written.beyond.append(segment.start_ms)
                continue
            count = max(round(segment.dur_ms * fps / 1000), 1)
            target = os.path.join(job.out, segment.name)
            with VideoWriter(target, size, fps, count, QUALITY, RGB, sounds.get(segment.name, "")) as encoder:
                for n in range(count):
                    # The frame that is on the screen in the middle of this one's time.
                    ms = segment.start_ms + float((n + Fraction(1, 2)) * 1000 / fps)
                    first = next(iter(film.frames(ms, ms)))
                    encoder.write(np.ascontiguousarray(first.picture(*size)).data)
            written.made[segment.name] = [segment.made_from, file_state(target), 0.0, False]
        written.problem = film.problem
    return written


def _sounds(path: str, segments: tuple[FilmSegment, ...], scratch: str) -> dict[str, str]:
    """Write the sound of each segment to a wav file; return their paths, none for a film without sound."""
    found = {}
    ranges = [(segment.start_ms, segment.dur_ms) for segment in segments]
    try:
        for index, sound in read_ranges(path, RATE, CHANNELS, ranges):
            if len(sound):
                ready, _, _ = shaped(sound.reshape(len(sound), -1), RATE, None, True)
                target = Path(scratch, f"{index}.wav")
                target.write_bytes(wav_bytes(ready, RATE, None, ""))
                found[segments[index].name] = str(target)
    except NoAudioError:
        pass
    return found
