"""The timbre of a sound in 33 numbers, and the space in which samples of similar timbre are near each other.

26 numbers describe the spectrum and its variation (means and standard deviations of MFCCs), 7 the course of the sound:
when it peaks and fades, how bright it is and how it begins, how noisy, how pointed. Silence after a sound does not
count.
"""

from __future__ import annotations

import numpy as np

from lib.audio.mel import COEFFICIENTS, cosines, mel_centres, mel_power
from lib.audio.spectra import ANALYSIS_RATE

# Numbers that describe the course of a sound
SHAPES = 7
TIMBRE_SIZE = 2 * COEFFICIENTS + SHAPES
# Floor of mel levels in dB below a sound's maximum.
FLOOR_DB = 80.0
# dB below the loudest block where a sound ends: the rest is its room.
TAIL_DB = 50.0
# Samples of a block of the envelope: 3 ms.
BLOCK = 64
# Blocks over which levels are averaged to find the end (23 ms): a single stray peak does not count.
TAIL_BLOCKS = 8
# ms added to times before their logarithm is taken: earlier times sound alike.
SOONEST_MS = 5.0
# Frames of the beginning: of 2048 samples, 23 ms apart.
FIRST_FRAMES = 2
# Weights of the level's coefficient (the mean of the first MFCC) and of the numbers of the course. Chosen on one half
# of the one-shots of benchmarks/similarity_accuracy.py, which reports them on the other.
LEVEL_WEIGHT = 0.3
SHAPE_WEIGHT = 1.5


def sounding(sound: np.ndarray) -> np.ndarray:
    """Return a sound without its end, where it is TAIL_DB or more below its loudest part: float32, whole blocks.

    Blocks are of 23 ms, from the start; the last one is filled with zeros. So silence at the end changes nothing.
    """
    size = BLOCK * TAIL_BLOCKS
    padded = np.zeros(-(-len(sound) // size) * size, np.float32)
    padded[: len(sound)] = sound
    energy = _energy(padded, size)
    loud = np.flatnonzero(energy > energy.max() * 10 ** (-TAIL_DB / 10))
    return padded[: (loud[-1] + 1) * size] if len(loud) else padded


def _energy(sound: np.ndarray, size: int) -> np.ndarray:
    """Return the energy of each block of `size` samples: float64."""
    blocks = sound.reshape(-1, size).astype(np.float64)
    return np.einsum("ij,ij->i", blocks, blocks)


def timbre(sound: np.ndarray) -> np.ndarray:
    """Return the timbre of a sound that is not silent: float64, shape (TIMBRE_SIZE,); see `timbre_space`.

    sound: mono float32 at ANALYSIS_RATE, 1 sample or more. The numbers do not depend on its level: 13 means and 13
    standard deviations over time of MFCCs (DCT-II of mel levels in dB below the maximum, FLOOR_DB at most); natural
    logarithms of the times, in ms after the start, of the peak and of 50 % and 90 % of the energy; logarithms of the
    spectral centroid in Hz, weighted by power, and in the first frames; the flatness of the spectrum, in the logarithm;
    and the crest factor in dB. They are not finite if the sound is not.
    """
    sound = sounding(sound)
    power = mel_power(sound)
    levels = 10 * np.log10(np.maximum(power / power.max(), np.float32(10 ** (-FLOOR_DB / 10))))
    mfcc = levels @ cosines()
    return np.concatenate([mfcc.mean(axis=0), mfcc.std(axis=0), _times(sound), _brightness(power), [_crest(sound)]])


def _times(sound: np.ndarray) -> np.ndarray:
    """Return the logarithms of the times of the peak, and of 50 % and 90 % of the energy."""
    energy = _energy(sound, BLOCK)
    sums = np.cumsum(energy)
    places = np.array([energy.argmax(), *np.searchsorted(sums, [0.5 * sums[-1], 0.9 * sums[-1]])])
    return np.log(places * (BLOCK * 1000 / ANALYSIS_RATE) + SOONEST_MS)


def _brightness(power: np.ndarray) -> np.ndarray:
    """Return the logarithms of the mean and the initial centroid (Hz), and of the flatness, of mel powers."""
    power = power.astype(np.float64)
    centres = mel_centres()
    first = power[:FIRST_FRAMES].sum(axis=0)
    total = power.sum(axis=0)
    tiny = np.finfo(np.float32).tiny
    centroids = [np.log((part @ centres + tiny) / (part.sum() + tiny)) for part in (total, first)]
    spectrum = total / total.max() + 10 ** (-FLOOR_DB / 10)
    return np.array([*centroids, np.log(spectrum).mean() - np.log(spectrum.mean())])


def _crest(sound: np.ndarray) -> float:
    sound = sound.astype(np.float64)
    return 20 * np.log10(np.abs(sound).max() / np.sqrt(np.square(sound).mean()))


def timbre_space(vectors: np.ndarray) -> np.ndarray:
    """Return points whose distances are the dissimilarities of timbres: float32, of the shape of `vectors`.

    vectors: timbres, float, shape (n, TIMBRE_SIZE); zeros for a silent sound, which do not affect the scales.
    MFCCs share one scale, so that those which vary more count more; the level's coefficient has weight LEVEL_WEIGHT;
    the numbers of the course are standardised and have weight SHAPE_WEIGHT.
    """
    vectors = np.asarray(vectors, np.float64)
    heard = vectors[vectors.any(axis=1)]
    if not len(heard):
        return np.zeros(vectors.shape, np.float32)
    deviations, shape = heard.std(axis=0), slice(2 * COEFFICIENTS, None)
    scales = np.ones(TIMBRE_SIZE)
    common = np.sqrt(np.square(deviations[1 : 2 * COEFFICIENTS]).mean())
    scales[: 2 * COEFFICIENTS] = common
    scales[0] = common / LEVEL_WEIGHT
    scales[shape] = deviations[shape] / SHAPE_WEIGHT
    # Features common to all samples do not distinguish them; a deviation that is only rounding counts as none.
    same = deviations <= 1e-9 * np.maximum(np.abs(heard).max(axis=0), 1.0)
    points = np.zeros(vectors.shape)
    points[:, ~same] = (vectors - heard.mean(axis=0))[:, ~same] / scales[~same]
    return points.astype(np.float32)
