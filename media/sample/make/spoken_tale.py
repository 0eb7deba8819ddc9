"""The film of the spoken tale: one scene for each of its sentences."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import signal

from make.drawing import HEIGHT, WIDTH, Pen, Picture, X, Y, blend, clouds, gradient, light, rgb, shaded, spread, window
from make.film import Film
from make.programs import RATE, Samples, at_peak, speak
from make.sounds import blank, noise, put, slow

FPS = Fraction(24)
VOICE, WORDS_PER_MINUTE, PITCH = "en-gb+f2", 135, 45
# Seconds of picture before a sentence's first word and after its last.
LEAD, PAUSE = 0.6, 1.0
SPEECH_PEAK_DB, WIND_LEVEL = -3.0, 0.012
TALE = (
    "Once there was a fox who kept a lighthouse at the edge of the world.",
    "Every evening she climbed a hundred and one steps, and lit the lamp.",
    "Ships as large as towns came past, and blinked to say good night.",
    "One winter the sea froze, and nobody came.",
    "So the fox turned the lamp to the sky, and wrote her name on the clouds.",
    "And the stars, who had never had a letter before, wrote back.",
)

STARS = spread(41, 150, (0, WIDTH), (0, HEIGHT), (0.4, 1.3), (0, 2 * np.pi))
FLAKES = spread(42, 60, (0, WIDTH), (0, HEIGHT), (0.6, 1.8), (10, 26))
CRACKS = spread(43, 16, (0, WIDTH), (140, HEIGHT), (0.3, 2.8), (40, 110))
# Each: x, y, size, speed.
SHIPS = ((20.0, 150.0, 1.0, 12.0), (190.0, 168.0, 1.6, 22.0), (-150.0, 190.0, 2.3, 34.0))
# The stars' answer: a fox, drawn from star to star.
FOX_IN_STARS = (
    (70, 120), (95, 70), (112, 98), (150, 104), (190, 96), (222, 120), (262, 92), (250, 140),
    (214, 150), (206, 186), (186, 152), (140, 152), (130, 188), (114, 146), (92, 132), (70, 120),
)  # fmt: skip


@lru_cache(maxsize=1)
def _sentences() -> list[tuple[Samples, int]]:
    """Every sentence as spoken, and the number of frames of its scene."""
    spoken = []
    for text in TALE:
        samples, rate = speak(text, VOICE, WORDS_PER_MINUTE, PITCH)
        voice = signal.resample_poly(samples[:, 0], RATE, rate)
        spoken.append((voice, round((LEAD + len(voice) / RATE + PAUSE) * FPS)))
    return spoken


def _stars(pen: Pen, t: float, below: float = HEIGHT) -> None:
    for x, y, size, phase in STARS:
        if y < below:
            alpha = round(150 + 100 * np.sin(2 * t + phase))
            pen.disc(x, y, size, f"#ffffff{max(alpha, 20):02x}")


def lighthouse(t: float) -> Picture:
    """The lighthouse on its rock, the beam going round."""
    pen = Pen(gradient("#0a1440", "#142a68", "#2c4a8c", "#4a6a9c"))
    _stars(pen, t, 160)
    turn = np.cos(t * 1.3)
    for side in (-1, 1):
        reach, height = 330 * turn * side, 26 + 16 * abs(turn)
        pen.polygon([(225, 78), (225 + reach, 78 - height), (225 + reach, 78 + height)], "#fff0a048")
    swell = 190 + 4 * np.sin(np.linspace(0, 22, 60) + 2 * t)
    pen.ground(swell, "#10284e")
    pen.polygon([(170, 240), (186, 186), (205, 174), (250, 172), (272, 190), (296, 240)], "#1c1c2c")
    pen.polygon([(208, 178), (215, 92), (235, 92), (242, 178)], "#e8e4dc")
    for top in (104, 136, 166):
        pen.polygon(
            [
                (214 - (top - 92) * 0.08, top),
                (236 + (top - 92) * 0.08, top),
                (238 + (top - 92) * 0.08, top + 13),
                (212 - (top - 92) * 0.08, top + 13),
            ],
            "#b8343c",
        )
    pen.box(213, 88, 237, 93, "#282838")
    pen.box(217, 70, 233, 88, "#ffe890")
    pen.polygon([(213, 71), (225, 56), (237, 71)], "#b8343c")
    pen.ground(206 + 5 * np.sin(np.linspace(3, 31, 60) - 2.6 * t), "#0a1c3ce0")
    return shaded(light(pen.picture(), 225, 79, 26 + 8 * abs(turn), "#fff0a0", 0.9))


def stairs(t: float) -> Picture:
    """The spiral staircase, seen from the middle of the tower as the lamp is carried up it."""
    stone = 0.75 + 0.5 * window(clouds(11, 32, 4), 30 * t, -20 * t)
    mortar = np.where((Y - 20 * t) % 30 < 2, 0.86, 1.0)
    pen = Pen(gradient("#5c3c2c", "#7c5034", "#6c442c", "#4c2c1c") * (stone * mortar)[..., np.newaxis])
    steps = [((k * 0.42 + 0.9 * t), k) for k in range(-12, 30)]
    for angle, k in sorted(steps, key=lambda step: np.sin(step[0])):
        y = 225 - 13 * k + 28 * t
        inner, outer = 160 + 24 * np.cos(angle), 160 + 128 * np.cos(angle)
        shade = round(90 + 60 * (1 + np.sin(angle)) / 2)
        colour = f"#{shade + 40:02x}{shade:02x}{round(shade * 0.62):02x}"
        pen.polygon(
            [(inner, y), (outer, y + 6 * np.sin(angle)), (outer, y + 13 + 6 * np.sin(angle)), (inner, y + 13)], colour
        )
    pen.box(141, -1, 179, 241, "#8c6444")
    pen.box(147, -1, 156, 241, "#a87c54")
    bob = 3 * np.sin(5 * t)
    lamp_x, lamp_y = 160 + 96 * np.cos(0.9 * t + 0.7), 130 + bob + 22 * np.sin(0.9 * t + 0.7)
    return shaded(
        light(light(pen.picture(), lamp_x, lamp_y, 90, "#ffb450", 0.75), lamp_x, lamp_y, 15, "#fffbe0", 1.5), 0.6
    )


def ships(t: float) -> Picture:
    """Ships gliding past with all their windows lit."""
    sky = light(gradient("#18485c", "#2c7078", "#58a090", "#a8d0a8"), 250, 140, 120, "#ffe8b0", 0.5)
    pen = Pen(sky)
    pen.ground(np.full(4, 146.0), "#1c5c64")
    for number, (x, y, size, speed) in enumerate(SHIPS):
        left = x + speed * t
        pen.polygon(
            [(left, y - 14 * size), (left + 110 * size, y - 14 * size), (left + 98 * size, y), (left + 10 * size, y)],
            "#0c2830",
        )
        for deck in range(3):
            a, b = left + (14 + 9 * deck) * size, left + (92 - 12 * deck) * size
            top = y - (14 + 8 * (deck + 1)) * size
            pen.box(a, top, b, top + 8 * size, "#163c44")
            for lamp in np.arange(a + 3 * size, b - 3 * size, 5 * size):
                on = np.sin(lamp - left + deck * 7 + number) > -0.6
                pen.box(lamp, top + 2.4 * size, lamp + 2.4 * size, top + 5 * size, "#ffe080" if on else "#24545c")
        blink = max(0.0, np.sin(3 * t + 2 * number)) ** 4
        pen.box(left + 52 * size, y - 52 * size, left + 60 * size, y - 38 * size, "#7c2c2c")
        pen.disc(left + 100 * size, y - 17 * size, 2.5 * size, f"#ffffff{round(40 + 215 * blink):02x}")
        wave = y + 2 * np.sin(np.linspace(0, 40, 80) + 2 * t + number) * size
        pen.ground(wave, f"#{26 - 6 * number:02x}{84 - 14 * number:02x}{94 - 14 * number:02x}e8")
    return shaded(pen.picture())


def ice(t: float) -> Picture:
    """The frozen sea: cracks, drifting snow, an empty horizon coming nearer."""
    near = 1 + 0.03 * t
    pen = Pen(gradient("#d4dce8", "#e8ecf4", "#f8f8fc", "#ffffff"))
    pen.ground(np.array([132.0, 130, 133, 131, 134, 131]), "#cfe0ee")
    pen.polygon([(222, 132), (226, 96), (236, 96), (240, 132)], "#98a8c0")
    for x, y, bend, length in CRACKS:
        points = []
        for share in np.linspace(0, 1, 7):
            side = 7 * np.sin(share * 9 + bend * 5)
            points.append(
                (
                    160 + (x - 160 + length * (share - 0.5) + side) * near,
                    132 + (y - 132 + 9 * np.sin(bend + 3 * share)) * near,
                )
            )
        pen.line(points, "#8cb4d0", 1.2)
        pen.line([(px + 1, py + 1.5) for px, py in points], "#ffffff", 1.0)
    for x, y, size, speed in FLAKES:
        pen.disc((x + 4 * speed * t) % WIDTH, (y + 0.7 * speed * t) % HEIGHT, size, "#ffffffd0")
    drift = np.clip(1.7 * window(clouds(12, 128, 4), 60 * t) - 0.75, 0, 0.75) * np.clip((Y - 90) / 90, 0, 1)
    picture = pen.picture()
    return blend(picture, np.broadcast_to(rgb("#ffffff"), picture.shape), drift)


def beam(t: float) -> Picture:
    """The lamp turned to the sky, its light writing on the clouds."""
    sky = gradient("#24100c", "#4c2014", "#8c4a20", "#5c2c14")
    cloud = np.clip(2.2 * window(clouds(13, 128, 5), 10 * t, 0) - 0.7, 0, 1) * np.clip(1.25 - Y / 190, 0, 1)
    aim = 160 + 100 * np.sin(0.9 * t)
    centre = 96 + (HEIGHT - Y) / HEIGHT * (aim - 96)
    width = 4 + (HEIGHT - Y) * 0.17
    shaft = np.exp(-(((X - centre) / width) ** 2)) * np.clip((226 - Y) / 40, 0, 1)
    picture = blend(sky, np.broadcast_to(rgb("#b0784c"), sky.shape), 0.8 * cloud)
    picture = blend(picture, np.broadcast_to(rgb("#fff0b8"), sky.shape), shaft * (0.35 + 0.65 * cloud))
    pen = Pen(picture)
    pen.ground(np.array([232.0, 226, 214, 212, 224, 232, 236, 238, 238]), "#140804")
    trail = [(160 + 100 * np.sin(0.9 * s), 40 + 22 * np.sin(2.7 * s)) for s in np.linspace(max(0.0, t - 3.5), t, 60)]
    if len(trail) > 1 and t > 0.1:
        pen.line(trail, "#fff8d8c0", 2.5)
    return shaded(light(pen.picture(), 96, 224, 16, "#fff0b0", 1.2))


def answer(t: float) -> Picture:
    """The stars' answer, line by line, under northern lights."""
    sky = gradient("#02060f", "#041224", "#06202c", "#020810")
    curtain = window(clouds(14, 64, 4), 16 * t)[0]
    fold = 70 + 50 * curtain[np.newaxis, :]
    lit = np.exp(-np.abs(Y - fold) / np.where(fold > Y, 22, 60)) * (0.35 + 0.65 * window(clouds(15, 32, 3), 34 * t)[:1])
    picture = blend(sky, np.broadcast_to(rgb("#40ffa0"), sky.shape), 0.6 * lit)
    pen = Pen(picture)
    _stars(pen, t)
    drawn = t * 3.4
    for k in range(len(FOX_IN_STARS) - 1):
        share = min(1.0, drawn - k)
        if share <= 0:
            break
        (x0, y0), (x1, y1) = FOX_IN_STARS[k], FOX_IN_STARS[k + 1]
        pen.line([(x0, y0), (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)], "#e8f4ffb0", 1.2)
    for k, (x, y) in enumerate(FOX_IN_STARS):
        pen.disc(x, y, 2.2 + (0.8 * np.sin(4 * t + k) if k < drawn else 0), "#ffffff")
    pen.ground(np.array([222.0, 226, 218, 224, 214, 222, 228]), "#000408")
    return shaded(pen.picture(), 0.3)


def _sound() -> Samples:
    """The sentences, each in its scene, over a soft wind."""
    total = float(sum(frames for _, frames in _sentences()) / FPS)
    track = blank(total)
    start = 0.0
    for voice, frames in _sentences():
        put(track, at_peak(voice, SPEECH_PEAK_DB), start + LEAD)
        start += float(frames / FPS)
    for side, seed in ((-1, 51), (1, 52)):
        wind = noise(seed, total, 120, 500) * (0.4 + slow(seed + 2, total, 1.7))
        put(track, wind, 0.0, WIND_LEVEL, side)
    return track


def film(folder: Path) -> Film:
    """The film; `folder` is not needed, as its text is here."""
    pictures = (lighthouse, stairs, ships, ice, beam, answer)
    scenes = [(picture, frames) for picture, (_, frames) in zip(pictures, _sentences(), strict=True)]
    return Film("film_spoken_tale.mp4", "The fox and the lighthouse", "a voice tells a tale", FPS, scenes, _sound)
