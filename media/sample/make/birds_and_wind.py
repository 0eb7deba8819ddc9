"""The film of the birds: wind, water and five kinds of song, all synthesised."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from make.drawing import HEIGHT, WIDTH, Pen, Picture, X, Y, blend, clouds, gradient, light, rgb, shaded, spread, window
from make.film import Film
from make.programs import RATE, Samples
from make.sounds import blank, noise, pitched, put, seconds, slow

FPS = Fraction(24)
# Seconds; from the trees on the other side.
ECHO_DELAY, ECHO_LEVEL = 0.09, 0.12
FLOCK = spread(91, 60, (-40, 40), (-26, 26), (2.2, 4.6), (0, 2 * np.pi))
GRASS = spread(92, 230, (-10, WIDTH + 10), (0, 1), (0.7, 1.3), (0, 2 * np.pi))
FLOWERS = spread(93, 34, (0, WIDTH), (150, 225), (2.5, 5), (0, 3))
FLOWER_COLOURS = ("#ff5a78", "#ffffff", "#ffd030")
# Seconds from one drop to the next in the same place.
DROP_PERIOD = 7.0
DROPS = spread(94, 14, (20, WIDTH - 20), (20, HEIGHT - 20), (-2, 5))
FOLIAGE = spread(95, 260, (-20, WIDTH + 20), (-20, 120), (8, 18), (0, 2 * np.pi), (0, 1))
ON_WIRES = spread(96, 17, (14, WIDTH - 14), (0, 4), (0, 2 * np.pi), (-1, 1))


def _bird(pen: Pen, x: float, y: float, size: float, flap: float, colour: str) -> None:
    """A bird far away: two wings, `flap` from -1 (down) to 1 (up)."""
    rise = size * (0.25 + 0.9 * flap)
    for side in (-1, 1):
        wing = [
            (x, y),
            (x + side * size * 0.8, y - rise),
            (x + side * size * 1.9, y - rise * 0.55),
            (x + side * size * 0.8, y - rise + size * 0.42),
        ]
        pen.polygon(wing, colour)
    pen.disc(x, y + size * 0.1, size * 0.32, colour, size * 0.24)


def flock(t: float) -> Picture:
    """A flock crossing the evening sun."""
    sky = light(gradient("#4c3c7c", "#b85c60", "#f49c4c", "#ffcc68"), 170, 172, 110, "#fff0a8", 0.7)
    pen = Pen(light(sky, 170, 172, 30, "#fffff0", 1.6))
    for x, y, size, phase in FLOCK:
        px = 60 + 34 * t + x * (1 + 0.25 * np.sin(0.6 * t)) + 10 * np.sin(0.9 * t + phase)
        py = 96 - 20 * np.sin(0.7 * t + x * 0.02) + y * (1 + 0.4 * np.sin(0.8 * t + 1)) + 0.35 * abs(x)
        _bird(pen, px, py, size, np.sin(11 * t + phase), "#241830")
    pen.ground(206 + 10 * np.sin(np.linspace(0, 7, 40)), "#3c2038")
    pen.ground(224 + 6 * np.sin(np.linspace(2, 11, 40)), "#1c1020")
    return shaded(pen.picture(), 0.35)


def meadow(t: float) -> Picture:
    """Gusts running through the grass."""
    back = light(gradient("#90d8f8", "#c0ecf8", "#d8f4c8", "#88c048"), 60, 30, 80, "#ffffff", 0.8)
    pen = Pen(back)
    pen.ground(128 + 8 * np.sin(np.linspace(0, 5, 40)), "#8cc860")
    pen.ground(150 + 7 * np.sin(np.linspace(3, 9, 40)), "#70b448")
    for x, near, tall, phase in sorted(GRASS.tolist(), key=lambda blade: blade[1]):
        foot = 150 + 96 * near
        gust = np.sin(0.03 * x - 2.6 * t + 2 * near) + 0.4 * np.sin(0.09 * x - 5 * t + phase)
        length = (26 + 52 * near) * tall
        bend = length * (0.22 + 0.26 * gust)
        tip = (x + bend, foot - length * (1 - 0.1 * abs(gust)))
        middle = (x + bend * 0.3, foot - length * 0.55)
        green = round(120 + 60 * (1 - near) + 22 * gust)
        half = 1 + 1.6 * near
        pen.polygon(
            [
                (x - half, foot),
                (middle[0] - half * 0.7, middle[1]),
                tip,
                (middle[0] + half * 0.7, middle[1]),
                (x + half, foot),
            ],
            f"#{round(green * 0.45):02x}{green:02x}28",
        )
    for x, y, size, kind in FLOWERS:
        sway = size * 1.6 * np.sin(0.03 * x - 2.6 * t + 0.01 * y)
        pen.line([(x, y + 22), (x + sway, y)], "#4c8c28", 1.4)
        for k in range(5):
            turn = 2 * np.pi * k / 5 + 0.2 * sway
            pen.disc(
                x + sway + size * 0.8 * np.cos(turn),
                y + size * 0.8 * np.sin(turn),
                size * 0.55,
                FLOWER_COLOURS[int(kind)],
            )
        pen.disc(x + sway, y, size * 0.5, "#b86c10")
    return shaded(pen.picture(), 0.25)


def pond(t: float) -> Picture:
    """Rings on a pond, where drops fall from the leaves."""
    height = 0.25 * np.sin(0.11 * X + 0.05 * Y + 2 * t) + 0.2 * np.sin(-0.06 * X + 0.13 * Y + 2.6 * t)
    for x, y, start in DROPS:
        age = (t - start) % DROP_PERIOD
        distance = np.hypot(X - x, (Y - y) * 1.5)
        ring = np.exp(-(((distance - 34 * age) / (7 + 2 * age)) ** 2))
        height = height + 2.2 * ring * np.cos(0.55 * (distance - 34 * age)) * np.exp(-0.75 * age)
    slope = np.gradient(height, axis=1) + 0.6 * np.gradient(height, axis=0)
    deep = window(clouds(33, 128, 4), 5 * t, 2 * t)
    water = gradient("#0c6c74", "#0c5c6c", "#0a4860", "#083450") * (0.7 + 0.6 * deep)[..., np.newaxis]
    bright = np.clip(slope * 1.9, 0, 1) ** 1.3
    dark = np.clip(-slope * 1.5, 0, 0.6)
    picture = blend(water * (1 - dark)[..., np.newaxis], np.broadcast_to(rgb("#c8fff0"), water.shape), bright)
    pen = Pen(picture.astype(np.float32))
    for x, y, radius, turn in ((52, 196, 26, 0.4), (92, 214, 19, 2.2), (276, 52, 24, 4.0), (246, 216, 22, 5.2)):
        px, py = x + 2 * np.sin(0.9 * t + turn), y + 1.4 * np.sin(1.2 * t + turn)
        angles = np.linspace(turn + 0.25, turn + 2 * np.pi - 0.25, 40)
        rim = [(px + radius * np.cos(a), py + radius * 0.66 * np.sin(a)) for a in angles]
        pen.polygon([(px, py), *rim], "#3c9c4c")
        for a in angles[3::6]:
            pen.line([(px, py), (px + radius * 0.85 * np.cos(a), py + radius * 0.56 * np.sin(a))], "#58b860", 0.8)
    return shaded(pen.picture(), 0.5)


def forest(t: float) -> Picture:
    """Light falling through leaves."""
    back = light(gradient("#f8fcb0", "#d4ec80", "#98c850", "#507c2c"), 230, 20, 140, "#ffffe0", 0.8)
    slant = (X + 0.75 * Y) * 0.035
    shafts = np.clip(np.sin(slant + 0.3 * t) * np.sin(2.3 * slant - 0.5 * t) + 0.2 * np.sin(0.8 * t), 0, 1)
    back = blend(back, np.broadcast_to(rgb("#fffff0"), back.shape), 0.55 * shafts * np.clip(1.1 - Y / 260, 0, 1))
    pen = Pen(back)
    for x, width, colour in ((66, 11, "#5c6c30"), (130, 7, "#74843c"), (282, 15, "#48541f"), (214, 8, "#6c7c38")):
        pen.polygon(
            [(x - width * 1.3, 242), (x - width * 0.8, -2), (x + width * 0.7, -2), (x + width * 1.2, 242)], colour
        )
    for x, y, size, phase, shade in FOLIAGE:
        flutter = np.sin(3.1 * t + phase) + 0.5 * np.sin(7.3 * t + 2 * phase)
        px, py = x + 3 * np.sin(1.1 * t + 0.02 * x) + flutter, y + 0.8 * flutter
        turn = phase + 0.25 * flutter
        along, across = (
            (size * np.cos(turn), size * np.sin(turn)),
            (-size * 0.4 * np.sin(turn), size * 0.4 * np.cos(turn)),
        )
        green = round(110 + 110 * shade)
        pen.polygon(
            [
                (px + i * along[0] + j * across[0], py + i * along[1] + j * across[1])
                for i, j in ((1, 0), (0.2, 0.9), (-0.9, 0), (0.2, -0.9))
            ],
            f"#{round(green * 0.62):02x}{green:02x}2ce0",
        )
    pen.ground(222 + 5 * np.sin(np.linspace(0, 9, 40)), "#3c5c20")
    hop = abs(np.sin(4 * t)) * 7 * (np.sin(0.9 * t) > -0.3)
    bx, by = 150 + 22 * np.sin(0.45 * t), 214 - hop
    pen.disc(bx, by, 11, "#c85028", 8)
    pen.disc(bx + 9, by - 8, 6, "#8c4020")
    pen.polygon([(bx + 14, by - 10), (bx + 20, by - 8), (bx + 14, by - 6)], "#302010")
    pen.polygon([(bx - 9, by - 2), (bx - 22, by - 8), (bx - 20, by - 2)], "#703418")
    pen.disc(bx + 11, by - 9, 1.2, "#ffffff")
    return shaded(pen.picture(), 0.3)


def hawk(t: float) -> Picture:
    """A hawk circling between the clouds."""
    sky = gradient("#1c50a0", "#3478c8", "#5c9ce0", "#90c4f0")
    far = np.clip(2.6 * window(clouds(34, 128, 5), 16 * t, 3 * t) - 1.1, 0, 1)
    near = np.clip(3.0 * window(clouds(35, 128, 5), 46 * t + 90, 8 * t) - 1.75, 0, 1)
    picture = blend(sky, np.broadcast_to(rgb("#e8f4ff"), sky.shape), 0.8 * far)
    pen = Pen(picture)
    turn = 0.9 * t
    x, y, size = 160 + 84 * np.cos(turn), 112 + 40 * np.sin(turn), 12 + 3 * np.sin(turn)
    lean = np.sin(turn)
    for side in (-1, 1):
        lift = size * (0.35 + 0.5 * side * lean * 0.6)
        pen.polygon(
            [
                (x - size * 0.3, y),
                (x + side * size * 1.5, y - lift),
                (x + side * size * 3.1, y - lift * 1.3 + size * 0.3),
                (x + side * size * 1.5, y + size * 0.4 - lift * 0.3),
                (x + size * 0.2, y + size * 0.5),
            ],
            "#382818",
        )
    pen.polygon(
        [
            (x - size * 0.35, y - size * 0.5),
            (x + size * 0.35, y - size * 0.5),
            (x + size * 0.7, y + size * 1.5),
            (x - size * 0.7, y + size * 1.5),
        ],
        "#4c3824",
    )
    pen.disc(x, y - size * 0.5, size * 0.36, "#382818")
    front = pen.picture()
    return shaded(blend(front, np.broadcast_to(rgb("#ffffff"), front.shape), 0.92 * near), 0.3)


def wires(t: float) -> Picture:
    """Small birds on the wires at dusk."""
    haze = window(clouds(36, 128, 4), 7 * t)
    sky = gradient("#341c4c", "#6c2c64", "#b84c6c", "#e88c70") * (0.88 + 0.24 * haze)[..., np.newaxis]
    pen = Pen(sky)
    sway = [2.5 * np.sin(1.3 * t + k) for k in range(4)]

    def wire(k: int, x: float) -> float:
        return float(56 + 34 * k + (26 + sway[k]) * np.sin(np.pi * x / WIDTH))

    for k in range(4):
        pen.line([(x, wire(k, x)) for x in np.linspace(-2, WIDTH + 2, 30)], "#180c20", 1.4)
    for pole in (-2.0, 316.0):
        pen.box(pole, 20, pole + 7, 242, "#180c20")
    for x, line, phase, side in ON_WIRES:
        k = int(line)
        hop = max(0.0, np.sin(1.1 * t + phase) - 0.86) * 90
        face = 1 if side + 0.4 * np.sin(0.7 * t + phase) > 0 else -1
        y = wire(k, x) - 7 - hop
        if hop > 1:
            _bird(pen, x, y, 7, np.sin(24 * t), "#140a1c")
            continue
        nod = 1.2 * np.sin(5 * t + phase)
        pen.disc(x, y, 5, "#140a1c", 6.5)
        pen.disc(x + face * 2.5, y - 7 + nod * 0.5, 3.7, "#140a1c")
        pen.polygon(
            [(x + face * 5, y - 8 + nod), (x + face * 9, y - 6.5 + nod), (x + face * 5, y - 5.5 + nod)], "#140a1c"
        )
        pen.polygon([(x - face * 2, y + 4), (x - face * 8, y + 13 - nod), (x - face * 5, y + 14 - nod)], "#140a1c")
    pen.ground(np.array([226.0, 222, 228, 216, 224, 230, 220, 226]), "#100818")
    return shaded(pen.picture(), 0.35)


def _sweep(start: float, end: float, dur: float) -> Samples:
    """A whistle gliding from one frequency to another."""
    time = seconds(dur) / dur
    return pitched(start * (end / start) ** time, (1, 0.12)) * np.sin(np.pi * time) ** 0.6


def _songs() -> dict[str, Samples]:
    """Five songs: a thrush-like phrase, a trill, a cuckoo, a warble and a two-note whistle."""
    rest = np.zeros(RATE // 25)
    thrush = [
        _sweep(a, b, d) for a, b, d in ((2300, 2900, 0.16), (3300, 2500, 0.12), (2500, 2520, 0.22), (3700, 3000, 0.09))
    ]
    trill = [_sweep(5200, 3900, 0.055) for _ in range(14)]
    cuckoo = [
        pitched(np.full(round(dur * RATE), hz), (1, 0.2, 0.06)) * np.sin(np.pi * seconds(dur) / dur) ** 0.4
        for hz, dur in ((622.3, 0.24), (493.9, 0.38))
    ]
    time = seconds(1.3)
    warble = (
        pitched(4300 + 900 * np.sin(2 * np.pi * 7 * time) + 500 * np.sin(2 * np.pi * 2.3 * time), (1, 0.1))
        * np.sin(np.pi * time / 1.3)
        * (0.6 + 0.4 * np.sin(2 * np.pi * 14 * time))
    )
    whistle = [_sweep(3950, 3900, 0.32), _sweep(3350, 3300, 0.42)]
    join = {"thrush": thrush, "trill": trill, "whistle": whistle}
    songs = {name: np.concatenate([piece for part in parts for piece in (part, rest)]) for name, parts in join.items()}
    return {**songs, "cuckoo": np.concatenate([cuckoo[0], np.zeros(RATE // 7), cuckoo[1]]), "warble": warble}


# Who sings in which scene: seconds into it, song, loudness, pan.
SINGING = {
    flock: (
        (0.6, "whistle", 0.35, -0.5),
        (2.6, "whistle", 0.25, 0.6),
        (4.2, "thrush", 0.3, 0.1),
    ),
    pond: (
        (0.7, "cuckoo", 0.5, -0.3),
        (2.0, "cuckoo", 0.5, -0.3),
        (3.3, "cuckoo", 0.5, -0.3),
        (4.4, "whistle", 0.2, 0.7),
    ),
    forest: (
        (0.3, "thrush", 0.5, 0.4),
        (1.5, "thrush", 0.45, 0.4),
        (2.8, "trill", 0.3, -0.7),
        (4.1, "thrush", 0.5, 0.4),
    ),
    hawk: ((1.2, "whistle", 0.15, -0.8),),
    meadow: (
        (0.4, "trill", 0.35, 0.5),
        (1.7, "warble", 0.3, -0.6),
        (3.6, "trill", 0.4, 0.2),
        (4.6, "warble", 0.25, -0.2),
    ),
    wires: (
        (0.3, "warble", 0.35, -0.4),
        (1.1, "trill", 0.3, 0.6),
        (2.1, "warble", 0.35, 0.1),
        (3.2, "trill", 0.35, -0.6),
        (4.3, "thrush", 0.3, 0.5),
        (5.0, "warble", 0.3, -0.1),
    ),
}
# The wind in each scene: its lowest and highest frequency, loudness.
WIND = {
    flock: (150, 700, 0.04),
    pond: (200, 600, 0.015),
    forest: (900, 4500, 0.035),
    hawk: (90, 420, 0.16),
    meadow: (400, 2400, 0.06),
    wires: (150, 800, 0.03),
}
SCENES = ((flock, 126), (pond, 130), (forest, 137), (hawk, 108), (meadow, 139), (wires, 146))


def _drops(dur: float) -> Samples:
    """The drops that fall on the pond, each where and when its rings begin."""
    track = blank(dur)
    time = seconds(0.09)
    drop = pitched(700 + 900 * time / 0.09) * np.exp(-time / 0.02) * np.minimum(1, time / 0.002)
    for x, _, start in DROPS:
        for at in np.arange(start % DROP_PERIOD, dur - 0.1, DROP_PERIOD):
            put(track, drop, at, 0.3, x / WIDTH * 2 - 1)
    return track


def _sound() -> Samples:
    """Every scene's wind, water and songs; the sound is cut where the picture is, but for a song that rings on."""
    track = blank(float(sum(frames for _, frames in SCENES) / FPS))
    songs = _songs()
    start = 0.0
    for number, (scene, frames) in enumerate(SCENES):
        dur = float(frames / FPS)
        low, high, loud = WIND[scene]
        edge = np.minimum(1, np.minimum(seconds(dur), dur - seconds(dur)) / 0.02)
        for side in (-1, 1):
            gusts = 0.35 + slow(700 + number, dur, 1.1) + 0.3 * slow(710 + number + side, dur, 0.4)
            put(track, noise(720 + 2 * number + (side > 0), dur, low, high) * gusts * edge, start, loud, side)
        for at, name, sung, pan in SINGING[scene]:
            put(track, songs[name], start + at, sung, pan)
            put(track, songs[name], start + at + ECHO_DELAY, sung * ECHO_LEVEL, -pan)
        if scene is pond:
            first = round(start * RATE)
            drops = _drops(dur)
            track[first : first + len(drops)] += drops
        start += dur
    return track


def film(folder: Path) -> Film:
    """The film; `folder` is not needed, as its sounds are made here."""
    return Film(
        "film_birds_and_wind.mp4", "Birds and wind", "wind, water and birdsong, synthesised", FPS, SCENES, _sound
    )
