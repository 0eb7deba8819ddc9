"""Splice worked out again: which clips the two columns play, when, how, and where the rows of the picture are then."""

import math

import numpy as np
import pytest

from compositions.splice import Splice
from lib.composing.score import PlaybackSettings
from tests.support.compositions import grid_composition
from tests.support.eased import clamped, quad, sine, size

WIDTH, HEIGHT, BEGIN = 160, 90, 1100
USUAL = {"volr": (0.25, 1.0), "crange": (3000.0, 5000.0), "cycles": 1, "cdur": 128, "mstep": 64,
         "cprange": (900.0, 400.0), "srange": (3.0, 8.0), "rowh": 1, "dur": lambda n: 50 + 20 * n, "vdur": 10,
         "mcd": 700, "pad0": BEGIN}  # fmt: skip
CASES = [
    (("6x5", "6x5", "6x5"), {}),
    (("8x8", "4x4", "8x8"), {"cycles": 2, "mstep": 150}),
    (("7x6", "7x6", "3x2"), {"cprange": (300.0, 100.0), "mstep": 250}),
    (("9x4", "5x2", "7x4"), {"crange": (4000.0, 2500.0), "cdur": 90, "rowh": 7}),
    (("1x3", "1x3", "1x3"), {"srange": (8.0, 3.0)}),
    (("4x1", "4x1", "2x1"), {"rowh": 90}),
]  # fmt: skip


class Plain:
    """The composition, clip by clip."""

    def __init__(self, composition, grid, first, last, flags):
        self.flags = {**USUAL, **flags}
        self.grid, *views = size(grid), size(first), size(last)
        self.scales = self.grid[0] / views[0][0], self.grid[0] / views[1][0]
        self.clips = {
            cell: n for n, cell in enumerate(zip(composition.clips.column.tolist(), composition.clips.row.tolist()))
        }  # fmt: skip
        self.durs = composition.clips.dur.tolist()
        self.total = self.flags["cycles"] * max(self.flags["crange"])

    def scale(self, since):
        n = clamped(since / self.total)
        n = 4 * n**3 if n < 0.5 else 1 - 4 * (1 - n) ** 3
        return self.scales[0] + (self.scales[1] - self.scales[0]) * n

    def run(self, since, y):
        """Return how much of its run a row at a height, 0 to 1, has behind it: those in the middle are the first."""
        a, b = self.flags["crange"]
        middle = quad(1 - abs(2 * clamped(y) - 1))
        return clamped(since / (self.flags["cycles"] * (b + (a - b) * middle)))

    def way(self, since, y):
        return self.flags["cycles"] * quad(self.run(since, y))

    def plays(self):
        columns, rows = self.grid
        begin, upwards, found = 0.0, True, []
        while begin < self.total:
            a, b = self.flags["cprange"]
            length = max(a + (b - a) * sine(begin / self.total), self.flags["mstep"])
            scale = self.scale(begin)
            # A quarter in from the left of what is seen; of its rows those that reach to the middle of the edge row.
            left = math.floor(columns / 2 - columns / scale / 4)
            reach = max(rows / scale / 2, 0.5)
            for column, side, up in ((left, 1, upwards), (columns - 1 - left, -1, not upwards)):
                seen = [row for row in range(rows) if abs(row - (rows - 1) / 2) <= reach + 1e-6]
                clips = [self.clips[column, row] for row in seen if (column, row) in self.clips]
                clips = clips[::-1] if up else clips
                last = -math.inf
                for n, clip in enumerate(clips):
                    since = begin + length * math.acos(1 - 2 * n / len(clips)) / math.pi
                    if since < self.total and since - last >= self.flags["mstep"] - 1e-6:
                        found.append((since, clip, side))
                        last = since
            begin, upwards = begin + length, not upwards
        return found


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0][0])
def both(request):
    grids, flags = request.param
    composition = grid_composition(Splice, *grids, **{**USUAL, **flags})
    return composition, Plain(composition, *grids, flags)


