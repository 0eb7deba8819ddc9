"""Samples from onsets, by plain Python: where they are cut, where they end, and which are chosen."""

import math
from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from lib.audio.samples import FEATURE_COLUMNS, SampleJob, cut_at_onsets, spread, trimmed
from tests.support.each import each


@each(("shortest", "longest"), [(0, -1), (1, -1), (80, 1000), (80, 80), (0, 0), (101, 100), (0, 50)])
def test_samples_go_from_onset_to_onset(shortest, longest):
    random = np.random.default_rng(shortest + longest + 1)
    for count in range(8):
        onsets = np.cumsum(random.choice([0, 1, 49, 50, 51, 79, 80, 81, 100, 101, 2000], count))
        end = int((onsets[-1] if count else 0) + random.choice([0, 1, 80, 500]))
        expected = []
        for start, after in pairwise([*onsets, end]):
            length = after - start if longest < 0 else min(after - start, longest)
            if length >= max(shortest, 1):
                expected.append((start, length))
        starts, lengths = cut_at_onsets(onsets.astype(np.int64), end, shortest, longest)
        assert list(zip(starts.tolist(), lengths.tolist(), strict=True)) == expected


@each("start", [0, 1, 1000, 1451])
@each("length", [1, 80, 333])
@each("sounds", [0, 1, 20, 60, 500])
@each("shortest", [0, 80])
def test_a_sample_ends_with_its_sound(start, length, sounds, shortest):
    block_ms = 32 / 22.05
    asked = []

    def end_of_sound(first, end, below_db):
        asked.append((first, end, below_db))
        return first + sounds

    found = trimmed(SimpleNamespace(end_of_sound=end_of_sound), start, length, shortest, 40.0)
    # The blocks that the sample touches, and whole ms up to the end of the last that sounds.
    first, end = math.floor(start / block_ms), math.ceil((start + length) / block_ms)
    assert asked == [(first, end, 40)]
    assert found == min(length, max(math.ceil((first + sounds) * block_ms) - start, shortest, 1))


def test_rows_are_spread_evenly():
    for count in range(12):
        for most in range(-1, 14):
            found = spread(count, most).tolist()
            assert found == (
                list(range(count)) if most < 0 or most >= count else [n * count // most for n in range(most)]
            )
            assert found == sorted(set(found))
            assert all(0 <= n < count for n in found)


def test_the_usual_settings_of_a_job():
    job = SampleJob("dir", "a.wav", 80, 1000, True)
    assert (job.most, job.threads, job.onsets, job.sensitivity, job.trim, job.pitched, job.keep) == (
        -1, 1, "superflux", None, 50, None, "",
    )  # fmt: skip
    assert not job.filter
    assert not job.sort
    assert job.columns == ("filename", "start", "dur", *FEATURE_COLUMNS)
    assert SampleJob("dir", "a.wav", 80, 1000, False).columns == ("filename", "start", "dur")
