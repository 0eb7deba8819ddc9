"""Black bars: what of some frames is picture, by frames whose edges are known."""

import numpy as np
import pytest

from lib.video import bars
from lib.video.bars import picture_part, within_bars
from tests.support.each import each

HEIGHT, WIDTH = 100, 200
WHOLE = (0, 0, 1, 1)


def frame(left=0, top=0, right=WIDTH, bottom=HEIGHT, level=200, black=0, channel=slice(None), size=(HEIGHT, WIDTH)):
    """A frame that is as bright as `level` from left to right and top to bottom, and `black` around."""
    out = np.full((*size, 3), black, np.uint8)
    out[top:bottom, left:right, channel] = level
    return out


@each(
    ("box", "part"),
    [
        ({}, WHOLE),
        ({"top": 10, "bottom": 80}, (0, 0.1, 1, 0.8)),
        ({"left": 30, "right": 190}, (0.15, 0, 0.95, 1)),
        ({"left": 2, "right": 198, "top": 1, "bottom": 99}, (0.01, 0.01, 0.99, 0.99)),  # 1 % is a bar
        ({"left": 1, "right": 199}, WHOLE),  # half of it is an edge
        ({"left": 2, "right": 199}, (0.01, 0, 1, 1)),
        ({"left": 80, "right": 121}, (0.4, 0, 0.605, 1)),  # a fifth is left
        ({"left": 80, "right": 119}, WHOLE),
        ({"top": 40, "bottom": 61}, (0, 0.4, 1, 0.61)),
        ({"top": 40, "bottom": 59}, WHOLE),
        ({"top": 10, "black": 24}, (0, 0.1, 1, 1)),  # noise
        ({"top": 10, "black": 25}, WHOLE),
        ({"top": 10, "level": 49}, (0, 0.1, 1, 1)),
        ({"top": 10, "level": 47}, WHOLE),  # dark all over: says nothing
        ({"top": 10, "channel": 0}, (0, 0.1, 1, 1)),  # pure colours are as bright as white
        ({"top": 10, "channel": 1}, (0, 0.1, 1, 1)),
        ({"top": 10, "channel": 2}, (0, 0.1, 1, 1)),
        ({"level": 0}, WHOLE),
    ],
)
def test_bars_are_what_is_black_in_all_frames(box, part):
    assert picture_part([frame(**box)] * 3) == pytest.approx(part)


def test_a_few_frames_say_nothing():
    assert picture_part([frame(top=10)] * 2) == WHOLE
    assert picture_part([frame(top=10)] * 2 + [frame(top=20, level=40)] * 9) == WHOLE
    assert picture_part([]) == WHOLE


def test_the_part_is_that_of_all_frames_together():
    frames = [frame(left=40), frame(left=60, top=10, right=170), frame(left=50, top=20, right=180, bottom=70)]
    assert picture_part(frames) == pytest.approx((0.2, 0, 1, 1))
    assert picture_part([frames[2], frames[1], frames[2]]) == pytest.approx((0.25, 0.1, 0.9, 1))


@pytest.mark.parametrize(("count", "seen"), [(4, False), (5, True)])
def test_a_few_bright_pixels_are_dirt(count, seen):
    # More than 2 % of a row of 200, or of a column of 100.
    row, column = frame(top=10), frame(left=20)
    row[3, 50 : 50 + count] = 255
    column[50 : 50 + count // 2 + count % 2, 5] = 255
    assert picture_part([row] * 3) == pytest.approx((0, 0.03 if seen else 0.1, 1, 1))
    assert picture_part([column] * 3) == pytest.approx((0.025 if seen else 0.1, 0, 1, 1))


@each(
    ("shown", "part", "found"),
    [
        ({}, (0, 0, 200, 100), (0, 0, 200, 100)),
        ({}, (4, 2, 191, 95), (4, 2, 191, 95)),  # without a bar, an odd size stays
        ({"left": 21, "top": 11, "right": 181, "bottom": 91}, (0, 0, 200, 100), (22, 12, 158, 78)),
        ({"left": 20, "top": 10, "right": 180, "bottom": 90}, (0, 0, 200, 100), (20, 10, 160, 80)),
        ({"left": 20, "top": 10, "right": 180, "bottom": 90}, (10, 4, 180, 90), (20, 10, 160, 80)),
        ({"left": 21, "top": 11, "right": 181, "bottom": 90}, (10, 4, 180, 90), (22, 12, 158, 78)),
    ],
)
def test_the_part_between_bars_begins_and_ends_at_even_pixels(monkeypatch, shown, part, found):
    asked = []
    monkeypatch.setattr(bars, "_looks", lambda path, size: asked.append((path, size)) or [frame(**shown)] * 3)
    assert within_bars("a.mp4", part, (WIDTH, HEIGHT)) == found
    assert asked == [("a.mp4", (WIDTH, HEIGHT))]


@each(("start", "length"), [(0, 1600), (None, 1600), (500, 1601), (0, None)])
def test_frames_are_looked_at_all_over_the_film(monkeypatch, start, length):
    sought = []

    class Container:
        start_time, duration = start, length
        seek = staticmethod(sought.append)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    class Shown:
        width, height = 8, 6

        def to_ndarray(self, **how):
            return sought[-1]

    frames = iter([Shown(), None, *[Shown()] * 14])
    monkeypatch.setattr(bars, "open_media", lambda path: Container())
    monkeypatch.setattr(bars, "film_stream", lambda container: None)
    monkeypatch.setattr(bars, "_first_frame", lambda container, stream: next(frames))
    found = list(bars._looks("a.mp4", (8, 6)))
    # In the middle of each sixteenth
    assert sought == [(start or 0) + int((n + 0.5) / 16 * (length or 0)) for n in range(16)]
    assert found == [sought[0], *sought[2:]]
    frames = iter([Shown()] * 16)
    assert list(bars._looks("a.mp4", (6, 8))) == []
