"""A film of 1,000 samples in 1280x720, encoding included, from four films of that size: seconds, and times real time.

python benchmarks/bench_supercut.py [SAMPLES]

The films are two minutes each: of sample films, enlarged and with grain, as most films of the Internet are encoded,
and of fractals, whose detail takes many times as many bits, and three times as long to decode.
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

from benchmarks.harness import SAMPLE_MEDIA, Row, run_script, show
from lib.io.ffmpeg import ffmpeg_exe

SAMPLES, FILMS, SECONDS = 1000, 4, 120
THREADS = 2


def encode(target: str, seconds: int, source: list[str], look: str, n: int) -> None:
    """Write a film of this source, with a tone."""
    tone = ["-f", "lavfi", "-i", f"sine={220 * (n + 1)}"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    words = [*source, *tone, "-t", str(seconds), "-map", "0:v", "-map", "1:a", "-vf", look, *coded, target]
    subprocess.run([ffmpeg_exe(), "-nostdin", "-v", "error", *words], check=True)


def film(target: str, seconds: int, n: int) -> None:
    """Write one of the sample films, enlarged, from its beginning again where it ends."""
    source = sorted(SAMPLE_MEDIA.glob("film_*.mp4"))[n]
    encode(target, seconds, ["-stream_loop", "-1", "-i", str(source)], "scale=1280:720,noise=alls=8:allf=t,fps=24", n)


def fractal(target: str, seconds: int, n: int) -> None:
    """Write a zoom into a fractal."""
    encode(target, seconds, ["-f", "lavfi", "-i", f"mandelbrot=s=1280x720:r=24:start_scale={3 / (n + 1)}"], "null", n)


def rows(samples: int = SAMPLES) -> Iterator[Row]:
    """Measure all."""
    for name, make in (("film", film), ("fractals", fractal)):
        random = np.random.default_rng(0)
        with tempfile.TemporaryDirectory() as folder:
            seconds = SECONDS * samples // SAMPLES + 2
            for n in range(FILMS):
                make(f"{folder}/{n}.mp4", seconds, n)
            rate = sum(path.stat().st_size for path in Path(folder).glob("*.mp4")) * 8 / (FILMS * seconds) / 1e6
            starts = random.integers(0, 1000 * (seconds - 1), samples).tolist()
            lines = [f"{n % FILMS}.mp4,{start},300,{start}" for n, start in enumerate(starts)]
            Path(folder, "t.csv").write_text("\n".join(["filename,start,dur,hz", *lines]) + "\n")
            words = ["-in", "t.csv", "-dir", folder, "-out", "o.mp4", "-threads", str(THREADS)]
            took, memory = run_script("features_to_video.py", *words, cwd=folder)
            with av.open(f"{folder}/o.mp4") as made:
                length = (made.duration or 0) / av.time_base
            note = f"{length:.0f} s of film: {length / took:.1f} times real time; {rate:.1f} Mbit/s; -threads {THREADS}"
            yield Row(
                "features_to_video.py", f"{samples} samples of {name}, 1280x720", took, notes=note, memory_mb=memory
            )


if __name__ == "__main__":
    show(rows(*map(int, sys.argv[1:2])))
