"""A line of text at the lower edge of a picture, typeset like the posters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from lib.text.markdown import Run
from lib.text.title_style import FONTS, REGULAR
from lib.text.typesetting import Face, letters, wrap

Bytes = npt.NDArray[np.uint8]
# The size of letters and the margin, in heights of the picture, and the smallest readable size in pixels.
SIZE, MARGIN, LEAST = 1 / 27, 1 / 30, 11.0
# Line height, in sizes; and the number of lines of a caption at most.
LINE_HEIGHT, MOST_LINES = 1.35, 3
# Reach of the shadow behind the letters, in sizes, and its darkness relative to a plain blur.
SHADOW, SHADOW_DEPTH = 0.35, 2.5
# The largest opacity of the shadow.
DARKEST = 0.85
# Rendered captions that are cached: more than are seen at the same time.
KEPT = 64
# Of luma and chroma in the limited range: black, what white is above it, and grey.
BLACK_Y, WHITE, NO_COLOUR = 16, 219, 128


def draw_caption(picture: Bytes, text: str) -> Bytes:
    """Return a picture, uint8 RGB of shape (height, width, 3), with a caption on it: white on a soft shadow.

    Text that does not fit into MOST_LINES lines is left out. Without a text the picture itself is returned.
    """
    height, width, _ = picture.shape
    if not text.strip():
        return picture
    top, ink, shade = _letters(text, width, height)
    out = picture.copy()
    part = out[top : top + len(ink)].astype(np.float32) * (1 - shade)
    out[top : top + len(ink)] = np.round(part * (1 - ink) + 255 * ink).astype(np.uint8)
    return out


def caption_planes(planes: Sequence[Bytes], width: int, height: int, text: str) -> None:
    """Draw a caption on a picture given as planes of luma and chroma, in the limited range.

    planes: uint8, Y, U and V, of which the upper left part is the picture, `width` x `height` pixels.
    """
    top, ink, shade = _letters(text, width, height)
    left = ((1 - shade) * (1 - ink))[:, :, 0]
    luma = planes[0][top : top + len(ink), :width]
    luma[:] = np.round(BLACK_Y + (luma - np.float32(BLACK_Y)) * left + WHITE * ink[:, :, 0])
    for plane in planes[1:]:
        down, across = round(planes[0].shape[0] / plane.shape[0]), round(planes[0].shape[1] / plane.shape[1])
        part = plane[-(-top // down) : height // down, : width // across]
        first = -(-top // down) * down - top
        kept = left[first : first + down * len(part), : across * part.shape[1]]
        kept = kept.reshape(len(part), down, part.shape[1], across).mean(axis=(1, 3))
        part[:] = np.round(NO_COLOUR + (part - np.float32(NO_COLOUR)) * kept)


@lru_cache(maxsize=KEPT)
def _letters(text: str, width: int, height: int) -> tuple[int, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the first row of a caption in its picture, the coverage by letters from there on, and their shadow.

    Both are float32, 0 to 1, of shape (rows, width, 1).
    """
    size = max(SIZE * height, LEAST)
    margin = max(MARGIN * height, LEAST / 2)
    face = Face((FONTS / REGULAR,), size)
    lines = wrap(letters([Run(text)], face, face), max(width - 2 * margin, size))[:MOST_LINES]
    step = LINE_HEIGHT * size
    above = margin + step * len(lines) + SHADOW * size
    top = max(int(height - above), 0)
    layer = Image.new("L", (width, height - top))
    pen = ImageDraw.Draw(layer)
    _, descent = face.font.getmetrics()
    for n, line in enumerate(lines):
        baseline = height - top - margin - descent - step * (len(lines) - 1 - n)
        for part in line.parts:
            pen.text((margin + part.x, baseline), part.text, fill=255, font=part.font, anchor="ls")
    blurred = layer.filter(ImageFilter.GaussianBlur(SHADOW * size / 2))
    ink = np.asarray(layer, np.float32)[..., None] / np.float32(255)
    shade = np.asarray(blurred, np.float32)[..., None] * np.float32(SHADOW_DEPTH / 255)
    return top, ink, np.minimum(shade, np.float32(DARKEST))
