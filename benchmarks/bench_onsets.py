"""Decoding and onsets: ours against bare ffmpeg decoding plus one STFT of the file; a ten-hour file's memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, run_script, show, timed

TEN_HOURS = 36000


def ffmpeg(*words: str) -> bytes:
    from lib.io.ffmpeg import ffmpeg_exe

    quiet = [ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    return subprocess.run([*quiet, *words], check=True, stdout=subprocess.PIPE).stdout


def repeated(path: str, seconds: int, target: str) -> None:
    """Write a long mp3: the recording again and again."""
    ffmpeg("-stream_loop", "-1", "-i", path, "-t", str(seconds), "-c", "copy", target)


def bare(path: str) -> None:
    import librosa
    import numpy as np

    data = ffmpeg("-i", path, "-f", "f32le", "-ac", "1", "-ar", "22050", "-")
    librosa.stft(np.frombuffer(data, np.float32), n_fft=2048, hop_length=512, pad_mode="reflect")


def onsets(path: str) -> None:
    from lib.audio.onsets import onset_times
    from lib.audio.reader import AudioReader
    from lib.audio.spectra import ANALYSIS_RATE

    with AudioReader(path, ANALYSIS_RATE) as reader:
        onset_times(reader.blocks())


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for minutes in (5, 10, 20):
            paths.append(f"{folder}/{minutes}.mp3")
            repeated(str(SAMPLE_MEDIA / "sonata.mp3"), 60 * minutes, paths[-1])
        growth = tuple(timed(lambda p=p: onsets(p), 3) for p in paths)
        plain = timed(lambda: bare(paths[1]))
        notes = "the baseline only decodes and transforms; ours finds the onsets too"
        yield Row("decoding and onsets", "10 minutes of mp3", growth[1], plain, growth, notes)
        long = f"{folder}/long.mp3"
        repeated(str(SAMPLE_MEDIA / "sonata.mp3"), TEN_HOURS, long)
        seconds, memory = run_script(
            "audio_to_samples.py", "-in", long, "-features", "-threads", "2", "-out", f"{folder}/t.csv"
        )
        with open(f"{folder}/t.csv", encoding="utf-8") as table:
            samples = sum(1 for _ in table) - 1
        notes = f"audio_to_samples.py -features -threads 2: {samples} samples"
        yield Row("a ten-hour file", "10 h of mp3", seconds, None, (), notes, memory)


if __name__ == "__main__":
    show(rows())
