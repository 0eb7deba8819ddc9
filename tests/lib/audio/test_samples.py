"""Samples from onsets, by plain Python: where they are cut, where they end, and which are chosen."""

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


# A block is 32 of 22,050 samples a second, 1.4512 ms: 20 blocks end at 29.02 ms, 709 at 1028.93, 1019 at 1478.82.
@each(
    ("start", "length", "shortest", "silent_from", "blocks", "found"),
    [
        (0, 80, 0, 20, (0, 56), 30),  # 80 ms are 55.1 blocks, and 29.02 ms are 30 whole ones
        (0, 80, 80, 20, (0, 56), 80),  # no shorter than the shortest
        (0, 20, 80, 10, (0, 14), 20),  # nor longer than the sample
        (0, 80, 0, 60, (0, 56), 80),  # which sounds on
        (0, 80, 0, 0, (0, 56), 1),  # a sample has a length
        (1, 1, 0, 1, (0, 2), 1),
        (1000, 333, 0, 709, (689, 919), 29),  # from 689.1 to 918.5 blocks
        (1451, 333, 0, 1019, (999, 1230), 28),  # from 999.8 to 1229.3
        (1451, 333, 0, 999, (999, 1230), 1),  # 1449.8 ms: silent before it begins
    ],
)
def test_a_sample_ends_with_its_sound(start, length, shortest, silent_from, blocks, found):
    asked = []

    def end_of_sound(first, end, below_db):
        asked.append((first, end, below_db))
        return silent_from

    assert trimmed(SimpleNamespace(end_of_sound=end_of_sound), start, length, shortest, 40.0) == found
    assert asked == [(*blocks, 40)]


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
