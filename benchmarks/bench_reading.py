"""Reading film: ours, with times, fields looked at and pictures shrunk, against PyAV's bare decode of the same file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, show, timed

# Sizes of the film; the sample film is enlarged to them, and encoded as most films of the Internet are.
SIZES = ((320, 240), (640, 480), (1920, 1080))
SECONDS = 10
CELL = 128


def enlarged(target: str, width: int, height: int) -> None:
    """Write some seconds of a sample film in this size, with a picture that has detail at it."""
    from lib.io.ffmpeg import ffmpeg_exe

    source = str(SAMPLE_MEDIA / "film_marching_band.mp4")
    look = f"scale={width}:{height},noise=alls=8:allf=t"
    words = ["-i", source, "-t", str(SECONDS), "-an", "-vf", look, "-c:v", "libx264", "-preset", "fast", "-crf", "20"]
    command = [ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *words, "-pix_fmt", "yuv420p", target]
    subprocess.run(command, check=True)


def bare(path: str, cell: int = 0) -> None:
    """Decode with PyAV in one thread; cell: also shrink each picture to this size as PyAV does."""
    import av

    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            if cell:
                frame.to_ndarray(width=cell, height=cell, format="rgb24", interpolation="AREA")


def ours(path: str, cell: int = 0) -> None:
    from lib.video.reader import VideoReader

    with VideoReader(path) as film:
        for frame in film.frames():
            if cell:
                frame.picture(cell, cell)


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for width, height in SIZES:
            path = f"{folder}/{height}.mp4"
            enlarged(path, width, height)
            work = f"{SECONDS} s of {width}x{height} H.264"
            notes = "the baseline is PyAV's bare decode, in one thread as ours"
            yield Row("reading film", work, timed(lambda p=path: ours(p)), timed(lambda p=path: bare(p)), (), notes)
            notes = "the baseline averages encoded values, ours linear light"
            times = timed(lambda p=path: ours(p, CELL)), timed(lambda p=path: bare(p, CELL))
            yield Row("reading film", f"{work}, to {CELL}x{CELL}", *times, (), notes)


if __name__ == "__main__":
    show(rows())
