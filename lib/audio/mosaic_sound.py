"""The sound of a mosaic as a temporary file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from lib.audio.mix_plays import Play
from lib.audio.mixer import MIX_RATE, mix
from lib.audio.own_times import at_own_times
from lib.audio.writer import write_audio
from lib.io.files import media_path
from lib.tables.table import Table


def mosaic_plays(table: Table, folder: str) -> tuple[list[Play], float]:
    """Return the plays of a mosaic's table, without effects, from its beginning, and its length in ms.

    folder: of its media. Raises MediaError as `at_own_times`.
    """
    places = zip(table.text("filename"), table.all_numbers("start").tolist(), table.all_numbers("dur").tolist())
    return at_own_times([Play(0.0, media_path(folder, name), *place) for name, *place in places], table, "at", 0.0)


@contextmanager
def mosaic_sound(table: Table, folder: str) -> Iterator[str]:
    """Yield the path of a wav file with the sound of a mosaic (`mosaic_plays`); then it is removed.

    Raises MediaError as `mosaic_plays` and `write_audio`.
    """
    plays, end_ms = mosaic_plays(table, folder)
    with TemporaryDirectory() as scratch, mix(plays, end_ms) as result:
        path = os.path.join(scratch, "mosaic.wav")
        write_audio(path, result.blocks, MIX_RATE, result.frames)
        yield path
