"""The main job, cold: sort_audio.py on the sonata in a new folder, and where its time goes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import ROOT, SAMPLE_MEDIA, Row, run_script, show

REPEATS = 5
# What sort_audio.py does, with a clock between: one process, as the script itself.
STEPS = """
import contextlib, io, json, sys, time
begun = time.perf_counter()
sys.path.insert(0, sys.argv[1])
import sort_audio, audio_to_samples, samples_to_tsne, features_to_audio
import lib.audio.collection, lib.audio.writer, lib.audio.mixer, lib.audio.fingerprints, lib.math.embedding, openTSNE
import librosa.filters
times = {"imports": time.perf_counter() - begun}
with contextlib.redirect_stdout(io.StringIO()):
    for name, stage, words in (
        ("samples", audio_to_samples, ["-in", sys.argv[2], "-features", "-out", "t.csv"]),
        ("t-SNE", samples_to_tsne, ["-in", "t.csv", "-dir", sys.argv[3]]),
        ("sound", features_to_audio, ["-in", "t.csv", "-dir", sys.argv[3], "-sort", "tsne=asc", "-out", "o.mp3"]),
    ):
        begun = time.perf_counter()
        assert stage.main(words) == 0
        times[name] = time.perf_counter() - begun
print(json.dumps(times))
"""


def steps() -> dict[str, float]:
    """Return the seconds of each step of one cold run."""
    media = str(SAMPLE_MEDIA / "sonata.mp3")
    command = [sys.executable, "-c", STEPS, str(ROOT), media, str(SAMPLE_MEDIA)]
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def rows() -> Iterator[Row]:
    steps()  # compiles the kernels, once for good
    runs = [steps() for _ in range(REPEATS)]
    parts = ", ".join(f"{name} {statistics.median(run[name] for run in runs):.2f} s" for name in runs[0])
    for sort in ("hz=asc", "tsne=asc"):
        times, memory = [], 0.0
        for _ in range(REPEATS):
            with tempfile.TemporaryDirectory() as folder:
                words = ("-in", str(SAMPLE_MEDIA / "sonata.mp3"), "-sort", sort, "-out", "o.mp3")
                seconds, memory = run_script("sort_audio.py", *words, cwd=folder)
            times.append(seconds)
        notes = parts if sort == "tsne=asc" else ""
        yield Row("sort_audio.py", f"sonata, {sort}, cold tables", statistics.median(times), None, (), notes, memory)


if __name__ == "__main__":
    show(rows())