def test_what_plays(both):
    composition, plain = both
    cells, want = {n: cell for cell, n in plain.clips.items()}, []
    columns, rows = plain.grid
    for since, clip, side in plain.plays():
        n, scale = since / plain.total, plain.scale(since)
        dur = min(plain.durs[clip], plain.flags["cdur"])
        a, b = plain.flags["srange"]
        long = dur * (a + (b - a) * sine(n))
        x = 0.5 + (cells[clip][0] - (columns - 1) / 2) / columns * scale
        y = clamped(0.5 + (cells[clip][1] - (rows - 1) / 2) / rows * scale)
        moved, then = (2 * side * plain.way(moment, y) for moment in (since, since + long))
        pan = (2 * x + moved) % 2 - 1
        loud = 0.25 + 0.75 * (1 - y) * (1 - math.cos(2 * math.pi * n)) / 2
        want.append((BEGIN + since, clip, max(long, 700), loud, dur, long, pan, pan + then - moved))
    score = composition.score
    numbers = (score.ms, score.clip, score.length, score.volume, score.dur, score.stretch, score.pan, score.pan_to)
    found = list(zip(*(column.tolist() for column in numbers)))
    assert len(found) == len(want) > 10
    # (1 and -1 are one place.)
    same = np.array([(*row[:6], row[7] - row[6]) for row in found])
    assert same == pytest.approx(np.array([(*row[:6], row[7] - row[6]) for row in want]))
    apart = np.array([row[6] for row in found]) - [row[6] for row in want]
    assert np.abs(np.mod(apart + 1, 2) - 1).max() < 1e-6
    assert composition.end_ms == pytest.approx(max(BEGIN + plain.total, *(row[0] + row[2] for row in want)))
    shortest = plain.flags["cycles"] * min(plain.flags["crange"])
    assert composition.chapters == [(BEGIN, "Sliding"), (BEGIN + shortest / 2, "Fading")]


def test_where_the_rows_of_the_picture_are(both):
    composition, plain = both
    rows, columns, high = 20, 16, plain.flags["rowh"]
    picture = np.full((rows, columns, 3), 240, np.uint8)
    picture[:, :8] = 80
    for part in (0, 0.2, 0.4, 0.55, 0.7, 0.9, 1.0):
        since = part * plain.total
        shown = composition.finish(picture, BEGIN + since)
        for row in range(rows):
            y = min((row // high + 0.5) * high / rows, 1)
            n = quad(plain.run(since, y))
            # Odd strips go to the right; from halfway on they fade to black.
            moved = (1 if row // high % 2 else -1) * plain.flags["cycles"] * n * columns
            fade = min(2 * (1 - n), 1)
            for column in range(columns):
                from_column = column - moved
                a, b = (picture[row, math.floor(from_column + k) % columns, 0] for k in (0, 1))
                mixed = a + (float(b) - a) * (from_column % 1)
                low, high_ = sorted((float(a), float(b)))
                if low == high_ or from_column % 1 < 1e-9:
                    assert shown[row, column, 0] == pytest.approx(mixed * fade, abs=1.0), (part, row, column)
                else:
                    assert low * fade - 1 <= shown[row, column, 0] <= high_ * fade + 1


def test_how_plays_sound(both):
    # Each fades in over a fifth of its length, however long that is, and out over four.
    assert both[0].playback == PlaybackSettings(-16.0, None, 0.2, math.inf, 0.8, 80)


def test_the_view_and_the_glow(both):
    composition, plain = both
    for part in (-0.1, 0, 0.25, 0.5, 0.75, 1, 2):
        since = part * plain.total
        width = composition.layout(BEGIN + since).width[0]
        assert width == pytest.approx(WIDTH / plain.grid[0] * plain.scale(since))
    first = int(np.argmin(composition.score.ms))
    begin, length = composition.score.ms[first], composition.score.length[first]
    glowing = composition.layout(begin + 0.2 * length).every("brightness")
    assert glowing[composition.score.clip[first]] == pytest.approx(1.0)
    assert composition.layout(begin - 1).every("brightness").tolist() == [0.25] * len(plain.clips)
