"""Ranges of a sound that comes in blocks, by slices of the whole."""

import numpy as np
import pytest

from lib.audio import ranges
from lib.audio.ranges import no_sound, range_streams, read_audio, read_ranges, sample_range


class Reader:
    """A reader of `whole` in blocks that end at these samples; counts the blocks that were asked for."""

    def __init__(self, whole, ends, is_cut=False, problem=""):
        self.whole, self.ends, self.is_cut, self.problem, self.taken = whole, ends, is_cut, problem, 0

    def __call__(self, path, rate, channels):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def blocks(self):
        for first, end in zip((0, *self.ends), self.ends):
            self.taken += 1
            yield self.whole[first:end]


@pytest.fixture
def reading(monkeypatch):
    def reading(channels, ends, **how):
        whole = np.arange(1, ends[-1] * channels + 1, dtype=np.float32).reshape(-1, channels)
        reader = Reader(whole[:, 0] if channels == 1 else whole, ends, **how)
        monkeypatch.setattr(ranges, "AudioReader", reader)
        return reader

    return reading


def test_a_range_in_ms_is_rounded_to_samples():
    assert sample_range(1.4, 2.6, 1000) == (1, 3)
    assert sample_range(10, 20, 44_100) == (441, 882)
    assert [no_sound(1).shape, no_sound(2).shape, no_sound(2).dtype] == [(0,), (0, 2), np.float32]


@pytest.mark.parametrize("channels", [1, 2])
def test_ranges_are_slices_of_the_whole_in_the_order_of_their_ends(reading, channels):
    random = np.random.default_rng(channels)
    for _ in range(60):
        ends = np.cumsum(random.integers(1, 9, random.integers(1, 7))).tolist()
        reader = reading(channels, ends)
        spans = [(int(random.integers(0, ends[-1] + 4)), int(random.integers(0, 12))) for _ in range(5)]
        found = list(read_ranges("a.wav", 1000, channels, spans))
        for index, sound in found:
            first, count = spans[index]
            assert np.array_equal(sound, reader.whole[first : first + count])
            assert sound.dtype == np.float32
        order = [index for index, _ in found]
        assert sorted(order) == [0, 1, 2, 3, 4]
        # Those that begin within the sound, by their ends; then those beyond it, by their beginnings.
        inside = [n for n in order if spans[n][0] < ends[-1]]
        assert order[: len(inside)] == inside == sorted(inside, key=lambda n: (sum(spans[n]), n))
        assert order[len(inside) :] == sorted(set(order) - set(inside), key=lambda n: (spans[n][0], n))
        # It is read no farther than the last range.
        needed = max(max(first + count, first + 1) for first, count in spans)
        assert reader.taken == next((n for n, end in enumerate(ends, 1) if end >= needed), len(ends))


@pytest.mark.parametrize(("is_cut", "problem"), [(False, ""), (False, "is odd"), (True, "is cut off")])
def test_what_is_wrong_is_told_and_looked_for_where_a_file_is_cut_off(reading, is_cut, problem):
    for stream in (False, True):
        reader, told = reading(1, [5, 9, 20], is_cut=is_cut, problem=problem), []
        if stream:
            parts = [np.concatenate(list(part)) for part in range_streams("a", 1000, 1, [(1, 3)], told.append)]
        else:
            parts = [sound for _, sound in read_ranges("a", 1000, 1, [(1, 3)], told.append)]
        assert [part.tolist() for part in parts] == [[2, 3, 4]]
        assert told == [problem] * bool(problem)
        assert reader.taken == (3 if is_cut else 1)
        reader = reading(1, [5, 9, 20], is_cut=is_cut, problem=problem)
        for part in range_streams("a", 1000, 1, [(1, 3)]) if stream else read_ranges("a", 1000, 1, [(1, 3)]):
            list(part)
        assert reader.taken == 1  # nobody is to be told


def test_the_whole_or_a_range_of_a_file(reading):
    reader = reading(2, [5, 9, 20])
    assert np.array_equal(read_audio("a", 1000, 2), reader.whole)
    assert np.array_equal(read_audio("a", 1000, 2, 7), reader.whole[7:])
    assert np.array_equal(read_audio("a", 1000, 2, 7, 4), reader.whole[7:11])
    assert np.array_equal(read_audio("a", 1000, 2, 2, 0), reader.whole[:0])
    assert read_audio("a", 1000, 2, 25).shape == (0, 2)
    reader = reading(1, [3, 4])
    assert np.array_equal(read_audio("a", 1000), reader.whole)
    assert np.array_equal(read_audio("a", 1000, dur_ms=2), reader.whole[:2])


@pytest.mark.parametrize("channels", [1, 2])
def test_streams_are_slices_of_the_whole_also_where_they_overlap_by_one(reading, channels):
    random = np.random.default_rng(channels)
    for _ in range(80):
        ends = np.cumsum(random.integers(1, 9, random.integers(2, 9))).tolist()
        reader = reading(channels, ends)
        spans, place = [], 0
        for _ in range(random.integers(1, 6)):
            # After a gap, at once, or one sample before the end of the previous one.
            first = max(place + int(random.choice([-1, 0, 0, 3, 7])), 0)
            count = int(random.integers(1, 9))
            spans.append((first, count))
            place = first + count
        for (first, count), stream in zip(spans, range_streams("a", 1000, channels, spans), strict=True):
            blocks = [no_sound(channels), *stream]
            assert all(len(block) for block in blocks[1:])
            assert np.array_equal(np.concatenate(blocks), reader.whole[first : first + count])
        assert reader.taken <= next((n for n, end in enumerate(ends, 1) if end >= place), len(ends))
