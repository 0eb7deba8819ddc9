"""How alike neighbours are: purity of the 5 nearest of real one-shots, and how often a class is told right.

    python -m benchmarks.similarity_accuracy FOLDER [classes]

FOLDER: the one-shots that benchmarks/one_shots.py says how to get. Purity is the share of a sample's 5 nearest others
that are of its class, in the space of fingerprints, on a map (t-SNE in two dimensions) and on a line (one). The weights
of the timbre were chosen in the space of the first half (every other file of a class); the second half had no part.
With `classes` only the clusters and the classifier of eight classes are measured; the latter is learnt from one half,
asked of the other, and in cross-validation in which all files of a kit are held out together.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from benchmarks.one_shots import OneShot, one_shots
from lib.audio.fingerprints import KINDS, fingerprint
from lib.audio.ranges import read_audio
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import MediaError
from lib.math.embedding import embed

NEAREST = 5
SILENCES_MS = (0, 100, 250, 500)
SECOND_MS = 1000
# Requested numbers of clusters; -1: HDBSCAN.
GROUPS = (-1, 15, 30)
EIGHT = ("kick", "snare", "tom", "hihat closed", "hihat open", "crash", "clap", "cowbell")


def read(shots: list[OneShot]) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return the sound of each one-shot that can be read and is not silent, its class and its kit."""
    sounds, kinds, kits = [], [], []
    for shot in shots:
        try:
            sound = read_audio(str(shot.path), ANALYSIS_RATE, 1, 0, SECOND_MS)
        except MediaError as error:
            print(f"left out: {error}")
            continue
        if sound.any():
            sounds.append(sound)
            kinds.append(shot.kind)
            kits.append(shot.kit)
    return sounds, np.array(kinds), np.array(kits)


def halves(kinds: np.ndarray) -> np.ndarray:
    """Return 0 or 1 for each one-shot: every other one of a class."""
    out = np.zeros(len(kinds), int)
    for kind in np.unique(kinds):
        mine = np.flatnonzero(kinds == kind)
        out[mine] = np.arange(len(mine)) % 2
    return out


def purity(points: np.ndarray, kinds: np.ndarray) -> float:
    """Return the mean share of each point's NEAREST others that are of its class."""
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=NEAREST).fit(points).kneighbors(return_distance=False)
    return float((kinds[nearest] == kinds[:, None]).mean())


def tell_classes(sounds: list[np.ndarray], kinds: np.ndarray, kits: np.ndarray) -> None:
    """Print how often the classifier is right of samples, and of kits, that it has not learnt from."""
    from sklearn.model_selection import StratifiedGroupKFold

    from lib.math.classifier import train

    mine = np.flatnonzero(np.isin(kinds, EIGHT))
    vectors = np.stack([fingerprint(sounds[n], "timbre") for n in mine])
    half, kinds, kits = halves(kinds)[mine], kinds[mine], kits[mine]
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=1).split(vectors, kinds, kits)
    ways = {"the second half": [(np.flatnonzero(half == 0), np.flatnonzero(half == 1))], "other kits": list(folds)}
    for name, splits in ways.items():
        right = 0
        for learnt, held in splits:
            model = train(vectors[learnt], kinds[learnt], "timbre")
            right += int((model.classes[model.probabilities(vectors[held]).argmax(axis=1)] == kinds[held]).sum())
        count = sum(len(held) for _, held in splits)
        print(f"{len(EIGHT)} classes, {name}: {right} of {count} right ({right / count:.3f})")


def find_groups(points: np.ndarray, kinds: np.ndarray) -> None:
    """Print how many clusters there are, the share of one-shots in them, and of those that of the cluster's class."""
    from lib.math.clusters import NO_CLUSTER, clusters

    for count in GROUPS:
        found = clusters(points, count)
        inside = found != NO_CLUSTER
        numbers = np.unique(found[inside])
        right = sum(Counter(kinds[found == number].tolist()).most_common(1)[0][1] for number in numbers)
        pure = right / inside.sum()
        print(f"-count {count}: {len(numbers)} clusters, {inside.mean():.3f} in one, {pure:.3f} of its class")


def main(folder: str, only_classes: bool = False) -> None:
    """Print the tables."""
    sounds, kinds, kits = read(one_shots(folder))
    print(f"{len(sounds)} one-shots of {len(np.unique(kinds))} classes: {dict(Counter(kinds.tolist()).most_common())}")
    tell_classes(sounds, kinds, kits)
    find_groups(KINDS["timbre"].space(np.stack([fingerprint(sound, "timbre") for sound in sounds])), kinds)
    if only_classes:
        return
    half = halves(kinds)
    print("fingerprint  silence  space(half 1)  space(half 2)  space(all)  map(all)  line(all)")
    for kind in ("mfcc", "timbre"):
        for silence in SILENCES_MS:
            gap = np.zeros(silence * ANALYSIS_RATE // 1000, np.float32)
            vectors = np.stack([fingerprint(np.concatenate([sound, gap]), kind) for sound in sounds])
            space = KINDS[kind].space
            points = space(vectors)
            figures = [purity(space(vectors[half == part]), kinds[half == part]) for part in (0, 1)]
            figures += [purity(points, kinds), *(purity(embed(points, dims, 150, 0.1), kinds) for dims in (2, 1))]
            print(f"{kind:11}  {silence:4} ms  " + "  ".join(f"{figure:.3f}" for figure in figures), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], "classes" in sys.argv[2:])
