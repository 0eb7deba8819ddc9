"""Sounds whose pitch is known, or that have none: sound fonts' notes, bells by modal synthesis, chirps, drum kits."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from lib.audio.ranges import read_audio
from lib.errors import MediaError
from lib.math.notes import midi_to_hz

RATE = 22050

# Modes over the note that is heard, their levels in dB, lowest and highest note (MIDI). After N. H. Fletcher and
# T. D. Rossing, "The Physics of Musical Instruments", chapters 19 (bars, tubes) and 21 (bells).
BELLS: dict[str, tuple[dict[float, float], int, int]] = {
    "church bell": ({0.5: -8, 1: -8, 1.2: -4, 1.5: -14, 2: 0, 2.5: -12, 2.61: -12, 3: -5, 4: -8, 5.33: -14}, 48, 79),
    "old church bell": ({0.51: -10, 0.97: -10, 1.19: -6, 1.53: -14, 2: 0, 2.55: -12, 2.66: -14, 3.01: -5, 4.17: -8},
                        48, 76),
    "hand bell": ({1: 0, 3: -6, 4.5: -20, 5.4: -14, 7.8: -22, 8.6: -25}, 55, 96),
    "small bell, loud upper mode": ({1: -12, 2.9: -10, 3.2: 0, 5.6: -8, 6.3: -14, 9: -20}, 79, 100),
    "tubular bell": ({0.22: -30, 0.62: -20, 1.21: -14, 2: -4, 2.98: 0, 4.15: -3, 5.45: -8, 6.94: -14}, 60, 77),
    "tuned chime": ({0.615: -16, 1.21: -12, 2: 0, 2.95: -2, 4.04: -4, 5.25: -9, 6.55: -15}, 60, 77),
    "hand bell, loud twelfth": ({1: -8, 3: 0, 4.2: -20, 5.4: -12, 7.8: -20}, 72, 96),
    "glockenspiel": ({1: 0, 2.756: -8, 5.404: -14, 8.933: -22}, 79, 108),
    "bar, loud upper mode": ({1: -6, 2.71: 0, 5.15: -8, 8.43: -18}, 79, 108),
    "vibraphone": ({1: 0, 4: -8, 10: -18, 18.6: -26}, 53, 89),
    "marimba": ({1: 0, 3.93: -10, 9.2: -20, 16.3: -30}, 45, 96),
    "xylophone": ({1: 0, 3: -6, 6.1: -14, 10: -20}, 65, 108),
    "music box": ({1: 0, 6.27: -14, 17.5: -24}, 60, 96),
}  # fmt: skip
# Bells with other ratios, levels and mallets.
OTHER_BELLS: dict[str, tuple[dict[float, float], int, int]] = {
    "hand bell of C5": ({1: 0, 2.97: -4, 3: -10, 4.53: -18, 5.42: -14, 7.8: -20, 8.05: -24}, 60, 96),
    "hand bell with a minor tenth": ({1: 0, 2.4: -6, 3.9: -16, 5.7: -20}, 72, 96),
    "hand bell, hard mallet": ({1: -6, 3: 0, 5.3: -4, 7.9: -10, 10.7: -16}, 60, 90),
    "small bell": ({1: -6, 2.8: -6, 3.05: -2, 5.5: -8, 6.1: -12}, 79, 100),
    "small bell, upper modes": ({1: -14, 2.95: -8, 3.2: 0, 5.7: -6, 6.2: -12, 8.8: -16}, 79, 100),
    "toy bell": ({1: -10, 3.203: 0, 2.4: -20, 6.1: -12}, 84, 96),
    "glockenspiel, steel": ({1: 0, 2.71: -6, 5.15: -10, 8.43: -16, 3.9: -24}, 79, 108),
    "glockenspiel, hard mallet": ({1: -3, 2.756: -1, 5.404: -3, 8.933: -10}, 79, 108),
    "glockenspiel, soft mallet": ({1: 0, 2.73: -18, 5.3: -28}, 79, 108),
    "thick bar": ({1: 0, 2.57: -6, 4.65: -10, 7.1: -16}, 79, 108),
    "church bell, other levels": (
        {0.5: -6, 1: -6, 1.19: -3, 1.5: -12, 2: 0, 2.51: -10, 2.66: -14, 3.01: -4, 4.16: -6, 5.43: -10, 6.79: -16},
        48, 79),
    "tube, thin wall": ({0.22: -34, 0.62: -18, 1.2: -12, 2: -3, 2.98: 0, 4.1: -2, 5.35: -6, 6.7: -12}, 60, 77),
    "celesta": ({1: 0, 2.7: -14, 5.2: -22}, 60, 100),
    "vibraphone, other levels": ({1: 0, 3.98: -10, 9.5: -20}, 53, 89),
    "marimba, second mode flat": ({1: 0, 3.9: -12, 9.2: -22}, 45, 96),
    "singing bowl": ({1: 0, 2.8: -6, 5.2: -12, 8.1: -18}, 50, 80),
}  # fmt: skip
BELL_MS = (150, 300, 600, 1000)
OTHER_BELL_MS = (200, 400, 700, 1000)
HIGHEST = 10500.0

DRUMS = {
    "cymbal": r"crash|ride|cym|china|splash|^cra|^cc_|^rc_|^RD",
    "hat": r"hat|hh|^ho_|pedal",
    "snare": r"snare|sn_|^sd|^sn|rimshot",
    "clap": r"clap|snap",
    "shaker": r"shak|maraca|cabasa|tamb|hiss",
    "kick": r"kick|bd|bass ?drum",
    "tom": r"tom|^ft_",
}


def bells(seed: int, each: int = 24) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield (kind, note, sound): levels by chance within 5 dB, modes within 0.4 %, pairs that beat, a click, a room."""
    random = np.random.default_rng(seed)
    for kind, (modes, lowest, highest) in BELLS.items():
        for _ in range(each):
            note = int(random.integers(lowest, highest + 1))
            f = midi_to_hz(note + random.uniform(-0.15, 0.15))
            t = np.arange(round(random.choice(BELL_MS) * RATE / 1000)) / RATE
            y = np.zeros(len(t))
            for ratio, db in modes.items():
                hz = f * ratio * (1 + random.normal(0, 0.004) * (ratio not in (1, 2)))
                level, decay = (
                    10 ** (random.normal(db, 5) / 20),
                    random.uniform(0.3, 1.2) * (1000 / max(hz, 200)) ** 0.6,
                )
                beat, phases = random.uniform(0, 0.004), random.uniform(0, 2 * np.pi, 2)
                if hz < HIGHEST:
                    pair = (np.sin(2 * np.pi * hz * t + phases[0]),
                            0.3 * np.sin(2 * np.pi * hz * (1 + beat) * t + phases[1]))  # fmt: skip
                    y += level * np.exp(-t / decay) * sum(pair)
            loud = np.abs(y).max()
            rumble = np.cumsum(random.standard_normal(len(t)))
            y += random.standard_normal(len(t)) * np.exp(-t / 0.004) * loud * random.uniform(0, 0.5)
            y += random.standard_normal(len(t)) * loud * 10 ** (-random.uniform(35, 65) / 20)
            y += (rumble - rumble.mean()) / rumble.std() * loud * 10 ** (-random.uniform(25, 60) / 20)
            yield kind, note, y.astype(np.float32)


