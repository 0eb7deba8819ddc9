"""The shared files of a group of samples: a sheet of pictures, a small one, and one compressed track of sound."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lib.errors import MediaError
from lib.explorer.material import FULL_SCALE, OPUS_RATE, Material
from lib.explorer.packing import script
from lib.io.encoder import Encoder
from lib.io.files import atomic_path

ACROSS = 16
# Samples that share files: a square of the grid; 16 x 16 pictures, and a minute or two of sound.
GROUP = ACROSS * ACROSS
# Reduction of the small pictures: with all of them on the screen no more detail is visible.
SMALL = 3
# Effort of libwebp, 0 to 6.
SPEED = 4
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


@dataclass(frozen=True)
class GroupFiles:
    """The files of a group."""

    pictures: str
    small: str
    sound: str


def group_files(folder: str | Path, number: int) -> GroupFiles:
    """Return the names of a group's files in the page's data folder."""
    names = (f"pictures_{number:04d}.webp", f"small_{number:04d}.webp", f"sound_{number:04d}.js")
    return GroupFiles(*(os.path.join(folder, name) for name in names))


def write_pictures(
    files: GroupFiles, samples: Sequence[tuple[Material, int] | None], width: int, height: int, quality: int
) -> None:
    """Write a group's pictures, 16 a row, in cells of this size, and again SMALL times smaller.

    samples: of each, the material of its file and its number there; None: no material, a black cell.
    """
    rows = -(-len(samples) // ACROSS)
    sheet = np.zeros((rows, height, ACROSS, width, 3), np.uint8)
    for place, sample in enumerate(samples):
        if sample is not None:
            sheet[place // ACROSS, :, place % ACROSS] = sample[0].picture(sample[1])
    whole = Image.fromarray(sheet.reshape(rows * height, ACROSS * width, 3))
    small = whole.resize((ACROSS * (width // SMALL), rows * (height // SMALL)), Image.Resampling.BOX)
    for target, picture in ((files.pictures, whole), (files.small, small)):
        with atomic_path(target, follow=False) as part:
            try:
                picture.save(part, "WEBP", quality=quality, method=SPEED)
            except OSError as error:
                raise MediaError(f"cannot be written ({error})", target) from error


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


def write_sound(files: GroupFiles, number: int, sounds: Sequence[np.ndarray], kbps: int) -> list[int]:
    """Write a group's sounds (int16, at OPUS_RATE) as one track of Opus; return the start of each, in samples.

    The track is one script (see `lib.explorer.packing`): the mark, then the sounds with gaps between them.
    """
    lead = np.zeros(LEAD, "<i2")
    lead[MARK_AT - MARK_WIDTH : MARK_AT + MARK_WIDTH + 1] = mark()
    parts, at, end = [lead], [], LEAD
    for sound in sounds:
        at.append(end)
        parts += [faded(sound), np.zeros(GAP, "<i2")]
        end += len(sound) + GAP
    source = ["-f", "s16le", "-ar", str(OPUS_RATE), "-ac", "1", "-i", "pipe:0"]
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
    # CELT only: the speech mode of Opus does not preserve the waveform, and mode switches are audible in short sounds.
    codec = ["-c:a", "libopus", "-application", "lowdelay", "-b:a", f"{kbps}k", "-vbr", "constrained"]
    codec += ["-frame_duration", str(PACKET_MS)]
    with atomic_path(files.sound, follow=False) as part:
        place = ["-f", "webm", "-y", f"file:{os.path.abspath(part)}"]
        with Encoder(files.sound, [*source, *exact, *codec, *place]) as ffmpeg:
            ffmpeg.write(np.concatenate(parts).tobytes())
        Path(part).write_bytes(script(number, Path(part).read_bytes()))
    return at
