"""Proliferation worked out again: which clips play in each step, when, and how bright each of them is."""

import math
from pathlib import Path

import numpy as np
import pytest

from compositions.proliferation import Proliferation
from tests.support.compositions import middles
from tests.support.eased import clamped, sine, size
from tests.support.grids import composition_of, grid_table

WIDTH, HEIGHT, BEGIN = 160, 90, 1300
USUAL = {"bstep": 400, "mci": 100, "rw": 1, "kfd": ("tsne", "tsne2"), "volr": (0.25, 1.0), "pad0": BEGIN, "mcd": 0,
         "brightr": (0.25, 0.75)}  # fmt: skip
CASES = [
    (("6x6", "2x2", "6x6"), {}),
    (("7x7", "3x3", "5x5"), {"rw": 2}),
    (("8x4", "8x4", "4x4"), {"mci": 300}),
    (("5x8", "1x2", "5x8"), {"rw": 3, "kfd": ("tsne",)}),
    (("1x1", "1x1", "1x1"), {}),
    (("9x3", "3x1", "6x2"), {"bstep": 900, "mci": 1}),
]  # fmt: skip


class Plain:
    def __init__(self, composition, values, grid, first, last, flags):
        self.flags = {**USUAL, **flags}
        self.grid, *self.views = size(grid), size(first), size(last)
        self.scales = self.grid[0] / self.views[0][0], self.grid[0] / self.views[1][0]
        columns, rows = self.grid
        cells = list(zip(composition.clips.column.tolist(), composition.clips.row.tolist()))
        self.cells = cells
        self.ring = [
            max(math.ceil(max(abs(x - (columns - 1) / 2), abs(y - (rows - 1) / 2))), 1) for x, y in cells
        ]  # fmt: skip
        kinds = len(self.flags["kfd"])
        points = [values[y * columns + x][:kinds] for x, y in cells]
        inner = [point for point, ring in zip(points, self.ring) if ring == 1]
        mean = [sum(column) / len(inner) for column in zip(*inner)]
        self.unlike = [math.dist(point, mean) for point in points]
        seen = max(view + (whole - view) % 2 for view, whole in zip(self.views[1], self.grid))
        self.steps = max(seen // 2, 1)
        self.shown = composition.shown_ms.tolist()

    def plays(self):
        """Return the plays, with the number of audible ones of each step, and when the steps begin."""
        found, heard, begins = [], [], []
        free, begin = set(range(len(self.cells))), float(BEGIN)
        for step in range(1, self.steps + 1):
            length = 4 * self.flags["bstep"] / step
            reach = [n for n in sorted(free) if self.ring[n] < step + self.flags["rw"]]
            reach.sort(key=lambda n: self.unlike[n])
            chosen = reach[: self.ring.count(step)]
            free -= set(chosen)
            near = (1 - (step - 1) / (self.steps - 1)) ** 6 if self.steps > 1 else 1
            found += [(begin + length * n / len(chosen), clip, 0.25 + 0.75 * near) for n, clip in enumerate(chosen)]
            heard.append(min(math.floor(length / self.flags["mci"]), len(chosen)))
            begins.append(begin)
            begin += length
        return found, heard, begins


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0][0]} to {case[0][2]}")
def both(request, tmp_path_factory):
    grids, flags = request.param
    columns, rows = size(grids[0])
    values = np.random.default_rng(columns).integers(0, 1000, (columns * rows, 2)).tolist()
    numbers = {"tsne": lambda n: values[n][0], "tsne2": lambda n: values[n][1], "dur": lambda n: 100 + n}
    table = grid_table(columns, rows, **numbers)
    folder = Path(tmp_path_factory.mktemp("proliferation"))
    composition = composition_of(Proliferation, folder, table, *grids, **{**USUAL, **flags})
    return composition, Plain(composition, values, *grids, flags)


def test_what_plays_when(both):
    composition, plain = both
    score, (want, heard, begins) = composition.score, plain.plays()
    found = zip(score.ms.tolist(), score.clip.tolist(), score.volume.tolist(), strict=True)
    assert np.array(list(found)) == pytest.approx(np.array(want))
    assert score.length.tolist() == [plain.shown[clip] for _, clip, _ in want]
    step = np.searchsorted(begins, score.ms + 1e-6, side="right") - 1
    assert [int(score.sounds[step == n].sum()) for n in range(len(begins))] == heard
    assert composition.chapters == [(ms, f"Ring {n}") for n, ms in enumerate(begins, 1)]
    assert composition.end_ms == pytest.approx(max(begins[-1], *(score.ms + score.length)))


def test_who_is_heard_is_random_but_always_the_same(both):
    composition, plain = both
    random = np.random.default_rng(1)
    _, heard, begins = plain.plays()
    step = np.searchsorted(begins, composition.score.ms + 1e-6, side="right") - 1
    for n, count in enumerate(heard):
        order = random.permutation(int((step == n).sum()))
        assert np.flatnonzero(composition.score.sounds[step == n]).tolist() == sorted(order[:count].tolist())


def test_how_bright_and_how_large_each_clip_is(both):
    composition, plain = both
    plays, _, begins = plain.plays()
    outside = begins[min(plain.views[0][0] // 2, len(begins) - 1)]
    zoom = BEGIN + 0.55 * (outside - BEGIN)
    end = max(begins[-1], zoom)
    for ms in [0, *(BEGIN + part * (composition.end_ms - BEGIN) for part in (0, 0.1, 0.4, 0.7, 0.95, 1, 2)), zoom,
               (zoom + end) / 2, zoom + (end - zoom) / 4]:  # fmt: skip
        layout = composition.layout(ms)
        n = clamped((ms - zoom) / (end - zoom)) if end > zoom else float(ms >= zoom)
        n = 2 * n * n if n < 0.5 else 1 - 2 * (1 - n) ** 2
        scale = plain.scales[0] + (plain.scales[1] - plain.scales[0]) * n
        assert layout.width == pytest.approx(np.full(len(plain.cells), WIDTH / plain.grid[0] * scale))
        want = [0.0] * len(plain.cells)
        for begin, clip, _ in plays:
            if begin <= ms:
                part = clamped((ms - begin) / plain.shown[clip])
                # It rises within a fifth of its length, from the dark, and falls back to what it is at rest.
                want[clip] = 0.75 * sine(5 * part) if part < 0.2 else 0.25 + 0.5 * sine((1 - part) / 0.8)
        assert layout.every("brightness").tolist() == pytest.approx(want)
        places = [((x + 0.5) / plain.grid[0], (y + 0.5) / plain.grid[1]) for x, y in plain.cells]
        home = (np.array(places) - 0.5) * [WIDTH, HEIGHT] * scale + [WIDTH / 2, HEIGHT / 2]
        assert middles(layout) == pytest.approx(home)
