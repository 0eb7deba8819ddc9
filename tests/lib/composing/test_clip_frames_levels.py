"""Which level of a pyramid is drawn where a cell is as large as one, but for rounding."""

import numpy as np
import pytest

from lib.composing.clip_frames import ClipFrames, _one_array
from lib.composing.frame_file import FilmFrames
from lib.composing.mipmaps import pyramid_bytes

SIDES = [(64, 48), (32, 24), (16, 12), (8, 6), (4, 3)]
ROUNDING = 1 - 1e-9


@pytest.fixture(scope="module")
def frames():
    film = FilmFrames(np.zeros(pyramid_bytes(64, 48), np.uint8), *map(np.array, ([[64, 48]], [1], [0.0], [0])), 4 / 3)
    return ClipFrames([film], [(0, 0)], "crop")


def drawn(frames, width, height):
    box = [np.array([float(side)]) for side in (0, 0, width, height)]
    made = frames.draws(np.array([0]), np.zeros(1), box, [np.ones(1), np.ones(1), np.zeros(1), np.zeros(1)])
    return made.columns[0], made.rows[0]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_thousand_millionth_more_than_a_level_is_rounding(frames, level):
    (width, height), larger = SIDES[level], SIDES[level - 1]
    for more, is_rounding in ((0.0, True), (0.9e-9, True), (1.2e-9, False), (1e-6, False)):
        want = SIDES[level] if is_rounding else larger
        assert drawn(frames, width * (1 + more), 1) == want
        assert drawn(frames, 1, height * (1 + more)) == want


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_level_that_has_just_as_many_pixels_is_enough(frames, level):
    """For a size that is exactly that of the level once rounding is allowed for, if there is one."""
    for axis in (0, 1):
        side = SIDES[level][axis]
        near = side / ROUNDING
        exact = [size for size in (near, np.nextafter(near, 0), np.nextafter(near, 99)) if size * ROUNDING == side]
        assert exact
        size = [1.0, 1.0]
        size[axis] = exact[0]
        assert drawn(frames, *size) == SIDES[level]


def test_parts_of_memory_are_seen_as_one_from_the_first_to_the_last():
    memory = np.arange(100, dtype=np.uint8)
    parts = [memory[50:55], memory[10:20], memory[30:30], memory[30:40]]
    reach, begins = _one_array(parts)
    assert reach.tolist() == list(range(10, 55))
    assert begins == [40, 0, 0, 20]
    alone, begins = _one_array([memory[7:9]])
    assert (alone.tolist(), begins) == ([7, 8], [0])
    nothing, begins = _one_array([memory[:0]] * 2)
    assert (nothing.tolist(), begins) == ([0], [0, 0])