def other_bells(seed: int, each: int = 24) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield (kind, note, sound): levels by chance within 5 dB, modes within 0.6 %, higher ones decay sooner."""
    random = np.random.default_rng(seed)
    for kind, (modes, lowest, highest) in OTHER_BELLS.items():
        for _ in range(each):
            note = int(random.integers(lowest, highest + 1))
            f = midi_to_hz(note + random.uniform(-0.2, 0.2))
            t = np.arange(int(random.choice(OTHER_BELL_MS)) * RATE // 1000) / RATE
            y, decay = np.zeros(len(t)), random.uniform(0.09, 0.58)
            for ratio, db in modes.items():
                hz = f * ratio * (1 + random.normal(0, 0.006) * (ratio != 1))
                if hz > HIGHEST:
                    continue
                own = decay / ratio ** random.uniform(0.3, 0.9) if ratio > 1 else decay
                beat, phases = random.uniform(0.0005, 0.004), random.uniform(0, 2 * np.pi, 2)
                pair = np.sin(2 * np.pi * hz * t + phases[0])
                pair += random.uniform(0, 0.5) * np.sin(2 * np.pi * hz * (1 + beat) * t + phases[1])
                y += 10 ** (random.normal(db, 5) / 20) * np.exp(-t / own) * pair
            loud = np.abs(y).max()
            strike = np.exp(-t / random.uniform(0.002, 0.012)) * random.uniform(0, 0.6)
            y += random.standard_normal(len(t)) * loud * (strike + 10 ** (-random.uniform(40, 70) / 20))
            yield kind, note, y.astype(np.float32)


def chirps(seed: int, count: int = 150, lowest: float = 300.0) -> Iterator[tuple[str, float, float, np.ndarray]]:
    """Yield (kind, lowest Hz, highest Hz, sound) of whistles, sweeps and trills with harmonics and noise."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        f = np.exp(random.uniform(np.log(lowest), np.log(HIGHEST)))
        t = np.arange(round(random.choice((90, 150, 300, 600)) * RATE / 1000)) / RATE
        kind = str(random.choice(("whistle", "sweep", "trill")))
        hz = np.full(len(t), f)
        if kind == "sweep":
            hz = f * 2 ** (random.uniform(0.1, 0.35) * random.choice((-1, 1)) * (2 * t / t[-1] - 1))
        elif kind == "trill":
            hz = f * 2 ** (random.uniform(0.02, 0.12) * np.sin(2 * np.pi * random.uniform(10, 40) * t))
        phase = 2 * np.pi * np.cumsum(hz) / RATE
        y = np.sin(phase)
        for k in (2, 3):
            y += 10 ** (-random.uniform(15, 40) / 20) * np.sin(k * phase) * (k * hz < RATE / 2.05)
        y *= np.minimum(1, np.minimum(t, t[::-1]) / 0.01) if kind == "whistle" else np.hanning(len(t))
        y += random.standard_normal(len(t)) * 10 ** (-random.uniform(15, 60) / 20)
        yield kind, hz.min(), hz.max(), y.astype(np.float32)


