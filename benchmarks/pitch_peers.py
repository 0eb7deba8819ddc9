"""What other programs hear: the pitch of each sound of a folder, by each of the peers that this Python has.

python benchmarks/pitch_peers.py FOLDER OUT.json

Needs NumPy and nothing of this project, so that it runs where the peers do: `pip install librosa essentia
praat-parselmouth` (Python 3.11). Trackers give a frequency for each frame: that of a sound is the median over its loud
frames that have one. All look from 27 Hz up, as ours does. One that takes a second for each sound hears speech only
(`truth.json` in the folder names the kinds).
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Peer = Callable[[Any, int], float]

LOWEST, HIGHEST = 27.0, 5000.0
# Periods of its lowest frequency that Praat needs in a sound.
PRAAT_PERIODS = 3.1
# The slow one, the range (Hz) of voices, and the kind of sounds that it hears.
SLOW, VOICE, SPEECH = "librosa pyin", (60.0, 600.0), "speech"


def median_of(hz: Any) -> float:
    """Return the median of the frequencies that are above 0, or 0."""
    found = np.asarray(hz, float)
    found = found[np.isfinite(found) & (found > 0)]
    return float(np.median(found)) if len(found) else 0.0


def librosa_peers() -> dict[str, Peer]:
    librosa = importlib.import_module("librosa")

    def loud(y: Any, frames: int) -> Any:
        rms = librosa.feature.rms(y=y)[0][:frames]
        return rms >= 0.5 * rms.max()

    def yin(y: Any, rate: int) -> float:
        hz = librosa.yin(y, fmin=LOWEST, fmax=HIGHEST, sr=rate)
        return median_of(hz[loud(y, len(hz))])

    def pyin(y: Any, rate: int) -> float:
        hz, _, _ = librosa.pyin(y, fmin=VOICE[0], fmax=VOICE[1], sr=rate)
        return median_of(hz[loud(y, len(hz))])

    return {"librosa yin": yin, SLOW: pyin}


def essentia_peers() -> dict[str, Peer]:
    standard = importlib.import_module("essentia.standard")

    def frames_of(y: Any, size: int) -> Iterator[Any]:
        padded = np.pad(y, (0, max(size - len(y), 0))).astype(np.float32)
        return iter(standard.FrameGenerator(padded, frameSize=size, hopSize=512, startFromZero=True))

    def yin_fft(y: Any, rate: int) -> float:
        window = standard.Windowing(type="hann", size=2048, zeroPadding=0)
        spectrum = standard.Spectrum(size=2048)
        pitch = standard.PitchYinFFT(frameSize=2048, sampleRate=rate, minFrequency=LOWEST, maxFrequency=HIGHEST)
        frames = list(frames_of(y, 2048))
        power = np.array([float(np.mean(frame**2)) for frame in frames])
        return median_of([pitch(spectrum(window(f)))[0] for f, p in zip(frames, power) if p >= 0.25 * power.max()])

    def yin(y: Any, rate: int) -> float:
        pitch = standard.PitchYin(frameSize=2048, sampleRate=rate, minFrequency=LOWEST, maxFrequency=HIGHEST)
        frames = list(frames_of(y, 2048))
        power = np.array([float(np.mean(frame**2)) for frame in frames])
        return median_of([pitch(f)[0] for f, p in zip(frames, power) if p >= 0.25 * power.max()])

    return {"essentia PitchYin": yin, "essentia PitchYinFFT": yin_fft}


def praat_peers() -> dict[str, Peer]:
    parselmouth = importlib.import_module("parselmouth")

    def autocorrelation(y: Any, rate: int) -> float:
        floor = max(LOWEST, PRAAT_PERIODS * rate / len(y))
        pitch = parselmouth.Sound(y.astype(float), rate).to_pitch_ac(pitch_floor=floor, pitch_ceiling=HIGHEST)
        return median_of(pitch.selected_array["frequency"])

    return {"Praat (autocorrelation)": autocorrelation}


def peers() -> Iterator[tuple[str, Peer]]:
    for family in (librosa_peers, essentia_peers, praat_peers):
        try:
            yield from family().items()
        except ImportError as error:
            print(f"left out: {error}", file=sys.stderr)


def sound_of(path: Path) -> tuple[Any, int]:
    """Return a mono wav of 24 bits as float32, and its rate."""
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 3)
        whole = np.pad(data, ((0, 0), (1, 0))).view("<i4")[:, 0]  # the lowest byte is 0
        return (whole / 2**31).astype(np.float32), file.getframerate()


def main() -> int:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    warnings.simplefilter("ignore")
    truth = json.loads(Path(folder, "truth.json").read_text("utf-8"))
    found: dict[str, dict[str, float]] = {}
    for name, peer in peers():
        wanted = [number for number, (kind, *_) in truth.items() if name != SLOW or kind == SPEECH]
        found[name] = {number: peer(*sound_of(Path(folder, f"{number}.wav"))) for number in wanted}
        out.write_text(json.dumps(found), "utf-8")  # after each: a slow one that is ended costs no other
    return 0


if __name__ == "__main__":
    sys.exit(main())
