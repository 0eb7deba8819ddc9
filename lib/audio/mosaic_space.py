"""The space in which a mosaic is matched: the distance of points is the weighted dissimilarity of two samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lib.audio.course import PARTS, part_shares
from lib.audio.weights import Weights
from lib.math.notes import A4_HZ, A4_MIDI, SEMITONES
from lib.tables.table import Table

# Samples that are less periodic than this have no pitch to compare.
PITCHED = 0.5
# Harmonics of the circle of pitch classes. With these five, all other classes are about equally far (1 to 1.2 of CLASS;
# 0.34 at half a semitone).
HARMONICS = np.arange(1, 6)
# Weight of another class, so high that no timbre makes up for a wrong note: the mean over all twelve of the squared
# distances. The mean of other terms over pairs of samples is 1.
CLASS = 16.0
# Semitones: sounds that are nearer in pitch are in tune with each other.
IN_TUNE = 0.2
# Weight of an octave. Octaves add up.
OCTAVE = 4.0
# How much the usual difference counts beside timbre: volumes and curves make up for the loudness of a sample, and a
# longer one is cut. Without timbre each counts 1.
BESIDE_TIMBRE = {"timbre": 1.0, "loudness": 0.05, "dur": 0.05}
# Least scale of the differences, however alike the samples of a corpus are: dB, and a factor 2.
LEAST_SPREAD = {"timbre": 0.0, "loudness": 6.0, "dur": math.log(2)}
# The mean square of normal numbers, relative to the square of their mean magnitude.
NORMAL = math.pi / 2
# Number of octaves above MIDI 0 that are distinguished.
OCTAVES = 11


@dataclass(frozen=True)
class Sounds:
    """The properties by which samples are compared. timbres: fingerprints of the kind COURSE, float, shape (n, size);
    midi: float64 (n,), NaN for no pitch; loudness: LUFS; durs: ms."""

    timbres: np.ndarray
    midi: np.ndarray
    loudness: np.ndarray
    durs: np.ndarray

    def take(self, rows: np.ndarray) -> Sounds:
        """Return a selection by rows."""
        return Sounds(self.timbres[rows], self.midi[rows], self.loudness[rows], self.durs[rows])


def needed(weights: Weights) -> list[str]:
    """Return the columns that these weights need, besides those of every sample."""
    return ["hz", "pitched"] * (weights.pitch > 0) + ["loudness"] * (weights.loudness > 0)


def sounds_of(table: Table, timbres: np.ndarray, weights: Weights) -> Sounds:
    """Return the properties by which a table's samples are compared; MediaError for a bad cell or a missing column."""
    none = np.full(len(table), np.nan)
    midi, loudness = none, none
    if weights.pitch > 0:
        hz, pitched = table.all_numbers("hz"), table.all_numbers("pitched")
        midi = np.where((hz > 0) & (pitched >= PITCHED), _midi(np.maximum(hz, 1.0)), np.nan)
    if weights.loudness > 0:
        loudness = table.all_numbers("loudness")
    return Sounds(timbres, midi, loudness, table.all_numbers("dur"))


def _midi(hz: np.ndarray) -> np.ndarray:
    """Return the MIDI note numbers, with fractions, of frequencies in Hz above 0."""
    return A4_MIDI + SEMITONES * np.log2(hz / A4_HZ)


def class_points(midi: np.ndarray) -> np.ndarray:
    """Return points of pitch classes, float64 (n, 10), with squared distances of about CLASS between any two.

    midi: float64, shape (n,); NaN, no pitch, is the point in the middle: half that distance from every class.
    """
    angles = 2 * np.pi / SEMITONES * midi[:, None] * HARMONICS
    size = np.sqrt(0.5 * CLASS / len(HARMONICS))
    return np.nan_to_num(size * np.concatenate([np.cos(angles), np.sin(angles)], axis=1))


def octave_points(midi: np.ndarray) -> np.ndarray:
    """Return points of pitch heights, float64 (n, OCTAVES), with squared distances of OCTAVE per octave; NaN stays."""
    return np.sqrt(OCTAVE) * np.clip(midi[:, None] / SEMITONES - np.arange(OCTAVES), 0.0, 1.0)


