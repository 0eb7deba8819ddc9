"""The film of the machine room: each scene with the noises of its machine."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from make.drawing import (
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
    window,
)
from make.film import Film, Scene
from make.programs import RATE, Samples
from make.sounds import blank, clank, noise, pitched, put, seconds, shaped, slow, thump

FPS = Fraction(25)
# Seconds that the engine takes for one turn.
STROKE = 0.64
# Seconds from stamp to stamp.
PRESS = 1.0
STEAM = spread(81, 26, (0, 1), (0.5, 1.2), (0, 2 * np.pi))
LAMPS = spread(82, 70, (0.25, 1.1), (0, 2 * np.pi))
LAMP_COLOURS = ("#ff4830", "#ffc020", "#40e060")
# A message for the signal lamp's beeps: "sort" in Morse code, as units on and off.
MORSE = "101010001110111011100010111010001110000000"
# Seconds.
MORSE_UNIT, MORSE_EDGE = 0.11, 0.006


def engine(t: float) -> Picture:
    """A steam engine's flywheel, rod and piston."""
    wall = gradient("#90b4c4", "#a4c4d0", "#88a8b8", "#506874") * (
        0.85 + 0.3 * window(clouds(26, 64, 4), 0)[..., np.newaxis]
    )
    pen = Pen(wall)
    pen.box(-2, 204, 322, 242, "#3c4850")
    angle = 2 * np.pi * t / STROKE
    pin = (226 + 34 * np.cos(angle), 124 + 34 * np.sin(angle))
    cross = pin[0] - np.sqrt(118**2 - (pin[1] - 124) ** 2)
    pen.polygon([(180, 206), (206, 120), (246, 120), (272, 206)], "#46606c")
    pen.ring(226, 124, 84, "#7c1c18", 13)
    pen.ring(226, 124, 75, "#b83c2c", 3)
    for k in range(6):
        turn = angle + np.pi * k / 3
        pen.line([(226, 124), (226 + 76 * np.cos(turn), 124 + 76 * np.sin(turn))], "#98281f", 6)
    pen.disc(226, 124, 15, "#5c1410")
    pen.box(8, 98, 92, 150, "#2c5044", 6)
    for x in (14, 80):
        pen.box(x, 92, x + 8, 156, "#3c6c5c", 2)
    pen.line([(60, 124), (cross, 124)], "#d8dce0", 6)
    pen.box(cross - 11, 112, cross + 11, 136, "#606c74", 3)
    pen.line([(cross, 124), pin], "#c8ccd0", 9)
    pen.disc(*pin, 9, "#e0b040")
    pen.disc(cross, 124, 6, "#e0b040")
    for share, size, phase in STEAM:
        age = (t / STROKE + share) % 1
        x, y = 30 + 40 * age * np.cos(phase), 92 - 105 * age * size
        pen.disc(x, y, 5 + 18 * age, f"#ffffff{round(90 * (1 - age)):02x}")
    return shaded(pen.picture(), 0.4)


def furnace(t: float) -> Picture:
    """The fire behind the furnace door."""
    flame = 0.6 * window(clouds(27, 64, 5), 20 * np.sin(t), 190 * t) + 0.4 * window(clouds(28, 32, 3), 0, 310 * t)
    heat = np.clip((Y - 20) / 170 + 1.1 * flame - 0.62, 0, 1) * np.exp(-(((X - 160) / 118) ** 6))
    red, green, blue = np.clip(heat * 2.2, 0, 1), np.clip(heat * 1.7 - 0.45, 0, 1), np.clip(heat * 2 - 1.25, 0, 1)
    fire = np.stack([40 + 215 * red, 12 + 225 * green, 8 + 190 * blue], axis=-1)
    pen = Pen(fire.astype(np.float32))
    for x in range(62, 270, 28):
        pen.box(x, 60, x + 7, 212, "#1c0c08")
    pen.box(40, 202, 280, 214, "#241410")
    for box in ((-2, -2, 322, 38), (-2, 204, 322, 242), (-2, -2, 50, 242), (270, -2, 322, 242)):
        pen.box(*box, "#4c2c20")
    for k in range(9):
        for x, y in ((20 + 35 * k, 18), (20 + 35 * k, 223)):
            pen.disc(x, y, 5, "#2c1810")
            pen.disc(x - 1, y - 1, 3, "#7c4c34")
    glow = 0.3 + 0.12 * float(window(clouds(29, 16, 2), 40 * t)[0, 0])
    return shaded(light(pen.picture(), 160, 150, 150, "#ff7020", glow), 0.4)


