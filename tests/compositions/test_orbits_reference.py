"""Orbits worked out again: every ring as a list of cells that is walked along, for grids and views of all shapes."""

import math

import numpy as np
import pytest

from compositions.orbits import Orbits
from tests.support.compositions import grid_composition, middles
from tests.support.each import each
from tests.support.eased import sine, size

GRIDS = [
    ("8x8", "4x4", "8x8"), ("8x8", "4x4", "6x6"), ("9x7", "7x5", "2x4"), ("6x9", "6x3", "4x6"), ("10x8", "4x6", "6x4"),
    ("5x5", "1x1", "3x5"), ("7x6", "5x1", "3x1"), ("12x8", "12x8", "2x6"), ("6x6", "6x6", "1x1"),
]  # fmt: skip
FLAGS = {"beat": 1000, "bdivision": 2, "roffset": 5, "volr": (0.25, 1.0), "dur": 300, "vdur": 400, "pad0": 1500}
WIDTH, HEIGHT = 160, 90


class Plain:
    """The rings of a grid, walked along."""

    def __init__(self, grid, first, last):
        self.grid, views = size(grid), (size(first), size(last))
        # Of what is ever seen: as many rings as fit into it, which is in the middle.
        part = [max(a, b) for a, b in zip(*views)]
        self.part = [side + (whole - side) % 2 for side, whole in zip(part, self.grid)]
        self.corner = [(whole - side) // 2 for side, whole in zip(self.part, self.grid)]
        self.count = min(self.part) // 2
        seen = [min(view) // 2 for view in views]
        self.first, self.seen = seen[0], max(seen[1], 1)
        self.half = math.ceil(self.seen / 2)
        beats, self.starts = 0.0, []
        for ring in range(self.count):
            self.starts.append(1500 + 1000 * (beats + [0, 0.5, 0.25, 0.75][ring % 4]))
            beats += round(5 - 4 * sine(2 * ring / self.seen))

    def path(self, ring):
        """Return the cells of a ring (0: the innermost), clockwise from its left upper corner."""
        inset = self.count - 1 - ring
        left, top = self.corner[0] + inset, self.corner[1] + inset
        right, bottom = left + self.part[0] - 1 - 2 * inset, top + self.part[1] - 1 - 2 * inset
        upper = [(x, top) for x in range(left, right)]
        right_side = [(right, y) for y in range(top, bottom)]
        lower = [(x, bottom) for x in range(right, left, -1)]
        return upper + right_side + lower + [(left, y) for y in range(bottom, top, -1)]

    def places(self, beats):
        """Return where each cell of each ring is after as many beats of its own: {cell: place}."""
        found = {}
        for ring, now in enumerate(beats):
            path = self.path(ring)
            on_way = min(max(now, 0), 2 * self.half)
            turned = min(on_way, 2 * self.half - on_way)
            whole = math.floor(turned)
            part = turned - whole
            part = 4 * part**3 if part < 0.5 else 1 - 4 * (1 - part) ** 3
            for n, cell in enumerate(path):
                a, b = path[(n + whole) % len(path)], path[(n + whole + 1) % len(path)]
                found[cell] = tuple(p + (q - p) * part for p, q in zip(a, b))
        return found


@each(("grid", "first", "last"), GRIDS)
def test_each_clip_walks_along_its_ring_and_back(grid, first, last):
    composition, plain = grid_composition(Orbits, grid, first, last, **FLAGS), Plain(grid, first, last)
    columns, rows = plain.grid
    assert composition.starts[1:].tolist() == pytest.approx(plain.starts)
    cells = list(zip(composition.clips.column.tolist(), composition.clips.row.tolist(), strict=True))
    for ms in [0, *(plain.starts[0] + 1000 * beats for beats in (0, 0.25, 0.5, 0.8, 1, 1.6)), *plain.starts,
               *(start + 1000 * (2 * plain.half - 0.3) for start in plain.starts), 1e6]:  # fmt: skip
        layout = composition.layout(float(ms))
        scale = layout.width[0] / (WIDTH / columns)
        places = plain.places([(ms - start) / 1000 for start in plain.starts])
        want = [
            [(WIDTH / columns * (x + 0.5 - columns / 2)) * scale + WIDTH / 2,
             (HEIGHT / rows * (y + 0.5 - rows / 2)) * scale + HEIGHT / 2]
            for x, y in (places.get(cell, cell) for cell in cells)
        ]  # fmt: skip
        assert middles(layout) == pytest.approx(np.array(want), abs=1e-6)


@each(("grid", "first", "last"), GRIDS)
def test_who_is_at_three_o_clock_plays(grid, first, last):
    composition, plain = grid_composition(Orbits, grid, first, last, **FLAGS), Plain(grid, first, last)
    number = {
        cell: n
        for n, cell in enumerate(zip(composition.clips.column.tolist(), composition.clips.row.tolist(), strict=True))
    }  # fmt: skip
    want = []
    for ring, start in enumerate(plain.starts):
        path = plain.path(ring)
        clock = max(x for x, _ in path), (min(y for _, y in path) + max(y for _, y in path)) / 2
        for quarters in range(1, 4 * 2 * plain.half + 1):
            beats = quarters / 4
            if quarters % 2 == 0 and (quarters % 4 == 0) == (clock[1] == int(clock[1])):
                places = plain.places([beats if n == ring else 0 for n in range(plain.count)])
                (there,) = [cell for cell in path if places[cell] == pytest.approx(clock)]
                loud = 0.25 + 0.75 * (1 - sine(beats / (2 * plain.half)))
                want.append((number[there], start + 1000 * beats, loud))
    score = composition.score
    assert score.clip.tolist() == [clip for clip, _, _ in want]
    assert score.ms.tolist() == pytest.approx([ms for _, ms, _ in want])
    assert score.volume.tolist() == pytest.approx([loud for _, _, loud in want])
    assert score.length.tolist() == composition.shown_ms[score.clip].tolist()
    assert set(score.pan.tolist()) == {0}
    still = plain.starts[-1] + 2 * plain.half * 1000
    assert composition.end_ms == pytest.approx(max(still, *(score.ms + score.length).tolist()))
    assert composition.chapters == [(start, f"Ring {n}") for n, start in enumerate(plain.starts, 1)]


@each(("grid", "first", "last"), GRIDS)
def test_the_view_widens_from_four_fifths_of_the_time_to_the_first_ring_outside_of_it(grid, first, last):
    composition, plain = grid_composition(Orbits, grid, first, last, **FLAGS), Plain(grid, first, last)
    columns = plain.grid[0]
    outside = plain.starts[min(plain.first, plain.count - 1)]
    begin, end = 1500 + 0.8 * (outside - 1500), plain.starts[-1]
    scales = [columns / size(word)[0] for word in (first, last)]
    for n, eased_n in ((-1, 0), (0, 0), (0.25, 0.125), (0.5, 0.5), (0.75, 0.875), (1, 1), (2, 1)):
        if end > begin or n in (-1, 2):
            width = composition.layout(begin + n * max(end - begin, 1)).width[0]
            assert width == pytest.approx(WIDTH / columns * (scales[0] + (scales[1] - scales[0]) * eased_n))


def test_the_beat_of_more_rings_than_halvings_goes_round():
    starts = grid_composition(Orbits, "12x12", **{**FLAGS, "bdivision": 1, "roffset": 1}).starts[1:]
    assert ((starts - 1500) / 1000).tolist() == [0, 1.5, 2, 3.5, 4, 5.5]
    starts = grid_composition(Orbits, "20x20", **{**FLAGS, "bdivision": 3, "roffset": 0}).starts[1:]
    parts = np.mod((starts - 1500) / 1000, 1).tolist()
    assert parts == [0, 1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8, 3 / 8, 7 / 8, 0, 1 / 2]
