"""Decoded sound on its way to be mixed and resampled: sections of some seconds."""

from __future__ import annotations

import numpy as np

from lib.audio.sound_frames import Gathered, Kind, samples_of

# Approximate length of the blocks handed out, so that the work per block is worth the call.
BLOCK_SECONDS = 20.0


class Section:
    """Some BLOCK_SECONDS of sound of one kind, and how far it is moved to follow its stamps within them.

    begins: in seconds of sound; carriers: the channels that carry sound; marks: (seconds of sound, delay in seconds).
    """

    def __init__(self, kind: Kind, begins: float, carriers: tuple[int, ...]) -> None:
        self.kind, self.begins, self.carriers = kind, begins, carriers
        self.marks: list[tuple[float, float]] = []
        self._held: Gathered | None = None
        self._parts: list[np.ndarray] = []

    def add(self, planes: list[np.ndarray]) -> None:
        """Add a decoded frame."""
        self._held = self._held or Gathered(self.kind, round((BLOCK_SECONDS + 1.0) * self.kind.rate))
        self._held.add(planes)

    def _settle(self) -> None:
        if self._held is not None:
            self._parts.append(self._held.samples())
            self._held = None

    def add_silence(self, samples: int) -> None:
        """Add silence."""
        self._settle()
        self._parts.append(np.zeros((samples, len(self.kind.names)), np.float32))

    def leave_out(self, planes: list[np.ndarray], samples: int) -> None:
        """Add a decoded frame without its first samples."""
        self._settle()
        self._parts.append(samples_of([planes], self.kind)[samples:])

    def samples(self) -> np.ndarray:
        """Return the sound, float32, shape (samples, channels)."""
        self._settle()
        return self._parts[0] if len(self._parts) == 1 else np.concatenate(self._parts)

    @classmethod
    def of(
        cls, kind: Kind, begins: float, carriers: tuple[int, ...], marks: list[tuple[float, float]], samples: np.ndarray
    ) -> Section:
        """Return a section that holds some sound, float32, shape (samples, channels)."""
        section = cls(kind, begins, carriers)
        section.marks += marks
        section._parts.append(samples)
        return section
