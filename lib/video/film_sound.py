"""The sound of a film on its way from the mix to the encoder: lossless, and no louder than the encoder can take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np

from lib.audio.effects import Audio
from lib.audio.writer import write_audio
from lib.video.writer import is_lossless


def write_film_sound(
    folder: str, codec: str, blocks: Callable[[], Iterable[Audio]], rate: int, frames: int, most_db: float | None = None
) -> str:
    """Write the sound for a film of this codec (`lib.video.writer.CODECS`) to a file in `folder`; return its name.

    blocks: as for `lib.audio.writer.write_audio`. The file has 24 bits and is lossless. If AAC would raise the decoded
    sound beyond full scale, or its true peak beyond `most_db` (dBTP), it is made that much softer. Raises
    MediaError if it cannot be written.
    """
    path = os.path.join(folder, "sound.flac")
    if not is_lossless(codec) and most_db is not None:
        from lib.audio.after_codec import below_peak  # heavy, and seldom needed

        with below_peak(blocks, rate, frames, ".m4a") as lower:
            gain = write_audio(os.path.join(folder, "trial.m4a"), lower, rate, frames, most_db)
            write_audio(path, partial(_times, lower, gain), rate, frames)
        os.unlink(os.path.join(folder, "trial.m4a"))
        return path
    if not is_lossless(codec):
        trial = os.path.join(folder, "trial.m4a")
        gain = write_audio(trial, blocks, rate, frames)
        os.unlink(trial)
        blocks = partial(_times, blocks, gain)
    write_audio(path, blocks, rate, frames)
    return path


def _times(blocks: Callable[[], Iterable[Audio]], gain: float) -> Iterator[Audio]:
    return (block * np.float32(gain) for block in blocks())
