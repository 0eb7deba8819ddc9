"""Cuts of a film, beside bare decoding and PySceneDetect, in seconds of processor time.

    SCENEDETECT_PYTHON=/path/to/venv/bin/python python benchmarks/bench_cuts.py

PySceneDetect (`pip install scenedetect opencv-python-headless`) may live in an environment of its own, as in
cut_accuracy.py. All are commands, with all that it takes to start them, in one run.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import ROOT, SAMPLE_MEDIA, Row, processor_time, run_script, show

# A film of 384x288, some five minutes: the sample films one after the other.
SIZE, SECONDS, STEP_MS = "384:288", 288, 500


def long_film(folder: str) -> str:
    """Make the film; return its path."""
    from lib.io.ffmpeg import ffmpeg_exe

    films = sorted(SAMPLE_MEDIA.glob("film_*.mp4"))
    inputs = [word for film in films * 2 for word in ("-i", str(film))]
    count = 2 * len(films)
    chain = "".join(f"[{n}:v]fps=25,scale={SIZE},setsar=1[v{n}];" for n in range(count))
    joint = "".join(f"[v{n}]" for n in range(count))
    path = f"{folder}/long.mp4"
    graph = f"{chain}{joint}concat=n={count}[v]"
    coding = ("-c:v", "libx264", "-preset", "medium", "-crf", "23", "-pix_fmt", "yuv420p", "-t", str(SECONDS))
    words = (*inputs, "-filter_complex", graph, "-map", "[v]", *coding, path)
    subprocess.run([ffmpeg_exe(), "-v", "error", *words], check=True)
    return path


def rows() -> Iterator[Row]:
    """Measure all."""
    from lib.io.ffmpeg import ffmpeg_exe

    with tempfile.TemporaryDirectory() as folder:
        film = long_film(folder)
        table = Path(folder) / "s.csv"
        lines = [f"long.mp4,{start},250" for start in range(0, SECONDS * 1000 - 2000, STEP_MS)]
        table.write_text("\n".join(["filename,start,dur", *lines, ""]))
        script = [sys.executable, str(ROOT / "samples_to_vsamples.py"), "-in", str(table), "-dir", folder, "-overwrite"]
        _, memory = run_script(script[1], *script[2:])
        ours = processor_time(script)
        work = f"processor time, {len(lines)} samples of a film of {SECONDS} s"
        decoding = [ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1", "-i", film]
        plain = processor_time([*decoding, "-f", "null", "-"])
        yield Row("cuts", work, ours, plain, memory_mb=memory, notes="ffmpeg: bare decoding")
        scdet = processor_time([*decoding, "-vf", "scdet", "-f", "null", "-"])
        yield Row("cuts", work, ours, scdet, memory_mb=memory, notes="ffmpeg's scdet")
        yield Row(
            "cuts", work, ours, processor_time([*script, "-detector", "mean"]), memory_mb=memory, notes="-detector mean"
        )
        here = sys.executable if importlib.util.find_spec("scenedetect") else ""
        python = os.environ.get("SCENEDETECT_PYTHON", "") or here
        if not python:
            yield Row("cuts", work, ours, None, memory_mb=memory, notes="no PySceneDetect here: set SCENEDETECT_PYTHON")
        for detector in ("detect-adaptive", "detect-content") if python else ():
            peer = [python, "-m", "scenedetect", "-q", "-i", film, detector]
            yield Row("cuts", work, ours, processor_time(peer), memory_mb=memory, notes=f"PySceneDetect, {detector}")


if __name__ == "__main__":
    show(rows())
