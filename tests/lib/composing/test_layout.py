"""Layouts: clips moved, grown, zoomed, turned, and seen or not, by hand and by brute force."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from lib.composing.layout import Layout, circled, still

CELLS = SimpleNamespace(
    x=np.array([0.0, 10.0]),
    y=np.array([4.0, 8.0]),
    w=np.array([10.0, 6.0]),
    h=np.array([4.0, 2.0]),
    width=40,
    height=30,
)


def boxes(layout):
    return np.stack([layout.x, layout.y, layout.width, layout.height], axis=1).tolist()


def test_clips_at_rest_fill_their_cells():
    layout = still(CELLS)
    assert boxes(layout) == [[0, 4, 10, 4], [10, 8, 6, 2]]
    looks = {name: layout.every(name).tolist() for name in ("alpha", "brightness", "rotation", "blur", "depth")}
    assert looks == {"alpha": [1, 1], "brightness": [1, 1], "rotation": [0, 0], "blur": [0, 0], "depth": [0, 0]}
    assert layout.shows.tolist() == [0, 1]
    assert boxes(layout.moved(3, np.array([-1, 2]))) == [[3, 3, 10, 4], [13, 10, 6, 2]]


def test_clips_grow_about_their_own_middle_and_are_zoomed_about_that_of_the_screen():
    layout = still(CELLS)
    assert boxes(layout.grown(2.0)) == [[-5, 2, 20, 8], [7, 7, 12, 4]]
    assert boxes(layout.grown(np.array([1.0, 0.5]))) == [[0, 4, 10, 4], [11.5, 8.5, 3, 1]]
    assert boxes(layout.zoomed(2.0, CELLS)) == [[-20, -7, 20, 8], [0, 1, 12, 4]]


def test_clips_on_circles_run_counter_clockwise_from_three_o_clock():
    for turns, dx, dy in [
        (0, 1, 0),
        (0.25, 0, -1),
        (0.5, -1, 0),
        (0.75, 0, 1),
        (1 / 8, math.sqrt(0.5), -math.sqrt(0.5)),
    ]:
        found = np.array(boxes(circled(CELLS, 1.5, np.array([turns, 0.0]))))
        # One and a half heights of a cell: 6 and 3 pixels.
        assert found == pytest.approx(np.array([[6 * dx, 4 + 6 * dy, 10, 4], [13, 8, 6, 2]]))


def test_what_is_seen_by_brute_force():
    random = np.random.default_rng(3)
    count = 3000
    x, y = random.integers(-8, 16, (2, count)).astype(float)
    width, height = random.choice([-1.0, 0.0, 2.0, 5.0], (2, count))
    rotation, alpha = random.choice([0.0, 30.0], count), random.choice([0.0, 0.5], count)
    seen = Layout(x, y, width, height, alpha, rotation=rotation).on_screen(12, 9)
    for n in range(count):
        reach_x, reach_y = width[n] / 2, height[n] / 2
        if rotation[n]:
            reach_x = reach_y = math.hypot(reach_x, reach_y)
        left, top = x[n] + width[n] / 2 - reach_x, y[n] + height[n] / 2 - reach_y
        inside = left < 12 and left + 2 * reach_x > 0 and top < 9 and top + 2 * reach_y > 0
        assert seen[n] == (inside and width[n] > 0 and height[n] > 0 and alpha[n] > 0)
    assert 100 < seen.sum() < 1500
