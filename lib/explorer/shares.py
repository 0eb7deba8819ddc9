"""How the size of a page is shared out between pictures, sound and loops of films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.explorer.loops import LEAST_BYTES, LoopSize, loop_size
from lib.explorer.material import OPUS_RATE
from lib.explorer.tracks import GAP, KBPS, LEAD, TRACK
from lib.io.endings import SOUND_ENDINGS

# Bytes per pixel of the sheets, the small ones included, that no film takes, by quality: those of a busy film with much
# grain.
QUALITIES = (1, 15, 30, 60, 75, 85, 90, 95, 100)
PICTURE_BYTES = (0.06, 0.15, 0.23, 0.34, 0.39, 0.52, 0.62, 0.75, 0.9)
# The limit for pages that would be too large with that. Most films stay below it at quality 60.
TIGHT_BYTES = 0.18
# Size of a track, at most, per bit of its nominal size: 16/15 for the text, the rest for the container.
SOUND_BYTES = 1.12
# Bytes of the page itself, its scripts and styles, roughly.
FRONT_BYTES = 250_000
# Bytes of a row's cells, roughly.
ROW_BYTES = 250
# The lowest bit rate to which sound is reduced so that there is room for the smallest loops, in kbit/s.
LEAST_BESIDE_LOOPS = 24
# Size of packed bytes: 16/15, and the names and sizes in their files.
PACKED = 1.1
# Extensions of files without a film.
SOUNDS = frozenset((*SOUND_ENDINGS, ".aac", ".aif", ".aiff", ".au", ".oga", ".opus", ".wma"))


@dataclass(frozen=True)
class Settings:
    """How the page is built. cell: width of a picture, in pixels; quality: of pictures, 1 to 100; kbps: of sound, 0:
    as `megabytes` allows; longest: how much of a sample is heard, in ms."""

    cell: int
    quality: int
    kbps: int
    longest: int
    megabytes: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a picture: 4 to 3."""
        return self.cell, self.cell * 3 // 4


@dataclass(frozen=True)
class Shares:
    """The bit rate of the sound in kbit/s; the size of loops, if there are any; the bytes per pixel to which the
    pictures of a sheet are reduced: None: they have their full quality."""

    kbps: int
    loop: LoopSize | None
    pixel_bytes: float | None


def may_move(filename: str) -> bool:
    """Return whether a file may be a film, by its extension."""
    return Path(filename).suffix.lower() not in SOUNDS


def share_out(settings: Settings, rows: int, films: int, length: float) -> Shares:
    """Return how a page with this many samples, `films` of them in films, stays below its size.

    length: of all sound, in seconds. Full quality if that and loops fit; else the pictures are limited, and the bit
    rate (unless it is set) is the highest that leaves room for loops; else there are none.
    """
    rates: Sequence[int] = (settings.kbps,) if settings.kbps else KBPS
    beside = [kbps for kbps in rates if settings.kbps or kbps >= LEAST_BESIDE_LOOPS]
    full = float(np.interp(settings.quality, QUALITIES, PICTURE_BYTES))
    for kbps, pixel_bytes in [(rates[0], full), *((kbps, TIGHT_BYTES) for kbps in beside)]:
        room = room_for_loops(settings, rows, length, kbps, pixel_bytes)
        if room >= films * LEAST_BYTES * PACKED:
            loop = loop_size(room / films / PACKED) if films else None
            return Shares(kbps, loop, None if pixel_bytes == full else pixel_bytes)
    fits = (kbps for kbps in rates if room_for_loops(settings, rows, length, kbps, TIGHT_BYTES) >= 0)
    return Shares(next(fits, rates[-1]), None, TIGHT_BYTES)


def room_for_loops(settings: Settings, rows: int, length: float, kbps: int, pixel_bytes: float) -> float:
    """Return how many bytes a page has left for loops, by estimate; below 0: it is too large."""
    width, height = settings.size
    length += rows * (GAP + LEAD / TRACK) / OPUS_RATE
    sound = length * kbps * 125 * SOUND_BYTES
    return settings.megabytes * 1e6 - FRONT_BYTES - rows * (width * height * pixel_bytes + ROW_BYTES) - sound
