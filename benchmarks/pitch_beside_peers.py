"""Pitch beside other programs, on sounds that had no part in the making of ours, in one run over the same files.

python benchmarks/pitch_beside_peers.py -folder tmp/pitch [-fonts FONT.sf2 ...] [-recordings FOLDER] [-peers a.json]

Writes the sounds to the folder (once), with the range in which the pitch of each lies, and prints a Markdown table.
Peers' pitches come from `benchmarks/pitch_peers.py`, run on that folder where they are installed. Of speech nobody
knows the pitch: those words count on which three of the peers agree within a semitone, and their median is the truth.
Of low notes those are counted as well that some peer names right: the others do not sound at their note yet.

-recordings: only the files beneath this folder whose names are notes (`D#1.ogg`, `Ds1.mp3`, also with a velocity,
`A0v10.ogg`), such as npm's packages tonejs-instrument-*-mp3. Those count of which some program hears, in 600 ms, the
note that the name tells: a few are named by another note than they sound.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "media" / "sample")]

import numpy as np
from make.midi import write_midi
from make.score import Part, PlayedNote

from benchmarks.pitch_accuracy import INSTRUMENTS, QUIETEST, RATE, SHORT_MS, Condition, notes_of, ours
from benchmarks.pitch_material import bells, chirps, other_bells
from lib.audio.ranges import read_audio
from lib.math.notes import midi_to_hz
from lib.pack.encoding import wav_bytes

FONTS = [Path("/usr/share/sounds/sf2", name) for name in ("TimGM6mb.sf2", "sf_GMbank.sf2")]
NOTES_EACH, BELLS_EACH = 8, 8
BELL_SEED, CHIRP_SEED, CHIRPS = 6, 6, 300
# Programs that sound below F sharp 1: pianos, plucked, bowed and blown basses; other keys, basses, strings, winds and
# synthesizers. Their keys and lengths (ms).
LOW_KEYS, LOW_MS = (21, 29), (100, 125)
LOW_PROGRAMS = {
    "below F♯1": (0, 1, 32, 33, 34, 38, 43, 58),
    "below F♯1, others": (2, 4, 5, 6, 7, 35, 36, 37, 39, 42, 57, 67, 70, 80, 81, 87),
}
LOW, PATCHES = "below F♯1", Path("/etc/timidity/freepats.cfg")
# When a note of the patches begins, and how long it is held (ms).
APART_MS, HELD_MS = 1500, 600
WORDS = "one two three four five six seven eight nine ten red green blue brown white black north east south west"
VOICES = ("en-gb", "en-us+f2", "en-gb+m3", "de+f4", "fr+m2", "it+f3")
# The peers whose agreement is the truth of speech, and what counts as agreement, in semitones.
TRACKERS, AGREED = ("librosa pyin", "essentia PitchYinFFT", "Praat (autocorrelation)"), 1.0
SPEECH, SWEPT = "speech", 0.03

LONG, SHORT, RECORDED = "notes, 600 ms", "notes, 100 to 150 ms", "recorded "
# Names of recordings of notes; the steps of a scale above C.
NOTE = re.compile(r"([A-G])([s#]?)(\d)(v\d+)?")
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

Sound = tuple[str, float, float, np.ndarray]


def notes(fonts: Sequence[Path]) -> Iterator[Sound]:
    for font in fonts:
        for instrument in INSTRUMENTS:
            if instrument[5]:  # the organ's lowest drawbar is at another place in other fonts
                continue
            for n, (midi, y) in enumerate(notes_of(instrument, Condition(""), NOTES_EACH, font)):
                if np.abs(y).max() > QUIETEST:
                    yield LONG, *around(midi), y
                    yield SHORT, *around(midi), y[: RATE * SHORT_MS[n % 6] // 1000]
        yield from low_notes(font, LOW)


def low_notes(font: Path, kind: str) -> Iterator[Sound]:
    for program in LOW_PROGRAMS[kind]:
        for midi, y in notes_of(("", program, *LOW_KEYS, True, 0), Condition(""), 0, font):
            if np.abs(y).max() > QUIETEST:
                for ms in LOW_MS:
                    yield f"{kind}, {ms} ms", *around(midi), y[: RATE * ms // 1000]


def patches(kind: str) -> Iterator[Sound]:
    """Yield the low notes of Freepats, played by TiMidity++; nothing, if they are not there."""
    if not PATCHES.is_file() or not shutil.which("timidity"):
        print("left out: Freepats (apt-get install timidity freepats)", file=sys.stderr)
        return
    keys = range(LOW_KEYS[0], LOW_KEYS[1] + 1)
    for program in LOW_PROGRAMS[kind]:
        part = Part("notes", 0, program)
        played = [PlayedNote(part, APART_MS * n, HELD_MS, key, 90) for n, key in enumerate(keys)]
        with tempfile.TemporaryDirectory() as folder:
            score, sound = Path(folder, "notes.mid"), Path(folder, "notes.wav")
            write_midi(score, played, APART_MS * len(played))
            flags = ["-c", str(PATCHES), "-EFreverb=0", "-EFchorus=0", "-Ow", "-s", "44100", "-o", str(sound)]
            subprocess.run(["timidity", *flags, str(score)], check=True, capture_output=True)
            whole = read_audio(str(sound), RATE)
        for n, key in enumerate(keys):
            y = whole[RATE * APART_MS * n // 1000 :][: RATE * APART_MS // 1000]
            loud = np.flatnonzero(np.abs(y) > 0.02 * np.abs(y).max(initial=QUIETEST))
            if len(loud):
                for ms in LOW_MS:
                    yield f"{kind}, {ms} ms, Freepats", *around(key), y[loud[0] :][: RATE * ms // 1000]


def recordings(folder: Path) -> Iterator[Sound]:
    """Yield the notes of the recordings beneath a folder, from where they begin: a long one, then a short one."""
    for n, path in enumerate(sorted(folder.rglob("*.*"))):
        named = NOTE.fullmatch(path.stem)
        if named and path.suffix in (".mp3", ".ogg", ".flac", ".wav"):
            midi = 12 * (int(named[3]) + 1) + STEPS[named[1]] + bool(named[2])
            y = read_audio(str(path), RATE)
            loud = np.flatnonzero(np.abs(y) > 0.02 * np.abs(y).max(initial=QUIETEST))
            if len(loud):
                y = y[loud[0] :]
                yield RECORDED + LONG, *around(midi), y[: RATE * HELD_MS // 1000]
                yield RECORDED + SHORT, *around(midi), y[: RATE * SHORT_MS[n % 6] // 1000]


def around(midi: float) -> tuple[float, float]:
    """Return the frequencies (Hz) half a semitone below and above a note."""
    return float(midi_to_hz(midi - 0.5)), float(midi_to_hz(midi + 0.5))


def synthetic() -> Iterator[Sound]:
    for make in (bells, other_bells):
        for _, note, y in make(BELL_SEED, BELLS_EACH):
            yield "bells, bars, tubes", *around(note), y
    for _, low, high, y in chirps(CHIRP_SEED, CHIRPS):
        where = "chirps below 5 kHz" if np.sqrt(low * high) < 5000 else "chirps, 5 to 10.5 kHz"
        yield where, (1 - SWEPT) * low, (1 + SWEPT) * high, y


def speech() -> Iterator[Sound]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "word.wav")
        for voice in VOICES:
            for word in WORDS.split():
                subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), word], check=True)
                y = read_audio(str(path), RATE)
                loud = np.flatnonzero(np.abs(y) > 0.05 * np.abs(y).max())
                yield SPEECH, 0.0, 0.0, y[loud[0] : loud[-1]]


def made(fonts: Sequence[Path]) -> Iterator[Sound]:
    *_, others = LOW_PROGRAMS
    more = (low_notes(font, others) for font in fonts)
    return itertools.chain(notes(fonts), synthetic(), speech(), patches(LOW), *more, patches(others))


def write_sounds(folder: Path, sounds: Iterator[Sound]) -> None:
    """Write the sounds, each named by its number, and `truth.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = {}
    for number, (kind, low, high, y) in enumerate(sounds):
        name = f"{number:05d}"
        ready = 0.5 * y / max(float(np.abs(y).max()), QUIETEST)
        Path(folder, f"{name}.wav").write_bytes(wav_bytes(ready.reshape(-1, 1).astype(np.float32), RATE, None, ""))
        truth[name] = [kind, low, high]
    Path(folder, "truth.json").write_text(json.dumps(truth), "utf-8")


def agreed(found: dict[str, dict[str, float]], name: str) -> tuple[float, float]:
    """Return the range (Hz) in which the pitch of a word lies, or (0, 0) if the trackers do not agree on it."""
    heard = sorted(found[tracker][name] for tracker in TRACKERS)
    if heard[0] <= 0 or heard[-1] > heard[0] * 2 ** (AGREED / 12):
        return 0.0, 0.0
    return heard[1] * 2 ** (-AGREED / 12), heard[1] * 2 ** (AGREED / 12)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("-folder", type=Path, required=True)
    parser.add_argument("-fonts", type=Path, nargs="*", default=FONTS)
    parser.add_argument("-recordings", type=Path)
    parser.add_argument("-peers", type=Path, nargs="*", default=[])
    args = parser.parse_args(argv)
    if not Path(args.folder, "truth.json").is_file():
        write_sounds(args.folder, recordings(args.recordings) if args.recordings else made(args.fonts))
    truth = json.loads(Path(args.folder, "truth.json").read_text("utf-8"))
    found = {"ours": {name: ours(read_audio(str(args.folder / f"{name}.wav"), RATE)) for name in truth}}
    for path in args.peers:
        found |= json.loads(path.read_text("utf-8"))
    right: dict[str, dict[str, list[bool]]] = {}
    is_named = True
    for name, (kind, *bounds) in truth.items():
        low, high = agreed(found, name) if kind == SPEECH and set(TRACKERS) <= found.keys() else bounds
        if high <= 0:
            continue
        told = {who: low <= heard[name] <= high for who, heard in found.items() if name in heard}
        is_named = any(told.values()) if kind == RECORDED + LONG else is_named
        if kind.startswith(RECORDED) and not is_named:
            continue
        groups = [kind]
        if kind.startswith(LOW):
            groups.append(f"{LOW}, all")
            if any(hit for who, hit in told.items() if who != "ours"):
                groups.append(f"{kind}, some peer")
        for group in groups:
            for who, hit in told.items():
                right.setdefault(group, {}).setdefault(who, []).append(hit)
    print("| | sounds | " + " | ".join(found) + " |")
    print("|" + " --- |" * (2 + len(found)))
    for kind, by in right.items():
        shown = [who in by and not (kind == SPEECH and who in TRACKERS) for who in found]
        shares = [f"{100 * np.mean(by[who]):.1f}" if show else "-" for who, show in zip(found, shown)]
        print(f"| {kind} | {len(by['ours'])} | " + " | ".join(shares) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
