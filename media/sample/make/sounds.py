"""Sounds made from nothing: noises, thumps, clanks, whistles, and a track to put them on."""

from __future__ import annotations

import numpy as np
from scipy import signal

from make.programs import RATE, Samples


def seconds(dur: float) -> Samples:
    """The times of the samples of `dur` seconds."""
    return np.arange(round(dur * RATE)) / RATE


def noise(seed: int, dur: float, low: float, high: float) -> Samples:
    """Noise between two frequencies (Hz), RMS about 1: shape (n,)."""
    white = np.random.default_rng(seed).standard_normal(round(dur * RATE))
    band = signal.sosfilt(signal.butter(2, [low, high], "bandpass", fs=RATE, output="sos"), white)
    loud: Samples = band / np.sqrt(np.mean(band**2))
    return loud


def slow(seed: int, dur: float, step: float) -> Samples:
    """A smooth random curve in 0-1 with a turn about every `step` seconds: shape (n,)."""
    time = seconds(dur)
    count = int(dur / step) + 3
    points = np.random.default_rng(seed).random(count)
    place = time / step
    left = place.astype(int)
    ease = 0.5 - 0.5 * np.cos(np.pi * (place - left))
    curve: Samples = points[left] * (1 - ease) + points[left + 1] * ease
    return curve


def pitched(frequencies: Samples, harmonics: tuple[float, ...] = (1.0,)) -> Samples:
    """A tone that follows a curve of frequencies (Hz, one per sample)."""
    phase = 2 * np.pi * np.cumsum(frequencies) / RATE
    tone: Samples = np.asarray(sum(level * np.sin((k + 1) * phase) for k, level in enumerate(harmonics)))
    return tone / sum(harmonics)


def shaped(samples: Samples, attack: float, decay: float) -> Samples:
    """Samples with a straight attack and an exponential decay (both in seconds), ending softly."""
    time = np.arange(len(samples)) / RATE
    end = np.minimum(1, (len(samples) - np.arange(len(samples))) / (0.01 * RATE))
    result: Samples = samples * np.minimum(1, time / attack) * np.exp(-time / decay) * end
    return result


def thump(hz: float, dur: float) -> Samples:
    """A low blow that falls to `hz` as it fades."""
    time = seconds(dur)
    return shaped(pitched(hz * (1 + 2 * np.exp(-time / 0.03))), 0.003, dur / 4)


def clank(hz: float, dur: float) -> Samples:
    """A blow on metal: partials of a free bar (Rossing, The Physics of Musical Instruments, 2.15)."""
    time = seconds(dur)
    partials = (1.0, 2.76, 5.40, 8.93)
    ring = sum(
        np.sin(2 * np.pi * hz * p * time) * np.exp(-time * p * 3 / dur) / (k + 1) for k, p in enumerate(partials)
    )
    return shaped(np.asarray(ring) / 2, 0.002, dur / 2)


def put(track: Samples, samples: Samples, at: float, gain: float = 1.0, pan: float = 0.0) -> None:
    """Adds mono samples to a track of shape (n, 2) at a time in seconds; `pan` -1 left to 1 right, equal power."""
    first = round(at * RATE)
    piece = samples[: max(0, len(track) - first)] * gain
    angle = (pan + 1) * np.pi / 4
    track[first : first + len(piece), 0] += piece * np.cos(angle)
    track[first : first + len(piece), 1] += piece * np.sin(angle)


def blank(dur: float) -> Samples:
    """A silent track of shape (n, 2)."""
    return np.zeros((round(dur * RATE), 2))
