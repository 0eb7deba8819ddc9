"""Flow and the poster worked out again: where each clip is on its circle, how bright it is, and which are heard."""

import math
from pathlib import Path

import numpy as np
import pytest

from compositions.flow import Flow
from compositions.poster import Poster
from lib.composing.score import PlaybackSettings
from lib.text.title_style import title_style
from tests.support.compositions import middles
from tests.support.each import each
from tests.support.eased import clamped, size
from tests.support.grids import composition_of, grid_table

WIDTH, HEIGHT, BEGIN = 160, 90, 1300
USUAL = {"volr": (0.25, 0.75), "radius": 2.0, "freq": (2.0, 1.25), "rdur": 2000, "rot": 3, "ctp": 7, "pdur": 1500,
         "pad0": BEGIN, "pad1": 3000}  # fmt: skip
CASES = [
    (("8x8", "8x8", "8x8"), {}),
    (("9x7", "5x5", "9x7"), {"ctp": 100, "radius": -1.0}),
    (("6x10", "6x10", "4x4"), {"pdur": 9000, "pad1": 7000}),
    (("12x5", "12x5", "6x2"), {"rot": 1, "ctp": 1, "pdur": 100}),
]  # fmt: skip


def bell(n):
    return (1 - math.cos(2 * math.pi * clamped(n))) / 2


class Plain:
    def __init__(self, composition, order, grid, first, last, flags):
        self.flags = {**USUAL, **flags}
        self.grid, *views = size(grid), size(first), size(last)
        columns, rows = self.grid
        self.scales = columns / views[0][0], columns / views[1][0]
        self.cells = list(zip(composition.clips.column.tolist(), composition.clips.row.tolist()))
        away = [math.hypot(x - (columns - 1) / 2, y - (rows - 1) / 2) for x, y in self.cells]
        # Dark within half a cell of the middle, and from half a cell within the inscribed circle on.
        outer = min(columns, rows) / 2 - 0.5
        self.light = [bell((one - 0.5) / (outer - 0.5)) for one in away]
        self.order = [order[y * columns + x] for x, y in self.cells]
        self.total = self.flags["rot"] * self.flags["rdur"]

    def playing(self):
        brightest = sorted(range(len(self.cells)), key=lambda n: -self.light[n])[: self.flags["ctp"]]
        return sorted(brightest, key=lambda n: self.order[n])

    def diagonal(self, clip):
        x, y = self.cells[clip]
        columns, rows = self.grid
        return (columns - 1 - y + x) / (columns + rows - 2)


def made(folder, kind, grids, column, **flags):
    columns, rows = size(grids[0])
    order = np.random.default_rng(rows).permutation(columns * rows).tolist()
    table = grid_table(columns, rows, **{column: lambda n: order[n]})
    return composition_of(kind, folder, table, *grids, **flags), order


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0][0]} to {case[0][2]}")
def both(request, tmp_path_factory):
    grids, flags = request.param
    folder = Path(tmp_path_factory.mktemp("flow"))
    composition, order = made(folder, Flow, grids, "tsne" if grids[0] == "8x8" else "stsne", **{**USUAL, **flags})
    return composition, Plain(composition, order, *grids, flags)


def test_the_brightest_clips_play_in_order(both):
    composition, plain = both
    playing, score, flags = plain.playing(), composition.score, plain.flags
    step = max(plain.total - flags["pdur"], 0) / len(playing)
    assert score.clip.tolist() == playing
    moments = [step * n for n in range(len(playing))]
    assert score.ms.tolist() == pytest.approx([BEGIN + max(at - flags["rdur"] / 2, 0) for at in moments])
    loud = [(0.25 + 0.5 * bell(at / flags["rdur"] % 1)) * bell(at / plain.total) for at in moments]
    assert score.volume.tolist() == pytest.approx(loud)
    assert set(score.length) == set(score.stretch) == {flags["pdur"]}
    ends = max(BEGIN + plain.total, *(score.ms + flags["pdur"]))
    assert composition.end_ms == pytest.approx(ends + max(6000 - flags["pad1"], 0))
    assert composition.chapters == [(BEGIN + n * flags["rdur"], f"Rotation {n + 1}") for n in range(flags["rot"])]


def test_how_plays_sound(both):
    # Each fades in over a tenth of its length, however long that is, and out over the rest.
    assert both[0].playback == PlaybackSettings(-16.0, None, 0.1, math.inf, 0.9, 80)


def test_where_each_clip_is(both):
    composition, plain = both
    flags, (columns, rows) = plain.flags, plain.grid
    for part in (-0.1, 0, 0.2, 0.45, 0.5, 0.8, 1, 1.5):
        layout = composition.layout(BEGIN + part * plain.total)
        n = clamped(part)
        swell, eased = bell(n), 2 * n * n if n < 0.5 else 1 - 2 * (1 - n) ** 2
        scale = plain.scales[0] + (plain.scales[1] - plain.scales[0]) * eased
        turns_between = 2.0 - 0.75 * swell
        want = []
        for clip, (x, y) in enumerate(plain.cells):
            angle = 2 * math.pi * (n * flags["rot"] - plain.diagonal(clip) * turns_between)
            reach = flags["radius"] * swell * HEIGHT / rows
            across = (x + 0.5) * WIDTH / columns + reach * math.cos(angle)
            down = (y + 0.5) * HEIGHT / rows - reach * math.sin(angle)
            want.append(((across - WIDTH / 2) * scale + WIDTH / 2, (down - HEIGHT / 2) * scale + HEIGHT / 2))
        assert middles(layout) == pytest.approx(np.array(want), abs=1e-6)
        assert layout.every("brightness").tolist() == pytest.approx([0.25 + 0.75 * swell * one for one in plain.light])


@each("bright", [False, True])
@each("grids", [("8x6", "8x6", "8x6"), ("7x7", "7x7", "3x2")])
def test_the_poster_is_dark_in_its_middle(tmp_path, grids, bright):
    (tmp_path / "a.md").write_text("word")
    flags = {"tfile": str(tmp_path / "a.md"), "radius": 1.5, "freq": 2.4, "rot": 0.6, "bright": bright}
    poster, _ = made(tmp_path, Poster, grids, "tsne", **flags, style=title_style(), brightr=(0.25, 0.75))
    plain = Plain(poster, list(range(99)), *grids, {})
    columns, rows = plain.grid
    layout = poster.layout(5.0)
    for clip, ((x, y), place) in enumerate(zip(plain.cells, middles(layout), strict=True)):
        angle = 2 * math.pi * (0.6 - 2.4 * plain.diagonal(clip))
        at = [
            (x + 0.5) * WIDTH / columns + 1.5 * HEIGHT / rows * math.cos(angle),
            (y + 0.5) * HEIGHT / rows - 1.5 * HEIGHT / rows * math.sin(angle),
        ]
        want = (np.array(at) - [WIDTH / 2, HEIGHT / 2]) * plain.scales[1] + [WIDTH / 2, HEIGHT / 2]
        assert place == pytest.approx(want)
        away = min(math.hypot(want[0] / WIDTH - 0.5, want[1] / HEIGHT - 0.5), 1)
        eased = 4 * away**3 if away < 0.5 else 1 - 4 * (1 - away) ** 3
        assert layout.every("brightness")[clip] == pytest.approx(0.75 if bright else 0.25 + 0.5 * eased)
    assert (len(poster.score), poster.end_ms) == (0, 0.0)
