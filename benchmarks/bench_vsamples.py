"""Scene-aware samples: ours (one pass per film) against MoviePy frame by frame, and its own single pass.

    MOVIEPY_PYTHON=/path/to/venv/bin/python python benchmarks/bench_vsamples.py

MoviePy wants an older Pillow than ours, so it lives in an environment of its own: the Python that MOVIEPY_PYTHON names,
else this one, if it is there.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, show, timed

FILMS = ("film_marching_band.mp4", "film_string_quartet.mp4")
# A sample of 250 ms every 250 ms, as audio is cut; each is looked at for 1200 to 1600 ms, 30 times a second.
STEP_MS, LENGTH_MS, END_MS, FPS, SIZE = 250, 250.0, 29_000, 30, (320, 240)
PLAIN = "-plain"


def spans(step: int) -> tuple[tuple[float, float], ...]:
    """Return a sample every `step` ms."""
    return tuple((float(start), LENGTH_MS) for start in range(0, END_MS, step))


def plain(windows: list[list[float]]) -> dict[str, float]:
    """Return the seconds with MoviePy and Pillow, as a user would: every frame of every window, and one pass."""
    import numpy as np
    from moviepy import VideoFileClip  # type: ignore[import-not-found]
    from PIL import Image

    def level(frame: np.ndarray) -> float:
        return float(np.asarray(Image.fromarray(frame).convert("HSV")).mean())

    levels = 0
    begun = time.perf_counter()
    for name in FILMS:
        with VideoFileClip(str(SAMPLE_MEDIA / name), audio=False, target_resolution=SIZE) as clip:
            for start, end in windows:
                for k in range(int((end - start) * FPS / 1000)):
                    level(clip.get_frame(min(start / 1000 + k / FPS, clip.duration - 0.05)))
                    levels += 1
    each = time.perf_counter() - begun
    begun = time.perf_counter()
    for name in FILMS:
        with VideoFileClip(str(SAMPLE_MEDIA / name), audio=False, target_resolution=SIZE) as clip:
            for frame in clip.iter_frames():
                level(frame)
    return {"each": each, "levels": levels, "pass": time.perf_counter() - begun}


def plain_elsewhere(windows: list[list[float]]) -> dict[str, float] | None:
    """Run `plain` in the Python that has MoviePy; None if there is none."""
    python = os.environ.get("MOVIEPY_PYTHON", "")
    if not python and importlib.util.find_spec("moviepy"):
        python = sys.executable
    if not python:
        return None
    command = [python, __file__, PLAIN]
    run = subprocess.run(command, input=json.dumps(windows), capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def rows() -> Iterator[Row]:
    """Measure all."""
    from lib.video.scenes import SceneJob, SceneSettings, look_length, scene_segments

    settings = SceneSettings()

    def ours(step: int) -> float:
        jobs = [SceneJob(str(SAMPLE_MEDIA), name, spans(step), settings) for name in FILMS]
        return timed(lambda: [scene_segments(job) for job in jobs])

    windows = [[start, start + look_length(FILMS[0], start, dur, settings)] for start, dur in spans(STEP_MS)]
    theirs = plain_elsewhere(windows)
    growth = tuple(ours(step) for step in (STEP_MS, STEP_MS // 2, STEP_MS // 4))
    work = f"{len(FILMS) * len(windows)} samples of {len(FILMS)} films, 1 thread"
    if theirs:
        notes = f"MoviePy: {theirs['levels']:,} x get_frame + Pillow's HSV"
        yield Row("scene-aware samples", work, growth[0], theirs["each"], growth, notes)
        yield Row("scene-aware samples", work, growth[0], theirs["pass"], growth, "MoviePy's own single pass + Pillow")
    else:
        yield Row("scene-aware samples", work, growth[0], None, growth, "no MoviePy here: set MOVIEPY_PYTHON")


if __name__ == "__main__":
    if sys.argv[1:] == [PLAIN]:
        print(json.dumps(plain(json.load(sys.stdin))))
    else:
        show(rows())
