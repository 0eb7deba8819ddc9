"""Stretch worked out again, column by column: who repeats when and how long, and where every clip is."""

import math

import numpy as np
import pytest

from compositions.stretch import Stretch
from lib.composing.score import PlaybackSettings
from tests.support.compositions import grid_composition
from tests.support.eased import clamped, quad, size

WIDTH, HEIGHT, BEGIN = 160, 90, 1300
USUAL = {"volr": (0.25, 0.75), "sdur": 2000, "stms": 700, "step": 300, "tba": 0.5,
         "dur": lambda n: 30 + 40 * n, "vdur": 90, "mcd": 400, "margin": 0.1, "pad0": BEGIN}  # fmt: skip
CASES = [
    (("6x5", "6x5", "6x5"), {}),
    (("6x4", "6x4", "4x4"), {"tba": 0.25, "step": 0}),
    (("7x3", "3x3", "5x3"), {"tba": 1.0}),
    (("5x1", "5x1", "2x1"), {"step": 1500, "stms": 60, "tba": 0.75}),
    (("8x6", "2x2", "8x6"), {"tba": 0.0, "sdur": 500}),
    (("4x4", "4x4", "3x3"), {"sdur": 90, "dur": 1}),
]  # fmt: skip


class Plain:
    def __init__(self, composition, grid, first, last, flags):
        self.flags = {**USUAL, **flags}
        self.grid, *views = size(grid), size(first), size(last)
        self.scales = self.grid[0] / views[0][0], self.grid[0] / views[1][0]
        self.cells = list(zip(composition.clips.column.tolist(), composition.clips.row.tolist()))
        self.durs, self.shown = composition.clips.dur.tolist(), composition.shown_ms.tolist()
        self.pairs = math.ceil(views[1][0] / 2)
        self.total = (self.pairs - 1) * self.flags["step"] + 2 * self.flags["sdur"]
        self.middle = math.ceil(self.grid[1] / 2) - 1

    def pair(self, column):
        """Return the number of a column's pair, from the middle outwards."""
        columns = self.grid[0]
        return min(abs(column - columns // 2), abs(column - (columns - 1) // 2))

    def stretches(self, column):
        return BEGIN + self.pair(column) * self.flags["step"]

    def shrinks(self, column):
        left = max(self.total * (1 - self.flags["tba"]) - self.flags["sdur"], 0)
        at = BEGIN + self.total * self.flags["tba"] + self.pair(column) * left / self.pairs
        return max(at, self.stretches(column) + self.flags["sdur"])

    def plays(self):
        found = []
        for clip, (column, row) in enumerate(self.cells):
            if row == self.middle and self.pair(column) < self.pairs:
                shortest = max(self.durs[clip], 50)
                longest, since = max(shortest, self.flags["stms"]), 0
                while since < self.flags["sdur"]:
                    n = since / self.flags["sdur"]
                    long = shortest + (longest - shortest) * n
                    quiet = (1 - n) * (1 - self.pair(column) / self.pairs)
                    found.append((self.stretches(column) + since, clip, max(long, self.shown[clip]),
                                  0.25 + 0.5 * quiet, long if since and longest > shortest else 0))  # fmt: skip
                    since += long
        return sorted(found)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0][0]} to {case[0][2]}")
def both(request):
    grids, flags = request.param
    composition = grid_composition(Stretch, *grids, **{**USUAL, **flags})
    return composition, Plain(composition, *grids, flags)


def test_what_plays(both):
    composition, plain = both
    score, want = composition.score, plain.plays()
    columns = (score.ms, score.clip, score.length, score.volume, score.stretch)
    assert np.array(sorted(zip(*(column.tolist() for column in columns)))) == pytest.approx(np.array(want))
    last = [plain.shrinks(plain.cells[clip][0]) + plain.flags["sdur"] for _, clip, *_ in want]
    ends = [ms + length for ms, _, length, *_ in want]
    assert composition.end_ms == pytest.approx(max([BEGIN + plain.total, *last, *ends]))
    assert composition.chapters == [(BEGIN, "Out"), (BEGIN + plain.total * plain.flags["tba"], "Back")]


def test_how_plays_sound(both):
    # All have one level.
    assert both[0].playback == PlaybackSettings(-16.0, None, 0.1, 100.0, None, 80)


def test_where_each_clip_is(both):
    composition, plain = both
    columns, rows = plain.grid
    across, down = WIDTH / columns, HEIGHT / rows
    gap = 0.1 * across
    for part in (-0.2, 0, 0.1, 0.2, 0.3, 0.45, 0.5, 0.6, 0.75, 0.9, 1.0, 1.3):
        ms = BEGIN + part * plain.total
        layout = composition.layout(ms)
        n = clamped(part * 2)
        n = 4 * n**3 if n < 0.5 else 1 - 4 * (1 - n) ** 3
        scale = plain.scales[0] + (plain.scales[1] - plain.scales[0]) * n
        for clip, (column, row) in enumerate(plain.cells):
            more = 0.0
            if plain.pair(column) < plain.pairs:
                there, back = (
                    quad((ms - begins(column)) / plain.flags["sdur"]) for begins in (plain.stretches, plain.shrinks)
                )
                # In the end it is as high as all rows, with a gap beyond either edge.
                more = (HEIGHT + down - (down - gap)) * (there - back)
            y, height = row * down + gap / 2, down - gap
            if row == plain.middle:
                y, height = y - more / 2, height + more
            else:
                y += more / 2 if row > plain.middle else -more / 2
            want = (column * across + gap / 2 - WIDTH / 2) * scale + WIDTH / 2, (y - HEIGHT / 2) * scale + HEIGHT / 2
            assert (layout.x[clip], layout.y[clip]) == pytest.approx(want), (part, column, row)
            assert layout.height[clip] == pytest.approx(height * scale)
            assert layout.width[clip] == pytest.approx((across - gap) * scale)
