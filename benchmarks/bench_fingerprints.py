"""Fingerprints: ours against librosa sample by sample."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, show, timed


def plain(y):  # type: ignore[no-untyped-def]
    """Measure one sample as a user would."""
    import librosa
    import numpy as np

    mel = librosa.feature.melspectrogram(y=y, sr=22050, pad_mode="reflect")
    mfcc = librosa.feature.mfcc(S=librosa.amplitude_to_db(mel, ref=np.max), n_mfcc=13)
    parts = [mfcc, *(librosa.feature.delta(mfcc, order=order, mode="nearest") for order in (1, 2))]
    vector = np.concatenate([part.mean(axis=1) for part in parts])
    return (vector - vector.mean()) / vector.std()


def rows() -> Iterator[Row]:
    from lib.audio.fingerprints import fingerprints
    from lib.audio.ranges import read_audio
    from lib.audio.spectra import ANALYSIS_RATE

    warnings.simplefilter("ignore")
    y = read_audio(str(SAMPLE_MEDIA / "sonata.mp3"), ANALYSIS_RATE)
    samples = [y[n : n + ANALYSIS_RATE // 4] for n in range(0, len(y) - ANALYSIS_RATE // 4, ANALYSIS_RATE // 8)]
    for threads in (1, 2):
        growth = tuple(timed(lambda n=n, t=threads: fingerprints(samples * n, t)) for n in (1, 2, 4))
        some = samples[:100]
        theirs = timed(lambda some=some: [plain(s) for s in some]) * len(samples) / len(some)
        yield Row("fingerprints", f"{len(samples)} samples of 250 ms, -threads {threads}", growth[0], theirs, growth)


if __name__ == "__main__":
    show(rows())