def oscilloscope(t: float) -> Picture:
    """A trace that will not settle."""
    pen = Pen(gradient("#b4b8a8", "#c4c8b8", "#b4b8a8", "#94988c"))
    pen.box(18, 16, 236, 224, "#40443c", 14)
    pen.box(28, 26, 226, 214, "#04180c", 10)
    for k in range(1, 8):
        pen.line([(28 + 24.75 * k, 26), (28 + 24.75 * k, 214)], "#1c5030", 0.6)
        pen.line([(28, 26 + 23.5 * k), (226, 26 + 23.5 * k)], "#1c5030", 0.6)
    for late, alpha in ((0.10, "38"), (0.05, "68"), (0.0, "ff")):
        turns = np.linspace(0, 2 * np.pi, 240)
        now = t - late
        xs = 127 + 78 * np.sin(3 * turns + 0.9 * now) * np.cos(0.35 * now)
        ys = 120 + 74 * np.sin((2 + int(t) % 3) * turns + 0.4 * now)
        points = list(zip(xs.tolist(), ys.tolist(), strict=True))
        pen.line(points, f"#30ff70{'50' if alpha == 'ff' else '18'}", 5)
        pen.line(points, f"#a0ffb8{alpha}", 1.5)
    for k in range(3):
        y, turn = 56 + 62 * k, 1.2 * np.sin(0.9 * t + 2 * k)
        pen.disc(278, y, 24, "#787c70")
        pen.disc(278, y, 19, "#2c302c")
        pen.line([(278, y), (278 + 16 * np.sin(turn), y - 16 * np.cos(turn))], "#f0f0e0", 2.5)
    return shaded(pen.picture(), 0.3)


def press(t: float) -> Picture:
    """Boxes on a belt, stamped one by one."""
    pen = Pen(gradient("#f4d060", "#f0c848", "#e8b838", "#c89020"))
    for k in range(-1, 12):
        left = k * 36 - 2
        pen.polygon([(left, 0), (left + 18, 0), (left + 4, 20), (left - 14, 20)], "#282420")
    phase = t / PRESS % 1
    moved = min(1.0, max(0.0, (phase - 0.3) / 0.6))
    belt = (int(t / PRESS) + moved * moved * (3 - 2 * moved)) * 80
    drop = 52 * (1 - phase / 0.12) if phase < 0.12 else 0.0
    drop = max(drop, 52 * ((phase - 0.94) / 0.06) ** 2 if phase > 0.94 else 0.0)
    for k in range(-1, 6):
        x = k * 80 + belt % 80
        pen.box(x - 25, 134, x + 25, 182, "#b07c48", 2)
        pen.box(x - 25, 134, x + 25, 144, "#c8945c", 2)
        pen.box(x - 4, 134, x + 4, 182, "#d8b080")
        if x > 161 or (x > 159 and phase < 0.3):
            pen.ring(x, 162, 9, "#c42020", 3)
    pen.box(-2, 182, 322, 196, "#34343c")
    for k in range(-1, 18):
        x = (k * 20 + belt) % 360 - 20
        pen.box(x, 184, x + 10, 187, "#5c5c68")
    for x in range(10, 330, 60):
        pen.disc(x, 206, 13, "#60606c")
        turn = belt / 13
        pen.line(
            [(x - 10 * np.cos(turn), 206 - 10 * np.sin(turn)), (x + 10 * np.cos(turn), 206 + 10 * np.sin(turn))],
            "#34343c",
            3,
        )
    pen.box(132, 20, 188, 62, "#586070", 3)
    pen.box(150, 54, 170, 84 + drop, "#c0c8d0")
    pen.box(134, 76 + drop, 186, 84 + drop, "#384050", 2)
    if phase < 0.3:
        for side in (-1, 1):
            pen.disc(
                160 + side * (30 + 90 * phase),
                130 - 30 * phase,
                8 + 22 * phase,
                f"#fffcf0{round(170 * (1 - phase / 0.3)):02x}",
            )
    return shaded(pen.picture(), 0.3)


