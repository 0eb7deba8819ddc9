#!/usr/bin/env python3
"""Large collections and long files through the stages: time, memory and growth, at a quarter, a half and all of it.

    python -m tests.stress.soak [-scale 1.0] [-folder /tmp/soak] [NAME ...]

A collection of 2,000 files in nested folders, a film of two hours, a recording of ten hours, 20,000 sample tables (10
million rows), and a table of 262,144 samples, all made from the sample media. -scale 0.01 is a quick look. Prints a
Markdown table: seconds of processor time, which other work on the machine changes little, and the peak of the largest
process. Exits with 1 if a stage fails, or grows by more than MOST_GROWTH from a half to all.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lib.io.ffmpeg import ffmpeg_exe
from lib.tables.table import Table, read_table, write_table
from lib.video.probe import probe

MEDIA = ROOT / "media" / "sample"
# Twice the work may take this multiple of the time: caches are shared, too.
MOST_GROWTH = 2.6
# What is shorter says nothing about growth: it is the start of the program.
LEAST_SECONDS = 20.0
ROWS = 500


def run_script(*words: str, cwd: str) -> tuple[float, float]:
    """Run a script to its end; return its processor time in seconds, and the peak of its largest process in MB."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / words[0]), *words[1:]], cwd=cwd, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            raise RuntimeError(f"{words[0]}: {said.read().decode()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def looped(source: str, seconds: float, target: Path) -> None:
    """Write a file of at least that length: one of the sample media again and again."""
    times = max(math.ceil(seconds / probe(str(MEDIA / source)).duration) - 1, 0)
    words = ["-v", "error", "-y", "-stream_loop", str(times), "-i", str(MEDIA / source), "-c", "copy", str(target)]
    subprocess.run([ffmpeg_exe(), *words], check=True)


def collection(folder: Path, share: float) -> list[list[str]]:
    """Return the stages of a collection of 2,000 films in nested folders, each of a second."""
    media = folder / "nested"
    media.mkdir()
    subprocess.run(
        [ffmpeg_exe(), "-v", "error", "-i", str(MEDIA / "film_marching_band.mp4"), "-t", "1", str(folder / "one.mp4")],
        check=True,
    )
    for n in range(max(round(2000 * share), 2)):
        place = media / f"{n % 7}" / f"{n % 31}"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / "one.mp4", place / f"film {n}.mp4")
    return [
        ["scrapers/local/folder_to_metadata.py", "-in", "nested", "-out", "own.csv"],
        ["get_file_features.py", "-in", "own.csv", "-dir", "nested", "-threads", "2"],
        ["audio_to_samples.py", "-in", "own.csv", "-dir", "nested", "-features", "-out", "s.csv", "-threads", "2"],
    ]


def film(folder: Path, share: float) -> list[list[str]]:
    """Return the stages of a film of two hours."""
    looped("film_marching_band.mp4", 7200 * share, folder / "film.mp4")
    return [
        ["films_to_scenes.py", "-in", "film.mp4", "-out", "scenes.csv", "-threads", "2"],
        ["audio_to_samples.py", "-in", "film.mp4", "-out", "s.csv", "-threads", "2"],
        ["samples_to_vsamples.py", "-in", "s.csv", "-dir", ".", "-threads", "2"],
    ]


def recording(folder: Path, share: float) -> list[list[str]]:
    """Return the stages of a recording of ten hours."""
    looped("sonata.mp3", 36_000 * share, folder / "long.mp3")
    return [["audio_to_samples.py", "-in", "long.mp3", "-features", "-out", "s.csv", "-threads", "2"]]


