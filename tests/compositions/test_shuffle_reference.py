"""Shuffle worked out again: the torus as a list of rows that are slid one by one, for grids and views of all shapes."""

import math

import numpy as np
import pytest

from compositions.shuffle import Shuffle
from tests.support.compositions import grid_composition, middles
from tests.support.eased import sine, size

WIDTH, HEIGHT, BEGIN = 160, 90, 1100
USUAL = {"count": 4, "bps": 3, "beat": 400, "bdivision": 1, "transition": 600, "mos": 3, "volr": (0.25, 0.75),
         "dur": 300, "vdur": 200, "pad0": BEGIN}  # fmt: skip
CASES = [
    (("8x6", "8x6", "8x6"), {"bdivision": 3, "mos": 5}),
    (("7x5", "5x3", "3x5"), {"bdivision": 2, "count": 5}),
    (("6x9", "2x4", "4x3"), {"mos": 7}),
    (("9x8", "4x7", "5x2"), {"bdivision": 0, "bps": 2, "count": 3}),
    (("4x4", "2x2", "4x4"), {"bdivision": 4, "count": 2}),
    (("1x5", "1x5", "1x3"), {"mos": 2}),
    (("2x4", "2x4", "2x2"), {"mos": 2}),
    (("5x1", "5x1", "5x1"), {"bdivision": 2}),
    (("3x3", "3x3", "1x1"), {"count": 1}),
]  # fmt: skip


def moves(strips, seen, most):
    """Return how far each strip slides: neighbours in opposite directions."""
    found = []
    nearest = 0 if strips % 2 else 0.5
    for n in range(strips):
        away, edge = abs(n - (strips - 1) / 2) - nearest, (seen - 1) / 2 - nearest
        part = away / edge if edge > 0 else 1
        found.append(round(most + (1 - most) * sine(part)) * (-1 if n % 2 else 1))
    return found