def class_distances(semitones: np.ndarray) -> np.ndarray:
    """Return the squared distances of the points of classes that are so far apart: float64, of the same shape."""
    angles = 2 * np.pi / SEMITONES * semitones
    total = np.zeros(angles.shape)
    for harmonic in HARMONICS.tolist():
        total += 1 - np.cos(harmonic * angles)
    return CLASS / len(HARMONICS) * total


class Space:
    """The space spanned by a corpus under given weights.

    Squared distances are sums of terms, each times its weight. Timbre, loudness and length (its logarithm) are
    standardised over the corpus: the mean of each over pairs of its samples is 1, or that of BESIDE_TIMBRE (less, if
    these differ by less than LEAST_SPREAD). Values beyond the corpus (softer than its softest) count as its edge: else
    they would be so far away that one term outweighs the others. Pitch has a fixed scale, the same for every corpus
    (`class_points`, `octave_points`); a sample without pitch is at the mean height of the others.
    """

    def __init__(self, corpus: Sounds, weights: Weights) -> None:
        self._weights = weights
        terms = self._terms(corpus)
        self._scales = {name: max(_spread(values), LEAST_SPREAD[name]) for name, values in terms.items()}
        self._edges = {name: (values.min(axis=0), values.max(axis=0)) for name, values in terms.items()}
        pitched = corpus.midi[~np.isnan(corpus.midi)]
        self._middle = octave_points(pitched).mean(axis=0) if len(pitched) else np.zeros(OCTAVES)

    def _terms(self, sounds: Sounds) -> dict[str, np.ndarray]:
        terms = {}
        if self._weights.timbre > 0:
            terms["timbre"] = sounds.timbres.astype(np.float64)
        if self._weights.loudness > 0:
            terms["loudness"] = sounds.loudness[:, None]
        if self._weights.dur > 0:
            terms["dur"] = np.log(np.maximum(sounds.durs, 1.0))[:, None]
        return terms

    def points(self, sounds: Sounds) -> np.ndarray:
        """Return points of all terms except pitch: float64, shape (n, size)."""
        parts = [np.zeros((len(sounds.durs), 1))]
        for name, values in self._terms(sounds).items():
            if self._scales[name] > 0:
                weight = getattr(self._weights, name) * (BESIDE_TIMBRE[name] if self._weights.timbre > 0 else 1.0)
                parts.append(np.clip(values, *self._edges[name]) * (np.sqrt(weight) / self._scales[name]))
        return np.concatenate(parts, axis=1)

    def as_heard(self, corpus: Sounds, target: Sounds, rows: np.ndarray) -> np.ndarray:
        """Return what is added to squared distances, float64 of the shape of `rows`, so that timbre counts as heard.

        rows: of the corpus, for each sample of the target. The difference heard is the mean of those of all bands, each
        part of the course as long as the target's sample lasts in it: what comes after its end does not count.
        """
        out = np.zeros(rows.shape)
        scale = self._scales.get("timbre", 0.0)
        if scale == 0:
            return out
        factor, shares = self._weights.timbre / scale**2, part_shares(target.durs)
        for n, mine in enumerate(rows):
            apart = np.clip(corpus.timbres[mine], *self._edges["timbre"])
            apart = (apart - np.clip(target.timbres[n], *self._edges["timbre"])).reshape(len(mine), PARTS, -1)
            means = np.abs(apart).mean(axis=2) @ shares[n]
            out[n] = factor * (NORMAL * corpus.timbres.shape[1] * means**2 - np.square(apart).sum(axis=(1, 2)))
        return out

    def pitches(self, midi: np.ndarray) -> np.ndarray:
        """Return points of the term of pitch: float64, shape (n, size)."""
        heights = octave_points(midi)
        heights = np.where(np.isnan(heights), self._middle, heights)
        return np.sqrt(self._weights.pitch) * np.concatenate([class_points(midi), heights], axis=1)


def _spread(values: np.ndarray) -> float:
    """Return the root of the mean squared distance of pairs of rows; 0 if it is only rounding."""
    spread = float(np.sqrt(2 * values.var(axis=0).sum()))
    return spread if spread > 1e-9 * max(float(np.abs(values).max(initial=0.0)), 1.0) else 0.0
