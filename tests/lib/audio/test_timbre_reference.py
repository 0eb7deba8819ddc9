"""Timbres from mel powers by plain Python, and the space that they span."""

import math

import numpy as np
import pytest
from scipy.fft import dct

from lib.audio.mel import mel_centres, mel_power
from lib.audio.timbre import TIMBRE_SIZE, sounding, timbre, timbre_space
from tests.support.each import each

MS = 1000 / 22_050


def drawn(seed, samples):
    random = np.random.default_rng(seed)
    places = np.arange(samples)
    sound = np.sin(random.uniform(0.01, 1.5) * places) + random.choice([0, 0.01, 0.5]) * random.normal(size=samples)
    sound *= np.exp(-places / random.uniform(200, 4000)) * np.minimum(places / random.choice([1, 800]), 1)
    return (random.uniform(0.01, 1) * sound).astype(np.float32)


def sounding_worked_out(sound):
    """Blocks of 512 samples up to the last within 50 dB of the loudest, filled with zeros."""
    padded = [*sound, *[0.0] * (-len(sound) % 512)]
    energies = [sum(v * v for v in padded[n : n + 512]) for n in range(0, len(padded), 512)]
    loud = [n for n, energy in enumerate(energies) if energy > max(energies) / 1e5]
    return padded[: 512 * (loud[-1] + 1)] if loud else padded


@each("samples", [1, 511, 512, 513, 3000, 9000])
def test_where_sounds_end_by_brute_force(samples):
    for seed in range(5):
        sound = drawn(seed, samples)
        assert sounding(sound).tolist() == sounding_worked_out(sound.tolist())
    assert sounding(np.zeros(samples, np.float32)).tolist() == [0.0] * (-(-samples // 512) * 512)


@pytest.mark.parametrize("samples", [300, 2000, 6000])
def test_timbres_by_brute_force(samples):
    for seed in range(4):
        sound = drawn(seed, samples)
        part = np.array(sounding_worked_out(sound.tolist()))
        power = mel_power(part.astype(np.float32)).astype(float)
        coefficients = dct(10 * np.log10(np.maximum(power / power.max(), 1e-8)), norm="ortho")[:, :13]
        # Times of blocks of 64 samples, and 5 ms.
        energies = [(part[n : n + 64] ** 2).sum() for n in range(0, len(part), 64)]
        reached = [
            next(n for n in range(len(energies)) if sum(energies[: n + 1]) >= share * sum(energies))
            for share in (0.5, 0.9)
        ]
        times = [math.log(n * 64 * MS + 5) for n in (energies.index(max(energies)), *reached)]
        centroids = [math.log((p.sum(axis=0) @ mel_centres()) / p.sum()) for p in (power, power[:2])]
        spectrum = power.sum(axis=0) / power.sum(axis=0).max() + 1e-8
        flatness = np.log(spectrum).mean() - math.log(spectrum.mean())
        crest = 10 * math.log10((part**2).max() / (part**2).mean())
        expected = [*coefficients.mean(axis=0), *coefficients.std(axis=0), *times, *centroids, flatness, crest]
        assert timbre(sound) == pytest.approx(np.array(expected), abs=2e-3), seed


def space_worked_out(vectors):
    heard = np.array([row for row in vectors if any(row)])
    means, deviations = heard.mean(axis=0), heard.std(axis=0)
    scales = np.full(33, math.sqrt((deviations[1:26] ** 2).sum() / 25))
    scales[0] /= 0.3
    scales[26:] = deviations[26:] / 1.5
    out = np.zeros(np.shape(vectors))
    for k in range(33):
        if deviations[k] > 1e-9 * max(1, *abs(heard[:, k])):
            out[:, k] = (np.array(vectors)[:, k] - means[k]) / scales[k]
    return out


def test_the_space_by_brute_force():
    random = np.random.default_rng(5)
    for count in (1, 2, 5, 30):
        vectors = random.normal(0, 1, (count, TIMBRE_SIZE)) * random.uniform(0.1, 5, TIMBRE_SIZE)
        vectors[:, 3] = 7.0
        # Just more, and less, than rounding: of large numbers, and of small ones.
        sizes = ((28, 1e6, 3e-9), (29, 1e6, 1e-9), (30, 0.01, 3e-9), (31, 0.01, 1e-9), (32, 1e6, 2.6e-9))
        for column, size, apart in sizes:
            vectors[:, column] = size * random.choice([-1, 1]) + max(size, 1) * apart * (np.arange(count) % 2)
        vectors[:, 27] = random.normal(0, 1, count) * 1e-3 - 5  # (its largest value lies below 0)
        vectors = np.concatenate([vectors, np.zeros((2, TIMBRE_SIZE))])
        assert timbre_space(vectors) == pytest.approx(space_worked_out(vectors), rel=1e-4, abs=1e-5)
