"""The film of the string quartet: what six windows look out on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from make import drawing
from make.drawing import HEIGHT, WIDTH, Pen, Picture, X, Y, blend, clouds, gradient, light, rgb, shaded, spread, window
from make.film import Film
from make.programs import Samples, render_notes
from make.score import played, read_score

LEAVES = spread(31, 70, (0, WIDTH), (0, HEIGHT), (3, 8), (0.6, 1.5), (0, 2 * np.pi), (0, 3))
LEAF_COLOURS = ("#c8501e", "#e08a28", "#a8321e", "#f0b43c")
BOKEH = spread(32, 46, (0, WIDTH), (10, 190), (5, 20), (0, 2 * np.pi), (0, 4))
BOKEH_COLOURS = ("#ffb43c60", "#ff5a7860", "#78b4ff60", "#f0f0c860")
RAIN = spread(33, 90, (0, WIDTH), (0, HEIGHT), (180, 320), (6, 14))
SNOW = spread(34, 140, (0, WIDTH), (0, HEIGHT), (0.8, 2.8), (18, 55), (0, 2 * np.pi))
PINES = spread(35, 26, (0, WIDTH), (0, 1), (30, 75))


def _ridge(seed: int, base: float, height: float, shift: float) -> drawing.Field:
    """The outline of a range of hills, scrolled by `shift` pixels."""
    line: drawing.Field = base - height * window(clouds(seed, 128, 5), shift)[0]
    return line


def dawn(t: float) -> Picture:
    """Hills before hills, the sun rising behind them, the eye moving sideways."""
    sun_y = 138 - 9 * t
    sky = light(gradient("#6a7fb8", "#e8a890", "#ffd9a0", "#ffe8c0"), 210, sun_y, 95, "#ffd890", 0.8)
    sky = light(sky, 210, sun_y, 17, "#fffbe0", 1.6)
    pen = Pen(sky)
    for seed, base, height, speed, colour in (
        (1, 165, 60, 3, "#8a86b0"),
        (2, 195, 70, 7, "#5f7d8c"),
        (3, 220, 70, 14, "#3f6e52"),
        (4, 250, 70, 26, "#274a30"),
    ):
        pen.ground(_ridge(seed, base, height, speed * t), colour)
    return shaded(pen.picture())


def sea(t: float) -> Picture:
    """Swell under a bright sky, with the glitter of the sun on it."""
    depth = np.clip((Y - 95) / (HEIGHT - 95), 0.002, 1)
    swell = np.sin(X * 0.03 / (depth + 0.1) ** 0.4 + 38 / (depth + 0.25) + t * 2.4)
    swell += 0.6 * np.sin(X * 0.07 / (depth + 0.1) ** 0.5 - 64 / (depth + 0.25) + t * 3.1)
    chop = window(clouds(5, 16, 3), 20 * t, 9 * t)
    water = gradient("#2a7fa8", "#2a86a8", "#1d6f96", "#0d3c66") + (swell * 11 * depth**0.5)[..., np.newaxis]
    spark = np.exp(-(((X - 160) / (14 + 90 * depth)) ** 2)) * np.clip(swell + 2.4 * chop - 1.6, 0, 1)
    water = blend(water, np.broadcast_to(rgb("#f4ffff"), water.shape), spark)
    sky = light(gradient("#7cc4ee", "#bfe6f4", "#e8f8f8", "#e8f8f8"), 160, 40, 70, "#ffffff", 0.9)
    return shaded(np.where((Y < 95)[..., np.newaxis], sky, water), 0.3)


def leaves(t: float) -> Picture:
    """Leaves that turn as they fall through amber light."""
    haze = window(clouds(6, 128, 3), 8 * t, 3 * t)[..., np.newaxis]
    back = light(gradient("#f4c860", "#e8a040", "#b86a2c", "#6e3c20") + 40 * (haze - 0.5), 70, 30, 120, "#fff0b0", 0.7)
    pen = Pen(back)
    for trunk, width in ((40, 13), (120, 7), (255, 18), (300, 8)):
        pen.polygon(
            [(trunk - width, 241), (trunk - width * 0.5, -1), (trunk + width * 0.4, -1), (trunk + width, 241)],
            "#4a2a1a",
        )
    for x, y, size, speed, turn, colour in LEAVES:
        fall_x = (x + 22 * np.sin(speed * t * 1.7 + turn) - 12 * t) % (WIDTH + 20) - 10
        fall_y = (y + 34 * speed * t) % (HEIGHT + 20) - 10
        angle, flat = turn + speed * t * 2, 0.25 + 0.75 * abs(np.cos(turn + 2.6 * speed * t))
        along, across = (
            (size * np.cos(angle), size * np.sin(angle)),
            (-np.sin(angle) * size * flat * 0.6, np.cos(angle) * size * flat * 0.6),
        )
        tips = [
            (fall_x + s * along[0] + c * across[0], fall_y + s * along[1] + c * across[1])
            for s, c in ((1, 0), (0, 1), (-1, 0), (0, -1))
        ]
        pen.polygon(tips, LEAF_COLOURS[int(colour) % 4])
    return shaded(pen.picture())


def city_rain(t: float) -> Picture:
    """Lights of a city at night, out of focus behind rain."""
    pen = Pen(gradient("#101430", "#241c48", "#3a2050", "#141022"))
    for x, y, radius, phase, colour in BOKEH:
        size = radius * (1 + 0.08 * np.sin(1.3 * t + phase))
        pen.disc((x - 5 * t * radius / 12) % (WIDTH + 40) - 20, y, size, BOKEH_COLOURS[int(colour)])
        pen.ring((x - 5 * t * radius / 12) % (WIDTH + 40) - 20, y, size, BOKEH_COLOURS[int(colour)], 0.7)
    for x, y, speed, length in RAIN:
        top = (y + speed * t) % (HEIGHT + 30) - 15
        pen.line([(x, top), (x - length * 0.12, top + length)], "#c8d8ff58", 0.6)
    return shaded(pen.picture(), 0.6)


def snow(t: float) -> Picture:
    """Snow falling on pines, near flakes faster than far ones."""
    pen = Pen(gradient("#a8bcd4", "#c4d4e4", "#dfe8f0", "#f0f4f8"))
    pen.ground(_ridge(7, 180, 50, 2 * t), "#b4c4d6")
    for x, near, tall in sorted(PINES.tolist(), key=lambda pine: pine[1]):
        foot, shift = 176 + 50 * near, x - (4 + 14 * near) * t
        shift = shift % (WIDTH + 60) - 30
        shade = round(120 - 70 * near)
        for k in range(4):
            top, half = foot - tall * (1 - 0.22 * k), tall * (0.1 + 0.075 * k)
            layer = [(shift, top), (shift - half, top + tall * 0.4), (shift + half, top + tall * 0.4)]
            pen.polygon(layer, f"#{shade // 2:02x}{shade:02x}{shade:02x}")
            pen.polygon(
                [(shift, top), (shift - half * 0.45, top + tall * 0.16), (shift + half * 0.3, top + tall * 0.13)],
                "#eef4fa",
            )
    pen.ground(_ridge(8, 240, 26, 18 * t), "#f6f9fc")
    for x, y, size, speed, phase in SNOW:
        flake_x = (x - 12 * size * t + 6 * np.sin(t + phase)) % WIDTH
        pen.disc(flake_x, (y + speed * (0.6 + size / 3) * t) % HEIGHT, size, "#ffffffe0")
    return shaded(pen.picture(), 0.25)


def candle(t: float) -> Picture:
    """A candle in a dark room, its flame never still."""
    flicker = 0.85 + 0.1 * np.sin(9 * t) * np.sin(5.3 * t + 1) + 0.05 * np.sin(23 * t)
    lean = 5 * np.sin(2.1 * t) + 3 * np.sin(5.7 * t)
    wall = gradient("#2c140c", "#3c1c10", "#24100a", "#120806")
    wall = wall * (0.7 + 0.6 * window(clouds(9, 64, 5), 0)[..., np.newaxis])
    room = light(wall, 160 + lean, 100, 150 * flicker, "#ff9a3c", 0.75 * flicker)
    pen = Pen(room)
    pen.disc(160, 214, 60, "#5a3a20", 9)
    pen.box(143, 140, 177, 214, "#e8c890", 4)
    pen.box(165, 142, 177, 212, "#c89c60", 4)
    pen.disc(160, 141, 17, "#fff0c0", 4)
    pen.line([(160, 141), (160 + lean * 0.15, 128)], "#402010", 1.4)
    tall = 46 * flicker
    for share, colour in ((1.0, "#ff8a20c0"), (0.75, "#ffc850e0"), (0.45, "#fffbe0ff")):
        turns = np.linspace(0, 2 * np.pi, 40)
        rise = (1 - np.cos(turns)) / 2
        xs = 160 + lean * rise**1.5 * share + 10 * share * np.sin(turns) * (1 - rise) ** 0.6
        pen.polygon(list(zip(xs.tolist(), (134 - tall * share * rise).tolist(), strict=True)), colour)
    return shaded(light(pen.picture(), 160 + lean, 112, 40, "#ffb050", 0.5 * flicker), 0.5)


def film(folder: Path) -> Film:
    """The film, its music from `folder`/score."""

    def sound() -> Samples:
        return render_notes(played(read_score(folder / "score" / "string_quartet.txt")), 2500, room=0.6, level=0.5)

    scenes = ((dawn, 148), (sea, 156), (leaves, 155), (snow, 129), (candle, 155), (city_rain, 172))
    return Film(
        "film_string_quartet.mp4", "Six windows", "a string quartet plays the Ode to Joy", Fraction(25), scenes, sound
    )
