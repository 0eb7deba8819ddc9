"""The level of a sound in blocks of 1.5 ms: where attacks rise, where sounds end.

Levels of hours of sound wait in a temporary file, so that memory is bounded.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numba import njit

from lib.audio.biquads import filter_sections
from lib.audio.spectra import ANALYSIS_RATE

# Samples: 1.45 ms
BLOCK = 32
BLOCK_MS = BLOCK * 1000 / ANALYSIS_RATE
# Below this (Hz) nothing is heard: the DC offset of a recording is not its level.
LOWEST_HZ = 20.0
# Blocks over which a level is averaged: 10 ms.
SMOOTH = 7
# Blocks before and after a moment that its rise compares: 9 ms, longer than most periods of a low note and shorter
# than an attack. The best of 4-16 on notes and drums other than those of the report.
RISE = 6
# A rise is measured against this share of the highest level in the file, not against digital silence.
RISE_FLOOR = 1e-6
# A slow attack begins where the rise over FOOT blocks falls below FOOT_DB, at most FOOT_BLOCKS before it is steepest.
FOOT, FOOT_DB, FOOT_BLOCKS = 8, 1.0, 30
# The decay of a level after its attack: the mean of blocks 20 to 44 (29 to 64 ms) against that of blocks 6 to 12.
SOON, LATER = (6, 12), (20, 44)
# Lead of a sample before the attack, so that none of it is cut.
LEAD_MS = 2.0
# Blocks that a sample continues past the last one that sounds.
TAIL = 3
# Values (two per block) held in memory: ten minutes.
SPOOL_BYTES = 4 << 20
# Blocks read at a time: 95 s
CHUNK = 1 << 16
# Samples added at a time
AT_ONCE = 1 << 15


@dataclass(frozen=True)
class Attack:
    """Where a level begins to rise most steeply (block), by how much (dB), and how it continues (dB).

    growth: 0 and more for bowed or blown sounds, which still swell; less for struck ones, which fade.
    """

    block: int
    rise: float
    growth: float = 0.0


class Levels:
    """Energies of a mono signal at ANALYSIS_RATE, one pair per BLOCK: of the sound, and of its differences.

    The differences stress what is new: an attack is bright, a sustained low note is not. Use it in a `with`; feed it
    with `add`, then call `finish` before any query. The block boundaries of the signal do not matter.
    """

    def __init__(self) -> None:
        self._spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        self._rest = np.zeros((2, 0))
        pole = 1 - 2 * math.pi * LOWEST_HZ / ANALYSIS_RATE
        self._filter = np.array([[1.0, -1.0, 0.0, 1.0, -pole, 0.0]])
        self._state = np.zeros((1, 2))
        self._last: float | None = None
        self.count = 0  # of blocks
        self.loudest = 0.0  # energy over SMOOTH blocks
        self._sharpest = 0.0
        # What was read last, and its first block
        self._window, self._place = np.zeros((0, 2), np.float32), 0

    def __enter__(self) -> Levels:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()

    def add(self, block: np.ndarray) -> None:
        """Add the next samples, float32 of shape (samples,)."""
        # Some at a time, which stay in the processor's cache.
        for first in range(0, len(block), AT_ONCE):
            self._add(block[first : first + AT_ONCE])

    def _add(self, block: np.ndarray) -> None:
        sound = block.astype(np.float64)
        if self._last is None:  # a constant from the first sample on is silence
            self._last = float(sound[0])
            self._state[0, 0] = -self._last
        waiting = self._rest.shape[1]
        squares = np.empty((2, waiting + len(sound)))
        squares[:, :waiting] = self._rest
        squares[0, waiting:] = filter_sections(self._filter, sound, self._state)
        squares[1, waiting] = sound[0] - self._last
        np.subtract(sound[1:], sound[:-1], out=squares[1, waiting + 1 :])
        np.square(squares[:, waiting:], out=squares[:, waiting:])
        self._last = float(sound[-1])
        # Whole groups: the maximum is taken over the same groups, whatever the blocks.
        ready = squares.shape[1] // (BLOCK * SMOOTH) * (BLOCK * SMOOTH)
        self._put(squares[:, :ready])
        self._rest = squares[:, ready:].copy()

    def finish(self) -> None:
        """Add the last samples."""
        self._put(np.pad(self._rest, ((0, 0), (0, -self._rest.shape[1] % BLOCK))))
        self._rest = self._rest[:, :0]

    def _put(self, squares: np.ndarray) -> None:
        """Write the energies of whole blocks: squares of the sound and of its differences, shape (2, samples)."""
        if not squares.shape[1]:
            return
        energy = np.ascontiguousarray(squares.reshape(2, -1, BLOCK).mean(axis=2).T, np.float32)
        self._spool.seek(0, 2)
        self._spool.write(energy.tobytes())
        self.count += len(energy)
        self.loudest = max(self.loudest, float(_groups(energy[:, 0]).max()))
        self._sharpest = max(self._sharpest, float(energy[:, 1].max()))

    def read(self, first: int, end: int) -> np.ndarray:
        """Return the energies of the blocks `first` to `end`, float32, shape (blocks, 2); fewer at the file's ends."""
        first, end = max(first, 0), max(min(end, self.count), first, 0)
        # Most queries come in the order of the file, close together: what was read last serves many of them.
        if not self._place <= first <= end <= self._place + len(self._window):
            self._spool.seek(first * 8)
            length = max(end - first, min(CHUNK, self.count - first))
            self._place, self._window = first, np.frombuffer(self._spool.read(length * 8), np.float32).reshape(-1, 2)
        return self._window[first - self._place : end - self._place]

    def _chunks(self, first: int, end: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first block, level of each group of SMOOTH blocks) of a range."""
        for place in range(first, end, CHUNK * SMOOTH // 8):
            energy = self.read(place, min(place + CHUNK * SMOOTH // 8, end))[:, 0]
            yield place, _groups(energy.astype(np.float64))

    def first_over(self, below_db: float, end: int) -> int | None:
        """Return the first block before `end` at which 10 ms are within `below_db` of the loudest."""
        if self.loudest <= 0:
            return None
        least = self.loudest * 10 ** (-below_db / 10)
        for place, groups in self._chunks(0, min(end, self.count)):
            over = np.flatnonzero(groups >= least)
            if len(over):
                return place + int(over[0]) * SMOOTH
        return None

    def steepest(self, first: int, end: int) -> Attack:
        """Return the attack of the blocks `first` to `end`."""
        first = max(first, 0)
        around = max(RISE, FOOT) + FOOT_BLOCKS
        start = max(first - around, 0)
        energy = self.read(start, end + max(around, LATER[1]))
        if first >= start + len(energy) or self._sharpest <= 0:
            return Attack(first, 0.0)
        foot, rise, growth = _attack(energy, first - start, max(end, first + 1) - start, RISE_FLOOR * self._sharpest)
        return Attack(start + foot, rise, growth)

    def end_of_sound(self, first: int, end: int, below_db: float) -> int:
        """Return the block after the last one of `first` to `end` that is within `below_db` of the loudest of them."""
        end = min(end, self.count)
        if end <= first:
            return first
        share = 10 ** (-below_db / 10)
        if end - first <= CHUNK:
            last = _sounds_until(self.read(first, end), share)
            return min(first + last + TAIL, end) if last else first
        peak = max(float(groups.max()) for _, groups in self._chunks(first, end))
        last = first
        for place, groups in self._chunks(first, end):
            over = np.flatnonzero(groups >= peak * share)
            if len(over):
                last = place + (int(over[-1]) + 1) * SMOOTH
        return min(last + TAIL, end) if peak > 0 else first


@njit(cache=True, nogil=True)
def _sounds_until(energy: np.ndarray, share: float) -> int:
    """Return the block after the last SMOOTH blocks that have at least a share of the highest level; 0: silence."""
    peak, last = 0.0, 0
    for again in range(2):
        for first in range(0, len(energy), SMOOTH):
            end = min(first + SMOOTH, len(energy))
            level = 0.0
            for n in range(first, end):
                level += np.float64(energy[n, 0])
            level /= end - first
            if not again:
                peak = max(peak, level)
            elif level >= peak * share:
                last = first + SMOOTH
    return last if peak > 0 else 0


@njit(cache=True, nogil=True)
def _rise(sums: np.ndarray, at: int, width: int, silence: float) -> float:
    """Return by how many dB the `width` blocks from `at` on are above those before it.

    sums: of the energies of all blocks before each one; silence: the energy assumed before the first block.
    """
    end, first = min(at + width, len(sums) - 1), max(at - width, 0)
    after = (sums[end] - sums[at]) / (end - at)
    before = (sums[at] - sums[first] + (width - (at - first)) * silence) / width
    return 10.0 * np.log10(max(after, silence) / max(before, silence))


@njit(cache=True, nogil=True)
def _attack(energy: np.ndarray, first: int, end: int, silence: float) -> tuple[int, float, float]:
    """Return (block, rise, growth) of the attack in `first` to `end`, as `Attack` has them.

    energy: float32, shape (blocks, 2), of the differences in the second column; silence: is added to it.
    """
    count = len(energy)
    sums = np.zeros(count + 1)
    for n in range(count):
        sums[n + 1] = sums[n] + (np.float64(energy[n, 1]) + silence)
    at, rise = first, -np.inf
    for n in range(first, min(end, count)):
        here = _rise(sums, n, RISE, silence)
        if here > rise:
            at, rise = n, here
    foot = at
    while foot > max(at - FOOT_BLOCKS, 0) and _rise(sums, foot - 1, FOOT, silence) > FOOT_DB:
        foot -= 1
    # The rise over FOOT blocks sees an attack FOOT blocks ahead.
    foot = min(foot + FOOT - 1, at)
    later, soon = min(foot + LATER[1], count), min(foot + SOON[1], count)
    if later <= foot + LATER[0]:
        return foot, rise, -np.inf
    late = (sums[later] - sums[foot + LATER[0]]) / (later - foot - LATER[0])
    return foot, rise, 10.0 * np.log10(late / ((sums[soon] - sums[foot + SOON[0]]) / (soon - foot - SOON[0])))


def _groups(energy: np.ndarray) -> np.ndarray:
    """Return the mean of each SMOOTH blocks; the last group may be shorter."""
    whole = len(energy) // SMOOTH * SMOOTH
    means = energy[:whole].reshape(-1, SMOOTH).mean(axis=1)
    return np.append(means, energy[whole:].mean()) if whole < len(energy) else means
