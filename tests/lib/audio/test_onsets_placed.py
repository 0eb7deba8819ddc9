"""From rises in frames to onsets in time, by plain Python: where an attack begins, and which attacks count."""

import math

import numpy as np
import pytest

from lib.audio.levels import Attack
from lib.audio.onsets import begin_of, find_onsets, pick_rises
from tests.support.each import each

BLOCK_MS = 32 / 22.05


def begin_worked_out(block, rise, growth, raw):
    """2 ms before the steepest rise, and earlier if that is small: for each dB below 16 (8 for what fades) 2.75 ms
    (1.5), 20 (10) at most, but not to more than 25 ms before the frame; within 50 ms of the frame, and of the file.
    """
    begin = block * BLOCK_MS - 2
    if growth > -0.5:
        early = min(2.75 * (16 - rise), 20) if rise < 16 else 0
        if rise < 4:
            begin = min(begin, raw + 12)
    else:
        early = min(1.5 * (8 - rise), 10) if rise < 8 else 0
    begin = begin - early if begin - early >= raw - 25 else min(begin, raw - 25)
    return min(max(begin, raw - 50, 0), raw + 50)


def test_the_beginning_of_an_attack_by_brute_force():
    random = np.random.default_rng(1)
    sides = set()
    for raw in (0.0, 20.0, 30.0, 500.0):
        for growth in (-3.0, -0.51, -0.5, -0.49, 0.0, 2.0):
            for rise in (0.0, 1.0, 1.4, 3.9, 4.0, 4.1, 7.9, 8.0, 8.1, 9.0, 12.0, 15.9, 16.0, 16.1, 30.0):
                for _ in range(6):
                    block = int(max(raw + random.uniform(-70, 70), 0) / BLOCK_MS)
                    expected = begin_worked_out(block, rise, growth, raw)
                    assert begin_of(Attack(block, rise, growth), raw) == pytest.approx(expected)
                    sides.add(np.sign(expected - block * BLOCK_MS + 2))
    assert len(sides) == 3


class Told:
    """Levels that are told: the attack of each range that is asked for, and the first sound."""

    count = 5000

    def __init__(self, attacks, first):
        self.attacks, self.first, self.asked, self.heard = attacks, first, [], []

    def add(self, block):
        self.heard.append(block)

    def finish(self):
        self.heard.append("end")

    def steepest(self, first, end):
        self.asked.append((first, end))
        return self.attacks.get((first, end), Attack(40, 3.0))

    def first_over(self, below_db, end):
        self.asked.append((below_db, end))
        return self.first if self.first is not None and self.first < end else None


class Given:
    def __init__(self, spans):
        self.given = np.array(spans, float).reshape(-1, 3)

    def spans(self, blocks, kept):
        list(blocks)
        return self.given


def found(attacks, first=None):
    """The onsets of attacks (raw ms, block, rise), and what the levels were asked."""
    spans = [(raw - 25, raw + 50, raw) for raw, _, _ in attacks]
    ranges = [(round((raw - 25) / BLOCK_MS), round((raw + 50) / BLOCK_MS) + 1) for raw, _, _ in attacks]
    levels = Told({place: Attack(block, rise, -9.0) for place, (_, block, rise) in zip(ranges, attacks)}, first)
    onsets = find_onsets([1, 2], levels, Given(spans))
    assert levels.heard == [1, 2, "end"]
    assert levels.asked[: len(ranges)] == ranges
    assert onsets.dtype == np.int64
    return onsets.tolist(), levels.asked[len(ranges) :]


def at(ms):
    """An attack that begins at the first block from there on, with a rise that is large: 2 ms before it."""
    return ms, math.ceil((ms + 2) / BLOCK_MS), 20.0


def begins(ms):
    return math.ceil((ms + 2) / BLOCK_MS) * BLOCK_MS - 2


def test_onsets_nearer_than_30_ms_are_one():
    times = [100, 128, 131, 160, 300, 329, 331]
    onsets, _ = found([at(ms) for ms in times])
    expected = []
    for ms in map(begins, times):
        if not expected or ms - expected[-1] >= 30:
            expected.append(ms)
    assert onsets == [round(ms) for ms in expected]
    assert len(onsets) == 4
    # In the order of time, whatever that of the frames was.
    assert found([at(400), at(300)])[0] == [round(begins(300)), round(begins(400))]


def test_exactly_30_ms_apart_are_two():
    # Both are 50 ms before their frames, which are integers in ms.
    assert found([(200, 0, 20), (230, 0, 20)])[0] == [150, 180]
    assert found([(200, 0, 20), (229, 0, 20)])[0] == [150]


def test_the_first_sound_is_looked_for_before_the_first_onset_or_in_the_whole_file():
    _, asked = found([at(300), at(500)])
    assert asked == [(30, round(begins(300) / BLOCK_MS))]
    onsets, asked = found([])
    assert (onsets, asked) == ([], [(30, 5000)])
    # From 50 ms before what is loud to 10 ms after it; 2 ms before the rise there.
    onsets, asked = found([], 700)
    assert asked[1] == (700 - round(50 / BLOCK_MS), 700 + round(10 / BLOCK_MS))
    assert onsets == [round(40 * BLOCK_MS - 2)]
    # (An attack at the beginning of the file does not begin before it.)
    assert found([(900, 600, 9)], 0)[0][0] == 0


@each(("ms", "rise", "counts"), [(149, 5.9, False), (149, 6.0, True), (150, 5.9, False),
                                                    (151, 5.9, True), (99, 5.0, False), (300, 0.0, True)])  # fmt: skip
def test_just_after_the_first_sound_an_onset_has_to_rise_by_6_db(ms, rise, counts):
    # (50 ms before its frame, whatever its rise.)
    onsets, _ = found([(ms + 50, 0, rise)], 0)
    assert onsets == ([0, ms] if counts else [0])


def peaks_worked_out(level, sensitivity, least_range):
    """(Dip before it, peak): the highest of its frame and one before it, over the mean of four before to four after it
    by 7 % of the range, and two frames after another one.
    """
    low = min(level)
    top = max(max(level) - low, least_range)
    found = []
    for n, value in enumerate(level):
        around = level[max(n - 4, 0) : n + 5]
        stands_out = (value - low) / top >= (sum(around) / len(around) - low) / top + 0.07 / sensitivity - 1e-12
        if value >= level[max(n - 1, 0)] and stands_out and (not found or n > found[-1][1] + 1):
            dip = n
            while dip > 0 and not (
                dip < len(level) - 1 and level[dip] <= level[dip - 1] and level[dip] < level[dip + 1]
            ):
                dip -= 1
            found.append((dip, n))
    return found


@each("sensitivity", [1.0, 0.5, 4.0])
@each("least_range", [0.0, 64.0])
def test_rises_by_brute_force(sensitivity, least_range):
    random = np.random.default_rng(int(sensitivity * 2))
    count = 0
    for size in (1, 2, 3, 5, 9, 20, 40):
        for _ in range(25):
            strength = random.integers(0, random.choice([3, 32]), size).astype(np.float32)
            begins, peaks = pick_rises(strength, sensitivity, least_range)
            expected = [] if len(set(strength)) == 1 else peaks_worked_out(strength.tolist(), sensitivity, least_range)
            assert list(zip(begins.tolist(), peaks.tolist(), strict=True)) == expected
            count += len(expected)
    assert count > 50
