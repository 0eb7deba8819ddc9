"""Tracks: the sounds of a few neighbours, compressed together, as scripts that the page loads when they are near."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

from lib.audio.effects import db_of_rms
from lib.errors import MediaError
from lib.explorer.material import FULL_SCALE, OPUS_RATE
from lib.explorer.packing import script, track_id
from lib.io.ffmpeg import reason_of
from lib.io.files import atomic_path

# A track is what is loaded and decoded for one sound to be heard: a square of 4 x 4 cells of a grid, and less if they
# are long, so that it takes hundredths of a second.
TRACK = 16
LONGEST_TRACK = 8 * OPUS_RATE
# A track begins with a mark at this sample, within silence of this many samples in all. The page searches for the mark
# and knows the true positions, whatever a browser does with the encoder's delay.
MARK_AT, LEAD = OPUS_RATE // 20, OPUS_RATE // 10
MARK_WIDTH = OPUS_RATE // 2000
MARK_LEVEL = 0.5
# Silence between samples: one frame of Opus, so that samples do not leak into each other.
GAP = OPUS_RATE // 50
# Length of the fades of a sample: without clicks, and without ringing of the codec.
FADE = OPUS_RATE * 4 // 1000
# Sound in a packet: three usual frames of Opus, since each packet costs some 8 bytes of the container.
PACKET_MS = 60
# Bit rates in kbit/s to choose from: Opus is transparent at the first, and still good for orientation at the last.
KBPS = (64, 48, 40, 32, 24, 16)
# The level of silence, in dBFS: 16 bits reach no lower.
SILENT_DB = -99.0


@dataclass
class Tracks:
    """The tracks of a group. track: of each sound, its track's number in the group; at: where it begins there, in
    samples; level: in dBFS (RMS); count: of tracks."""

    track: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    level: list[float] = field(default_factory=list)
    count: int = 0


def track_path(folder: str | Path, group: int, number: int) -> str:
    """Return the name of a track's script in the page's data folder."""
    return os.path.join(folder, f"sound_{group:04d}_{number:02d}.js")


def cut_into_tracks(lengths: Sequence[int]) -> list[int]:
    """Return for each sound (length in samples) the number of its track: rising from 0, TRACK sounds at most."""
    numbers: list[int] = []
    number = held = sounds = 0
    for length in lengths:
        if sounds == TRACK or (sounds and held + length > LONGEST_TRACK):
            number, held, sounds = number + 1, 0, 0
        held, sounds = held + length + GAP, sounds + 1
        numbers.append(number)
    return numbers


def write_tracks(folder: str | Path, group: int, sounds: Sequence[np.ndarray], kbps: int, most: int) -> Tracks:
    """Write a group's sounds (int16, at OPUS_RATE) as tracks of Opus; return where each is.

    A track is one script (see `lib.explorer.packing`): the mark, then the sounds with gaps between them. most: samples
    in a group. Raises MediaError if a file cannot be written.
    """
    found = Tracks(cut_into_tracks([len(sound) for sound in sounds]))
    found.count = found.track[-1] + 1 if found.track else 0
    for number in range(found.count):
        members = [sound for sound, track in zip(sounds, found.track, strict=True) if track == number]
        pcm, at = joined(members)
        found.at += at
        target = track_path(folder, group, number)
        with atomic_path(target, follow=False) as part:
            Path(part).write_bytes(script("explorerSound", [track_id(group, number, most)], encoded(pcm, kbps, target)))
    found.level = [level_of(sound) for sound in sounds]
    return found


def joined(sounds: Sequence[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Return the samples of a track (int16), and where in it each sound begins."""
    lead = np.zeros(LEAD, "<i2")
    lead[MARK_AT - MARK_WIDTH : MARK_AT + MARK_WIDTH + 1] = mark()
    parts, at, end = [lead], [], LEAD
    for sound in sounds:
        at.append(end)
        parts += [faded(sound), np.zeros(GAP, "<i2")]
        end += len(sound) + GAP
    return np.concatenate(parts), at


def level_of(sound: np.ndarray) -> float:
    """Return the level of a sound (int16) in dBFS (RMS), to a tenth."""
    if not len(sound):
        return SILENT_DB
    rms = float(np.sqrt(np.mean(np.square(sound.astype(np.float64))))) / FULL_SCALE
    return round(max(db_of_rms(rms), SILENT_DB), 1)


def mark() -> np.ndarray:
    """Return the mark before encoding: int16, a smooth bump, MARK_WIDTH to either side of its peak."""
    bump = np.hanning(2 * MARK_WIDTH + 1) * MARK_LEVEL * FULL_SCALE
    return np.round(bump).astype("<i2")


def faded(sound: np.ndarray) -> np.ndarray:
    """Return a sound (int16) with short fades at both ends."""
    length = min(FADE, len(sound) // 2)
    ramp = (np.arange(length) + 0.5) / max(length, 1)
    values = sound.astype(np.float64)
    values[:length] *= ramp
    values[len(values) - length :] *= ramp[::-1]
    return np.round(values).astype("<i2")


def encoded(pcm: np.ndarray, kbps: int, target: str) -> bytes:
    """Return mono sound (int16, at OPUS_RATE) as Opus in WebM, the same bytes each time.

    CELT only: the speech mode of Opus does not preserve the waveform, and mode switches are audible in short sounds.
    target: the file that an error is about.
    """
    held = io.BytesIO()
    codec = {"application": "lowdelay", "vbr": "constrained", "frame_duration": str(PACKET_MS)}
    try:
        with av.open(held, "w", format="webm", options={"fflags": "+bitexact"}) as container:
            stream = container.add_stream("libopus", rate=OPUS_RATE, options=codec, layout="mono")
            assert isinstance(stream, AudioStream)
            stream.bit_rate = kbps * 1000
            stream.codec_context.flags |= av.codec.context.Flags.bitexact
            frame = av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = OPUS_RATE, 0
            for item in (frame, None):
                container.mux(stream.encode(item))
    except av.error.FFmpegError as error:
        raise MediaError(f"cannot be written ({reason_of(error)})", target) from error
    return held.getvalue()
