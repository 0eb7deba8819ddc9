"""Strips of pictures: the first frame of each scene, film by film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from lib.io.files import atomic_path

Picture = npt.NDArray[np.uint8]

# Pictures per row, and rows per film: more would not fit on a screen.
ACROSS, MOST_ROWS = 10, 40
WIDTH, MARGIN, LINE = 160, 4, 16
BACKGROUND, INK = (24, 24, 24), (230, 230, 230)
LONGEST_NAME = 120


@dataclass(frozen=True)
class Strip:
    """The pictures of one film, uint8 RGB, each of shape (height, WIDTH, 3)."""

    name: str
    pictures: tuple[Picture, ...]


def write_strips(path: str | Path, strips: Sequence[Strip]) -> int:
    """Write the strips of films, one below the other, as png; return how many pictures were left out."""
    shown = [strip.pictures[: ACROSS * MOST_ROWS] for strip in strips]
    across = min(max(map(len, shown)), ACROSS)
    heights = [LINE + -(-len(some) // ACROSS) * (some[0].shape[0] + MARGIN) for some in shown]
    whole = Image.new("RGB", (MARGIN + across * (WIDTH + MARGIN), sum(heights) + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(whole)
    top = MARGIN
    for strip, some, height in zip(strips, shown, heights):
        name = strip.name if len(strip.name) <= LONGEST_NAME else f"...{strip.name[-LONGEST_NAME:]}"
        draw.text((MARGIN, top), name.encode("ascii", "replace").decode(), INK)
        for n, picture in enumerate(some):
            row, column = divmod(n, ACROSS)
            place = MARGIN + column * (WIDTH + MARGIN), top + LINE + row * (picture.shape[0] + MARGIN)
            whole.paste(Image.fromarray(picture), place)
        top += height
    with atomic_path(path) as part:
        whole.save(part, "PNG")
    return sum(len(strip.pictures) - len(some) for strip, some in zip(strips, shown))
