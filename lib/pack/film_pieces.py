"""Film pieces: what a film shows during a sample, with its sound there, each as mp4."""

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
class Piece:
    """A piece to write: its name, its beginning and length in ms of its film, and a digest of what it is made from."""

    name: str
    start_ms: float
    dur_ms: float
    made_from: str


@dataclass(frozen=True)
class PiecesJob:
    """The pieces of one film."""

    folder: str
    filename: str
    out: str
    pieces: tuple[Piece, ...]


def write_pieces(job: PiecesJob) -> Written:
    """Write the pieces of a film in its size, at its rate; none of a file without a picture.

    Raises MediaError if the film cannot be read, or a piece cannot be written.
    """
    path = media_path(job.folder, job.filename)
    written = Written()
    try:
        film = VideoReader(path)
    except NoVideoError:
        return written
    with film, tempfile.TemporaryDirectory() as scratch:
        sounds = _sounds(path, job.pieces, scratch)
        fps = Fraction(film.rate or USUAL_FPS).limit_denominator(1001)
        fps = fps if fps <= MOST_FPS else Fraction(USUAL_FPS)
        size = film.width, film.height
        for piece in sorted(job.pieces, key=lambda one: one.start_ms):
            first = next(iter(film.frames(piece.start_ms, piece.start_ms)))
            if film.end_ms <= piece.start_ms:
                written.beyond.append(piece.start_ms)
                continue
            count = max(round(piece.dur_ms * fps / 1000), 1)
            target = os.path.join(job.out, piece.name)
            with VideoWriter(target, size, fps, count, QUALITY, RGB, sounds.get(piece.name, "")) as encoder:
                for n in range(count):
                    # The frame that is on the screen in the middle of this one's time.
                    ms = piece.start_ms + float((n + Fraction(1, 2)) * 1000 / fps)
                    first = next(iter(film.frames(ms, ms)))
                    encoder.write(np.ascontiguousarray(first.picture(*size)).data)
            written.made[piece.name] = [piece.made_from, file_state(target), 0.0, False]
        written.problem = film.problem
    return written


def _sounds(path: str, pieces: tuple[Piece, ...], scratch: str) -> dict[str, str]:
    """Write the sound of each piece to a wav file; return their paths, none for a film without sound."""
    found = {}
    ranges = [(piece.start_ms, piece.dur_ms) for piece in pieces]
    try:
        for index, sound in read_ranges(path, RATE, CHANNELS, ranges):
            if len(sound):
                ready, _, _ = shaped(sound.reshape(len(sound), -1), RATE, None, True)
                target = Path(scratch, f"{index}.wav")
                target.write_bytes(wav_bytes(ready, RATE, None, ""))
                found[pieces[index].name] = str(target)
    except NoAudioError:
        pass
    return found
