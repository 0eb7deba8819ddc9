"""How near mosaics come to their targets: notes, loudness, spectra, beside a random choice and the nearest frames.

    python benchmarks/mosaic_accuracy.py -folder tmp/mosaics [-half tune|report] [-font FONT -seed N]

Melodies of one instrument are rebuilt from single notes of others, all rendered by FluidSynth. Weights and costs were
chosen on the half `tune` (FluidR3, its programs, its seed); the half `report` has another sound font, other programs
and other melodies. -font and -seed play the programs of a half by another font, and other melodies: into a folder of
their own. Existing files in the folder are reused.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "media/sample")]

import scipy.signal
import soxr
from make.score import Part, PlayedNote

from benchmarks.onset_material import APT_GET, FONTS, HALVES, PROGRAMS, RATE, SECONDS, line, rendered
from lib.audio.loudness import k_weighting
from lib.audio.mel import cosines, mel_power
from lib.audio.mixer import MIX_RATE, mix
from lib.audio.mosaic import Mosaic, Settings
from lib.audio.mosaic_build import build
from lib.audio.mosaic_sound import mosaic_plays
from lib.audio.mosaic_table import mosaic_table
from lib.audio.mosaic_target import heard_of, target_job, target_samples
from lib.audio.ranges import read_audio, read_ranges
from lib.audio.samples import SampleJob, sample_table
from lib.audio.spectra import ANALYSIS_RATE
from lib.audio.weights import USUAL_WEIGHTS, parse_weights
from lib.math.notes import A4_HZ, A4_MIDI, SEMITONES
from lib.tables.table import Table, concatenate, read_table, write_table

SEEDS = {"tune": 11, "report": 12}
KINDS = ("piano", "plucked", "bowed", "winds")
# Number of each kind.
MELODIES = 3
LOWEST, HIGHEST = 40, 89
# A note of the corpus: how long it is held, and when the next one begins (ms).
HELD, APART = 700, 1500
# An onset of the target belongs to the note that begins up to this many ms after it.
EARLY = 60
CURVE_MS = 100
# Lowest level, relative to the loudest (dB).
RANGE_DB = 50.0


def write_sound(path: Path, sound: np.ndarray) -> None:
    from make.programs import write_wav

    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, sound[:, None], RATE)


def programs(half: str) -> list[int]:
    """Return the programs of a half, without those that are played in both."""
    return sorted({program for kind in KINDS for program in PROGRAMS[kind][half]})


def corpus(folder: Path, half: str) -> Table:
    """Return the samples of single notes of all instruments, with the column `key`."""
    path = folder / "corpus.csv"
    if path.is_file():
        return read_table(path)
    tables = []
    for program in programs(half):
        keys = range(LOWEST, HIGHEST)
        part = Part("a", 0, program)
        notes = [PlayedNote(part, 200 + APART * n, HELD, key, 80) for n, key in enumerate(keys)]
        name = f"program{program}.wav"
        write_sound(folder / name, rendered(notes, FONTS[half], 0.0, len(notes) * APART / 1000 + 1))
        table = sample_table(SampleJob(str(folder), name, 80, 1000, True, threads=2))
        places = ((table.all_numbers("start") - 200 + EARLY) // APART).astype(int)
        tables.append(table.with_columns({"key": [str(LOWEST + place) for place in places]}))
    whole = concatenate(tables)
    write_table(whole, path)
    return whole


def melodies(folder: Path, half: str) -> list[tuple[str, int, list[PlayedNote]]]:
    """Return (path, program, notes) of each melody; its sound is written."""
    random = np.random.default_rng(SEEDS[half])
    found = []
    for kind in KINDS:
        for n in range(MELODIES):
            program = PROGRAMS[kind][half][n % len(PROGRAMS[kind][half])]
            notes = [note for note in line(kind, Part("a", 0, program), random) if LOWEST <= note.midi < HIGHEST]
            first: dict[int, PlayedNote] = {}
            for note in notes:
                first.setdefault(note.start, note)  # of a chord the lowest
            notes = list(first.values())
            path = folder / f"melody_{kind}_{n}.wav"
            if not path.is_file():
                sound = rendered(notes, FONTS[half], 0.0, SECONDS)
                write_sound(path, 0.7 * sound / np.abs(sound).max())
            found.append((str(path), program, notes))
    return found


def wanted_keys(target: Table, notes: list[PlayedNote]) -> np.ndarray:
    """Return the key of the note that is longest within each sample of a target."""
    starts = np.array([note.start for note in notes])
    keys = np.array([note.midi for note in notes])
    begin = target.all_numbers("start")[:, None]
    ends = np.minimum(starts + [note.dur for note in notes], np.append(starts[1:], np.inf))
    shared = np.minimum(ends, begin + target.all_numbers("dur")[:, None]) - np.maximum(starts, begin)
    return keys[shared.argmax(axis=1)]


def curve(sound: np.ndarray) -> np.ndarray:
    """Return the K-weighted level of each 100 ms in dB, RANGE_DB below the loudest at least."""
    size = ANALYSIS_RATE * CURVE_MS // 1000
    heard = scipy.signal.sosfilt(k_weighting(ANALYSIS_RATE), sound.astype(float))
    energy = np.square(heard[: len(heard) // size * size]).reshape(-1, size).mean(axis=1)
    return 10 * np.log10(np.maximum(energy, energy.max() * 10 ** (-RANGE_DB / 10)))


def mel_levels(sound: np.ndarray) -> np.ndarray:
    """Return log-mel levels in dB, (frames, bands), RANGE_DB below the loudest at least."""
    power = mel_power(sound)
    return 10 * np.log10(np.maximum(power, power.max() * 10 ** (-RANGE_DB / 10)))


def compare(target: str, table: Table, folder: Path) -> tuple[float, float, float]:
    """Return how near a mosaic is to its target: loudness, level, spectrum.

    Correlations of loudness (in sones, which double every 10 dB) and of level in dB; the mean distance of log-mel
    levels in dB.
    """
    with mix(*mosaic_plays(table, str(folder))) as result:
        made = soxr.resample(np.concatenate(list(result.blocks())).mean(axis=1), MIX_RATE, ANALYSIS_RATE)
    whole = read_audio(target, ANALYSIS_RATE)
    made = np.pad(made, (0, max(0, len(whole) - len(made))))[: len(whole)]
    levels = [mel_levels(sound - sound.mean()) for sound in (whole, made)]
    # A mosaic may be softer or louder as a whole.
    levels[1] += levels[0].max() - levels[1].max()
    distance = float(np.abs(np.maximum(levels[1], levels[0].min()) - levels[0]).mean())
    curves = np.array([curve(whole), curve(made)])
    loudness, level = (float(np.asarray(np.corrcoef(pair))[0, 1]) for pair in (2 ** (curves / 10), curves))
    return loudness, level, distance


def frames_of(table: Table, folder: str) -> np.ndarray:
    """Return MFCCs of the loudest frame of each sample, without the first: (rows, 12)."""
    out = np.zeros((len(table), len(cosines()[0]) - 1))
    names = np.array(table.text("filename"))
    for name in np.unique(names):
        mine = np.flatnonzero(names == name)
        spans = [(table.all_numbers("start")[n], table.all_numbers("dur")[n]) for n in mine]
        for place, sound in read_ranges(f"{folder}/{name}", ANALYSIS_RATE, 1, spans):
            power = mel_power(sound)
            frame = power[power.sum(axis=1).argmax()]
            level = 10 * np.log10(np.maximum(frame / max(frame.max(), 1e-20), 1e-8))
            out[mine[place]] = (level @ cosines())[1:]
    return out


def by_frames(table: Table, folder: Path, target: Table) -> np.ndarray:
    """Return for each sample of the target the one whose loudest frame has the nearest MFCCs, standardised."""
    ours, others = frames_of(target, str(folder)), frames_of(table, str(folder))
    scale = others.std(axis=0)
    apart = ((ours[:, None] / scale - others[None] / scale) ** 2).sum(axis=2)
    return apart.argmin(axis=1)


def by_chance(table: Table, target: Table, random: np.random.Generator) -> np.ndarray:
    """Return for each sample of the target one of the same note at random; the nearest note, if there is none."""
    midi, wanted = (
        np.round(A4_MIDI + SEMITONES * np.log2(t.all_numbers("hz").clip(1) / A4_HZ)) for t in (table, target)
    )
    return np.array(
        [random.choice(np.flatnonzero(np.abs(midi - note) == np.abs(midi - note).min())) for note in wanted]
    )


def measure(folder: Path, half: str, settings: Settings, baselines: bool, kinds: list[str]) -> None:
    whole = corpus(folder, half)
    cache = str(folder / "fingerprints.db")
    random = np.random.default_rng(1)
    rows = []
    for path, program, notes in melodies(folder, half):
        if not any(kind in path for kind in kinds):
            continue
        # Every other instrument of those that do not play.
        corpus_of = {f"program{other}.wav" for other in [other for other in programs(half) if other != program][::2]}
        others = whole.take([n for n, name in enumerate(whole.text("filename")) if name in corpus_of])
        kept = Path(path).with_suffix(".csv")
        if not kept.is_file():
            write_table(target_samples(target_job(path, "superflux", 2))[0], kept)
        target = read_table(kept)
        built = build(others, str(folder), target, str(folder), cache, settings)
        keys, wanted = others.all_numbers("key"), wanted_keys(target, notes)
        chosen = keys[built.mosaic.rows]
        figures = [np.mean(chosen == wanted), np.mean((chosen - wanted) % 12 == 0), *compare(path, built.table, folder)]
        for picks in (by_chance(others, target, random), by_frames(others, folder, target)) if baselines else ():
            zeros = np.zeros(len(picks))
            table = mosaic_table(
                others, str(folder), target, heard_of(str(folder), target), Mosaic(picks, zeros, zeros, 0)
            )
            figures += [np.mean(keys[picks] == wanted), *compare(path, table, folder)]
        rows.append((Path(path).stem, len(target), figures))
        print(f"{rows[-1][0]:20} {len(target):3}", " ".join(f"{value:6.3f}" for value in figures), flush=True)
    counts = np.array([count for _, count, _ in rows])
    all_figures = np.array([figures for _, _, figures in rows])
    # Shares over all samples, the others over melodies.
    shares = [0, 1, 5, 9] if baselines else [0, 1]
    mean = all_figures.mean(axis=0)
    mean[shares] = (all_figures[:, shares] * counts[:, None]).sum(axis=0) / counts.sum()
    print(f"{'all':20} {counts.sum():3}", " ".join(f"{value:6.3f}" for value in mean))
    if baselines:
        below = [100 * (1 - mean[4] / mean[other]) for other in (8, 12)]
        print(f"log-mel distance: {below[0]:.1f} % below chance, {below[1]:.1f} % below frames")


def identity(folder: Path, settings: Settings) -> None:
    """Print how often a target that is part of the corpus comes back as itself: the sample media."""
    media = ROOT / "media/sample"
    names = ["sonata.mp3", "speech.mp3", "drums.wav", *(path.name for path in sorted(media.glob("film_*.mp4")))]
    tables = {}
    for name in names:
        kept = folder / f"{name}.csv"
        if not kept.is_file():
            write_table(sample_table(SampleJob(str(media), name, 80, 1000, True, threads=2)), kept)
        tables[name] = read_table(kept)
    whole = concatenate([tables[name] for name in names])
    right = total = 0
    for name in names:
        table = tables[name]
        built = build(whole, str(media), table, str(media), str(folder / "fingerprints.db"), settings)
        same = sum(
            (row == name and start == own)
            for row, start, own in zip(built.table.text("filename"), built.table.text("start"), table.text("start"))
        )
        right, total = right + same, total + len(table)
        print(f"{name:28} {same} of {len(table)}", flush=True)
    print(f"itself: {right} of {total} ({100 * right / total:.2f} %)")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("-folder", type=Path, default=Path("tmp/mosaics"))
    parser.add_argument("-half", choices=HALVES, default="report")
    parser.add_argument("-font", type=Path, help="another sound font")
    parser.add_argument("-seed", type=int, help="of other melodies")
    parser.add_argument("-weights", default=USUAL_WEIGHTS)
    parser.add_argument("-alone", action="store_true", help="without the baselines")
    parser.add_argument(
        "-kinds", nargs="*", default=[""], help="melodies whose names contain one of these; if omitted: all"
    )
    parser.add_argument("-identity", action="store_true", help="only whether parts of the corpus are themselves")
    args = parser.parse_args(argv)
    FONTS[args.half], SEEDS[args.half] = args.font or FONTS[args.half], args.seed or SEEDS[args.half]
    if not FONTS[args.half].is_file():
        print(f"not measured: {FONTS[args.half]} is missing; on Debian: {APT_GET}", file=sys.stderr)
        return 1
    settings = Settings(parse_weights(args.weights), threads=2)
    folder = args.folder / args.half
    folder.mkdir(parents=True, exist_ok=True)
    if args.identity:
        identity(args.folder, replace(settings))
        return 0
    print(f"{'':24} note  class  sones  dB  mel | chance: note sones dB mel | frames: note sones dB mel")
    measure(folder, args.half, settings, not args.alone, args.kinds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
