"""How well onsets are found, how clean samples are, and how `power` and `loudness` rank, on sound that is known.

python benchmarks/onset_accuracy.py [-half report|tune] [-folder tmp/onsets] [-peers a.json b.json]
python benchmarks/onset_accuracy.py -original FILE ...

Writes the material (benchmarks/onset_material.py) as wav files into the folder, with FluidSynth, eSpeak NG and the
Debian packages named there, and prints Markdown tables. Peers' onsets come from `benchmarks/onset_peers.py`, run on
that folder by a Python that has them. With -original only this: how far starts of recordings lie from those of the
original tool, which are librosa's onsets with backtracking.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "media" / "sample")]

import numpy as np
from make.programs import write_wav

from benchmarks.onset_material import APT_GET, FONTS, HALVES, RATE, TestSound, test_sounds

# A sample that begins this much after its onset has lost a part of its attack.
CUT_MS = 5.0
# Silence after a sound: what comes after the last 5 ms that are within 50 dB of the sample's loudest 5 ms.
SILENT_DB, SILENT_MS = 50.0, 5

# A start that is so near to one of the original tool is that.
NEAR_MS = 50.0

Found = dict[str, np.ndarray]


def measured(material: list[TestSound], found: Found) -> tuple[dict[str, list[float]], list[float]]:
    """Return by kind, and of all kinds: F within 50 and 25 ms, precision, recall, median error (ms), share of cuts.

    Scores of all kinds are the mean of the kinds'; errors and cuts are those of all onsets together.
    """
    import mir_eval

    rows: dict[str, list[float]] = {}
    errors_of_all: list[np.ndarray] = []
    for kind in dict.fromkeys(sound_file.kind for sound_file in material):
        counts = np.zeros(4)
        errors: list[float] = []
        for sound_file in (p for p in material if p.kind == kind):
            times = np.unique(found[sound_file.name])
            near, nearer = (mir_eval.util.match_events(sound_file.onsets, times, window) for window in (0.05, 0.025))
            counts += len(sound_file.onsets), len(times), len(near), len(nearer)
            errors += [1000 * (times[found_at] - sound_file.onsets[true_at]) for true_at, found_at in near]
        true, count, hits, close = counts
        late = np.array(errors)
        errors_of_all.append(late)
        rows[kind] = [2 * hits / (true + count), 2 * close / (true + count), hits / max(count, 1), hits / true]
        rows[kind] += [float(np.median(np.abs(late))), float(np.mean(late > CUT_MS))] if len(late) else [np.nan, np.nan]
    late = np.concatenate(errors_of_all)
    scores = np.mean([row[:4] for row in rows.values()], axis=0).tolist()
    return rows, [*scores, float(np.median(np.abs(late))), float(np.mean(late > CUT_MS))]


def cells(values: list[float]) -> str:
    *scores, error, cut = values
    return " | ".join([*(f"{score:.3f}" for score in scores), f"{error:.1f}", f"{100 * cut:.1f}"])


def dead_air(folder: Path, material: list[TestSound], trim: float, method: str) -> tuple[float, float]:
    """Return (share of the samples' length after their sounds, share of the recordings without any sample)."""
    from lib.audio.ranges import read_audio
    from lib.audio.samples import SampleJob, sample_table

    silent = whole = 0.0
    empty = 0
    block = RATE * SILENT_MS // 1000
    for sound_file in material:
        table = sample_table(
            SampleJob(str(folder), f"{sound_file.name}.wav", 80, 1000, False, trim=trim, onsets=method)
        )
        empty += len(table) == 0
        sound = read_audio(str(folder / f"{sound_file.name}.wav"), RATE)
        for start, length in zip(table.text("start"), table.text("dur")):
            part = sound[int(start) * RATE // 1000 :][: int(length) * RATE // 1000]
            level = np.square(part[: len(part) // block * block], dtype=np.float64).reshape(-1, block).mean(axis=1)
            over = np.flatnonzero(level >= level.max(initial=0) * 10 ** (-SILENT_DB / 10))
            silent += (len(level) - (over[-1] + 1 if len(over) else 0)) * SILENT_MS
            whole += len(level) * SILENT_MS
    return silent / whole, empty / len(material)


def loudness_ranks(folder: Path, material: list[TestSound]) -> tuple[int, float, float]:
    """Return (samples, rank correlation of `power`, of `loudness`) with BS.1770's momentary maximum at 48 kHz."""
    import pyloudnorm
    import scipy.stats

    from lib.audio.ranges import read_audio
    from lib.audio.samples import SampleJob, sample_table

    meter = pyloudnorm.Meter(48000, block_size=0.4)
    columns: list[list[float]] = [[], [], []]
    for sound_file in material:
        name = f"{sound_file.name}.wav"
        table = sample_table(SampleJob(str(folder), name, 80, 1000, True))
        sound = read_audio(str(folder / name), 48000)
        for n in range(len(table)):
            start, length = (int(table.text(column)[n]) for column in ("start", "dur"))
            part = sound[48 * start :][: 48 * length]
            part = np.pad(part, (0, max(0, 19200 - len(part))))
            # A block alone is its own integrated loudness.
            blocks = [part[first : first + 19200] for first in range(0, len(part) - 19199, 1920)]
            columns[0].append(max(meter.integrated_loudness(block.astype(np.float64)) for block in blocks))
            columns[1].append(float(table.text("power")[n]))
            columns[2].append(float(table.text("loudness")[n]))
    reference, power, loudness = (np.array(column) for column in columns)
    heard = np.isfinite(reference)
    ranks = [float(scipy.stats.spearmanr(reference[heard], x[heard])[0]) for x in (power, loudness)]
    return int(heard.sum()), ranks[0], ranks[1]


def prepared(folder: Path, half: str) -> list[TestSound]:
    """Return the material, made if the folder does not have it."""
    index = folder / "onsets.json"
    if index.exists():
        rows = json.loads(index.read_text("utf-8"))
        return [TestSound(kind, name, np.zeros(0), np.array(times)) for kind, name, times in rows]
    folder.mkdir(parents=True, exist_ok=True)
    material = list(test_sounds(half))
    for sound_file in material:
        write_wav(folder / f"{sound_file.name}.wav", sound_file.sound[:, np.newaxis].astype(np.float64))
    index.write_text(json.dumps([[p.kind, p.name, p.onsets.tolist()] for p in material]), "utf-8")
    return material


def ours(folder: Path, material: list[TestSound], method: str) -> Found:
    from lib.audio.onsets import Detector, onset_times
    from lib.audio.reader import AudioReader
    from lib.audio.spectra import ANALYSIS_RATE

    found = {}
    for sound_file in material:
        with AudioReader(str(folder / f"{sound_file.name}.wav"), ANALYSIS_RATE) as reader:
            found[sound_file.name] = onset_times(reader.blocks(), Detector(method)) / 1000
    return found


def original_starts(sound: np.ndarray, rate: int) -> np.ndarray:
    """Return the starts (ms) that the original tool gives a sound, all STFTs padded by reflection."""
    import librosa

    mel = librosa.feature.melspectrogram(y=sound, sr=rate, n_mels=138, fmin=27.5, fmax=16000, pad_mode="reflect")
    strength = librosa.onset.onset_strength(S=librosa.power_to_db(mel, ref=np.max), sr=rate, lag=2, max_size=3)
    found = librosa.onset.onset_detect(onset_envelope=strength, sr=rate, backtrack=True, units="time")
    return np.unique(np.round(1000 * found))


def beside_original(paths: list[Path]) -> None:
    """Print for each recording how many starts of ours and of the original have one of the other within NEAR_MS."""
    from lib.audio.ranges import read_audio
    from lib.audio.samples import SampleJob, sample_table
    from lib.audio.spectra import ANALYSIS_RATE

    print(
        f"| recording | ours | within {NEAR_MS:g} ms | the original's | within {NEAR_MS:g} ms | farthest of ours (ms) |"
    )
    print("|" + " --- |" * 6)
    sums = np.zeros(4, int)
    for path in paths:
        theirs = original_starts(read_audio(str(path), ANALYSIS_RATE), ANALYSIS_RATE)
        made = sample_table(SampleJob(str(path.parent), path.name, 0, -1, False, trim=0))
        apart = np.abs(made.all_numbers("start")[:, None] - theirs)
        ours_near, theirs_near = (apart.min(axis=n, initial=np.inf) <= NEAR_MS for n in (1, 0))
        counts = [len(apart), ours_near.sum(), len(theirs), theirs_near.sum()]
        sums += counts
        print(f"| {path.name} | " + " | ".join(map(str, counts)) + f" | {apart.min(axis=1).max(initial=0):.0f} |")
    print("| **all** | " + " | ".join(map(str, sums)) + " | |")


def table(rows: dict[str, list[float]], title: str, show: Callable[[str], None] = print) -> None:
    show(f"| {title} | F, 50 ms | F, 25 ms | precision | recall | median error (ms) | attacks cut (%) |")
    show("|" + " --- |" * 7)
    for name, values in rows.items():
        show(f"| {name} | {cells(values)} |")
    show("")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("-half", choices=HALVES, default="report")
    parser.add_argument("-folder", type=Path, default=Path("tmp/onsets"))
    parser.add_argument("-peers", type=Path, nargs="*", default=[])
    parser.add_argument("-original", type=Path, nargs="+")
    args = parser.parse_args(argv)
    if args.original:
        beside_original(args.original)
        return 0
    if not FONTS[args.half].is_file():
        print(f"not measured: {FONTS[args.half]} is missing; on Debian: sudo {APT_GET}", file=sys.stderr)
        return 1
    folder = args.folder / args.half
    material = prepared(folder, args.half)
    found = {f"`-onsets {method}`": ours(folder, material, method) for method in ("superflux", "fine")}
    results = {name: measured(material, times) for name, times in found.items()}
    for path in args.peers:
        for name, times in json.loads(path.read_text("utf-8")).items():
            results[name] = measured(material, {key: np.array(value) for key, value in times.items()})
    table({name: mean for name, (_, mean) in results.items()}, "all kinds")
    for name in found:
        table(results[name][0], name)
    print("| | dead air (%) | recordings without a sample (%) |\n| --- | --- | --- |")
    for method, trim in (("superflux", 50), ("superflux", 0), ("fine", 50)):
        air, empty = dead_air(folder, material, trim, method)
        print(f"| `-onsets {method} -trim {trim}` | {100 * air:.1f} | {100 * empty:.1f} |")
    count, power, loudness = loudness_ranks(folder, material)
    print(f"\nRank correlation with BS.1770 over {count} samples: power {power:.3f}, loudness {loudness:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
