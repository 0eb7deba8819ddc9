"""Time-stretching against a plain loop over windows, and a mix of as many stretched plays as `flow` has.

    python benchmarks/bench_stretch.py

The baseline is what one writes from the description of the method: for every window and channel a transform, a random
phase, the transform back, and a sum, with NumPy.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import numpy as np

from benchmarks.bench_mix import SOURCE_S, source
from benchmarks.harness import Row, show, timed
from lib.audio.mix_plays import Play
from lib.audio.mixer import MIX_RATE, mix
from lib.audio.stretch import WINDOW, stretch

# Frames from one window to the next.
HOP = WINDOW // 2

CLIPS = 64
CLIP_MS = 300
STRETCHED_S = 8
PLAYS = 512
STEP_MS = 125.0


def plain(sound: np.ndarray, frames: int, seed: int) -> np.ndarray:
    """Stretch with a loop over windows and channels."""
    random = np.random.default_rng(seed)
    window = np.hanning(WINDOW + 1)[:-1]
    padded = np.concatenate([np.zeros((HOP, 2)), sound, np.zeros((WINDOW, 2))])
    out = np.zeros((frames + 2 * WINDOW, 2))
    for begin in range(0, frames + HOP, HOP):
        first = int(min(begin / frames, 1) * len(sound))
        phases = np.exp(2j * np.pi * random.random(HOP + 1))
        for channel in range(2):
            spectrum = np.fft.rfft(padded[first : first + WINDOW, channel] * window)
            out[begin : begin + WINDOW, channel] += np.fft.irfft(spectrum * phases) * np.sqrt(window)
    return out[HOP : HOP + frames].astype(np.float32)


def flow(path: str, count: int) -> float:
    """Return the seconds for mixing `count` clips stretched to 8 s each, one every 125 ms, decoding included."""
    starts = np.random.default_rng(1).integers(0, SOURCE_S * 1000 - CLIP_MS, count).tolist()
    plays = [
        Play(STEP_MS * n, path, start, CLIP_MS, level_db=-16.0, volume=0.6, stretch_ms=STRETCHED_S * 1000.0, seed=n,
             fade_in_most_ms=math.inf, fade_out=0.9)
        for n, start in enumerate(starts)
    ]  # fmt: skip

    def once() -> None:
        with mix(plays, STEP_MS * count + STRETCHED_S * 1000):
            pass

    return timed(once)


def rows() -> Iterator[Row]:
    """Measure all."""
    clips = 0.1 * np.random.default_rng(0).standard_normal((CLIPS, MIX_RATE * CLIP_MS // 1000, 2)).astype(np.float32)

    def seconds(function, frames: int) -> float:  # type: ignore[no-untyped-def]
        def once() -> None:
            for seed, clip in enumerate(clips):
                function(clip, frames, seed)

        return timed(once)

    growth = tuple(seconds(stretch, STRETCHED_S * MIX_RATE * n) for n in (1, 2, 4))
    work = f"{CLIPS} clips of 0.3 s to {STRETCHED_S} s"
    each = growth[0] / CLIPS / STRETCHED_S * 1000
    yield Row(
        "stretch", work, growth[0], seconds(plain, STRETCHED_S * MIX_RATE), growth, f"{each:.2f} ms a second made"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = source(folder)
        mixed = tuple(flow(path, PLAYS // n) for n in (4, 2, 1))
        yield Row("mix, stretched", f"{PLAYS} plays of {STRETCHED_S} s, dry", mixed[-1], None, mixed)


if __name__ == "__main__":
    show(rows())
