"""The mix bus against pydub's overlay: 16,384 clips of 0.3 s into the 35-minute track that they make, and growth.

    python benchmarks/bench_mix.py

pydub copies the whole track for every clip it lays over it, so that all clips would take hours: it is measured on the
first few, laid over the track of full length, and multiplied.
"""

from __future__ import annotations

import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import numpy as np

from benchmarks.harness import Row, seconds, show, timed
from lib.audio.mix_plays import Play
from lib.audio.mixer import MIX_RATE, mix, overlapped
from lib.audio.writer import write_audio

CLIPS = 16_384
CLIP_MS = 300.0
LEAD_MS, TAIL_MS, STEP_MS = 500.0, 2000.0, 128.0
SOURCE_S = 300
OVERLAYS = 12
LEVEL_DB, VOLUME, REVERB = -16.0, 0.6, 80.0


def source(folder: str) -> str:
    """Write five minutes of stereo noise whose loudness swells, as a 16-bit wav."""
    path = f"{folder}/source.wav"
    random = np.random.default_rng(0)
    with wave.open(path, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(MIX_RATE)
        for second in range(SOURCE_S):
            loudness = 3000 * (1.2 + np.sin(second))
            out.writeframes(
                (loudness * random.standard_normal((MIX_RATE, 2))).clip(-32767, 32767).astype("<i2").tobytes()
            )
    return path


def plays(path: str, count: int, reverb: float) -> tuple[list[Play], float]:
    """Return the first `count` of the clips, in random order of their places, and the length of their track in ms."""
    starts = np.random.default_rng(1).integers(0, SOURCE_S * 1000 - round(CLIP_MS), CLIPS)[:count].tolist()
    times, end = overlapped([CLIP_MS] * count, STEP_MS, 0.5, LEAD_MS)
    made = [
        Play(time_ms, path, start, CLIP_MS, volume=VOLUME, level_db=LEVEL_DB, reverb=reverb)
        for time_ms, start in zip(times, starts)
    ]
    return made, end + TAIL_MS


def ours(path: str, count: int, reverb: float) -> float:
    """Return the seconds for mixing `count` clips, decoding included, encoding not."""
    made, length = plays(path, count, reverb)

    def once() -> None:
        with mix(made, length):
            pass

    return timed(once)


def pydub_overlays(path: str) -> float | None:
    """Return pydub's seconds for all clips (level, fades, overlay), from a few; None if it is not installed."""
    try:
        from pydub import AudioSegment
    except ImportError:
        return None
    made, length = plays(path, CLIPS, 0.0)
    recording = AudioSegment.from_wav(path)
    track = AudioSegment.silent(length, MIX_RATE).set_channels(2)
    begun = time.perf_counter()
    for play in made[:OVERLAYS]:
        clip = recording[play.start_ms : play.start_ms + CLIP_MS].fade_in(10).fade_out(10)
        clip = clip.apply_gain(LEVEL_DB - clip.dBFS + 20 * np.log(VOLUME)).fade_in(30).fade_out(150)
        track = track.overlay(clip, position=int(play.time_ms))
    return (time.perf_counter() - begun) / OVERLAYS * CLIPS


def rows() -> Iterator[Row]:
    """Measure all."""
    work = f"{CLIPS} clips of 0.3 s, 35 min"
    with tempfile.TemporaryDirectory() as folder:
        path = source(folder)
        # In a process of its own, so that its memory does not count as ours.
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            plain = alone.submit(pydub_overlays, path).result()
        note = f"pydub: {OVERLAYS} overlays on the full track, x {CLIPS / OVERLAYS:.0f}" if plain else "no pydub here"
        growth = tuple(ours(path, CLIPS // n, 0.0) for n in (4, 2, 1))
        yield Row("mix, dry", work, growth[-1], plain, growth, note)
        growth = tuple(ours(path, CLIPS // n, REVERB) for n in (4, 2, 1))
        yield Row("mix, reverb", work, growth[-1], None, growth, "pydub has no reverb")
        made, length = plays(path, CLIPS // 4, REVERB)
        with mix(made, length) as result:
            took = timed(lambda: write_audio(f"{folder}/out.mp3", result.blocks, MIX_RATE, result.frames), 1)
        yield Row("encode mp3", f"{seconds(length / 1000)} of mix", took, notes="LAME, 256 kbit/s")


if __name__ == "__main__":
    show(rows())
