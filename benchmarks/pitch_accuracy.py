"""How often the right note is named: rendered notes of General MIDI instruments over their real ranges.

python benchmarks/pitch_accuracy.py [-limit N] [-seed N] [-fonts FONT.sf2 ...] [-drums FOLDER ...]

Prints Markdown tables. First bells by modal synthesis, chirps, and with -drums how far `pitched` tells notes from
drums (fonts' notes if there are any, else bells and chirps). With -fonts the notes that each sound font names right.
Then, with FluidSynth and the FluidR3 sound font, as the sample media need them, two tables. By instrument: the
share of notes that ours, plain `librosa.yin` (the median over the loud frames) and the old way (the lowest peak of
the harmonic part) name, on the first 600 ms and on the first 100 to 150 ms of each. By condition: all instruments
again, played otherwise, or recorded worse.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "media" / "sample")]

import numpy as np
from make.programs import APT_GET, SOUND_FONT, encode_mp3, render_notes
from make.programs import RATE as RENDERED_RATE
from make.score import Part, PlayedNote

from benchmarks.pitch_material import bells, chirps, drums, other_bells, too_high
from lib.audio.features import measure_all
from lib.audio.pitch import MIN_HZ, estimate_hz
from lib.audio.ranges import read_audio
from lib.math.notes import hz_to_midi, midi_to_hz

RATE = 22050
# Of full scale: fonts are silent outside of their ranges.
QUIETEST = 1e-3
APART_MS, HELD_MS, LEAD_MS = 1500, 600, 200
SHORT_MS = (100, 110, 120, 130, 140, 150)
# Name, program (from 0), lowest and highest key, whether its partials are harmonic, semitones from key to sound.
# The font's drawbar organ has its lowest drawbar two octaves below the key, as loud as those an octave below and at it;
# its contrabass and violin are silent above the keys named here.
INSTRUMENTS = (
    ("piano", 0, 21, 108, True, 0),
    ("harpsichord", 6, 41, 89, True, 0),
    ("drawbar organ", 16, 36, 96, True, -24),
    ("nylon guitar", 24, 40, 84, True, 0),
    ("electric bass", 33, 28, 55, True, 0),
    ("violin", 40, 55, 93, True, 0),
    ("cello", 42, 36, 76, True, 0),
    ("contrabass", 43, 28, 57, True, 0),
    ("choir aahs", 52, 48, 79, True, 0),
    ("trumpet", 56, 58, 94, True, 0),
    ("brass section", 61, 43, 79, True, 0),
    ("tenor saxophone", 66, 42, 75, True, 0),
    ("oboe", 68, 58, 91, True, 0),
    ("bassoon", 70, 34, 64, True, 0),
    ("clarinet", 71, 50, 91, True, 0),
    ("flute", 73, 60, 96, True, 0),
    ("vibraphone", 11, 53, 89, False, 0),
    ("marimba", 12, 45, 96, False, 0),
    ("glockenspiel", 9, 79, 108, False, 0),
    ("tubular bells", 14, 60, 77, False, 0),
)


@dataclass(frozen=True)
class Condition:
    """How the notes are played and recorded; noise in dB below each note, `cents` above concert pitch."""

    name: str
    velocity: int = 90
    room: float = 0.0
    level: float = 0.0
    cents: float = 0.0
    noise_db: float | None = None
    mp3_kbit: int = 0


CONDITIONS = (
    Condition("softly (velocity 45)", velocity=45),
    Condition("in a hall (reverberation)", room=0.8, level=0.9),
    Condition("40 cents sharp", cents=40),
    Condition("with noise 30 dB below", noise_db=30),
    Condition("with noise 15 dB below", noise_db=15),
    Condition("as mp3 of 64 kbit/s", mp3_kbit=64),
)


def notes_of(
    instrument: Sequence, condition: Condition, limit: int, font: Path = SOUND_FONT
) -> list[tuple[float, np.ndarray]]:
    """Return (the note that sounds as a MIDI number, 600 ms of it at RATE) of `limit` notes, or of all (0)."""
    import soxr

    _, program, lowest, highest, _, shift = instrument
    keys = np.arange(lowest, highest + 1)
    if limit:
        keys = keys[np.unique(np.linspace(0, len(keys) - 1, limit).round().astype(int))]
    part = Part("notes", 0, program)
    played = [PlayedNote(part, LEAD_MS + n * APART_MS, HELD_MS, int(k), condition.velocity) for n, k in enumerate(keys)]
    sound = render_notes(played, 500, condition.room, condition.level, font)
    rate = RENDERED_RATE * 2 ** (condition.cents / 1200)  # played back faster, it sounds higher
    if condition.mp3_kbit:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "notes.mp3"
            encode_mp3(path, sound, RENDERED_RATE, condition.mp3_kbit, "notes")
            mono = read_audio(str(path), RATE)
    else:
        mono = soxr.resample(sound.mean(axis=1), rate, RATE).astype(np.float32)
    random = np.random.default_rng(1)
    out = []
    for n, key in enumerate(keys):
        first = round((LEAD_MS + n * APART_MS) / 1000 * RATE * RENDERED_RATE / rate)
        y = mono[first : first + RATE * HELD_MS // 1000]
        if condition.noise_db is not None:
            y = y + random.standard_normal(len(y)) * y.std() * 10 ** (-condition.noise_db / 20)
        sounding = int(key) + shift
        while midi_to_hz(sounding) < MIN_HZ:  # what is lower is not looked for, and the octave above sounds as loud
            sounding += 12
        out.append((sounding + condition.cents / 100, y.astype(np.float32)))
    return out


def plain_yin(y: np.ndarray) -> float:
    import librosa

    hz = librosa.yin(y, fmin=MIN_HZ, fmax=5000, sr=RATE)
    loud = librosa.feature.rms(y=y)[0][: len(hz)]
    return float(np.median(hz[loud >= 0.5 * loud.max()]))


def spectral_peak(y: np.ndarray) -> float:
    import librosa
    from scipy.signal import find_peaks

    harmonic = librosa.effects.harmonic(y, margin=4, pad_mode="reflect")
    hz, magnitudes = librosa.piptrack(y=harmonic, sr=RATE, fmin=150, fmax=4000, pad_mode="reflect")
    loudest = magnitudes.sum(axis=0).argmax()
    frame = magnitudes[:, loudest]
    peaks, _ = find_peaks(frame, height=max(np.median(frame), 1e-9), distance=18)
    return float(hz[peaks[0], loudest]) if len(peaks) else 0.0


def ours(y: np.ndarray) -> float:
    return estimate_hz(y, RATE)


class Tally:
    """What a method named: exact notes and pitch classes of long and short samples, and its time."""

    def __init__(self) -> None:
        self.named: dict[str, list[tuple[bool, bool]]] = {"long": [], "short": []}
        self.seconds = 0.0

    def add(self, method: Callable[[np.ndarray], float], notes: Sequence[tuple[float, np.ndarray]]) -> Tally:
        for which, named in self.named.items():
            cuts = [(wanted, y[: RATE * SHORT_MS[n % 6] // 1000] if which == "short" else y)
                    for n, (wanted, y) in enumerate(notes)]  # fmt: skip
            begun = time.perf_counter()
            found = [method(y) for _, y in cuts]
            self.seconds += (time.perf_counter() - begun) * (which == "long")
            off = [round(hz_to_midi(hz) - wanted) if hz > 0 else None for hz, (wanted, _) in zip(found, cuts)]
            named += [(o == 0, o is not None and o % 12 == 0) for o in off]
        return self

    def shares(self, which: str = "long") -> tuple[str, str]:
        """Return the shares of exact notes and of pitch classes in percent."""
        exact, classes = np.mean(self.named[which], axis=0) * 100
        return f"{exact:.1f}", f"{classes:.1f}"


METHODS = {"ours": ours, "yin": plain_yin, "peak": spectral_peak}


def row(name: str, tallies: dict[str, Tally]) -> str:
    mine = tallies["ours"]
    others = [cell for key in ("yin", "peak") for which in ("long", "short") for cell in tallies[key].shares(which)[:1]]
    cells = [name, str(len(mine.named["long"])), *mine.shares("long"), *mine.shares("short"), *others]
    return "| " + " | ".join(cells) + " |"


def by_instrument(limit: int) -> None:
    print("| instrument | notes | note, 600 ms | class, 600 ms | note, 100-150 ms | class, 100-150 ms "
          "| yin, 600 ms | yin, 100-150 ms | peak, 600 ms | peak, 100-150 ms |")  # fmt: skip
    print("|" + " --- |" * 10)
    total, harmonic = ({key: Tally() for key in METHODS} for _ in range(2))
    for instrument in INSTRUMENTS:
        notes = notes_of(instrument, Condition("as it is"), limit)
        here = {key: Tally().add(method, notes) for key, method in METHODS.items()}
        for sums in (total, harmonic) if instrument[4] else (total,):
            for key, tally in here.items():
                sums[key].seconds += tally.seconds
                for which, named in tally.named.items():
                    sums[key].named[which] += named
        print(row(instrument[0], here), flush=True)
    print(row("**harmonic instruments**", harmonic))
    print(row("**all**", total))
    spent = {key: 1000 * tally.seconds / len(tally.named["long"]) for key, tally in total.items()}
    print(
        f"\nA sample of 600 ms: ours {spent['ours']:.2f} ms, yin {spent['yin']:.2f} ms, peak {spent['peak']:.1f} ms.\n"
    )


def by_condition(limit: int) -> None:
    print("| all instruments | notes | note, 600 ms | class, 600 ms | note, 100-150 ms | class, 100-150 ms |")
    print("|" + " --- |" * 6)
    for condition in CONDITIONS:
        tally = Tally()
        for instrument in INSTRUMENTS:
            tally.add(ours, notes_of(instrument, condition, limit))
        cells = [condition.name, str(len(tally.named["long"])), *tally.shares("long"), *tally.shares("short")]
        print("| " + " | ".join(cells) + " |", flush=True)


def of_bells(seed: int) -> None:
    print("| modal synthesis | sounds | note | class |")
    print("|" + " --- |" * 4)
    offsets: dict[str, list[float]] = {}
    for kind, note, y in (*bells(seed), *other_bells(seed)):
        hz = ours(y)
        offsets.setdefault(kind, []).append(hz_to_midi(hz) - note if hz > 0 else np.inf)
    offsets["**all**"] = [offset for kind in offsets.values() for offset in kind]
    for kind, off in offsets.items():
        near = np.array([o if np.isfinite(o) else 0.5 for o in off])
        exact, classes = np.mean(np.abs(near) < 0.5), np.mean(np.abs((near + 6) % 12 - 6) < 0.5)
        print(f"| {kind} | {len(off)} | {100 * exact:.1f} | {100 * classes:.1f} |")
    print()


def of_chirps(seed: int) -> None:
    print("| chirps | sounds | in the range that they sweep |")
    print("|" + " --- |" * 3)
    inside: dict[str, list[bool]] = {}
    for kind, low, high, y in chirps(seed, 300):
        where = "below 5 kHz" if np.sqrt(low * high) < 5000 else "5 to 10.5 kHz"
        inside.setdefault(f"{kind}, {where}", []).append(0.97 * low <= ours(y) <= 1.03 * high)
    for kind, right in sorted(inside.items()):
        print(f"| {kind} | {len(right)} | {100 * np.mean(right):.1f} |")
    given = [ours(y) > 0 for y in too_high(seed)]
    print(f"\nOf {len(given)} sounds from 12 to 20 kHz {sum(given)} are given a frequency.\n")


def of_drums(folders: Sequence[str], notes: Sequence[np.ndarray]) -> None:
    """Print how far `pitched` and `clarity` tell the notes from drums: AUC, and what exceeds 95 % of the notes."""
    by_class: dict[str, list[np.ndarray]] = {}
    for name, y in drums(folders):
        by_class.setdefault(name, []).append(y)
    values = {name: measure_all(sounds) for name, sounds in {"note": notes, **by_class}.items()}
    print("| | sounds | `pitched` AUC | above 95 % of notes | `clarity` AUC |")
    print("|" + " --- |" * 5)
    unpitched = [f for name in by_class if name not in ("kick", "tom") for f in values[name]]
    own = {key: np.array([getattr(f, key) for f in values["note"]]) for key in ("pitched", "clarity")}
    bound = np.percentile(own["pitched"], 5)
    for name, group in [*((name, values[name]) for name in by_class), ("**all but kicks and toms**", unpitched)]:
        auc = {key: _auc(own[key], np.array([getattr(f, key) for f in group])) for key in own}
        above = np.mean([f.pitched > bound for f in group])
        print(f"| {name} | {len(group)} | {auc['pitched']:.3f} | {100 * above:.1f} % | {auc['clarity']:.3f} |")
    print(f"\n95 % of {len(notes)} notes are above {bound:.2f}.\n")


def _auc(high: np.ndarray, low: np.ndarray) -> float:
    """Return how often a value of `high` is above one of `low`."""
    place = np.searchsorted(np.sort(low), high, "left") + np.searchsorted(np.sort(low), high, "right")
    return float(np.mean(place) / 2 / len(low))


def of_fonts(fonts: Sequence[Path], limit: int) -> list[np.ndarray]:
    """Print what share of each font's notes is named right; return the sounds, half of them short."""
    sounds: list[np.ndarray] = []
    print("| instrument | " + " | ".join(f"{font.stem}, 600 ms | 100-150 ms" for font in fonts) + " |")
    print("|" + " --- |" * (1 + 2 * len(fonts)))
    for instrument in INSTRUMENTS:
        cells = [instrument[0]]
        for font in fonts:
            heard = [(n, y) for n, y in notes_of(instrument, Condition(""), limit, font) if np.abs(y).max() > QUIETEST]
            # FluidR3's organ alone has its lowest drawbar two octaves down: of others the class counts.
            organ = instrument[5] != 0
            tally = Tally().add(ours, heard)
            cells += [tally.shares("long")[organ], tally.shares("short")[organ]]
            sounds += [y if n % 2 else y[: RATE * SHORT_MS[n % 6] // 1000] for n, (_, y) in enumerate(heard)]
        print("| " + " | ".join(cells) + " |", flush=True)
    print()
    return sounds


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("-limit", type=int, default=0, help="maximum number of notes of each instrument (0: all)")
    parser.add_argument("-seed", type=int, default=3, help="of the bells and chirps (1 and 2 were tuned on)")
    parser.add_argument("-fonts", type=Path, nargs="*", default=[], help="other sound fonts to play")
    parser.add_argument("-drums", nargs="*", default=[], help="folders of drum kits")
    parser.add_argument("-only", action="store_true", help="leave out the tables of FluidR3")
    args = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    ours(np.ones(RATE, np.float32))  # compiles it
    of_bells(args.seed)
    of_chirps(args.seed)
    player = shutil.which("fluidsynth")
    notes = of_fonts(args.fonts, args.limit) if args.fonts and player else []
    if args.drums:
        of_drums(args.drums, [*notes, *(y for _, _, y in bells(args.seed))])
    if args.only:
        return 0
    if not player or not SOUND_FONT.is_file():
        print(f"not measured: FluidSynth or {SOUND_FONT} is missing; on Debian: sudo {APT_GET}", file=sys.stderr)
        return 1
    by_instrument(args.limit)
    by_condition(args.limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
