"""Falling worked out again: each clip followed by itself, step by step, and each throw from its description."""

import math

import numpy as np
import pytest

from compositions.falling import Falling
from tests.support.compositions import grid_composition, middles

WIDTH, HEIGHT, BEGIN = 160, 90, 1200
USUAL = {"maxcd": 6, "waves": 2, "gridc": 1, "duration": 4, "translate": 0.5, "rotate": 12.0, "prad": 1.5,
         "volr": (0.2, 1.0), "dpdur": 1000, "dur": 40, "vdur": 50, "pad0": BEGIN}  # fmt: skip
CASES = [
    (("5x4", "5x4", "3x2"), {}),
    (("4x6", "2x4", "4x2"), {"prad": 2.5, "waves": 1}),
    (("9x8", "5x4", "3x6"), {"prad": 1.0, "gridc": 2, "translate": -1.25}),
    (("6x6", "6x6", "6x6"), {"maxcd": 0, "prad": 0.75, "duration": 3}),
    (("4x4", "4x4", "2x2"), {"gridc": 0, "waves": 3, "prad": 3.5, "dpdur": 0, "vdur": 900}),
    (("3x3", "3x3", "1x1"), {"gridc": 0, "maxcd": 0, "prad": 3.0}),
    (("5x2", "5x2", "3x2"), {"maxcd": 0, "prad": 1.25}),
    (("5x4", "5x4", "5x4"), {"maxcd": 300, "waves": 50, "duration": 1}),  # each step moves it anywhere
    (("8x2", "8x2", "4x2"), {"waves": 5, "maxcd": 9, "prad": 4.0, "duration": 1, "rotate": -30.0}),
]  # fmt: skip


def bell(n):
    return (1 - math.cos(2 * math.pi * n)) / 2


class Plain:
    """The composition, clip by clip."""

    def __init__(self, composition, grid, first, last, flags):
        self.composition, self.flags = composition, {**USUAL, **flags}
        self.grid, *views = (tuple(map(int, word.split("x"))) for word in (grid, first, last))
        part = [max(a, b) for a, b in zip(*views)]
        self.columns, self.rows = (side + (whole - side) % 2 for side, whole in zip(part, self.grid))
        self.scale = self.grid[0] / views[1][0]
        self.clips = list(zip(composition.clips.column.tolist(), composition.clips.row.tolist()))
        self.length = 1000.0 * self.flags["duration"]
        # No step moves the grid by more than a twentieth of a cell; a step is a millisecond at least, of 100 and more.
        fastest = 2 * self.flags["gridc"] * self.rows + math.pi * self.flags["waves"] * self.flags["maxcd"]
        self.steps = max(min(math.ceil(fastest / 0.05), 1000 * self.flags["duration"]), 100)
        self.plays = sorted(self._plays())

    def slide(self, n):
        """Return how many cells the grid has moved to the right, and upwards."""
        x = 2 * n if n < 0.5 else 2 * (1 - n)
        swing = self.flags["maxcd"] * math.sqrt(x / 16) * math.sin(2 * math.pi * self.flags["waves"] * x)
        climb = self.flags["gridc"] * x * x / 2
        return (swing, climb * self.rows) if n < 0.5 else (-swing, (self.flags["gridc"] - climb) * self.rows)

    def _passes(self, clip, slides):
        """Yield the step in which a clip is nearest in each of its passes, and its distance then."""
        radius = self.flags["prad"]
        reach = (round(radius) + 2) / 2
        before = at = tuple(place - (whole - 1) / 2 for place, whole in zip(self.clips[clip], self.grid))
        best = None
        for step, (aside, up) in enumerate(slides):
            now = tuple(
                (place + move + size / 2) % size - size / 2
                for place, move, size in zip(at, (aside, -up), (self.columns, self.rows))
            )
            wraps = any(abs(a - b) > size / 2 for a, b, size in zip(now, before, (self.columns, self.rows)))
            is_near = math.hypot(*now) < radius and max(map(abs, now)) <= reach
            if best and (wraps or not is_near):
                yield best
                best = None
            if is_near and (best is None or math.hypot(*now) < best[1]):
                best = step, math.hypot(*now)
            before = now
        if best:
            yield best

    def _plays(self):
        slides = [self.slide(step / self.steps) for step in range(self.steps + 1)]
        speeds = np.gradient([aside for aside, _ in slides])
        most = np.abs(speeds).max()
        for clip in range(len(self.clips)):
            shown, free = self.composition.shown_ms[clip], -math.inf
            for step, away in self._passes(clip, slides):
                n = step / self.steps
                ms = BEGIN + self.length * n
                if 0 < step < self.steps and ms >= free:
                    free = ms + 2 * shown
                    speed = min(max(speeds[step] / (most / 2), -1), 1) if most else 0
                    near = 1 - away / max(self.flags["prad"], 0.05)
                    yield ms, clip, max((1.5 + 0.5 * bell(n)) * shown, 1000), near, speed, n

    def at(self, clip, ms):
        """Return where the middle of a clip is before the zoom, its turn, and its brightness."""
        n = min(max((ms - BEGIN) / self.length, 0), 1)
        aside, up = self.slide(n)
        across, down = WIDTH / self.grid[0], HEIGHT / self.grid[1]
        column, row = self.clips[clip]
        x, y, turn, bright = (column + 0.5 + aside) * across, (row + 0.5 - up) * down, 0.0, 0.25
        for begin, _, length, near, speed, when in reversed([play for play in self.plays if play[1] == clip]):
            if begin <= ms:
                part = min((ms - begin) / length, 1)
                thrown = (1 - math.cos(2 * math.pi * part)) / 2
                far = self.flags["translate"] * down * bell(when) * near * thrown
                x, y = x - far * speed, y + 2 * far
                turn, bright = self.flags["rotate"] * bell(when) * speed * thrown, 0.25 + 0.75 * near * thrown
                break
        return x, y, turn, bright


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0][0])
def both(request):
    grids, flags = request.param
    composition = grid_composition(Falling, *grids, **{**USUAL, **flags})
    return composition, Plain(composition, *grids, flags)


