"""Text as pictures of a film: centred on black, or rolling upwards over it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from PIL import Image, ImageDraw

from lib.text.title_style import TitleStyle
from lib.text.titles import Picture, draw_titles, lay_out_roll

# Usual time for which a line is on the screen.
CROSSING_SECONDS = 12.0


class Roll:
    """A text in Markdown that rolls from below the picture to above it, by whole pixels, so that it stays sharp.

    width, height: of the picture; seconds: how long a line takes from the lower edge to the upper one. `frames`: the
    number of pictures. Raises MediaError if a font cannot be read.
    """

    def __init__(
        self, text: str, style: TitleStyle, width: int, height: int, fps: Fraction, seconds: float = CROSSING_SECONDS
    ) -> None:
        self._placed, self._length = lay_out_roll(text, style, width, height)
        self._style, self._width, self._height = style, width, height
        self._step = max(round(height / (seconds * fps)), 1)
        self.frames = math.ceil((height + self._length) / self._step) + 1

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures: uint8, (height, width, 3); the first and the last are black."""
        color = np.array(self._style.color[:3], np.float32) * np.float32(self._style.color[3] / 255 / 255)
        for frame in range(self.frames):
            top = frame * self._step - self._height  # line of the text at the picture's upper edge
            layer = Image.new("L", (self._width, self._height))
            pen = ImageDraw.Draw(layer)
            for part in self._placed:
                if top - 2 * part.font.size < part.y < top + self._height + 2 * part.font.size:
                    pen.text((part.x, part.y - top), part.text, fill=255, font=part.font, anchor="ls")
            yield np.round(np.asarray(layer, np.float32)[..., None] * color).astype(np.uint8)


def card(text: str, style: TitleStyle, width: int, height: int) -> Picture:
    """Return a picture of a text centred on black. Raises MediaError if it is larger than the picture."""
    return draw_titles(np.zeros((height, width, 3), np.uint8), text, style)
