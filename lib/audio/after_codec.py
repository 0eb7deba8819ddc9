"""True peaks of a sound after a lossy codec, which raises some of them by a dB or two.

Only the codec knows by how much, and where: the sound is encoded on trial and decoded; where a peak is too high, the
sound is turned down for that moment, as the limiter does it. Its loudness stays the same.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

import numpy as np

from lib.audio.effects import Audio, gain_of_db
from lib.audio.limiter import CEILING_DB, limited
from lib.audio.programme import HIGHEST_PEAK_DB
from lib.audio.reader import AudioReader
from lib.audio.writer import true_peak, write_audio

Sound: TypeAlias = Callable[[], Iterable[Audio]]
# Number of trials; and how far below `HIGHEST_PEAK_DB` a peak is brought, since the codec reacts to the change.
ROUNDS: Final = 4
AIM_DB: Final = 0.1


@contextmanager
def below_peak(blocks: Sound, rate: int, frames: int, ending: str) -> Iterator[Sound]:
    """Yield a sound with true peaks of `HIGHEST_PEAK_DB` at most after encoding to a file of this ending.

    blocks: the limited sound, as `lib.audio.writer.write_audio` takes it, which may still have to turn down the whole a
    little. Raises MediaError if the trials cannot be written.
    """
    with TemporaryDirectory() as folder:
        for n in range(ROUNDS):
            trial = os.path.join(folder, f"{n}{ending}")
            write_audio(trial, blocks, rate, frames, math.inf)
            if true_peak(trial, rate) <= gain_of_db(HIGHEST_PEAK_DB):
                break
            blocks = partial(_turned_down, blocks, rate, trial)
        yield blocks


def _turned_down(blocks: Sound, rate: int, trial: str) -> Iterator[Audio]:
    """Yield a sound turned down where a trial of it is too loud."""
    for both in limited(_beside(blocks, rate, trial), rate):
        yield both[:, :2]


def _beside(blocks: Sound, rate: int, trial: str) -> Iterator[Audio]:
    """Yield a sound with a trial of it as two more channels, as loud as the limiter's ceiling where it may be."""
    scale = np.float32(gain_of_db(CEILING_DB - HIGHEST_PEAK_DB + AIM_DB))
    with AudioReader(trial, rate, 2) as reader:
        coming = reader.blocks()
        heard = np.zeros((0, 2), np.float32)
        for block in blocks():
            while len(heard) < len(block):
                more = next(coming, None)
                heard = np.concatenate([heard, np.zeros((len(block), 2), np.float32) if more is None else more * scale])
            yield np.concatenate([block, heard[: len(block)]], axis=1)
            heard = heard[len(block) :]