def too_high(seed: int, count: int = 200) -> Iterator[np.ndarray]:
    """Yield tones, sweeps and trills of 12.3 to 20 kHz, recorded at 48 kHz, as they are read for analysis."""
    import soxr

    random = np.random.default_rng(seed)
    for _ in range(count):
        t = np.arange(int(random.choice((90, 150, 300, 600))) * 48) / 48000
        wide, turns = random.choice((0.0, 0.05)), random.choice((1.0, 20.0))
        hz = random.uniform(12800, 19300) * 2 ** (wide * np.sin(2 * np.pi * turns * t))
        y = np.sin(2 * np.pi * np.cumsum(hz) / 48000) * np.hanning(len(t))
        y += random.standard_normal(len(t)) * 10 ** (-random.uniform(40, 90) / 20)
        yield soxr.resample(y, 48000, RATE).astype(np.float32)


def drums(folders: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (class, the first second of sound) of the files in folders of drum kits whose names tell their class."""
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            named = [name for name, words in DRUMS.items() if re.search(words, path.name, re.IGNORECASE)]
            if not named or path.suffix.lower() not in (".wav", ".flac", ".ogg", ".aiff"):
                continue
            try:
                y = read_audio(str(path), RATE)
            except MediaError:
                continue
            loud = np.flatnonzero(np.abs(y) > 0.01 * np.abs(y).max(initial=0))
            if len(loud):
                yield named[0], y[max(loud[0] - 44, 0) :][:RATE]
