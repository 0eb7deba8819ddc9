"""Sound whose onsets are known to the sample: eight kinds, each in two halves that share no recording and no font.

Real one-shots are placed at known times into loops; notes are rendered by FluidSynth; single words are spoken by eSpeak
NG. The half `tune` is for choosing parameters, the half `report` for the figures that are told.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from make.midi import write_midi
from make.programs import read_wav, run, speak
from make.score import Part, PlayedNote

APT_GET = (
    "apt-get install fluidsynth fluid-soundfont-gm timgm6mb-soundfont espeak-ng hydrogen-drumkits sonic-pi-samples "
    "lmms-common"
)
RATE = 44100
HALVES = ("tune", "report")
FONTS = {
    "tune": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "report": Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
}
KITS = Path("/usr/share/hydrogen/data/drumkits")
SONIC_PI = Path("/usr/share/sonic-pi/samples")
LMMS = Path("/usr/share/lmms/samples")
VOICES = {"tune": ("en-gb+f3", "en-us+m3", "de+m1", "fr+f1"), "report": ("en-gb+m7", "en-us+f4", "es+m2", "it+f2")}
# Words of one syllable: each has one beginning.
WORDS = {
    "tune": [
        "bell",
        "tea",
        "sun",
        "night",
        "go",
        "say",
        "love",
        "moon",
        "fire",
        "hand",
        "low",
        "we",
        "may",
        "star",
        "no",
        "rain",
        "you",
        "die",
        "green",
        "show",
    ],
    "report": [
        "ball",
        "key",
        "sea",
        "mine",
        "day",
        "who",
        "sing",
        "now",
        "farm",
        "home",
        "row",
        "why",
        "man",
        "free",
        "sky",
        "new",
        "lane",
        "you",
        "bow",
        "thin",
    ],
}
SECONDS = 10.0
LOOPS = 6
# A one-shot begins where it passes 40 dB below its peak: what comes before is the recording's lead.
BEGINS = 0.01
# Onsets nearer than this are one: the notes of a chord, drums struck together.
TOGETHER = 0.03
PROGRAMS: dict[str, dict[str, tuple[int, ...]]] = {
    "piano": {"tune": (0, 1, 4), "report": (0, 2, 5)},
    "plucked": {"tune": (24, 25, 46, 15), "report": (24, 27, 6, 107)},
    "bass": {"tune": (32, 33, 35), "report": (32, 34, 36)},
    "bowed": {"tune": (40, 42, 48), "report": (40, 41, 48)},
    "winds": {"tune": (56, 73, 68), "report": (57, 71, 65)},
}
KEYS = {"piano": (40, 88), "plucked": (45, 80), "bass": (28, 52), "bowed": (50, 84), "winds": (55, 82)}


@dataclass(frozen=True)
class TestSound:
    """kind, name; sound: mono float32 at RATE; onsets: in s, ascending."""

    kind: str
    name: str
    sound: np.ndarray
    onsets: np.ndarray


def merged(times: list[float]) -> np.ndarray:
    """Return the times in order, those that are TOGETHER with the one before left out."""
    kept: list[float] = []
    for time in sorted(times):
        if not kept or time - kept[-1] > TOGETHER:
            kept.append(time)
    return np.array(kept)


@cache
def one_shot(path: Path) -> np.ndarray:
    """Return a recording from where it begins, 4 s of it at most, its peak at 1; of no samples if it is none."""
    from lib.audio.ranges import read_audio
    from lib.errors import MediaError

    try:
        sound = read_audio(str(path), RATE)
    except MediaError:  # one of a kit is in a coding of its own
        return np.zeros(0, np.float32)
    peak = np.abs(sound).max(initial=0)
    if peak == 0:
        return sound
    return sound[int(np.argmax(np.abs(sound) > BEGINS * peak)) :][: 4 * RATE] / peak


def recordings(folder: Path, pattern: str = "*") -> list[Path]:
    return sorted(p for p in folder.rglob(pattern) if p.suffix.lower() in (".flac", ".wav", ".ogg"))


def some(shots: list[Path], count: int, random: np.random.Generator) -> list[np.ndarray]:
    """Return `count` of the one-shots, chosen at random, without those that hold no sound."""
    chosen = (one_shot(shots[n]) for n in random.permutation(len(shots)))
    return list(itertools.islice((shot for shot in chosen if len(shot)), count))


def rhythm(random: np.random.Generator, per_beat: int, density: float) -> Iterator[tuple[float, bool]]:
    """Yield (time, whether on a beat) of a played pattern: a grid at a random tempo, a few ms off here and there."""
    step = 60 / random.uniform(80, 150) / per_beat
    time = float(random.choice([0.0, 0.0, random.uniform(0.1, 0.6)]))
    n = 0
    while time < SECONDS - 0.4:
        if n % per_beat == 0 or random.random() < density:
            yield max(time + (random.normal(0, 0.006) if n else 0.0), 0.0), n % per_beat == 0
        time, n = time + step, n + 1


def loop_of(shots: list[Path], random: np.random.Generator, density: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a loop of one-shots (one or two at a time) and its onsets."""
    sound = np.zeros(round(SECONDS * RATE), np.float32)
    times = []
    chosen = some(shots, 6, random)
    for time, beat in rhythm(random, 4, density):
        first = round(time * RATE)
        for _ in range(2 if beat and random.random() < 0.4 else 1):
            shot = chosen[random.integers(len(chosen))][: len(sound) - first]
            level = random.uniform(-6, 0) if beat else random.uniform(-18, -3)
            sound[first : first + len(shot)] += shot * np.float32(10 ** (level / 20))
        times.append(first / RATE)
    return 0.7 * sound / np.abs(sound).max(), merged(times)


