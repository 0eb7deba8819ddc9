"""The space of mosaics by plain Python: properties of a table, points of notes, distances, and what is heard."""

import math

import numpy as np
import pytest

from lib.audio.course import COURSE_SIZE
from lib.audio.mosaic_space import Sounds, Space, class_distances, class_points, needed, octave_points, sounds_of
from lib.audio.weights import Weights
from lib.tables.table import Table
from tests.support.each import each

NAN = math.nan


@each(
    ("weights", "columns"),
    [
        (Weights(timbre=1), []),
        (Weights(pitch=0.1), ["hz", "pitched"]),
        (Weights(loudness=0.1), ["loudness"]),
        (Weights(pitch=2, loudness=0.5, dur=1), ["hz", "pitched", "loudness"]),
    ],
)
def test_the_columns_that_weights_need(weights, columns):
    assert needed(weights) == columns


def test_the_properties_of_a_table():
    """Notes above 0 Hz of samples that are periodic by half at least; below 1 Hz they are those of 1 Hz."""
    hz = ["440", "880", "0", "-1", "0.5", "440", "440", "27.5"]
    pitched = ["1", "0.5", "1", "1", "1", "0.49", "0", "0.75"]
    lufs = [str(-n) for n in range(8)]
    table = Table.of({"dur": ["200"] * 7 + ["1"], "hz": hz, "pitched": pitched, "loudness": lufs}, "t.csv")
    timbres = np.zeros((8, COURSE_SIZE))
    found = sounds_of(table, timbres, Weights(pitch=1, loudness=1))
    lowest = 69 - 12 * math.log2(440)
    assert found.midi == pytest.approx([69, 81, NAN, NAN, lowest, NAN, NAN, 21], nan_ok=True)
    assert found.loudness.tolist() == [-n for n in range(8)]
    assert found.durs.tolist() == [200] * 7 + [1]
    assert found.timbres is timbres
    # What has no weight is not even looked at.
    bare = Table.of({"dur": ["200", "90"]}, "t.csv")
    without = sounds_of(bare, timbres[:2], Weights(dur=1))
    assert np.isnan(without.midi).tolist() == np.isnan(without.loudness).tolist() == [True, True]
    some = found.take(np.array([1, 7]))
    assert (some.midi.tolist(), some.loudness.tolist(), some.durs.tolist(), len(some.timbres)) == (
        pytest.approx([81, 21]), [-1, -7], [200, 1], 2,
    )  # fmt: skip


@each("semitones", [0.0, 0.5, 1.0, 3.0, 6.0, 7.5, 12.0, -1.0])
def test_classes_lie_on_five_circles(semitones):
    """2 sin^2(angle / 2) of each of five harmonics, with a mean over the twelve classes of 16."""
    apart = 16 / 5 * sum(2 * math.sin(math.pi * n * semitones / 12) ** 2 for n in (1, 2, 3, 4, 5))
    assert class_distances(np.array([[semitones]])) == pytest.approx(np.array([[apart]]), abs=1e-9)
    points = class_points(np.array([61.25, 61.25 + semitones]))
    assert points.shape == (2, 10)
    assert ((points[0] - points[1]) ** 2).sum() == pytest.approx(apart, abs=1e-9)


def test_octaves_are_filled_one_after_the_other():
    # Each filled octave is 2 from an empty one: a squared distance of 4.
    for midi, filled in ((0, []), (6, [0.5]), (12, [1]), (33, [1, 1, 0.75]), (132, [1] * 11), (200, [1] * 11)):
        assert octave_points(np.array([midi, NAN]))[0].tolist() == [2 * f for f in filled] + [0] * (11 - len(filled))
    assert np.isnan(octave_points(np.array([NAN]))).all()


def drawn(random, count, loudness=(-30, 9), durs=(0.3, 900)):
    midi = np.where(random.random(count) < 0.3, NAN, random.uniform(30, 100, count))
    return Sounds(
        random.normal(size=(count, COURSE_SIZE)), midi, random.normal(*loudness, count), random.uniform(*durs, count)
    )


def mean_square_of_pairs(rows):
    """Over all pairs, those of a row with itself too."""
    return sum(math.dist(one, other) ** 2 for one in rows for other in rows) / len(rows) ** 2


def points_worked_out(corpus, sounds, weights):
    """The terms side by side: values kept within those of the corpus, over their spread, times the weight's root."""
    terms = {
        "timbre": (corpus.timbres.tolist(), sounds.timbres.tolist(), 0, 1),
        "loudness": ([[x] for x in corpus.loudness], [[x] for x in sounds.loudness], 6, 0.05),
        "dur": (
            [[math.log(max(x, 1))] for x in corpus.durs],
            [[math.log(max(x, 1))] for x in sounds.durs],
            math.log(2),
            0.05,
        ),
    }
    out = [[] for _ in sounds.durs]
    for name, (mine, theirs, least, beside) in terms.items():
        weight = getattr(weights, name)
        if not weight:
            continue
        factor = math.sqrt(weight * (beside if weights.timbre else 1)) / max(
            math.sqrt(mean_square_of_pairs(mine)), least
        )
        for row, values in zip(out, theirs):
            for k, value in enumerate(values):
                column = [other[k] for other in mine]
                row.append(min(max(value, min(column)), max(column)) * factor)
    return out


