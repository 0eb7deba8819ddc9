"""500 short files through audio_to_samples.py: processor time with one thread, beside two, and beside a free BLAS."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import ROOT, SAMPLE_MEDIA, Row, show
from lib.io.ffmpeg import ffmpeg_exe

FILES, SECONDS = 500, 2
# What the stage did to BLAS before it limited it: nothing, in its own process.
UNLIMITED = """
import contextlib, sys
import lib.cli.main
lib.cli.main.limited_pools = lambda threads: contextlib.nullcontext()
import audio_to_samples
sys.exit(audio_to_samples.main(sys.argv[1:]))
"""


def make(folder: Path) -> None:
    """Cut the sonata into files of SECONDS, and copy them until there are FILES."""
    cut = [ffmpeg_exe(), "-v", "error", "-i", str(SAMPLE_MEDIA / "sonata.mp3"), "-f", "segment"]
    subprocess.run([*cut, "-segment_time", str(SECONDS), "-b:a", "96k", str(folder / "%03d.mp3")], check=True)
    parts = sorted(folder.iterdir())
    for n in range(len(parts), FILES):
        (folder / f"{n:03d}.mp3").write_bytes(parts[n % len(parts)].read_bytes())


def cpu_seconds(start: list[str], media: Path, out: Path, threads: int) -> float:
    """Return the processor time of a run and its workers, in seconds."""
    words = ["-in", str(media), "-features", "-threads", str(threads), "-out", str(out), "-overwrite"]
    before = os.times()
    subprocess.run([sys.executable, *start, *words], cwd=ROOT, check=True, capture_output=True)
    now = os.times()
    return now.children_user + now.children_system - before.children_user - before.children_system


def rows() -> Iterator[Row]:
    """Measure after one run that compiles."""
    with tempfile.TemporaryDirectory() as name:
        media, out = Path(name, "media"), Path(name, "out.csv")
        media.mkdir()
        make(media)
        script = [str(ROOT / "audio_to_samples.py")]
        cpu_seconds(script, media, out, 1)
        one, two = (cpu_seconds(script, media, out, threads) for threads in (1, 2))
        free = cpu_seconds(["-c", UNLIMITED], media, out, 1)
        work = f"{FILES} files of {SECONDS} s, processor time"
        yield Row("`audio_to_samples.py -threads 1`", work, one, free, notes="baseline: BLAS with all cores")
        yield Row("`audio_to_samples.py -threads 2`", work, two)


if __name__ == "__main__":
    show(rows())
