"""The sound of a film on its way from the mix to its file: encoded once, and no louder than the encoder can take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np

from lib.audio.effects import Audio
from lib.audio.writer import write_audio
from lib.video.writer import READY, is_lossless


def write_film_sound(
    folder: str, film: str, codec: str, blocks: Callable[[], Iterable[Audio]], rate: int, frames: int,
    most_db: float | None = None, whole: int = 0, quick: bool = False,
) -> str:  # fmt: skip
    """Write the sound for a film of this name and codec (`lib.video.writer.CODECS`) to a file in `folder`; return that.

    blocks: as for `lib.audio.writer.write_audio`; whole: the frames of the film, up to which it is continued with
    silence. If the film's sound is compressed, this is AAC, which `VideoWriter` copies; if that would raise the decoded
    sound beyond full scale, or its true peak beyond `most_db` (dBTP), it is made that much softer. Otherwise it has 24
    bits and is lossless. quick: it takes less time, and is worse. Raises MediaError if it cannot be written.
    """
    longer = partial(_continued, blocks, whole - frames)
    frames = max(frames, whole)
    if is_lossless(codec, film):
        path = os.path.join(folder, "sound.flac")
        write_audio(path, longer, rate, frames)
        return path
    path = os.path.join(folder, f"sound{READY}")
    if most_db is None:
        write_audio(path, longer, rate, frames, quick=quick)
        return path
    from lib.audio.after_codec import below_peak  # heavy, and seldom needed

    with below_peak(longer, rate, frames, READY) as lower:
        write_audio(path, lower, rate, frames, most_db)
    return path


def _continued(blocks: Callable[[], Iterable[Audio]], more: int) -> Iterator[Audio]:
    """Yield the blocks, and then `more` frames of silence."""
    yield from blocks()
    if more > 0:
        yield np.zeros((more, 2), np.float32)