def panel(t: float) -> Picture:
    """Rows of lamps and needles, and one lamp that spells something."""
    pen = Pen(gradient("#24304c", "#2c3858", "#24304c", "#141c30"))
    for k, (tempo, phase) in enumerate(LAMPS):
        x, y = 26.0 + 24 * (k % 10), 24.0 + 22 * (k // 10)
        colour = LAMP_COLOURS[k % 7 % 3]
        on = np.sin(2 * np.pi * tempo * t + phase) > 0.1
        pen.disc(x, y, 7.5, "#0c1020")
        pen.disc(x, y, 6, colour if on else f"{colour}40")
        if on:
            pen.disc(x - 1.5, y - 1.5, 2, "#ffffffa0")
    for k in range(3):
        x, y = 54.0 + 82 * k, 214.0
        pen.disc(x, y, 34, "#e8e4d0")
        pen.box(x - 36, y, x + 36, 242, "#1c2440")
        for mark in np.linspace(-1.1, 1.1, 9):
            pen.line(
                [(x + 27 * np.sin(mark), y - 27 * np.cos(mark)), (x + 32 * np.sin(mark), y - 32 * np.cos(mark))],
                "#303030",
                1,
            )
        swing = 0.9 * np.sin(1.7 * t + 2 * k) + 0.15 * np.sin(21 * t + k)
        pen.line([(x, y), (x + 28 * np.sin(swing), y - 28 * np.cos(swing))], "#d02020", 1.6)
    on = MORSE[int(t / MORSE_UNIT) % len(MORSE)] == "1"
    pen.disc(288, 60, 22, "#0c1020")
    pen.disc(288, 60, 18, "#fff0b0" if on else "#5c5030")
    pen.box(272, 108, 304, 190, "#0c1020", 5)
    level = 0.5 + 0.3 * np.sin(2.3 * t) + 0.2 * np.sin(5.9 * t)
    for k in range(9):
        lit = k / 9 < level
        pen.box(277, 181 - 8 * k, 299, 186 - 8 * k, ("#40e060" if k < 6 else "#ff4830") if lit else "#24304c")
    picture = pen.picture()
    return shaded(light(picture, 288, 60, 30, "#fff0b0", 0.5) if on else picture, 0.3)


def tunnel(t: float) -> Picture:
    """Riding down the long corridor under the works."""
    dx, dy = (X - 160 - 14 * np.sin(0.8 * t)) / 1.2, Y - 120 - 8 * np.sin(1.1 * t)
    far = 46 / np.maximum(np.maximum(np.abs(dx), np.abs(dy)), 2)
    travel = far + 1.6 * t
    rib = np.where(travel % 0.5 < 0.07, 0.55, 1.0)
    side = np.where(np.abs(dx) > np.abs(dy), 1.0, np.where(dy > 0, 0.6, 0.8))
    grain = window(clouds(30, 16, 3), 0)
    base = rgb("#a868d0") * (rib * side * (0.9 + 0.2 * grain) * np.exp(-0.33 * far))[..., np.newaxis]
    lamp = (
        np.exp(-(((travel % 1.0 - 0.5) / 0.12) ** 2))
        * (np.abs(np.abs(dx) - 0.5 * np.abs(dy)) < 0.14 * np.abs(dy))
        * (dy < 0)
    )
    lit = blend(base, np.broadcast_to(rgb("#fff4e0"), base.shape), lamp.astype(np.float32) * np.exp(-0.1 * far))
    return shaded(
        light(lit.astype(np.float32), 160 + 14 * np.sin(0.8 * t), 120 + 8 * np.sin(1.1 * t), 18, "#f0e0ff", 0.5), 0.3
    )


def _engine_noise(dur: float) -> Samples:
    track = blank(dur)
    for k in range(int(dur / STROKE) + 1):
        put(track, thump(52, 0.5), k * STROKE, 0.9, -0.2)
        put(track, shaped(noise(100 + k, 0.4, 1500, 9000), 0.02, 0.09), k * STROKE + 0.04, 0.16, -0.6)
        put(track, clank(310, 0.3), k * STROKE + STROKE / 2, 0.25, 0.4)
    return track


def _furnace_noise(dur: float) -> Samples:
    track = blank(dur)
    for side in (-1, 1):
        put(track, noise(200 + side, dur, 60, 420) * (0.5 + 0.6 * slow(203 + side, dur, 0.35)), 0, 0.2, side)
    for k, (at, loud, pan) in enumerate(spread(83, round(14 * dur), (0, dur - 0.1), (0.05, 0.3), (-0.8, 0.8))):
        put(track, shaped(noise(300 + k, 0.05, 1800, 8000), 0.001, 0.006), at, loud, pan)
    return track


def _oscilloscope_noise(dur: float) -> Samples:
    track = blank(dur)
    time = seconds(dur)
    steps = 220 * 2.0 ** (np.array([0, 7, 3, 10, 5, 12])[(time * 4).astype(int) % 6] / 12)
    put(track, pitched(steps * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * time)), (1, 0, 0.33, 0, 0.2)), 0, 0.3, -0.3)
    put(track, pitched(np.full(len(time), 50.0), (1, 0.6, 0.3, 0.2)), 0, 0.2, 0.3)
    return track


