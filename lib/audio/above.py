"""Sound above what is analysed: where it outweighs all that is below, and its pitch, from a second reading.

Everything is measured at ANALYSIS_RATE, which ends at 11 kHz. Of a bird, bat or insect that calls above it, almost
nothing is left below but noise, which must not be measured instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import fft

from lib.audio.partials import MAX_HZ
from lib.audio.pitch import pitches_of
from lib.audio.ranges import read_ranges
from lib.audio.reader import AudioReader, Through
from lib.audio.spectra import ANALYSIS_RATE

# Hz: covers the audible range
WIDE_RATE = 44100
BLOCK_MS = 10
# Seconds: a sample that lies before a block's edge by less lies on it.
ROUNDING = 1e-7
# A sample lies above if less than a tenth of its power (10 dB) is below 11 kHz.
SHARE_LEFT = 0.1
# Seconds of a sample that are analysed, as elsewhere
LONGEST = 10.0


class WideReader(AudioReader):
    """An AudioReader that also measures the power of the sound as it is in the file, in blocks of BLOCK_MS."""

    def __init__(self, path: str, rate: int, through: Through | None = None) -> None:
        super().__init__(path, rate, through=through)
        self._powers: list[np.ndarray] = []
        self._block = -1  # of the last sum
        self._seconds_heard = 0.0
        self.is_wide = False  # whether the file holds anything above the analysis

    def heard(self, values: np.ndarray, rate: int) -> None:
        """Add up the power of the sound before it is resampled from `rate`, shape (samples, 1)."""
        self.is_wide |= rate > ANALYSIS_RATE
        if not len(values):
            return
        # To each block its sum of squares, times the seconds that each sample stands for.
        begin, end = self._seconds_heard, self._seconds_heard + len(values) / rate
        first, last = (int((seconds + ROUNDING) * (1000 / BLOCK_MS)) for seconds in (begin, end))
        edges = np.ceil((np.arange(first + 1, last + 1) * (BLOCK_MS / 1000) - begin - ROUNDING) * rate)
        firsts = np.append(0, edges[edges < len(values)]).astype(np.int64)
        sound = values[:, 0]
        sums = np.add.reduceat(sound * sound, firsts, dtype=np.float64) / rate
        if self._powers and first == self._block:
            self._powers[-1][-1] += sums[0]
            sums = sums[1:]
        if len(sums):
            self._powers.append(sums)
        self._block = first + len(firsts) - 1
        self._seconds_heard = end

    def power(self) -> np.ndarray:
        """Return the mean power of each block so far, shape (blocks,)."""
        return np.concatenate([np.zeros(0), *self._powers]) * (1000 / BLOCK_MS)


def lies_above(power: np.ndarray, start_ms: float, sample: np.ndarray) -> bool:
    """Return whether a sample's sound lies above 11 kHz.

    power: of the file, from `WideReader`; sample: at ANALYSIS_RATE, from `start_ms` on.
    """
    first = int(start_ms / BLOCK_MS)
    blocks = power[first : first + max(int(len(sample) * 1000 / ANALYSIS_RATE / BLOCK_MS), 1)]
    if not len(blocks) or not len(sample):
        return False
    return float(np.mean(np.square(sample, dtype=np.float64))) < SHARE_LEFT * float(blocks.mean())


def pitch_above(y: np.ndarray) -> tuple[float, float]:
    """Return (Hz, how pitched) of a sound at WIDE_RATE; 0 Hz where most of it lies above MAX_HZ or it has no pitch."""
    power = np.abs(fft.rfft(y - y.mean())) ** 2 if len(y) else np.zeros(1)
    limit = int(MAX_HZ * len(y) / WIDE_RATE) + 1
    if power[limit:].sum() > power[:limit].sum():
        return 0.0, 0.0
    hz, pitched = pitches_of([y], WIDE_RATE)[0]
    return float(hz), float(pitched)


def pitches_above(path: str, spans: Sequence[tuple[float, float]]) -> Iterator[tuple[int, float, float]]:
    """Yield (index, Hz, how pitched) of many (start, length) ranges in ms of a file, as `pitch_above` measures them."""
    shortened = [(start, min(length, 1000 * LONGEST)) for start, length in spans]
    for n, y in read_ranges(path, WIDE_RATE, 1, shortened):
        yield n, *pitch_above(y)
