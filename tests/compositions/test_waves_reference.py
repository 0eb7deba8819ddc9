"""Waves worked out again: which clips each wave reaches when, how loud, and how far each of them is pushed."""

import math

import numpy as np
import pytest

from compositions.waves import Waves
from tests.support.compositions import grid_composition, middles
from tests.support.eased import clamped, quad, sine, size

WIDTH, HEIGHT, BEGIN = 160, 90, 1300
USUAL = {"translate": 0.75, "scale": 1.5, "steps": 3, "wd": 3000, "bd": 2000, "volr": (0.25, 1.0),
         "dur": 300, "vdur": 100, "margin": 0.1, "pad0": BEGIN}  # fmt: skip
CASES = [
    (("6x6", "6x6", "2x2"), {}),
    (("5x5", "5x5", "3x3"), {"steps": 1}),
    (("7x4", "3x2", "7x4"), {"steps": 2, "translate": -1.5}),
    (("4x8", "4x8", "3x5"), {"steps": 4, "wd": 500, "scale": 0.5}),
    (("1x1", "1x1", "1x1"), {"steps": 2}),
    (("9x6", "7x6", "4x3"), {"bd": 4000}),
]  # fmt: skip


class Plain:
    def __init__(self, composition, grid, first, last, flags):
        self.flags = {**USUAL, **flags}
        self.grid, *views = size(grid), size(first), size(last)
        self.scales = self.grid[0] / views[0][0], self.grid[0] / views[1][0]
        cells = zip(composition.clips.column.tolist(), composition.clips.row.tolist())
        self.places = [(x - (self.grid[0] - 1) / 2, y - (self.grid[1] - 1) / 2) for x, y in cells]
        self.away = [math.hypot(*place) for place in self.places]
        self.shown = composition.shown_ms.tolist()

    def scale(self, ms):
        n = quad((ms - BEGIN) / (self.flags["steps"] * self.flags["bd"]))
        return self.scales[0] + (self.scales[1] - self.scales[0]) * n

    def clockwise(self, clip):
        """Return the angle from twelve o'clock, in turns."""
        x, y = self.places[clip]
        return (math.atan2(x, -y) / (2 * math.pi)) % 1

    def plays(self):
        found, steps = [], self.flags["steps"]
        for step in range(steps):
            begin = BEGIN + step * self.flags["bd"]
            scale = self.scale(begin + self.flags["bd"])
            # Those that reach into the screen when the next wave begins.
            seen = [
                clip for clip, place in enumerate(self.places)
                if all(abs(at) - 0.5 < side / scale / 2 - 1e-6 for at, side in zip(place, self.grid))
            ]  # fmt: skip
            seen.sort(key=lambda clip: (round(self.away[clip], 9), self.clockwise(clip)))
            furthest = max(self.away[clip] for clip in seen)
            swell = sine(step / (steps - 1)) if steps > 1 else 1
            for n, clip in enumerate(seen):
                part = n / len(seen)
                near = 1 - sine(self.away[clip] / furthest) if furthest else 1
                found.append((begin + self.flags["wd"] * part, clip, near * swell * (0.1 + 0.9 * clamped(part / 0.1))))
        return found


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0][0]} to {case[0][2]}")
def both(request):
    grids, flags = request.param
    composition = grid_composition(Waves, *grids, **{**USUAL, **flags})
    return composition, Plain(composition, *grids, flags)


def test_what_plays_and_how_loud(both):
    composition, plain = both
    score, want = composition.score, plain.plays()
    assert score.clip.tolist() == [clip for _, clip, _ in want]
    assert score.ms.tolist() == pytest.approx([ms for ms, _, _ in want])
    assert score.length.tolist() == pytest.approx([1.5 * plain.shown[clip] for _, clip, _ in want])
    # Each is as loud as it is near, times a random factor from 0.33 to 1.
    loud = (score.volume - 0.25) / 0.75
    factors = [got / full for got, (_, _, full) in zip(loud, want, strict=True) if full > 1e-9]
    assert all(0.33 <= factor <= 1 for factor in factors)
    assert [got for got, (_, _, full) in zip(loud, want, strict=True) if full <= 1e-9] == pytest.approx(
        [0] * (len(want) - len(factors))
    )
    if len(factors) > 60:
        assert min(factors) < 0.4
        assert max(factors) > 0.93
        assert np.mean(factors) == pytest.approx((0.33 + 1) / 2, abs=0.06)
    zoomed = BEGIN + plain.flags["steps"] * plain.flags["bd"]
    assert composition.end_ms == pytest.approx(max(zoomed, *(score.ms + score.length)))
    assert composition.chapters == [
        (BEGIN + n * plain.flags["bd"], f"Wave {n + 1}") for n in range(plain.flags["steps"])
    ]  # fmt: skip


def test_where_each_clip_is(both):
    composition, plain = both
    across, down = WIDTH / plain.grid[0], HEIGHT / plain.grid[1]
    wide, high = across - 0.1 * across, down - 0.1 * across
    plays = list(
        zip(
            composition.score.ms.tolist(),
            composition.score.clip.tolist(),
            composition.score.length.tolist(),
            strict=True,
        )
    )
    times = [
        0,
        1e6,
        *(ms + part * length for ms, _, length in plays[:: len(plays) // 5 + 1] for part in (0.1, 1 / 3, 0.7)),
    ]
    furthest = max(plain.away) or 1
    for ms in times:
        layout, scale = composition.layout(float(ms)), plain.scale(ms)
        got = (middles(layout) - [WIDTH / 2, HEIGHT / 2]) / scale
        bright = layout.every("brightness")
        for clip, (x, y) in enumerate(plain.places):
            push = 0.0
            for begin, who, length in plays:
                n = (ms - begin) / length
                if who == clip and 0 <= n < 1:  # out within a third, and back
                    push = max(push, sine(3 * n) if n < 1 / 3 else sine((1 - n) * 1.5))
            far = plain.flags["translate"] * min(wide, high) * push / (math.hypot(x * across, y * down) or 1)
            assert got[clip] == pytest.approx((x * across * (1 + far), y * down * (1 + far)), abs=1e-6)
            grown = 1 + (plain.flags["scale"] - 1) * push
            assert layout.width[clip] == pytest.approx(wide * grown * scale)
            assert layout.height[clip] == pytest.approx(high * grown * scale)
            peak = 0.25 + 0.75 * sine(1 - plain.away[clip] / furthest)
            assert bright[clip] == pytest.approx(0.25 + (peak - 0.25) * push)
        assert layout.every("depth").tolist() == [-away for away in plain.away]


def test_who_is_heard_unless_it_is_said():
    def heard(**flags):
        composition = grid_composition(Waves, "4x4", **{**USUAL, **flags})
        return composition.most_heard, composition.always_heard

    assert heard() == (8192, 256)
    assert heard(maxa=0, keep=0) == (0, 0)
    assert heard(maxa=7, keep=3) == (7, 3)
