"""A sound too long to hold in memory: cut, levelled and mixed from a temporary file, block by block."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable
from types import TracebackType

import numpy as np

from lib.audio.effects import Audio

BYTES_PER_FRAME = 8
# Frames processed at a time: 5 s, 2 MB.
BLOCK = 1 << 18


class LongSound:
    """A stereo sound in an unnamed temporary file, faded at both ends; use it in a `with`.

    blocks: float32 of shape (frames, 2), in order; fade: frames of both fades, straight lines in amplitude (at most
    half of the sound), as `effects.cut` makes them; steady: remove its DC. frames: its length; rms: of both
    channels, with the fades.
    """

    def __init__(self, blocks: Iterable[Audio], fade: int, steady: bool) -> None:
        self._file = tempfile.TemporaryFile(prefix="sound-")  # noqa: SIM115 (closed by `close`)
        self.frames, total = 0, np.zeros(2)
        for block in blocks:
            self._file.write(np.ascontiguousarray(block, np.float32).reshape(-1).view(np.uint8).data)
            self.frames += len(block)
            total += block.sum(axis=0, dtype=np.float64)
        self._mean = (total / max(self.frames, 1) * steady).astype(np.float32)
        self._fade = min(fade, self.frames // 2)
        squares = 0.0
        for first in range(0, self.frames, BLOCK):
            squares += float(np.square(self.part(first, BLOCK), dtype=np.float64).sum())
        self.rms = math.sqrt(squares / (2 * self.frames)) if self.frames else 0.0

    def __enter__(self) -> LongSound:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def part(self, first: int, frames: int, backwards: bool = False) -> Audio:
        """Return some frames, shape (frames, 2), fewer at the end; backwards: from the last on."""
        count = max(min(frames, self.frames - first), 0)
        begin = max(self.frames - first - count, 0) if backwards else first
        self._file.seek(begin * BYTES_PER_FRAME)
        out = np.frombuffer(self._file.read(count * BYTES_PER_FRAME), np.float32).reshape(-1, 2) - self._mean
        places = np.arange(begin, begin + len(out))
        if self._fade and (begin < self._fade or begin + len(out) > self.frames - self._fade):
            gain = np.minimum(np.minimum(places, self.frames - 1 - places) / self._fade, 1.0)
            out *= gain.astype(np.float32)[:, None]
        return out[::-1] if backwards else out
