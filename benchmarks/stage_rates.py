"""What a large collection costs: film-seconds per core-second of each stage, its memory, and 1,000 film-hours of it.

    python benchmarks/stage_rates.py [FOLDER]

FOLDER: films to measure with (the sample films by default). Each stage runs in a process of its own, in one thread, as
on a worker; its cost is the processor time that it takes, so that it does not matter what else the machine does.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import ROOT, SAMPLE_MEDIA

HOURS = 1000
CORES = (2, 32, 320)
# A picture of a segment of 128 x 128 clips, in the size that is the default.
GRID, PICTURES = 128, 6
SAMPLE_MS, EVERY_MS = 250.0, 500


@dataclass(frozen=True)
class Films:
    """The films that are measured with: their folder, names, and seconds of each."""

    folder: str
    names: tuple[str, ...]
    seconds: tuple[float, ...]


def films_of(folder: str) -> Films:
    """Return the films of a folder."""
    from lib.video.probe import probe

    names = tuple(sorted(path.name for path in Path(folder).glob("*.mp4")))
    return Films(folder, names, tuple(probe(str(Path(folder) / name), True).duration for name in names))


def spans(seconds: float) -> tuple[tuple[float, float], ...]:
    """Return samples of a film, two a second."""
    return tuple((float(start), SAMPLE_MS) for start in range(0, int(seconds * 1000) - 300, EVERY_MS))


def durations(films: Films) -> float:
    from lib.video.probe import probe

    for name in films.names:
        probe(f"{films.folder}/{name}", False)
    return sum(films.seconds)


def samples(films: Films) -> float:
    from lib.audio.samples import SampleJob, sample_table

    for name in films.names:
        sample_table(SampleJob(films.folder, name, 80, 1000, True))
    return sum(films.seconds)


def prints(films: Films) -> float:
    from lib.audio.fingerprints import FingerprintJob, file_fingerprints

    for name, seconds in zip(films.names, films.seconds):
        file_fingerprints(FingerprintJob(films.folder, name, spans(seconds)))
    return sum(films.seconds)


def scenes(films: Films) -> float:
    from lib.video.scenes import SceneJob, SceneSettings, scene_segments

    for name, seconds in zip(films.names, films.seconds):
        scene_segments(SceneJob(films.folder, name, spans(seconds), SceneSettings()))
    return sum(films.seconds)


def extraction(films: Films) -> float:
    """Two clips a second, each of a second, in small cells."""
    from lib.composing.clip_ranges import ClipRange
    from lib.composing.frame_store import FilmJob, extract, store_name

    with tempfile.TemporaryDirectory() as store:
        for name, seconds in zip(films.names, films.seconds):
            clips = tuple(ClipRange(start, 1000.0, 120, 68) for start, _ in spans(seconds))
            extract(FilmJob(f"{films.folder}/{name}", store_name(store, name), clips, "fill"))
    return sum(films.seconds)


def drawing(films: Films) -> float:
    """Draw pictures of 128 x 128 clips, from the beginning, the middle and the end; a picture counts as one."""
    from itertools import cycle, islice

    from compositions.proliferation import Proliferation
    from lib.composing.clip_ranges import ClipRange
    from lib.composing.frame_store import FilmJob, extract, store_name
    from lib.composing.frames import RenderJob, Source, open_source, render
    from lib.composing.settings import RenderSettings
    from tests.support.grids import composition_of, grid_table

    with tempfile.TemporaryDirectory() as work:
        cells = GRID * GRID
        names = list(islice(cycle(films.names), cells))
        table = grid_table(GRID, GRID, start=lambda n: 25_000 * n // cells).with_columns({"filename": names})
        flags = {"dir": films.folder, "width": 1920, "height": 1080, "fps": 24, "bstep": 4096, "mci": 16, "rw": 1,
                 "kfd": ("tsne", "tsne2"), "volr": (0.25, 1.0), "margin": 0.0667}  # fmt: skip
        size = f"{GRID}x{GRID}"
        composition = composition_of(Proliferation, Path(work), table, size, "16x16", size, **flags)
        clips = composition.clips
        places, files = [(0, 0)] * cells, []
        for film, (path, filename) in enumerate(zip(clips.films, clips.filenames)):
            mine = [n for n in range(cells) if clips.film[n] == film]
            ranges = tuple(ClipRange(float(clips.vstart[n]), float(clips.vdur[n]), 112, 60) for n in mine)
            files.append(store_name(work, filename))
            extract(FilmJob(path, files[-1], ranges, "fill"))
            for k, n in enumerate(mine):
                places[n] = (film, k)
        source = Source(tuple(files), tuple(places), "fill")
        total = round(composition.end_ms / 1000 * 24)
        job = RenderJob(composition, RenderSettings(1920, 1080, Fraction(24)), source, f"{work}/f.%s.png", 6)
        begun = time.process_time()
        render(job, [total * (2 * n + 1) // (2 * PICTURES) for n in range(PICTURES)])
        open_source.cache_clear()
        print(json.dumps({"seconds": time.process_time() - begun}))
        return float(PICTURES)


STAGES: dict[str, Callable[[Films], float]] = {
    "get_file_features.py": durations,
    "audio_to_samples.py -features": samples,
    "samples_to_tsne.py (fingerprints)": prints,
    "samples_to_vsamples.py": scenes,
    "compositions: reading films": extraction,
    "compositions: a picture": drawing,
}


def measure(stage: str, folder: str) -> None:
    """Run a stage once to compile and load, and again to measure it; print what it took."""
    films = films_of(folder)
    first = Films(films.folder, films.names[:1], films.seconds[:1])
    if stage != "compositions: a picture":
        STAGES[stage](first)
    begun = time.process_time()
    work = STAGES[stage](films)
    took = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"took": took, "work": work, "memory": memory}))


def main() -> None:
    """Print the table."""
    folder = sys.argv[1] if len(sys.argv) > 1 else str(SAMPLE_MEDIA)
    headings = ["stage", "per core-second", "memory"] + [f"{HOURS:,} film-hours on {n} cores" for n in CORES]
    print("| " + " | ".join(headings) + " |")
    print("| --- " * len(headings) + "|")
    for stage in STAGES:
        run = subprocess.run(
            [sys.executable, __file__, stage, folder], capture_output=True, text=True, check=True, cwd=ROOT
        )
        found: dict[str, Any] = {}
        for line in run.stdout.splitlines():
            found |= json.loads(line)
        rate = found["work"] / found.get("seconds", found["took"])
        unit, hours = (" pictures", []) if "seconds" in found else (" s of film", [HOURS / rate / n for n in CORES])
        cells = [stage, f"{rate:.2f}{unit}" if rate < 10 else f"{rate:,.0f}{unit}", f"{found['memory']:.0f} MB"]
        print("| " + " | ".join(cells + [f"{h:.2f} h" for h in hours]) + " |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(sys.argv[1], sys.argv[2])
    else:
        main()
