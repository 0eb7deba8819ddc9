"""Reading film and sound: ours against PyAV's bare decode of the same file, in seconds of this process's CPU.

Ours has times on one clock, looks at fields, and shrinks pictures in linear light; of sound it finds the channels that
carry it, and resamples.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, show

# Sizes of the film; the sample film is enlarged to them, and encoded as most films of the Internet are.
SIZES = ((320, 240), (1280, 720))
SECONDS = 4
CELL = 128
# Runs of each, in turns, so that what else the machine does meets both.
TURNS = 5
# Hz: of the sound that onsets are found in.
RATE = 22_050


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


def bare_sound(path: str) -> None:
    """Decode with PyAV, to mono at RATE."""
    import av

    with av.open(path) as container:
        resampler = av.AudioResampler("fltp", "mono", RATE)
        for frame in container.decode(audio=0):
            resampler.resample(frame)
        resampler.resample(None)


def our_sound(path: str) -> None:
    from lib.audio.reader import AudioReader

    with AudioReader(path, RATE) as sound:
        for _ in sound.blocks():
            pass


def both(one: Callable[[], None], other: Callable[[], None]) -> tuple[float, float]:
    """Return the median seconds of CPU of each, after one run that warms caches and compiles."""
    one()
    other()
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        for function, times in zip((one, other), spent):
            begun = time.process_time()
            function()
            times.append(time.process_time() - begun)
    return statistics.median(spent[0]), statistics.median(spent[1])


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for width, height in SIZES:
            path = f"{folder}/{height}.mp4"
            enlarged(path, width, height)
            work = f"{SECONDS} s of {width}x{height} H.264"
            times = both(lambda p=path: ours(p), lambda p=path: bare(p))
            yield Row("reading film", work, *times, (), "the baseline is PyAV's bare decode, in one thread as ours")
            times = both(lambda p=path: ours(p, CELL), lambda p=path: bare(p, CELL))
            notes = "the baseline averages encoded values, ours linear light"
            yield Row("reading film", f"{work}, to {CELL}x{CELL}", *times, (), notes)
    for name in ("speech.mp3", "film_marching_band.mp4"):
        path = str(SAMPLE_MEDIA / name)
        times = both(lambda p=path: our_sound(p), lambda p=path: bare_sound(p))
        yield Row(
            "reading sound", f"{name}, to mono at {RATE} Hz", *times, (), "the baseline is PyAV's decode and resampler"
        )


if __name__ == "__main__":
    show(rows())
