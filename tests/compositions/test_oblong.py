"""All nine on grids of 8x4 and 4x8, whose numbers tell columns from rows; worked out by hand.

A picture is 160 x 90: cells are 20 x 22.5, or 40 x 11.25. Clip n is in row n // columns, column n % columns.
"""

import numpy as np
import pytest

from compositions.falling import Falling
from compositions.flow import Flow
from compositions.orbits import Orbits
from compositions.poster import Poster
from compositions.proliferation import Proliferation
from compositions.shuffle import Shuffle
from compositions.splice import Splice
from compositions.stretch import Stretch
from compositions.waves import Waves
from lib.text.title_style import title_style
from tests.support.compositions import grid_composition, middles

LOUD = (0.2, 1.0)
CELLS = {"8x4": np.array([20, 22.5]), "4x8": np.array([40, 11.25])}


def moved(composition, ms, clip):
    return middles(composition.layout(float(ms)))[clip] - middles(composition.layout(0.0))[clip]


def circle(turns):
    """Where something is on a circle of radius 1, counter-clockwise from three o'clock, downwards being positive."""
    return np.array([np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns)])


@pytest.mark.parametrize(
    ("grid", "first", "second", "third"),
    [
        # Rings 1 and 2 are squares in the middle; 3 and 4 are the columns, or rows, beyond them.
        ("8x4", {11, 12, 19, 20}, {r * 8 + c for r in range(4) for c in range(2, 6)}, {1, 9, 17, 25, 6, 14, 22, 30}),
        ("4x8", {13, 14, 17, 18}, set(range(8, 24)), {4, 5, 6, 7, 24, 25, 26, 27}),
    ],
)
def test_proliferation(grid, first, second, third):
    composition = grid_composition(Proliferation, grid, bstep=1000, kfd=("tsne",), mci=16, rw=1, volr=LOUD)
    clip = composition.score.clip.tolist()
    assert set(clip[:4]) == first
    assert set(clip[4:16]) == second - first
    assert set(clip[16:24]) == third
    assert composition.ring_ms == pytest.approx([1000, 5000, 7000, 7000 + 4000 / 3])


@pytest.mark.parametrize(
    ("grid", "order", "far"),
    [
        ("8x4", [12, 20, 19, 11, 4, 13, 21, 28, 27, 18, 10, 3], 0.8 * 20),
        ("4x8", [14, 18, 17, 13, 10, 15, 19, 22, 21, 16, 12, 9], 0.8 * 11.25),
    ],
)
def test_waves(grid, order, far):
    composition = grid_composition(Waves, grid, steps=1, wd=3200, bd=1000, translate=0.8, scale=1.5, volr=LOUD)
    assert composition.score.clip[:12].tolist() == order
    assert composition.score.ms == pytest.approx(1000 + 100 * np.arange(32))
    # The first fires at 1000, is right above the middle, and furthest away after half of 1200 ms.
    away = np.array([0.5, -0.5]) * CELLS[grid]
    assert moved(composition, 1600, order[0]) == pytest.approx(far * away / np.hypot(*away))
    assert composition.layout(1600.0).height[order[0]] == pytest.approx(1.5 * CELLS[grid][1])


@pytest.mark.parametrize(
    ("grid", "inner"),
    # The inner ring is 6 x 2 cells, or 2 x 6. A clip of its left upper corner, and the one above three o'clock.
    [("8x4", (9, 14)), ("4x8", (5, 14))],
)
def test_orbits(grid, inner):
    composition = grid_composition(Orbits, grid, beat=800, bdivision=0, roffset=1, volr=LOUD)
    across, down = CELLS[grid]
    assert composition.starts[1:].tolist() == [1000, 1800]
    assert composition.score.clip.tolist() == [14, 14, 15, 15]
    assert composition.score.ms.tolist() == [1400, 2200, 2200, 3000]
    assert moved(composition, 1800, inner[0]) == pytest.approx([across, 0])
    assert moved(composition, 1800, inner[1]) == pytest.approx([0, down])
    assert moved(composition, 2600, inner[0]) == pytest.approx([0, 0])
    assert moved(composition, 2600, 0) == pytest.approx([across, 0])
    assert moved(composition, 1800, 0) == pytest.approx([0, 0])


@pytest.mark.parametrize(
    ("grid", "loop", "moves"),
    [("8x4", [11, 20], [1, -5, 5, -1]), ("4x8", [13, 18], [1, -2, 4, -5, 5, -4, 2, -1])],
)
def test_shuffle(grid, loop, moves):
    flags = {"count": 2, "bps": 1, "beat": 800, "bdivision": 1, "transition": 1000, "mos": 5, "volr": LOUD}
    composition = grid_composition(Shuffle, grid, **flags)
    assert composition.score.clip[:2].tolist() == loop
    assert composition.score.ms[:2].tolist() == [1000, 1400]
    columns = 32 // len(moves)
    shift = moved(composition, 2800, np.arange(32)) / CELLS[grid]
    # (At -0.0 cells a torus of 4 is at 4.)
    assert np.mod(np.round(shift[:, 0], 6), columns).tolist() == [
        move % columns for move in moves for _ in range(columns)
    ]
    assert shift[:, 1] == pytest.approx(np.zeros(32))


