"""A film: scenes with hard cuts at known frames, and a sound; encoded as H.264 and AAC."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from make.drawing import HEIGHT, WIDTH, Picture
from make.programs import RATE, Samples, at_peak, ffmpeg_exe, run, with_room_tone, write_wav
from make.tables import write_table

PEAK_DB = -3.0
# A few hundred kB for half a minute, with hardly a block to be seen.
VIDEO_CRF = 29
AUDIO_KBIT = 64

# A scene draws the picture at a time in seconds since its own beginning.
Scene = Callable[[float], Picture]


@dataclass(frozen=True)
class Film:
    """What a film is made of. `sound` has shape (n, 2) at RATE and is cut or padded to the pictures' length."""

    filename: str
    title: str
    sounds_like: str  # what there is to hear
    fps: Fraction
    scenes: Sequence[tuple[Scene, int]]  # each with its number of frames
    sound: Callable[[], Samples]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return sum(count for _, count in self.scenes)

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.frames / self.fps)

    def cuts(self) -> list[tuple[int, int]]:
        """For every scene but the first: its first frame (counted from 0) and when that is shown, in ms."""
        firsts = np.cumsum([count for _, count in self.scenes])[:-1].tolist()
        return [(first, round(first * 1000 / self.fps)) for first in firsts]


def _draw(film: Film, path: Path) -> None:
    """Draws all frames into a file of raw RGB pictures."""
    with path.open("wb") as file:
        for scene, count in film.scenes:
            for frame in range(count):
                picture = np.clip(np.round(scene(float(frame / film.fps))), 0, 255)
                file.write(picture.astype(np.uint8).tobytes())


def make_film(folder: Path, film: Film) -> None:
    """Draws, renders and encodes a film into `folder`. Raises SampleMediaError if a program fails."""
    length = round(film.frames / film.fps * RATE)
    sound = film.sound()[:length]
    sound = np.pad(sound, ((0, length - len(sound)), (0, 0)))
    with tempfile.TemporaryDirectory() as temporary:
        wav, pictures = Path(temporary) / "sound.wav", Path(temporary) / "pictures.rgb"
        _draw(film, pictures)
        write_wav(wav, with_room_tone(at_peak(sound, PEAK_DB)))
        rate = f"{film.fps.numerator}/{film.fps.denominator}"
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", rate, "-i", str(pictures)]
        # One thread: with more, the encoded bytes would depend on the number of cores.
        video = ["-c:v", "libx264", "-preset", "veryslow", "-crf", str(VIDEO_CRF), "-threads", "1"]
        video += ["-pix_fmt", "yuv420p"]
        audio = ["-c:a", "aac", "-b:a", f"{AUDIO_KBIT}k"]
        exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
        title = ["-metadata", f"title={film.title}", "-movflags", "+faststart"]
        command = [ffmpeg_exe(), "-v", "error", "-y", *raw, "-i", str(wav), *video, *audio, *exact, *title]
        run([*command, str(folder / film.filename)])


def write_film_tables(folder: Path, films: Sequence[Film]) -> None:
    """films.csv, one row per film, and films_cuts.csv, one row per cut (`ms`: when its `frame` is shown)."""
    rows = [[film.filename, film.title, f"{film.duration:.3f}", _rate(film.fps), film.sounds_like] for film in films]
    write_table(folder / "films.csv", ["filename", "title", "duration", "fps", "sound"], rows)
    cuts = [[film.filename, frame, ms] for film in films for frame, ms in film.cuts()]
    write_table(folder / "films_cuts.csv", ["filename", "frame", "ms"], cuts)


def _rate(fps: Fraction) -> str:
    """Frames per second: an integer, or three decimals."""
    return str(fps) if fps.denominator == 1 else f"{float(fps):.3f}"
