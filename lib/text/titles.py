"""Text over a picture: a Markdown file set in the style of the poster's flags."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter
from PIL.ImageFont import FreeTypeFont

from lib.errors import MediaError, MissingError
from lib.io.files import open_regular
from lib.math.dither import dithered
from lib.text.markdown import Block, Item, Paragraph, Run, Runs, Table, parse
from lib.text.title_style import ALIGNS, ROOT, TextStyle, TitleStyle
from lib.text.typesetting import Line, letters, wrap

Picture = npt.NDArray[np.uint8]
Picture32 = npt.NDArray[np.float32]

# The included text, as the command line names it.
OUR_TEXT: Final = "titles/main.md"

HEIGHT: Final = 1080
# Sizes are pixels of a picture of 1920 x 1080, and grow with the largest frame of that shape within the picture.
SHAPE: Final = 16 / 9


# From a list's markers to its text, in units of the size.
_MARKER_GAP: Final = 0.45
# Reach of the shadow behind the letters, in pixels likewise.
_SHADOW: Final = 14.0
# Its darkness relative to a plain blur: solid between letters, gone at its reach.
_SHADOW_DEPTH: Final = 3.0
# More letters fit on no poster.
_MOST_LETTERS: Final = 10_000


@dataclass(frozen=True)
class Placed:
    """Text placed in a picture: x of its beginning and y of its baseline, in pixels."""

    x: float
    y: float
    text: str
    font: FreeTypeFont


def read_titles(path: str, most: int | None = _MOST_LETTERS) -> str:
    """Return the text of a Markdown file; MediaError if it cannot be read as UTF-8, or has more than `most` characters.

    The included text is found from any working directory; a file of that name there comes first.
    """
    ours = path == OUR_TEXT and not Path(path).exists()
    try:
        with open_regular(ROOT / path if ours else path) as file:
            text = file.read().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise MediaError("this is not UTF-8 text: save it as UTF-8", path) from error
    except OSError as error:
        raise MissingError(f"the text cannot be read ({error.strerror})", path) from error
    if most is not None and len(text) > most:
        raise MediaError(f"{len(text)} characters are too many for a poster: give at most {most}", path)
    return text


def draw_titles(picture: Picture, text: str, style: TitleStyle) -> Picture:
    """Return a copy of `picture`, shape (height, width, 3), RGB, with Markdown `text` over its middle.

    Raises MediaError as `lay_out`.
    """
    height, width = picture.shape[:2]
    large = round(width * style.fine), round(height * style.fine)
    placed = lay_out(text, style, *large)
    layer = Image.new("L", large)
    pen = ImageDraw.Draw(layer)
    for part in placed:
        pen.text((part.x, part.y), part.text, fill=255, font=part.font, anchor="ls")
    if large != (width, height):
        layer = layer.resize((width, height), Image.Resampling.BOX)
    # A Gaussian has nearly ended at twice its radius.
    blurred = layer.filter(ImageFilter.GaussianBlur(_SHADOW / 2 * _scale(style, width, height)))
    out = _over(picture.astype(np.float32), np.asarray(blurred, np.float32) * _SHADOW_DEPTH, style.background)
    out = _over(out, np.asarray(layer, np.float32), style.color)
    return dithered(out)


def lay_out(text: str, style: TitleStyle, width: int, height: int) -> list[Placed]:
    """Return the parts of Markdown `text` in a picture of that size: the inked area is centred, and inside.

    Raises MediaError if it is larger than the picture, or a font cannot be read.
    """
    placed = _set(text, style, width, height).placed
    if not placed:
        return []
    ink = np.array([part.font.getbbox(part.text, anchor="ls") for part in placed])
    boxes = ink + np.array([[part.x, part.y] * 2 for part in placed])
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    if right - left > width or bottom - top > height:
        raise MediaError(
            f"the text is {math.ceil(right - left)} x {math.ceil(bottom - top)} pixels large, and the picture "
            f"{width} x {height}: make it shorter, or smaller (all its sizes are multiplied by {style.res:g} now)"
        )
    x = min(max(style.right * width, -left), width - right)
    y = min(max((0.5 + style.down) * height - (top + bottom) / 2, -top), height - bottom)
    return [Placed(part.x + x, part.y + y, part.text, part.font) for part in placed]


def lay_out_roll(text: str, style: TitleStyle, width: int, height: int) -> tuple[list[Placed], float]:
    """Return the parts of a text of any length for pictures of that size, from y = 0 downwards, and where it ends.

    Raises MediaError if a font cannot be read.
    """
    column = _set(text, style, width, height)
    right, down = style.right * width, np.ceil(_scale(style, width, height))
    placed = [Placed(part.x + right, part.y + down, part.text, part.font) for part in column.placed]
    return placed, column.end + float(down)


def _set(text: str, style: TitleStyle, width: int, height: int) -> _Column:
    column = _Column(style, width, height)
    for is_list, blocks in groupby(parse(text), lambda block: isinstance(block, Item)):
        if is_list:
            column.add_list([block for block in blocks if isinstance(block, Item)])
        else:
            for block in blocks:
                column.add(block)
    return column


@dataclass
class _Column:
    """Sets one block below the other, from y = 0 on, in the middle of a picture's width."""

    style: TitleStyle
    width: int
    height: int
    placed: list[Placed] = field(default_factory=list)
    _y: float = 0.0
    _margin: float = 0.0

    @property
    def end(self) -> float:
        """Where the last line ends."""
        return self._y

    @property
    def _scale(self) -> float:
        return _scale(self.style, self.width, self.height)

    @property
    def _room(self) -> float:
        return self.width * self.style.most_width

    def add(self, block: Block) -> None:
        """Set a separate block."""
        if isinstance(block, Table):
            self._add_table(block)
        elif isinstance(block, Paragraph):
            text = self.style.text[block.kind]
            self._skip(text)
            for line in self._lines(block.runs, text, self._room):
                self._put(line, self._left(line.width), text)
                self._feed(text)

    def add_list(self, items: Sequence[Item]) -> None:
        """Set a list: its lines begin below each other, whatever the alignment, which is that of the whole."""
        text = self.style.text["li"]
        size = text.size * self._scale
        markers = [self._lines((Run(item.marker),), text, math.inf) for item in items]
        hang = max(line.width for lines in markers for line in lines or [Line((), 0.0)]) + _MARKER_GAP * size
        indents = [hang * (item.depth + 1) for item in items]
        texts = [self._lines(item.runs, text, max(self._room - indent, size)) for item, indent in zip(items, indents)]
        widest = max(indent + line.width for indent, lines in zip(indents, texts) for line in lines)
        left = self._left(widest)
        for marker, indent, lines in zip(markers, indents, texts):
            self._skip(text)
            for line in marker:
                self._put(line, left + indent - _MARKER_GAP * size - line.width, text)
            for line in lines:
                self._put(line, left + indent, text)
                self._feed(text)

    def _add_table(self, table: Table) -> None:
        head, body = self.style.text["col"], self.style.text["table"]
        styles = [head, *[body] * (len(table.rows) - 1)]
        gap = head.margin * head.size * self._scale
        room = self._room - gap * (len(table.aligns) - 1)
        natural = [
            max((line.width for row, text in zip(table.rows, styles) for line in self._lines(row[n], text)), default=0)
            for n in range(len(table.aligns))
        ]
        widths = _shared(natural, max(room, 0.0))
        lefts = self._left(sum(widths) + gap * (len(widths) - 1)) + np.cumsum([0.0, *widths[:-1]])
        self._skip(body)
        for row, text in zip(table.rows, styles):
            cells = [self._lines(runs, text, width) for runs, width in zip(row, widths)]
            for k in range(max(1, *map(len, cells))):
                for n, lines in enumerate(cells):
                    if k < len(lines):
                        spare = (widths[n] - lines[k].width) * ALIGNS.index(table.aligns[n]) / 2
                        self._put(lines[k], float(lefts[n]) + gap * n + spare, text)
                self._feed(text)

    def _lines(self, runs: Runs, text: TextStyle, width: float = math.inf) -> list[Line]:
        # (A hair wider: a column as wide as its text must hold it in spite of rounding.)
        return wrap(letters(runs, *text.faces(self._scale)), width + 0.01)

    def _left(self, width: float) -> float:
        """Return where something of that width begins."""
        return (self.width - self._room) / 2 + (self._room - width) * ALIGNS.index(self.style.align) / 2

    def _skip(self, text: TextStyle) -> None:
        """Leave the space above a block; the next block leaves that below it."""
        margin = text.margin * text.size * self._scale
        self._y += max(self._margin, margin)
        self._margin = margin

    def _put(self, line: Line, x: float, text: TextStyle) -> None:
        """Set a line at the next place: the letters are centred in the line's height."""
        regular, _ = text.faces(self._scale)
        ascent, descent = regular.font.getmetrics()
        baseline = self._y + (text.line_height * text.size * self._scale + ascent - descent) / 2
        self.placed += [Placed(x + part.x, baseline, part.text, part.font) for part in line.parts]

    def _feed(self, text: TextStyle) -> None:
        self._y += text.line_height * text.size * self._scale


def _scale(style: TitleStyle, width: int, height: int) -> float:
    """Return the factor on all sizes."""
    return style.res * min(height, width / SHAPE) / HEIGHT


def _shared(natural: Sequence[float], room: float) -> list[float]:
    """Return the widths of columns of `natural` widths in a `room`: the wide ones share the rest."""
    widths = list(natural)
    for place, n in enumerate(sorted(range(len(widths)), key=widths.__getitem__)):
        widths[n] = min(widths[n], room / (len(widths) - place))
        room -= widths[n]
    return widths


def _over(picture: Picture32, mask: Picture32, color: Iterable[int]) -> Picture32:
    """Lay a colour (RGB and opacity, 0 to 255) over a picture by `mask` (0 to 255, and beyond)."""
    *rgb, opacity = color
    part = np.minimum(mask / np.float32(255), np.float32(1))[..., None] * np.float32(opacity / 255)
    return picture + (np.array(rgb, np.float32) - picture) * part
