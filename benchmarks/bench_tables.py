"""Tables of a collection's real size: 3,000 sample tables of 1,500 rows, and the lengths of films.

Ours is the whole script, with its start; the baseline reads row by row with csv.DictReader, in a process that runs.
"""

from __future__ import annotations

import csv
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import av
import numpy as np

from benchmarks.harness import SAMPLE_MEDIA, Row, run_script, show
from lib.math.notes import hz_to_note

TABLES, ROWS, REPEATS = 3000, 1500, 3
HEADER = "filename,start,dur,power,hz,clarity,note,octave\n"
# Number of different tables; the others are copies under other names, which takes less time.
DIFFERENT = 40
FILTER, SORT, LIMIT = "power>0.5&dur>=100", "power=desc=0.75&clarity=desc", 16384
FILM_COPIES = 20
# Small tables in the dialects of spreadsheets: (name, separator, line ends, mark, name of the files, decimal mark).
SMALL_TABLES, SMALL_ROWS = 20_000, 20
STYLES = (
    ("plain", ",", "\n", "", "film {:05d}.mp4", "."),
    ("commas in names", ",", "\n", "", '"film, {:05d}.mp4"', "."),
    ("CRLF", ",", "\r\n", "", "film {:05d}.mp4", "."),
    ("a mark", ",", "\n", "\ufeff", "film {:05d}.mp4", "."),
    ("semicolons", ";", "\r\n", "", "film {:05d}.mp4", "."),
    ("semicolons, decimal commas", ";", "\r\n", "\ufeff", "film, {:05d}.mp4", ","),
)


