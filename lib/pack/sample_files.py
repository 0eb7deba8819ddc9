"""Writing the samples of one file to separate files, in one pass."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field

import numpy as np

from lib.audio.decoding import Decoder
from lib.audio.effects import gain_of_db
from lib.audio.ranges import read_ranges, sample_range
from lib.errors import MediaError
from lib.io.files import atomic_path, media_path
from lib.io.states import file_state
from lib.pack.encoding import write_sample

FADE_MS = 2.0
# Peaks beyond full scale are lowered to this; for a lossy encoder, which overshoots, to -1 dB.
PEAK_DB, LOSSY_PEAK_DB = 0.0, -1.0
LOSSY = (".mp3", ".ogg")
MOST_CHANNELS = 2


@dataclass(frozen=True)
class SampleFile:
    """A sample to write. midi: its pitch as a note number with fractions, None without; made_from: a digest."""

    name: str
    start_ms: float
    dur_ms: float
    midi: float | None
    made_from: str


@dataclass(frozen=True)
class SampleFilesJob:
    """The samples of one file. level_db: RMS level of all, None: unchanged."""

    folder: str
    filename: str
    out: str
    level_db: float | None
    samples: tuple[SampleFile, ...]


@dataclass
class Written:
    """What became of a file's samples. made: by name, [made_from, state of the file, level in dB before it was set,
    whether it is softer than asked for]; beyond: starts, ms, of samples after its
    end; empty: number of those of length 0."""

    made: dict[str, list[object]] = field(default_factory=dict)
    beyond: list[float] = field(default_factory=list)
    empty: int = 0
    problem: str = ""


def native_format(path: str) -> tuple[int, int]:
    """Return the rate (Hz) of a file's sound, and its channels, 2 at most. Raises as `AudioReader`."""
    decoder = Decoder(path)
    try:
        return decoder.native_rate, min(decoder.native_channels, MOST_CHANNELS)
    finally:
        decoder.close()


def write_sample_files(job: SampleFilesJob) -> Written:
    """Write the samples of a file. Raises MediaError if it cannot be read, or one cannot be written."""
    path = media_path(job.folder, job.filename)
    rate, channels = native_format(path)
    written = Written()
    told: list[str] = []
    ranges = [(sample.start_ms, sample.dur_ms) for sample in job.samples]
    for index, sound in read_ranges(path, rate, channels, ranges, told.append):
        sample = job.samples[index]
        if not len(sound):
            has_length = sample_range(0, sample.dur_ms, rate)[1] > 0
            written.beyond += [sample.start_ms] if has_length else []
            written.empty += not has_length
            continue
        target = os.path.join(job.out, sample.name)
        lossy = os.path.splitext(sample.name)[1] in LOSSY
        ready, level, softer = shaped(sound.reshape(len(sound), -1), rate, job.level_db, lossy)
        with atomic_path(target, follow=False) as part:
            write_sample(part, ready, rate, sample.midi, f"{job.filename} at {sample.start_ms / 1000:.3f} s")
        written.made[sample.name] = [sample.made_from, file_state(target), level, softer]
    written.problem = told[0] if told else ""
    if not written.made and written.problem:
        raise MediaError(written.problem)
    return written


def shaped(sound: np.ndarray, rate: int, level_db: float | None, lossy: bool) -> tuple[np.ndarray, float, bool]:
    """Return sound (frames, channels) with fades, at its level; its level before in dB (RMS); whether it is softer.

    A sound beyond full scale is lowered as a whole, and is softer than asked for.
    """
    sound = np.nan_to_num(sound.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    fade = min(round(FADE_MS * rate / 1000), len(sound) // 2)
    if fade:
        ramp = np.arange(fade)[:, None] / fade
        sound[:fade] *= ramp
        sound[-fade:] *= ramp[::-1]
    rms = float(np.sqrt(np.mean(sound**2)))
    level = 20 * math.log10(max(rms, 1e-10))
    gain = gain_of_db(level_db) / rms if level_db is not None and rms > 0 else 1.0
    peak, most = float(np.abs(sound).max()) * gain, gain_of_db(LOSSY_PEAK_DB if lossy else PEAK_DB)
    softer = peak > 1.0
    return (sound * (gain * (most / peak if softer else 1.0))).astype(np.float32), round(level, 3), softer