@pytest.mark.parametrize(("grid", "columns", "rows"), [("8x4", (3, 4), 4), ("4x8", (1, 2), 8)])
def test_falling(grid, columns, rows):
    flags = {"waves": 1, "gridc": 2, "duration": 10, "translate": 0.5, "rotate": 12.0, "volr": LOUD, "dpdur": 0}
    still = grid_composition(Falling, grid, maxcd=4, prad=0.0, **flags)
    across, down = CELLS[grid]
    # An eighth of the whole: x = 1/4, 4 x 1/8 cells to the right, a sixteenth of all rows upwards. Half: all rows.
    middle = 32 // 2 + int(grid[0]) // 2
    assert moved(still, 1000 + 1250, middle) == pytest.approx([across / 2, -rows / 16 * down])
    assert moved(still, 1000 + 2500, middle) == pytest.approx([0, -rows / 4 * down])
    assert still.slide(0.5) == pytest.approx((0, rows), abs=1e-12)
    score = grid_composition(Falling, grid, maxcd=0, prad=1.0, mcd=0, **flags).score
    want = {}
    for row in range(rows):
        y = (row - (rows - 1) / 2) % rows  # cells until it is in the middle, which it is once a turn
        times = [1000 + 10_000 * n for n in (np.sqrt(y / rows) / 2, 1 - np.sqrt(1 - y / rows) / 2)]
        want |= {row * (32 // rows) + column: times for column in columns}
    assert set(score.clip.tolist()) == set(want)
    for clip, times in want.items():
        assert sorted(score.ms[score.clip == clip]) == pytest.approx(times, abs=16.0), clip


@pytest.mark.parametrize(("grid", "corner", "first", "upper"), [("8x4", 24, 0.4, 0.7), ("4x8", 28, -0.4, 0.3)])
def test_flow(grid, corner, first, upper):
    flags = {"radius": 1.0, "freq": (1.0, 1.0), "rdur": 1000, "rot": 2, "ctp": 4, "pdur": 500, "volr": LOUD}
    composition = grid_composition(Flow, grid, **flags)
    high = CELLS[grid][1]
    # Halfway, after one rotation: (columns - 1 - row + column) / 10 of a turn behind. The left lower corner is first.
    assert moved(composition, 2000, corner) == pytest.approx(high * circle(-first))
    assert moved(composition, 2000, 0) == pytest.approx(high * circle(-upper))
    assert moved(composition, 2000, 31 - corner) == pytest.approx(high * circle(-first - 1))
    light = composition.layout(2000.0).every("brightness")
    inner = {"8x4": 11, "4x8": 13}[grid]
    assert light[0] == pytest.approx(0.25)
    part = np.hypot(0.5, 0.5) - 0.5  # from half a cell to one and a half
    assert light[inner] == pytest.approx(0.25 + 0.75 * (1 - np.cos(2 * np.pi * part)) / 2)


@pytest.mark.parametrize(
    ("grid", "left", "right", "pan"),
    [
        ("8x4", [26, 18, 10, 2], [5, 13, 21, 29], -0.375),
        ("4x8", [29, 25, 21, 17, 13, 9, 5, 1], [2, 6, 10, 14, 18, 22, 26, 30], -0.25),
    ],
)
def test_splice(grid, left, right, pan):
    composition = grid_composition(
        *(Splice, grid), crange=(1000.0, 2000.0), cycles=2, cdur=100, mstep=10, cprange=(800.0, 400.0),
        srange=(2.0, 4.0), volr=LOUD, mcd=0,
    )  # fmt: skip
    score = composition.score
    first = score.ms < 1800
    for clips in (left, right):
        mine = first & np.isin(score.clip, clips)
        assert score.clip[mine].tolist() == clips
        assert score.ms[mine] == pytest.approx(
            1000 + 800 * np.arccos(1 - 2 * np.arange(len(clips)) / len(clips)) / np.pi
        )
    assert first.sum() == len(left) + len(right)
    assert score.pan[(score.ms == 1000) & (score.clip == left[0])] == pytest.approx([pan])
    assert score.pan[(score.ms == 1000) & (score.clip == right[0])] == pytest.approx([-pan])


@pytest.mark.parametrize(
    ("grid", "pairs", "height", "end"),
    [
        ("8x4", [(11, 12), (10, 13), (9, 14), (8, 15)], 112.5, 1000 + 3 * 400 + 2000),
        ("4x8", [(13, 14), (12, 15)], 101.25, 1000 + 400 + 2000),
    ],
)
def test_stretch(grid, pairs, height, end):
    composition = grid_composition(Stretch, grid, sdur=1000, stms=200, step=400, tba=0.5, volr=LOUD, mcd=0)
    assert set(composition.score.clip.tolist()) == {clip for pair in pairs for clip in pair}
    for number, pair in enumerate(pairs):
        for clip in pair:
            assert composition.score.ms[composition.score.clip == clip].min() == 1000 + 400 * number
    layout = composition.layout(2100.0)
    assert layout.height[list(pairs[0])] == pytest.approx([height] * 2)
    assert layout.width == pytest.approx([CELLS[grid][0]] * 32)
    assert composition.end_ms >= end


@pytest.mark.parametrize(("grid", "corner", "first", "upper"), [("8x4", 24, 0.4, 0.7), ("4x8", 28, -0.4, 0.3)])
def test_poster(grid, corner, first, upper, tmp_path):
    (tmp_path / "text.md").write_text("# II")
    flags = {"tfile": str(tmp_path / "text.md"), "freq": 1.0, "rot": 0.5, "bright": True, "style": title_style()}
    rest, shown = (grid_composition(Poster, grid, radius=radius, **flags).layout(0.0) for radius in (0.0, 1.0))
    away = middles(shown) - middles(rest)
    assert away[corner] == pytest.approx(CELLS[grid][1] * circle(0.5 - first))
    assert away[0] == pytest.approx(CELLS[grid][1] * circle(0.5 - upper))
    assert away[31] == pytest.approx(CELLS[grid][1] * circle(0.5 - first - (1 + first - upper)))