def _press_noise(dur: float) -> Samples:
    track = blank(dur)
    put(track, noise(84, dur, 80, 260) * (0.6 + 0.4 * np.sin(2 * np.pi * 9 * seconds(dur))), 0, 0.07)
    for k in range(int(dur / PRESS) + 1):
        put(track, thump(70, 0.4), k * PRESS, 1.0)
        put(track, clank(520, 0.6), k * PRESS, 0.5, 0.1)
        put(track, shaped(noise(400 + k, 0.3, 2500, 11000), 0.01, 0.1), k * PRESS + 0.12, 0.14, 0.5)
        put(track, shaped(noise(500 + k, 0.6, 300, 1400), 0.1, 0.4), k * PRESS + 0.3, 0.08, -0.5)
    return track


def _panel_noise(dur: float) -> Samples:
    track = blank(dur)
    put(track, pitched(np.full(round(dur * RATE), 100.0), (1, 0.5, 0.4, 0.2, 0.1)), 0, 0.1)
    for k in range(int(dur / MORSE_UNIT)):
        if MORSE[k % len(MORSE)] == "1":
            unit = seconds(MORSE_UNIT)
            rise = 1.0 if k and MORSE[(k - 1) % len(MORSE)] == "1" else np.minimum(1, unit / MORSE_EDGE)
            fall = 1.0 if MORSE[(k + 1) % len(MORSE)] == "1" else np.minimum(1, (MORSE_UNIT - unit) / MORSE_EDGE)
            beep = np.sin(2 * np.pi * 800 * (unit + k * MORSE_UNIT)) * rise * fall
            put(track, beep, k * MORSE_UNIT, 0.4, 0.4)
    for k, at in enumerate(spread(85, round(5 * dur), (0, dur - 0.1))[:, 0]):
        put(track, shaped(noise(600 + k, 0.03, 900, 5000), 0.001, 0.005), at, 0.25, -0.6)
    return track


def _tunnel_noise(dur: float) -> Samples:
    track = blank(dur)
    rise = 70 + 50 * seconds(dur) / dur
    put(track, pitched(rise, (1, 0.8, 0.6, 0.5, 0.4, 0.3)), 0, 0.35, -0.2)
    put(track, pitched(rise * 1.007, (1, 0.8, 0.6, 0.5, 0.4, 0.3)), 0, 0.35, 0.2)
    for k in range(int(dur / 0.3125)):
        put(track, thump(95, 0.12), k * 0.3125, 0.45, (-1) ** k * 0.5)
    return track


SCENES = (
    (furnace, 118, _furnace_noise), (press, 150, _press_noise), (oscilloscope, 120, _oscilloscope_noise),
    (engine, 122, _engine_noise), (tunnel, 147, _tunnel_noise), (panel, 118, _panel_noise),
)  # fmt: skip


def _sound() -> Samples:
    """Every scene's noises, cut where the picture cuts (faded over 10 ms, so that nothing clicks)."""
    pieces = []
    for _, frames, make in SCENES:
        piece = make(float(frames / FPS))
        edge = np.linspace(0, 1, RATE // 100)[:, np.newaxis]
        piece[: len(edge)] *= edge
        piece[-len(edge) :] *= edge[::-1]
        pieces.append(piece / np.sqrt(np.mean(piece**2)) * 0.1)
    return np.tanh(np.concatenate(pieces) * 2)


def film(folder: Path) -> Film:
    """The film; `folder` is not needed, as its sounds are made here."""
    scenes: list[tuple[Scene, int]] = [(picture, frames) for picture, frames, _ in SCENES]
    return Film(
        "film_machine_room.mp4",
        "The machine room",
        "fire, press, test tones, engine, motor, Morse beeps",
        FPS,
        scenes,
        _sound,
    )
