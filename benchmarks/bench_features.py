"""Features per sample: ours against librosa sample by sample."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import SAMPLE_MEDIA, Row, show, timed


def plain(y):  # type: ignore[no-untyped-def]
    """Measure as a user would: the harmonic part, its pitches, its contrast, and the RMS of one sample."""
    import librosa

    harmonic = librosa.effects.harmonic(y, margin=4, pad_mode="reflect")
    librosa.piptrack(y=harmonic, sr=22050, fmin=150, fmax=4000, pad_mode="reflect")
    librosa.feature.spectral_contrast(y=harmonic, sr=22050, pad_mode="reflect")
    librosa.feature.rms(y=y, pad_mode="reflect")


def rows() -> Iterator[Row]:
    from lib.audio.features import measure_all
    from lib.audio.onsets import onset_times
    from lib.audio.ranges import read_audio
    from lib.audio.samples import cut_at_onsets
    from lib.audio.spectra import ANALYSIS_RATE

    warnings.simplefilter("ignore")
    works = {}
    for name in ("sonata.mp3", "speech.mp3"):
        y = read_audio(str(SAMPLE_MEDIA / name), ANALYSIS_RATE)
        starts, lengths = cut_at_onsets(onset_times([y]), round(len(y) * 1000 / ANALYSIS_RATE) - 1, 80, 1000)
        spans = [(round(s * ANALYSIS_RATE / 1000), round(d * ANALYSIS_RATE / 1000)) for s, d in zip(starts, lengths)]
        works[name] = [y[first : first + count] for first, count in spans]
    whole = read_audio(str(SAMPLE_MEDIA / "sonata.mp3"), ANALYSIS_RATE)
    works["1 s each"] = [whole[n : n + ANALYSIS_RATE] for n in range(0, len(whole) - ANALYSIS_RATE, ANALYSIS_RATE // 4)]
    for threads in (1, 2):
        for name, samples in works.items():
            mean = sum(map(len, samples)) / len(samples) / ANALYSIS_RATE * 1000
            ours = timed(lambda s=samples, t=threads: measure_all(s, t))
            growth = tuple(timed(lambda s=samples, t=threads, n=n: measure_all(s * n, t), 1) for n in (1, 2, 4))
            some = samples[:60]
            theirs = timed(lambda s=some: [plain(y) for y in s]) * len(samples) / len(some)
            work = f"{len(samples)} samples of {name}, {mean:.0f} ms on average, -threads {threads}"
            notes = f"ours {ours / len(samples) * 1000:.2f} ms a sample, plain {theirs / len(samples) * 1000:.1f} ms"
            yield Row("features", work, ours, theirs, growth, notes)


if __name__ == "__main__":
    show(rows())