def make_collection(folder: Path) -> None:
    """Write manifests m750.csv, m1500.csv, m3000.csv and the tables of their files."""
    random = np.random.default_rng(1)
    bodies = []
    for _ in range(DIFFERENT):
        starts, lengths = np.cumsum(random.integers(80, 900, ROWS)), random.integers(80, 1001, ROWS)
        power, hz = random.lognormal(0, 1.2, ROWS), np.exp(random.normal(5.8, 0.8, ROWS))
        cells = zip(starts, lengths, power, hz, random.normal(20, 5, ROWS), map(hz_to_note, hz))
        bodies.append("".join(f"@,{s},{d},{p:.2f},{h:.2f},{c:.2f},{n[0]},{n[1]}\n" for s, d, p, h, c, n in cells))
    names = [f"box {n // 100:02d}/film_{n:04d}.mp4" for n in range(TABLES)]
    for n, name in enumerate(names):
        path = folder / "tables" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + bodies[n % DIFFERENT].replace("@", name))
    for count in (TABLES // 4, TABLES // 2, TABLES):
        (folder / f"m{count}.csv").write_text("filename,title\n" + "".join(f"{n},x\n" for n in names[:count]))


def table_rows(folder: Path) -> Iterator[list[dict[str, str]]]:
    """Yield the rows of each table, read row by row."""
    with open(folder / f"m{TABLES}.csv", newline="") as manifest:
        names = [row["filename"] for row in csv.DictReader(manifest)]
    for name in names:
        with open(folder / "tables" / f"{name}.csv", newline="") as file:
            yield list(csv.DictReader(file))


def plain_features(folder: Path) -> None:
    """Count rows and take medians, as one would with Python alone."""
    for rows in table_rows(folder):
        for column in ("power", "hz", "clarity", "dur"):
            statistics.median([float(row[column]) for row in rows])


def plain_subset(folder: Path) -> None:
    """Filter, sort and cut, as one would with Python alone."""
    share, kept = math.ceil(LIMIT / TABLES), []
    for rows in table_rows(folder):
        kept += best([row for row in rows if float(row["power"]) > 0.5 and float(row["dur"]) >= 100], share)
    with open(folder / "plain.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, HEADER.strip().split(","))
        writer.writeheader()
        writer.writerows(best(kept, LIMIT))


def best(rows: list[dict[str, str]], most: int) -> list[dict[str, str]]:
    rows = sorted(rows, key=lambda row: -float(row["power"]))[: max(math.ceil(0.75 * len(rows)), most)]
    return sorted(rows, key=lambda row: -float(row["clarity"]))[:most]


def plain_all(folder: Path) -> None:
    """Join all tables."""
    with open(folder / "plain.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, HEADER.strip().split(","))
        writer.writeheader()
        for rows in table_rows(folder):
            writer.writerows(rows)


def plain_durations(paths: list[str]) -> None:
    """Decode every frame of every film."""
    for path in paths:
        ends = []
        for kind in ("video", "audio"):
            with av.open(path) as container:
                ends += [(frame.pts + frame.duration) * frame.time_base for frame in container.decode(**{kind: 0})]  # type: ignore[operator,union-attr]
        max(ends)


def median_seconds(function: Callable[[], object], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        function()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def ours(*words: str) -> tuple[float, float]:
    """Return (median seconds, peak memory in MB) of a script."""
    runs = [run_script(*words) for _ in range(REPEATS)]
    return statistics.median(seconds for seconds, _ in runs), max(memory for _, memory in runs)


def table_stages(folder: Path) -> Iterator[Row]:
    tables, out = str(folder / "tables"), str(folder / "out.csv")
    work = f"{TABLES:,} tables x {ROWS:,} rows"
    stages: list[tuple[str, str, tuple[str, ...], Callable[[Path], None]]] = [
        ("get_sample_features.py", "counts, medians", ("-threads", "-1"), plain_features),
        (
            "samples_subset.py",
            f"-lim {LIMIT}, filter, sort",
            ("-filter", "", "-ffilter", FILTER, "-fsort", SORT, "-lim", str(LIMIT)),
            plain_subset,
        ),
        ("samples_subset.py", "all rows, joined", ("-filter", ""), plain_all),
    ]
    for script, what, words, plain in stages:
        growth = []
        for count in (TABLES // 4, TABLES // 2, TABLES):
            manifest = str(folder / f"m{count}.csv")
            seconds, memory = ours(script, "-in", manifest, "-dir", tables, "-out", out, *words)
            growth.append(seconds)
        slow = median_seconds(lambda plain=plain: plain(folder))  # type: ignore[misc]
        yield Row(script, f"{work}: {what}", growth[-1], slow, tuple(growth), "plain: csv.DictReader", memory)


def make_small_tables(folder: Path, style: tuple[str, ...]) -> None:
    """Write SMALL_TABLES tables in a dialect, and manifests of a quarter, a half and all of them."""
    _, separator, ending, mark, name, decimal = style
    random = np.random.default_rng(1)
    bodies = []
    for _ in range(DIFFERENT):
        numbers = np.round(random.random((SMALL_ROWS, 3)) * (9, 900, 40), 2).tolist()
        lines = [[f"{n * 250}", "200", *(f"{v:.2f}".replace(".", decimal) for v in row), "A", "4"]
                 for n, row in enumerate(numbers)]  # fmt: skip
        bodies.append("".join(separator.join(["@", *line]) + ending for line in lines))
    header = mark + HEADER.strip().replace(",", separator) + ending
    names = [name.format(n) for n in range(SMALL_TABLES)]
    (folder / "tables").mkdir(parents=True)
    for n, cell in enumerate(names):
        path = folder / "tables" / (cell.strip('"') + ".csv")
        path.write_text(header + bodies[n % DIFFERENT].replace("@", cell), encoding="utf-8", newline="")
    for count in (SMALL_TABLES // 4, SMALL_TABLES // 2, SMALL_TABLES):
        rows = "".join(f"{cell}{separator}x{ending}" for cell in names[:count])
        (folder / f"m{count}.csv").write_text(f"filename{separator}title{ending}{rows}", newline="")


def dialects(folder: Path) -> Iterator[Row]:
    """Yield the stages that read tables, for each dialect beside plain CSV."""
    stages = [
        ("get_sample_features.py", "counts, medians", ("-threads", "-1")),
        ("samples_subset.py", "best 1,000", ("-filter", "", "-ffilter", FILTER, "-fsort", SORT, "-lim", "1000")),
        ("samples_subset.py", "all rows, joined", ("-filter", "")),
    ]
    plain: dict[str, float] = {}
    for style in STYLES:
        own = folder / style[0].replace(" ", "_")
        make_small_tables(own, style)
        for script, what, words in stages:
            growth = []
            for count in (SMALL_TABLES // 4, SMALL_TABLES // 2, SMALL_TABLES):
                made = ("-in", str(own / f"m{count}.csv"), "-dir", str(own / "tables"), "-out", str(folder / "o.csv"))
                seconds, memory = ours(script, *made, *words)
                growth.append(seconds)
            first = plain.setdefault(what, growth[-1])
            work = f"{SMALL_TABLES:,} tables x {SMALL_ROWS} rows, {style[0]}: {what}"
            note = f"{growth[-1] / first:.2f} x the time of plain tables"
            yield Row(script, work, growth[-1], None, tuple(growth), note, memory)
        shutil.rmtree(own)


def durations(folder: Path) -> Iterator[Row]:
    films = sorted(SAMPLE_MEDIA.glob("film_*.mp4"))
    names = [f"{n}_{film.name}" for n in range(FILM_COPIES) for film in films]
    (folder / "films").mkdir()
    for name in names:
        os.symlink(SAMPLE_MEDIA / name.split("_", 1)[1], folder / "films" / name)
    manifest = folder / "films.csv"
    manifest.write_text("filename\n" + "".join(f"{name}\n" for name in names))
    words = ("get_file_features.py", "-in", str(manifest), "-dir", str(folder / "films"), "-overwrite")
    whole, memory = ours(*words)
    fast, _ = ours(*words, "-fast")
    decoded = median_seconds(lambda: plain_durations([str(folder / "films" / name) for name in names]), 1)
    notes = f"plain: PyAV decodes all; -fast {fast:.2f} s"
    yield Row("get_file_features.py", f"{len(names)} films of half a minute", whole, decoded, (), notes, memory)


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        make_collection(Path(folder))
        yield from table_stages(Path(folder))
        yield from dialects(Path(folder))
        yield from durations(Path(folder))


if __name__ == "__main__":
    show(rows())