def test_who_is_touched_when(both):
    composition, plain = both
    score = composition.score
    found = sorted(
        zip(score.ms.tolist(), score.clip.tolist(), score.length.tolist(), score.volume.tolist(), strict=True)
    )
    want = [(ms, clip, length, 0.2 + 0.8 * near * abs(speed)) for ms, clip, length, near, speed, _ in plain.plays]
    assert [clip for _, clip, *_ in found] == [clip for _, clip, *_ in want]
    assert np.array(found) == pytest.approx(np.array(want))
    assert score.sounds.tolist() == [ms >= BEGIN + plain.flags["dpdur"] for ms in score.ms.tolist()]
    ends = [ms + length for ms, _, length, *_ in plain.plays]
    assert composition.end_ms == pytest.approx(max([BEGIN + plain.length, *ends]))
    assert composition.chapters == [(BEGIN, "Forth"), (BEGIN + plain.length / 2, "Back")]


def test_where_each_clip_is(both):
    composition, plain = both
    across, down = WIDTH / plain.grid[0], HEIGHT / plain.grid[1]
    torus = plain.columns * across, plain.rows * down
    left, top = min(c for c, _ in plain.clips) * across, min(r for _, r in plain.clips) * down
    # A few moments of the plays: as one begins, is at its furthest, and is nearly over.
    times = [0, BEGIN, BEGIN + plain.length / 2, BEGIN + plain.length]
    times += [
        ms + part * length
        for ms, _, length, *_ in plain.plays[:: len(plain.plays) // 4 + 1]
        for part in (0, 0.3, 0.5, 0.9)
    ]
    for ms in times:
        layout = composition.layout(float(ms))
        places = (middles(layout) - [WIDTH / 2, HEIGHT / 2]) / plain.scale + [WIDTH / 2, HEIGHT / 2]
        first = set()
        for (x, y), clip, turn, bright in zip(
            places.tolist(), layout.shows.tolist(), layout.every("rotation"), layout.every("brightness"), strict=True
        ):
            want_x, want_y, want_turn, want_bright = plain.at(clip, ms)
            for place, want, size in ((x, want_x, torus[0]), (y, want_y, torus[1])):
                away = (place - want) / size
                assert away == pytest.approx(round(away), abs=1e-6)
            assert (turn, bright) == pytest.approx((want_turn, want_bright), abs=1e-9)
            if left - 1e-6 <= x <= left + torus[0] + 1e-6 and top - 1e-6 <= y <= top + torus[1] + 1e-6:
                first.add(clip)
        assert first == set(range(len(plain.clips)))


def test_what_is_touched_just_as_the_silence_ends_is_heard():
    # Steps of 12.5 ms: some touches are an integer number of milliseconds after the beginning.
    flags = {**USUAL, "maxcd": 0, "prad": 0.75, "duration": 3}
    times = grid_composition(Falling, "6x6", "6x6", "6x6", **flags).score.ms - BEGIN
    whole = [int(ms) for ms in times if ms == int(ms)]
    for ms in whole[:3]:
        score = grid_composition(Falling, "6x6", "6x6", "6x6", **{**flags, "dpdur": ms}).score
        assert score.sounds.tolist() == (score.ms >= BEGIN + ms).tolist()
        assert score.sounds[score.ms == BEGIN + ms].all()
    assert whole
