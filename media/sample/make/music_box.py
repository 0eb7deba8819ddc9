"""The film of the music box: things that turn."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from make.drawing import (
    HEIGHT,
    WIDTH,
    Pen,
    Picture,
    X,
    Y,
    blend,
    clouds,
    gradient,
    light,
    rgb,
    shaded,
    spread,
    wheel,
    window,
)
from make.film import Film
from make.programs import Samples, render_notes
from make.score import played, read_score

PINS = spread(61, 130, (0, 2 * np.pi), (44, 276))
# Of the comb.
TEETH = 24
GLITTER = spread(62, 110, (-88, 88), (0, 1), (0.5, 1.6), (0, 2 * np.pi), (5, 16))
LANTERNS = spread(63, 18, (0, WIDTH), (0, 340), (7, 19), (10, 24), (0, 2 * np.pi))
HORSE = (
    (-26, 6), (-24, -8), (-12, -13), (8, -12), (17, -24), (27, -25), (33, -15), (24, -13), (19, 1),
    (22, 14), (16, 14), (13, 5), (-10, 5), (-16, 16), (-22, 15), (-18, 3),
)  # fmt: skip


def cylinder(t: float) -> Picture:
    """The brass cylinder with its pins, plucking the comb."""
    cloth = gradient("#5c0c1c", "#7c1428", "#5c0c1c", "#380810") * (
        0.8 + 0.4 * window(clouds(21, 16, 3), 0)[..., np.newaxis]
    )
    across = np.clip((Y - 48) / 104, 0, 1)
    shine = np.abs(np.sin(np.pi * across)) ** 0.8 * (0.75 + 0.25 * np.cos(12 * (across - 0.3)))
    brass = np.clip(shine, 0.1, 1)[..., np.newaxis] * rgb("#ffd878")
    picture = np.where(((Y >= 48) & (Y <= 152) & (X >= 36) & (X <= 284))[..., np.newaxis], brass, cloth)
    pen = Pen(picture)
    pen.box(22, 86, 36, 114, "#a87c30", 3)
    pen.box(284, 86, 298, 114, "#a87c30", 3)
    plucked = np.zeros(TEETH)
    for turn, x in PINS:
        angle = (turn + 0.8 * t) % (2 * np.pi)
        if angle < np.pi:
            y = 100 - 51 * np.cos(angle)
            pen.disc(x, y, 1.9, "#fff4c8")
            pen.disc(x + 0.8, y + 1, 1.2, "#70480c")
            tooth = int((x - 40) / 240 * TEETH)
            plucked[tooth] = max(plucked[tooth], np.exp(-(((angle - 2.9) / 0.09) ** 2)))
    for k in range(TEETH):
        left = 40 + 240 * k / TEETH
        lift = 3.5 * plucked[k] * np.sin(60 * t)
        top, bottom = 148 - 5 * plucked[k], 214
        pen.polygon(
            [(left + 1, bottom), (left + 2.5, top + lift), (left + 7.5, top + lift), (left + 9, bottom)], "#b8bcc4"
        )
        pen.polygon(
            [(left + 1, bottom), (left + 2.5, top + lift), (left + 4, top + lift), (left + 4, bottom)], "#e8ecf0"
        )
    pen.box(34, 208, 286, 228, "#888c98", 3)
    for x in (60, 160, 260):
        pen.disc(x, 218, 5, "#c8ccd4")
        turn_of_screw = 0.5 + 0.1 * x
        pen.line(
            [
                (x - 4 * np.cos(turn_of_screw), 218 - 4 * np.sin(turn_of_screw)),
                (x + 4 * np.cos(turn_of_screw), 218 + 4 * np.sin(turn_of_screw)),
            ],
            "#484c54",
            1,
        )
    return shaded(pen.picture())


def kaleidoscope(t: float) -> Picture:
    """Six mirrors around coloured glass."""
    dx, dy = X - WIDTH / 2, Y - HEIGHT / 2
    radius = np.hypot(dx, dy)
    sector = np.pi / 3
    angle = np.abs((np.arctan2(dy, dx) + 0.25 * t) % sector - sector / 2)
    u, v = radius * np.cos(angle), radius * np.sin(angle)
    a = np.sin(u * 0.075 - 1.1 * t) + np.sin(v * 0.16 + 0.9 * t)
    b = np.sin((u + v) * 0.055 + 0.7 * t) + np.sin(np.hypot(u - 70, v - 12) * 0.13 - 1.6 * t)
    edge = np.clip(6 * np.abs(a), 0, 1) * np.clip(6 * np.abs(b), 0, 1)
    tint = np.stack(
        [150 + 60 * np.tanh(2 * a) - 25 * b, 120 + 52 * np.tanh(2 * b), 205 + 22 * np.tanh(3 * a * b)], axis=-1
    )
    return shaded((tint * (0.45 + 0.55 * edge)[..., np.newaxis]).astype(np.float32), 0.7)


def carousel(t: float) -> Picture:
    """Horses rising and falling as the carousel goes round."""
    pen = Pen(light(gradient("#ff9c8c", "#ffb89c", "#ffd8b4", "#f4b48c"), 160, 110, 120, "#fff4d8", 0.6))
    pen.disc(160, 214, 150, "#b4543c", 20)
    pen.disc(160, 209, 150, "#e88458", 19)
    horses = sorted(((0.55 * t + k * np.pi / 4, k) for k in range(8)), key=lambda horse: np.sin(horse[0]))
    for order, (angle, k) in enumerate(horses):
        if order == len(horses) // 2:  # the pole stands between the far horses and the near ones
            pen.box(138, 60, 182, 205, "#f4e0c0")
            for stripe in range(4):
                left = 138 + (stripe * 11 + 9 * t) % 44
                pen.box(left, 60, min(left + 5, 182), 205, "#e0a070")
        near = (1 + np.sin(angle)) / 2
        size = 0.62 + 0.42 * near
        x, y = 160 + 122 * np.cos(angle), 140 + 30 * near + 11 * np.sin(2.6 * t + 1.7 * k)
        pen.line([(x, 62), (x, 196 + 18 * near)], "#fff0b0", 1.6 + near)
        side = -1 if np.sin(angle) > 0 else 1
        shade = round(150 + 90 * near)
        pen.polygon(
            [(x + side * px * size, y + py * size) for px, py in HORSE],
            f"#{shade:02x}{round(shade * 0.93):02x}{round(shade * 0.86):02x}",
        )
        pen.polygon(
            [(x + side * px * size, y + py * size) for px, py in ((-9, -13), (5, -13), (4, -5), (-8, -5))],
            ("#c83c4c", "#2c8c88", "#e0a020", "#5c54b0")[k % 4],
        )
    for k in range(16):
        left, right = 4 + 312 * k / 16, 4 + 312 * (k + 1) / 16
        colour = "#c83c4c" if (k + int(2.4 * t)) % 2 else "#fff0d8"
        pen.polygon(
            [(160 + (left - 160) * 0.12, 12), (160 + (right - 160) * 0.12, 12), (right, 58), (left, 58)], colour
        )
        pen.disc((left + right) / 2, 58, (right - left) / 2, colour, 8)
        pen.disc(left, 56, 2.2, "#ffffc0" if np.sin(7 * t + k * 2.1) > 0 else "#e0a850")
    return shaded(pen.picture(), 0.3)


def gears(t: float) -> Picture:
    """The clockwork that drives it all."""
    plate = gradient("#0c4c50", "#106468", "#0c4c50", "#083438") * (
        0.85 + 0.3 * window(clouds(22, 8, 2), 0)[..., np.newaxis]
    )
    pen = Pen(plate)
    train = (
        (96, 132, 66, 32, 1.0, 0.0, "#c89438", "#8c6420"),
        (206, 84, 46, 22, -32 / 22, 0.14, "#e0b050", "#a07828"),
        (270, 150, 36, 18, 32 / 18, 0.05, "#b87c4c", "#7c4c28"),
        (206, 206, 36, 18, -32 / 18, 0.1, "#d8a044", "#98702c"),
    )
    for x, y, radius, teeth, ratio, offset, colour, dark in train:
        angle = 0.5 * t * ratio + offset
        pen.polygon([(px + 3, py + 4) for px, py in wheel(x, y, radius, teeth, angle, 7)], "#00000060")
        pen.polygon(wheel(x, y, radius, teeth, angle, 7), colour)
        pen.ring(x, y, radius - 4, dark, 2)
        for spoke in range(5):
            turn = angle + 2 * np.pi * spoke / 5
            pen.disc(x + radius * 0.55 * np.cos(turn), y + radius * 0.55 * np.sin(turn), radius * 0.21, "#0a4044")
        pen.disc(x, y, radius * 0.2, dark)
        pen.disc(x, y, radius * 0.1, "#ff5070")
        pen.line([(x, y), (x + (radius - 6) * np.cos(angle), y + (radius - 6) * np.sin(angle))], dark, 1.5)
    gleam = 0.16 * np.exp(-(((X + 0.6 * Y - 150 * t) % 900 - 250) ** 2) / 2200)
    return shaded(pen.picture() + 255 * gleam[..., np.newaxis], 0.5)


def snow_globe(t: float) -> Picture:
    """A glass globe with a village and glitter whirling in it."""
    pen = Pen(light(gradient("#b8a4e0", "#c8b4ec", "#a890d8", "#7c64b0"), 160, 110, 130, "#ffffff", 0.4))
    pen.disc(160, 212, 84, "#5c4490", 14)
    pen.polygon([(92, 222), (104, 186), (216, 186), (228, 222)], "#6c3c50")
    pen.box(86, 214, 234, 228, "#844c60", 4)
    pen.disc(160, 112, 94, "#2c4c94")
    pen.disc(160, 112, 91, "#3c64b4")
    for x, wide, tall, colour in ((112, 26, 30, "#e8d0a8"), (150, 34, 44, "#d89c7c"), (196, 24, 28, "#c8d8c0")):
        pen.box(x - wide / 2, 172 - tall, x + wide / 2, 176, colour)
        pen.polygon([(x - wide / 2 - 4, 172 - tall), (x, 150 - tall), (x + wide / 2 + 4, 172 - tall)], "#f8faff")
        for row in range(2):
            glow = "#ffe070" if np.sin(1.7 * t + x + 2 * row) > -0.5 else "#50586c"
            pen.box(x - 5, 160 - 13 * row, x + 1, 167 - 13 * row, glow)
    pen.polygon(
        [
            (76, 164),
            (120, 172),
            (170, 167),
            (215, 173),
            (244, 160),
            (226, 178),
            (196, 196),
            (160, 204),
            (122, 196),
            (94, 180),
        ],
        "#f0f6ff",
    )
    for x, y, size, phase, speed in GLITTER:
        px = 160 + x * np.cos(0.35 * t) + 16 * np.sin(0.9 * t + phase)
        py = 30 + (150 * y + speed * t) % 150
        if np.hypot(px - 160, py - 112) < 89:
            pen.disc(px, py, size * (0.8 + 0.4 * np.sin(8 * t + phase)), "#ffffffe8")
    pen.disc(122, 68, 22, "#ffffff38", 13)
    pen.ring(160, 112, 93, "#e8f0ff90", 2)
    return shaded(pen.picture(), 0.3)


def lanterns(t: float) -> Picture:
    """Paper lanterns rising into the evening."""
    picture = gradient("#14401c", "#3c6c20", "#8c9c30", "#e0c850")
    haze = np.clip(1.6 * window(clouds(23, 128, 4), 6 * t, 2 * t) - 0.6, 0, 0.5) * np.clip(Y / HEIGHT, 0, 1)
    picture = blend(picture, np.broadcast_to(rgb("#fff0a0"), picture.shape), haze)
    places = []
    for x, y, size, speed, phase in sorted(LANTERNS.tolist(), key=lambda lantern: lantern[2]):
        px = x + 9 * np.sin(0.8 * t + phase)
        py = (y - speed * t * size / 12) % 340 - 40
        places.append((px, py, size, phase))
        picture = light(picture, px, py, size * 1.9, "#ffa030", 0.5)
    pen = Pen(picture)
    for px, py, size, phase in places:
        flicker = round(200 + 40 * np.sin(6 * t + phase))
        pen.polygon(
            [
                (px - size * 0.62, py - size),
                (px + size * 0.62, py - size),
                (px + size * 0.86, py + size * 0.5),
                (px + size * 0.5, py + size),
                (px - size * 0.5, py + size),
                (px - size * 0.86, py + size * 0.5),
            ],
            f"#ff{flicker - 60:02x}38",
        )
        pen.disc(px, py + size * 0.5, size * 0.5, f"#ffff{flicker:02x}b0", size * 0.6)
        pen.line([(px - size * 0.5, py + size), (px + size * 0.5, py + size)], "#8c3810", 1.5)
    pen.ground(np.array([214.0, 218, 208, 216, 222, 212, 205, 216]), "#0c1c0c")
    return shaded(pen.picture(), 0.35)


def film(folder: Path) -> Film:
    """The film, its music from `folder`/score."""

    def sound() -> Samples:
        return render_notes(played(read_score(folder / "score" / "music_box.txt")), 2200, room=0.5, level=0.35)

    scenes = ((cylinder, 141), (kaleidoscope, 138), (carousel, 139), (gears, 138), (snow_globe, 139), (lanterns, 205))
    return Film(
        "film_music_box.mp4",
        "Things that turn",
        "a music box plays Ah! vous dirai-je, maman",
        Fraction(30),
        scenes,
        sound,
    )
