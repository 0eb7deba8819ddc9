"""The tracks that sounds are mixed into: in memory, or in a temporary file where they are long."""

from __future__ import annotations

import shutil
import tempfile
from typing import Final, Protocol

import numpy as np

from lib.audio.effects import Audio
from lib.errors import MediaError

# Two channels of float32.
BYTES_PER_FRAME: Final = 8

# Bytes of a mix that are held in memory (5.8 minutes): together with the rest, less than 500 MB. A longer mix goes to
# a temporary file and takes 1.6 times as long.
BUS_IN_MEMORY: Final = 1 << 27


class Bus(Protocol):
    """A stereo track that begins as silence: `part` to look at some frames, `keep` to put them back."""

    def part(self, first: int, frames: int) -> Audio:
        """Return `frames` frames from `first` on, to be modified."""

    def keep(self, first: int, part: Audio) -> None:
        """Put back what `part` returned."""

    def close(self) -> None:
        """Free the memory, or the file."""


class MemoryBus:
    """A track in memory. Its parts are views: a change of a part is a change of the track."""

    def __init__(self, frames: int) -> None:
        self._track = np.zeros((frames, 2), np.float32)

    def part(self, first: int, frames: int) -> Audio:
        """Return `frames` frames from `first` on, to be modified."""
        return self._track[first : first + frames]

    def keep(self, first: int, part: Audio) -> None:
        """Put back what `part` returned."""
        pass

    def close(self) -> None:
        """Free the memory, or the file."""
        self._track = np.zeros((0, 2), np.float32)


class FileBus:
    """A track in an unnamed temporary file, read and written in parts, so that it takes no memory."""

    def __init__(self, frames: int) -> None:
        self._file = tempfile.TemporaryFile(prefix="mix-")  # noqa: SIM115 (closed by `close`)
        self._file.truncate(frames * BYTES_PER_FRAME)

    def part(self, first: int, frames: int) -> Audio:
        """Return `frames` frames from `first` on, to be modified."""
        self._file.seek(first * BYTES_PER_FRAME)
        track = np.empty((frames, 2), np.float32)
        self._file.readinto(track.data.cast("B"))
        return track

    def keep(self, first: int, part: Audio) -> None:
        """Put back what `part` returned."""
        self._file.seek(first * BYTES_PER_FRAME)
        self._file.write(part.data.cast("B"))

    def close(self) -> None:
        """Free the memory, or the file."""
        self._file.close()


def new_bus(frames: int, count: int) -> Bus:
    """Return one of `count` buses of that length: in memory if all have room there, else in a temporary file."""
    needed = frames * BYTES_PER_FRAME * count
    if needed <= BUS_IN_MEMORY:
        return MemoryBus(frames)
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    if free < needed:
        raise MediaError(
            f"a mix of this length needs {needed / 1e9:.1f} GB of temporary space, but only {free / 1e9:.1f} GB is "
            "free: set TMPDIR to a folder on a larger disk",
            place,
        )
    return FileBus(frames)
