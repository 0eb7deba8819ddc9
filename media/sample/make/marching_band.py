"""The film of the marching band: everything steps, waves and sparkles in its time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from make.drawing import HEIGHT, WIDTH, Pen, Picture, X, Y, blend, clouds, gradient, light, rgb, shaded, spread, window
from make.film import Film
from make.programs import Samples, render_notes
from make.score import played, read_score

# Seconds, the score's tempo.
BEAT = 60 / 116
BUNTING = ("#e83c3c", "#f8c828", "#2c8ce0", "#f8f8f0", "#38a858")
CONFETTI = spread(71, 110, (0, WIDTH), (0, HEIGHT), (2.2, 5), (35, 80), (0, 2 * np.pi), (0, 5))
CROWD = spread(72, 46, (0, WIDTH), (170, 236), (7, 11), (0, 2 * np.pi))
# Rockets: when (s), x, y, colour.
ROCKETS = (
    (-0.3, 90, 80, "#ff6078"),
    (0.9, 220, 64, "#ffd860"),
    (1.7, 150, 100, "#60d8ff"),
    (2.4, 262, 112, "#b080ff"),
    (3.2, 64, 66, "#70ff90"),
    (3.9, 176, 60, "#ffb050"),
    (4.7, 244, 84, "#ff78c8"),
)
SPARKS = spread(73, 70, (0, 2 * np.pi), (0.25, 1.0))


def bunting(t: float) -> Picture:
    """Strings of little flags in the wind under a summer sky."""
    sky = gradient("#3c8ce8", "#68b0f4", "#a0d4fc", "#d0ecff")
    cloud = np.clip(2.4 * window(clouds(24, 128, 5), 14 * t) - 1.25, 0, 1)
    pen = Pen(blend(sky, np.broadcast_to(rgb("#ffffff"), sky.shape), cloud))
    for row, (top, sag, size) in enumerate(((28, 34, 17), (84, 44, 24), (150, 56, 33))):
        xs = np.arange(-20, WIDTH + 40, size * 1.25) + 11 * row
        ys = top + sag * np.sin(np.pi * np.clip(xs / WIDTH, 0, 1)) + 3 * np.sin(1.6 * t + xs * 0.02 + row)
        pen.line(list(zip(xs.tolist(), ys.tolist(), strict=True)), "#606878", 1)
        for k, (x, y) in enumerate(zip(xs.tolist(), ys.tolist(), strict=True)):
            gust = np.sin(3.4 * t - x * 0.03 + row) + 0.5 * np.sin(7.7 * t + 2.3 * k)
            tip = (x + size * 0.5 + 5 * gust, y + size * (1.25 - 0.14 * abs(gust)))
            pen.polygon([(x, y), (x + size, y + 1), tip], BUNTING[(k + row) % 5])
            pen.polygon([(x + size * 0.5, y + 1), (x + size, y + 1), tip], "#00000022")
    return shaded(pen.picture(), 0.3)


def marchers(t: float) -> Picture:
    """The ranks going by, left, right."""
    field = gradient("#98d060", "#7cb848", "#5c9c38", "#44802c")
    mown = np.where((X + 0.7 * Y + 46 * t) % 56 < 28, 1.06, 0.96)[..., np.newaxis]
    pen = Pen(field * mown)
    for row, (foot, size) in enumerate(((118, 0.62), (168, 0.86), (228, 1.16))):
        gap = 54 * size
        for k in range(-2, int(WIDTH / gap) + 3):
            x = k * gap + (46 * size * t + 17 * row) % gap
            step = np.sin(np.pi * t / BEAT + 0.12 * row)
            y = foot - 2.4 * size * abs(step)
            pen.disc(x, foot, 13 * size, "#00000040", 3 * size)
            for side in (-1, 1):
                lift = max(0.0, side * step)
                knee = (x + 11 * size * lift, y - (15 + 5 * lift) * size)
                pen.line(
                    [(x - 2 * side * size, y - 30 * size), knee, (x + (2 + 3 * lift) * size, y - 9 * size * lift)],
                    "#f4f4f4",
                    6 * size,
                )
                pen.disc(x + (4 + 3 * lift) * size, y - (9 * lift) * size, 4.5 * size, "#181c28", 2.5 * size)
            pen.box(x - 9 * size, y - 62 * size, x + 9 * size, y - 27 * size, "#d42c3c", 4 * size)
            pen.line([(x - 8 * size, y - 60 * size), (x + 8 * size, y - 32 * size)], "#f8f0e0", 3 * size)
            pen.line(
                [
                    (x + 2 * size, y - 54 * size),
                    (x + (12 + 3 * step) * size, y - 46 * size),
                    (x + 17 * size, y - 56 * size),
                ],
                "#b81c30",
                5 * size,
            )
            pen.polygon(
                [
                    (x + 14 * size, y - 60 * size),
                    (x + 33 * size, y - 66 * size),
                    (x + 33 * size, y - 52 * size),
                    (x + 14 * size, y - 56 * size),
                ],
                "#ffd040",
            )
            pen.disc(x + 1 * size, y - 70 * size, 7.5 * size, "#e0a880")
            pen.box(x - 8 * size, y - 92 * size, x + 9 * size, y - 73 * size, "#1c2860", 2 * size)
            pen.polygon(
                [
                    (x, y - 92 * size),
                    (x - 5 * size + 2 * step, y - 106 * size),
                    (x + 6 * size + 2 * step, y - 105 * size),
                ],
                "#ffffff",
            )
    return shaded(pen.picture(), 0.3)


def drum_head(t: float) -> Picture:
    """A drum from above, the sticks falling on it in time."""
    floor = gradient("#4c3020", "#5c3c28", "#4c3020", "#342014") * (
        0.85 + 0.3 * window(clouds(25, 32, 3), 0)[..., np.newaxis]
    )
    pen = Pen(floor)
    pen.disc(160, 126, 106, "#00000050")
    pen.disc(160, 120, 104, "#c03030")
    for k in range(12):
        turn = 2 * np.pi * k / 12
        pen.disc(160 + 99 * np.cos(turn), 120 + 99 * np.sin(turn), 6, "#ffd860")
    pen.disc(160, 120, 92, "#e8e4d8")
    beat = t / BEAT * 2
    for side, hit_x, hit_y in ((0, 132.0, 118.0), (1, 190.0, 124.0)):
        since = ((beat - side) % 2) * BEAT / 2
        wave = 26 + 150 * since
        if wave < 88:
            pen.ring(160 + (hit_x - 160) * 0.3, 120, wave, f"#a89c88{round(150 * np.exp(-3 * since)):02x}", 3)
        raised = abs(np.sin(np.pi * (beat - side) / 2))
        lift = 60 * raised
        grip = (hit_x + (130 if side else -130), 250.0 - 20 * raised)
        tip = (hit_x + (16 if side else -16) * raised, hit_y - lift * 0.75)
        pen.line([(grip[0] + 5, grip[1] + lift * 0.3), (hit_x + 6, hit_y + lift * 0.35)], "#00000038", 5)
        pen.line([grip, tip], "#d8a868", 6)
        pen.disc(tip[0], tip[1], 6, "#f0d0a0")
    return shaded(pen.picture(), 0.5)


def bells(t: float) -> Picture:
    """The bells of the brass, swinging towards us, sound coming out in rings."""
    back = gradient("#f8a83c", "#f49030", "#e87028", "#c85020")
    rays = np.where((np.arctan2(Y - 120, X - 160) + 0.25 * t) % (np.pi / 8) < np.pi / 16, 1.07, 0.95)[..., np.newaxis]
    pen = Pen(back * rays)
    for k, (x, y, radius) in enumerate(((64, 74, 42), (252, 70, 46), (160, 138, 66), (50, 190, 38), (272, 186, 40))):
        sway = 7 * np.sin(np.pi * t / BEAT / 2 + k)
        swell = radius * (1 + 0.05 * np.sin(2 * np.pi * t / BEAT + k))
        for ring in range(3):
            out = swell + ((26 * t / BEAT * 2 + ring * 17) % 51)
            pen.ring(x + sway, y, out, f"#fff4c8{round(max(0, 120 - 2.1 * (out - swell))):02x}", 2)
        for share, colour in (
            (1.0, "#7c5410"),
            (0.96, "#ffe9a0"),
            (0.86, "#e0ac38"),
            (0.66, "#b88020"),
            (0.42, "#704808"),
            (0.2, "#2c1804"),
        ):
            pen.disc(x + sway * (2 - share), y - (1 - share) * 5, swell * share, colour)
        pen.disc(x + sway - swell * 0.42, y - swell * 0.5, swell * 0.2, "#ffffffb0", swell * 0.1)
    return shaded(pen.picture(), 0.35)


def confetti(t: float) -> Picture:
    """Confetti over the heads of the crowd."""
    street = light(gradient("#e8d4b0", "#f4e4c4", "#fcf4dc", "#e0c8a0"), 160, 60, 120, "#ffffff", 0.6)
    pen = Pen(street)
    for k, (left, right, top, colour) in enumerate(
        ((-5, 70, 40, "#d8b088"), (66, 122, 66, "#c89c78"), (206, 262, 60, "#d0a880"), (256, 326, 30, "#dcb890"))
    ):
        pen.box(left, top, right, 200, colour)
        for x in range(left + 9, right - 10, 17):
            for y in range(top + 12, 160, 24):
                pen.box(x, y, x + 8, y + 13, "#8c6850" if (x + y + k) % 3 else "#fff0c8")
    for x, y, size, phase in sorted(CROWD.tolist(), key=lambda head: head[1]):
        jump = 4 * abs(np.sin(np.pi * t / BEAT + phase))
        arm = np.sin(5 * t + phase)
        pen.line([(x, y + 8 - jump), (x + 10 * arm, y - 14 - jump)], "#5c5450", 3.5)
        pen.disc(x, y + 18 - jump, size * 1.4, "#4c4644", size * 1.2)
        pen.disc(x, y - jump, size * 0.8, "#3c3838")
    for x, y, size, speed, phase, colour in CONFETTI:
        px = (x + 14 * np.sin(1.6 * t + phase)) % WIDTH
        py = (y + speed * t) % (HEIGHT + 10) - 5
        turn, flat = 3 * t + phase, np.cos(5 * t + phase)
        a, b = (size * np.cos(turn), size * np.sin(turn)), (-size * flat * np.sin(turn), size * flat * np.cos(turn))
        pen.polygon(
            [
                (px + i * a[0] + j * b[0], py + i * a[1] + j * b[1])
                for i, j in ((1, 0.6), (-1, 0.6), (-1, -0.6), (1, -0.6))
            ],
            (*BUNTING, "#d850c0")[int(colour)],
        )
    return shaded(pen.picture(), 0.3)


def fireworks(t: float) -> Picture:
    """Rockets over the roofs."""
    picture = gradient("#04061c", "#0a0c30", "#181440", "#30204c")
    pen = Pen(picture)
    flashes = []
    for start, x, y, colour in ROCKETS:
        age = t - start
        if -0.7 < age < 0:
            climb = 240 + (y - 240) * (1 + age / 0.7)
            pen.line([(x, climb), (x, climb + 14)], "#ffe8b0", 1.5)
        elif 0 <= age < 2.2:
            reach, fade = 74 * (1 - np.exp(-2.2 * age)), np.exp(-0.9 * age)
            flashes.append((x, y, colour, 0.3 * fade * min(1.0, age / 0.4)))
            for turn, far in SPARKS:
                px, py = x + reach * far * np.cos(turn), y + reach * far * np.sin(turn) + 15 * age**2
                tail = (x + reach * far * 0.86 * np.cos(turn), y + reach * far * 0.86 * np.sin(turn) + 13 * age**2)
                pen.line([tail, (px, py)], f"{colour}{round(240 * fade):02x}", 1.5)
                pen.disc(px, py, 1.5, f"#ffffff{round(255 * fade):02x}")
    for k in range(11):
        left, top = k * 30 - 5, 200 - 16 * ((k * 7) % 5) / 2
        pen.box(left, top, left + 31, 241, "#060814")
        for row in range(3):
            pen.box(
                left + 8, top + 8 + 12 * row, left + 13, top + 14 + 12 * row, "#ffc860" if (k + row) % 3 else "#181c30"
            )
    picture = pen.picture()
    for x, y, colour, strength in flashes:
        picture = light(picture, x, y, 60, colour, strength)
    return shaded(picture, 0.3)


def film(folder: Path) -> Film:
    """The film, its music from `folder`/score."""

    def sound() -> Samples:
        return render_notes(played(read_score(folder / "score" / "marching_band.txt")), 1800, room=0.5, level=0.3)

    scenes = ((bunting, 128), (bells, 124), (drum_head, 124), (marchers, 186), (confetti, 170), (fireworks, 180))
    return Film("film_marching_band.mp4", "The Sorting March", "a marching band", Fraction(30000, 1001), scenes, sound)