def rendered(notes: list[PlayedNote], font: Path, room: float, seconds: float = SECONDS) -> np.ndarray:
    """Return the notes as FluidSynth plays them, mono."""
    with tempfile.TemporaryDirectory() as folder:
        midi, out = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        write_midi(midi, notes, round(seconds * 1000))
        settings = ["-o", f"synth.reverb.level={room}", "-o", "synth.chorus.active=0", "-o", "player.reset-synth=0"]
        output = ["-T", "wav", "-O", "s16", "-r", str(RATE), "-F", str(out)]
        run(["fluidsynth", "-ni", "-q", "-g", "0.4", *settings, *output, str(font), str(midi)])
        sound, _ = read_wav(out)
    wanted = round(seconds * RATE)
    return np.pad(sound.mean(axis=1), (0, max(0, wanted - len(sound))))[:wanted].astype(np.float32)


def played(notes: list[PlayedNote], font: Path, room: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a test sound and its onsets: each note's start, and what its recording takes to begin to sound, alone."""
    alone = list(dict.fromkeys((note.part, note.midi, note.velocity) for note in notes))
    apart = [PlayedNote(part, 1000 + 3000 * n, 1000, key, velocity) for n, (part, key, velocity) in enumerate(alone)]
    sound = rendered(apart, font, 0.0, 3 * len(alone) + 1)
    lead = {}
    for n, key in enumerate(alone):
        own = np.abs(sound[(1 + 3 * n) * RATE :][:RATE])
        lead[key] = float(np.argmax(own > BEGINS * own.max())) / RATE if own.any() else 0.0
    times = [note.start / 1000 + lead[note.part, note.midi, note.velocity] for note in notes]
    whole = rendered(notes, font, room)
    return 0.7 * whole / np.abs(whole).max(), merged(times)


def line(kind: str, part: Part, random: np.random.Generator) -> list[PlayedNote]:
    """Return a melody of an instrument; a piano's has chords."""
    lowest, highest = KEYS[kind]
    key = int(random.integers(lowest + 8, highest - 8))
    times = [time for time, _ in rhythm(random, 1 if kind == "bowed" else 2, 0.6)]
    notes = []
    for n, time in enumerate(times):
        key = int(np.clip(key + random.choice([-7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7]), lowest, highest))
        following = times[n + 1] if n + 1 < len(times) else SECONDS - 0.2
        held = max(round((following - time) * 1000 * random.uniform(0.6, 1.0)), 60)
        velocity = int(random.integers(50, 115))
        chord = [0, 4, 7] if kind == "piano" and random.random() < 0.3 else [0]
        for above in chord:
            notes.append(PlayedNote(part, round(time * 1000), held, min(key + above, 108), velocity))
    return notes


def melodies(kind: str, half: str, random: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    programs = PROGRAMS[kind][half]
    for n in range(LOOPS):
        notes = line(kind, Part("a", 0, programs[n % len(programs)]), random)
        yield played(notes, FONTS[half], 0.0 if n < LOOPS // 2 else 0.3)


def music(half: str, random: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield a small band: keys, bass and drums at one tempo, strings held beneath."""
    for _ in range(LOOPS):
        step = 60 / random.uniform(80, 140) / 2
        keys, low, strings, drums = (Part(name, channel, program) for name, channel, program in (
            ("keys", 0, PROGRAMS["piano"][half][0]), ("bass", 1, PROGRAMS["bass"][half][0]), ("strings", 2, 48),
            ("drums", 9, 0)))  # fmt: skip
        notes = []
        for n in range(int((SECONDS - 0.5) / step)):
            start = round((0.1 + n * step) * 1000)
            if random.random() < 0.6:
                notes.append(PlayedNote(keys, start, 250, int(random.integers(55, 84)), int(random.integers(50, 110))))
            if n % 2 == 0 or random.random() < 0.2:
                notes.append(PlayedNote(low, start, 300, int(random.integers(28, 48)), int(random.integers(60, 100))))
            if n % 8 == 0:
                held = min(round(step * 7800), round(SECONDS * 1000) - start)
                notes += [PlayedNote(strings, start, held, int(random.integers(55, 75)), 60) for _ in range(2)]
            if n % 4 in (0, 2) or random.random() < 0.5:
                drum = 36 if n % 4 == 0 else 38 if n % 4 == 2 else 42
                notes.append(PlayedNote(drums, start, 100, drum, int(random.integers(50, 110))))
        yield played(notes, FONTS[half], 0.3)


def speech(half: str, random: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for n in range(LOOPS):
        voice = VOICES[half][n % 4]
        sound = np.zeros(round(SECONDS * RATE), np.float32)
        time, times = random.uniform(0, 0.4), []
        while time < SECONDS - 0.6:
            said, rate = speak(str(random.choice(WORDS[half])), voice, int(random.integers(140, 190)), 45)
            import soxr

            word = soxr.resample(said[:, 0], rate, RATE).astype(np.float32)
            first = round(time * RATE)
            word = word[: len(sound) - first] * np.float32(10 ** (random.uniform(-8, 0) / 20))
            sound[first : first + len(word)] += word
            times.append(first / RATE)
            time += len(word) / RATE + random.choice([0.02, 0.05, 0.1, 0.3])
        noise = random.standard_normal(len(sound)).astype(np.float32) * np.float32(0.0003)
        yield 0.7 * sound / np.abs(sound).max() + noise, merged(times)


def shots_of(half: str) -> tuple[list[Path], list[Path]]:
    """Return the acoustic and the electronic one-shots of a half."""
    kits = sorted(p for p in KITS.iterdir() if recordings(p))
    acoustic = [p for kit in kits[HALVES.index(half) :: 2] for p in recordings(kit)]
    names = ("bd_*", "drum_*", "elec_*", "sn_*", "perc_*", "tabla_*")
    electronic = [p for name in names for p in recordings(SONIC_PI, name)] if half == "tune" else (
        recordings(LMMS / "drums"))  # fmt: skip
    return acoustic, [p for p in electronic if "roll" not in p.name and "swoosh" not in p.name]


def single(shots: list[Path], random: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield one-shots as files of their own: trimmed, and every third with up to 50 ms before it."""
    for n, shot in enumerate(some(shots, 10 * LOOPS, random)):
        lead = round(random.uniform(0, 0.05) * RATE) if n % 3 == 2 else 0
        tail = round(random.uniform(0, 0.5) * RATE) if n % 2 else 0
        yield np.pad(0.7 * shot, (lead, tail)).astype(np.float32), np.array([lead / RATE])


def test_sounds(half: str) -> Iterator[TestSound]:
    """Yield all test_sounds of a half."""
    seed = HALVES.index(half)
    acoustic, electronic = shots_of(half)

    def random(n: int) -> np.random.Generator:
        return np.random.default_rng([seed, n])

    def loops(shots: list[Path], n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        by_kit: dict[Path, list[Path]] = {}
        for shot in shots:
            by_kit.setdefault(shot.parent, []).append(shot)
        kits = sorted(by_kit)
        for k in range(LOOPS):
            yield loop_of(by_kit[kits[k % len(kits)]], random(100 * n + k), (0.3, 0.6)[k % 2])

    kinds = {"drums": loops(acoustic, 1), "electronic drums": loops(electronic, 2)}
    kinds |= {kind: melodies(kind, half, random(3 + n)) for n, kind in enumerate(PROGRAMS)}
    kinds |= {"band": music(half, random(20)), "speech": speech(half, random(21))}
    kinds["one-shots"] = single(acoustic + electronic, random(22))
    for kind, made in kinds.items():
        for n, (sound, onsets) in enumerate(made):
            yield TestSound(kind, f"{kind} {n}", sound, onsets)
