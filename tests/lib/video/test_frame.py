"""Frames of another shape than their film: fitted into the middle, and what a frame asks of its film."""

from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from lib.video.frame import Frame
from lib.video.scaling import Turn
from tests.support.each import each


class Scaler:
    """Draws white pictures, and notes what is asked for."""

    def __init__(self):
        self.asked = []

    def picture(self, *words):
        self.asked.append(words)
        return np.full((words[4], words[3], 3), 255, np.uint8)

    def thumbnail(self, *words):
        return words

    bottom_field = planes = thumbnail


class Film:
    def __init__(self, width, height, part, turn=None):
        self.width, self.height, self.turn, self.scaler, self._part = width, height, turn or Turn(), Scaler(), part

    def part_of(self, frame):
        return self._part


RAW = VideoFrame(64, 48, "gray")


def frame(film, part, pixel=1, turn=None):
    return Frame(Film(*film, part, turn), RAW, 5.0, Fraction(pixel))


@pytest.mark.parametrize(
    ("part", "pixel", "turn", "size"),
    [
        ((0, 0, 64, 48), 1, Turn(), (64, 48)),
        ((2, 4, 60, 40), Fraction(3, 2), Turn(), (90, 40)),
        ((2, 4, 60, 40), Fraction(3, 2), Turn(True), (40, 90)),
    ],
)
def test_the_display_size_of_a_frame(part, pixel, turn, size):
    one = frame((1, 1), part, pixel, turn)
    assert (one.width, one.height) == size
    assert one.ms == 5.0
    assert np.isnan(one.length_ms)


@each(
    ("film", "part", "size", "box"),
    [
        ((64, 48), (0, 0, 64, 48), (32, 24), (0, 0, 32, 24)),
        ((64, 48), (0, 0, 64, 48), (33, 99), (0, 0, 33, 99)),  # the film's shape is stretched as asked
        ((64, 48), (0, 0, 32, 48), (40, 30), (10, 0, 20, 30)),  # half as wide
        ((64, 48), (0, 0, 64, 24), (40, 30), (0, 7, 40, 15)),
        ((64, 48), (0, 0, 64, 12), (40, 30), (0, 11, 40, 8)),
        ((64, 48), (0, 0, 64, 47), (80, 60), (0, 0, 80, 59)),
        ((64, 48), (0, 0, 63, 48), (80, 60), (0, 0, 79, 60)),
        ((64, 48), (0, 0, 1, 48), (20, 30), (9, 0, 1, 30)),
        ((64, 48), (0, 0, 64, 1), (40, 20), (0, 9, 40, 1)),
    ],
)
def test_a_frame_of_another_shape_is_in_the_middle(film, part, size, box):
    one = frame(film, part)
    made = one.picture(*size)
    left, top, width, height = box
    expected = np.zeros((size[1], size[0], 3))
    expected[top : top + height, left : left + width] = 255
    assert made.tolist() == expected.tolist()
    assert one._film.scaler.asked == [(RAW, part, Turn(), width, height)]


def test_shapes_that_are_nearly_the_same_are_the_same():
    for columns, same in ((1000, True), (1001, True), (1009, True), (1011, False), (991, True), (989, False)):
        made = frame((1000, 1000), (0, 0, columns, 1000)).picture(500, 500)
        assert (made == 255).all() == same


def test_what_a_frame_asks_of_its_film():
    one = frame((64, 48), (2, 4, 60, 40), 1, Turn(True))
    assert one.thumbnail(96, 72) == (RAW, 96, 72)
    assert one.bottom_field(48, 36) == (RAW, 48, 36)
    assert one.planes(8, 6, "yuv420p") == (RAW, (2, 4, 60, 40), Turn(True), "yuv420p", 8, 6)
    one.stretched(7, 5)
    assert one._film.scaler.asked == [(RAW, (2, 4, 60, 40), Turn(True), 7, 5)]
