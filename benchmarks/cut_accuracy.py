"""How often a sample's segment of film crosses a cut, or is needlessly short: ours, and PySceneDetect's detectors.

    python benchmarks/cut_accuracy.py [seed ...]
    SCENEDETECT_PYTHON=/path/to/venv/bin/python python benchmarks/cut_accuracy.py

Films of all kinds of tests/support/cut_lab.py, drawn from each seed (101 if none is given), and 300 samples of each.
The detectors' cuts go through the same choice of segments. PySceneDetect (`pip install scenedetect
opencv-python-headless`) may live in an environment of its own: the Python that SCENEDETECT_PYTHON names, else this one,
if it is there.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["MEDIA_TOOLS_CACHE"] = ""

SCENES, SAMPLES, REACH_MS, SHORTEST_MS = 12, 300, 1200, 256
# A segment that extends at least this far on both sides of a gradual change's middle crosses it.
HALF_MS = 100
PEERS = {"content": "ContentDetector", "adaptive": "AdaptiveDetector", "hash": "HashDetector",
         "histogram": "HistogramDetector", "threshold": "ThresholdDetector"}  # fmt: skip
PEER = "-peer"

Cuts = list[tuple[float, float]]


def peer_cuts(paths: list[str]) -> dict[str, dict[str, Cuts]]:
    """Return the cuts of PySceneDetect's detectors, detector -> path -> (ms, ms)."""
    import scenedetect  # type: ignore[import-not-found]

    found: dict[str, dict[str, Cuts]] = {}
    for name, kind in PEERS.items():
        for path in paths:
            scenes = scenedetect.detect(path, getattr(scenedetect, kind)())
            begins = [1000 * begin.get_seconds() for begin, _ in scenes[1:]]
            found.setdefault(name, {})[path] = [(ms, ms) for ms in begins]
    return found


def peers_elsewhere(paths: list[str]) -> dict[str, dict[str, Any]]:
    """Run `peer_cuts` in the Python that has PySceneDetect; nothing if there is none."""
    here = sys.executable if importlib.util.find_spec("scenedetect") else ""
    python = os.environ.get("SCENEDETECT_PYTHON", "") or here
    if not python:
        return {}
    words = [python, __file__, PEER]
    run = subprocess.run(words, input=json.dumps(paths), capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def mean_cuts(path: str) -> Cuts:
    """Return the cuts of the old rule; without windows, the whole film is one."""
    from lib.video.mean_detector import FilmLevels
    from lib.video.reader import VideoReader

    with VideoReader(path) as film:
        levels = FilmLevels(film, [(0.0, math.inf)], 30, (320, 240), SHORTEST_MS)
    return [(old, new) for old, new, _ in levels.cuts(0.0, levels.end)]


def scores(edit: Any, cuts: Cuts, end: float, seed: int) -> np.ndarray:
    """Return counts: samples with a cut in their window, of these those whose segment crosses it; samples without one,
    of these those whose segment is shorter than the window.
    """
    from lib.video.segments import lasting_segment
    from tests.support.cut_lab import FRAME_MS

    random = np.random.default_rng(seed)
    counts = np.zeros(4, int)
    for start, length in zip(random.uniform(0, end - 1700, SAMPLES), random.uniform(100, 1000, SAMPLES)):
        stop = min(start + length * math.ceil(REACH_MS / length), end)
        begin, lasts = lasting_segment(start, stop, cuts, SHORTEST_MS, end)
        inside = [cut * FRAME_MS for cut in edit.cuts if start + 1 < cut * FRAME_MS < stop - 1]
        gradual = [(first * FRAME_MS, last * FRAME_MS) for first, last in edit.gradual]
        whole = [(first + last) / 2 for first, last in gradual if first > start and last < stop]
        if inside or whole:
            crossed = any(begin + 1 < cut < begin + lasts - 1 for cut in inside)
            crossed |= any(begin < middle - HALF_MS and begin + lasts > middle + HALF_MS for middle in whole)
            counts += (1, crossed, 0, 0)
        elif not any(first < stop and last > start for first, last in gradual):
            counts += (0, 0, 1, begin > start + 1 or lasts < stop - start - FRAME_MS - 5)
    return counts


def main(seeds: list[int]) -> None:
    from lib.video.film_cuts import film_cuts
    from tests.support.cut_lab import FRAME_MS, KINDS, edited

    with tempfile.TemporaryDirectory() as folder:
        films = {}
        for kind in KINDS:
            for seed in seeds:
                edit = edited(kind, seed, SCENES)
                path = edit.write(f"{folder}/{kind.replace(' ', '_')}_{seed}.mp4")
                end = len(edit.pictures) * FRAME_MS
                edit.pictures = edit.pictures[:0].copy()
                films[path] = kind, seed, edit, end
        found: dict[str, dict[str, Any]] = {
            "ours": {path: [(cut.old_ms, cut.new_ms) for cut in film_cuts(path).cuts] for path in films},
            "mean": {path: mean_cuts(path) for path in films},
        } | peers_elsewhere(list(films))
    detectors = list(found)
    print("Share of samples (%) whose segment crosses a cut / is needlessly shortened")
    print("| film | cuts | " + " | ".join(detectors) + " |")
    print("| --- |" + " --- |" * (len(detectors) + 1))
    for kind in KINDS:
        mine = {path: film for path, film in films.items() if film[0] == kind}
        cells = []
        for detector in detectors:
            total = sum(
                (scores(edit, found[detector][path], end, seed) for path, (_, seed, edit, end) in mine.items()),
                np.zeros(4, int),
            )
            shares = [100 * total[1] / max(total[0], 1), 100 * total[3] / max(total[2], 1)]
            cells.append(f"{shares[0]:.1f} / {shares[1]:.1f}" if total[2] else f"{shares[0]:.1f} / -")
        count = sum(len(edit.cuts) + len(edit.gradual) for _, _, edit, _ in mine.values())
        print(f"| {kind} | {count} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == [PEER]:
        print(json.dumps(peer_cuts(json.load(sys.stdin))))
    else:
        main([int(word) for word in sys.argv[1:]] or [101])
