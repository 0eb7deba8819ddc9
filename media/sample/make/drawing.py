"""Drawing for the films: gradients, clouds of noise, soft light, and a pen with smooth edges.

A picture is an array of shape (HEIGHT, WIDTH, 3), RGB, 0-255. Positions are in pixels from the top left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw
from scipy import ndimage

WIDTH, HEIGHT = 320, 240
# The pen draws this many times larger; reducing the drawing makes its edges smooth.
PEN_SCALE = 2
# A field of noise, which repeats without a seam.
FIELD_WIDTH, FIELD_HEIGHT = 512, 256

Picture = npt.NDArray[np.float32]
Field = npt.NDArray[np.float32]
Points = Sequence[tuple[float, float]]
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)


def rgb(colour: str) -> Picture:
    """A colour such as `#ffcc00` as three numbers 0-255."""
    return np.array(ImageColor.getrgb(colour)[:3], dtype=np.float32)


@lru_cache(maxsize=64)
def gradient(*colours: str) -> Picture:
    """Colours from top to bottom, evenly spaced and blended. Not to be changed in place: it is shared."""
    places = np.linspace(0, HEIGHT - 1, len(colours))
    stops = np.stack([rgb(colour) for colour in colours])
    column = np.stack([np.interp(np.arange(HEIGHT), places, stops[:, k]) for k in range(3)], axis=-1)
    picture: Picture = np.repeat(column[:, np.newaxis], WIDTH, axis=1).astype(np.float32)
    picture.setflags(write=False)
    return picture


@lru_cache(maxsize=64)
def clouds(seed: int, size: int = 64, octaves: int = 4) -> Field:
    """Fractal value noise in 0-1 that repeats in both directions: shape (FIELD_HEIGHT, FIELD_WIDTH).

    `size` is the size of the largest lumps in pixels (a power of two), halved and half as strong in each octave.
    """
    generator = np.random.default_rng(seed)
    total = np.zeros((FIELD_HEIGHT, FIELD_WIDTH))
    for octave in range(octaves):
        step = size >> octave
        grid = generator.random((FIELD_HEIGHT // step, FIELD_WIDTH // step))
        total += ndimage.zoom(grid, step, order=3, mode="grid-wrap", grid_mode=True) / 2**octave
    field: Field = ((total - total.min()) / (total.max() - total.min())).astype(np.float32)
    return field


def window(field: Field, x: float, y: float = 0.0) -> Field:
    """The part of a field of noise that is seen with its corner at (x, y), between pixels too: (HEIGHT, WIDTH)."""
    whole_x, whole_y = int(np.floor(x)), int(np.floor(y))
    rows = np.arange(whole_y, whole_y + HEIGHT + 1) % FIELD_HEIGHT
    columns = np.arange(whole_x, whole_x + WIDTH + 1) % FIELD_WIDTH
    part = field[np.ix_(rows, columns)]
    part = part[:, :-1] + np.float32(x - whole_x) * (part[:, 1:] - part[:, :-1])
    seen: Field = part[:-1] + np.float32(y - whole_y) * (part[1:] - part[:-1])
    return seen


def blend(below: Picture, above: Picture, alpha: Field) -> Picture:
    """`above` over `below` with an alpha of 0-1 for each pixel."""
    mixed: Picture = below + (above - below) * np.clip(alpha, 0, 1)[..., np.newaxis]
    return mixed


def light(picture: Picture, x: float, y: float, radius: float, colour: str, strength: float = 1.0) -> Picture:
    """The picture with a soft round light added; `radius` is where it has fallen to a third."""
    glow = strength * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / radius**2)
    lit: Picture = picture + (255 - picture) * np.clip(glow[..., np.newaxis] * (rgb(colour) / 255), 0, 1)
    return lit


def shaded(picture: Picture, strength: float = 0.45) -> Picture:
    """The picture with darker corners, as through a lens."""
    distance = ((X - WIDTH / 2) / WIDTH) ** 2 + ((Y - HEIGHT / 2) / HEIGHT) ** 2
    dark: Picture = picture * (1 - strength * distance * 2)[..., np.newaxis]
    return dark


def spread(seed: int, count: int, *ranges: tuple[float, float]) -> npt.NDArray[np.float64]:
    """`count` rows of random numbers, one column per range: the things that a scene is full of."""
    lows, highs = np.array(ranges).T
    return np.random.default_rng(seed).uniform(lows, highs, (count, len(ranges)))


def wheel(x: float, y: float, radius: float, teeth: int, angle: float, depth: float) -> list[tuple[float, float]]:
    """The outline of a gear: `angle` in radians, teeth `depth` pixels high."""
    points = []
    for k in range(teeth):
        for part, out in ((-0.32, 0.0), (-0.16, 1.0), (0.16, 1.0), (0.32, 0.0)):
            turn = angle + 2 * np.pi * (k + part) / teeth
            reach = radius + depth * out
            points.append((x + reach * np.cos(turn), y + reach * np.sin(turn)))
    return points


class Pen:
    """Draws on a picture with smooth edges. Colours are `#rrggbb` or `#rrggbbaa`; positions may be fractions."""

    def __init__(self, picture: Picture) -> None:
        """Starts from a picture, which is not changed."""
        data = np.clip(picture, 0, 255).astype(np.uint8)
        large = Image.fromarray(data).resize((WIDTH * PEN_SCALE, HEIGHT * PEN_SCALE), Image.Resampling.BILINEAR)
        self._image = large
        self._draw = ImageDraw.Draw(large, "RGBA")

    def picture(self) -> Picture:
        """What has been drawn."""
        return np.asarray(self._image.reduce(PEN_SCALE), dtype=np.float32)

    def polygon(self, points: Points, colour: str) -> None:
        """A filled shape."""
        self._draw.polygon([(x * PEN_SCALE, y * PEN_SCALE) for x, y in points], fill=colour)

    def line(self, points: Points, colour: str, width: float = 1.0) -> None:
        """A line through points, with round joints."""
        scaled = [(x * PEN_SCALE, y * PEN_SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=max(1, round(width * PEN_SCALE)), joint="curve")

    def disc(self, x: float, y: float, radius: float, colour: str, height: float | None = None) -> None:
        """A filled circle, or an ellipse if `height` (half of it) is given."""
        tall = radius if height is None else height
        box = [(x - radius), (y - tall), (x + radius), (y + tall)]
        self._draw.ellipse([value * PEN_SCALE for value in box], fill=colour)

    def ring(self, x: float, y: float, radius: float, colour: str, width: float = 1.0, height: float = 0.0) -> None:
        """A circle's outline, or an ellipse's if `height` (half of it) is given."""
        tall = height or radius
        box = [value * PEN_SCALE for value in (x - radius, y - tall, x + radius, y + tall)]
        self._draw.ellipse(box, outline=colour, width=max(1, round(width * PEN_SCALE)))

    def box(self, left: float, top: float, right: float, bottom: float, colour: str, corner: float = 0.0) -> None:
        """A filled rectangle, with round corners of radius `corner`."""
        edges = [value * PEN_SCALE for value in (left, top, right, bottom)]
        self._draw.rounded_rectangle(edges, radius=corner * PEN_SCALE, fill=colour)

    def ground(self, heights: npt.NDArray[np.floating], colour: str) -> None:
        """Everything below a curve: `heights` has the curve's y at evenly spaced x from left to right."""
        xs = np.linspace(-1, WIDTH + 1, len(heights))
        curve = list(zip(xs.tolist(), np.asarray(heights).tolist(), strict=True))
        self.polygon([(-1, HEIGHT + 1), *curve, (WIDTH + 1, HEIGHT + 1)], colour)