def tables(folder: Path, share: float) -> list[list[str]]:
    """Return the stages of 20,000 sample tables of 500 rows."""
    run_script("audio_to_samples.py", "-in", str(MEDIA / "sonata.mp3"), "-features", "-out", "one.csv", cwd=str(folder))
    one = read_table(folder / "one.csv")
    rows = one.take([n % len(one) for n in range(ROWS)])
    (folder / "tables").mkdir()
    names = [f"{n}.mp3" for n in range(max(round(20_000 * share), 2))]
    head, body = rows.frame.write_csv().split("\n", 1)
    for name in names:
        (folder / "tables" / f"{name}.csv").write_text(f"{head}\n{body.replace('sonata.mp3', name)}")
    (folder / "files.csv").write_text("filename\n" + "".join(f"{name}\n" for name in names))
    return [
        ["get_sample_features.py", "-in", "files.csv", "-dir", "tables"],
        ["samples_subset.py", "-in", "files.csv", "-dir", "tables", "-lim", "100000", "-out", "chosen.csv"],
    ]


def samples(folder: Path, share: float) -> list[list[str]]:
    """Return the stages of 262,144 samples: a map, a grid of 512x512, and the sound of all of them."""
    names = sorted(path.name for path in MEDIA.glob("film_*.mp4"))
    rng = np.random.default_rng(1)
    count = max(round(512 * share**0.5), 4) ** 2
    file = rng.integers(0, len(names), count)
    ends = np.array([probe(str(MEDIA / name)).duration * 1000 - 400 for name in names])
    starts = (rng.random(count) * ends[file]).astype(np.int64)
    table = Table.of({
        "filename": [names[n] for n in file], "start": [str(n) for n in starts],
        "dur": [str(n) for n in rng.integers(80, 400, count)],
    })  # fmt: skip
    write_table(table, folder / "s.csv")
    side = round(count**0.5)
    return [
        ["samples_to_tsne.py", "-in", "s.csv", "-dir", str(MEDIA), "-components", "2", "-threads", "2"],
        ["samples_to_grid.py", "-in", "s.csv", "-grid", f"{side}x{side}"],
        ["features_to_audio.py", "-in", "s.csv", "-dir", str(MEDIA), "-sort", "tsne=asc", "-out", "sorted.mp3"],
        ["samples_to_explorer.py", "-in", "s.csv", "-dir", str(MEDIA), "-out", "page", "-threads", "2"],
    ]


COLLECTIONS: dict[str, Callable[[Path, float], list[list[str]]]] = {
    "2,000 nested films": collection,
    "a film of two hours": film,
    "a recording of ten hours": recording,
    "20,000 tables": tables,
    "262,144 samples": samples,
}


def soak(name: str, folder: Path, scale: float) -> list[str]:
    """Run the stages of a collection at three sizes; print a row for each stage, and return what is wrong."""
    found: dict[str, list[tuple[float, float]]] = {}
    for share in (0.25, 0.5, 1.0):
        place = folder / f"{list(COLLECTIONS).index(name)}-{share}"
        place.mkdir(parents=True)
        for script, *words in COLLECTIONS[name](place, share * scale):
            found.setdefault(script, []).append(run_script(script, *words, cwd=str(place)))
        shutil.rmtree(place)
    wrong = []
    for script, runs in found.items():
        times = [seconds for seconds, _ in runs]
        print(f"| {name} | `{script}` | {' '.join(f'{t:.1f}' for t in times)} s | {runs[-1][1]:.0f} MB |", flush=True)
        if times[-1] > LEAST_SECONDS and times[-1] > MOST_GROWTH * times[-2]:
            wrong.append(f"{name}, {script}: {times[-1] / times[-2]:.1f} times the processor time for twice the work")
    return wrong


def main(argv: Sequence[str]) -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("-scale", type=float, default=1.0)
    words.add_argument("-folder", default="")
    words.add_argument("names", nargs="*")
    args = words.parse_args(argv)
    print("| work | stage | a quarter, half, all | peak memory |\n| --- | --- | --- | --- |")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="soak-", dir=args.folder or None) as folder:
        os.environ["MEDIA_TOOLS_CACHE"] = ""
        for name in args.names or COLLECTIONS:
            wrong += soak(name, Path(folder).resolve(), args.scale)
    print(*(f"WRONG: {what}" for what in wrong), f"{len(wrong)} wrong", sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
