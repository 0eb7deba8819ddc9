"""The sheets of a group of samples: one of pictures, and a small one."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lib.errors import MediaError
from lib.explorer.material import Material
from lib.io.ffmpeg import reason_of
from lib.io.files import atomic_path

ACROSS = 16
# Samples that share files: a square of the grid, 16 x 16 pictures.
GROUP = ACROSS * ACROSS
# Reduction of the small pictures: with all of them on the screen no more detail is visible.
SMALL = 3
# Qualities that are tried, as parts of that which is wanted, until the sheets are small enough.
LOWER = (1.0, 0.75, 0.5, 0.25)
# Effort of libwebp, 0 to 6.
SPEED = 4


@dataclass(frozen=True)
class Sheets:
    """The sheets of a group."""

    pictures: str
    small: str


def sheets_of(folder: str | Path, group: int) -> Sheets:
    """Return the names of a group's sheets in the page's data folder."""
    names = (f"pictures_{group:04d}.webp", f"small_{group:04d}.webp")
    return Sheets(*(os.path.join(folder, name) for name in names))


def write_pictures(
    files: Sheets, samples: Sequence[tuple[Material, int] | None], width: int, height: int, quality: int,
    pixel_bytes: float | None = None,
) -> None:  # fmt: skip
    """Write a group's pictures, 16 a row, in cells of this size, and again SMALL times smaller.

    samples: of each, the material of its file and its number there; None: no material, a black cell. pixel_bytes: where
    the sheets have more bytes per pixel of the samples' pictures, their quality is lower.
    """
    rows = -(-len(samples) // ACROSS)
    sheet = np.zeros((rows, height, ACROSS, width, 3), np.uint8)
    for place, sample in enumerate(samples):
        if sample is not None:
            sheet[place // ACROSS, :, place % ACROSS] = sample[0].picture(sample[1])
    whole = Image.fromarray(sheet.reshape(rows * height, ACROSS * width, 3))
    small = whole.resize((ACROSS * (width // SMALL), rows * (height // SMALL)), Image.Resampling.BOX)
    most = math.inf if pixel_bytes is None else pixel_bytes * width * height * len(samples)
    encoded: list[bytes] = []
    for share in LOWER:
        encoded = [_encoded(picture, max(round(quality * share), 1), files.pictures) for picture in (whole, small)]
        if sum(map(len, encoded)) <= most:
            break
    for target, data in zip((files.pictures, files.small), encoded, strict=True):
        with atomic_path(target, follow=False) as part:
            Path(part).write_bytes(data)


def _encoded(picture: Image.Image, quality: int, target: str) -> bytes:
    """Return a picture as WebP; errors name the target."""
    memory = io.BytesIO()
    try:
        picture.save(memory, "WEBP", quality=quality, method=SPEED)
    except OSError as error:
        raise MediaError(f"cannot be written ({reason_of(error)})", target) from error
    return memory.getvalue()
