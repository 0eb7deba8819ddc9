"""The spectral contrast by plain Python, of drawn spectra."""

import math

import numpy as np
import pytest

from lib.audio.contrast import _means_of_extremes, contrast_bands, contrast_of
from tests.support.each import each

# As librosa divides a spectrum of 1025 bins of 22,050 / 2048 Hz: from 200 Hz in octaves, and what lies below.
EDGES = [0, 200, 400, 800, 1600, 3200, 6400, 12_800]


def bands_worked_out():
    """(First bin, end, bins of the quantile): each but the lowest has a bin before it, the last goes to the end."""
    out = []
    for k in range(7):
        inside = [bin for bin in range(1025) if EDGES[k] <= bin * 22_050 / 2048 <= EDGES[k + 1]]
        bins = [inside[0] - 1, *inside] if k else inside
        if k == 6:
            bins = list(range(bins[0], 1025))
        out.append((bins[0], bins[-1] + (k == 6), max(1, round(0.02 * len(bins)))))
    return out


def test_the_bands_are_octaves_from_200_hz():
    assert contrast_bands().tolist() == [list(band) for band in bands_worked_out()]


def contrast_worked_out(frame):
    floor = 3e-6 * max(frame)
    shares = []
    for first, end, count in bands_worked_out():
        values = sorted(max(value, floor) for value in frame[first:end])
        valley, peak = math.fsum(values[:count]) / count, math.fsum(values[-count:]) / count
        shares.append((min(10 * math.log10(peak / floor) / 30, 1), 10 * math.log10(peak / valley)))
    return sum(weight * contrast for weight, contrast in shares) / (sum(weight for weight, _ in shares) or 1)


@each("deepest", [-2, -5, -6.5, -9])
def test_the_contrast_by_brute_force(deepest):
    """Of bands that are louder or softer than each other, down to below the floor."""
    random = np.random.default_rng(int(-2 * deepest))
    for _ in range(12):
        level = np.repeat(random.uniform(deepest, 0, 41), 25)
        frame = (10 ** (level + random.uniform(-3, 0, 1025))).astype(np.float32)
        assert contrast_of(frame) == pytest.approx(contrast_worked_out(frame.tolist()), rel=1e-4)


def test_silence_has_no_contrast():
    assert contrast_of(np.zeros(1025, np.float32)) == 0.0


def test_a_single_bin_stands_above_the_floor_of_its_band():
    # 1 / 0.000003: 55.2 dB of magnitude; the other bands are empty, and weigh nothing.
    frame = np.zeros(1025, np.float32)
    frame[3] = 5.0
    assert contrast_of(frame) == pytest.approx(10 * math.log10(1 / 3e-6), abs=1e-3)


@each("count", [1, 2, 3, 5])
def test_the_means_of_the_lowest_and_the_highest(count):
    random = np.random.default_rng(count)
    for size in (count, count + 1, 2 * count, 17):
        for span in (3, 1000):
            values = random.integers(0, span, size).astype(np.float32)
            for given in (values, np.sort(values), np.sort(values)[::-1].copy()):
                ordered = sorted(max(value, 1.0) for value in given.tolist())
                expected = sum(ordered[:count]) / count, sum(ordered[-count:]) / count
                # (Not compiled, it would not write beyond an array's end unseen.)
                for means in (_means_of_extremes, getattr(_means_of_extremes, "py_func", _means_of_extremes)):
                    assert means(given, 1.0, count) == pytest.approx(expected)