@each(
    "weights",
    [Weights(timbre=1), Weights(timbre=0.5, loudness=0.5, dur=3), Weights(loudness=2, dur=0.25), Weights(dur=1),
     Weights(pitch=1)],
)  # fmt: skip
@each("alike", [False, True])
def test_points_by_brute_force(weights, alike):
    """alike: samples that differ by less than 6 dB, and less than a factor 2."""
    random = np.random.default_rng(int(10 * weights.dur) + alike)
    narrow = {"loudness": (-20, 2), "durs": (100, 140)} if alike else {}
    corpus, sounds = drawn(random, 7, **narrow), drawn(random, 5)
    if not alike:
        corpus.durs[:2] = 0.4, 1.2  # below 1 ms it is that
    expected = points_worked_out(corpus, sounds, weights)
    points = Space(corpus, weights).points(sounds)
    assert not points[:, 0].any()
    assert points[:, 1:].tolist() == [pytest.approx(row) for row in expected]


def test_a_term_that_only_rounding_tells_apart_does_not_count():
    def size(apart, offset=0.0):
        timbres = np.zeros((2, COURSE_SIZE)) + offset
        timbres[1, 0] += math.sqrt(2) * apart  # the root of the mean over pairs: of two, half are with themselves
        corpus = Sounds(timbres, np.full(2, NAN), np.zeros(2), np.full(2, 100.0))
        space = Space(corpus, Weights(timbre=1))
        assert space.as_heard(corpus, corpus, np.array([[1], [0]])).any() == (space.points(corpus).shape[1] > 1)
        return space.points(corpus).shape[1]

    assert [size(0.0), size(0.9e-9), size(1.2e-9)] == [1, 1, 1 + COURSE_SIZE]
    assert [size(0.9e-3, -1e6), size(1.2e-3, -1e6)] == [1, 1 + COURSE_SIZE]


def test_what_is_heard_by_brute_force():
    """The mean difference of all bands, each third of the course while the target's sample lasts; else the square."""
    random = np.random.default_rng(4)
    corpus, target = drawn(random, 6), drawn(random, 5)
    target.durs[:] = 1, 60, 4 * 512 / 22.05, 200, 3000
    weights = Weights(timbre=0.7, dur=1)
    rows = np.array([[0, 5], [3, 1], [2, 2], [4, 5], [1, 0]])
    scale = mean_square_of_pairs(corpus.timbres.tolist())
    low, high = corpus.timbres.min(axis=0), corpus.timbres.max(axis=0)
    found = Space(corpus, weights).as_heard(corpus, target, rows)
    for n in range(5):
        frames = max(target.durs[n] * 22.05 / 512, 1)
        lasts = [min(frames, 4), min(max(frames - 4, 0), 8), max(frames - 12, 0)]
        assert sum(lasts) == pytest.approx(frames)
        for k, row in enumerate(rows[n]):
            apart = [
                abs(a - min(max(b, lo), hi))
                for a, b, lo, hi in zip(corpus.timbres[row], target.timbres[n], low, high, strict=True)
            ]
            third = COURSE_SIZE // 3
            heard = sum(lasts[p] / frames * sum(apart[p * third : (p + 1) * third]) / third for p in range(3))
            wanted = 0.7 / scale * (math.pi / 2 * COURSE_SIZE * heard**2 - sum(a * a for a in apart))
            assert found[n, k] == pytest.approx(wanted)
    assert not Space(corpus, Weights(dur=1)).as_heard(corpus, target, rows).any()


def test_a_sample_without_pitch_is_at_the_mean_height_of_the_others():
    corpus = Sounds(np.zeros((4, 1)), np.array([24.0, NAN, 48.0, 84.0]), np.zeros(4), np.ones(4))
    points = Space(corpus, Weights(pitch=9)).pitches(np.array([NAN, 60.0]))
    # Three times (the root of 9) the points; of three samples all have two octaves, two have four, one has seven.
    mean = [2, 2, 4 / 3, 4 / 3, 2 / 3, 2 / 3, 2 / 3, 0, 0, 0, 0]
    assert points[0].tolist() == pytest.approx([0.0] * 10 + [3 * x for x in mean])
    assert points[1, 10:].tolist() == pytest.approx([6] * 5 + [0] * 6)
    assert points[1, :10].tolist() == pytest.approx((3 * class_points(np.array([60.0]))[0]).tolist())
    silent = Sounds(np.zeros((1, 1)), np.array([NAN]), np.zeros(1), np.ones(1))
    assert not Space(silent, Weights(pitch=1)).pitches(np.array([NAN])).any()
