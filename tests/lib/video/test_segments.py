"""Segments of film within one scene, by brute force over small windows: at every whole ms, and between them."""

import itertools
import math

import numpy as np

from lib.video.segments import choose_segment, lasting_segment
from tests.support.each import each

SHORTEST = 5


def chosen(start, end, cuts, shortest):
    """The rule, in whole ms and exactly."""
    segments, begin = [], math.ceil(start)
    for old, new in cuts:
        segments.append((begin, max(math.floor(old) - 1 - begin, 0)))
        if old - begin >= shortest:
            return segments[-1]
        begin = math.ceil(new)
    segments.append((begin, max(math.floor(end) - begin, 0)))
    if segments[-1][1] >= shortest:
        return segments[-1]
    longest = max(length for _, length in segments)
    return next(segment for segment in segments if segment[1] == longest)


def some_cuts(random, last, count):
    times = np.sort(random.integers(0, 2 * last, 2 * count)) / 2
    wide = random.random(count) < 0.3
    return [(float(a), float(b if far else a)) for (a, b), far in zip(times.reshape(-1, 2).tolist(), wide)]


@each("seed", range(4))
def test_segments_are_those_of_the_rule(seed):
    random = np.random.default_rng(seed)
    for _ in range(400):
        start, length = random.integers(0, 12) / 2, random.integers(-2, 40) / 2
        cuts = some_cuts(random, 20, int(random.integers(0, 5)))
        shortest = float(random.choice([4, 5, 5.5]))
        expected = chosen(start, start + length, cuts, shortest)
        assert choose_segment(start, start + length, cuts, shortest) == expected, (start, length, cuts)


def test_times_that_are_whole_but_for_a_rounding_are_whole():
    tiny = 5e-7
    for off in (-tiny, 0.0, tiny):
        assert choose_segment(10 + off, 40 + off, [], 5) == (10, 30)
        assert choose_segment(10, 40, [(20 + off, 20 + off)], 10) == (10, 9)
        assert choose_segment(10, 40, [(15 + off, 15 + off)], 10) == (15, 25)
        assert lasting_segment(10 + off, 12 + off, [(5, 5 + off), (30 + off, 30)], 12, 50) == (10, 12)
        assert lasting_segment(0, 3, [(20 + off, 21)], 18, 50) == (0, 18)
        assert lasting_segment(40, 45, [], 18, 50 + off) == (32, 18)
        # A cut at the window's end is within it, and one that is over at its beginning is not.
        assert lasting_segment(10, 20, [(20 + off, 20)], 5, 50) == (10, 9)
    assert choose_segment(10.00001, 39.99999, [], 5) == (11, 28)


def lasting(start, end, cuts, shortest, film_end):
    """Of the scenes that the window shows: the longest part of the window that can last long enough, extended."""
    inside = [(old, new) for old, new in cuts if new > start and old <= end]
    first = chosen(start, end, inside, shortest)
    if first[1] >= shortest:
        return first
    begins = [0] + [math.ceil(new) for _, new in cuts]
    ends = [math.floor(old) - 1 for old, _ in cuts] + [math.floor(film_end)]
    least, made = math.ceil(shortest), []
    for a, b in zip(begins, ends):
        seen = [ms for ms in range(a, b + 1) if math.ceil(start) <= ms <= math.floor(end)]
        if len(seen) < 2:
            continue
        # Forwards first, then back: as long as the shortest, within the scene.
        stop = seen[-1]
        while stop < b and stop - seen[0] < least:
            stop += 1
        begin = seen[0]
        while begin > a and stop - begin < least:
            begin -= 1
        made.append((begin, stop - begin, len(seen)))
    good = [one for one in made if one[1] >= least] or made
    if not good:
        return first
    most = max(one[2] for one in good)
    return next(one[:2] for one in good if one[2] == most)


@each("seed", range(6))
def test_segments_are_extended_within_their_scenes(seed):
    random = np.random.default_rng(seed)
    short = 0
    for _ in range(300):
        start, length = random.integers(0, 50) / 2, random.integers(0, 16) / 2
        film_end = float(random.integers(40, 60) / 2)
        end = min(start + length, film_end)
        if start >= film_end:
            continue
        cuts = [cut for cut in some_cuts(random, 30, int(random.integers(0, 6))) if cut[1] < film_end]
        shortest = float(random.choice([4, 6.5, 9, 12]))
        expected = lasting(start, end, cuts, shortest, film_end)
        assert lasting_segment(start, end, cuts, shortest, film_end) == expected, (start, end, cuts, shortest, film_end)
        short += expected[1] < shortest
    assert short > 10


def test_a_film_without_a_known_end_goes_on():
    assert lasting_segment(100, 102, [(50, 50)], 30, math.inf) == (100, 30)
    assert lasting_segment(5, 7, [], 30, math.inf) == (5, 30)


def test_all_windows_of_a_small_film():
    cuts = [(8, 8), (11, 12), (20, 20)]
    for start, end in itertools.combinations(range(26), 2):
        expected = lasting(start, end, cuts, SHORTEST, 25)
        assert lasting_segment(start, end, cuts, SHORTEST, 25) == expected, (start, end)
