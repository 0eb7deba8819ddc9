"""A film of 1,000 samples in 1280x720, encoding included, from four films of that size: seconds, and times real time.

python benchmarks/bench_supercut.py [SAMPLES]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import av
import numpy as np

from benchmarks.harness import Row, run_script, show
from lib.io.ffmpeg import ffmpeg_exe

SAMPLES, FILMS, SECONDS = 1000, 4, 120
THREADS = 2


def rows(samples: int = SAMPLES) -> Iterator[Row]:
    """Measure all."""
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        seconds = SECONDS * samples // SAMPLES + 2
        for n in range(FILMS):
            picture = f"mandelbrot=s=1280x720:r=24:start_scale={3 / (n + 1)}"
            words = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine={220 * (n + 1)}", "-t", str(seconds)]
            coded = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
            subprocess.run([ffmpeg_exe(), "-v", "error", *words, *coded, f"{folder}/{n}.mp4"], check=True)
        starts = random.integers(0, 1000 * (seconds - 1), samples).tolist()
        lines = [f"{n % FILMS}.mp4,{start},300,{start}" for n, start in enumerate(starts)]
        Path(folder, "t.csv").write_text("\n".join(["filename,start,dur,hz", *lines]) + "\n")
        words = ["-in", "t.csv", "-dir", folder, "-out", "o.mp4", "-threads", str(THREADS)]
        took, memory = run_script("features_to_video.py", *words, cwd=folder)
        with av.open(f"{folder}/o.mp4") as film:
            length = (film.duration or 0) / av.time_base
        note = f"{length:.0f} s of film: {length / took:.1f} times real time; -threads {THREADS}"
        yield Row("features_to_video.py", f"{samples} samples, 1280x720", took, notes=note, memory_mb=memory)


if __name__ == "__main__":
    show(rows(*map(int, sys.argv[1:2])))
