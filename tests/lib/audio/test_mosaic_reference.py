"""Steps of a mosaic by plain Python: which sample follows, the level of a target, and what is in tune."""

import math
import statistics

import numpy as np
import pytest

from lib.audio import mosaic
from lib.audio.course import COURSE_SIZE
from lib.audio.mosaic import Places, Settings, _considered, _in_tune, _levelled
from lib.audio.mosaic_space import Sounds
from lib.audio.weights import Weights
from tests.support.each import each


def test_what_follows_in_a_file_by_brute_force():
    random = np.random.default_rng(1)
    for count in (1, 2, 5, 20):
        files = random.integers(0, 3, count)
        starts = random.permutation(count) * 10.0
        expected = []
        for n in range(count):
            later = [m for m in range(count) if files[m] == files[n] and starts[m] > starts[n]]
            expected.append(min(later, key=lambda m: starts[m]) if later else -1)
        assert Places(files, starts).follows().tolist() == expected


@each("count", [1, 3, 99, 100, 101, 250])
def test_a_target_is_moved_by_the_median_difference_of_its_nearest(count):
    """Of a hundred of its samples at most, evenly spread, from the first to the last."""
    random = np.random.default_rng(count)
    timbres, none = random.normal(size=(count, COURSE_SIZE)), np.full(count, math.nan)
    order = random.permutation(count)
    corpus = Sounds(timbres[order], none, random.uniform(-40, -10, count), np.full(count, 100.0))
    louder = random.uniform(-9, 9, count)
    loudness = np.empty(count)
    loudness[order] = corpus.loudness
    target = Sounds(timbres, none, loudness + louder, np.full(count, 100.0))
    some = sorted({math.floor((count - 1) * n / 99 + 1e-9) for n in range(100)})
    moved = _levelled(corpus, target, Settings(Weights(timbre=1, loudness=0.5)))
    assert moved.loudness == pytest.approx(target.loudness - statistics.median(louder[some]))
    for weights in (Weights(timbre=1), Weights(loudness=1, dur=1), Weights(pitch=1, loudness=1)):
        assert _levelled(corpus, target, Settings(weights)) is target


@each("repeat", [0.0, 0.05, 0.3, 1.0, 100.0])
def test_as_many_are_considered_as_are_in_use_by_brute_force(repeat):
    random = np.random.default_rng(2)
    for count in (10, 60, 5000):
        at = np.sort(random.choice([0, 50, 100, 300, 1000, 1050, 2000.0], random.integers(1, 40))).astype(float)
        settings = Settings(Weights(timbre=1), repeat=repeat)
        # Those after the time of a repeat before it, and before itself.
        in_use = [sum(at[m] > at[n] - 1000 * repeat for m in range(n)) for n in range(len(at))] if repeat else [0]
        assert _considered(count, at, settings) == min(48 + max(in_use), 2048, count)
    many = np.zeros(3000)
    assert _considered(5000, many, Settings(Weights(timbre=1), repeat=1.0)) == 2048
    assert _considered(5000, many[:0], Settings(Weights(timbre=1), repeat=1.0)) == 48


def test_what_is_in_tune_by_brute_force():
    """Within a fifth of a semitone the distance of classes is taken off again; of equal costs the first row."""
    random = np.random.default_rng(3)
    corpus = Sounds(
        np.zeros((30, 1)), random.choice([60, 60.1, 60.2, 60.21, 59.8, 64, math.nan], 30), np.zeros(30), np.ones(30)
    )
    rows = np.array([random.choice(30, 6, replace=False) for _ in range(10)])
    costs = random.choice([0.0, 0.5, 1.0, 4.0], (10, 6))
    midi = np.full(10, 60.0)
    found = _in_tune(rows, costs, corpus, midi, Settings(Weights(pitch=2.5)))
    for n in range(10):
        expected = []
        for row, cost in zip(rows[n].tolist(), costs[n].tolist(), strict=True):
            apart = corpus.midi[row] - 60
            saved = 0.0
            if abs(apart) <= mosaic.IN_TUNE:
                saved = 2.5 * 16 / 5 * sum(1 - math.cos(2 * math.pi * k * apart / 12) for k in range(1, 6))
            expected.append((max(cost - saved, 0), row))
        expected = sorted((round(cost, mosaic.DECIMALS), row) for cost, row in expected)
        assert found[0][n].tolist() == [row for _, row in expected]
        assert found[1][n].tolist() == pytest.approx([cost for cost, _ in expected])
