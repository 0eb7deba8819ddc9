"""One recording of half an hour through audio_to_samples.py: two threads beside one, in wall time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, run_script, show
from lib.io.ffmpeg import ffmpeg_exe

# The sonata lasts a minute.
TIMES = 30


def rows(times: int = TIMES) -> Iterator[Row]:
    """Measure after one run that compiles; the tables of both have to be the same."""
    with tempfile.TemporaryDirectory() as name:
        for ending, how in (("mp3", ["-c", "copy"]), ("wav", [])):
            media, out = Path(name, f"long.{ending}"), Path(name, "out.csv")
            loop = [ffmpeg_exe(), "-v", "error", "-stream_loop", str(times - 1), "-i", str(SAMPLE_MEDIA / "sonata.mp3")]
            subprocess.run([*loop, *how, str(media)], check=True)
            run_script("audio_to_samples.py", "-in", str(SAMPLE_MEDIA / "sonata.mp3"), "-features", "-out", str(out))
            out.unlink()
            for words in ([], ["-features"]):
                runs, tables = [], []
                for threads in ("1", "2"):
                    asked = ("-in", str(media), "-out", str(out), "-threads", threads, *words)
                    runs.append(run_script("audio_to_samples.py", *asked))
                    tables.append(out.read_bytes())
                    out.unlink()
                assert tables[0] == tables[1]
                work = f"{times} minutes of {ending} {' '.join(words)}"
                yield Row(
                    "`audio_to_samples.py -threads 2`", work, runs[1][0], runs[0][0],
                    notes="baseline: one thread", memory_mb=runs[1][1],
                )  # fmt: skip


if __name__ == "__main__":
    show(rows(int(sys.argv[1])) if len(sys.argv) > 1 else rows())
