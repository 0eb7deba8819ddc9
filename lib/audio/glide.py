"""A sound delayed by a slowly changing amount, so that it follows its time stamps: resampling at a variable rate."""

from __future__ import annotations

import math
from collections import deque
from functools import cache

import numpy as np

# Samples on each side of a windowed sinc (Kaiser, beta 9: -90 dB), and its tabulated places per sample.
SIDE = 16
PLACES = 512
BETA = 9.0


@cache
def _filter() -> np.ndarray:
    """Return the filter at each place between two samples: float64, shape (PLACES + 1, 2 SIDE); rows sum to 1."""
    offset = np.arange(1 - SIDE, SIDE + 1)[None, :] - np.arange(PLACES + 1)[:, None] / PLACES
    inside = np.clip(1.0 - (offset / SIDE) ** 2, 0.0, None)
    table = np.sinc(offset) * np.i0(BETA * np.sqrt(inside)) * (inside > 0.0)
    return table / table.sum(axis=1, keepdims=True)


class Glide:
    """Delays a sound, which comes in blocks, as marks say; without a delay the sound is unchanged.

    A mark is (sample, delay of the sound there in samples); between marks the delay changes evenly.
    """

    def __init__(self, channels: int, moved: float = 0.0) -> None:
        self._held = np.zeros((0, channels), np.float32)
        self._base = 0  # index of the first sample held
        self._marks: deque[tuple[float, float]] = deque()
        self._at = 0.0, moved  # the last mark that was reached
        self._made = round(moved)  # samples given out, and the initial delay

    def mark(self, sample: float, moved: float) -> None:
        """Set the delay at a sample that was not given out yet."""
        self._marks.append((sample, moved))

    def add(self, values: np.ndarray, last: bool = False) -> np.ndarray:
        """Add values (samples, channels), float32; return what is complete."""
        moves = self._at[1] != 0.0 or any(moved for _, moved in self._marks)
        if not moves and not len(self._held):
            self._base += len(values)
            self._made += len(values)
            self._reached(self._base)
            return values
        self._held = np.concatenate([self._held, values])
        end = self._base + len(self._held)
        parts = []
        while self._marks and (self._marks[0][0] + SIDE <= end or last):
            parts.append(self._until(*self._marks.popleft()))
        if last and end > self._at[0]:
            parts.append(self._until(end, self._at[1]))
        kept = max(min(math.floor(self._at[0]) - 2 * SIDE, end) - self._base, 0)
        self._held, self._base = self._held[kept:].copy(), self._base + kept
        return np.concatenate([self._held[:0], *parts])

    def _reached(self, sample: int) -> None:
        while self._marks and self._marks[0][0] <= sample:
            self._at = self._marks.popleft()

    def _until(self, sample: float, moved: float) -> np.ndarray:
        """Return the sound from its present position to a mark."""
        (begun, before), self._at = self._at, (sample, moved)
        length = (sample + moved) - (begun + before)
        count = max(math.ceil(sample + moved) - self._made, 0)
        out = np.empty((count, self._held.shape[1]), np.float32)
        if count and length > 0:
            from lib.audio.sample_kernels import interpolate

            step = (sample - begun) / length
            first = begun + (self._made - (begun + before)) * step - self._base
            interpolate(np.ascontiguousarray(self._held), first, step, _filter(), out)
        self._made += count
        return out
