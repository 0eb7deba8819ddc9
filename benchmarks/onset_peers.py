"""What other programs find: the onsets of each recording of a folder, by each of the peers that this Python has.

python benchmarks/onset_peers.py FOLDER OUT.json [PEER]

PEER: only those whose name holds this.

Needs NumPy and nothing of this project, so that it runs where the peers do: librosa, aubio and essentia install with
Python 3.11 (`pip install librosa soundfile aubio essentia`), madmom 0.16.1 with Python 3.9 (`pip install
"numpy<1.24" "scipy<1.11" "cython<3" "setuptools<65"`, then `pip install --no-build-isolation madmom`).
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Peer = Callable[[str], Any]


def librosa_peers() -> dict[str, Peer]:
    librosa = importlib.import_module("librosa")

    def found(path: str, backtrack: bool) -> Any:
        sound, rate = librosa.load(path, sr=22050)
        return librosa.onset.onset_detect(y=sound, sr=rate, units="time", backtrack=backtrack)

    return {"librosa": lambda path: found(path, False), "librosa, backtracked": lambda path: found(path, True)}


def aubio_peers() -> dict[str, Peer]:
    aubio = importlib.import_module("aubio")

    def found(path: str, method: str) -> list[float]:
        source = aubio.source(path, 44100, 512)
        detector = aubio.onset(method, 1024, 512, 44100)
        times = []
        while True:
            block, length = source()
            if detector(block):
                times.append(detector.get_last_s())
            if length < 512:
                return times

    return {"aubio hfc": lambda path: found(path, "hfc"), "aubio complex": lambda path: found(path, "complex")}


def essentia_peers() -> dict[str, Peer]:
    standard = importlib.import_module("essentia.standard")

    def found(path: str) -> Any:
        sound = standard.MonoLoader(filename=path, sampleRate=44100)()
        return standard.OnsetRate()(sound)[0] if len(sound) > 2048 else []

    return {"essentia OnsetRate": found}


def madmom_peers() -> dict[str, Peer]:
    onsets = importlib.import_module("madmom.features.onsets")
    numpy = importlib.import_module("numpy")
    bands = importlib.import_module("madmom.audio.filters").LogarithmicFilterbank

    def superflux(fps: int) -> Peer:
        # The settings of madmom's own program `SuperFlux`; the class alone takes no logarithm, and finds far less.
        strength = onsets.SpectralOnsetProcessor(
            onset_method="superflux", filterbank=bands, num_bands=24, fmin=30, fmax=17000, norm_filters=False,
            log=numpy.log10, mul=1, add=1, diff_ratio=0.5, diff_max_bins=3, positive_diffs=True, fps=fps,
        )  # fmt: skip
        peaks = onsets.OnsetPeakPickingProcessor(
            fps=fps, threshold=1.1, pre_max=0.01, post_max=0.05, pre_avg=0.15, post_avg=0, combine=0.03, delay=0
        )
        return lambda path: peaks(strength(path))

    network = onsets.CNNOnsetProcessor()
    network_peaks = onsets.OnsetPeakPickingProcessor(fps=100, threshold=0.54, smooth=0.05)
    return {
        "madmom SuperFlux, its program (200 frames/s)": superflux(200),
        "madmom SuperFlux, 100 frames/s": superflux(100),
        "madmom CNN": lambda path: network_peaks(network(path)),
    }


def peers() -> Iterator[tuple[str, Peer]]:
    for family in (librosa_peers, aubio_peers, essentia_peers, madmom_peers):
        try:
            yield from family().items()
        except ImportError as error:
            print(f"left out: {error}", file=sys.stderr)


def main() -> int:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    warnings.simplefilter("ignore")
    found: dict[str, dict[str, list[float]]] = {}
    for name, peer in peers():
        if len(sys.argv) > 3 and sys.argv[3] not in name:
            continue
        found[name] = {path.stem: [float(time) for time in peer(str(path))] for path in sorted(folder.glob("*.wav"))}
        out.write_text(json.dumps(found), "utf-8")  # after each: a slow one that is ended costs no other
    return 0


if __name__ == "__main__":
    sys.exit(main())