class Plain:
    """The torus, row by row."""

    def __init__(self, composition, grid, first, last, flags):
        self.flags = {**USUAL, **flags}
        self.grid, *views = size(grid), size(first), size(last)
        part = [max(a, b) for a, b in zip(*views)]
        self.part = tuple(side + (whole - side) % 2 for side, whole in zip(part, self.grid))
        least = [min(a, b) for a, b in zip(*views)]
        self.scales = self.grid[0] / views[0][0], self.grid[0] / views[1][0]
        self.corner = [(whole - side) // 2 for whole, side in zip(self.grid, self.part)]
        self.clips = list(zip(composition.clips.column.tolist(), composition.clips.row.tolist()))
        count, columns, rows = self.flags["count"], *self.part
        now = [
            [self.clips.index((x + self.corner[0], y + self.corner[1])) for x in range(columns)] for y in range(rows)
        ]
        moved = [[0, 0] for _ in self.clips]
        self.tori, self.moved = [now], [[tuple(place) for place in moved]]
        for slide in range(count - 1):
            sideways = slide % 2 == 0
            new = [row[:] for row in now]
            by = moves(rows, least[1], self.flags["mos"]) if sideways else moves(columns, least[0], self.flags["mos"])
            for y in range(rows):
                for x in range(columns):
                    clip = now[y][x]
                    if sideways:
                        new[y][(x + by[y]) % columns] = clip
                        moved[clip][0] += by[y]
                    else:
                        new[(y + by[x]) % rows][x] = clip
                        moved[clip][1] += by[x]
            now = new
            self.tori.append(now)
            self.moved.append([tuple(place) for place in moved])
        self.loop_ms = self.flags["bps"] * self.flags["beat"]
        self.shuffles = [BEGIN + n * (self.loop_ms + self.flags["transition"]) for n in range(count)]
        self.over = self.shuffles[-1] + self.loop_ms
        self.slides = [begin + self.loop_ms for begin in self.shuffles[:-1]]
        self.undone = [self.over + (count - 2 - n) * self.flags["transition"] for n in range(count - 1)]
        wide = min(2 ** self.flags["bdivision"], least[0])
        middle = (rows - 1) // 2, rows // 2
        self.loops = [[torus[middle[n % 2]][(columns - wide) // 2 + n] for n in range(wide)] for torus in self.tori]

    def pan(self, slides, clip):
        columns = self.part[0]
        (x,) = [row.index(clip) for row in self.tori[slides] if clip in row]
        return 2 * x / (columns - 1) - 1 if columns > 1 else 0

    def plays(self):
        low, high = self.flags["volr"]
        steps, long = 2 ** self.flags["bdivision"], 1.25 * self.flags["transition"]
        found = []
        for n, begin in enumerate(self.shuffles):
            for turn in range(self.flags["bps"] * steps):
                clip = self.loops[n][turn % len(self.loops[n])]
                ms = begin + turn * self.flags["beat"] / steps
                found.append((ms, clip, 0, False, low if turn % 2 else high, self.pan(n, clip)))
            if n < len(self.slides):
                found += [(self.slides[n], clip, long, False, low, self.pan(n, clip)) for clip in self.loops[n]]
                found += [(self.undone[n], clip, long, True, low, self.pan(n + 1, clip)) for clip in self.loops[n]]
        return sorted(found)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0][0])
def both(request):
    grids, flags = request.param
    composition = grid_composition(Shuffle, *grids, **{**USUAL, **flags})
    return composition, Plain(composition, *grids, flags)


def test_what_plays(both):
    composition, plain = both
    score, want = composition.score, plain.plays()
    columns = (score.ms, score.clip, score.stretch, score.backwards, score.volume, score.pan)
    assert np.array(sorted(zip(*(column.tolist() for column in columns)))) == pytest.approx(np.array(want))
    assert score.pan_to.tolist() == score.pan.tolist()
    lengths = np.where(score.stretch > 0, score.stretch, composition.shown_ms[score.clip])
    assert score.length.tolist() == lengths.tolist()
    last = plain.over + plain.flags["transition"] * len(plain.slides)
    assert composition.end_ms == max(last, (score.ms + lengths).max())
    assert composition.chapters == [
        *((ms, f"Shuffle {n}") for n, ms in enumerate(plain.shuffles, 1)), (plain.over, "Back"),
    ]  # fmt: skip


def test_where_each_clip_is(both):
    composition, plain = both
    slide, length = plain.flags["transition"], plain.over - BEGIN
    torus = np.array([WIDTH * plain.part[0] / plain.grid[0], HEIGHT * plain.part[1] / plain.grid[1]])
    pitch = np.array([WIDTH / plain.grid[0], HEIGHT / plain.grid[1]])
    times = [0, BEGIN + length / 8, BEGIN + length / 4, BEGIN + 3 * length / 8, plain.over, 1e6]
    times += [begin + part * slide for begin in (*plain.slides, *plain.undone) for part in (0.25, 0.6)]
    for ms in times:
        layout = composition.layout(float(ms))
        n = min(max((ms - BEGIN) / (length / 2), 0), 1)
        zoomed = 4 * n**3 if n < 0.5 else 1 - 4 * (1 - n) ** 3
        scale = plain.scales[0] + (plain.scales[1] - plain.scales[0]) * zoomed
        assert layout.width[0] == pytest.approx(scale * pitch[0])
        forth, back = (sum(sine((ms - begin) / slide) for begin in begins) for begins in (plain.slides, plain.undone))
        before = min(math.floor(forth - back + 1e-12), len(plain.slides))
        after, part = min(before + 1, len(plain.slides)), forth - back - before
        places = (middles(layout) - [WIDTH / 2, HEIGHT / 2]) / scale + [WIDTH / 2, HEIGHT / 2]
        inside = set()
        for place, clip in zip(places, layout.shows.tolist(), strict=True):
            moved = [
                a + (b - a) * part for a, b in zip(plain.moved[before][clip], plain.moved[after][clip], strict=True)
            ]
            away = (place - (np.array(plain.clips[clip]) + 0.5 + moved) * pitch) / torus
            assert away == pytest.approx(np.round(away), abs=1e-6), ms
            from_corner = place / pitch - plain.corner
            if (from_corner > -1e-6).all() and (from_corner < np.array(plain.part) + 1e-6).all():
                inside.add(clip)
        assert inside == set(range(len(plain.clips)))
